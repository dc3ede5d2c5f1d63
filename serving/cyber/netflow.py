"""NetFlow v5 and v9 and IPFIX, as routers and switches send them over UDP.

https://www.rfc-editor.org/rfc/rfc3954 (v9), https://www.rfc-editor.org/rfc/rfc7011 (IPFIX). What
they tell are halves of flows, one a direction; `pairing` puts them together. Counts of exporters
that look at one packet in many are taken as they are.
"""

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from serving.cyber import templates as t
from serving.cyber.halves import Half, Piece, halves
from serving.cyber.templates import MalformedError, Template

MOST_TEMPLATES = 1_000
"""Over all exporters: anybody can send one."""
MOST_EXPORTERS = 100
"""Address, version and observation domain."""
MOST_LOST = 1_000_000
"""A larger step in the sequence is no loss: the exporter was started again."""
LATE = 1_000
"""A datagram that is so many behind took another way; more, and the exporter was started again."""

_HEADER5 = struct.Struct("!HHIIIIBBH")
_HEADER9 = struct.Struct("!HHIIII")
_HEADER10 = struct.Struct("!HHIII")


@dataclass(slots=True)
class Received:
    """What came of some datagrams."""

    halves: list[Half] = field(default_factory=list)
    unreadable: int = 0
    """Datagrams and sets that are malformed, and sets whose template has not come yet."""
    skipped: int = 0
    """Records that tell of no flow."""
    lost: int = 0
    """Datagrams (v9) or records (v5, IPFIX) that never came, by the sequence numbers."""
    complaint: str = ""

    def complain(self, exporter: str, what: str) -> None:
        """Keep the first complaint."""
        self.complaint = self.complaint or f"exporter {exporter}: {what}"


@dataclass(slots=True)
class _Exporter:
    """What has to be remembered of one of them."""

    templates: dict[int, Template] = field(default_factory=dict)
    expected: int | None = None
    """The sequence number that should come next."""

    def missing(self, number: int) -> int:
        """How many were lost before this sequence number."""
        if self.expected is None:
            return 0
        step = (number - self.expected) % 2**32
        return step if step < MOST_LOST else 0

    def late(self, number: int) -> bool:
        """Whether it comes after others that were sent later."""
        return self.expected is not None and 0 < (self.expected - number) % 2**32 < LATE


_Pieces = dict[Template, list[Piece]]


