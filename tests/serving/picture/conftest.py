"""Watches over a small town, each with a journal of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hlaska.sites import Site
from tests.catalogs.conftest import postgresql, postgresql_url  # noqa: F401 - fixtures
from tests.serving.picture.town import TOWN, Watch


@pytest.fixture
def new_watch(tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    """`new_watch(url=None, patience_s=10)`: one with a journal of its own."""
    watches: list[Watch] = []

    def make(**options: Any) -> Watch:
        watches.append(Watch(tmp_path / f"watch-{len(watches)}", **options))
        return watches[-1]

    yield make
    for watch in watches:
        watch.journal.close()


@pytest.fixture
def watch(new_watch: Callable[..., Watch]) -> Watch:
    return new_watch()


@pytest.fixture
def site() -> Site:
    return TOWN
