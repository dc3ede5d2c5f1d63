import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.tracks import Detections
from serving.video.agreement import Tally, agreement, drawn
from serving.video.draw import SKY, VERMILION


def found(*boxes, classes=None):
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(len(boxes), 0.9, np.float32),
        np.array(classes or ["person"] * len(boxes), dtype=np.str_),
    )


HERE, NEAR, THERE = (10, 10, 30, 50), (12, 10, 32, 50), (60, 10, 80, 50)


def test_boxes_of_one_class_that_lie_on_each_other_agree():
    agreed = agreement(found(HERE, THERE), found(THERE, NEAR))
    assert set(agreed.both) == {(0, 1), (1, 0)} and agreed.differing == 0


def test_what_only_one_has_is_told_apart():
    agreed = agreement(found(HERE), found(THERE, NEAR, (100, 10, 120, 50)))
    assert (agreed.both, agreed.only_champion, agreed.only_shadow) == (((0, 1),), (), (0, 2))


def test_another_class_at_the_same_place_is_a_disagreement():
    agreed = agreement(found(HERE), found(HERE, classes=["car"]))
    assert not agreed.both and agreed.differing == 2


def test_two_boxes_on_one_are_one_agreement_with_the_closer():
    agreed = agreement(found(HERE), found(NEAR, HERE))
    assert (agreed.both, agreed.only_shadow) == (((0, 1),), (0,))


def test_boxes_that_overlap_by_less_than_half_do_not_agree():
    assert agreement(found((0, 0, 10, 10)), found((0, 0, 10, 19))).both == ((0, 0),)
    assert not agreement(found((0, 0, 10, 10)), found((0, 0, 10, 21))).both


@pytest.mark.parametrize(("ones", "others"), [(0, 0), (0, 2), (2, 0)])
def test_where_one_finds_nothing_there_is_nothing_to_agree_on(ones, others):
    agreed = agreement(found(*[HERE, THERE][:ones]), found(*[HERE, THERE][:others]))
    assert (len(agreed.only_champion), len(agreed.only_shadow)) == (ones, others)


box = st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(1, 40)] * 2).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
boxes = st.lists(st.tuples(box, st.sampled_from(["person", "car"])), max_size=6)


@given(boxes, boxes)
def test_every_box_is_told_once_and_roles_can_be_swapped(ones, others):
    one = found(*[b for b, _ in ones], classes=[c for _, c in ones])
    other = found(*[b for b, _ in others], classes=[c for _, c in others])
    agreed, turned = agreement(one, other), agreement(other, one)
    assert sorted([a for a, _ in agreed.both] + list(agreed.only_champion)) == list(range(len(one)))
    assert sorted([b for _, b in agreed.both] + list(agreed.only_shadow)) == list(range(len(other)))
    assert agreed.differing == turned.differing


def test_a_tally_adds_up_and_says_nothing_of_nothing():
    first, second = Tally(), Tally()
    assert first.share is None
    first.add(agreement(found(HERE), found(NEAR)))
    first.add(agreement(found(), found()))
    second.add(agreement(found(HERE, THERE), found(NEAR, (100, 10, 120, 50))))
    whole = Tally.sum([first, second])
    assert (whole.frames, whole.alike, whole.both) == (3, 2, 2)
    assert (whole.only_champion, whole.only_shadow, whole.share) == (1, 1, 0.5)


def test_the_picture_shows_in_colour_what_only_one_has():
    image = np.full((100, 160, 3), 90, np.uint8)
    champion, shadow = found(THERE), found((110, 20, 140, 70))
    jpeg = drawn(image, champion, shadow, agreement(champion, shadow))
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert (image == 90).all()
    for column, colour in ((60, SKY), (110, VERMILION)):
        edge = picture[30:45, column - 1 : column + 2].reshape(-1, 3).astype(int)
        # JPEG blurs thin lines of colour.
        assert np.abs(edge - colour).max(axis=1).min() < 70
