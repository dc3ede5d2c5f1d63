"""The languages of the dashboards. What is written in the code is English; the rest is looked up.

Each file of `languages/cs` maps English phrases to Czech ones. Phrases may hold `{names}`.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

LANGUAGES = MappingProxyType({"en": "English", "cs": "čeština"})
"""By code, each in itself."""
_CZECH = str.maketrans({",": "\u202f", ".": ","})
_FOLDER = Path(__file__).parent / "languages"


@cache
def phrases(language: str) -> Mapping[str, str]:
    """All phrases of a language by the English ones; empty for English itself.

    Raises:
        ValueError: two files translate the same phrase.
    """
    found: dict[str, str] = {}
    for path in sorted((_FOLDER / language).glob("*.yaml")):
        more = yaml.safe_load(path.read_text(encoding="utf-8"))
        twice = sorted(found.keys() & more.keys())
        if twice:
            raise ValueError(f"{path}: {twice[0]!r} is translated in another file too")
        found |= more
    return MappingProxyType(found)


def translate(text: str, language: str, **values: object) -> str:
    """The phrase in a language, English where it has none, with the values filled in."""
    said = phrases(language).get(text, text)
    return said.format(**values) if values else said


def written(number: str, language: str) -> str:
    """A number as it is written in a language: `1,203.5` in Czech with a narrow space and comma."""
    return number if language == "en" else number.translate(_CZECH)
