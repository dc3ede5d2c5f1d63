import math

import numpy as np
import pytest

from hlaska.sound.posterior import Spread, choices_of, likelihood

PLACES = np.array([[0.0, 9.0], [90.0, -9.0], [180.0, 9.0], [270.0, -9.0]])


def spread(**change) -> Spread:
    values = {
        "direct_m": np.array([2.0, 2.5, 3.0, 2.0]),
        "speed": 0.01,
        "wind": 0.012,
        "reflected": 0.2,
        "reflected_m": 10.0,
        "wrong": 0.04,
        "wrong_m": 700.0,
    }
    return Spread(**values | change)


def readings(places_m, off_m, shot=(120.0, 5.0)) -> tuple[np.ndarray, np.ndarray]:
    distances = np.linalg.norm(np.asarray(places_m)[:, None] - PLACES, axis=2)
    heard = np.linalg.norm(PLACES - shot, axis=1) + off_m
    return heard - distances, distances


@pytest.mark.parametrize("choice", [(1, 1, 1, 1), (1, 1, 0, 1), (0, 1, 1, 0)])
def test_of_direct_arrivals_it_is_the_gaussian_with_all_common_errors_in_its_covariance(choice):
    direct = np.array(choice, dtype=bool)
    places = np.array([[120.0, 5.0], [100.0, -10.0], [150.0, 40.0], [300.0, 0.0]])
    values, distances = readings(places, np.array([1.0, -2.0, 0.5, 3.0]))
    # An arrival that is anything anywhere costs the same at all places.
    errors = spread(reflected=0.0, wrong=0.5)
    found = likelihood(values, distances, PLACES, direct[None], errors).log
    expected = []
    for place, reading, distance in zip(places, values, distances, strict=True):
        way = PLACES - place
        covariance = (
            np.diag(errors.direct_m**2)
            + errors.speed**2 * np.outer(distance, distance)
            + errors.wind**2 * way @ way.T
            + 1e10  # when it was: anything
        )[np.ix_(direct, direct)]
        sign, log_size = np.linalg.slogdet(covariance)
        assert sign == 1
        misfit = reading[direct] @ np.linalg.solve(covariance, reading[direct])
        expected.append(-0.5 * (misfit + log_size))
    assert found - found[0] == pytest.approx(np.array(expected) - expected[0], abs=1e-3)


def test_a_reflection_has_the_density_of_a_gaussian_and_an_exponential_one_after_the_other():
    # One of four is late; the others are exact and there is no wind: so it is known when it was.
    errors = spread(direct_m=np.array([2.0, 1e-4, 1e-4, 1e-4]), speed=1e-9, wind=1e-9)
    choices = np.array([[False, True, True, True]])
    late = np.linspace(-10, 60, 29)
    logs = [
        likelihood(*readings([[120.0, 5.0]], np.array([at, 0, 0, 0])), PLACES, choices, errors).log
        for at in late
    ]
    detour = np.linspace(0, 400, 400_001)
    exponential = np.exp(-detour / 10) / 10
    expected = []
    for at in late:
        bell = np.exp(-0.5 * ((at - detour) / 2) ** 2) / (2 * math.sqrt(2 * math.pi))
        tail = float(np.sum(exponential * bell) * (detour[1] - detour[0]))
        expected.append(0.2 * tail + 0.04 / 700)
    density = np.exp(np.ravel(logs))
    density *= sum(expected) / density.sum()
    # The logistic stands for the normal distribution.
    assert density == pytest.approx(np.array(expected), rel=0.06, abs=3e-4)


def test_the_arrival_that_is_off_is_the_one_that_is_not_direct():
    choices = choices_of(4)
    values, distances = readings([[120.0, 5.0]], np.array([0.0, 0.0, 40.0, 0.0]))
    found = likelihood(values, distances, PLACES, choices, spread())
    assert found.choices.sum() == pytest.approx(1)
    direct = found.choices[0] @ choices
    assert direct[2] < 0.05
    assert direct[[0, 1, 3]].min() > 0.7


@pytest.mark.parametrize("off_m", [1e6, -1e6])
def test_nothing_overflows_however_far_an_arrival_is_off(off_m):
    values, distances = readings([[120.0, 5.0], [0.0, 0.0]], np.array([0.0, 0.0, off_m, 0.0]))
    found = likelihood(values, distances, PLACES, choices_of(4), spread())
    assert np.isfinite(found.log).all()
    assert found.choices.sum(axis=1) == pytest.approx(1)


def test_of_few_arrivals_all_but_one_may_be_wrong_and_of_many_three():
    assert len(choices_of(3)) == 7
    assert choices_of(6).sum(axis=1).min() == 1
    assert choices_of(9).sum(axis=1).min() == 6
    assert len(choices_of(9)) == 1 + 9 + 36 + 84
    assert len(np.unique(choices_of(6), axis=0)) == len(choices_of(6)) == 63
