"""HOTA, MOTA and IDF1: how well tracks keep to who is who, as the library `trackeval` measures it.

`trackeval` is the reference implementation (https://github.com/JonathonLuiten/TrackEval). It is
given arrays rather than the folders that its own readers want, and no box is left out: MOT
Challenge's list of classes and distractors has no counterpart here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from trackeval.metrics import CLEAR, HOTA, Identity  # type: ignore[import-untyped]

from hlaska.columns import TRACK
from training.evaluation.matching import LEAST_IOU, overlaps


@dataclass(frozen=True, slots=True)
class IdentityScores:
    """How well tracks follow objects."""

    hota: float
    """Mean over overlaps 0.05 to 0.95 of the higher-order tracking accuracy (Luiten et al., HOTA,
    IJCV 129, 2021); 0..1."""
    mota: float
    """1 - (missed + false + switches) / true boxes (Bernardin and Stiefelhagen, CLEAR MOT, EURASIP
    J. on Image and Video Processing, 2008); up to 1, below 0 when worse than nothing."""
    idf1: float
    """F1 of boxes under the best one-to-one naming of tracks (Ristani et al., Performance measures,
    ECCV workshops 2016); 0..1."""
    switches: int
    """How often an object was taken for another one."""


def identity_scores(truth: pd.DataFrame, seen: pd.DataFrame, frames: range) -> IdentityScores:
    """Compares tracks with the truth.

    Args:
        truth: `frame`, `track` and the box of each object.
        seen: The same of each track; a track occurs once a frame.
        frames: To compare.
    """
    data = _sequence(truth, seen, frames)
    options = {"THRESHOLD": LEAST_IOU, "PRINT_CONFIG": False}
    clear = CLEAR(options).eval_sequence(data)
    return IdentityScores(
        hota=float(np.mean(HOTA().eval_sequence(data)["HOTA"])),
        mota=float(clear["MOTA"]),
        idf1=float(Identity(options).eval_sequence(data)["IDF1"]),
        switches=int(clear["IDSW"]),
    )


def _sequence(truth: pd.DataFrame, seen: pd.DataFrame, frames: range) -> dict[str, Any]:
    """Both tables in the form of trackeval's datasets, ids from 0 without gaps."""
    true_ids, true_names = pd.factorize(truth[TRACK])
    seen_ids, seen_names = pd.factorize(seen[TRACK])
    data: dict[str, Any] = {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    for one, other, iou in overlaps(
        truth.assign(**{TRACK: true_ids}), seen.assign(**{TRACK: seen_ids}), frames
    ):
        data["gt_ids"].append(one[TRACK].to_numpy(np.int64))
        data["tracker_ids"].append(other[TRACK].to_numpy(np.int64))
        data["similarity_scores"].append(iou)
    return data | {
        "num_timesteps": len(frames),
        "num_gt_dets": sum(map(len, data["gt_ids"])),
        "num_tracker_dets": sum(map(len, data["tracker_ids"])),
        "num_gt_ids": len(true_names),
        "num_tracker_ids": len(seen_names),
    }
