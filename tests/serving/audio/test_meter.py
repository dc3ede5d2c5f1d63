from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from catalogs.sounds.noise import street_noise, wind
from catalogs.sounds.sound import wander
from catalogs.sounds.spectra import coloured
from hlaska.rules.sound_health import SoundHealth, SoundHealthArgs
from hlaska.sound.scores import RATE_HZ, Chunk
from serving.audio.clock import LiveClock
from serving.audio.meter import Meter

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHUNK = RATE_HZ // 10


def noise(seconds, level_dbfs, seed=1, **options):
    samples = street_noise(np.random.default_rng(seed), seconds, **options)
    return samples * np.float32(10 ** (level_dbfs / 20))


def sine(hz, amplitude, seconds=1.0):
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def gusts(seconds, level_dbfs):
    rng, n = np.random.default_rng(3), seconds * RATE_HZ
    blow = coloured(rng, n, RATE_HZ, wind)
    blow = blow * 10 ** (6 * wander(rng, n, step_s=1.5, rate_hz=RATE_HZ) / 20)
    return (blow / blow.std() * 10 ** (level_dbfs / 20)).astype(np.float32)


def as_16_bits(samples):
    return (np.round(np.clip(samples, -1, 32767 / 32768) * 32768) / 32768).astype(np.float32)


def measure(samples, meter=None, size=CHUNK):
    """The numbers of each second."""
    meter = meter or Meter()
    return [
        numbers
        for at in range(0, len(samples), size)
        for numbers, _ in meter.hear(
            Chunk(NOW + timedelta(seconds=at / RATE_HZ), samples[at : at + size])
        )
    ]


def judge(samples):
    """(condition, whether it began) of all changes."""
    meter, health, changes = Meter(), SoundHealth(SoundHealthArgs()), []
    for at in range(0, len(samples), CHUNK):
        chunk = Chunk(NOW + timedelta(seconds=at / RATE_HZ), samples[at : at + CHUNK])
        for numbers, until in meter.hear(chunk, learn=health.learns):
            changes += [(each.condition, each.began) for each in health.update(numbers, until)]
    return changes


def test_a_tone_measures_what_a_tone_has():
    (low,), (high,) = measure(sine(100, 0.5)), measure(sine(1000, 0.5))
    assert low.level_dbfs == pytest.approx(-9.03, abs=0.01)
    assert low.peak == pytest.approx(0.5, abs=0.001)
    assert low.low_share == pytest.approx(1, abs=0.001)
    assert high.low_share == pytest.approx(0, abs=0.001)
    assert low.varied
    assert low.gustiness_db == pytest.approx(0, abs=0.01)


def test_an_offset_is_no_sound():
    (silence,) = measure(np.full(RATE_HZ, 0.2, np.float32))
    assert not silence.varied
    assert (silence.level_dbfs, silence.low_share, silence.clipped_share) == (-120, 0, 0)
    (tone,) = measure(sine(1000, 0.1) + np.float32(0.2))
    assert tone.level_dbfs == pytest.approx(-23.01, abs=0.01)


@pytest.mark.parametrize(
    ("samples", "least", "most"),
    [
        pytest.param(np.clip(sine(300, 2.0), -1, 1), 0.6, 0.7, id="at full scale"),
        pytest.param(np.clip(sine(300, 0.6), -0.3, 0.3), 0.6, 0.7, id="flat tops below it"),
        pytest.param(np.clip(sine(300, 0.6), -1, 0.3), 0.3, 0.35, id="on one side"),
        pytest.param(sine(300, 0.9), 0, 0, id="a loud tone"),
        pytest.param(as_16_bits(sine(50, 0.9)), 0, 0, id="a hum in 16 bits"),
        pytest.param(as_16_bits(noise(1, -84)), 0, 0, id="so soft that the steps are seen"),
    ],
)
def test_what_is_cut_off_is_told_from_what_is_loud(samples, least, most):
    (numbers,) = measure(np.asarray(samples, np.float32))
    assert least <= numbers.clipped_share <= most


@pytest.mark.parametrize("size", [1, 7, 1600, 16_000, 40_000])
def test_the_size_of_the_chunks_changes_nothing(size):
    samples = noise(2.5, -50)
    got = measure(samples, size=size)
    assert len(got) == 2
    for one, other in zip(got, measure(samples), strict=True):
        assert one == other


