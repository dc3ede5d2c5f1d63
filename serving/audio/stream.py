"""One microphone from its chunks to its findings: what is known of it, without a thread of its own.

`ears` shows it what came of its source, has its windows scored, and lets it look around often.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import SourceError
from hlaska.events import ModelRef
from hlaska.microphones import Microphone
from hlaska.models import ModelCard
from hlaska.rules.sound_health import SoundHealth, SoundHealthArgs
from hlaska.sites import Site
from hlaska.sound.scores import RATE_HZ, Chunk
from hlaska.sound.status import SoundStatus
from hlaska.tracks import StreamState, StreamStatus
from serving.audio.clerk import Clerk
from serving.audio.events import Reporter
from serving.audio.finding import SoundFinding, Window
from serving.audio.listener import (
    LEAD_S,
    TAIL_S,
    Listener,
    ListenerArgs,
)
from serving.audio.meter import Meter
from serving.connection import Connection, Patience
from serving.outbox import Outbox
from serving.rate import Rate

_LOG = logging.getLogger(__name__)

STATUS_EVERY_S = 0.5
MOST_STATUSES_PER_S = 80
"""Of all microphones of a host together: where there are more than 40, each tells less often."""
RARELY_S = 2.5
"""… but at least so often: after twice as long it would be called silent."""
TAIL_PATIENCE_S = 2.0
"""A source that has stopped is waited for no longer: evidence ends where its sound does."""


@dataclass
class SoundModel:
    """The sound model as all streams of a host use it."""

    score: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    """See `serving.audio.scorer.SoundScorer.score`."""
    card: ModelCard
    """Of the model that gave the last answer, as is `ref`."""
    ref: ModelRef
    window_samples: int
    frame_s: float
    note: str = ""
    """See `serving.champion.User`."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    """A finding that waits for the sound behind it."""

    finding: SoundFinding
    reporter: Reporter
    """Knows the model that found it; there may be a new one since."""
    until_s: float
    """Of the listener's time."""
    deadline_s: float
    """Of the steady clock."""


