import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hlaska.errors import JournalError
from hlaska.threat.levels import LevelChange

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SITES = itertools.count()


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def change(minutes: float, zone: str | None, level: int, *, known: bool = True) -> LevelChange:
    return LevelChange(at=at(minutes), zone=zone, level=level, known=known)


def keep(store, site: str, changes: list[LevelChange]) -> None:
    store.take(site, store.cursor(site), [], changes, bases={})


def test_levels_of_a_time_begin_with_what_they_were_at_its_start(store):
    changes = [
        change(0, "lawn", 1),
        change(1, None, 1),
        change(2, "lawn", 3),
        change(5, None, 3),
        change(6, "gate", 2),
        change(9, "lawn", 0),
    ]
    keep(store, "pilsen", changes)
    keep(store, "bilbao", [change(3, "lawn", 4)])
    assert store.levels("pilsen", at(0), at(10)) == changes
    assert store.levels("pilsen", at(5), at(9)) == [changes[1], changes[2], changes[3], changes[4]]
    assert store.levels("pilsen", at(20), at(30)) == [changes[3], changes[4], changes[5]]
    assert store.levels("pilsen", at(-9), at(0)) == []


def test_a_change_to_what_is_so_already_is_left_out(store):
    keep(store, "pilsen", [change(0, "lawn", 1), change(1, "lawn", 1)])
    keep(store, "pilsen", [change(2, "lawn", 1, known=False), change(2, None, 1)])
    keep(store, "pilsen", [change(2, "lawn", 1, known=False)])
    assert store.levels("pilsen", at(0), at(9)) == [
        change(0, "lawn", 1),
        change(2, "lawn", 1, known=False),
        change(2, None, 1),
    ]


def test_of_two_changes_at_one_moment_the_later_stored_holds(store):
    keep(store, "pilsen", [change(0, "lawn", 1), change(0, "lawn", 2)])
    assert store.levels("pilsen", at(1), at(2)) == [change(0, "lawn", 2)]


@pytest.mark.parametrize("times", [(datetime(2026, 5, 1), NOON), (NOON, datetime(2026, 5, 1))])
def test_a_time_without_zone_is_refused(times, store):
    with pytest.raises(JournalError, match="give UTC"):
        store.levels("pilsen", *times)


@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["a", "b", None]), st.integers(0, 4)),
        max_size=12,
    ),
    start=st.integers(0, 30),
)
def test_at_any_time_the_levels_are_those_of_the_last_changes(steps, start, store):
    # One store serves all examples: each speaks of a site of its own.
    site = f"s{next(SITES)}"
    steps = sorted(steps, key=lambda step: step[0])
    keep(store, site, [change(*step) for step in steps])
    wanted = {zone: level for minutes, zone, level in steps if minutes < start}
    answer = store.levels(site, at(start), at(start))
    assert {one.zone: one.level for one in answer} == wanted
    assert len(answer) == len(wanted)
