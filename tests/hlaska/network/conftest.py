"""Rules and watches on the small camera network of `town`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hlaska.network.inventory import Inventory
from hlaska.network.rules.rule import NetworkRule
from hlaska.network.watch import Look, Watch, WatchArgs


@pytest.fixture(scope="session")
def noon() -> datetime:
    """When the flows of `town` begin."""
    return datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def new_watch(town) -> Callable[..., Watch]:
    """`new_watch(*rules, learn_s=0, …)`: a watch with those rules; with all if none."""

    def make(*looking: NetworkRule, learn_s: float = 0.0, **args: Any) -> Watch:
        inventory = Inventory(learn_s=learn_s)
        return Watch(town.network, inventory, WatchArgs(**args), looking or None)

    return make


@pytest.fixture(scope="session")
def looks(town) -> Callable[..., list[Look]]:
    """`looks(watch, rows)`: all that comes of those flows."""
    return lambda watch, rows: [*watch.take(town.table(rows)), *watch.finish()]


@pytest.fixture(scope="session")
def told(new_watch, looks) -> Callable[..., list[Any]]:
    """`told(rule, rows, learn_s=0)`: the findings of one rule on those flows."""

    def run(rule: NetworkRule, rows: list[dict[str, Any]], *, learn_s: float = 0.0) -> list[Any]:
        watch = new_watch(rule, learn_s=learn_s)
        return [finding for look in looks(watch, rows) for finding in look.began]

    return run
