import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hlaska.events import Location
from hlaska.ground import LocalPlane
from hlaska.sound.position import (
    Arrival,
    Errors,
    NotPlaced,
    SoundPosition,
    locate,
    sound_speed_mps,
)

SPEED = 340.0
# On both sides of a street that runs east; a fifth stands in a side street.
PLACES = ((0.0, 9.0), (90.0, -9.0), (180.0, 9.0), (270.0, -9.0), (140.0, 80.0))
LINE = ((0.0, 0.0), (90.0, 0.0), (180.0, 0.0), (270.0, 0.0))
EXACT = Errors(
    survey_m=0.02,
    clock_s=1e-5,
    temperature_k=0.01,
    wind_mps=0.01,
    reflected=0.01,
    wrong=0.01,
    heard_m=10_000,
)


def heard(place, places=PLACES, *, late_m=None, at_s=100.0) -> list[Arrival]:
    """What microphones hear of a sound; `late_m` tells the detours, by number."""
    return [
        Arrival(
            f"mic-{number}",
            mic,
            at_s
            + (math.dist((*mic, 4.0), (*place, 1.5)) + (late_m or {}).get(number, 0.0)) / SPEED,
        )
        for number, mic in enumerate(places)
    ]


def off_m(found: SoundPosition | NotPlaced, place) -> float:
    assert isinstance(found, SoundPosition), found
    return math.dist((found.east_m, found.north_m), place)


def in_ellipse(found: SoundPosition | NotPlaced, place) -> bool:
    assert isinstance(found, SoundPosition), found
    bearing = math.radians(found.ellipse.bearing_deg)
    east, north = place[0] - found.east_m, place[1] - found.north_m
    along = east * math.sin(bearing) + north * math.cos(bearing)
    across = east * math.cos(bearing) - north * math.sin(bearing)
    return (along / found.ellipse.semi_major_m) ** 2 + (
        across / found.ellipse.semi_minor_m
    ) ** 2 <= 1


def in_street(places_m):
    return np.where(np.abs(places_m[:, 1]) < 13, 1.0, 0.01)


@pytest.mark.parametrize(
    ("temperature_c", "speed_mps"), [(0, 331.3), (20, 343.2), (-20, 318.9), (35, 351.9)]
)
def test_sound_is_as_fast_as_the_tables_say(temperature_c, speed_mps):
    assert sound_speed_mps(temperature_c) == pytest.approx(speed_mps, abs=0.1)


@pytest.mark.parametrize("temperature_c", [math.nan, -273.15, 300])
def test_there_is_no_air_so_cold_or_hot(temperature_c):
    with pytest.raises(ValueError, match="between -100 and 100"):
        sound_speed_mps(temperature_c)


@pytest.mark.parametrize("place", [(40, -5), (133, 4), (260, 30), (100, 60)])
def test_of_exact_arrivals_the_place_and_the_time_are_exact(place):
    found = locate(heard(place), speed_mps=SPEED, errors=EXACT)
    assert off_m(found, place) < 0.1
    assert found.emitted_s == pytest.approx(100.0, abs=2e-4)
    assert found.ellipse.semi_major_m < 0.5
    assert found.agreeing == tuple(f"mic-{number}" for number in range(5))


@pytest.mark.parametrize("late_m", [-100, 60, 150])
@pytest.mark.parametrize("wrong", range(5))
def test_one_wrong_arrival_of_five_is_found_out(wrong, late_m):
    arrivals = heard((120, 4), late_m={wrong: late_m})
    found = locate(arrivals, speed_mps=SPEED, prior=in_street)
    assert off_m(found, (120, 4)) < 10
    assert in_ellipse(found, (120, 4))
    assert f"mic-{wrong}" not in found.agreeing and len(found.agreeing) == 4
    assert found.emitted_s == pytest.approx(100.0, abs=0.06)


def test_arrivals_that_came_around_a_corner_hardly_pull():
    arrivals = heard((120, 4), late_m={1: 22, 4: 12})
    found = locate(arrivals, speed_mps=SPEED, prior=in_street)
    assert off_m(found, (120, 4)) < 12
    assert in_ellipse(found, (120, 4))
    assert found.emitted_s == pytest.approx(100.0, abs=0.03)


