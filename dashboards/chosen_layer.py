"""The chosen event on the map: where it was, how far off that may be, and the sensors it concerns.

Those are the microphones that heard a sound, and the sensor of a device on the network.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from dashboards import theme
from dashboards.alarms import is_network, is_sound
from dashboards.geometry import error_ring, mercator, near_extent
from dashboards.ground_plan import short
from dashboards.network_wording import camera_of, concerned
from hlaska.cameras import Camera
from hlaska.events import Event, Location
from hlaska.microphones import Microphone
from hlaska.places import LonLat
from hlaska.sites import Site

_LEAST_M = 2.0
"""A ring smaller than this could not be seen."""
_AROUND_M = 60.0
"""So much of the streets is shown around each place of an alarm."""


Sensor = Camera | Microphone


def has_a_frame(event: Event, parts: Sequence[Event], site: Site) -> bool:
    """Whether the map can show it: a sound, or a device that carries a sensor."""
    return is_sound(event) or (is_network(event) and bool(sensors_of(event, parts, site)))


def sensors_of(event: Event, parts: Sequence[Event], site: Site) -> list[Sensor]:
    """The sensors that an event concerns.

    Of a sound, the microphones that heard it: those of the events it was found from, or its own. Of
    a finding on the network, the sensor that the device or its other host carries.
    """
    if is_network(event):
        sensor = camera_of(event, site, parts) or concerned(event, site)
        return [] if sensor is None else [sensor]
    sources = {one.source for one in (*parts, event)}
    return [microphone for microphone in site.microphones if microphone.id in sources]


def sensor_marks(sensors: Sequence[Sensor]) -> dict[str, Any]:
    """Columns `x`, `y`, `name` and `dy`: names stand above and below by turns.

    Cameras bear their names always.
    """
    in_row = sorted(sensors, key=lambda one: one.position.lon)
    spots = mercator(np.array([_lonlat(one) for one in in_row]).reshape(-1, 2))
    return {
        "x": spots[:, 0].tolist(),
        "y": spots[:, 1].tolist(),
        "name": ["" if isinstance(one, Camera) else short(one.name) for one in in_row],
        "dy": [-28 if place % 2 else 28 for place in range(len(in_row))],
    }


def _lonlat(sensor: Sensor) -> LonLat:
    return sensor.position.lon, sensor.position.lat


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
        self.sensors = ColumnDataSource(sensor_marks([]))

    def choose(self, event: Event | None, parts: Sequence[Event]) -> None:
        """Show that event and the sensors it concerns, joined to its place; None: no event."""
        place = event.location if event else None
        marks = sensor_marks([] if event is None else sensors_of(event, parts, self._site))
        spot = mercator([] if place is None else [(place.lon, place.lat)]).reshape(-1, 2)
        self.ring.data = {"xs": [], "ys": []} if place is None else ring_of(place)
        self.spot.data = {"x": spot[:, 0].tolist(), "y": spot[:, 1].tolist()}
        self.sensors.data = marks
        self.joins.data = {
            axes: [[start, end] for start in spot[:, at].tolist() for end in marks[axis]]
            for at, (axes, axis) in enumerate((("xs", "x"), ("ys", "y")))
            if parts
        } or {"xs": [], "ys": []}

    def extent(
        self, event: Event | None, parts: Sequence[Event]
    ) -> tuple[float, float, float, float] | None:
        """What must be seen of an alarm: where it was and the sensors it concerns.

        All microphones of the site when there is none, or nothing is known of its place, and all
        cameras where there are no microphones; None when the site has neither.
        """
        concerned = () if event is None else sensors_of(event, parts, self._site)
        lonlats = [_lonlat(sensor) for sensor in concerned]
        if event is not None and event.location is not None:
            lonlats += [(lon, lat) for lon, lat in error_ring(event.location).tolist()]
        if not lonlats:
            lonlats = [_lonlat(one) for one in self._site.microphones or self._site.cameras]
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
            source=self.sensors,
        )
        plot.text(
            x="x",
            y="y",
            text="name",
            y_offset="dy",
            source=self.sensors,
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
