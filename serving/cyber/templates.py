"""Templates of NetFlow v9 and IPFIX: how an exporter lays out its records, and reading those.

RFC 3954 (v9) and RFC 7011 (IPFIX); what the elements mean: IANA's IPFIX Information Elements. The
records of NetFlow v5 are read by a template too: theirs never changes.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

BYTES, PACKETS, PROTOCOL, FLAGS, SRC_PORT, SRC4, DST_PORT, DST4 = 1, 2, 4, 6, 7, 8, 11, 12
END_UPTIME, START_UPTIME, SRC6, DST6, ICMP4, ICMP6 = 21, 22, 27, 28, 32, 139
TOTAL_BYTES, TOTAL_PACKETS = 85, 86
START_S, END_S, START_MS, END_MS = 150, 151, 152, 153
START_US, END_US, START_NS, END_NS, START_DELTA_US, END_DELTA_US = 154, 155, 156, 157, 158, 159
BOOTED_MS, DURATION_MS, DURATION_US = 160, 161, 162
ASKER_BYTES, ANSWERER_BYTES, ASKER_PACKETS, ANSWERER_PACKETS = 231, 232, 298, 299
"""Names of the information elements that are read."""

BACK = 0x10000
"""Added to an element: what the other side sent, RFC 5103."""
BACK_ENTERPRISE = 29305
VARIABLE = 0xFFFF
"""A length that stands in each record instead."""

_ADDRESSES: Mapping[int, int] = MappingProxyType({SRC4: 4, DST4: 4, SRC6: 16, DST6: 16})
_NUMBERS = frozenset(
    {
        BYTES, PACKETS, PROTOCOL, FLAGS, SRC_PORT, DST_PORT, END_UPTIME, START_UPTIME, ICMP4, ICMP6,
        TOTAL_BYTES, TOTAL_PACKETS, *range(START_S, DURATION_US + 1), ASKER_BYTES, ANSWERER_BYTES,
        ASKER_PACKETS, ANSWERER_PACKETS, BACK + BYTES, BACK + PACKETS, BACK + FLAGS,
        BACK + TOTAL_BYTES, BACK + TOTAL_PACKETS,
    }
)  # fmt: skip
MOST_FIELDS = 256
"""Of a template; exporters use some dozens."""


class MalformedError(ValueError):
    """Bytes that are not what they should be; never leaves the decoder."""


@dataclass(frozen=True)
class Template:
    """The fields of a record: element and length in bytes, in order."""

    fields: tuple[tuple[int, int], ...]
    of_flows: bool = True
    """Not so: of options, which say something of the exporter."""

    @cached_property
    def least(self) -> int:
        """Bytes of a record; with fields of variable length, of the shortest."""
        return sum(1 if length == VARIABLE else length for _, length in self.fields)

    @cached_property
    def variable(self) -> bool:
        """Whether the length stands in each record."""
        return any(length == VARIABLE for _, length in self.fields)

    @cached_property
    def wanted(self) -> Mapping[int, tuple[int, int]]:
        """Place and length of the elements that are read; of two of one element, the first."""
        found: dict[int, tuple[int, int]] = {}
        for place, (element, length) in enumerate(self.fields):
            fits = (
                length == _ADDRESSES[element]
                if element in _ADDRESSES
                else element in _NUMBERS and 1 <= length <= 8
            )
            if fits:
                found.setdefault(element, (place, length))
        return found

    @cached_property
    def tells_of_flows(self) -> bool:
        """Whether it has a pair of addresses: without, there is no flow."""
        pairs = ({SRC4, DST4}, {SRC6, DST6})
        return self.of_flows and any(pair <= self.wanted.keys() for pair in pairs)

    def records(self, body: bytes) -> tuple[bytes, int]:
        """The wanted fields of all records of a data set, one after another, and how many.

        What is left at the end, shorter than any record, is padding.

        Raises:
            MalformedError: a record reaches beyond the set.
        """
        if not self.variable:
            count = len(body) // self.least
            table = np.frombuffer(body, np.uint8, count * self.least).reshape(count, self.least)
            return table[:, self._places].tobytes(), count
        kept, at, count = [], 0, 0
        places = {place for place, _ in self.wanted.values()}
        while len(body) - at >= self.least:
            for place, (_, length) in enumerate(self.fields):
                if length == VARIABLE:
                    length, at = _length(body, at)
                if place in places:
                    kept.append(body[at : at + length])
                at += length
            if at > len(body):
                raise MalformedError("a record reaches beyond its set")
            count += 1
        return b"".join(kept), count

    def columns(self, records: bytes) -> "Records":
        """The columns of what `records` kept."""
        size = sum(length for _, length in self.wanted.values())
        table = np.frombuffer(records, np.uint8).reshape(-1, size)
        columns, at = {}, 0
        for element, (_, length) in self.wanted.items():
            columns[element] = table[:, at : at + length]
            at += length
        return Records(columns, len(table))

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        """Of a record of fixed length, the bytes of the wanted fields."""
        starts = np.cumsum([0, *(length for _, length in self.fields)])
        spans = [starts[place] + np.arange(length) for place, length in self.wanted.values()]
        return np.concatenate(spans).astype(np.intp) if spans else np.empty(0, np.intp)


@dataclass(frozen=True)
class Records:
    """Columns of records of one template, as bytes."""

    _columns: Mapping[int, NDArray[np.uint8]]
    count: int

    def __contains__(self, element: int) -> bool:
        return element in self._columns

    def numbers(self, *elements: int) -> NDArray[np.float64] | None:
        """The first of these elements that the template has, as numbers."""
        for element in elements:
            if element in self._columns:
                return self.whole(element).astype(np.float64)
        return None

    def whole(self, element: int) -> NDArray[np.uint64]:
        """An element as whole numbers, of whatever length they were sent."""
        column = self._columns[element]
        padded = np.zeros((self.count, 8), np.uint8)
        padded[:, 8 - column.shape[1] :] = column
        return padded.view(">u8").ravel().astype(np.uint64)

    def packed(self, element: int) -> list[bytes]:
        """An element as it was sent."""
        column = np.ascontiguousarray(self._columns[element])
        size, everything = column.shape[1], column.tobytes()
        return [everything[at : at + size] for at in range(0, len(everything), size)]


def _length(body: bytes, at: int) -> tuple[int, int]:
    """RFC 7011, section 7: one byte, or 255 and two more."""
    if body[at : at + 1] != b"\xff":
        return (body[at], at + 1) if at < len(body) else (0, at + 1)
    return int.from_bytes(body[at + 1 : at + 3], "big"), at + 3


V5 = Template(
    tuple(
        zip(
            (SRC4, DST4, 15, 10, 14, PACKETS, BYTES, START_UPTIME, END_UPTIME, SRC_PORT, DST_PORT,
             0, FLAGS, PROTOCOL, 5, 16, 17, 9, 13, 0),
            (4, 4, 4, 2, 2, 4, 4, 4, 4, 2, 2, 1, 1, 1, 1, 2, 2, 1, 1, 2),
            strict=True,
        )
    )
)  # fmt: skip
"""A record of NetFlow v5: 48 bytes."""


def read_templates(body: bytes, *, ipfix: bool, options: bool) -> list[tuple[int, Template | None]]:
    """The templates of a set, by number; None: this one holds no more.

    Raises:
        MalformedError: it is no set of templates; none of it is taken.
    """
    found: list[tuple[int, Template | None]] = []
    at = 0
    while len(body) - at >= 4:
        number, count = struct.unpack_from("!HH", body, at)
        at += 4
        if number == 0 and count == 0:
            break  # padding
        if ipfix and count == 0:
            found.append((number, None))
            continue
        if options:
            # v9 tells the bytes of scope and options, IPFIX how many fields, and of scope.
            if len(body) - at < 2:
                raise MalformedError("a template of options breaks off")
            (more,) = struct.unpack_from("!H", body, at)
            at += 2
            count = count if ipfix else (count + more) // 4
        fields, at = _fields(body, at, count, ipfix=ipfix)
        template = Template(fields, of_flows=not options)
        if number < 256:
            raise MalformedError(f"a template with the number {number}, below 256")
        if not 0 < template.least < VARIABLE:
            raise MalformedError(f"a template with records of {template.least} bytes")
        found.append((number, template))
    return found


def _fields(
    body: bytes, at: int, count: int, *, ipfix: bool
) -> tuple[tuple[tuple[int, int], ...], int]:
    if not 0 < count <= MOST_FIELDS:
        raise MalformedError(f"a template of {count} fields")
    fields: list[tuple[int, int]] = []
    for _ in range(count):
        if len(body) - at < 4:
            raise MalformedError("a template breaks off")
        element, length = struct.unpack_from("!HH", body, at)
        at += 4
        if ipfix and element & 0x8000:
            if len(body) - at < 4:
                raise MalformedError("a template breaks off")
            (enterprise,) = struct.unpack_from("!I", body, at)
            at += 4
            element = element & 0x7FFF | BACK if enterprise == BACK_ENTERPRISE else -1
        if not ipfix and length == VARIABLE:
            raise MalformedError("a field of 65535 bytes")
        fields.append((element, length))
    return tuple(fields), at
