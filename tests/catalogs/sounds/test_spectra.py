import numpy as np
import pytest

from catalogs.sounds.spectra import band, burst, coloured, low_passed, resonated

RATE_HZ = 16_000


def level_db(wave, low_hz, high_hz):
    power = np.abs(np.fft.rfft(wave)) ** 2
    f = np.fft.rfftfreq(len(wave), 1 / RATE_HZ)
    return 10 * np.log10(power[(f >= low_hz) & (f < high_hz)].mean())


def test_noise_takes_the_colour_of_its_band(rng):
    noise = coloured(rng, 10 * RATE_HZ, RATE_HZ, band(500, 1000, 12.0))
    inside = level_db(noise, 550, 950)
    # One octave from the edges: 12 dB down.
    assert level_db(noise, 1990, 2010) - inside == pytest.approx(-12, abs=1.5)
    assert level_db(noise, 245, 255) - inside == pytest.approx(-12, abs=2.5)
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(1)


def test_a_burst_has_peak_one(rng):
    assert np.abs(burst(rng, 1001, RATE_HZ, band(500, 1000))).max() == pytest.approx(1)


def test_a_low_pass_lets_a_sharp_beginning_begin_where_it_was(rng):
    click = np.zeros(400)
    click[100] = 1
    dull = low_passed(click, 1000, RATE_HZ)
    assert not dull[:100].any()
    assert dull[100] > 0


def test_a_low_pass_above_all_that_is_heard_changes_nothing(rng):
    wave = rng.standard_normal(100)
    assert low_passed(wave, 8000, RATE_HZ) is wave


def test_a_resonance_passes_its_own_tone(rng):
    noise = rng.standard_normal(4 * RATE_HZ)
    sung = resonated(noise, 1000, 100, RATE_HZ)
    assert level_db(sung, 995, 1005) == pytest.approx(level_db(noise, 995, 1005), abs=1)
    assert level_db(sung, 3000, 6000) < level_db(noise, 3000, 6000) - 15
