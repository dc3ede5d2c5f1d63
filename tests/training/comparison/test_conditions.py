import math

import pytest
from pydantic import ValidationError

from training.comparison.conditions import Condition, within


def test_a_bound_holds_from_below_and_is_open_above():
    assert within(10, (10, 20))
    assert not within(20, (10, 20))
    assert within(1e9, (10, None))
    assert within(0, (None, 20))
    assert not within(math.nan, (None, None))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"by": "light", "name": "dusk"}, "this one has nothing", id="no rule"),
        pytest.param(
            {"by": "size", "name": "small", "distance_m": [0, 9]}, "height_px", id="another's rule"
        ),
        pytest.param(
            {"by": "light", "name": "dusk", "frames": [0, 9], "objects": [0, 1]}, "alone", id="two"
        ),
        pytest.param({"by": "density", "name": "few", "objects": [5, 2]}, "before it", id="ends"),
    ],
)
def test_a_condition_has_the_one_rule_of_what_differs(wrong, words):
    with pytest.raises(ValidationError, match=words):
        Condition.model_validate(wrong)
