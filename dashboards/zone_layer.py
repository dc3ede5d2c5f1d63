"""The zones of a site on its map, coloured by how threatened they are; hatched: nobody knows."""

from typing import Any

from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from dashboards import theme
from dashboards.geometry import mercator
from dashboards.level_look import level_fact
from hlaska.sites import Site, Zone
from hlaska.threat.levels import Threats, ZoneThreat

_ALPHAS = (0.06, 0.22, 0.32, 0.42, 0.55)
"""How strong a zone is filled, by level: calm must not shout."""


def zone_rows(
    site: Site, threats: Threats | None, chosen: str | None = None, language: str = "en"
) -> dict[str, Any]:
    """Every zone with its level; without an assessment all are unknown.

    Returns:
        Columns `xs`, `ys` (Web Mercator), `x`, `y` (where its level is written: below), `name`,
        `word`, `label` (the word; nothing where all is calm), `colour`, `alpha`, `hatch` (a
        pattern) and `width` (of the outline, pixels: the chosen zone's is wider).
    """
    known = {one.zone: one for one in threats.zones} if threats else {}
    rows = [_row(zone, known.get(zone.id), zone.id == chosen, language) for zone in site.zones]
    names = ("xs", "ys", "x", "y", "name", "word", "label", "colour", "alpha", "hatch", "width")
    return {name: [row[name] for row in rows] for name in names}


def _row(zone: Zone, threat: ZoneThreat | None, chosen: bool, language: str) -> dict[str, Any]:
    level, known = (threat.level, threat.known) if threat else (0, False)
    fact = level_fact(level, known=known, language=language)
    ring = mercator(zone.geometry.coordinates[0])
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    return {
        "xs": ring[:, 0].tolist(),
        "ys": ring[:, 1].tolist(),
        "x": float(middle[0]),
        "y": float(ring[:, 1].min()),
        "name": zone.name,
        "word": fact["word"],
        "label": fact["word"] if level or not known else "",
        "colour": fact["colour"],
        "alpha": _ALPHAS[level],
        "hatch": " " if known else "/",
        "width": 4 if chosen else 2,
    }


class ZoneLayer:
    """The levels of one site's zones on its map."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.zones = ColumnDataSource(zone_rows(site, None))

    def show(self, threats: Threats | None, chosen: str | None, language: str) -> None:
        """Show how threatened the zones are now, and which one is looked at."""
        rows = zone_rows(self._site, threats, chosen, language)
        if rows != self.zones.data:
            self.zones.data = rows

    def draw(self, plot: figure) -> None:
        """Draw them, above the ground and below all that moves."""
        patches = plot.patches(
            xs="xs",
            ys="ys",
            source=self.zones,
            fill_color="colour",
            fill_alpha="alpha",
            line_color="colour",
            line_width="width",
            hatch_pattern="hatch",
            hatch_color=theme.DIM,
            hatch_alpha=0.6,
            hatch_scale=10,
        )
        plot.text(
            x="x",
            y="y",
            text="label",
            source=self.zones,
            text_align="center",
            text_baseline="top",
            y_offset=3,
            text_color="colour",
            text_font={"value": theme.FONT},
            text_font_size="12px",
            text_font_style="bold",
            **theme.HALO,
        )
        plot.add_tools(HoverTool(renderers=[patches], tooltips=[("@name", "@word")]))
