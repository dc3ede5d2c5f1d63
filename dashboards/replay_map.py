"""The map of an incident: each zone at the level of the moment, and what had happened by then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS, HoverTool
from bokeh.plotting import figure

from dashboards import theme
from dashboards.alert_wording import clock_time
from dashboards.geometry import extent, mercator, near_extent, whole_extent
from dashboards.ground_plan import draw_ground_plan, empty_map, follow
from dashboards.language import translate
from dashboards.level_look import level_fact
from dashboards.markers import MARKERS, SIZES
from dashboards.replay import MINUTE, Replay
from dashboards.wording import kind_title, sensors_of, source_name
from hlaska.events import Event
from hlaska.kinds import KINDS
from hlaska.places import LonLat
from hlaska.sites import Site
from hlaska.threat.spans import level_at

NEAR_M = 150.0
"""So much is shown around an incident, at least."""
_HOVER = [("what", "@title"), ("when", "@when"), ("source", "@source")]


def zone_rows(site: Site, replay: Replay | None, moment: datetime, language: str) -> dict[str, Any]:
    """Every zone of a site at its level of that moment.

    Returns:
        Columns `xs`, `ys` (Web Mercator), `x`, `y` (its middle), `colour`, `alpha`, `hatch` and
        `words` (the level; empty while nothing is replayed).
    """
    rings = [mercator(zone.geometry.coordinates[0]) for zone in site.zones]
    looks = [_look(replay, zone.id, moment, language) for zone in site.zones]
    middles = [(ring.min(axis=0) + ring.max(axis=0)) / 2 for ring in rings]
    return {
        "xs": [ring[:, 0].tolist() for ring in rings],
        "ys": [ring[:, 1].tolist() for ring in rings],
        "x": [float(middle[0]) for middle in middles],
        "y": [float(middle[1]) for middle in middles],
        "colour": [look["colour"] for look in looks],
        # A calm zone stays as quiet as the plan below it.
        "alpha": [0.12 + 0.10 * look["level"] if look["known"] else 0.05 for look in looks],
        "hatch": [" " if look["known"] else "/" for look in looks],
        "words": [look["words"] for look in looks],
    }


def _look(replay: Replay | None, zone: str, moment: datetime, language: str) -> dict[str, Any]:
    if replay is None:
        return {"colour": theme.DIM, "level": 0, "known": True, "words": ""}
    said = level_at(replay.levels, zone, moment)
    level, known = (0, False) if said is None else (said.level, said.known)
    look = level_fact(level, known=known, language=language)
    # Calm says nothing: so one sees at once where it is not.
    words = f"{level} – {look['word']}" if known and level else ""
    return {**look, "words": words if known else str(look["word"]).split(" – ")[0]}


def places_of(site: Site) -> dict[str, LonLat]:
    """Where each sensor stands, by its id; of a detector with several devices the first."""
    spots = {one.id: one.position for one in site.cameras}
    spots |= {one.id: one.position for one in site.microphones}
    for detector in site.detectors:
        first = next(iter(detector.places.values()), None)
        if first is not None:
            spots[detector.id] = first
    return {name: (spot.lon, spot.lat) for name, spot in spots.items()}


def place_of(event: Event, places: Mapping[str, LonLat]) -> LonLat | None:
    """Where an event was: its own place, else that of its sensor or the sensor it concerns."""
    if event.location is not None:
        return event.location.lon, event.location.lat
    concerned = str(event.attributes.get("carries", event.source))
    return places.get(concerned, places.get(event.source))


def event_rows(
    site: Site, replay: Replay | None, moment: datetime, now: datetime, language: str
) -> dict[str, Any]:
    """The events up to a moment that have a place, the newest on top.

    Returns:
        Columns `x`, `y` (Web Mercator), `marker`, `size`, `colour`, `alpha` (of the last minute
        strong, earlier ones faint), `fill` (0 for those of other alerts), `title`, `when` and
        `source`.
    """
    places = places_of(site)
    known = () if replay is None else replay.until(moment)
    placed = [(event, place_of(event, places)) for event in known]
    rows = [(event, place) for event, place in placed if place is not None]
    own = frozenset() if replay is None else frozenset(replay.alert.events)
    spots = mercator(np.array([place for _, place in rows]).reshape(-1, 2))
    severities = [KINDS[event.kind].severity for event, _ in rows]
    alphas = [1.0 if event.observed_at > moment - MINUTE else 0.4 for event, _ in rows]
    return {
        "x": spots[:, 0].tolist(),
        "y": spots[:, 1].tolist(),
        "marker": [MARKERS[severity] for severity in severities],
        "size": [SIZES[severity] + 4 for severity in severities],
        "colour": [theme.SEVERITIES[severity].colour for severity in severities],
        "alpha": alphas,
        "fill": [
            alpha if event.id in own else 0.0
            for alpha, (event, _) in zip(alphas, rows, strict=True)
        ],
        "title": [kind_title(event.kind, language) for event, _ in rows],
        "when": [clock_time(event.observed_at, site, now, language) for event, _ in rows],
        "source": [source_name(event.source, site) for event, _ in rows],
    }


def incident_extent(site: Site, replay: Replay) -> tuple[float, float, float, float]:
    """What must be seen of an incident: its zone and its events, else its sensors, or the site."""
    places = places_of(site)
    own = [event for event in replay.events if event.id in replay.alert.events]
    spots = [place for place in (place_of(event, places) for event in own) if place is not None]
    location = replay.alert.location
    if location is not None:
        spots.append((location.lon, location.lat))
    spots = spots or [places[source] for source in replay.alert.sources if source in places]
    rings = [z.geometry.coordinates[0] for z in site.zones if z.id == replay.alert.zone]
    shown = [extent(mercator(ring), margin=0.1) for ring in rings]
    if spots:
        shown.append(near_extent(spots, site.plane, least_m=NEAR_M))
    if not shown:
        return whole_extent(site)
    lefts, bottoms, rights, tops = zip(*shown, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


class ReplayMap:
    """The map of one site.

    Args:
        site: What to draw.
        tiles: Address of map tiles; empty for none.
    """

    def __init__(self, site: Site, *, tiles: str = "") -> None:
        self._site = site
        whole = _quad(whole_extent(site))
        self._extents = {name: ColumnDataSource(whole) for name in ("incident", "whole")}
        self._extent = ColumnDataSource(whole)
        never = datetime.min
        self.zones = ColumnDataSource(zone_rows(site, None, never, "en"))
        self.events = ColumnDataSource(event_rows(site, None, never, never, "en"))
        self._hover = HoverTool(tooltips=_HOVER)
        self.figure = self._draw(tiles)

    def show(self, replay: Replay | None, moment: datetime, now: datetime, language: str) -> None:
        """Show that moment; None: nothing is replayed."""
        self.zones.data = zone_rows(self._site, replay, moment, language)
        self.events.data = event_rows(self._site, replay, moment, now, language)
        self._hover.tooltips = [(translate(label, language), value) for label, value in _HOVER]

    def look_at(self, replay: Replay) -> None:
        """Let the map show the incident."""
        self._extents["incident"].data = _quad(incident_extent(self._site, replay))
        self._extent.data = dict(self._extents["incident"].data)

    def zoom_script(self) -> tuple[str, dict[str, Any]]:
        """JavaScript that shows the part named by `choice` (incident, whole), and its arguments."""
        code = "extent.data = {incident, whole}[choice].data;"
        return code, {"extent": self._extent, **self._extents}

    def _draw(self, tiles: str) -> figure:
        plot = empty_map(tiles)
        self._draw_zones(plot)
        draw_ground_plan(plot, self._site).visible = False
        self._draw_sensors(plot)
        self._draw_events(plot)
        self._write_levels(plot)
        frame = plot.quad(
            left="left", bottom="bottom", right="right", top="top", alpha=0, source=self._extent
        )
        follow(plot, frame)
        # A range that was moved by hand follows its frame again only after a reset.
        reset = CustomJS(args={"plot": plot}, code="plot.reset.emit();")
        self._extent.js_on_change("data", reset)
        return plot

    def _draw_zones(self, plot: figure) -> None:
        plot.patches(
            xs="xs",
            ys="ys",
            fill_color="colour",
            fill_alpha="alpha",
            line_color="colour",
            line_width=2,
            hatch_pattern="hatch",
            hatch_color=theme.DIM,
            hatch_alpha=0.5,
            source=self.zones,
        )

    def _write_levels(self, plot: figure) -> None:
        plot.text(
            x="x",
            y="y",
            text="words",
            text_color=theme.TEXT,
            text_align="center",
            text_baseline="top",
            y_offset=9,
            text_font={"value": theme.FONT},
            text_font_size="13px",
            text_font_style="bold",
            source=self.zones,
            **theme.HALO,
        )

    def _draw_sensors(self, plot: figure) -> None:
        sensors = [one for one in sensors_of(self._site) if one.id in places_of(self._site)]
        places = places_of(self._site)
        spots = mercator(np.array([places[one.id] for one in sensors]).reshape(-1, 2))
        marks = plot.scatter(
            x="x",
            y="y",
            marker="square",
            size=7,
            fill_color=theme.DIM,
            line_color=theme.GROUND,
            source=ColumnDataSource(
                {
                    "x": spots[:, 0].tolist(),
                    "y": spots[:, 1].tolist(),
                    "name": [one.name for one in sensors],
                }
            ),
        )
        plot.add_tools(HoverTool(renderers=[marks], tooltips="@name"))

    def _draw_events(self, plot: figure) -> None:
        marks = plot.scatter(
            x="x",
            y="y",
            marker="marker",
            size="size",
            fill_color="colour",
            fill_alpha="fill",
            line_color="colour",
            line_alpha="alpha",
            line_width=2,
            source=self.events,
        )
        self._hover.renderers = [marks]
        plot.add_tools(self._hover)


def _quad(box: Sequence[float]) -> dict[str, Any]:
    return dict(zip(("left", "bottom", "right", "top"), ([edge] for edge in box), strict=True))