def test_no_second_holds_sound_of_both_sides_of_a_gap():
    meter = Meter()
    assert meter.hear(Chunk(NOW, sine(1000, 0.5, 0.9))) == []
    later = NOW + timedelta(seconds=5)
    ((numbers, until),) = meter.hear(Chunk(later, sine(1000, 0.1)))
    assert numbers.peak == pytest.approx(0.1, abs=0.001)
    assert until == later + timedelta(seconds=1)


def test_a_recording_is_exactly_in_step_with_the_clock():
    assert {each.drift_ppm for each in measure(noise(90, -60))} == {0.0}


@pytest.mark.parametrize("ppm", [-400, 50, 400])
def test_the_drift_of_a_live_source_is_followed_through_the_delays_of_the_network(ppm):
    rng, clock, meter, drifts = np.random.default_rng(2), LiveClock(RATE_HZ), Meter(), []
    silence = np.zeros(CHUNK, np.float32)
    for number in range(1, 3000):
        sent_at = NOW.timestamp() + number * 0.1 / (1 + ppm / 1e6)
        clock.arrived(CHUNK, sent_at + 0.02 + rng.exponential(0.01))
        started_at = datetime.fromtimestamp(clock.next(CHUNK), UTC)
        drifts += [numbers.drift_ppm for numbers, _ in meter.hear(Chunk(started_at, silence))]
    assert drifts[0] == 0.0
    assert np.mean(drifts[150:]) == pytest.approx(ppm, abs=40)
    assert np.abs(np.array(drifts[150:]) - ppm).max() < 150


def test_the_usual_is_what_lies_between_the_cars_and_is_forgotten_slowly():
    meter = Meter()
    street = measure(noise(120, -50, cars=False, gusts=False), meter)
    assert street[-1].usual_dbfs == pytest.approx(-51.5, abs=1.5)
    softer = measure(noise(60, -80, cars=False, gusts=False), meter)
    assert softer[-1].background_dbfs == pytest.approx(-81.5, abs=1.5)
    assert street[-1].usual_dbfs - 1 < softer[-1].usual_dbfs < street[-1].usual_dbfs


@pytest.mark.parametrize("level_dbfs", [-66, -60, -30])
@pytest.mark.parametrize("seed", range(4))
def test_a_street_is_healthy_at_any_level(level_dbfs, seed):
    samples = noise(60, level_dbfs, seed, gusts=False if level_dbfs > -45 else None)
    assert judge(as_16_bits(samples)) == []


def test_a_volley_that_clips_is_healthy():
    samples, rng = noise(40, -60), np.random.default_rng(5)
    for at_s in (10.0, 10.4, 11.3, 12.2, 13.1):
        begin = round(at_s * RATE_HZ)
        shot = 8 * rng.standard_normal(RATE_HZ // 2) * np.exp(-np.arange(RATE_HZ // 2) / 800)
        samples[begin : begin + len(shot)] += shot.astype(np.float32)
    samples = np.clip(samples, -1, 1)
    assert max(each.clipped_share for each in measure(samples)) > 0.02
    assert judge(samples) == []


@pytest.mark.parametrize(
    ("condition", "samples"),
    [
        pytest.param("dead", np.zeros(20 * RATE_HZ, np.float32), id="dead"),
        pytest.param("clipping", np.clip(noise(20, 0), -0.5, 0.5), id="clipping"),
        pytest.param("windy", gusts(40, -25), id="windy"),
    ],
)
def test_a_fault_begins_once_and_ends_once(condition, samples):
    street = noise(50, -60)
    assert judge(np.concatenate([street, samples, street])) == [
        (condition, True),
        (condition, False),
    ]


def test_a_microphone_under_a_cloth_is_deaf_until_it_is_taken_off():
    street = np.tile(noise(60, -50), 6)
    cloth = street * np.float32(10 ** (-26 / 20))
    assert judge(np.concatenate([street, cloth, street])) == [("deaf", True), ("deaf", False)]


@settings(deadline=None)
@given(
    arrays.arrays(
        np.float32,
        st.integers(1, 200),
        elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
    ),
    st.booleans(),
)
def test_whatever_finite_samples_come_the_numbers_are_finite(samples, learn):
    meter = Meter()
    sound = np.resize(samples, 2 * RATE_HZ)
    for numbers, _ in meter.hear(Chunk(NOW, sound), learn=learn):
        values = [getattr(numbers, name) for name in numbers.__slots__]
        assert np.isfinite(values).all()
        assert 0 <= numbers.clipped_share <= 1
        assert 0 <= numbers.low_share <= 1
        assert numbers.level_dbfs >= -120
