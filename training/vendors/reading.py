"""One export while it is read: its words become ours, and what was mended or left out is kept."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from hlaska.errors import DataError
from hlaska.tracks import OBJECT_CLASSES
from training.vendors.export import Export, no_alerts, no_counts, no_tracks
from training.vendors.mapping import IGNORE, Mapping

Place = int | str
"""Where something stands: the number of a line, or words such as `data.detections[3]`."""
_SHOWN = 20


def shown(place: Place) -> str:
    """A place in words."""
    return f"line {place}" if isinstance(place, int) else place


class _Told:
    """Sentences, each with the first place it is about and how often it holds."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[Place | None, int]] = {}

    def add(self, text: str, place: Place | None, times: int) -> None:
        first, before = self._first.get(text, (place, 0))
        self._first[text] = first, before + times

    def sentences(self) -> tuple[str, ...]:
        return tuple(
            f"{shown(place)}{f' and {times - 1} more' if times > 1 else ''}: {text}"
            if place is not None
            else text
            for text, (place, times) in self._first.items()
        )


class Reading:
    """An export that is being read.

    Args:
        path: The file.
        mapping: What the run file says of it.
    """

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self.path = path
        self.mapping = mapping
        self._kinds: dict[str, str | None] = {
            word: None if kind == IGNORE else kind for word, kind in mapping.classes.items()
        }
        if mapping.kind is not None:
            self._kinds.setdefault("", None if mapping.kind == IGNORE else mapping.kind)
        self._alerts: dict[str, str | None] = {
            word: None if kind == IGNORE else kind for word, kind in mapping.alerts.items()
        }
        self._unknown: dict[str, Place] = {}
        self._repairs, self._left_out = _Told(), _Told()

    def wrong(self, place: Place | None, message: str) -> DataError:
        """An error about a place in the file."""
        where = "" if place is None else f", {shown(place)}"
        return DataError(f"{self.path}{where}: {message}")

    def repair(self, text: str, place: Place | None = None, times: int = 1) -> None:
        """Keeps what was mended; the same text adds up."""
        self._repairs.add(text, place, times)

    def leave_out(self, text: str, place: Place | None = None, times: int = 1) -> None:
        """Keeps what does not get into the tables; the same text adds up."""
        self._left_out.add(text, place, times)

    def kind(self, word: str, place: Place) -> str | None:
        """Our class of their word; None where the row is left out.

        A word that is one of our classes means itself, whatever its case. No word means `kind` of
        the mapping. Words that nobody knows are gathered: `done` names them all at once.

        Raises:
            DataError: there is no word, and no `kind` in the mapping.
        """
        if not word and "" not in self._kinds:
            raise self.wrong(
                place, "no class is named; write `kind:` in the mapping, the class of what has none"
            )
        try:
            kind = self._kinds[word]
        except KeyError:
            plain = word.strip().casefold()
            if plain not in OBJECT_CLASSES:
                self._unknown.setdefault(word, place)
                return None
            kind = self._kinds[word] = plain
        if kind is None:
            self.leave_out(f"class {word!r}, which the mapping ignores", place)
        return kind

    def alert(self, word: str, place: Place) -> str | None:
        """Our kind of alert of their word; None where the alert is left out."""
        if word not in self._alerts:
            return self.kind(word, place)
        kind = self._alerts[word]
        if kind is None:
            self.leave_out(f"alerts {word!r}, which the mapping ignores", place)
        return kind

    def line(self, word: str, place: Place) -> str | None:
        """Our line of their line, gate or zone; None where it is left out."""
        return self._named(self.mapping.lines, "line", word, place)

    def direction(self, word: str, place: Place) -> str | None:
        """Our direction of theirs; None where it is left out."""
        return self._named(self.mapping.directions, "direction", word, place)

    def camera(self, word: str, place: Place) -> str | None:
        """Our camera of theirs; None where it is left out."""
        if not word:
            return self.mapping.camera
        return self._named(self.mapping.cameras, "camera", word, place)

    def _named(self, known: dict[str, str], what: str, word: str, place: Place) -> str | None:
        name = known.get(word, word)
        if name != IGNORE:
            return name
        self.leave_out(f"{what} {word!r}, which the mapping ignores", place)
        return None

    def done(
        self,
        *,
        tracks: pd.DataFrame | None = None,
        counts: pd.DataFrame | None = None,
        alerts: pd.DataFrame | None = None,
    ) -> Export:
        """What was read.

        Raises:
            DataError: some of its words are known to nobody; names them, and the lines to add.
        """
        if self._unknown:
            raise self._lacking()
        return Export(
            system=self.mapping.system,
            format=self.mapping.format,
            tracks=no_tracks() if tracks is None else tracks,
            counts=no_counts() if counts is None else counts,
            alerts=no_alerts() if alerts is None else alerts,
            repairs=self._repairs.sentences(),
            left_out=self._left_out.sentences(),
        )

    def _lacking(self) -> DataError:
        words = list(self._unknown)
        first = self._unknown[words[0]]
        more = f", and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
        lines = "".join(f"\n    {quoted(word)}: ignore" for word in words[:_SHOWN])
        known = ", ".join(OBJECT_CLASSES)
        return self.wrong(
            first,
            f"the mapping does not say which classes are {listed(words[:_SHOWN])}{more}; add to "
            f"it, with one of ours ({known}) or ignore behind each:\n  classes:{lines}",
        )


def quoted(word: str) -> str:
    """A word as YAML reads it back as text, whatever it holds."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped[:80]) + '"'


def listed(words: Iterable[str]) -> str:
    """Words in quotes, with commas."""
    return ", ".join(repr(word[:80]) for word in words)
