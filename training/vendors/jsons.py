"""JSON of foreign making: what is wrong with it is told with its place in the file."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from training.vendors.reading import Reading
from training.vendors.text import LARGEST, content, decoded


def document(reading: Reading) -> "Node":
    """The whole of a JSON file, which may be packed with bz2.

    Raises:
        DataError: it cannot be read, unpacked, decoded or parsed; names line and column.
    """
    return Node(_parsed(decoded(content(reading), reading), reading, 1), "", reading)


def messages(reading: Reading) -> Iterator["Node"]:
    """The objects of a file that holds a list of them, or one in each line.

    Text in a line before its first `{` is left out: so a log of messages, in which a topic stands
    before each, can be read as it is.
    """
    text = decoded(content(reading), reading)
    if text.lstrip().startswith("["):
        yield from Node(_parsed(text, reading, 1), "", reading).items()
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            start = line.find("{")
            if start < 0:
                raise reading.wrong(number, f"no message: {line.strip()[:60]!r}; delete the line")
            yield Node(_parsed(line[start:], reading, number), f"line {number}", reading)


def _parsed(text: str, reading: Reading, line: int) -> Any:  # noqa: ANN401 - what JSON holds
    def constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number of JSON")

    try:
        return json.loads(text, parse_constant=constant)
    except json.JSONDecodeError as error:
        place = line + error.lineno - 1
        cut = error.pos >= len(text.rstrip())
        message = "ends in the middle, as if cut off" if cut else f"is no JSON: {error.msg}"
        raise reading.wrong(
            place, f"column {error.colno}: {message}; copy or export it again"
        ) from error
    except RecursionError as error:
        raise reading.wrong(line, "lists or keys are nested without end; export again") from error
    except ValueError as error:  # a constant, or an integer of thousands of digits
        raise reading.wrong(line, f"{str(error)[:100]}; export it again") from error


class Node:
    """A value in a JSON document that knows where it stands.

    Args:
        value: The value.
        place: Its place, such as `data.detections[3]`; "" for the whole.
        reading: To which it belongs.
    """

    __slots__ = ("place", "reading", "value")

    def __init__(self, value: Any, place: str, reading: Reading) -> None:  # noqa: ANN401
        self.value = value
        self.place = place
        self.reading = reading

    def _wrong(self, key: str, what: str) -> Exception:
        held = self.value.get(key) if isinstance(self.value, dict) else self.value
        came = "nothing" if held is None else repr(held)[:60]
        return self.reading.wrong(
            self._under(key), f"{came}, where {what} is wanted; is it a file of this format?"
        )

    def _under(self, key: str) -> str:
        return ".".join(part for part in (self.place, key) if part) or "the whole file"

    def _get(self, key: str) -> Any:  # noqa: ANN401
        if not isinstance(self.value, dict):
            raise self.reading.wrong(
                self.place or "the whole file",
                f"{repr(self.value)[:60]}, where an object with {key!r} is wanted; is it a file of "
                "this format?",
            )
        return self.value.get(key)

    def has(self, key: str) -> bool:
        """Whether it is an object with that key, and not null there."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def node(self, key: str) -> "Node":
        """The object under a key."""
        if not isinstance(self._get(key), dict):
            raise self._wrong(key, "an object")
        return Node(self.value[key], self._under(key), self.reading)

    def keys(self) -> Iterator[tuple[str, "Node"]]:
        """All keys of an object and what is under them."""
        if not isinstance(self.value, dict):
            raise self._wrong("", "an object")
        for key, value in self.value.items():
            yield key, Node(value, self._under(key), self.reading)

    def items(self, key: str = "") -> Iterator["Node"]:
        """What a list holds: that under a key, or itself."""
        held = self._get(key) if key else self.value
        if not isinstance(held, list):
            raise self._wrong(key, "a list")
        under = self._under(key) if key or self.place else ""
        for number, value in enumerate(held):
            yield Node(value, f"{under}[{number}]", self.reading)

    def text(self, key: str, default: str | None = None) -> str:
        """The text under a key; a number is taken as one, as ids are written either way."""
        held = self._get(key)
        if held is None and default is not None:
            return default
        if isinstance(held, bool) or not isinstance(held, str | int | float):
            raise self._wrong(key, "a text")
        return str(held)

    def number(self, key: str, default: float | None = None) -> float:
        """The finite number under a key, also where it is written as text."""
        held = self._get(key)
        if held is None and default is not None:
            return default
        return self._number(held, key)

    def whole(self, key: str) -> int:
        """The whole number under a key."""
        value = self.number(key)
        if value != int(value):
            raise self._wrong(key, "a whole number")
        return int(value)

    def numbers(self, key: str, count: int) -> list[float]:
        """A list of so many finite numbers."""
        held = self._get(key)
        if not isinstance(held, list) or len(held) != count:
            raise self._wrong(key, f"a list of {count} numbers")
        return [self._number(value, key) for value in held]

    def _number(self, held: object, key: str) -> float:
        wanted = f"a number up to {LARGEST:.0e}"
        if isinstance(held, bool) or not isinstance(held, int | float | str):
            raise self._wrong(key, wanted)
        try:
            value = float(held)
        except (ValueError, OverflowError):
            raise self._wrong(key, wanted) from None
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise self._wrong(key, wanted)
        return value
