"""What all parts have in common that draw themselves in the browser.

A part's Python class says what is shown, as plain values; `browser/<part>.js` draws it and keeps
the ages counting, even when nothing comes any more; `browser/<part>.css` styles it. Scripts travel
inside the page: no address outside the server is ever asked. They set text as text, so that no word
of an event can become markup.
"""

from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import panel as pn

from dashboards import theme

BROWSER = Path(__file__).parent / "browser"


@cache
def browser_source(name: str) -> str:
    """A script or stylesheet of the folder `browser`."""
    return (BROWSER / name).read_text(encoding="utf-8")


class Part(pn.custom.JSComponent):
    """A part of a dashboard. Its `_esm` names its script, `_look` its stylesheet."""

    _look: ClassVar[str]

    def __init__(self, **params: Any) -> None:  # noqa: ANN401 - parameters of the part
        look = [theme.TOKENS, browser_source("common.css"), browser_source(self._look)]
        super().__init__(**{"sizing_mode": "stretch_both", "stylesheets": look} | params)

    @classmethod
    def _render_esm(cls, compiled: Any = True, server: bool = False) -> str:  # noqa: ANN401 - Panel's own
        return browser_source("common.js") + super()._render_esm(compiled, server)
