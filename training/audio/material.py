"""What soundscapes of one split are put together from, none of it used in another split."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from catalogs.sounds import SOUNDS
from catalogs.sounds.noise import street_noise
from catalogs.sounds.street import Street, with_reverberation
from catalogs.web import Progress
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from training.audio.recordings import OTHER, Recording, Split

Samples = NDArray[np.float32]

RESPONSES = 240
"""Paths from a source to a microphone, computed once: there are more paths than that, but they
sound alike."""
WIDTHS_M: Mapping[Split, tuple[float, float]] = {
    "train": (10.0, 20.0),
    "calibration": (10.0, 20.0),
    "test": (20.0, 30.0),
}
"""Of the streets, between the houses: a test is heard in wider ones."""
_RECORDED_BACKGROUND = 0.15
_QUIET = 0.1
_ROUGH = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Sounds, streets and backgrounds of one split."""

    split: Split
    recordings: Mapping[str, tuple[Recording, ...]]
    """By sound."""
    responses: tuple[Samples, ...]
    """Impulse responses of streets."""

    @property
    def confusers(self) -> tuple[str, ...]:
        """What can be put in beside the sounds that are listened for."""
        recorded = tuple(name for name in self.recordings if name not in SOUNDS)
        return (*(name for name in SOUNDS if name not in SOUND_CLASSES), *recorded)

    def background(self, rng: np.random.Generator, length: int) -> Samples:
        """So many samples in which nothing happens, RMS 1.0.

        Mostly the made noise of a street; one in ten is the hiss of a microphone in a quiet court,
        one in seven lies over a quiet moment of an `other` recording, where there are any.
        A test has traffic and wind at once, and another spectrum.
        """
        if rng.random() < _QUIET:
            return rng.standard_normal(length).astype(np.float32)
        duration_s = length / RATE_HZ
        if self.split == "test":
            noise = street_noise(rng, duration_s, cars=True, gusts=True)
            # A first-order shelf, up or down by up to 6 dB above 800 Hz or so.
            high = scipy.signal.lfilter(*scipy.signal.butter(1, 0.1, "high"), noise)
            noise = noise + np.float32(rng.uniform(-0.5, 1)) * high.astype(np.float32)
        else:
            noise = street_noise(rng, duration_s)
        others = self.recordings.get(OTHER, ())
        if others and rng.random() < _RECORDED_BACKGROUND:
            quiet = _quietest(others[rng.integers(len(others))].samples)
            if quiet is not None:
                noise = noise * np.float32(rng.uniform(0.1, 1)) + np.resize(quiet, length)
        noise = noise[:length]
        return np.asarray(noise / max(np.sqrt(np.mean(noise**2)), 1e-9), np.float32)


def gather(
    rng: np.random.Generator,
    *,
    split: Split,
    recordings: Iterable[Recording],
    responses: int = RESPONSES,
    progress: Progress | None = None,
) -> Material:
    """The material of a split: its recordings by sound, and streets of its own.

    Args:
        rng: Chance; no two splits may share it.
        split: Which.
        recordings: Of this split.
        responses: How many ways from a source to a microphone.
        progress: Told how far it is.
    """
    by_sound: dict[str, list[Recording]] = {}
    for one in recordings:
        by_sound.setdefault(one.sound, []).append(one)
    made: list[Samples] = []
    for number in range(responses):
        made.append(_response(rng, split))
        if progress is not None:
            progress(f"streets for {split}", number + 1, responses)
    return Material(split, {k: tuple(v) for k, v in by_sound.items()}, tuple(made))


def _response(rng: np.random.Generator, split: Split) -> Samples:
    """One way from a source to a microphone on a wall or a mast, without the silence before it."""
    street = Street(
        width_m=rng.uniform(*WIDTHS_M[split]),
        height_m=rng.uniform(9, 22),
        absorption=rng.uniform(0.15, 0.4),
        temperature_c=rng.uniform(-10, 35),
        humidity_percent=rng.uniform(20, 95),
    )
    # As many near as far, on a scale of ratios: 3 to 200 m.
    along_m = 3 * (200 / 3) ** rng.random()
    source_m = (0.0, rng.uniform(1, street.width_m - 1), rng.uniform(0.5, 2.5))
    microphone_m = (along_m, rng.uniform(0.3, street.width_m - 0.3), rng.uniform(3, 8))
    response = street.impulse_response(source_m, microphone_m)
    if rng.random() < _ROUGH:
        response = with_reverberation(
            rng, response, decay_s=rng.uniform(0.4, 2.0), level_db=rng.uniform(-15, 0)
        )
    level = np.abs(response)
    first = int(np.argmax(level > 0.05 * level.max()))
    return response[max(0, first - RATE_HZ // 1000) :] / level.max()


def _quietest(samples: Samples) -> Samples | None:
    """The quietest second of a recording at RMS 1.0, mirrored so that it can be repeated."""
    seconds = [samples[i : i + RATE_HZ] for i in range(0, len(samples) - RATE_HZ, RATE_HZ // 2)]
    if not seconds:
        return None
    quiet = min(seconds, key=lambda one: float(np.mean(one**2)))
    rms = float(np.sqrt(np.mean(quiet**2)))
    if rms <= 1e-5:
        return None
    return np.asarray(np.concatenate([quiet, quiet[::-1]]) / rms, np.float32)
