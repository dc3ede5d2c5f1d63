from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.comparison.pictures import LEFT, WIDTH, counts_svg, intervals_svg


def point(what="A", value=0.5, low=0.4, high=0.6):
    return {"what": what, "value": value, "low": low, "high": high}


def dots(svg):
    return [one for one in ElementTree.fromstring(svg).iter() if one.tag == "circle"]


def test_a_dot_lies_where_its_value_is():
    low, high = dots(intervals_svg([point(value=0), point(value=1, low=None, high=None)], 2))
    assert float(low.get("cx")) == LEFT
    assert float(high.get("cx")) == WIDTH - 60


def test_what_is_not_known_is_not_drawn():
    assert len(dots(intervals_svg([point(value=None), point()], 2))) == 1
    assert dots(intervals_svg([], 2)) == []


@pytest.mark.parametrize("name", ["<b>", "a & b", "x" * 200])
def test_any_name_is_text(name):
    ElementTree.fromstring(intervals_svg([point(what=name)], 2))


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=30))
def test_counts_of_any_size_stay_inside_the_picture(rows):
    drawn = ElementTree.fromstring(counts_svg([one for one, _ in rows], [two for _, two in rows]))
    heights = [float(one.get("cy")) for one in drawn.iter() if one.tag == "circle"]
    assert all(0 <= one <= 90 for one in heights)


def test_a_long_name_keeps_that_it_was_constructed():
    drawn = intervals_svg([point(what="A very long name of a very large box (constructed)")], 2)
    assert "…" in drawn
    assert "(constructed)" in drawn
