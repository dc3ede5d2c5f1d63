import math
from dataclasses import fields, replace

import numpy as np
import pytest
import shapely

from catalogs import sites
from hlaska.errors import SiteError
from hlaska.sound.position import sound_speed_mps
from training.evaluation.street_shots import CALIBRATION, END_M, TEST, range_of, shots

PILSEN = sites.named("pilsen")
PERFECT = replace(
    TEST,
    temperature_off_k=(0, 0),
    wind_mps=(0, 0),
    survey_m=(0, 0),
    height_off_m=0,
    source_height_m=(1.5, 1.5),
    ptp_s=0,
    ntp_s=0,
    lost_clocks=0,
    blocked=0,
    onset_s=0,
    false=0,
    missing=0,
    street_off_m=0,
)


def some(conditions, *, count=200, microphones=4, seed=1):
    return list(
        shots(
            range_of(PILSEN, "cukrovarska", microphones),
            conditions,
            count=count,
            microphones=microphones,
            temperature_c=10,
            rng=np.random.default_rng(seed),
        )
    )


def late_m(shot) -> list[float]:
    """How much farther than it is each microphone believes the shot to have been."""
    return [
        arrival.at_s * sound_speed_mps(10)
        - math.dist((*arrival.place_m, arrival.height_m), (*shot.place_m, 1.5))
        for arrival in shot.arrivals
    ]


@pytest.mark.parametrize("zone", ["americka", "cukrovarska"])
@pytest.mark.parametrize("microphones", [4, 5, 6])
def test_microphones_are_added_in_the_street_between_the_others(zone, microphones):
    street = range_of(PILSEN, zone, microphones)
    assert len(street.microphones_m) == len(street.heights_m) == microphones
    along = street.microphones_m @ street.axis
    assert (np.diff(along) > 20).all()
    assert all(street.zone.buffer(8).contains(shapely.Point(m)) for m in street.microphones_m)
    assert street.zone.contains(street.stretch.buffer(-0.01))


def test_a_zone_without_microphones_is_told_with_those_that_have_some():
    with pytest.raises(SiteError, match="cukrovarska"):
        range_of(PILSEN, "square", 4)


def test_without_errors_sound_comes_when_it_must():
    for shot in some(PERFECT):
        assert len(shot.arrivals) == 4
        assert late_m(shot) == pytest.approx([0] * 4, abs=1e-9)


def test_shots_are_anywhere_in_the_street():
    street = range_of(PILSEN, "cukrovarska", 4)
    places = np.array([shot.place_m for shot in some(PERFECT)])
    assert shapely.contains_xy(street.stretch, *places.T).all()
    along = places @ street.axis
    ends = street.microphones_m[[0, -1]] @ street.axis
    assert along.min() < ends[0] and along.max() > ends[1]
    assert ends[0] - END_M - 1 <= along.min() and along.max() <= ends[1] + END_M + 1


@pytest.mark.parametrize(
    ("change", "least_m", "most_m"),
    [
        ({"blocked": 1.0}, 2, 30),
        ({"wind_mps": (8, 8)}, -0.03 * 300, 0.03 * 300),
        ({"temperature_off_k": (8, 8)}, -0.015 * 300, 0),
        ({"lost_clocks": 1.0}, -17.1, 17.1),
        ({"false": 1.0}, -170, 170),
    ],
)
def test_each_error_is_as_large_as_is_said(change, least_m, most_m):
    late = np.concatenate([late_m(shot) for shot in some(replace(PERFECT, **change))])
    assert least_m <= late.min() and late.max() <= most_m
    assert np.abs(late).max() > 0.5 * max(abs(least_m), abs(most_m)) * 0.5


def test_microphones_may_hear_nothing():
    heard = [len(shot.arrivals) for shot in some(replace(PERFECT, missing=0.5))]
    assert 1.8 < np.mean(heard) < 2.2


def test_of_more_microphones_some_are_left_out():
    street = range_of(PILSEN, "cukrovarska", 4)
    of_three = list(
        shots(
            street,
            PERFECT,
            count=50,
            microphones=3,
            temperature_c=10,
            rng=np.random.default_rng(1),
        )
    )
    assert {len(shot.arrivals) for shot in of_three} == {3}
    assert len({arrival.microphone for shot in of_three for arrival in shot.arrivals}) == 4


def test_what_is_reported_is_measured_under_other_conditions_than_constants_were_chosen_on():
    same = [
        field.name
        for field in fields(TEST)
        if getattr(TEST, field.name) == getattr(CALIBRATION, field.name)
    ]
    assert same == []


def test_the_same_seed_gives_the_same_shots():
    first, again, other = (some(TEST, count=5, seed=seed) for seed in (1, 1, 2))
    assert [shot.arrivals for shot in first] == [shot.arrivals for shot in again]
    assert [shot.arrivals for shot in first] != [shot.arrivals for shot in other]
