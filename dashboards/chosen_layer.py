"""The chosen event on the map: where it was, how far off that may be, and who heard it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from dashboards import theme
from dashboards.geometry import error_ring, mercator, near_extent
from dashboards.ground_plan import short
from hlaska.events import Event, Location
from hlaska.microphones import Microphone
from hlaska.places import LonLat
from hlaska.sites import Site

_LEAST_M = 2.0
"""A ring smaller than this could not be seen."""
_AROUND_M = 60.0
"""So much of the streets is shown around each place of an alarm."""


def microphones_of(event: Event, heard: Sequence[Event], site: Site) -> list[Microphone]:
    """The microphones that heard a sound: those of the events it was found from, or its own."""
    sources = {one.source for one in (*heard, event)}
    return [microphone for microphone in site.microphones if microphone.id in sources]


def microphone_marks(microphones: Sequence[Microphone]) -> dict[str, Any]:
    """Columns `x`, `y`, `name` and `dy`: names stand above and below by turns."""
    in_row = sorted(microphones, key=lambda one: one.position.lon)
    spots = mercator(np.array([_lonlat(one) for one in in_row]).reshape(-1, 2))
    return {
        "x": spots[:, 0].tolist(),
        "y": spots[:, 1].tolist(),
        "name": [short(one.name) for one in in_row],
        "dy": [-28 if place % 2 else 28 for place in range(len(in_row))],
    }


def _lonlat(microphone: Microphone) -> LonLat:
    return microphone.position.lon, microphone.position.lat


def ring_of(place: Location) -> dict[str, Any]:
    """Columns `xs`, `ys`: the outline of where it may have been, in Web Mercator."""
    if place.ellipse is None and place.uncertainty_m < _LEAST_M:
        place = place.model_copy(update={"uncertainty_m": _LEAST_M})
    ring = mercator(error_ring(place))
    return {"xs": [ring[:, 0].tolist()], "ys": [ring[:, 1].tolist()]}


class ChosenLayer:
    """The chosen event of one site on its map."""

    def __init__(self, site: Site) -> None:
        self._site = site
        nothing: dict[str, Any] = {"xs": [], "ys": []}
        self.ring = ColumnDataSource(nothing)
        self.joins = ColumnDataSource(nothing)
        self.spot = ColumnDataSource({"x": [], "y": []})
        self.microphones = ColumnDataSource(microphone_marks([]))

    def choose(self, event: Event | None, heard: Sequence[Event]) -> None:
        """Show that event and, joined to it, the microphones that heard it; None: no event."""
        place = event.location if event else None
        microphones = [] if event is None else microphones_of(event, heard, self._site)
        marks = microphone_marks(microphones)
        spot = mercator([] if place is None else [(place.lon, place.lat)]).reshape(-1, 2)
        self.ring.data = {"xs": [], "ys": []} if place is None else ring_of(place)
        self.spot.data = {"x": spot[:, 0].tolist(), "y": spot[:, 1].tolist()}
        self.microphones.data = marks
        self.joins.data = {
            axes: [[start, end] for start in spot[:, at].tolist() for end in marks[axis]]
            for at, (axes, axis) in enumerate((("xs", "x"), ("ys", "y")))
            if heard
        } or {"xs": [], "ys": []}

    def extent(
        self, event: Event | None, heard: Sequence[Event]
    ) -> tuple[float, float, float, float] | None:
        """What must be seen of a sound: where it was and who heard it.

        All microphones of the site when there is no sound, or nothing is known of its place; None
        when the site has none.
        """
        sounding = () if event is None else microphones_of(event, heard, self._site)
        lonlats = [_lonlat(microphone) for microphone in sounding]
        if event is not None and event.location is not None:
            lonlats += [(lon, lat) for lon, lat in error_ring(event.location).tolist()]
        if not lonlats:
            lonlats = [_lonlat(microphone) for microphone in self._site.microphones]
        if not lonlats:
            return None
        return near_extent(lonlats, self._site.plane, least_m=_AROUND_M)

    def draw(self, plot: figure) -> None:
        """Draw it; under the sensors, which must stay to be seen."""
        plot.multi_line(
            xs="xs", ys="ys", source=self.joins, line_color=theme.TEXT, line_alpha=0.7, line_width=1
        )
        plot.scatter(
            x="x",
            y="y",
            marker="circle",
            size=30,
            fill_color=None,
            line_color=theme.BAD,
            line_width=2,
            source=self.microphones,
        )
        plot.text(
            x="x",
            y="y",
            text="name",
            y_offset="dy",
            source=self.microphones,
            text_align="center",
            text_baseline="middle",
            text_color=theme.TEXT,
            text_font={"value": theme.FONT},
            text_font_size="11px",
            **theme.HALO,
        )
        plot.patches(
            xs="xs",
            ys="ys",
            source=self.ring,
            fill_alpha=0.15,
            fill_color=theme.BAD,
            line_color=theme.BAD,
            line_width=3,
        )
        plot.scatter(
            x="x",
            y="y",
            marker="cross",
            size=12,
            line_color=theme.BAD,
            line_width=2,
            source=self.spot,
        )