@pytest.mark.parametrize("off_s", [600.0, -600.0, 3600.0, 0.9])
def test_a_clock_that_is_far_off_is_left_out(off_s):
    arrivals = heard((120, 4))
    right = locate(arrivals[1:], speed_mps=SPEED)
    arrivals[0] = Arrival("mic-0", arrivals[0].place_m, arrivals[0].at_s + off_s)
    found = locate(arrivals, speed_mps=SPEED)
    assert off_m(found, (right.east_m, right.north_m)) < 4
    assert "mic-0" not in found.agreeing
    assert found.emitted_s == pytest.approx(100.0, abs=0.05)


def test_of_microphones_in_a_line_the_ellipse_holds_the_bang_and_its_mirror_image():
    found = locate(heard((120, 35), LINE), speed_mps=SPEED)
    assert found.north_m == pytest.approx(0, abs=3)
    assert in_ellipse(found, (120, 35)) and in_ellipse(found, (120, -35))


def test_where_bangs_are_to_be_expected_tells_it_from_its_mirror_image():
    def north_of_it(places_m):
        return np.where(places_m[:, 1] > 0, 1.0, 0.001)

    found = locate(heard((120, 35), LINE), speed_mps=SPEED, prior=north_of_it)
    assert off_m(found, (120, 35)) < 12
    assert not in_ellipse(found, (120, -35))


def test_a_prior_does_not_make_blind_elsewhere():
    found = locate(heard((140, 60)), speed_mps=SPEED, prior=in_street)
    assert off_m(found, (140, 60)) < 10


def test_what_wind_and_warmth_do_to_far_microphones_is_allowed_for():
    # 3 % faster than believed: 8 K warmer, and 5 m/s of wind.
    fast = [Arrival(a.microphone, a.place_m, 100 + (a.at_s - 100) / 1.03) for a in heard((30, 4))]
    found = locate(fast, speed_mps=SPEED, prior=in_street)
    assert in_ellipse(found, (30, 4))
    assert len(found.agreeing) >= 4


@pytest.mark.parametrize(
    "arrivals",
    [
        pytest.param([], id="none"),
        pytest.param(heard((120, 4))[:2], id="two"),
        pytest.param([heard((120, 4))[0]] * 5, id="five times the same"),
        pytest.param(
            [Arrival(str(n), (n / 10, 0.0), 5.0) for n in range(5)], id="five at one place"
        ),
        pytest.param([Arrival(str(n), p, math.nan) for n, p in enumerate(PLACES)], id="NaN times"),
        pytest.param(
            [Arrival(str(n), (math.nan, math.inf), 5.0) for n in range(5)], id="NaN places"
        ),
        pytest.param(
            [Arrival(str(n), p, 3600.0 * n) for n, p in enumerate(PLACES)], id="an hour apart"
        ),
    ],
)
def test_there_is_no_place_without_three_arrivals_at_three_places(arrivals):
    found = locate(arrivals, speed_mps=SPEED)
    assert isinstance(found, NotPlaced)
    assert "3 are needed" in found.reason


def test_three_arrivals_that_contradict_each_other_are_no_place():
    # It is late in the middle: so no bang of this street can have come.
    arrivals = heard((90, 4), PLACES[:3], late_m={1: 90})
    found = locate(arrivals, speed_mps=SPEED, prior=in_street)
    assert isinstance(found, NotPlaced)
    assert "agree on a place" in found.reason


def test_of_two_arrivals_at_a_microphone_the_earlier_counts():
    arrivals = heard((120, 4))
    echo = Arrival("mic-2", arrivals[2].place_m, arrivals[2].at_s + 0.08)
    found = locate([echo, *arrivals], speed_mps=SPEED)
    assert found == locate(arrivals, speed_mps=SPEED)


@pytest.mark.parametrize("speed_mps", [math.nan, 0, 34.0, 1500])
def test_a_speed_that_is_not_that_of_sound_in_air_is_refused(speed_mps):
    with pytest.raises(ValueError, match="speed of sound in air"):
        locate(heard((120, 4)), speed_mps=speed_mps)


