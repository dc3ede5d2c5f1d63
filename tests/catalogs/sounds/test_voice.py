import numpy as np
import pytest

from catalogs.sounds.voice import VOWELS_HZ, jitter, sung, throat

RATE_HZ = 16_000


def spectrum(wave):
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    return np.fft.rfftfreq(len(wave), 1 / RATE_HZ), power


@pytest.mark.parametrize("pitch_hz", [120.0, 500.0, 1900.0])
def test_a_voice_has_harmonics_of_its_pitch_and_nothing_between(pitch_hz):
    formants = throat(["a"], tract=1.0, points=4)
    wave = sung(np.full(RATE_HZ, pitch_hz), formants, tilt_db_per_octave=-6, rate_hz=RATE_HZ)
    f, power = spectrum(wave)
    off = np.abs(f / pitch_hz - np.round(f / pitch_hz)) * pitch_hz
    assert power[off > 5].sum() < 1e-4 * power.sum()
    assert np.abs(wave).max() == pytest.approx(1)


@pytest.mark.parametrize("vowel", VOWELS_HZ)
def test_a_vowel_is_loudest_at_its_formants(vowel):
    formants = throat([vowel], tract=1.0, points=1)
    f = np.arange(50.0, 3200.0, 5.0)
    gain = formants.steady_gain(f)
    peaks = f[1:-1][(gain[1:-1] > gain[:-2]) & (gain[1:-1] > gain[2:])]
    for formant_hz in VOWELS_HZ[vowel]:
        assert np.abs(peaks - formant_hz).min() < 60


def test_a_shorter_throat_has_higher_formants():
    man, child = (throat(["a"], tract=tract, points=1) for tract in (1.0, 1.35))
    assert child.centres_hz == pytest.approx(1.35 * man.centres_hz)


def test_jitter_wavers_around_one(rng):
    factor = jitter(rng, RATE_HZ, 0.02, RATE_HZ)
    assert len(factor) == RATE_HZ
    assert factor.mean() == pytest.approx(1, abs=0.01)
    assert 0.005 < factor.std() < 0.04
