"""How a threat level is shown: a word, a shape, a colour; and what is shown of nobody's zone.

The colours are Okabe and Ito's, as in `theme`, so that anyone can tell them apart; no level hangs
on its colour alone. That nobody watches is hatched, in grey: it must never look like calm.
"""

from datetime import datetime
from typing import Any

from pydantic import Field

from dashboards import theme
from dashboards.language import translate
from hlaska.records import Record
from hlaska.threat.levels import Threats
from serving.live import LATE_S


class LevelLook(Record):
    """How one level is shown."""

    word: str = Field(description="In English; see `level_fact` for other languages.")
    shape: str = Field(description="Outline in a 16 x 16 box, as an SVG path.")
    colour: str


LEVELS = (
    LevelLook(word="calm", shape="M2 7h12v2.5H2z", colour=theme.GOOD),
    LevelLook(word="watch", shape="M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z", colour="#6cc0f0"),
    LevelLook(word="raised", shape="M8 1.5L15 14H1z", colour="#f0e442"),
    LevelLook(word="high", shape="M8 0.5L15.5 8L8 15.5L0.5 8z", colour="#f5a623"),
    LevelLook(
        word="severe",
        shape="M5 0.5h6L15.5 5v6L11 15.5H5L0.5 11V5zM7 3.5v6h2v-6zM7 11v2h2v-2z",
        colour="#ff7a59",
    ),
)
"""By level, 0 to 4: bar, disc, triangle, diamond, stop sign with a mark of exclamation."""

UNKNOWN = LevelLook(
    word="unknown – nobody watches",
    shape="M1 5L5 1h3L1 8zM1 12L12 1h3L1 15zM5 15L15 5v3L8 15zM12 15l3-3v3z",
    colour=theme.DIM,
)
"""Of a zone over which too few sensors watch for calm to mean anything; drawn hatched."""


def level_fact(level: int, *, known: bool, language: str = "en") -> dict[str, Any]:
    """A level as scripts want it: `level`, `known`, `word`, `shape`, `colour`.

    Where nobody watches, no evidence is not calm: it is unknown. What was noticed there all the
    same is told as the least that it is.
    """
    look = LEVELS[level] if known or level else UNKNOWN
    word = translate(look.word, language)
    if 0 < level < len(LEVELS) - 1 and not known:
        word = translate("at least {level}", language, level=word)
    fact = {"level": level, "known": known, "word": word}
    return fact | {"shape": look.shape, "colour": look.colour}


def is_late(threats: Threats | None, now: datetime) -> bool:
    """Whether nobody has looked at a site for so long that its levels are old."""
    return threats is not None and (now - threats.at).total_seconds() > LATE_S


def current(threats: Threats | None, now: datetime) -> Threats | None:
    """The levels as they may be shown: of old ones none is known, whatever it was."""
    if threats is None or not is_late(threats, now):
        return threats
    unknown = {"known": False}
    return threats.model_copy(
        update={
            "whole": threats.whole.model_copy(update=unknown),
            "zones": tuple(zone.model_copy(update=unknown) for zone in threats.zones),
        }
    )
