"""How well speeds on the ground are measured."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.columns import EAST_M, FRAME, NORTH_M, TRACK
from training.comparison.boxes import kinds_of
from training.comparison.facts import SPEED, Absent, Facts
from training.comparison.figures import Figures, summed
from training.comparison.stacking import stacked
from training.evaluation.matching import pairs

KEYS = ("speed_off", "speed_bias")
KMH = 3.6
"""Kilometres an hour in a metre a second."""
HALF_S = 0.5
"""A speed is measured from so long before to so long after a moment, or feet would tremble it."""


def speed_figures(
    truth: Facts, seen: Facts, frames: range, stretches: Sequence[range], fps: float
) -> Figures:
    """Mean |measured - true| and mean measured - true, km/h, over boxes that match at IoU .5.

    Speeds that neither tells are taken from positions on the ground (`with_speeds`).

    Args:
        truth: Its tracks.
        seen: The system's.
        frames: That are judged.
        stretches: Parts that they fall into.
        fps: Frames a second.
    """
    for part in (truth.tracks, seen.tracks):
        if isinstance(part, Absent):
            return dict.fromkeys(KEYS, part)
    real, told = truth.tracks, seen.tracks
    assert isinstance(real, pd.DataFrame) and isinstance(told, pd.DataFrame)
    real, told = with_speeds(real, fps), with_speeds(told, fps)
    if real[SPEED].isna().all():
        return dict.fromkeys(KEYS, Absent("no true speeds: give metres, speeds or a homography"))
    if len(told) and told[SPEED].isna().all():
        return dict.fromkeys(KEYS, Absent("it tells neither speeds nor places on the ground"))
    units = np.array([_sums(real, told, part) for part in stretches])
    if not units[:, 2].sum():
        return dict.fromkeys(KEYS, Absent("none of its boxes with a speed matches a true one"))
    return {"speed_off": summed(units[:, [0, 2]]), "speed_bias": summed(units[:, [1, 2]])}


def with_speeds(tracks: pd.DataFrame, fps: float) -> pd.DataFrame:
    """The same tracks with speeds where they had none and their places are known.

    The way between half a second before and half a second after, over that second; between its
    frames a track moves straight. NaN where the track does not last that long.

    Args:
        tracks: With `east_m`, `north_m` and `speed_mps`.
        fps: Frames a second.
    """
    unknown = tracks[SPEED].isna() & tracks[EAST_M].notna()
    if not unknown.any():
        return tracks
    speeds = pd.Series(np.nan, index=tracks.index)
    for _, track in tracks[tracks[EAST_M].notna()].groupby(TRACK, sort=False):
        ordered = track.sort_values(FRAME)
        at = ordered[FRAME].to_numpy(np.float64)
        half = HALF_S * fps
        way = np.hypot(*(_way(at, ordered[name].to_numpy(), half) for name in (EAST_M, NORTH_M)))
        inner = (at - half >= at[0]) & (at + half <= at[-1])
        speeds[ordered.index] = np.where(inner, way / (2 * HALF_S), np.nan)
    return tracks.assign(**{SPEED: tracks[SPEED].where(~unknown, speeds)})


def _way(at: NDArray[np.float64], places: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    return np.interp(at + half, at, places) - np.interp(at - half, at, places)


def _sums(truth: pd.DataFrame, seen: pd.DataFrame, frames: range) -> tuple[float, float, int]:
    """Sum of |difference| and of the difference, km/h, and how many pairs."""
    both = stacked(truth, seen, kinds_of(truth), frames)
    true, told = (each[SPEED].to_numpy(np.float64) for each in (both.truth, both.seen))
    off = [np.empty(0)]
    for one, other, iou in both.overlaps():
        rows, columns = pairs(iou)
        off.append(told[other][columns] - true[one][rows])
    known = KMH * np.concatenate(off)
    known = known[np.isfinite(known)]
    return float(np.abs(known).sum()), float(known.sum()), len(known)
