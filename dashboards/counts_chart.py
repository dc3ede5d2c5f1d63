"""Crossings per line over time: one band a line, bars up for one way and down for the other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bokeh.models import ColumnDataSource, DatetimeTicker, DatetimeTickFormatter, HoverTool, Range1d
from bokeh.plotting import figure

from dashboards import theme
from dashboards.counts import Counts
from dashboards.language import translate
from hlaska.cameras import Camera, CountingLine
from hlaska.sites import Site

_HALF = 0.36
"""Height of the tallest bar, in bands."""


@dataclass(frozen=True)
class Band:
    """One counting line of one camera."""

    camera: Camera
    line: CountingLine


def bands_of(site: Site) -> tuple[Band, ...]:
    """All counting lines of a site, in the order of its file."""
    return tuple(Band(camera, line) for camera in site.cameras for line in camera.lines)


def wall_ms(moment: datetime, time_zone: str) -> float:
    """The wall clock of the site as if it were UTC, in ms since 1970: what a plot's axis shows."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return (local.replace(tzinfo=None) - datetime(1970, 1, 1)) / timedelta(milliseconds=1)


def bars(
    bands: tuple[Band, ...], counts: Counts, time_zone: str, since: datetime
) -> dict[str, Any]:
    """The bars of all intervals that began at `since` or later.

    Returns:
        Columns `x` (middle of the interval, ms on the wall clock), `base` and `tip` (bands, the
        first line at 0, the next at -1), `count`, `line`, `direction`, `colour`. All lines share
        one scale.
    """
    rows = []
    half_ms = counts.bin_s * 500
    for place, band in enumerate(bands):
        ways = ((band.line.forward, 1, theme.FOCUS), (band.line.backward, -1, theme.DIM))
        for direction, sign, colour in ways:
            sums = counts.per_line(source=band.camera.id, line=band.line.id, direction=direction)
            rows += [
                (wall_ms(start, time_zone) + half_ms, place, sign * count, band, direction, colour)
                for start, count in sums.items()
                if start >= since
            ]
    peak = max((abs(row[2]) for row in rows), default=1)
    return {
        "x": [row[0] for row in rows],
        "base": [-row[1] for row in rows],
        "tip": [-row[1] + _HALF * row[2] / peak for row in rows],
        "count": [abs(row[2]) for row in rows],
        "line": [row[3].line.name for row in rows],
        "direction": [row[4] for row in rows],
        "colour": [row[5] for row in rows],
    }


def label(band: Band, counts: Counts, since: datetime) -> str:
    """A band's words: the line, and how many crossed it each way since then."""
    total = {
        direction: sum(
            count
            for start, count in counts.per_line(
                source=band.camera.id, line=band.line.id, direction=direction
            ).items()
            if start >= since
        )
        for direction in (band.line.forward, band.line.backward)
    }
    line = band.line
    ways = f"▲ {line.forward} {total[line.forward]}   ▼ {line.backward} {total[line.backward]}"
    return f"{line.name}:  {ways}"


class CountsChart:
    """The chart of one site.

    Args:
        site: Whose lines.
        minutes: How far back.
    """

    def __init__(self, site: Site, *, minutes: int) -> None:
        self.bands = bands_of(site)
        self._time_zone = site.time_zone
        self._window = timedelta(minutes=minutes)
        self._shown: tuple[Counts, datetime] | None = None
        self._bars = ColumnDataSource(bars((), Counts(bin_s=60), site.time_zone, datetime.min))
        self._tip = HoverTool()
        self._labels = ColumnDataSource({"x": [], "y": [], "text": []})
        self._range = Range1d(start=0, end=1)
        self.figure = self._draw()
        self.speak("en")

    def speak(self, language: str) -> None:
        """Speak a language from now on. Lines and ways are called what the site file calls them."""
        names = {"line": "line", "way": "direction", "crossings": "count"}
        self._tip.tooltips = [
            (translate(name, language), f"@{column}") for name, column in names.items()
        ]

    def show(self, counts: Counts, now: datetime) -> None:
        """Show these counts up to now; does nothing when they are shown already."""
        end = counts.start_of(now) + timedelta(seconds=counts.bin_s)
        if self._shown is not None and self._shown[0] is counts and self._shown[1] == end:
            return
        self._shown = (counts, end)
        since = end - self._window
        start_ms = wall_ms(since, self._time_zone)
        self._range.update(start=start_ms, end=wall_ms(end, self._time_zone))
        self._bars.data = bars(self.bands, counts, self._time_zone, since)
        self._labels.data = {
            "x": [start_ms] * len(self.bands),
            "y": [0.47 - place for place in range(len(self.bands))],
            "text": [label(band, counts, since) for band in self.bands],
        }
        self._width.glyph.width = counts.bin_s * 800

    def _draw(self) -> figure:
        plot = figure(
            x_range=self._range,
            y_range=Range1d(start=0.5 - max(1, len(self.bands)), end=0.5),
            x_axis_type="datetime",
            sizing_mode="stretch_both",
            min_border=4,
            tools=[],
        )
        theme.darken(plot)
        plot.yaxis.visible = False
        plot.ygrid.visible = False
        plot.xaxis.formatter = DatetimeTickFormatter(
            minutes="%H:%M", hourmin="%H:%M", hours="%H:%M"
        )
        plot.xaxis.ticker = DatetimeTicker(desired_num_ticks=5)
        for place in range(len(self.bands)):
            plot.hspan(-place, line_color=theme.EDGE)
        self._width = plot.vbar(
            x="x", bottom="base", top="tip", width=48_000, color="colour", source=self._bars
        )
        plot.text(
            x="x",
            y="y",
            text="text",
            source=self._labels,
            x_offset=6,
            text_baseline="top",
            text_color=theme.TEXT,
            text_font={"value": theme.FONT},
            text_font_size="12px",
            **theme.HALO,
        )
        self._tip.renderers = [self._width]
        plot.add_tools(self._tip)
        return plot
