"""The sensors on the map: where they are, how they do, and what is the matter around them.

Microphones that hear something wear rings; sensors whose device is in trouble on the network wear a
square.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.models.annotations import Label
from bokeh.plotting import figure

from dashboards import theme
from dashboards.alarms import mark_of
from dashboards.geometry import mercator
from dashboards.ground_plan import short
from dashboards.language import translate
from dashboards.microphone_health import microphone_fact
from dashboards.network_health import Trouble, troubles
from dashboards.stream_health import detector_fact, silent, state_fact
from hlaska.places import Point
from hlaska.sites import Site
from hlaska.tracks import StreamStatus

_COLOURS = {"good": theme.GOOD, "warning": theme.WARNING, "bad": theme.BAD, "off": theme.DIM}
_MARKERS = {"good": "diamond", "warning": "diamond_dot", "bad": "diamond_cross", "off": "diamond"}
"""Of a microphone, by how it does: whole, with a dot in it, crossed."""

_RINGS = ((24, 1.0), (36, 0.5))
"""Around a microphone that hears something: pixels across, and how strong."""
_LEGEND = "□ network: alarm, dashed: unusual"


@dataclass(frozen=True)
class _Mark:
    """A sensor's place."""

    id: str
    name: str
    what: str
    note: str
    at: Point
    fact: tuple[str, str]
    marker: str
    label: str = ""
    angle: float = 0.0


def sensor_rows(
    site: Site,
    statuses: Mapping[str, StreamStatus],
    now: datetime,
    hearing: Mapping[str, str],
    language: str = "en",
) -> dict[str, Any]:
    """Every camera, microphone and foreign detector.

    Args:
        site: Whose.
        statuses: Their last reports.
        now: The time.
        hearing: What is heard at this moment, by the names of `mark_of`.
        language: What it is said in.

    Returns:
        Columns `x`, `y`, `name`, `label` (cameras only: they are few), `what` (camera, microphone,
        detector), `state`, `hears`, `note`, `marker`, `colour`, `angle` (of the marker, radians),
        `network` (what is wrong on the network of its device) and `trouble` (warning, bad or
        nothing).
    """
    marks = _marks(site, statuses, now, language)
    found = troubles(statuses, now, language)
    # A foreign detector has a mark for each of its devices.
    troubled = [found.get(mark.id.partition("/")[0], Trouble("", "")) for mark in marks]
    spots = mercator(np.array([(mark.at.lon, mark.at.lat) for mark in marks]).reshape(-1, 2))
    return {
        "x": spots[:, 0].tolist(),
        "y": spots[:, 1].tolist(),
        "name": [mark.name for mark in marks],
        "label": [mark.label for mark in marks],
        "what": [translate(mark.what, language) for mark in marks],
        "state": [mark.fact[1] for mark in marks],
        "hears": [translate(hearing.get(mark.id, ""), language) for mark in marks],
        "note": [translate(mark.note, language) for mark in marks],
        "marker": [mark.marker for mark in marks],
        "colour": [_COLOURS[mark.fact[0]] for mark in marks],
        "angle": [mark.angle for mark in marks],
        "network": [trouble.words for trouble in troubled],
        "trouble": [trouble.kind for trouble in troubled],
    }


def _marks(
    site: Site, statuses: Mapping[str, StreamStatus], now: datetime, language: str
) -> list[_Mark]:
    marks = []

    def unless_silent(status: StreamStatus | None, fact: tuple[str, str]) -> tuple[str, str]:
        if status is None or not silent(status, now):
            return fact
        return "bad", translate("silent", language)

    for camera in site.cameras:
        status = statuses.get(camera.id)
        fact = unless_silent(status, state_fact(status, language))
        turn = -math.radians(camera.view.bearing_deg)
        common = (camera.id, camera.name, "camera", camera.note, camera.position, fact)
        marks.append(_Mark(*common, "triangle", label=camera.name, angle=turn))
    for one in site.microphones:
        status = statuses.get(one.id)
        fact = unless_silent(
            status, microphone_fact(status, connected=bool(one.uri), language=language)
        )
        common = (one.id, one.name, "microphone", one.note, one.position, fact)
        marks.append(_Mark(*common, _MARKERS[fact[0]]))
    for detector in site.detectors:
        status = statuses.get(detector.id)
        fact = unless_silent(status, detector_fact(detector, status, language))
        for device, place in detector.places.items():
            name = f"{detector.name}, {device}" if device else detector.name
            mark = mark_of(detector.id, device)
            marks.append(_Mark(mark, name, "detector", detector.note, place, fact, "hex"))
    return marks


