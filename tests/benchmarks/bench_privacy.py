"""How much of what somebody says is left in evidence, by how loud it is against the street.

Sentences are spoken by espeak-ng in several voices, languages and speeds, put into a generated
street, dry or with the echoes of its facades, and redacted as evidence is. When somebody speaks is
known to the sample, so that nobody has to judge by ear: a voiced sample is left, or it is zero.
Beside it what is lost for nothing: of sounds without words, and of the street itself.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from catalogs.sounds import SOUNDS
from catalogs.sounds.noise import street_noise
from catalogs.sounds.street import Street
from hlaska.errors import SourceError
from hlaska.results import Column, ResultTable, Value
from hlaska.sound.scores import RATE_HZ
from serving.audio.privacy import redact
from tests.benchmarks.plan import Plan

SENTENCES = {
    "cs": "Sejdeme se v osm hodin u nádraží, vezmi s sebou peníze a nikomu o tom neříkej.",
    "sk": "Stretneme sa o ôsmej na stanici, prines peniaze a nikomu o tom nehovor.",
    "de": "Wir treffen uns um acht am Bahnhof, bring das Geld mit und sag es keinem.",
    "en": "Meet me at eight at the station, bring the money and do not tell anybody.",
}
VOICES = ("", "+f4", "+m3")
WORDS_PER_MINUTE = (120, 175, 260)
SNRS_DB = (20, 10, 5, 0, -5, -10)
STREET_LEVEL = 1e-3
"""Amplitude of the street: about -60 dBFS, as in the demo."""
LEAD_S, TAIL_S = 2.0, 2.0
"""Street before somebody speaks, and after."""
VOICED = 0.03
"""Of a sentence's peak: below it nobody hears a voice, but a pause."""
WORD_S = 0.2
"""So much voice in one piece is a short word."""
SPEAKER_M, MICROPHONE_M = (40.0, 4.0, 1.6), (52.0, 10.0, 4.0)
WITHOUT_WORDS = (
    *("gunshot", "explosion", "glass-break", "firework", "door-slam", "clap", "hammering"),
    *("backfire", "dropped-pallet", "siren", "dog", "thunder", "tram", "cheering"),
)

SPEECH = (
    Column("left", "voice left, %", 2),
    Column("left_echoes", "voice left, with echoes, %", 2),
    Column("worst", "of the worst voice, %", 1),
    Column("words", "sentences with a word left, %", 1),
    Column("street", "street lost around it, %", 1),
    Column("sentences", "sentences"),
)
LOST = (
    Column("lost", "lost for nothing, %", 1),
    Column("each_ms", "time for 6 s, ms"),
)

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Left:
    """What a redaction left of one sentence."""

    voice: str
    share: float
    """Of its voiced samples."""
    word: bool
    """Whether a piece is left that may be a word."""
    street: float
    """Of the samples without a voice, so many were silenced."""


def run(plan: Plan) -> list[ResultTable]:
    """The two tables.

    Raises:
        SourceError: nobody can speak here.
    """
    if shutil.which("espeak-ng") is None:
        raise SourceError("espeak-ng is missing; install it: apt-get install espeak-ng")
    sentences = list(_spoken(1 if plan.quick else None))
    step = plan.announce("privacy: sentences", len(SNRS_DB))
    speech = []
    for done, snr_db in enumerate(SNRS_DB, start=1):
        speech.append(_speech_row(sentences, snr_db))
        step(done)
    step = plan.announce("privacy: sounds without words", len(WITHOUT_WORDS) + 1)
    lost = []
    for done, sound in enumerate(("street", *WITHOUT_WORDS), start=1):
        lost.append(_lost_row(sound, 2 if plan.quick else 10))
        step(done)
    voices = len({voice for voice, _ in sentences})
    return [
        ResultTable(
            "privacy",
            "Speech left in evidence",
            f"{len(sentences)} sentences of {voices} synthetic voices (espeak-ng) in a generated "
            f"street, dry and with echoes over {_distance_m():.0f} m; SNR over the sentence.",
            SPEECH,
            tuple(speech),
        ),
        ResultTable(
            "privacy-lost",
            "Evidence lost for nothing",
            "Generated sounds without words in 6 s of street, nothing kept as an alarm's own.",
            LOST,
            tuple(lost),
        ),
    ]


