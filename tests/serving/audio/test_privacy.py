"""What somebody says is gone; proven with words that espeak-ng speaks at known times."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.sounds import SOUNDS
from catalogs.sounds.noise import street_noise
from hlaska.sound.scores import RATE_HZ
from serving.audio import privacy
from serving.audio.privacy import FADE_S, redact, speech_scores, to_flac

SENTENCES = {
    "cs": "Sejdeme se v osm hodin u nádraží, vezmi peníze.",
    "cs+f4": "Zavolej mi zítra ráno, prosím tě.",
    "de": "Wir treffen uns um acht am Bahnhof, bring das Geld mit.",
    "en": "Meet me at eight at the station and bring the money.",
    "en+f3": "Her name is Anna and she lives at number twelve.",
    "sk": "Stretneme sa o ôsmej na stanici, prines peniaze.",
}
SECOND = RATE_HZ
STREET = 1e-3
"""Amplitude of the street: about -60 dBFS, as in the demo."""


def spoken(text, voice, folder: Path):
    """A sentence, without the silence around it."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is missing; install it with: apt-get install espeak-ng")
    path = folder / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), text], check=True)
    samples, rate_hz = soundfile.read(path, dtype="float32")
    samples = soxr.resample(samples, rate_hz, RATE_HZ)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1]


def at_snr(sentence, snr_db, rng):
    """The sentence in a street from 1.5 s on, and which of its samples have a voice."""
    seconds = len(sentence) / RATE_HZ + 4
    street = street_noise(rng, seconds, RATE_HZ)[: len(sentence) + 4 * SECOND]
    level = 10 ** (snr_db / 20) / np.sqrt((sentence**2).mean())
    heard = street.copy()
    begin = 3 * SECOND // 2
    heard[begin : begin + len(sentence)] += level * sentence
    voiced = np.zeros(len(heard), bool)
    voiced[begin : begin + len(sentence)] = np.abs(sentence) > 0.02
    return (heard * STREET).astype(np.float32), voiced


@pytest.mark.parametrize("snr_db", [30, 10, 0])
@pytest.mark.parametrize("voice", SENTENCES)
def test_nothing_of_a_sentence_is_left(voice, snr_db, tmp_path):
    heard, voiced = at_snr(
        spoken(SENTENCES[voice], voice, tmp_path), snr_db, np.random.default_rng(3)
    )
    clean = redact(heard, [])
    assert np.count_nonzero(clean.samples[voiced]) / voiced.sum() < 0.01
    assert clean.removed_s == pytest.approx(np.count_nonzero(voiced) / RATE_HZ, abs=4)


def test_words_before_a_shot_go_and_the_shot_stays(tmp_path):
    rng = np.random.default_rng(4)
    sentence = spoken(SENTENCES["cs"], "cs", tmp_path)
    heard, voiced = at_snr(sentence, 15, rng)
    heard = np.concatenate([heard, np.zeros(SECOND, np.float32)])
    shot = 0.5 * SOUNDS["gunshot"].make(rng)[: SECOND // 2]
    onset = len(sentence) + 3 * SECOND
    heard[onset : onset + len(shot)] += shot
    own = (onset / RATE_HZ, onset / RATE_HZ + 0.5)
    clean = redact(heard, [own])
    assert not clean.samples[np.flatnonzero(voiced)].any()
    inside = slice(onset + round(FADE_S * RATE_HZ), onset + len(shot))
    assert np.array_equal(clean.samples[inside], heard[inside])


def test_a_soft_voice_beside_a_loud_alarm_is_found(tmp_path):
    rng = np.random.default_rng(5)
    heard, voiced = at_snr(spoken(SENTENCES["en"], "en", tmp_path), 10, rng)
    heard[-SECOND // 2 :] += 0.9 * np.sign(np.sin(np.arange(SECOND // 2) / 3)).astype(np.float32)
    own = (len(heard) / RATE_HZ - 0.5, len(heard) / RATE_HZ)
    clean = redact(heard, [own])
    assert not clean.samples[voiced].any()


def test_after_redaction_the_detector_hears_nobody(tmp_path):
    heard, _ = at_snr(spoken(SENTENCES["de"], "de", tmp_path), 20, np.random.default_rng(6))
    assert speech_scores(heard * 100).max() > 0.9
    assert speech_scores(redact(heard, []).samples * 100).max() < 0.5


def test_one_recording_is_scored_alike_whatever_was_scored_before(tmp_path):
    heard, _ = at_snr(spoken(SENTENCES["en"], "en", tmp_path), 10, np.random.default_rng(9))
    first = speech_scores(heard)
    speech_scores(np.random.default_rng(10).normal(0, 0.3, SECOND).astype(np.float32))
    assert np.array_equal(speech_scores(heard), first)


@pytest.mark.parametrize("seed", range(3))
def test_a_street_in_which_nobody_speaks_is_kept(seed):
    street = (STREET * street_noise(np.random.default_rng(seed), 6.0, RATE_HZ)).astype(np.float32)
    clean = redact(street, [])
    assert clean.removed == ()
    assert np.array_equal(clean.samples, street)


def test_where_speech_cannot_be_looked_for_all_but_the_alarm_is_silent(monkeypatch):
    def missing(_):
        raise ImportError("no such library")

    monkeypatch.setattr(privacy, "speech_scores", missing)
    noise = np.random.default_rng(7).normal(0, 0.1, 4 * SECOND).astype(np.float32)
    clean = redact(noise, [(2.0, 3.0)])
    assert not clean.samples[: 2 * SECOND - 200].any()
    assert not clean.samples[3 * SECOND + 200 :].any()
    kept = slice(2 * SECOND + 200, 3 * SECOND - 200)
    assert np.array_equal(clean.samples[kept], noise[kept])
    assert clean.removed == ((0.0, 2.0), (3.0, 4.0))


def test_what_came_in_is_not_changed(monkeypatch):
    monkeypatch.setattr(privacy, "speech_scores", lambda s: np.ones(-(-len(s) // 512)))
    noise = np.random.default_rng(8).normal(0, 0.1, SECOND).astype(np.float32)
    before = noise.copy()
    assert not redact(noise, []).samples.any()
    assert np.array_equal(noise, before)


spans = st.tuples(st.floats(-1, 3), st.floats(-1, 3)).map(sorted)


@settings(max_examples=50)
@given(keep=st.lists(spans, max_size=3), length=st.integers(0, 2 * SECOND))
def test_whatever_is_kept_the_rest_is_silent_when_all_is_speech(keep, length):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(privacy, "speech_scores", lambda s: np.ones(-(-len(s) // 512)))
        samples = np.full(length, 0.5, np.float32)
        clean = redact(samples, keep)
    assert clean.samples.shape == samples.shape
    for begin, end in clean.removed:
        assert not clean.samples[round(begin * RATE_HZ) : round(end * RATE_HZ)].any()
    ours = sum(max(0.0, min(end, length / RATE_HZ) - max(begin, 0)) for begin, end in keep)
    assert clean.removed_s >= length / RATE_HZ - ours - 1e-3


def test_flac_is_read_back_and_clipped_at_full_scale():
    samples = np.linspace(-2, 2, 1000).astype(np.float32)
    again, rate_hz = soundfile.read(io.BytesIO(to_flac(samples)), dtype="float32")
    assert rate_hz == RATE_HZ
    assert again == pytest.approx(np.clip(samples, -1, 1), abs=1e-4)
