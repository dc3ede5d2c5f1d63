"""Finds out that a picture repeats itself: somebody plays a recording instead of the camera.

A replay shows the same pictures in the same order, down to the sensor noise as far as compression
has kept it. Real life may be periodic, as a swinging sign is, but its noise is new each time.

Method. A grid of single pixels is looked at (not of averages: those have no noise), and how each
differs from the picture before is kept. Every other second, pictures of the last `WINDOW_S` are
compared with all earlier ones, as unit vectors in which each pixel counts by how much it varies. If
most of them have a near twin at one and the same lag, that lag is the period. It follows the search
for copied frames by correlation (W. Wang and H. Farid, Exposing Digital Forgeries in Video by
Detecting Duplication, ACM MM&Sec 2007), made to run while the video comes in.

Limits. Periods from `MIN_PERIOD_S` to `MAX_PERIOD_S`. A scene without noise in which little moves
is never called a loop, since each of its pictures is like any other. Where the stream drops frames,
a replay shows neighbours of the earlier pictures, and the loop may be missed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_PERIOD_S = 2.0
MAX_PERIOD_S = 60.0
WINDOW_S = 10.0
"""How long a repetition must be."""
INTERVAL_S = 0.09
"""Pictures that follow each other faster are skipped: the memory holds a minute of 10 a second."""
CHECK_S = 2.0
PROBES = 20
"""How many pictures of the window are compared."""
ROUNDING = 2.0
"""Grey levels added to each pixel's spread, so that the rounding of a still one is not life."""
MOVING = 4.0
"""A pixel moves when its changes spread by this many grey levels."""
MOVING_SHARE = 0.03
"""Share of the pixels that must move; a traffic light is less."""
TILES = 4
MOVING_TILES = 4
"""In how many of the picture's 4 x 4 tiles something must move; a sign or screen stays in few."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A repetition."""

    period_s: float
    likeness: float
    """Median correlation of pictures with their twins a period ago, 0..1."""


class LoopFinder:
    """Remembers about a minute of one camera: 0.6 MB for 24 x 32 pixels."""

    def __init__(self) -> None:
        self._capacity = int((MAX_PERIOD_S + WINDOW_S) / INTERVAL_S)
        self._forget()

    def _forget(self) -> None:
        self._times_s = np.empty(0)
        self._life = np.empty((0, 0), np.int8)
        self._before: NDArray[np.int16] | None = None
        self._checked_s = -np.inf
        self._loop: Loop | None = None

    def update(self, at_s: float, pixels: NDArray[np.uint8]) -> Loop | None:
        """Show it a picture's pixels.

        Args:
            at_s: Seconds since any fixed moment. When it runs back, all is forgotten.
            pixels: Rows x columns of grey levels, both divisible by 4 and always the same.

        Returns:
            The likeliest repetition, as found up to `CHECK_S` ago, however unlikely; None where the
            picture is too still or too young to tell.
        """
        if len(self._times_s) and at_s < self._times_s[-1]:
            self._forget()
        if len(self._times_s) and at_s - self._times_s[-1] < INTERVAL_S:
            return self._loop
        self._remember(at_s, pixels.astype(np.int16).ravel())
        if at_s - self._checked_s >= CHECK_S:
            self._checked_s = at_s
            self._loop = self._search(pixels.shape)
        return self._loop

    def _remember(self, at_s: float, values: NDArray[np.int16]) -> None:
        if self._before is None:
            self._before, self._life = values, np.empty((0, values.size), np.int8)
        life = np.clip(values - self._before, -127, 127).astype(np.int8)
        self._before = values
        self._times_s = np.append(self._times_s[1 - self._capacity :], at_s)
        self._life = np.vstack([self._life[1 - self._capacity :], life])

    def _search(self, shape: tuple[int, ...]) -> Loop | None:
        now_s = self._times_s[-1]
        window = np.flatnonzero(self._times_s >= now_s - WINDOW_S)
        if len(window) < PROBES or now_s - self._times_s[0] < WINDOW_S + MIN_PERIOD_S:
            return None
        life = self._life.astype(np.float32)
        spread = life[window].std(axis=0)
        if not _moves(spread.reshape(shape)):
            return None
        weighed = life / (spread + ROUNDING)
        weighed /= np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1e-6)
        probes = window[np.linspace(0, len(window) - 1, PROBES).round().astype(int)]
        lags_s = self._times_s[probes, np.newaxis] - self._times_s
        likeness = weighed[probes] @ weighed.T
        likeness[(lags_s < MIN_PERIOD_S) | (lags_s > MAX_PERIOD_S)] = 0
        return _commonest_lag(lags_s, likeness, step_s=float(np.median(np.diff(self._times_s))))


def _moves(spread: NDArray[np.float32]) -> bool:
    """Whether there is enough life, and in enough places, to tell a repetition by."""
    moving = spread >= MOVING
    rows, columns = moving.shape
    tiles = moving.reshape(TILES, rows // TILES, TILES, columns // TILES).any(axis=(1, 3))
    return bool(moving.mean() >= MOVING_SHARE and tiles.sum() >= MOVING_TILES)


def _commonest_lag(
    lags_s: NDArray[np.float64], likeness: NDArray[np.float32], *, step_s: float
) -> Loop:
    """The lag at which the probes (rows) are likest to earlier pictures (columns)."""
    steps = np.maximum(lags_s / step_s, 0).round().astype(int)
    votes = np.bincount(steps.ravel(), weights=np.maximum(likeness, 0).ravel() ** 2)
    # All multiples of a period fit as well as the period itself: take the first good one.
    lag_s = int(np.flatnonzero(votes >= 0.9 * votes.max())[0]) * step_s
    twins = np.where(np.abs(lags_s - lag_s) <= 1.5 * step_s, likeness, 0)
    best = twins.argmax(axis=1)
    rows = np.arange(len(best))
    return Loop(
        period_s=float(np.median(lags_s[rows, best])),
        likeness=float(np.clip(np.median(twins[rows, best]), 0, 1)),
    )
