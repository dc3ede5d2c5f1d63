"""Measures the health of a microphone's sound; `hlaska.rules.sound_health` judges the numbers.

Once a second, and lightly: a host carries dozens of microphones beside their models.
"""

import math
from collections import deque
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from hlaska.rules.sound_health import SoundNumbers
from hlaska.sound.scores import RATE_HZ, Chunk

STEP_S = 0.1
"""A chunk that begins so much earlier or later than the one before ended: sound is missing, or the
clock was set."""
FULL_SCALE = 0.999
"""16 bits end at 0.99997, and what comes through a codec is never exact."""
FLAT_SAMPLES = 4
"""So many equal extremes in a row are a flat top: the crest of a 50 Hz hum in 16 bits has three."""
FLAT_FROM = 0.05
"""Below this peak, equal extremes are the steps of the quantiser."""
LOW_HZ = 150
"""Wind on a microphone lies below (S. Morgan and R. Raspet, JASA 92, 1992)."""
BLOCKS = 4
"""So many times a second the level of the low band is taken."""
GUSTS_S = 10
"""Gusts come every few seconds."""
DRIFT_S = 60
"""A live clock trembles by milliseconds; over a minute, 200 ppm are 12."""
MINUTE_S = 60
QUANTILE = 0.1
"""Of the level: cars come and go, what is between them stays."""
SINK_DB_PER_S = 0.01
"""The usual sinks by half a dB a minute: faster than an evening, slower than a cloth."""
SILENCE_DB = -120.0
"""What no sound at all comes to."""


class Meter:
    """Measures one microphone's sound in order, and learns what is usual for it. Memory: 70 kB."""

    def __init__(self) -> None:
        self._second = np.zeros(RATE_HZ, np.float32)
        self._filled = 0
        self._next: datetime | None = None
        self._lows_db: deque[float] = deque(maxlen=BLOCKS * GUSTS_S)
        self._levels_db: deque[float] = deque(maxlen=MINUTE_S)
        self._usual_db: float | None = None
        self._begin_anew()

    def hear(self, chunk: Chunk, *, learn: bool = True) -> list[tuple[SoundNumbers, datetime]]:
        """The numbers of each second that this chunk completes, and when the second ended.

        A gap begins a second anew: no second holds sound of both sides.

        Args:
            chunk: The next one, of any length. Its samples are finite.
            learn: Whether it may change what is usual: `SoundHealth.learns`.
        """
        samples, started_at = chunk.samples, chunk.started_at
        if not len(samples):
            return []
        if self._next and abs((started_at - self._next).total_seconds()) > STEP_S:
            self._begin_anew()
        self._next = started_at + timedelta(seconds=len(samples) / RATE_HZ)
        self._follow_clock(started_at)
        measured, begin = [], 0
        while begin < len(samples):
            part = samples[begin : begin + RATE_HZ - self._filled]
            self._second[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            begin += len(part)
            if self._filled == RATE_HZ:
                self._filled = 0
                until = started_at + timedelta(seconds=begin / RATE_HZ)
                measured.append((self._measure(learn), until))
        self._told += len(samples)
        return measured

    def _begin_anew(self) -> None:
        self._filled = 0
        self._lows_db.clear()
        self._told = 0
        """Samples since the last gap."""
        self._first: datetime | None = None
        self._ticks: deque[tuple[float, float]] = deque(maxlen=DRIFT_S + 1)
        """About once a second: how much sound had come, and how late it was against the clock."""

    def _follow_clock(self, started_at: datetime) -> None:
        self._first = self._first or started_at
        told_s = self._told / RATE_HZ
        if not self._ticks or told_s >= self._ticks[-1][0] + 1:
            late_s = (started_at - self._first).total_seconds() - told_s
            self._ticks.append((told_s, late_s))

    @property
    def _drift_ppm(self) -> float:
        """Slope of a straight line through the last minute; 0 while there is less."""
        if len(self._ticks) <= DRIFT_S:
            return 0.0
        told_s, late_s = np.array(self._ticks).T
        told_s -= told_s.mean()
        slope = float(told_s @ (late_s - late_s.mean())) / float(told_s @ told_s)
        # To a tenth: the times of chunks are whole microseconds.
        return round(-1e6 * slope, 1) + 0.0

    def _measure(self, learn: bool) -> SoundNumbers:
        second = self._second
        highest, lowest = float(second.max()), float(second.min())
        peak, varied = max(highest, -lowest), highest > lowest
        # In double precision, where the square of no float32 is too large or too small.
        power = np.abs(np.fft.rfft(second.reshape(BLOCKS, -1).astype(np.float64))) ** 2
        low = power[:, 1 : LOW_HZ // BLOCKS + 1].sum(axis=1)
        # A microphone's offset is no sound.
        total = float(power[:, 1:].sum())
        self._lows_db.extend(decibels(each / RATE_HZ**2) for each in low.tolist())
        level_db = decibels(float(np.var(second, dtype=np.float64))) if varied else SILENCE_DB
        if varied:
            self._levels_db.append(level_db)
        background_db = self._background_db(level_db)
        if varied and learn:
            self._learn(level_db)
        usual_db = background_db if self._usual_db is None else self._usual_db
        return SoundNumbers(
            level_dbfs=level_db,
            peak=peak,
            clipped_share=_clipped(second, highest, lowest) if varied else 0.0,
            varied=varied,
            low_share=min(1.0, float(low.sum()) / total) if varied and total > 0 else 0.0,
            gustiness_db=float(np.std(self._lows_db)),
            background_dbfs=background_db,
            usual_dbfs=usual_db,
            drift_ppm=self._drift_ppm,
        )

    def _background_db(self, level_db: float) -> float:
        levels = sorted(self._levels_db)
        return levels[int(QUANTILE * len(levels))] if levels else level_db

    def _learn(self, level_db: float) -> None:
        """Follow the quantile by small steps (H. Robbins and S. Monro, 1951)."""
        if self._usual_db is None:
            if len(self._levels_db) == MINUTE_S:
                self._usual_db = self._background_db(level_db)
        elif level_db > self._usual_db:
            self._usual_db += SINK_DB_PER_S * QUANTILE
        else:
            self._usual_db -= SINK_DB_PER_S * (1 - QUANTILE)


def decibels(power: float) -> float:
    """Ten times the logarithm of a power, and never less than silence."""
    return max(SILENCE_DB, 10 * math.log10(power)) if power > 0 else SILENCE_DB


def _clipped(second: NDArray[np.float32], highest: float, lowest: float) -> float:
    """Share of samples that stand at full scale, or in a row at the second's extremes."""
    if max(highest, -lowest) < FLAT_FROM:
        return 0.0
    clipped = np.abs(second) >= FULL_SCALE
    for extreme in (highest, lowest):
        there = second == np.float32(extreme)
        starts = len(second) - FLAT_SAMPLES + 1
        row = there[:starts].copy()
        for shift in range(1, FLAT_SAMPLES):
            row &= there[shift : shift + starts]
        for shift in range(FLAT_SAMPLES):
            clipped[shift : shift + starts] |= row
    return float(clipped.mean())