class MicrophoneStream:
    """A microphone's stream.

    Args:
        site: The site.
        microphone: The microphone.
        model: The sound model.
        outbox: Where health events and statuses go.
        clerk: Who writes down what was heard.
        args: How sure its listener wants to be.
        patience: How long its source may be quiet.
        company: Microphones of its host, with it.
        now_s: When it begins, of the steady clock that all its methods are told.
    """

    def __init__(
        self,
        site: Site,
        microphone: Microphone,
        *,
        model: SoundModel,
        outbox: Outbox,
        clerk: Clerk,
        args: ListenerArgs,
        patience: Patience,
        company: int,
        now_s: float,
    ) -> None:
        self.microphone = microphone
        self.epoch = datetime.now(UTC)
        self._site = site
        self._model = model
        self._outbox = outbox
        self._clerk = clerk
        self._args = args
        self._listener = Listener(
            model.card, model.window_samples, model.frame_s, microphone.sounds, args
        )
        self._meter, self._health = Meter(), SoundHealth(SoundHealthArgs())
        self._reporter = Reporter(site, microphone, self.epoch, model.ref)
        self._connection = Connection(patience, now_s, missing="no sound")
        self._status_s = min(RARELY_S, max(STATUS_EVERY_S, company / MOST_STATUSES_PER_S))
        self._next_status_s = 0.0
        self._pending: list[_Pending] = []
        self._heard_until: datetime | None = None
        self._due, self._done = Rate(), Rate()
        self._shed = self._unread = 0
        self._trouble = self._busy = ""

    def hear(self, chunk: Chunk, now_s: float) -> list[Window]:
        """A chunk came; which windows are to be scored now."""
        self._change(self._connection.frame(now_s), now_s)
        self._heard_until = chunk.started_at + timedelta(seconds=len(chunk.samples) / RATE_HZ)
        self._examine(chunk)
        windows = self._listener.hear(chunk)
        self._due.tick(now_s, len(windows))
        return windows

    def judge(self, window: Window, scores: NDArray[np.float32], now_s: float) -> None:
        """A window was scored."""
        self._busy = ""
        self._done.tick(now_s)
        self._note(self._listener.judge(window, scores), now_s)

    def use(self) -> None:
        """The model is another version now: its scores count from other values on."""
        self._listener.use(self._model.card)
        self._reporter = Reporter(self._site, self.microphone, self.epoch, self._model.ref)

    def shed(self, window: Window, now_s: float, *, busy: str = "") -> None:
        """A window will not be scored; why, if it is for too much work."""
        self._busy = busy
        self._shed += 1
        self._note(self._listener.judge(window, None), now_s)

    def fail(self, error: SourceError, now_s: float) -> None:
        """The source said that it cannot go on; it is opened again."""
        _LOG.warning("%s: %s", self.microphone.id, error)
        self._note(self._listener.finish(), now_s)
        self._change(self._connection.failed(now_s, str(error)), now_s)

    def end(self, now_s: float) -> None:
        """The recording is over."""
        self._note(self._listener.finish(), now_s)
        self._change(self._connection.ended(), now_s)

    def look(self, now_s: float, *, unread: int) -> None:
        """Time has gone by: is it still heard, is evidence complete, is a status due.

        Args:
            now_s: What time it is.
            unread: Chunks that were lost so far because nobody read them.
        """
        self._unread = unread
        if self._connection.state is not StreamState.ENDED:
            before = self._connection.state
            self._change(self._connection.quiet(now_s), now_s)
            if before is not self._connection.state is StreamState.RECONNECTING:
                self._note(self._listener.finish(), now_s)
        self._hand_over(now_s)
        if now_s >= self._next_status_s:
            self._publish(now_s)

    def close(self, now_s: float) -> None:
        """No more will come: what was going on is written down as far as it is known."""
        self._note(self._listener.finish(), now_s)
        self._hand_over(now_s + TAIL_PATIENCE_S)

    def set_trouble(self, reason: str) -> None:
        """A model that is gone is the stream's trouble too: say so once, and when it is over."""
        changed = bool(reason) != bool(self._trouble)
        self._trouble = reason
        if changed:
            state = StreamState.STALLED if reason else StreamState.HEALTHY
            self._tell_health(state, reason or "the sound model works again")

    def _note(self, findings: list[SoundFinding], now_s: float) -> None:
        for finding in findings:
            until_s = finding.offset_s + TAIL_S
            deadline_s = now_s + TAIL_PATIENCE_S
            self._pending.append(_Pending(finding, self._reporter, until_s, deadline_s))
        self._hand_over(now_s)

    def _hand_over(self, now_s: float) -> None:
        """To the clerk, with the sound around it, what has all that there will be."""
        waiting = []
        for each in self._pending:
            if self._listener.heard_s < each.until_s and now_s < each.deadline_s:
                waiting.append(each)
                continue
            onset_s = each.finding.onset_s
            samples, begin_s = self._listener.sound(onset_s - LEAD_S, each.until_s)
            self._clerk.take(each.reporter, each.finding, samples, begin_s - onset_s)
        self._pending = waiting

    def _change(self, connection: Connection, now_s: float) -> None:
        before, self._connection = self._connection, connection
        if before.state is connection.state:
            return
        _LOG.info(
            "%s: %s -> %s %s", self.microphone.id, before.state, connection.state, connection.reason
        )
        # The first sound of a stream is nothing to report.
        if (before.state, connection.state) != (StreamState.CONNECTING, StreamState.HEALTHY):
            self._tell_health(connection.state, connection.reason)
        self._publish(now_s)

    def _examine(self, chunk: Chunk) -> None:
        """Is what is heard worth hearing?"""
        for numbers, at in self._meter.hear(chunk, learn=self._health.learns):
            for change in self._health.update(numbers, at):
                _LOG.info("%s: %s", self.microphone.id, change.words)
                state = StreamState.STALLED if change.began else StreamState.HEALTHY
                self._tell_health(state, change.words, what=change.condition)

    def _tell_health(self, state: StreamState, reason: str, what: str = "") -> None:
        event = self._reporter.health(state, reason, datetime.now(UTC), what=what)
        self._outbox.event(event, {})

    def _publish(self, now_s: float) -> None:
        self._next_status_s = now_s + self._status_s
        self._outbox.status(self.status(now_s))

    def status(self, now_s: float) -> StreamStatus:
        """How it does now."""
        kept, candidates = self._listener.kept
        return StreamStatus(
            site=self._site.id,
            source=self.microphone.id,
            state=self._connection.state,
            reason=(self._connection.reason or self._trouble or self._busy)[:500],
            epoch=self.epoch,
            at=datetime.now(UTC),
            last_frame_at=self._heard_until,
            fps_in=self._due.per_s(now_s),
            fps_processed=self._done.per_s(now_s),
            dropped=self._shed + self._unread,
            waiting=self._outbox.waiting,
            detector=f"{self._model.ref.name} {self._model.ref.version}",
            models=(self._model.ref,),
            note=self._model.note,
            overloaded=bool(self._busy),
            sound=SoundStatus(
                level_dbfs=self._listener.level_dbfs,
                scores=self._listener.scores,
                quiet=self._listener.quiet,
                needs=self._args.needs,
                of=self._args.of,
                kept=kept,
                candidates=candidates,
                condition=", ".join(self._health.conditions),
            ),
        )
