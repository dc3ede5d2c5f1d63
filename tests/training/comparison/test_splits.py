import math

import pytest

from training.comparison.conditions import Condition
from training.comparison.counting import cells_of, compared
from training.comparison.facts import Absent
from training.comparison.figures import Figure
from training.comparison.splits import Split, split_figures, split_of


@pytest.fixture
def asked(facts, spans, camera):
    """`asked(condition, truth, seen)`: the figures of that part."""

    def made(condition, truth, seen):
        one, other = facts(truth), facts(seen)
        split = split_of(Condition.model_validate(condition), one, spans, camera)
        assert isinstance(split, Split)
        both = compared(one.counts, other.counts, spans, cells_of(one.counts, camera, ()))
        found = split_figures(split, one, other, both, spans)
        return {key: getattr(figure, "value", None) for key, figure in found.items()}

    return made


def test_moments_are_chosen_by_their_time_or_number(asked, tracks, across):
    truth, seen = tracks(across(1, 0), across(2, 150)), tracks(across(1, 0))
    day = {"by": "light", "name": "day", "frames": [0, 100]}
    night = {"by": "light", "name": "night",
             "times": ["2026-05-01T12:00:10Z", "2026-05-01T12:00:40Z"]}  # fmt: skip
    assert asked(day, truth, seen)["f1"] == 1
    assert asked(night, truth, seen)["f1"] == 0
    assert asked(day, truth, seen)["count_error"] == 0
    assert asked(night, truth, seen)["count_error"] == 1


def test_counts_need_an_interval_that_is_all_in_the_part(asked, tracks, across):
    rows = tracks(across(1, 0))
    part = {"by": "weather", "name": "shower", "frames": [2, 8]}
    assert asked(part, rows, rows)["count_error"] is None


def test_a_crowd_is_counted_in_the_truth(asked, tracks, across):
    truth = tracks(across(1, 0), across(2, 0, y=180), across(3, 100))
    seen = tracks(across(1, 0), across(2, 0, y=180))
    crowd = {"by": "density", "name": "crowded", "objects": [2, None]}
    few = {"by": "density", "name": "few", "objects": [0, 2]}
    assert asked(crowd, truth, seen)["f1"] == 1
    assert asked(few, truth, seen)["f1"] == 0


def test_what_matches_an_object_of_another_part_is_left_out_and_so_is_what_is_of_another_size(
    asked, tracks, across
):
    small = across(1, 0)
    large = across(2, 0, y=180, size=(40, 80))
    ghost = across(3, 0, y=100, size=(50, 100))
    part = {"by": "size", "name": "small", "height_px": [0, 60]}
    other = {"by": "size", "name": "large", "height_px": [60, None]}
    truth, seen = tracks(small, large), tracks(small, large, ghost)
    assert asked(part, truth, seen)["f1"] == 1
    assert asked(other, truth, seen)["f1"] == pytest.approx(2 / 3)


def test_a_box_that_is_a_little_too_large_still_finds_its_small_object(asked, tracks, across):
    truth, seen = tracks(across(1, 0, size=(20, 40))), tracks(across(1, 0, size=(20, 50)))
    part = {"by": "size", "name": "small", "height_px": [0, 45]}
    assert asked(part, truth, seen)["f1"] == 1
    rest = {"by": "size", "name": "large", "height_px": [45, None]}
    assert math.isnan(asked(rest, truth, seen)["f1"])


def test_distance_is_metres_from_the_lower_edge_of_the_picture(asked, tracks, walk):
    # The edge's middle is (100, 200): 4 m and 15 m away at 10 cm a pixel.
    near, far = walk(1, [(100, 160)] * 9), walk(2, [(100, 50)] * 9)
    part = {"by": "distance", "name": "far", "distance_m": [10, None]}
    assert asked(part, tracks(near, far), tracks(near))["f1"] == 0
    close = {"by": "distance", "name": "near", "distance_m": [0, 10]}
    assert asked(close, tracks(near, far), tracks(near))["f1"] == 1


def test_a_condition_that_cannot_divide_says_why(facts, tracks, across, spans, camera):
    from training.comparison.facts import nothing

    bare = camera.model_copy(update={"homography": None})
    far = Condition.model_validate({"by": "distance", "name": "far", "distance_m": [9, None]})
    assert "homography" in split_of(far, facts(tracks(across(1, 0))), spans, bare).reason
    crowd = Condition.model_validate({"by": "density", "name": "few", "objects": [0, 2]})
    assert split_of(crowd, nothing("no boxes"), spans, camera) == Absent("no boxes")


def test_a_system_without_boxes_is_counted_all_the_same(facts, tracks, across, spans, camera):
    from dataclasses import replace

    from training.comparison.facts import nothing

    truth = facts(tracks(across(1, 0)))
    seen = replace(nothing("no boxes"), counts=truth.counts)
    day = Condition.model_validate({"by": "light", "name": "day", "frames": [0, 100]})
    both = compared(truth.counts, seen.counts, spans, cells_of(truth.counts, camera, ()))
    found = split_figures(split_of(day, truth, spans, camera), truth, seen, both, spans)
    assert isinstance(found["count_error"], Figure)
    assert found["hota"] == Absent("no boxes")
    small = Condition.model_validate({"by": "size", "name": "small", "height_px": [0, 60]})
    apart = split_figures(split_of(small, truth, spans, camera), truth, seen, both, spans)
    assert apart["f1"] == Absent("no boxes")
