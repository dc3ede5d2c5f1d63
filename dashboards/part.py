"""What all parts have in common that draw themselves in the browser.

A part's Python class says what is shown, as plain values; `browser/<part>.js` draws it and keeps
the ages counting, even when nothing comes any more; `browser/<part>.css` styles it. Scripts travel
inside the page: no address outside the server is ever asked. They set text as text, so that no word
of an event can become markup. What they write themselves they `say("in English")`; `Part.speak`
gives them the same in another language.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import panel as pn
import param

from dashboards import theme
from dashboards.language import translate

BROWSER = Path(__file__).parent / "browser"


@cache
def browser_source(name: str) -> str:
    """A script or stylesheet of the folder `browser`."""
    return (BROWSER / name).read_text(encoding="utf-8")


_SAID = re.compile(r'\bsay\("([^"]+)"')


def phrases_of(script: str) -> list[str]:
    """The phrases that a script says by itself, in English."""
    return sorted(set(_SAID.findall(script)))


class Part(pn.custom.JSComponent):
    """A part of a dashboard. Its `_esm` names its script, `_look` its stylesheet."""

    words = param.Dict(default={}, doc="What the script says, by the English phrase.")

    _look: ClassVar[str]
    _hear: Callable[[dict[str, Any]], object] | None = None

    def __init__(self, **params: Any) -> None:  # noqa: ANN401 - parameters of the part
        look = [theme.TOKENS, browser_source("common.css"), browser_source(self._look)]
        super().__init__(**{"sizing_mode": "stretch_both", "stylesheets": look} | params)

    def speak(self, language: str) -> None:
        """Let the script speak a language from now on."""
        said = phrases_of(browser_source("common.js") + browser_source(Path(str(self._esm)).name))
        self.words = {phrase: translate(phrase, language) for phrase in said}

    def hear(self, callback: Callable[[dict[str, Any]], object]) -> None:
        """Call back with whatever the script sends, in the session's thread."""
        self._hear = callback

    def _handle_msg(self, data: dict[str, Any]) -> None:
        if self._hear is not None:
            self._hear(dict(data))

    @classmethod
    def _render_esm(cls, compiled: Any = True, server: bool = False) -> str:  # noqa: ANN401 - Panel's own
        return browser_source("common.js") + super()._render_esm(compiled, server)