def _spoken(most: int | None) -> Iterator[tuple[str, Samples]]:
    """Voices, and what they say, without the silence around it; peak 1."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        for language in list(SENTENCES)[:most]:
            for voice in [language + timbre for timbre in VOICES][:most]:
                for speed in WORDS_PER_MINUTE[:most]:
                    words = ["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(path)]
                    subprocess.run([*words, SENTENCES[language]], check=True)
                    samples, rate_hz = soundfile.read(path, dtype="float32")
                    samples = soxr.resample(samples, rate_hz, RATE_HZ)
                    loud = np.flatnonzero(np.abs(samples) > 0.01)
                    samples = samples[loud[0] : loud[-1] + 1]
                    yield voice, np.asarray(samples / np.abs(samples).max(), np.float32)


def _speech_row(sentences: list[tuple[str, Samples]], snr_db: int) -> dict[str, Value]:
    # The same street for every loudness, so that rows differ in nothing else.
    rng = np.random.default_rng(1)
    dry = [_left(voice, sentence, snr_db, rng) for voice, sentence in sentences]
    echoing = [_left(voice, _with_echoes(sentence), snr_db, rng) for voice, sentence in sentences]
    by_voice: dict[str, list[float]] = {}
    for each in [*dry, *echoing]:
        by_voice.setdefault(each.voice, []).append(each.share)
    both = [*dry, *echoing]
    return {
        "what": f"{snr_db} dB",
        "left": 100 * float(np.mean([each.share for each in dry])),
        "left_echoes": 100 * float(np.mean([each.share for each in echoing])),
        "worst": 100 * max(float(np.mean(shares)) for shares in by_voice.values()),
        "words": 100 * float(np.mean([each.word for each in both])),
        "street": 100 * float(np.mean([each.street for each in both])),
        "sentences": len(both),
    }


def _left(voice: str, sentence: Samples, snr_db: float, rng: np.random.Generator) -> Left:
    begin = round(LEAD_S * RATE_HZ)
    length = begin + len(sentence) + round(TAIL_S * RATE_HZ)
    heard = street_noise(rng, length / RATE_HZ, RATE_HZ)[:length].copy()
    level = 10 ** (snr_db / 20) / np.sqrt(np.mean(sentence**2))
    heard[begin : begin + len(sentence)] += level * sentence
    voiced = np.zeros(length, bool)
    # Over 10 ms, so that the zeros between two waves of a vowel count too.
    envelope = np.convolve(np.abs(sentence), np.ones(160) / 160, "same")
    voiced[begin : begin + len(sentence)] = envelope > VOICED * np.abs(sentence).max()
    left = redact(np.asarray(STREET_LEVEL * heard, np.float32), []).samples != 0
    return Left(
        voice=voice,
        share=float(left[voiced].mean()),
        word=_longest(left & voiced) >= WORD_S * RATE_HZ,
        street=1 - float(left[~voiced].mean()),
    )


def _longest(mask: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


@cache
def _echoes() -> Samples:
    return Street().impulse_response(SPEAKER_M, MICROPHONE_M, RATE_HZ)


def _with_echoes(sentence: Samples) -> Samples:
    heard = fftconvolve(sentence, _echoes())
    loud = np.flatnonzero(np.abs(heard) > 0.01 * np.abs(heard).max())
    heard = heard[loud[0] : loud[-1] + 1]
    return np.asarray(heard / np.abs(heard).max(), np.float32)


def _distance_m() -> float:
    return float(np.linalg.norm(np.subtract(SPEAKER_M, MICROPHONE_M)))


def _lost_row(sound: str, times: int) -> dict[str, Value]:
    rng = np.random.default_rng(2)
    shares, took_s = [], []
    for _ in range(times):
        heard = street_noise(rng, 6.0, RATE_HZ)[: 6 * RATE_HZ].copy()
        if sound != "street":
            made = SOUNDS[sound].make(rng)[: 3 * RATE_HZ]
            made = made / np.sqrt(np.mean(made**2))
            heard[RATE_HZ : RATE_HZ + len(made)] += 10 * made
        evidence = np.asarray(np.clip(STREET_LEVEL * heard, -1, 1), np.float32)
        began_s = time.perf_counter()
        shares.append(redact(evidence, []).removed_s / 6)
        took_s.append(time.perf_counter() - began_s)
    return {
        "what": sound,
        "lost": 100 * float(np.mean(shares)),
        "each_ms": 1000 * float(np.median(took_s)),
    }
