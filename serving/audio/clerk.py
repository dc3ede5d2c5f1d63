"""Writes down what was heard: evidence without speech, and the event that goes with it.

A thread of its own, since finding speech and drawing take many times as long as listening. An alarm
never waits for its evidence for long, and never gets lost with it: where it cannot be made, or
would come late, the event goes alone and says why.
"""

import logging
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.audio.events import AUDIO, PICTURE, Reporter
from serving.audio.finding import SoundFinding
from serving.audio.privacy import redact, to_flac
from serving.audio.spectrogram import picture
from serving.evidence import digest_of
from serving.outbox import Outbox

_LOG = logging.getLogger(__name__)

MOST_CASES = 64
"""So many may wait with their sound, half a megabyte each."""
PATIENCE_S = 3.0
"""An alarm that has waited so long for its evidence goes without."""
LATE = "many alarms at once: its evidence would have come late"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A finding and the sound around it."""

    reporter: Reporter
    finding: SoundFinding
    samples: NDArray[np.float32]
    """As it was heard, speech and all: it leaves this process only redacted."""
    start_s: float
    """When the first sample was taken, seconds after the finding's `observed_at`: negative."""
    opened_s: float
    """When it was put here, of the steady clock."""


class Clerk:
    """Makes evidence and events, and sends them.

    Args:
        outbox: Where they go.
        points: Lowest score that counts, of each sound; drawn beside the scores.
    """

    def __init__(self, outbox: Outbox, points: Mapping[str, float]) -> None:
        self._outbox = outbox
        self._points = points
        self._cases: queue.SimpleQueue[Case | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name="clerk")

    def use(self, points: Mapping[str, float]) -> None:
        """From now on scores count from these values on."""
        self._points = points

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, when all cases are written."""
        self._cases.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    @property
    def alive(self) -> bool:
        """Whether the thread runs; otherwise something is broken."""
        return self._thread.is_alive()

    def take(
        self,
        reporter: Reporter,
        finding: SoundFinding,
        samples: NDArray[np.float32],
        start_s: float,
    ) -> None:
        """Write down a finding; see `Case`."""
        if self._cases.qsize() >= MOST_CASES:
            self._send(reporter, finding, (), reason=LATE)
            return
        self._cases.put(Case(reporter, finding, samples, start_s, time.monotonic()))

    def _run(self) -> None:
        while (case := self._cases.get()) is not None:
            if time.monotonic() - case.opened_s > PATIENCE_S:
                self._send(case.reporter, case.finding, (), reason=LATE)
                continue
            try:
                evidence, redacted_s = made(case, self._points)
            # Whatever goes wrong with the evidence, people must hear of the shot.
            except Exception as error:
                _LOG.exception("no evidence of %s", case.finding.sound)
                reason = f"its evidence cannot be made: {type(error).__name__}: {error}"
                self._send(case.reporter, case.finding, (), reason=reason)
                continue
            self._send(case.reporter, case.finding, evidence, redacted_s=redacted_s)

    def _send(
        self,
        reporter: Reporter,
        finding: SoundFinding,
        evidence: tuple[tuple[str, bytes], ...],
        *,
        redacted_s: float = 0.0,
        reason: str = "",
    ) -> None:
        event = reporter.event(finding, evidence, redacted_s=redacted_s, reason=reason)
        self._outbox.event(event, {digest_of(content): content for _, content in evidence})


def made(case: Case, points: Mapping[str, float]) -> tuple[tuple[tuple[str, bytes], ...], float]:
    """Media type and content of the evidence, and how many seconds of speech were taken out."""
    finding = case.finding
    own = (-case.start_s, finding.offset_s - finding.onset_s - case.start_s)
    clean = redact(case.samples, [own])
    drawing = picture(
        clean.samples,
        start_s=case.start_s,
        finding=finding,
        removed=clean.removed,
        points=points,
    )
    return ((PICTURE, drawing), (AUDIO, to_flac(clean.samples))), clean.removed_s
