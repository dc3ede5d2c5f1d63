"""The site as a map without a tile server: streets, buildings, zones, sensors, and every track."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    HoverTool,
)
from bokeh.models.annotations import ScaleBar
from bokeh.models.annotations.dimensional import ImperialLength
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure

from dashboards import theme
from dashboards.chosen_layer import ChosenLayer, has_a_frame
from dashboards.geometry import mercator, near_extent, seen_extent, whole_extent
from dashboards.ground_plan import draw_ground_plan, empty_map, follow
from dashboards.language import translate
from dashboards.sensor_layer import SensorLayer
from dashboards.stream_health import silent
from dashboards.trails import Trails
from dashboards.wording import source_name
from dashboards.zone_layer import ZoneLayer
from hlaska.cameras import Camera
from hlaska.events import Event
from hlaska.places import LonLat
from hlaska.sites import Site
from hlaska.threat.levels import Threats
from hlaska.tracks import PERSON, StreamStatus

_NEAR = 5.0
"""The streets around a camera: this many times the size of its view, on each side."""
_AROUND_M = 120.0
"""So much of the streets is shown around the places of an alert."""
_DETAIL_M = 1_200
"""Streets bear their names when the map shows less than this from side to side."""


def track_rows(
    site: Site, statuses: Mapping[str, StreamStatus], now: datetime, language: str = "en"
) -> dict[str, Any]:
    """Every track that has a place on the ground.

    Returns:
        Columns `x`, `y` (Web Mercator), `track`, `object_class`, `source`, `marker`, and `alpha`: a
        track whose camera has fallen silent is faint.
    """
    rows = [
        (status, track)
        for status in statuses.values()
        for track in status.tracks
        if track.lon is not None and track.lat is not None
    ]
    spots = mercator(np.array([(track.lon, track.lat) for _, track in rows]).reshape(-1, 2))
    return {
        "x": spots[:, 0].tolist(),
        "y": spots[:, 1].tolist(),
        "track": [track.id for _, track in rows],
        "object_class": [translate(track.object_class, language) for _, track in rows],
        "source": [source_name(status.source, site) for status, _ in rows],
        "marker": ["circle" if track.object_class == PERSON else "square" for _, track in rows],
        "alpha": [0.25 if silent(status, now) else 1.0 for status, _ in rows],
    }


class SiteMap:
    """The map of one site; north is up.

    Args:
        site: What to draw.
        tiles: Address of map tiles, such as `https://tile.example/{Z}/{X}/{Y}.png`, fetched by the
            browser; empty for none.
        levels: Whether zones are coloured by how threatened they are.
    """

    def __init__(self, site: Site, *, tiles: str = "", levels: bool = False) -> None:
        self._site = site
        self._levels = ZoneLayer(site) if levels else None
        self._trails = Trails()
        empty = datetime.min
        self._tracks = ColumnDataSource(track_rows(site, {}, empty))
        self._tails = ColumnDataSource({"xs": [], "ys": []})
        self._sensors = SensorLayer(site)
        self._chosen = ChosenLayer(site)
        self._tip, self._language = HoverTool(), ""
        whole = _quad(whole_extent(site))
        self._extents = {
            name: ColumnDataSource(whole) for name in ("seen", "near", "alarm", "whole")
        }
        self._extent = ColumnDataSource(whole)
        self._frame_alarm(None, ())
        self.figure = self._draw(tiles)

    def show(
        self,
        statuses: Mapping[str, StreamStatus],
        now: datetime,
        hearing: Mapping[str, str],
        language: str = "en",
    ) -> None:
        """Show where everything is now, and what microphones hear, by their ids."""
        if language != self._language:
            self._language = language
            names = {"track": "track", "is a": "object_class", "seen by": "source"}
            self._tip.tooltips = [
                (translate(name, language), f"@{column}") for name, column in names.items()
            ]
        self._tracks.data = track_rows(self._site, statuses, now, language)
        self._tails.data = self._trails.after(statuses)
        self._sensors.show(statuses, now, hearing, language)

    def choose(self, event: Event | None, parts: Sequence[Event] = ()) -> None:
        """Show where an event was, and the sensors it concerns; None takes that away.

        Args:
            event: The chosen one.
            parts: The events that it was found from.
        """
        self._chosen.choose(event, parts)
        framed = event is not None and has_a_frame(event, parts, self._site)
        self._frame_alarm(event if framed else None, parts)

    def look_at_alarm(self) -> None:
        """Show the place of the chosen alarm and its sensors; without one, all microphones."""
        self._extent.data = dict(self._extents["alarm"].data)

    def look_at(self, camera: Camera) -> None:
        """Show what a camera sees, and some of what is around it."""
        plane = self._site.plane
        self._extents["near"].data = _quad(seen_extent(camera, plane, margin=_NEAR))
        self._extents["seen"].data = self._extent.data = _quad(seen_extent(camera, plane))

    def show_levels(self, threats: Threats | None, chosen: str | None, language: str) -> None:
        """Show how threatened each zone is, where the map was made for it, and the chosen zone."""
        if self._levels is not None:
            self._levels.show(threats, chosen, language)

    def look_at_places(self, lonlats: Sequence[LonLat]) -> None:
        """Show all those places, and the streets around them, as the alarm."""
        quad = _quad(near_extent(lonlats, self._site.plane, least_m=_AROUND_M))
        self._extents["alarm"].data = quad
        self._extent.data = dict(quad)

    def look_at_all(self) -> None:
        """Show the whole site."""
        self._extent.data = dict(self._extents["whole"].data)

    def zoom_script(self) -> tuple[str, dict[str, Any]]:
        """JavaScript that shows the part named by `choice`, and its arguments.

        The parts are `seen` (by the camera), `near` (the streets around it), `alarm` (the chosen
        one and the sensors it concerns, or all microphones) and `whole`.
        """
        code = "extent.data = {seen, near, alarm, whole}[choice].data;"
        return code, {"extent": self._extent, **self._extents}

    def _frame_alarm(self, alarm: Event | None, parts: Sequence[Event]) -> None:
        extent = self._chosen.extent(alarm, parts)
        if extent is not None:
            self._extents["alarm"].data = _quad(extent)

    def _draw(self, tiles: str) -> figure:
        plot = empty_map(tiles)
        street_names = draw_ground_plan(plot, self._site)
        if self._levels is not None:
            self._levels.draw(plot)
        self._draw_what_moves(plot)
        frame = plot.quad(
            left="left", bottom="bottom", right="right", top="top", alpha=0, source=self._extent
        )
        follow(plot, frame)
        # A range that was moved by hand follows its frame again only after a reset.
        reset = CustomJS(args={"plot": plot}, code="plot.reset.emit();")
        self._extent.js_on_change("data", reset)
        self._name_streets_when_near(plot, street_names)
        plot.add_layout(_scale_bar(plot, self._site))
        return plot

    def _draw_what_moves(self, plot: figure) -> None:
        plot.multi_line(
            xs="xs",
            ys="ys",
            source=self._tails,
            line_color=theme.FOCUS,
            line_alpha=0.45,
            line_width=2,
        )
        self._chosen.draw(plot)
        self._sensors.draw(plot)
        tracks = plot.scatter(
            x="x",
            y="y",
            marker="marker",
            size=10,
            fill_color=theme.FOCUS,
            fill_alpha="alpha",
            line_color=theme.GROUND,
            line_alpha="alpha",
            source=self._tracks,
        )
        self._tip.renderers = [tracks]
        plot.add_tools(self._tip)

    def _name_streets_when_near(self, plot: figure, names: GlyphRenderer) -> None:
        code = "names.visible = (range.end - range.start) * ground < most_m;"
        ground = math.cos(math.radians(self._site.centre.lat))
        arguments = {"names": names, "range": plot.x_range, "ground": ground, "most_m": _DETAIL_M}
        plot.x_range.js_on_change("end", CustomJS(args=arguments, code=code))


def _quad(box: tuple[float, float, float, float]) -> dict[str, Any]:
    return dict(zip(("left", "bottom", "right", "top"), ([edge] for edge in box), strict=True))


def _scale_bar(plot: figure, site: Site) -> ScaleBar:
    """A scale in true metres: a metre of Web Mercator is cos(latitude) metres on the ground."""
    ground = math.cos(math.radians(site.centre.lat))
    # Of Bokeh's units with a table of one's own, the browser knows only this class.
    metres = ImperialLength(
        basis={"mercator": (ground, "mercator"), "m": (1.0, "m"), "km": (1000.0, "km")},
        ticks=[1, 2, 5, 10, 20, 50, 100, 200, 500],
    )
    return ScaleBar(
        range=plot.x_range,
        unit="mercator",
        dimensional=metres,
        location="bottom_right",
        background_fill_alpha=0,
        border_line_alpha=0,
        bar_line_color=theme.DIM,
        label_text_color=theme.DIM,
        label_text_font_size="11px",
        length_sizing="adaptive",
    )
