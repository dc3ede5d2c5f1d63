"""Boxes of a dashboard: the panel around a plot, and the grid that keeps all in its place."""

from collections.abc import Mapping
from typing import Any

import panel as pn

from dashboards import theme

_PANEL = f"""
:host {{
  background: {theme.PANEL}; border: 1px solid {theme.EDGE}; border-radius: 8px; overflow: hidden;
}}
"""
_HEAD = f"""
:host {{ color: {theme.TEXT}; font: 14px/1.4 {theme.FONT}; }}
h2 {{ font-size: 14px; font-weight: 600; margin: 8px 12px 4px; white-space: nowrap; }}
@media (min-width: 1800px) and (min-height: 1000px) {{ h2 {{ font-size: 16px; }} }}
p {{ color: {theme.DIM}; margin: 0 12px 12px; }}
"""
_SWITCH = f"""
:host(.solid) .bk-btn.bk-btn-default {{
  background: none; color: {theme.DIM}; border: 1px solid {theme.EDGE};
  font: 12px {theme.FONT}; padding: 2px 9px;
}}
:host(.solid) .bk-btn.bk-btn-default.bk-active {{
  background: #223040; color: {theme.TEXT}; box-shadow: none;
}}
:host(.solid) .bk-btn.bk-btn-default:focus-visible {{
  outline: 2px solid {theme.FOCUS} !important;
}}
"""


def switch(name: str, options: Mapping[str, str], code: str, args: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Buttons of which one is pressed; `code` runs in the browser with that one's `choice`."""
    group = pn.widgets.RadioButtonGroup(
        label=name, options=dict(options), margin=(6, 10, 0, 0), stylesheets=[_SWITCH]
    )
    script = f"const choice = choices[cb_obj.active]; {code}"
    group.jscallback(args={"choices": list(options.values()), **args}, value=script)
    return group


def framed(title: str, content: Any, *head: Any) -> pn.Column:  # noqa: ANN401 - any viewable
    """A panel with a title, whatever else its head holds, and its content below."""
    heading = pn.pane.HTML(f"<h2>{title}</h2>", margin=0, stylesheets=[_HEAD])
    top = pn.Row(
        heading,
        pn.Spacer(sizing_mode="stretch_width"),
        *head,
        margin=0,
        height=38,
        sizing_mode="stretch_width",
    )
    return pn.Column(top, content, margin=0, sizing_mode="stretch_both", stylesheets=[_PANEL])


def fill(box: pn.Column, plot: Any, *head: Any) -> None:  # noqa: ANN401 - Bokeh's figure
    """Put a plot into a panel of `framed`, in place of its content, and `head` beside its title."""
    top = box.objects[0]
    assert isinstance(top, pn.Row)
    top.objects = [*top.objects[:2], *head]
    box.objects = [top, pn.pane.Bokeh(plot, sizing_mode="stretch_both", margin=0)]


def fill_by_choice(box: pn.Column, plots: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as `switch`
    """Put several plots into a panel of `framed`, of which one is shown.

    Returns:
        The buttons in the panel's head. Their value is the key of what is shown; `options` may be
        changed to say in another language what each is called, which is the title too.
    """
    top = box.objects[0]
    assert isinstance(top, pn.Row)
    names = {name: name for name in plots}
    group = pn.widgets.RadioButtonGroup(options=names, margin=(6, 10, 0, 0), stylesheets=[_SWITCH])

    def show(*_: object) -> None:
        titles = {key: title for title, key in group.options.items()}
        top.objects[0].object = f"<h2>{titles.get(group.value, '')}</h2>"
        for each, plot in plots.items():
            plot.visible = each == group.value

    group.param.watch(show, ["value", "options"])
    show()
    panes = [pn.pane.Bokeh(p, sizing_mode="stretch_both", margin=0) for p in plots.values()]
    top.objects = [*top.objects[:2], group]
    box.objects = [top, *panes]
    return group


def retitle(box: pn.Column, title: str, *head: Any) -> None:  # noqa: ANN401 - any viewable
    """Give a panel of `framed` another title, and its head something else beside it."""
    top = box.objects[0]
    assert isinstance(top, pn.Row)
    top.objects[0].object = f"<h2>{title}</h2>"
    top.objects = [*top.objects[:2], *head]


def words(text: str) -> pn.pane.HTML:
    """A sentence that stands where something will be. The text is ours, never an event's."""
    return pn.pane.HTML(f"<p>{text}</p>", margin=0, stylesheets=[_HEAD])


def grid(parts: Mapping[str, Any], stylesheet: str) -> pn.Column:
    """Parts by their area's name, placed by a stylesheet that names the areas."""
    for name, part in parts.items():
        part.param.update(css_classes=[name], margin=0)
    return pn.Column(
        *parts.values(), margin=0, sizing_mode="stretch_both", stylesheets=[stylesheet]
    )
