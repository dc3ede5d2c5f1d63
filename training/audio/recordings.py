"""Real recordings out of the catalog, split so that nothing heard in training is heard in a test.

SESA (CC BY 4.0) is learnt from, calibrated and tested on; the recordings of gunshot-detection,
whose licence nobody stated, are only ever tested on. SESA is cut from Freesound, and several cuts
of one recording are numbered one after another: blocks of numbers stay together, and so do the
pairs whose waveforms were found to be of one recording.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalogs import datasets
from catalogs.web import Progress
from hlaska.errors import DataError, SourceError, UnavailableError
from hlaska.settings import Settings
from serving.audio.source import read_recording

Split = Literal["train", "calibration", "test"]
SPLITS: tuple[Split, ...] = ("train", "calibration", "test")

BLOCK = 5
"""So many consecutive numbers of a class stay together."""
BLOCKS = {"casual": 34, "explosion": 42, "gunshot": 20, "siren": 21}
"""Of each class of SESA, by its greatest number."""
SHARES = {"train": 0.55, "calibration": 0.2, "test": 0.25}
"""Of the blocks of each class."""
SPLIT_SEED = 3519845
"""Fixed before anything was trained; the number of SESA's record."""
TOGETHER = {
    "casual": (
        "12 25 26 34, 13 23 32, 21 36, 22 30, 24 33, 93 98, 122 132, 123 133, 128 148, 134 "
        "149, 137 138, 143 167, 144 164 165"
    ),
    "explosion": (
        "4 20, 6 23, 12 27, 50 55, 53 56, 54 58, 59 69 72, 61 152, 62 153, 64 155, 68 158, 74 "
        "161, 97 114 135, 110 111, 122 124 125 126 127, 128 130 132, 141 143, 145 148, 146 "
        "149, 201 202"
    ),
    "gunshot": "23 25, 69 70, 89 90",
    "siren": (
        "0 40, 2 41, 6 45, 14 44, 16 49, 20 46, 24 34, 25 37, 27 39, 61 70 85, 62 81, 69 83, "
        "72 78, 73 79, 87 90"
    ),
}
"""Numbers of recordings that are cuts of one: the peak of the normalised cross-correlation of their
waveforms, among all pairs of a class, was 0.6 or more (mostly above 0.95)."""

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
        found += _read(data, folder, split)
    return found


def split_of(stem: str) -> Split:
    """Where a recording of SESA belongs, by its name without ending, such as `siren_014`.

    Raises:
        DataError: it is not named so.
    """
    match = re.fullmatch(r"(?P<sound>[a-z]+)_(?P<number>\d+)", stem)
    if match is None or match["sound"] not in BLOCKS:
        raise DataError(f"{stem!r} is no name of SESA's; they are like siren_014")
    splits = _splits(match["sound"])
    return splits[int(match["number"]) // BLOCK % len(splits)]


@cache
def _splits(sound: str) -> tuple[Split, ...]:
    """The split of each block: linked blocks together, and each split near its share of all."""
    blocks_in_all = BLOCKS[sound]
    together = _linked(TOGETHER[sound], blocks_in_all)
    np.random.default_rng([SPLIT_SEED, *sound.encode()]).shuffle(together)
    counts = dict.fromkeys(SPLITS, 0)
    splits: dict[int, Split] = {}
    for blocks in sorted(together, key=len, reverse=True):
        neediest = max(SPLITS, key=lambda split: SHARES[split] * blocks_in_all - counts[split])
        counts[neediest] += len(blocks)
        splits |= dict.fromkeys(blocks, neediest)
    return tuple(splits[block] for block in range(blocks_in_all))


def _linked(groups: str, blocks_in_all: int) -> list[set[int]]:
    """Sets of blocks that share a recording, directly or over others."""
    sets = [{block} for block in range(blocks_in_all)]
    for group in filter(None, groups.split(", ")):
        shared = {int(number) // BLOCK for number in group.split()}
        apart = [blocks for blocks in sets if not blocks & shared]
        sets = [*apart, set().union(*(blocks for blocks in sets if blocks & shared))]
    return sorted(sets, key=min)


def _read(data: str, folder: Path, split: Split) -> Iterator[Recording]:
    for path in sorted(folder.glob("*.flac")):
        if data == "sesa" and split_of(path.stem) != split:
            continue
        kind = _TEST_ONLY.get(data, path.stem.partition("_")[0])
        sound = _SESA_SOUNDS.get(kind, kind)
        yield Recording(f"{data}/{path.name}", data, sound, read_mono(path), split)


def read_mono(path: Path) -> NDArray[np.float32]:
    """A recording exactly as a microphone would bring it: mono, `RATE_HZ` a second.

    Raises:
        DataError: it cannot be read; the message says what to do.
    """
    try:
        return read_recording(path)
    except SourceError as error:
        raise DataError(str(error)) from error
