"""How dashboards look: dark, calm, and readable by anyone who sees colours differently.

Signal colours are those of Okabe and Ito, Color Universal Design (2008), some of them lightened
until they stand out on the dark ground by at least 4.5 : 1 (WCAG 2.2, criterion 1.4.3). No meaning
hangs on colour alone: a severity has a shape and a word too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bokeh.plotting import figure
from pydantic import Field

from hlaska.records import Record

GROUND = "#0f1419"
PANEL = "#171d25"
EDGE = "#2c3642"
TEXT = "#e8edf2"
DIM = "#a3b0bd"
FOCUS = "#8ecbff"
GOOD = "#4cc9a4"
WARNING = "#f0b429"
BAD = "#ff7a59"
WATER = "#1d3a52"
STREET = "#3a4654"
BUILDING = "#222b35"
HALO: Mapping[str, Any] = MappingProxyType(
    {"background_fill_color": GROUND, "background_fill_alpha": 0.55, "padding": 2}
)
"""Around the words of a map, so that they can be read on whatever they cover."""
FONT = "'Inter', 'Noto Sans', 'DejaVu Sans', 'Segoe UI', sans-serif"


class Severity(Record):
    """How a severity is shown."""

    word: str
    shape: str = Field(description="Outline in a 16 x 16 box, as an SVG path.")
    colour: str


SEVERITIES = (
    Severity(
        word="information",
        shape="M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM8 4a4 4 0 1 1 0 8a4 4 0 1 1 0-8z",
        colour=DIM,
    ),
    Severity(word="notice", shape="M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z", colour="#6cc0f0"),
    Severity(word="warning", shape="M8 1.5L15 14H1z", colour="#f0e442"),
    Severity(word="serious", shape="M8 0.5L15.5 8L8 15.5L0.5 8z", colour="#f5a623"),
    Severity(
        word="danger to life",
        shape="M5 0.5h6L15.5 5v6L11 15.5H5L0.5 11V5zM7 3.5v6h2v-6zM7 11v2h2v-2z",
        colour="#ff7a59",
    ),
)
"""By severity, 0 to 4: ring, disc, triangle, diamond, stop sign with a mark of exclamation."""

ZONE_COLOURS = MappingProxyType(
    {
        "pedestrian": "#6cc0f0",
        "road": "#a3b0bd",
        "restricted": "#ff7a59",
        "entrance": "#4cc9a4",
        "assembly": "#cc79a7",
    }
)
"""By kind of zone."""

TOKENS = f""":host {{
  --ground: {GROUND}; --panel: {PANEL}; --edge: {EDGE}; --text: {TEXT}; --dim: {DIM};
  --focus: {FOCUS}; --good: {GOOD}; --warning: {WARNING}; --bad: {BAD}; --font: {FONT};
}}"""
"""The colours as CSS variables, for every part's stylesheet."""

PAGE = f"html, body {{ margin: 0; height: 100%; background: {GROUND}; overflow: hidden; }}"
"""For the page around a dashboard: `pn.extension(raw_css=[PAGE])`."""


def darken(plot: figure) -> figure:
    """The same plot in the colours of the dashboards, without tools and frame."""
    plot.background_fill_color = PANEL
    plot.border_fill_color = PANEL
    plot.outline_line_color = None
    plot.toolbar_location = None
    for axis in plot.axis:
        axis.axis_line_color = EDGE
        axis.major_tick_line_color = EDGE
        axis.minor_tick_line_color = None
        axis.major_label_text_color = DIM
        axis.major_label_text_font = FONT
        axis.major_label_text_font_size = "11px"
    plot.grid.grid_line_color = EDGE
    plot.grid.grid_line_alpha = 0.6
    return plot
