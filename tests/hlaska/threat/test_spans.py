"""Spans: without a gap, whatever changes came in which order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hlaska.threat.levels import LevelChange
from hlaska.threat.spans import level_at, spans

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def change(minute, level, zone="square", *, known=True):
    return LevelChange(at=NOON + timedelta(minutes=minute), zone=zone, level=level, known=known)


changes = st.lists(
    st.builds(
        change,
        st.integers(-30, 90),
        st.integers(0, 4),
        st.sampled_from([None, "square", "gate"]),
        known=st.booleans(),
    ),
    max_size=12,
)


def test_what_was_before_says_how_it_began():
    found = spans([change(-20, 2), change(30, 3), change(40, 0)], NOON, NOON + HOUR, ["square"])
    assert [(span.level, span.lasted_s / 60) for span in found] == [(2, 30), (3, 10), (0, 20)]


def test_before_its_first_change_nobody_can_tell():
    first, second = spans([change(10, 1)], NOON, NOON + HOUR, ["square"])
    assert (first.known, second.known) == (False, True)
    assert first.end == NOON + timedelta(minutes=10)


def test_a_zone_of_which_nothing_is_known_is_one_span():
    (only,) = spans([], NOON, NOON + HOUR, ["square"])
    assert (only.start, only.end, only.known) == (NOON, NOON + HOUR, False)


def test_a_change_at_the_end_or_after_it_is_not_part_of_it():
    assert len(spans([change(0, 1), change(60, 4)], NOON, NOON + HOUR, ["square"])) == 1


def test_no_time_has_no_spans():
    assert spans([change(0, 1)], NOON, NOON) == spans([change(0, 1)], NOON + HOUR, NOON) == ()


def test_a_change_that_lasted_no_time_does_not_part_what_it_interrupts():
    (only,) = spans([change(-9, 1), change(5, 3), change(5, 1)], NOON, NOON + HOUR, ["square"])
    assert only.level == 1


@given(changes)
def test_the_spans_of_a_zone_fill_the_time_and_neighbours_differ(some):
    found = spans(some, NOON, NOON + HOUR)
    for zone in {None} | {one.zone for one in some}:
        own = [span for span in found if span.zone == zone]
        assert (own[0].start, own[-1].end) == (NOON, NOON + HOUR)
        for before, after in pairwise(own):
            assert before.end == after.start
            assert (before.level, before.known) != (after.level, after.known)
        assert all(span.start < span.end for span in own)


@given(changes, st.integers(0, 59))
def test_a_span_has_the_level_of_its_moments(some, minute):
    moment = NOON + timedelta(minutes=minute)
    in_order = sorted(some, key=lambda one: one.at)
    for span in spans(in_order, NOON, NOON + HOUR):
        if span.start <= moment < span.end:
            said = level_at(in_order, span.zone, moment)
            wanted = (0, False) if said is None else (said.level, said.known)
            assert (span.level, span.known) == wanted
