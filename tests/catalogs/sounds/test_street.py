import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.sounds.street import Street, heard, with_reverberation
from hlaska.sound.position import sound_speed_mps
from hlaska.sound.scores import RATE_HZ

BARE = Street(width_m=400.0, height_m=300.0, absorption=0.99)
"""So wide that only the ground answers soon."""


def first_arrival(response: np.ndarray) -> int:
    """The first sample that stands out; the direct sound is the highest of the first ones."""
    start = int(np.flatnonzero(np.abs(response) > 0.5 * np.abs(response).max())[0])
    return start + int(np.abs(response[start : start + 4]).argmax())


def direct_peak(response: np.ndarray) -> float:
    at = first_arrival(response)
    return float(response[at - 40 : at + 41].sum())


@settings(max_examples=25)
@given(
    along_m=st.floats(2, 250),
    across_m=st.floats(1, 19),
    width_m=st.floats(20, 40),
    temperature_c=st.floats(-20, 40),
)
def test_the_direct_sound_arrives_after_distance_over_speed(
    along_m, across_m, width_m, temperature_c
):
    street = Street(width_m=width_m, temperature_c=temperature_c)
    source_m, microphone_m = (0.0, 5.0, 1.5), (along_m, across_m, 4.0)
    response = street.impulse_response(source_m, microphone_m)
    way_m = np.linalg.norm(np.subtract(source_m, microphone_m))
    expected = way_m / sound_speed_mps(temperature_c) * RATE_HZ
    before = np.abs(response[: max(0, int(expected) - 2)]).max(initial=0)
    around = np.abs(response[max(0, int(expected) - 2) : int(expected) + 4]).max()
    # The symmetric filters of the bands ring a little before every arrival.
    assert around > 4 * before
    assert around * way_m == pytest.approx(0.85, abs=0.4)


@pytest.mark.parametrize("way_m", [10.0, 34.0, 100.0, 257.0])
def test_the_first_arrival_stands_within_two_samples_of_its_time(way_m):
    response = Street().impulse_response((0, 9, 4), (way_m, 9, 4))
    start = int(way_m / Street().speed_mps * RATE_HZ)
    at = start - 8 + int(np.abs(response[start - 8 : start + 3]).argmax())
    assert at == pytest.approx(way_m / Street().speed_mps * RATE_HZ, abs=2)


def test_a_sound_loses_half_its_pressure_each_time_the_way_doubles():
    # Nothing but air on the way: its loss at low tones is small over these distances.
    levels = []
    for way_m in (10.0, 20.0, 40.0, 80.0):
        response = BARE.impulse_response((0, 200, 150), (way_m, 200, 150))
        levels.append(way_m * direct_peak(response))
    assert levels == pytest.approx([1.0] * 4, abs=0.12)


def test_air_takes_the_high_tones_of_far_sounds():
    def share_of_high_tones(way_m: float) -> float:
        response = BARE.impulse_response((0, 200, 150), (way_m, 200, 150))
        at = first_arrival(response)
        power = np.abs(np.fft.rfft(response[at - 64 : at + 64])) ** 2
        f = np.fft.rfftfreq(128, 1 / RATE_HZ)
        return float(power[(f > 3000) & (f < 6000)].sum() / power[(f > 500) & (f < 1500)].sum())

    assert share_of_high_tones(200.0) < 0.6 * share_of_high_tones(5.0)


def test_harder_facades_answer_louder():
    def tail(absorption: float) -> float:
        street = Street(absorption=absorption)
        response = street.impulse_response((0, 10, 1.5), (20, 10, 4))
        at = first_arrival(response)
        return float((response[at + 160 :] ** 2).sum())

    assert tail(0.1) > 2 * tail(0.6)


def test_sky_and_open_ends_give_nothing_back():
    # Far from the walls and the ground, only the direct sound is left.
    response = BARE.impulse_response((0, 200, 150), (5, 200, 150))
    at = first_arrival(response)
    early = response[at + 60 : at + 300]
    assert np.abs(early).max() < 0.02 * np.abs(response).max()


@pytest.mark.parametrize(
    "place_m", [(0, -1, 2), (0, 21, 2), (0, 5, 0), (0, 5, 40)], ids=["south", "north", "in", "over"]
)
def test_a_place_outside_the_street_is_refused(place_m):
    with pytest.raises(ValueError, match=r"outside the street; give 0 to 20\.0 m across"):
        Street().impulse_response(place_m, (10, 5, 4))


@pytest.mark.parametrize("place_m", [(0, 5), (0, 5, float("nan"))])
def test_what_is_no_place_is_refused(place_m):
    with pytest.raises(ValueError, match="a place is x, y, z in metres"):
        Street().impulse_response((10, 5, 4), place_m)


def test_reverberation_leaves_the_direct_sound_alone_and_dies_in_its_time(rng):
    response = Street().impulse_response((0, 10, 1.5), (20, 10, 4))
    wet = with_reverberation(rng, response, decay_s=1.0, level_db=0.0)
    at = first_arrival(response)
    assert np.array_equal(wet[:at], response[:at])
    added = wet.astype(float)
    added[: len(response)] -= response
    assert (added**2).sum() == pytest.approx(float((response**2).sum()), rel=0.01)
    windows = added[at : at + RATE_HZ].reshape(10, -1)
    levels_db = 10 * np.log10((windows**2).mean(axis=1))
    assert levels_db[1] - levels_db[8] == pytest.approx(42, abs=8)


def test_a_sound_is_heard_where_its_response_puts_it(rng):
    response = Street().impulse_response((0, 9, 4), (100, 9, 4))
    out = heard(np.array([1.0, 0.0], np.float32), response)
    assert out[: len(response)] == pytest.approx(response, abs=1e-6)
