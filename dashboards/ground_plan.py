"""What stands still on the map: waters, streets, buildings, zones and the cameras' views."""

from collections.abc import Sequence
from typing import Any

from bokeh.models import DataRange1d, WMTSTileSource
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure
from shapely import LineString

from dashboards import theme
from dashboards.geometry import label_spot, mercator, view_cone
from hlaska.sites import Site

LonLats = Sequence[tuple[float, float]]


def _columns(shapes: Sequence[LonLats]) -> dict[str, Any]:
    points = [mercator(shape) for shape in shapes]
    return {"xs": [p[:, 0].tolist() for p in points], "ys": [p[:, 1].tolist() for p in points]}


def empty_map(tiles: str) -> figure:
    """A plot of the world in Web Mercator that can be moved, without axes.

    Args:
        tiles: Address of map tiles with {X}, {Y}, {Z}; empty: none are fetched.
    """
    plot = figure(
        x_range=DataRange1d(range_padding=0),
        y_range=DataRange1d(range_padding=0),
        match_aspect=True,
        sizing_mode="stretch_both",
        tools="pan,wheel_zoom",
        active_scroll="wheel_zoom",
        min_border=0,
    )
    theme.darken(plot)
    plot.axis.visible = False
    plot.grid.visible = False
    if tiles:
        plot.add_tile(WMTSTileSource(url=tiles), alpha=0.5)
    return plot


def follow(plot: figure, frame: GlyphRenderer) -> None:
    """Let a map show what a renderer covers, whatever else is drawn."""
    for span in (plot.x_range, plot.y_range):
        assert isinstance(span, DataRange1d)
        span.renderers = [frame]


def draw_ground_plan(plot: figure, site: Site) -> GlyphRenderer:
    """Draw it, the lowest first; returns the names of the streets, to hide them from afar."""
    _draw_waters(plot, site)
    plot.multi_line(
        **_columns([street.path for street in site.streets]),
        line_color=theme.STREET,
        line_width=5,
        line_cap="round",
        line_join="round",
    )
    plot.patches(
        **_columns([building.outline for building in site.buildings]),
        fill_color=theme.BUILDING,
        line_color=theme.DIM,
        line_alpha=0.5,
    )
    colours = [theme.ZONE_COLOURS[zone.kind] for zone in site.zones]
    plot.patches(
        **_columns([zone.geometry.coordinates[0] for zone in site.zones]),
        fill_color=colours,
        fill_alpha=0.10,
        line_color=colours,
        line_alpha=0.8,
        line_dash=[6, 4],
    )
    plot.patches(
        **_columns([view_cone(camera, site.plane).tolist() for camera in site.cameras]),
        fill_color=theme.TEXT,
        fill_alpha=0.10,
        line_color=theme.TEXT,
        line_alpha=0.35,
    )
    names = _write_along(
        plot, [street.name for street in site.streets], [street.path for street in site.streets]
    )
    _write_names(plot, site)
    return names


def _draw_waters(plot: figure, site: Site) -> None:
    """Rivers as wide as they are: a ribbon along each middle line."""
    ribbons = []
    for water in site.waters:
        middle = LineString(site.plane.to_metres(water.path))
        ribbon = middle.buffer(water.width_m / 2, cap_style="flat")
        ribbons.append(site.plane.to_degrees(ribbon.exterior.coords).tolist())
    plot.patches(**_columns(ribbons), fill_color=theme.WATER, line_color=None)
    _write_along(
        plot, [water.name for water in site.waters], [water.path for water in site.waters]
    ).glyph.text_color = theme.ZONE_COLOURS["pedestrian"]


def _write_along(plot: figure, names: Sequence[str], paths: Sequence[LonLats]) -> GlyphRenderer:
    spots = [label_spot(mercator(path)) for path in paths]
    return plot.text(
        x=[x for x, _, _ in spots],
        y=[y for _, y, _ in spots],
        text=list(names),
        angle=[angle for _, _, angle in spots],
        text_align="center",
        text_baseline="middle",
        text_color=theme.TEXT,
        text_alpha=0.85,
        text_font={"value": theme.FONT},
        text_font_size="11px",
        **theme.HALO,
    )


def short(name: str, most: int = 28) -> str:
    """A name for the map: without what follows a comma or stands in brackets, cut if need be."""
    head = name.split(",")[0].split("(")[0].strip()
    return head if len(head) <= most else head[: most - 1].rstrip() + "…"


def _write_names(plot: figure, site: Site) -> None:
    """The names of zones and buildings, in the middle of each; a zone's stands above it."""
    named = [(b.name, b.outline, theme.DIM) for b in site.buildings]
    taken = {building.name for building in site.buildings}
    named += [(short(zone.name), zone.geometry.coordinates[0], theme.TEXT) for zone in site.zones]
    rows = []
    for name, ring, colour in named:
        points = mercator(ring)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        y = middle[1] if name in taken and colour == theme.DIM else points[:, 1].max()
        if colour == theme.DIM or name not in taken:
            rows.append((middle[0], y, name, colour))
    plot.text(
        x=[row[0] for row in rows],
        y=[row[1] for row in rows],
        text=[row[2] for row in rows],
        text_color=[row[3] for row in rows],
        text_align="center",
        text_baseline="middle",
        text_font={"value": theme.FONT},
        text_font_size="11px",
        **theme.HALO,
    )
