import pytest

from training.comparison.facts import Absent, nothing
from training.comparison.turning import movements_of, turn_figures


def test_a_movement_that_never_happened_counts_as_wrong(facts, tracks, across, walk, spans):
    back = walk(2, [(190 - 5 * step, 100) for step in range(27)], first=50)
    truth = facts(tracks(across(1, 0)))
    seen = facts(tracks(across(1, 0), back))
    both = movements_of(truth, seen, spans)
    assert [cell[0] for cell in both.cells] == ["middle → right", "right → middle"]
    assert turn_figures(both)["turn_error"].value == pytest.approx(1)


def test_where_nobody_turns_nothing_can_be_judged(facts, tracks, walk, across, spans):
    nobody = facts(tracks(walk(1, [(50, 100)] * 9)))
    seen = facts(tracks(across(1, 0)))
    assert movements_of(nobody, seen, spans) == Absent("nobody turns in the judged time")
    assert movements_of(seen, nothing("no boxes"), spans) == Absent("no boxes")
    assert turn_figures(Absent("x"))["turn_error"] == Absent("x")
