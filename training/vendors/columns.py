"""Columns of a table by what they mean: names in several languages, or as the run file says."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from training.vendors.reading import Reading, listed
from training.vendors.text import Row, content, decoded, fitted, rows

Names = Mapping[str, Sequence[str]]
"""Our name of a column → names that it may have, as `plain` writes them."""


def plain(name: str) -> str:
    """A column's name without case, accents, signs and brackets: "Počet [voz.]" → pocet."""
    bare = re.sub(r"[\[(].*?[\])]|[\[(].*$", "", name)
    letters = unicodedata.normalize("NFKD", bare.casefold())
    return re.sub(
        r"[^a-z0-9]+", " ", "".join(c for c in letters if not unicodedata.combining(c))
    ).strip()


def unit(name: str) -> str:
    """What stands in the brackets of a column's name: "Speed [km/h]" → km/h; "" without any."""
    found = re.search(r"[\[(](.*?)[\])]", name)
    return found[1].strip() if found else ""


class Sheet:
    """A table with a head.

    Args:
        reading: To which it belongs.
        names: Columns that may be there. `columns:` of the mapping goes before them.
        source: Its rows, the head among them; default: those of the file.

    Raises:
        DataError: there is no head, `columns:` names what is not there, or two columns fit.
    """

    def __init__(self, reading: Reading, names: Names, source: Iterator[Row] | None = None) -> None:
        self.reading = reading
        self._rows = rows(decoded(content(reading), reading), reading) if source is None else source
        first = next(self._rows, None)
        if first is None:
            raise reading.wrong(None, "the file is empty; export it again")
        self.line, head = first
        while head and not head[-1]:
            head.pop()
        self.head = head
        self.places: dict[str, int] = {}
        """Our name of a column → its place."""
        for ours, theirs in names.items():
            place = self._place(ours, theirs)
            if place is not None:
                self.places[ours] = place
        strange = sorted(set(reading.mapping.columns) - set(names))
        if strange:
            raise reading.wrong(
                None,
                f"`columns:` of the mapping says what {listed(strange)} is; known there: "
                + ", ".join(names),
            )

    def _place(self, ours: str, theirs: Sequence[str]) -> int | None:
        said = self.reading.mapping.columns.get(ours)
        if said is not None:
            found = [place for place, name in enumerate(self.head) if name == said]
            if not found:
                raise self.reading.wrong(
                    self.line, f"no column {said!r}, which `columns:` gives for {ours}; {self._are}"
                )
        else:
            found = [place for place, name in enumerate(self.head) if plain(name) in theirs]
        if len(found) > 1:
            raise self.reading.wrong(
                self.line,
                f"columns {listed(self.head[place] for place in found)} could all be {ours}; say "
                f"which with `columns: {{{ours}: …}}` in the mapping, or rename the others",
            )
        return found[0] if found else None

    @property
    def _are(self) -> str:
        return f"the columns are {listed(self.head[:40])}"

    def need(self, *wanted: str) -> None:
        """Insists on columns.

        Raises:
            DataError: some are missing; names them, what there is, and how to say which is which.
        """
        missing = [ours for ours in wanted if ours not in self.places]
        if missing:
            raise self.reading.wrong(
                self.line,
                f"no column is known to be {', '.join(missing)}; {self._are}; say which it is with "
                f"`columns: {{{missing[0]}: …}}` in the mapping",
            )

    def rest(self) -> list[int]:
        """Places of the named columns that nothing is known of."""
        known = set(self.places.values())
        return [place for place, name in enumerate(self.head) if name and place not in known]

    def __iter__(self) -> Iterator[Row]:
        for line, cells in self._rows:
            yield line, fitted(cells, len(self.head), line, self.reading)

    def cell(self, cells: Sequence[str], ours: str) -> str:
        """The cell of a column; "" where the table has no such column."""
        place = self.places.get(ours)
        return "" if place is None else cells[place]