def test_on_earth_it_is_a_location_with_its_ellipse():
    plane = LocalPlane(lon=13.38, lat=49.74)
    found = locate(heard((120, 4)), speed_mps=SPEED)
    location = Location.model_validate(found.to_location(plane).model_dump())
    assert location.ellipse == found.ellipse
    assert location.uncertainty_m == found.uncertainty_m > 0
    assert plane.to_metres((location.lon, location.lat)) == pytest.approx(
        (found.east_m, found.north_m)
    )


east, north = st.floats(-40, 310), st.floats(-25, 60)
numbers = st.integers(0, 2**32 - 1)


def noisy(seed: int, place, count: int = 5) -> list[Arrival]:
    rng = np.random.default_rng(seed)
    late = {n: float(rng.normal(0, 2)) + 15 * (rng.random() < 0.2) for n in range(count)}
    return heard(place, PLACES[:count], late_m=late)


@settings(max_examples=25)
@given(east, north, numbers, st.integers(3, 5))
def test_the_ellipse_and_the_circle_are_sound(east_m, north_m, seed, count):
    found = locate(noisy(seed, (east_m, north_m), count), speed_mps=SPEED)
    if isinstance(found, NotPlaced):
        assert found.reason
        return
    ellipse = found.ellipse
    assert 0 < ellipse.semi_minor_m <= ellipse.semi_major_m < 1000
    assert 0.9 * ellipse.semi_minor_m <= found.uncertainty_m <= 1.1 * ellipse.semi_major_m
    assert set(found.agreeing) <= {f"mic-{n}" for n in range(count)}


@settings(max_examples=25)
@example(54.0, 13.0, 780, 1.0, (0.0, 0.0))
@example(24.0, 1.0, 67, 1.0, (0.0, 0.0))
@given(east, north, numbers, st.floats(0, 2 * math.pi), st.tuples(st.floats(-1e4, 1e4), east))
def test_when_the_city_is_turned_and_moved_the_answer_goes_along(
    east_m, north_m, seed, angle, shift
):
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    arrivals = noisy(seed, (east_m, north_m))
    moved = [
        Arrival(a.microphone, tuple(turn @ a.place_m + shift), a.at_s, a.height_m) for a in arrivals
    ]
    before, after = (locate(each, speed_mps=SPEED) for each in (arrivals, moved))
    assert type(before) is type(after)
    if isinstance(before, SoundPosition):
        expected = turn @ (before.east_m, before.north_m) + shift
        assert off_m(after, expected) < 1e-3
        assert after.ellipse.semi_major_m == pytest.approx(before.ellipse.semi_major_m, rel=1e-4)
        assert after.agreeing == before.agreeing


@settings(max_examples=25)
@given(east, north, numbers, st.floats(-1e5, 1e5), st.randoms())
def test_neither_the_order_nor_the_hour_matters(east_m, north_m, seed, later_s, random):
    arrivals = noisy(seed, (east_m, north_m))
    shuffled = [Arrival(a.microphone, a.place_m, a.at_s + later_s, a.height_m) for a in arrivals]
    random.shuffle(shuffled)
    before, after = (locate(each, speed_mps=SPEED) for each in (arrivals, shuffled))
    assert type(before) is type(after)
    if isinstance(before, SoundPosition):
        assert off_m(after, (before.east_m, before.north_m)) < 0.01
        assert after.emitted_s == pytest.approx(before.emitted_s + later_s, abs=1e-4)
        assert after.agreeing == before.agreeing


def test_far_beyond_the_last_of_a_row_no_place_beside_it_is_made_up():
    places = ((0.0, 9.0), (90.0, -9.0), (180.0, 9.0), (270.0, -9.0))
    for beyond_m in (60, 120, 200):
        shot = (270 + beyond_m, 3)
        found = locate(heard(shot, places), speed_mps=SPEED, prior=in_street)
        # A dispatcher is not sent an ellipse of 150 m.
        assert isinstance(found, SoundPosition)
        assert in_ellipse(found, shot) or found.ellipse.semi_major_m > 150
