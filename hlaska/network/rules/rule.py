"""What every rule of the network is, and what they share."""

import math
from dataclasses import dataclass
from typing import Protocol

from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Excess, Inventory
from hlaska.network.window import Window


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule gets to see."""

    slice: Window
    """What was reported since the last time."""
    window: Window
    """The last minutes, the slice among them."""
    inventory: Inventory
    """What was known before the slice."""


class NetworkRule(Protocol):
    """A rule. It may remember; it is shown slices in order."""

    def update(self, scene: Scene) -> list[NetworkFinding]:
        """What goes on now. It is told again while it goes on: the watch tells it once."""
        ...


def confidence(measured: float, limit: float) -> float:
    """How sure a rule is: 0.5 at its limit, 0.9 at five times as much, never 1.

    An expert's choice, until verdicts of dispatchers are enough to calibrate it.
    """
    return 1.0 - 0.5 * min(1.0, limit / measured) if measured > 0 else 0.0


def usually(excess: Excess, text: str) -> str:
    """What is said at the end of a finding; nothing while nobody knows what is usual."""
    return f"; usual: {text}" if excess.known else ""


def count(number: float, word: str, words: str = "") -> str:
    """A number with its noun: `1 host`, `412 ports`; numbers from a thousand on with commas."""
    rounded = round(number)
    return f"{rounded:,} {word if rounded == 1 else words or word + 's'}"


def size(number_bytes: float) -> str:
    """Bytes as people say them: `12 kB`, `3.4 GB` (powers of ten)."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number_bytes < 999.5 or unit == "TB":
            break
        number_bytes /= 1000
    digits = 1 if number_bytes < 9.95 and unit != "B" else 0
    return f"{number_bytes:,.{digits}f} {unit}"


def span(seconds: float) -> str:
    """A time as people say it: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(1, math.ceil(seconds))} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
