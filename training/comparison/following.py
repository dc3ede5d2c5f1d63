"""How well objects are followed: HOTA, IDF1 and MOTA, by trackeval, class by class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from trackeval.metrics import CLEAR, HOTA, Identity  # type: ignore[import-untyped]

from hlaska.columns import FRAME, TRACK
from training.comparison.boxes import kinds_of
from training.comparison.facts import Absent, Facts
from training.comparison.figures import Figures, averaged
from training.comparison.stacking import inside, stacked
from training.evaluation.matching import LEAST_IOU

KEYS = ("hota", "idf1", "mota")


def track_figures(truth: Facts, seen: Facts, frames: range, stretches: Sequence[range]) -> Figures:
    """HOTA, IDF1 and MOTA of everything, and of each stretch for how they vary.

    A track that changes its class is another one's false box until it changes back. The figures
    are those of `training.evaluation.identities`, of whole days: overlaps are found once for
    everything and all its stretches, and moments with nobody in them cost nothing.

    Args:
        truth: Its tracks.
        seen: The system's.
        frames: That are judged.
        stretches: Parts that they fall into.
    """
    for part in (truth.tracks, seen.tracks):
        if isinstance(part, Absent):
            return dict.fromkeys(KEYS, part)
    real, told = truth.tracks, seen.tracks
    assert isinstance(real, pd.DataFrame) and isinstance(told, pd.DataFrame)
    film = _Film(real, told, frames)
    whole, *parts = np.array([film.scores(part) for part in (frames, *stretches)])
    return {
        key: averaged(float(whole[place]), np.array([part[place] for part in parts]))
        for place, key in enumerate(KEYS)
    }


class _Film:
    """Who is where in each frame and class, in trackeval's form."""

    def __init__(self, truth: pd.DataFrame, seen: pd.DataFrame, frames: range) -> None:
        both = stacked(truth, seen, kinds_of(truth), frames)
        real, told = both.truth[TRACK].to_numpy(np.int64), both.seen[TRACK].to_numpy(np.int64)
        self._was = both.was
        self._frames = [(real[one], told[other], iou) for one, other, iou in both.overlaps()]
        self._true_frames = both.was[both.truth[FRAME].to_numpy(np.int64)]

    def scores(self, frames: range) -> NDArray[np.float64]:
        """HOTA, IDF1 and MOTA; NaN where there is nobody to be followed."""
        if not inside(self._true_frames, frames).any():
            return np.full(len(KEYS), np.nan)
        here = np.flatnonzero(inside(self._was, frames))
        data = _numbered([self._frames[place] for place in here])
        options = {"THRESHOLD": LEAST_IOU, "PRINT_CONFIG": False}
        hota = np.mean(HOTA().eval_sequence(data)["HOTA"])
        idf1 = Identity(options).eval_sequence(data)["IDF1"]
        return np.array([hota, idf1, CLEAR(options).eval_sequence(data)["MOTA"]], np.float64)


def _numbered(
    frames: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]],
) -> dict[str, Any]:
    """The frames as a sequence of trackeval, ids from 0 without gaps."""
    sides: dict[str, Any] = {}
    for place, side in enumerate(("gt", "tracker")):
        ids = [frame[place] for frame in frames]
        known, numbers = np.unique(np.concatenate(ids), return_inverse=True)
        edges = np.cumsum([len(one) for one in ids])[:-1]
        sides |= {
            f"{side}_ids": np.split(numbers, edges),
            f"num_{side}_ids": len(known),
            f"num_{side}_dets": len(numbers),
        }
    return sides | {
        "num_timesteps": len(frames),
        "similarity_scores": [iou for *_, iou in frames],
    }
