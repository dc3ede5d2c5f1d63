"""One microphone's ear: from chunks to windows, and from their scores to findings.

No thread, no clock, no model: the stream shows it chunks, has the windows scored that it asks for,
and tells it the scores. Evaluation runs recordings through this very class.
"""

from collections import deque
from collections.abc import Collection
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from hlaska.models import ModelCard
from hlaska.records import Record
from hlaska.sound.confirmation import Confirmation, Volley
from hlaska.sound.scores import IMPULSES, RATE_HZ, SOUND_CLASSES, Chunk
from serving.audio.finding import SoundFinding, Window
from serving.audio.gate import EnergyGate
from serving.audio.meter import STEP_S, decibels
from serving.audio.onsets import bangs, beginning
from serving.audio.tape import Tape

__all__ = ["Listener", "ListenerArgs", "SoundFinding", "Window"]

BEFORE_S, AFTER_S = 0.3, 0.2
"""Around a volley's confirmed moments, bangs are looked for: frames are coarse."""
LEAD_S, TAIL_S = 3.0, 1.0
"""Scores and evidence begin so long before a finding's first onset, and end so long after it."""
LATE_S = 10.0
"""So long after it was heard, sound may be judged and asked for: a model whose replica has died is
asked again for as long (`serving.asking`). What is judged later has no beginning on the tape any
more: its onset is that of its first frame."""


class ListenerArgs(Record):
    """How sure a listener wants to be."""

    needs: int = Field(default=3, ge=1, le=20, description="Windows that must agree …")
    of: int = Field(default=5, ge=1, le=20, description="… out of so many that hold a moment.")
    tolerance_s: float = Field(
        default=0.12, ge=0, le=1, description="So far apart two windows may see the same moment."
    )
    volley_gap_s: float = Field(
        default=1.2, gt=0, le=10, description="Longest pause within a volley."
    )
    longest_s: float = Field(
        default=5.0, gt=0, le=8, description="A volley is told after so long, even if it goes on."
    )
    gate: bool = Field(
        default=True, description="Whether windows are spared in which nothing happens."
    )

    @model_validator(mode="after")
    def _can_agree(self) -> "ListenerArgs":
        if self.needs > self.of:
            raise ValueError(f"needs {self.needs} of {self.of} windows; there are not so many")
        return self