def ring_rows(sensors: Mapping[str, Any]) -> dict[str, Any]:
    """Two rings around every microphone that hears something: a shape, not only a colour.

    Returns:
        Columns `x`, `y`, `size` (pixels across), `alpha`.
    """
    rings = [
        (x, y, size, alpha)
        for x, y, hears in zip(sensors["x"], sensors["y"], sensors["hears"], strict=True)
        if hears
        for size, alpha in _RINGS
    ]
    return {
        name: [ring[at] for ring in rings] for at, name in enumerate(("x", "y", "size", "alpha"))
    }


def badge_rows(sensors: Mapping[str, Any]) -> dict[str, Any]:
    """A square around every sensor whose device is in trouble on the network.

    Returns:
        Columns `x`, `y`, `words`, `colour`, `dash` (solid for an alarm).
    """
    badges = [
        (x, y, short(words), _COLOURS[kind], "solid" if kind == "bad" else "dashed")
        for x, y, words, kind in zip(
            *(sensors[name] for name in ("x", "y", "network", "trouble")), strict=True
        )
        if kind
    ]
    names = ("x", "y", "words", "colour", "dash")
    return {name: [badge[at] for badge in badges] for at, name in enumerate(names)}


class SensorLayer:
    """The sensors of one site on its map."""

    def __init__(self, site: Site) -> None:
        self._site = site
        rows = sensor_rows(site, {}, datetime.min, {})
        self.sensors = ColumnDataSource(rows)
        self.rings = ColumnDataSource(ring_rows(rows))
        self.badges = ColumnDataSource(badge_rows(rows))
        self._legend = Label(
            x=8,
            y=8,
            x_units="screen",
            y_units="screen",
            text_color=theme.TEXT,
            text_font=theme.FONT,
            text_font_size="11px",
            visible=False,
            **theme.HALO,
        )
        self._tip = HoverTool()
        self._language = ""

    def show(
        self,
        statuses: Mapping[str, StreamStatus],
        now: datetime,
        hearing: Mapping[str, str],
        language: str = "en",
    ) -> None:
        """Show how they do now."""
        if language != self._language:
            self._speak(language)
        rows = sensor_rows(self._site, statuses, now, hearing, language)
        if rows != self.sensors.data:
            self.sensors.data = rows
            self.rings.data = ring_rows(rows)
            self.badges.data = badge_rows(rows)
            self._legend.visible = any(rows["trouble"])

    def _speak(self, language: str) -> None:
        self._language = language
        self._legend.text = translate(_LEGEND, language)
        names = ("state", "hears", "network", "note")
        tips = [(translate(name, language), f"@{name}") for name in names]
        self._tip.tooltips = [("@what", "@name"), *tips]

    def draw(self, plot: figure) -> None:
        """Draw them; what they are called and how they do shows under the pointer."""
        plot.scatter(
            x="x",
            y="y",
            marker="circle",
            size="size",
            fill_color=None,
            line_color=theme.TEXT,
            line_alpha="alpha",
            line_width=2.5,
            source=self.rings,
        )
        sensors = plot.scatter(
            x="x",
            y="y",
            marker="marker",
            angle="angle",
            size=15,
            fill_color="colour",
            line_color=theme.GROUND,
            source=self.sensors,
        )
        plot.text(
            x="x",
            y="y",
            text="label",
            source=self.sensors,
            y_offset=12,
            text_align="center",
            text_baseline="top",
            text_color=theme.TEXT,
            text_font={"value": theme.FONT},
            text_font_size="12px",
            **theme.HALO,
        )
        self._draw_badges(plot)
        self._tip.renderers = [sensors]
        plot.add_tools(self._tip)

    def _draw_badges(self, plot: figure) -> None:
        plot.scatter(
            x="x",
            y="y",
            marker="square",
            size=28,
            fill_color=None,
            line_color="colour",
            line_dash="dash",
            line_width=3,
            source=self.badges,
        )
        plot.text(
            x="x",
            y="y",
            text="words",
            source=self.badges,
            y_offset=-17,
            text_align="center",
            text_baseline="bottom",
            text_color="colour",
            text_font={"value": theme.FONT},
            text_font_size="12px",
            text_font_style="bold",
            **theme.HALO,
        )
        plot.add_layout(self._legend)
