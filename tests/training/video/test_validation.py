import pytest

from hlaska.errors import ModelError
from hlaska.tracks import Detections
from training.evaluation.detection import Precision
from training.video.validation import LEAST_MAP50, precision_on, refuse_loss, table_of


def figures(map50, map50_95):
    return Precision(map50, map50_95, {})


def test_a_point_may_be_lost_and_not_more():
    refuse_loss(figures(0.8, 0.5), figures(0.7901, 0.4901), step="rounding")
    refuse_loss(figures(0.8, 0.5), figures(0.9, 0.6), step="rounding")
    with pytest.raises(ModelError) as told:
        refuse_loss(figures(0.8, 0.5), figures(0.8, 0.485), step="rounding")
    assert str(told.value) == (
        "rounding costs 1.5 points of mAP, more than 1.0: from mAP@.5 0.800, mAP@.5:.95 0.500 to "
        "mAP@.5 0.800, mAP@.5:.95 0.485"
    )


@pytest.mark.parametrize("nothing", [0.0, LEAST_MAP50 / 2, float("nan")])
def test_where_nothing_was_found_before_no_loss_can_be_shown(nothing):
    with pytest.raises(ModelError, match="finds next to nothing"):
        refuse_loss(figures(nothing, 0), figures(nothing, 0), step="rounding")


def test_figures_that_are_none_are_a_loss():
    with pytest.raises(ModelError, match="costs"):
        refuse_loss(figures(0.8, 0.5), figures(float("nan"), float("nan")), step="rounding")


def test_the_truth_itself_is_worth_one_and_nothing_seen_is_worth_nothing(street):
    truth = street.truth("val")
    assert precision_on(street, truth).map50_95 == 1
    nobody = table_of(Detections.none() for _ in street.pictures("val"))
    assert precision_on(street, nobody).map50 == 0
