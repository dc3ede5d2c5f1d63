"""Which sound is heard when: from a sound's own envelope to one row of labels a frame."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from catalogs.sounds import SOUNDS
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, SoundEvent
from training.audio.recordings import OTHER

CLASSES = (*SOUND_CLASSES, *(name for name in SOUNDS if name not in SOUND_CLASSES))
"""What the network learns to tell apart; serving gets the first four."""
FRAME_S = 0.04
"""Length of a frame of labels and scores."""
WINDOW_S = 2.0
"""What the network hears at a time."""

_STEP = RATE_HZ // 100
_AUDIBLE_DB = 25.0
_ABOVE_FLOOR_DB = 6.0
_GAP_S = 0.25
_SHORTEST_S = 0.12


def stretches(
    samples: NDArray[np.float32], *, audible_db: float = _AUDIBLE_DB, gap_s: float = _GAP_S
) -> list[range]:
    """Where a lone sound can be heard: ranges of samples, in order, none overlapping.

    A clip that says only *what* is in it says *when* by its envelope. Heard is what lies less than
    `audible_db` under the loudest 10 ms and 6 dB over the quietest tenth of the clip; gaps up to
    `gap_s` are bridged (the echoes of one shot, the shards of one window). What would be shorter
    than 0.12 s is made as long as that, so that three frames show it. Silence has no stretch.
    """
    whole = len(samples) // _STEP * _STEP
    power = np.square(samples[:whole], dtype=np.float64).reshape(-1, _STEP).mean(axis=1)
    if whole == 0 or not power.max() > 0:
        return []
    level_db = 10 * np.log10(power + 1e-12 * power.max())
    peak_db, floor_db = level_db.max(), np.percentile(level_db, 10)
    lowest_db = min(max(peak_db - audible_db, floor_db + _ABOVE_FLOOR_DB), peak_db - 3)
    heard = np.flatnonzero(level_db >= lowest_db)
    breaks = np.flatnonzero(np.diff(heard) * _STEP > gap_s * RATE_HZ)
    starts = heard[np.r_[0, breaks + 1]] * _STEP
    stops = (heard[np.r_[breaks, len(heard) - 1]] + 1) * _STEP
    shortest = round(_SHORTEST_S * RATE_HZ)
    return [
        range(int(start), min(len(samples), max(int(stop), int(start) + shortest)))
        for start, stop in zip(starts, stops, strict=True)
    ]


def targets(
    events: Iterable[SoundEvent], *, frames: int, classes: Sequence[str] = CLASSES
) -> NDArray[np.int8]:
    """Labels, frames x classes: 1 in each frame of which a sound fills half, or that has its onset.

    While an `other` recording sounds, nobody knows whether there is a dog in it, only that there is
    no shot: its frames are -1 (not learnt from) for all but `SOUND_CLASSES`.
    """
    labels = np.zeros((frames, len(classes)), np.int8)
    unsure = [number for number, name in enumerate(classes) if name not in SOUND_CLASSES]
    for event in sorted(events, key=lambda one: one.sound != OTHER):
        first = int(event.onset_s / FRAME_S)
        last = max(first + 1, round(event.offset_s / FRAME_S))
        if event.sound == OTHER:
            labels[first:last, unsure] = -1
        else:
            labels[first:last, classes.index(event.sound)] = 1
    return labels