class Listener:
    """Hears one microphone.

    Args:
        card: Of the model; a score counts from its operating point.
        window_samples: Length of the windows that the model takes, at `RATE_HZ`.
        frame_s: Length of a frame of its scores.
        sounds: What the microphone listens for.
        args: How sure it wants to be.
    """

    def __init__(
        self,
        card: ModelCard,
        window_samples: int,
        frame_s: float,
        sounds: Collection[str] = SOUND_CLASSES,
        args: ListenerArgs | None = None,
    ) -> None:
        self.args = args or ListenerArgs()
        self._step = window_samples // self.args.of
        self._window = self._step * self.args.of
        self._window_samples = window_samples
        cells = max(1, round(self._step / RATE_HZ / frame_s))
        self._cells, self._cell_s = cells, self._step / RATE_HZ / cells
        # Of each cell, the frame that its middle lies in.
        self._frames = ((np.arange(cells * self.args.of) + 0.5) * self._cell_s / frame_s).astype(
            int
        )
        self._sounds = sounds
        self._confirmation = Confirmation(
            self._thresholds(card),
            [name not in IMPULSES for name in SOUND_CLASSES],
            cell_s=self._cell_s,
            step=cells,
            of=self.args.of,
            needs=self.args.needs,
            tolerance_s=self.args.tolerance_s,
            gap_s=self.args.volley_gap_s,
            longest_s=self.args.longest_s,
        )
        kept_s = LEAD_S + self.args.longest_s + TAIL_S + LATE_S
        self._tape = Tape(window_samples + round(kept_s * RATE_HZ))
        self._gate = EnergyGate()
        self._opened: deque[bool] = deque(maxlen=self.args.of)
        self._judged = 0
        """Position up to which steps went through the gate."""
        self._waiting: dict[int, NDArray[np.float32] | Window | None] = {}
        """By first cell: scores, None for what nobody scores, the window while it is scored."""
        self.quiet = False
        """Whether the last window was not worth a look."""
        self.scores = dict.fromkeys(SOUND_CLASSES, 0.0)
        """Highest score of each sound in the last window."""

    def use(self, card: ModelCard) -> None:
        """From now on scores are of this model, which takes the same windows."""
        self._confirmation.use(self._thresholds(card))

    def _thresholds(self, card: ModelCard) -> list[float]:
        points = card.operating_point
        return [
            points[name] if name in points and name in self._sounds else np.inf
            for name in SOUND_CLASSES
        ]

    @property
    def kept(self) -> tuple[int, int]:
        """How many of the last candidates were confirmed, and how many there were."""
        return self._confirmation.kept, self._confirmation.candidates

    @property
    def level_dbfs(self) -> float:
        """Loudness of the last second, RMS."""
        last = self._tape.cut(self._tape.end - RATE_HZ, self._tape.end)
        return decibels(float(np.dot(last, last)) / RATE_HZ)

    @property
    def heard_s(self) -> float:
        """How much it has heard, gaps included."""
        return self._tape.end / RATE_HZ

    def sound(self, begin_s: float, end_s: float) -> tuple[NDArray[np.float32], float]:
        """What it heard between two moments, as far as that is kept; and where that begins.

        The last ten seconds and more are kept. Times are seconds since its first sample.
        """
        begin = max(round(begin_s * RATE_HZ), self._tape.begin)
        return self._tape.cut(begin, min(round(end_s * RATE_HZ), self._tape.end)), begin / RATE_HZ

    def hear(self, chunk: Chunk) -> list[Window]:
        """Take the next chunk, of a second or less: what is judged late has no waveform any more.

        Returns:
            The windows that are to be scored, in order. Each must come back through `judge`.
        """
        if not len(chunk.samples):
            return []
        if self._tape.end:
            late_s = (chunk.started_at - self._tape.time_at(self._tape.end)).total_seconds()
            if abs(late_s) > STEP_S:
                self._begin_anew(late_s)
        due = []
        for begin in range(0, len(chunk.samples), self._step):
            part = chunk.samples[begin : begin + self._step]
            self._tape.write(part, chunk.started_at + timedelta(seconds=begin / RATE_HZ))
            while self._tape.end - self._judged >= self._step:
                window = self._next_step()
                if window is not None:
                    due.append(window)
        return due

    def judge(self, window: Window, scores: NDArray[np.float32] | None) -> list[SoundFinding]:
        """Take the scores of a window that `hear` gave, once.

        Args:
            window: Which one. They may come back in any order.
            scores: Frames x 4 in the order of `SOUND_CLASSES`; None when it was shed unscored.

        Returns:
            What is certain now.
        """
        asked = self._cell(round(window.start_s * RATE_HZ))
        if asked not in self._waiting:
            return []  # `finish` was quicker
        self._waiting[asked] = (
            None if scores is None else scores[np.minimum(self._frames, len(scores) - 1)]
        )
        found: list[SoundFinding] = []
        while self._waiting:
            first = next(iter(self._waiting))
            known = self._waiting[first]
            if isinstance(known, Window):
                break
            del self._waiting[first]
            found += self._confirm(first, known)
        return found

    def finish(self) -> list[SoundFinding]:
        """What was going on when the sound ended; windows that are still out count as unscored."""
        found: list[SoundFinding] = []
        for first, known in self._waiting.items():
            found += self._confirm(first, None if isinstance(known, Window) else known)
        self._waiting.clear()
        return found + [self._finding(volley) for volley in self._confirmation.finish()]

    def _cell(self, position: int) -> int:
        return round(position / self._step) * self._cells

    def _begin_anew(self, late_s: float) -> None:
        """No window holds sound of both sides of a gap."""
        gap = max(round(late_s * RATE_HZ), self._window_samples)
        start = -(-(self._tape.end + gap) // self._step) * self._step
        self._tape.skip(start)
        self._judged = start
        self._opened.clear()
        self._gate.begin_anew()

    def _next_step(self) -> Window | None:
        begin, self._judged = self._judged, self._judged + self._step
        step = self._tape.cut(begin, self._judged)
        self._opened.append(not self.args.gate or self._gate.opens(step))
        if len(self._opened) < self.args.of:
            return None
        start = self._judged - self._window
        first = self._cell(start)
        # While something is going on, nothing is spared: its end must be heard.
        going_on = self._confirmation.pending and not self._waiting
        self.quiet = not any(self._opened) and not going_on
        if not self.quiet:
            window = Window(
                self._tape.time_at(start),
                start / RATE_HZ,
                self._tape.cut(self._judged - self._window_samples, self._judged),
            )
            self._waiting[first] = window
            return window
        if self._waiting:
            self._waiting[first] = None
        else:
            self._confirm(first, None)
        return None

    def _confirm(self, first: int, scores: NDArray[np.float32] | None) -> list[SoundFinding]:
        highest = np.zeros(len(SOUND_CLASSES)) if scores is None else scores.max(axis=0)
        self.scores = {
            name: round(float(score), 3) for name, score in zip(SOUND_CLASSES, highest, strict=True)
        }
        return [self._finding(volley) for volley in self._confirmation.add(first, scores)]

    def _finding(self, volley: Volley) -> SoundFinding:
        sound = SOUND_CLASSES[volley.column]
        first, last = (round(cell * self._cell_s * RATE_HZ) for cell in (volley.first, volley.last))
        end = last + round(self._cell_s * RATE_HZ)
        onsets = self._onsets(sound, first, end)
        observed_at = self._tape.time_at(onsets[0])
        peak = float(np.abs(self._tape.cut(onsets[0], max(end, onsets[-1] + 1))).max())
        lead = round(LEAD_S / self._cell_s)
        scores = self._confirmation.averages(
            volley.first - lead, volley.last + round(TAIL_S / self._cell_s)
        )
        return SoundFinding(
            sound=sound,
            observed_at=observed_at,
            onset_s=onsets[0] / RATE_HZ,
            offset_s=max(end, onsets[-1]) / RATE_HZ,
            onsets_s=tuple((onset - onsets[0]) / RATE_HZ for onset in onsets),
            confidence=volley.confidence,
            windows_agreed=volley.agreed,
            windows_asked=self.args.of,
            peak_dbfs=decibels(peak**2),
            scores=scores,
            scores_start_s=(volley.first - lead) * self._cell_s - onsets[0] / RATE_HZ,
            scores_step_s=self._cell_s,
        )

    def _onsets(self, sound: str, first: int, end: int) -> list[int]:
        """Positions of the beginnings in a confirmed stretch; its own where nothing rises."""
        begin = max(0, first - round(BEFORE_S * RATE_HZ))
        if begin < self._tape.begin:
            return [first]
        if sound in IMPULSES:
            part = self._tape.cut(begin, end + round(AFTER_S * RATE_HZ))
            return [begin + bang.sample for bang in bangs(part)] or [first]
        rise = beginning(self._tape.cut(begin, first + round(BEFORE_S * RATE_HZ)))
        return [first if rise is None else begin + rise]
