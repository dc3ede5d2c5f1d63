import numpy as np
import pytest

from catalogs.sounds import gunshot
from catalogs.sounds.noise import street_noise
from catalogs.sounds.street import Street, heard
from hlaska.sound.scores import RATE_HZ
from serving.audio.onsets import ECHO_DB, bangs, beginning

NOISE = 0.003


def sound(seconds: float, *bang: tuple[float, float], seed: int = 1) -> np.ndarray:
    """Noise with bangs that die away, each at a time and with a peak."""
    rng = np.random.default_rng(seed)
    samples = NOISE * rng.standard_normal(round(seconds * RATE_HZ))
    for at_s, peak in bang:
        begin = round(at_s * RATE_HZ)
        body = rng.uniform(-1, 1, len(samples) - begin)
        body[0] = 1.0
        samples[begin:] += peak * body * np.exp(-np.arange(len(body)) / (0.02 * RATE_HZ))
    return samples.astype(np.float32)


def onsets_s(samples: np.ndarray) -> list[float]:
    return [bang.sample / RATE_HZ for bang in bangs(samples)]


def test_a_bang_begins_at_the_sample_at_which_it_begins():
    assert onsets_s(sound(2, (1.0, 0.3))) == pytest.approx([1.0], abs=1 / RATE_HZ)


def test_noise_holds_no_bang():
    assert not bangs(sound(5))
    assert not bangs(np.zeros(RATE_HZ, np.float32))


@pytest.mark.parametrize("samples", [0, 1, 100], ids=str)
def test_too_little_sound_holds_no_bang(samples):
    assert not bangs(np.ones(samples, np.float32))
    assert beginning(np.ones(samples, np.float32)) is None


def test_a_weaker_bang_right_behind_another_is_its_echo():
    weaker = 0.3 * 10 ** (-(ECHO_DB + 2) / 20)
    assert len(bangs(sound(2, (1.0, 0.3), (1.09, weaker)))) == 1
    assert len(bangs(sound(2, (1.0, 0.3), (1.3, weaker)))) == 2


@pytest.mark.parametrize("per_minute", [600, 900], ids=lambda rate: f"{rate} a minute")
def test_automatic_fire_is_counted(per_minute):
    at_s = 1.0 + np.arange(8) * 60 / per_minute
    found = onsets_s(sound(3, *((moment, 0.3) for moment in at_s)))
    assert found == pytest.approx(at_s, abs=1e-3)


def test_what_is_much_weaker_than_the_loudest_is_no_bang_of_the_volley():
    assert onsets_s(sound(3, (0.5, 0.03), (1.5, 0.5))) == pytest.approx([1.5], abs=1e-3)


def test_the_shock_of_a_bullet_is_not_a_shot_of_its_own():
    assert onsets_s(sound(2, (0.9, 0.15), (1.0, 0.3))) == pytest.approx([1.0], abs=1e-3)


def test_shots_in_a_street_are_counted_and_timed_in_spite_of_their_echoes():
    rng = np.random.default_rng(5)
    street = Street()
    right, off_ms = 0, []
    for shots in (1, 2, 3, 4, 5) * 4:
        dry, at_s = gunshot.volley(rng, shots, arm=gunshot.weapon(rng, supersonic=False))
        source, microphone = np.array([5.0, 9.0, 1.5]), np.array([rng.uniform(25, 90), 1.0, 4.0])
        wet = heard(dry, street.impulse_response(source, microphone))
        delay_s = np.linalg.norm(source - microphone) / street.speed_mps
        noise = street_noise(rng, len(wet) / RATE_HZ + 0.1)[: len(wet)]
        found = onsets_s((0.5 * wet / np.abs(wet).max() + 0.01 * noise).astype(np.float32))
        right += len(found) == shots
        off_ms.append(abs(found[0] - at_s[0] - delay_s) * 1000)
    assert right >= 17
    # A tenth of a millisecond is 3 cm of its way.
    assert np.median(off_ms) < 0.2


def test_a_scream_begins_where_it_rises_most():
    samples = sound(2)
    t = np.arange(RATE_HZ) / RATE_HZ
    samples[RATE_HZ:] += (0.2 * np.sin(2 * np.pi * 1500 * t)).astype(np.float32)
    assert beginning(samples) == pytest.approx(RATE_HZ, abs=8)
