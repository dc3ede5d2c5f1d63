"""How evaluation tells how far it is."""

from collections.abc import Callable

Step = Callable[[int], None]
"""Told how much of a task is done."""
Announce = Callable[[str, int | None], Step]
"""Begins a task: what it is, and how much there is to do; gives what is told how much is done."""


def silent(_done: int) -> None:
    """A step that nobody is told of."""
