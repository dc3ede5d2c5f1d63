from functools import partial

import numpy as np
import pytest

from catalogs import sites
from hlaska.events import Ellipse
from hlaska.sound.position import NotPlaced, SoundPosition
from training.evaluation.positions import (
    calibration,
    plain,
    pooled,
    score,
    served,
)
from training.evaluation.street_shots import TEST

PILSEN = sites.named("pilsen")
measured = partial(score, site=PILSEN, conditions=TEST, zones=("cukrovarska",), microphones=4)


def constant(east_m, north_m, *, major_m=100.0, minor_m=50.0) -> SoundPosition:
    return SoundPosition(
        east_m=east_m,
        north_m=north_m,
        emitted_s=0.0,
        ellipse=Ellipse(semi_major_m=major_m, semi_minor_m=minor_m, bearing_deg=90.0),
        uncertainty_m=major_m,
        agreeing=(),
    )


def test_how_far_off_and_whether_in_the_ellipse_is_measured_from_the_true_place():
    middle = PILSEN.plane.to_metres((13.3814, 49.7371))
    scores = measured(lambda arrivals: constant(*middle), count=200, seed=1)
    assert scores.shots == scores.placed == 200
    # The street runs east for 320 m, so 100 m each way from its middle are near two thirds.
    assert 0.5 < scores.covered / scores.placed < 0.8
    assert 60 < np.median(scores.off_m) < 90
    assert scores.reach == pytest.approx(scores.off_m / 100, abs=0.4)


def test_pooled_shots_are_the_shots_of_all():
    middle = PILSEN.plane.to_metres((13.3814, 49.7371))
    near = measured(lambda arrivals: constant(*middle), count=20, seed=1)
    unplaced = measured(lambda arrivals: NotPlaced("too few"), count=10, seed=1)
    together = pooled([near, unplaced, near])
    assert (together.shots, together.placed, together.covered) == (50, 40, 2 * near.covered)
    assert np.median(together.off_m) == np.median(near.off_m)


def test_what_no_dispatcher_is_sent_is_not_placed():
    for answer in (constant(0, 0, major_m=151), NotPlaced("two microphones")):
        scores = measured(lambda arrivals, answer=answer: answer, count=20, seed=1)
        assert (scores.shots, scores.placed, scores.covered) == (20, 0, 0)


def test_a_place_without_an_ellipse_is_only_far_off():
    scores = measured(lambda arrivals: (0.0, 0.0), count=20, seed=1)
    assert scores.placed == 20
    assert np.isnan(scores.reach).all() and scores.covered == 0
    assert (scores.off_m > 500).all()


def test_ours_places_shots_better_than_least_squares_and_knows_how_well():
    ours = measured(served(PILSEN), count=150, seed=11)
    theirs = measured(plain(PILSEN), count=150, seed=11)
    assert ours.placed > theirs.placed
    assert np.median(ours.off_m) < 10 < np.median(theirs.off_m) + 3
    assert np.quantile(ours.off_m, 0.9) < 0.6 * np.quantile(theirs.off_m, 0.9)
    assert 0.8 < ours.covered / ours.placed < 0.99


def test_calibrated_once_it_stays_so():
    more = calibration(PILSEN, zones=("cukrovarska",), count=200)
    assert 0.75 < more < 1.3