class NetFlowDecoder:
    """Decodes datagrams of any exporters; remembers their templates and sequence numbers."""

    def __init__(self) -> None:
        self._exporters: dict[tuple[str, int, int], _Exporter] = {}

    def read(self, datagrams: Sequence[tuple[str, bytes]]) -> Received:
        """What some datagrams tell, in the order in which they came.

        Args:
            datagrams: Address of the exporter, and the bytes.
        """
        received = Received()
        # By template and not one by one: reading a table of numbers takes as long for one row.
        pieces: _Pieces = {}
        readers: dict[int, Callable[..., None]] = {5: self._v5, 9: self._v9, 10: self._ipfix}
        for exporter, data in datagrams:
            version = int.from_bytes(data[:2], "big")
            try:
                if version not in readers or len(data) < 16:
                    raise MalformedError(
                        f"{len(data)} bytes that are no NetFlow v5 or v9 or IPFIX; let it send one "
                        "of these"
                    )
                readers[version](exporter, data, received, pieces)
            except MalformedError as error:
                received.unreadable += 1
                received.complain(exporter, str(error))
        for template, some in pieces.items():
            received.halves += halves(template, some)
        return received

    def _v5(self, exporter: str, data: bytes, received: Received, pieces: _Pieces) -> None:
        if len(data) < _HEADER5.size:
            raise MalformedError("a header that breaks off")
        _, count, uptime, seconds, nanoseconds, number, kind, engine, _ = _HEADER5.unpack_from(data)
        body = data[_HEADER5.size :]
        size = t.V5.least
        sent_s = seconds + nanoseconds / 1e9
        records, here = t.V5.records(body[: count * size])
        self._in_sequence(exporter, 5, kind << 8 | engine, number, count, received)
        _keep(pieces, t.V5, Piece(records, here, sent_s, sent_s - uptime / 1000))
        if here < count:
            raise MalformedError(f"{here} records, where {count} should be")

    def _v9(self, exporter: str, data: bytes, received: Received, pieces: _Pieces) -> None:
        if len(data) < _HEADER9.size:
            raise MalformedError("a header that breaks off")
        _, _, uptime, seconds, number, domain = _HEADER9.unpack_from(data)
        known = self._in_sequence(exporter, 9, domain, number, 1, received)
        base = float(seconds), seconds - uptime / 1000
        for kind, body in _sets(data, _HEADER9.size, exporter, received):
            if kind in (0, 1):
                self._learn(known, body, exporter, received, ipfix=False, options=kind == 1)
            elif kind > 255:
                _take(known, kind, body, base, exporter, received, pieces)

    def _ipfix(self, exporter: str, data: bytes, received: Received, pieces: _Pieces) -> None:
        _, length, seconds, number, domain = _HEADER10.unpack_from(data)
        if not _HEADER10.size <= length <= len(data):
            raise MalformedError(f"a message of {length} bytes in a datagram of {len(data)}")
        known = self._in_sequence(exporter, 10, domain, number, 0, received)
        base = float(seconds), math.nan
        # How many records are in a set that cannot be read, only the next message tells.
        total: int | None = 0
        for kind, body in _sets(data[:length], _HEADER10.size, exporter, received):
            if kind in (2, 3):
                self._learn(known, body, exporter, received, ipfix=True, options=kind == 3)
            elif kind > 255:
                count = _take(known, kind, body, base, exporter, received, pieces)
                total = None if total is None or count is None else total + count
        if known.expected == number:
            known.expected = None if total is None else (number + total) % 2**32

    def _in_sequence(
        self, name: str, version: int, domain: int, number: int, step: int, received: Received
    ) -> _Exporter:
        """The exporter, with its losses counted; `step` is by how much the number will rise."""
        key = (name, version, domain)
        known = self._exporters.get(key)
        if known is None:
            if len(self._exporters) >= MOST_EXPORTERS:
                raise MalformedError(
                    f"it is one more than {MOST_EXPORTERS} exporters, which is the most that are "
                    "remembered; let fewer send to this port"
                )
            known = self._exporters[key] = _Exporter()
        if missing := known.missing(number):
            received.lost += missing
            what = "datagrams" if version == 9 else "records"
            received.complain(name, f"{missing} {what} never arrived; see how busy the way is")
        if not known.late(number):
            known.expected = (number + step) % 2**32
        return known

    def _learn(
        self,
        known: _Exporter,
        body: bytes,
        exporter: str,
        received: Received,
        *,
        ipfix: bool,
        options: bool,
    ) -> None:
        try:
            found = t.read_templates(body, ipfix=ipfix, options=options)
        except MalformedError as error:
            received.unreadable += 1
            received.complain(exporter, f"{error}; what was known before still holds")
            return
        room = MOST_TEMPLATES - sum(len(each.templates) for each in self._exporters.values())
        for number, template in found:
            if template is None:
                known.templates.pop(number, None)
            elif number in known.templates or room > 0:
                room -= number not in known.templates
                known.templates[number] = template
            else:
                received.unreadable += 1
                received.complain(exporter, f"more than {MOST_TEMPLATES} templates; it is ignored")


def _sets(data: bytes, at: int, exporter: str, received: Received) -> list[tuple[int, bytes]]:
    """The sets of a message; what is malformed ends it."""
    found = []
    while len(data) - at >= 4:
        kind, length = struct.unpack_from("!HH", data, at)
        if not 4 <= length <= len(data) - at:
            received.unreadable += 1
            received.complain(exporter, f"a set of {length} bytes where {len(data) - at} are left")
            break
        found.append((kind, data[at + 4 : at + length]))
        at += length
    return found


def _take(
    known: _Exporter,
    kind: int,
    body: bytes,
    base: tuple[float, float],
    exporter: str,
    received: Received,
    pieces: _Pieces,
) -> int | None:
    """Keep the records of a data set; how many there are, None when nobody can tell."""
    template = known.templates.get(kind)
    try:
        if template is None:
            raise MalformedError(
                f"records of template {kind}, which has not come yet; let it send its templates "
                "every minute"
            )
        records, count = template.records(body)
    except MalformedError as error:
        received.unreadable += 1
        received.complain(exporter, str(error))
        return None
    if template.tells_of_flows:
        _keep(pieces, template, Piece(records, count, *base))
    else:
        received.skipped += count
    return count


def _keep(pieces: _Pieces, template: Template, piece: Piece) -> None:
    if piece.rows:
        pieces.setdefault(template, []).append(piece)
