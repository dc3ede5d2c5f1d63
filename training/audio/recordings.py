"""Real recordings out of the catalog, split so that nothing heard in training is heard in a test.

SESA (CC BY 4.0) is learnt from, calibrated and tested on; the recordings of gunshot-detection,
whose licence nobody stated, are only ever tested on. SESA is cut from Freesound, and several cuts
of one recording are numbered one after another: blocks of numbers stay together, and so do the
pairs whose waveforms were found to be of one recording.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from catalogs import datasets
from catalogs.web import Progress
from hlaska.errors import DataError, UnavailableError
from hlaska.settings import Settings
from hlaska.sound.scores import RATE_HZ

Split = Literal["train", "calibration", "test"]
SPLITS: tuple[Split, ...] = ("train", "calibration", "test")

BLOCK = 5
"""So many consecutive numbers of a class stay together."""
SHARES = {"train": 0.55, "calibration": 0.2, "test": 0.25}
"""Of the blocks of each class."""
SPLIT_SEED = 3519845
"""Fixed before anything was trained; the number of SESA's record."""
TOGETHER = {"siren_044": "siren_014"}
"""Cuts of one recording in different blocks: the first goes where the second is. Found by the peak
of the normalised cross-correlation between all waveforms of a class (0.998 here)."""

OTHER = "other"
"""Sounds that are none of those listened for, and not said to be anything else."""
_SESA_SOUNDS = {"casual": OTHER}
_TEST_ONLY = {"gunshot-detection-guns": "gunshot", "gunshot-detection-others": OTHER}


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A recording of which one thing is known: which sound is in it, somewhere."""

    name: str
    """Data set and file."""
    data: str
    """The catalog's entry."""
    sound: str
    """One of `SOUND_CLASSES`, `siren`, or `other`."""
    samples: NDArray[np.float32]
    """Mono, -1..1, `RATE_HZ` a second."""
    split: Split

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE_HZ


def recordings(
    settings: Settings, split: Split, *, progress: Progress | None = None
) -> list[Recording]:
    """The real recordings of one split, by name; those that cannot be had are missing.

    Raises:
        ChecksumError: a file is not the one that the catalog promises.
        DataError: a file is no recording.
    """
    found: list[Recording] = []
    for data in ("sesa", *_TEST_ONLY):
        if data in _TEST_ONLY and split != "test":
            continue
        try:
            folder = datasets.fetch(data, settings, progress=progress)
        except UnavailableError:
            continue
        found += [one for one in _read(data, folder, split)]
    return found


def split_of(stem: str) -> Split:
    """Where a recording of SESA belongs, by its name without ending, such as `siren_014`.

    Raises:
        DataError: it is not named so.
    """
    stem = TOGETHER.get(stem, stem)
    match = re.fullmatch(r"(?P<sound>[a-z]+)_(?P<number>\d+)", stem)
    if match is None:
        raise DataError(f"{stem!r} is no name of SESA's; they are like siren_014")
    order = _order(match["sound"])
    block = int(match["number"]) // BLOCK
    share = order[block % len(order)] / len(order)
    if share < SHARES["train"]:
        return "train"
    return "calibration" if share < SHARES["train"] + SHARES["calibration"] else "test"


def _order(sound: str) -> list[int]:
    """Twenty ranks in an order of the class's own: which share of the blocks goes where."""
    rng = np.random.default_rng([SPLIT_SEED, *sound.encode()])
    return [int(rank) for rank in rng.permutation(20)]


def _read(data: str, folder: Path, split: Split) -> Iterator[Recording]:
    for path in sorted(folder.glob("*.flac")):
        if data == "sesa" and split_of(path.stem) != split:
            continue
        kind = _TEST_ONLY.get(data, path.stem.partition("_")[0])
        sound = _SESA_SOUNDS.get(kind, kind)
        yield Recording(f"{data}/{path.name}", data, sound, _samples(path), split)


def _samples(path: Path) -> NDArray[np.float32]:
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise DataError(f"{path}: no recording: {error}; fetch it again") from error
    mono = samples.mean(axis=1)
    if rate_hz != RATE_HZ:
        mono = soxr.resample(mono, rate_hz, RATE_HZ)
    return np.asarray(mono, np.float32)
