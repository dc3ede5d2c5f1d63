"""Soundscapes of known content: sounds placed in the noise of a street, with labels that are right.

Sounds are made (catalogs.sounds) or recorded (training.audio.recordings). Made ones reach the
microphone through the impulse response of a street; recorded ones have been through one already.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from catalogs.sounds import SOUNDS
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, SoundEvent
from training.audio.labels import stretches
from training.audio.material import Material
from training.audio.microphones import heard
from training.audio.recordings import OTHER

Samples = NDArray[np.float32]

SNR_DB = (-5.0, 30.0)
"""Of the sounds that are listened for; of what they are confused with, from 0 on. Recordings, which
bring their own noise, are up to 20 dB louder than that."""

HARDEST = {
    "gunshot": ("firework", "clap", "backfire"),
    "explosion": ("thunder", "firework", "dropped-pallet"),
    "scream": ("cheering", "cheering", "children", "siren"),
    "glass-break": ("hammering", "dropped-pallet"),
}
"""What each is told from with most effort, by the mistakes of earlier networks on the calibration
set; and what a crowd does around somebody who screams."""

_HARD = 0.4
_HARD_SNR_DB = (-5.0, 10.0)
_BOTH = 0.6
_LONGEST_S = 4.0
_MADE_SHARE = 0.5
_THROUGH_A_STREET = 0.85
_SHORTEST = RATE_HZ // 25
_FEWEST = 3  # frames
_DROWNED = 0.1  # of the power of all else
_PAUSE_S = 1.0  # a made sound is one event: shards fall for a while


@dataclass(frozen=True, slots=True, eq=False)
class Soundscape:
    """What a microphone hears for some seconds, and what is in it."""

    samples: Samples
    """Mono, -1..1, `RATE_HZ` a second."""
    events: tuple[SoundEvent, ...]
    """By onset; those that are not of `SOUND_CLASSES` are what those are taken for."""
    snr_db: tuple[float, ...]
    """Of each event: its power over all else that sounds at the same time."""
    origin: Literal["synthetic", "real"]
    """Real when a sound in it was recorded; its background may be made even so."""


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    sound: str
    samples: Samples  # as long as the soundscape
    stretches: tuple[range, ...]
    real: bool


def soundscape(
    rng: np.random.Generator,
    *,
    stock: Material,
    duration_s: float,
    sounds: tuple[str, ...] | None = None,
    snr_db: tuple[float, float] | None = None,
) -> Soundscape:
    """Another soundscape each time: background, up to four sounds, a microphone of some kind.

    Args:
        rng: Chance; the same one makes the same soundscape.
        stock: Sounds, backgrounds and streets of one split.
        duration_s: How long it is.
        sounds: What is in it; drawn when not given: none, one or two that are listened for, and as
            many that they are confused with; and often one inside what it is told from hardly.
        snr_db: Bounds of the ratio of the power of a sound, while it can be heard, to that of all
            that was there before it at the same time; drawn uniformly between them.
    """
    length = round(duration_s * RATE_HZ)
    mix = stock.background(rng, length)
    placed: list[_Placed] = []
    drawn = _drawn(rng, stock, duration_s) if sounds is None else [(one, None) for one in sounds]
    for sound, usual_db in drawn:
        one = _placed(rng, stock, sound, length)
        if one is None:
            continue
        low, high = snr_db or usual_db or _bounds_db(one)
        gain = _gain(one, mix, rng.uniform(low, high))
        one = replace(one, samples=one.samples * np.float32(gain))
        mix = mix + one.samples
        placed.append(one)
    described = sorted(
        (
            (
                _event(one, mix, part),
                _snr_db(one.samples, mix, part),
            )
            for one in placed
            for part in one.stretches
        ),
        key=lambda pair: pair[0].onset_s,
    )
    return Soundscape(
        samples=heard(rng, mix),
        events=tuple(event for event, _ in described),
        snr_db=tuple(ratio for _, ratio in described),
        origin="real" if any(one.real for one in placed) else "synthetic",
    )


def _drawn(
    rng: np.random.Generator, stock: Material, duration_s: float
) -> list[tuple[str, tuple[float, float] | None]]:
    """In six seconds some 1.5 sounds that are listened for, and 1.7 that are not; bounds of SNR."""
    wanted = rng.choice(SOUND_CLASSES, rng.poisson(1.3 * duration_s / 6)).tolist()
    others = rng.choice(stock.confusers, rng.poisson(0.8 * duration_s / 6)).tolist()
    if OTHER in stock.confusers:
        others += [OTHER] * rng.poisson(0.3 * duration_s / 6)
    inside: list[str] = []
    if rng.random() < _HARD:
        sound = str(rng.choice(SOUND_CLASSES))
        others += [str(rng.choice(HARDEST[sound]))] * int(rng.integers(1, 3))
        inside = [sound] if rng.random() < _BOTH else []
    # What was there first is what the rest is measured against: a scream inside the cheering.
    return [
        *((one, None) for one in others),
        *((one, _HARD_SNR_DB) for one in inside),
        *((one, None) for one in wanted),
    ]


def _bounds_db(one: _Placed) -> tuple[float, float]:
    # Recordings bring their own noise, and are often all that is heard.
    return SNR_DB[0] if one.sound in SOUND_CLASSES else 0.0, SNR_DB[1] + 20 * one.real


def _wave(
    rng: np.random.Generator, stock: Material, sound: str
) -> tuple[Samples, list[range], bool]:
    """The lone sound as it reaches the microphone, and where in it it can be heard."""
    recorded = stock.recordings.get(sound, ())
    longest = round(_LONGEST_S * RATE_HZ)
    if recorded and (sound not in SOUNDS or rng.random() > _MADE_SHARE):
        wave = recorded[rng.integers(len(recorded))].samples
        start = rng.integers(max(1, len(wave) - longest))
        wave = _faded(_at_another_speed(rng, wave[start : start + longest]))
        # Nobody knows when something is in an `other` one; only that it is none of the four.
        return (
            wave,
            ([range(len(wave))] if sound == OTHER else stretches(wave, audible_db=20)),
            True,
        )
    wave = SOUNDS[sound].make(rng)[:longest]
    if rng.random() < _THROUGH_A_STREET:
        response = stock.responses[rng.integers(len(stock.responses))]
        wave = scipy.signal.fftconvolve(wave, response).astype(np.float32)
    return _faded(wave), stretches(wave, gap_s=_PAUSE_S), False


def _placed(rng: np.random.Generator, stock: Material, sound: str, length: int) -> _Placed | None:
    """The sound somewhere in the soundscape, at any loudness; None if it cannot be heard there."""
    wave, parts, real = _wave(rng, stock, sound)
    if not parts:
        return None
    # A quarter of a second of its first stretch is inside, at least.
    at = int(rng.integers(-parts[0].start, max(1, length - parts[0].start - RATE_HZ // 4)))
    room = np.zeros(length, np.float32)
    begin, end = max(0, at), min(length, at + len(wave))
    room[begin:end] = wave[begin - at : end - at]
    moved = (range(max(0, one.start + at), min(length, one.stop + at)) for one in parts)
    inside = tuple(
        part
        for part in moved
        if len(part) >= _SHORTEST and _power(room[part.start : part.stop]) > 0
    )
    return _Placed(sound, room, inside, real) if inside else None


def _at_another_speed(rng: np.random.Generator, wave: Samples) -> Samples:
    """Up to a sixth faster or slower: few recordings must stand for many.

    Ko et al., Audio augmentation for speech recognition, Interspeech 2015.
    """
    places = np.arange(0, len(wave) - 1, rng.uniform(0.86, 1.16))
    return np.interp(places, np.arange(len(wave)), wave).astype(np.float32)


def _faded(wave: Samples) -> Samples:
    """Cut ends would click; 5 ms are enough against that and take nothing off a shot."""
    ramp = np.linspace(0, 1, min(80, len(wave)), dtype=np.float32)
    faded = wave.copy()
    faded[len(faded) - len(ramp) :] *= ramp[::-1]
    return faded


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


def _gain(one: _Placed, before: Samples, snr_db: float) -> float:
    heard = np.concatenate([np.arange(part.start, part.stop) for part in one.stretches])
    there = max(_power(before[heard]), 1e-12)
    return float(np.sqrt(there / _power(one.samples[heard]) * 10 ** (snr_db / 10)))


def _event(one: _Placed, mix: Samples, part: range) -> SoundEvent:
    """From where to where it can be told: what drowns at either end nobody hears."""
    first, last = 0, len(part)
    blocks = len(part) // _SHORTEST
    if one.sound != OTHER and blocks > _FEWEST:
        own = one.samples[part.start :][: blocks * _SHORTEST].reshape(blocks, -1)
        rest = mix[part.start :][: blocks * _SHORTEST].reshape(blocks, -1) - own
        told = np.flatnonzero((own**2).mean(axis=1) > _DROWNED * (rest**2).mean(axis=1))
        if len(told):
            first = int(told[0]) * _SHORTEST
            last = min(last, max(int(told[-1]) + 1, int(told[0]) + _FEWEST) * _SHORTEST)
    return SoundEvent(one.sound, (part.start + first) / RATE_HZ, (part.start + last) / RATE_HZ)


def _snr_db(sound: Samples, mix: Samples, part: range) -> float:
    own = sound[part.start : part.stop]
    rest = mix[part.start : part.stop] - own
    return round(float(10 * np.log10(max(_power(own), 1e-20) / max(_power(rest), 1e-20))), 1)
