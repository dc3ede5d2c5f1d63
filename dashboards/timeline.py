"""Levels over time: one row a zone, the higher the worse; alerts are marks above the bands."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bokeh.models import (
    ColumnDataSource,
    DatetimeTickFormatter,
    FixedTicker,
    HoverTool,
    Range1d,
    TapTool,
)
from bokeh.models.annotations import BoxAnnotation, Span
from bokeh.plotting import figure

from dashboards import theme
from dashboards.alert_wording import clock_time
from dashboards.alert_words import (
    alert_place,
    alert_title,
    state_words,
    verdict_words,
    zone_name,
)
from dashboards.counts_chart import wall_ms
from dashboards.ground_plan import short
from dashboards.language import translate
from dashboards.level_look import level_fact
from dashboards.markers import MARKERS, SIZES
from dashboards.period import Period
from hlaska.alerts.alert import Alert
from hlaska.sites import Site
from hlaska.threat.levels import LevelChange
from hlaska.threat.spans import spans

_FOOT, _LEAST, _STEP = 0.44, 0.08, 0.18
"""Of a band, in rows: how far below the middle it begins, its height at level 0, more a level."""
_UNKNOWN_HIGH = 0.40
_MARK_AT = 0.1
"""So far above the middle of its row stands an alert."""
_CHOSEN: Mapping[str, Any] = MappingProxyType(
    {"selection_line_color": theme.TEXT, "selection_line_width": 3}
)
_HOVER_BAND = [("zone", "@zone"), ("level", "@word"), ("from", "@since"), ("to", "@until")]
_HOVER_MARK = [
    ("alert", "@title"),
    ("where", "@place"),
    ("when", "@when"),
    ("state", "@state"),
    ("verdict", "@verdict"),
]


def zones_of(site: Site) -> list[str | None]:
    """The rows of a site: the whole of it first, then its zones as its file has them."""
    return [None, *(zone.id for zone in site.zones)]


def band_rows(
    changes: Sequence[LevelChange], period: Period, site: Site, now: datetime, language: str
) -> dict[str, Any]:
    """The bands of all zones, without a gap.

    Returns:
        Columns `left`, `right` (ms on the wall clock of the site), `bottom`, `top` (rows, the first
        at 0, the next at -1), `colour`, `alpha`, `hatch` (a pattern where nobody watched), and for
        the reader `zone`, `word`, `since`, `until`.
    """
    zones = zones_of(site)
    found = spans(changes, period.since, period.until, zones)
    looks = [level_fact(span.level, known=span.known, language=language) for span in found]
    feet = [-zones.index(span.zone) - _FOOT for span in found]
    blind = [not span.known for span in found]
    highs = [
        _UNKNOWN_HIGH if unknown and not span.level else _LEAST + _STEP * span.level
        for span, unknown in zip(found, blind, strict=True)
    ]
    return {
        "left": [wall_ms(span.start, site.time_zone) for span in found],
        "right": [wall_ms(span.end, site.time_zone) for span in found],
        "bottom": feet,
        "top": [foot + high for foot, high in zip(feet, highs, strict=True)],
        "colour": [look["colour"] for look in looks],
        "alpha": [0.18 if unknown else 0.9 for unknown in blind],
        "hatch": ["/" if unknown else " " for unknown in blind],
        "zone": [zone_name(span.zone, site, language) for span in found],
        "word": [_level_words(look) for look in looks],
        "since": [clock_time(span.start, site, now, language) for span in found],
        "until": [clock_time(span.end, site, now, language) for span in found],
    }


def _level_words(look: Mapping[str, Any]) -> str:
    return f"{look['level']} – {look['word']}" if look["known"] else str(look["word"])


def mark_rows(
    alerts: Sequence[Alert], since: datetime, site: Site, now: datetime, language: str
) -> dict[str, Any]:
    """A mark for every alert, in the row of its zone, where its first event was.

    One that began before `since` stands at the edge.

    Returns:
        Columns `id`, `x` (ms on the wall clock), `y` (rows), `marker`, `size`, `colour`, `fill`
        (0 for one that was refuted: only its outline), and for the reader `title`, `place`, `when`,
        `state`, `verdict`.
    """
    rows = {zone: place for place, zone in enumerate(zones_of(site))}
    return {
        "id": [alert.id for alert in alerts],
        "x": [wall_ms(max(alert.first_at, since), site.time_zone) for alert in alerts],
        "y": [-rows.get(alert.zone, 0) + _MARK_AT for alert in alerts],
        "marker": [MARKERS[alert.severity] for alert in alerts],
        "size": [SIZES[alert.severity] for alert in alerts],
        "colour": [theme.SEVERITIES[alert.severity].colour for alert in alerts],
        "fill": [0.0 if alert.refuted else 1.0 for alert in alerts],
        "title": [alert_title(alert, language) for alert in alerts],
        "place": [alert_place(alert, site, language) for alert in alerts],
        "when": [clock_time(alert.first_at, site, now, language) for alert in alerts],
        "state": [state_words(alert, language) for alert in alerts],
        "verdict": [verdict_words(alert, language) for alert in alerts],
    }


class Timeline:
    """The timeline of one site.

    Args:
        site: Whose.
        choose: Called with the id of an alert whose mark somebody tapped.
    """

    def __init__(self, site: Site, choose: Callable[[str], None]) -> None:
        self._site, self._choose = site, choose
        self._ids: list[str] = []
        never = datetime(1970, 1, 1, tzinfo=UTC)
        nothing = Period(since=never, until=never)
        self.bands = ColumnDataSource(band_rows([], nothing, site, never, "en"))
        self.marks = ColumnDataSource(mark_rows([], never, site, never, "en"))
        self.range = Range1d(start=0, end=1)
        self._window = BoxAnnotation(fill_color=theme.FOCUS, fill_alpha=0.10, visible=False)
        self._moment = Span(
            dimension="height", line_color=theme.FOCUS, line_width=2, visible=False, location=0
        )
        self._hover_band = HoverTool(tooltips=_HOVER_BAND)
        self._hover_mark = HoverTool(tooltips=_HOVER_MARK)
        self.figure = self._draw()
        self._label("en")
        self.marks.selected.on_change("indices", lambda _name, _old, new: self._tapped(new))

    def show(
        self,
        changes: Sequence[LevelChange],
        alerts: Sequence[Alert],
        period: Period,
        now: datetime,
        language: str,
    ) -> None:
        """Show that time: its levels, and these alerts of it."""
        zone = self._site.time_zone
        left, right = wall_ms(period.since, zone), wall_ms(period.until, zone)
        if (self.range.start, self.range.end) != (left, right):
            self.range.update(start=left, end=right, bounds=(left, right))
        self.bands.data = band_rows(changes, period, self._site, now, language)
        self.marks.selected.indices = []
        self._ids = [alert.id for alert in alerts]
        self.marks.data = mark_rows(alerts, period.since, self._site, now, language)
        self._label(language)

    def point_out(self, alert: str, window: Period | None) -> None:
        """Mark the chosen alert, and the time that is replayed of it."""
        wanted = [self._ids.index(alert)] if alert in self._ids else []
        if self.marks.selected.indices != wanted:
            self.marks.selected.indices = wanted
        self._window.visible = window is not None
        if window is not None:
            zone = self._site.time_zone
            left, right = wall_ms(window.since, zone), wall_ms(window.until, zone)
            self._window.update(left=left, right=right)

    def point_at(self, moment: datetime | None) -> None:
        """Mark the moment that the map shows."""
        self._moment.visible = moment is not None
        if moment is not None:
            self._moment.location = wall_ms(moment, self._site.time_zone)

    def _tapped(self, indices: Sequence[int]) -> None:
        if indices and indices[0] < len(self._ids):
            self._choose(self._ids[indices[0]])

    def _label(self, language: str) -> None:
        names = [short(zone_name(zone, self._site, language)) for zone in zones_of(self._site)]
        self.figure.yaxis.major_label_overrides = {-n: name for n, name in enumerate(names)}
        for tool, rows in ((self._hover_band, _HOVER_BAND), (self._hover_mark, _HOVER_MARK)):
            tool.tooltips = [(translate(label, language), value) for label, value in rows]

    def _draw(self) -> figure:
        rows = len(zones_of(self._site))
        plot = figure(
            x_range=self.range,
            y_range=Range1d(start=0.5 - rows, end=0.5),
            x_axis_type="datetime",
            sizing_mode="stretch_both",
            min_border=4,
            tools="xpan,xwheel_zoom",
            active_scroll="xwheel_zoom",
        )
        theme.darken(plot)
        plot.ygrid.visible = False
        plot.yaxis.ticker = FixedTicker(ticks=[-n for n in range(rows)])
        plot.yaxis.major_label_text_color = theme.TEXT
        plot.yaxis.axis_line_color = None
        plot.yaxis.major_tick_line_color = None
        clock = "%H:%M"
        plot.xaxis.formatter = DatetimeTickFormatter(
            seconds="%H:%M:%S", minsec="%H:%M:%S", minutes=clock, hourmin=clock, hours=clock,
            days="%d. %m.",
        )  # fmt: skip
        for row in range(rows):
            plot.hspan(-row - 0.5, line_color=theme.EDGE)
        plot.add_layout(self._window)
        bands = plot.quad(
            left="left",
            right="right",
            bottom="bottom",
            top="top",
            fill_color="colour",
            fill_alpha="alpha",
            line_color=None,
            hatch_pattern="hatch",
            hatch_color=theme.DIM,
            hatch_alpha=0.8,
            hatch_scale=8,
            source=self.bands,
        )
        plot.add_layout(self._moment)
        marks = plot.scatter(
            x="x",
            y="y",
            marker="marker",
            size="size",
            fill_color="colour",
            fill_alpha="fill",
            line_color="colour",
            line_width=1.5,
            nonselection_alpha=1.0,
            nonselection_fill_alpha="fill",
            source=self.marks,
            **_CHOSEN,
        )
        self._hover_band.renderers, self._hover_mark.renderers = [bands], [marks]
        plot.add_tools(self._hover_band, self._hover_mark, TapTool(renderers=[marks]))
        plot.yaxis.major_label_text_font_size = "12px"
        return plot
