"""One flow feed from its records to events: read, judged, told; with its health.

Two threads: one reads and never waits for the other on a live feed, one looks at what has come.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from hlaska.errors import HlaskaError, JournalError, SourceError
from hlaska.network.conversations import ended_at
from hlaska.network.inventory import Inventory, InventoryRecord
from hlaska.network.network import FlowFeed
from hlaska.network.watch import WatchArgs
from hlaska.sites import Site
from hlaska.tracks import StreamState, StreamStatus
from serving.backoff import Backoff
from serving.connection import Connection, Patience
from serving.cyber.backlog import Backlog
from serving.cyber.events import Reporter
from serving.cyber.hosts import network_status
from serving.cyber.judge import Case, FlowModel, Judge
from serving.cyber.parsed import Parsed
from serving.cyber.replay import pieces
from serving.cyber.source import Feed
from serving.outbox import Outbox

_LOG = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""How long flows are waited for before time goes on without them."""
STATUS_EVERY_S = 1.0
KEEP_EVERY_S = 60.0
"""How often the inventory is written."""
CLOCK_OFF_S = 300.0
"""A live feed whose newest flow is so far from now has a wrong clock, or is far behind."""
QUIET = Patience(stalled_s=120.0, reconnecting_s=300.0, lost_s=1800.0)
"""A network of cameras is never silent for minutes."""


class FlowStream:
    """A flow feed's stream.

    Args:
        site: The site.
        feed: The feed.
        connect: Opens the feed; raises SourceError.
        outbox: Where events and statuses go.
        folder: Where what was learnt is kept.
        args: How to watch.
        attack_model: Knows families of attacks; None: only rules look.
        anomaly_model: Knows quiet days; None as well.
    """

    def __init__(
        self,
        site: Site,
        feed: FlowFeed,
        *,
        connect: Callable[[str], Feed],
        outbox: Outbox,
        folder: Path,
        args: WatchArgs | None = None,
        attack_model: FlowModel | None = None,
        anomaly_model: FlowModel | None = None,
    ) -> None:
        self.feed = feed
        self._site, self._connect, self._outbox = site, connect, outbox
        self._path = folder / site.id / f"{feed.id}.json"
        network = site.addresses
        args = args or WatchArgs(learn_s=3600 * site.network.learn_h)
        inventory = _kept(self._path, args.learn_s)
        self._judge = Judge(network, inventory, args, attack_model, anomaly_model)
        self._models = [each for each in (attack_model, anomaly_model) if each is not None]
        self._reporter = Reporter(site, feed, network)
        self.backlog = Backlog(live=True)
        """What waits to be looked at."""
        self._connection = Connection(QUIET, time.monotonic(), missing="no flows")
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._epoch = datetime.now(UTC)
        self._read = self._looked_at = self._unreadable = self._lost = 0
        self._rate = (time.monotonic(), 0, 0)
        self._per_s = (0.0, 0.0)
        self._sampled = 1.0
        self._finished = False
        self._newest_us = self._known_us = 0
        """End of the newest flow; and up to which time a log that is read again is known."""
        self._trouble: dict[str, str] = {}
        self._threads = [
            threading.Thread(target=work, daemon=True, name=f"{name} {feed.id}")
            for name, work in (("flows", self._receive), ("judge", self._run))
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End; what was learnt is kept."""
        self._closed.set()
        self.backlog.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=10)

    @property
    def alive(self) -> bool:
        """Whether its threads run, or are rightly over."""
        over = self._connection.state is StreamState.ENDED
        return self._threads[1].is_alive() and (over or self._threads[0].is_alive())

    def _receive(self) -> None:
        backoff = Backoff()
        while not self._closed.is_set():
            try:
                source = self._connect(self.feed.uri)
            except (HlaskaError, OSError) as error:
                self._change(self._connection.failed(time.monotonic(), str(error)))
                backoff.wait(self._closed.wait)
                continue
            self.backlog.live = source.live
            try:
                for told in source.told():
                    if self._closed.is_set():
                        return
                    self._take(told)
                    backoff.reset()
                self._change(self._connection.ended())
                return
            except (SourceError, OSError) as error:
                # It is read from the beginning again, and what is known of it is passed over.
                self._known_us = self._newest_us if source.live else 0
                _LOG.warning("%s: %s", self.feed.id, error)
                self._change(self._connection.failed(time.monotonic(), str(error)))
                backoff.wait(self._closed.wait)
            finally:
                source.close()

    def _take(self, told: Parsed) -> None:
        self._unreadable += told.unreadable
        self._lost += told.lost
        if told.complaint:
            _LOG.warning("%s: %s", self.feed.id, told.complaint)
        flows = self._believed(told.flows) if self.backlog.live else told.flows
        if len(flows):
            self._read += len(flows)
            self._change(self._connection.frame(time.monotonic()))
            self.backlog.put(flows)
        elif self._connection.state is not StreamState.ENDED:
            self._change(self._connection.quiet(time.monotonic()))

    def _believed(self, flows: pd.DataFrame) -> pd.DataFrame:
        """Without what lies in the future, which would carry the clock away, and what is known."""
        ends_us = ended_at(flows).to_numpy("datetime64[us]").astype(np.int64)
        ahead = ends_us > (time.time() + CLOCK_OFF_S) * 1e6
        self._unreadable += int(ahead.sum())
        good = ~ahead & (ends_us > self._known_us)
        self._newest_us = max(self._newest_us, int(ends_us[good].max(initial=0)))
        return flows if good.all() else flows[good].reset_index(drop=True)

    def _run(self) -> None:
        next_status_s, next_keep_s = 0.0, time.monotonic() + KEEP_EVERY_S
        while not self._closed.is_set():
            flows = self.backlog.get(LOOK_EVERY_S)
            if flows is not None:
                for piece in pieces(flows):
                    self._looked_at += len(piece)
                    self._tell(self._judge.take(piece))
                    next_status_s = self._now_and_then(next_status_s)
            elif self._connection.state is StreamState.ENDED:
                if not self._finished:
                    self._finished = True
                    self._tell(self._judge.finish())
            elif self.backlog.live and self._on_time():
                self._tell(self._judge.tick(datetime.now(UTC)))
            next_status_s = self._now_and_then(next_status_s)
            if time.monotonic() >= next_keep_s:
                next_keep_s = time.monotonic() + KEEP_EVERY_S
                self._keep()
        self._keep()

    def _now_and_then(self, next_status_s: float) -> float:
        """Say how it does when it is time; answers when it is time again."""
        now_s = time.monotonic()
        if now_s < next_status_s:
            return next_status_s
        self._look_after(now_s)
        return now_s + STATUS_EVERY_S

    def _tell(self, cases: list[Case]) -> None:
        for case in cases:
            event, evidence = self._reporter.event(case.finding, case.window, case.model)
            self._outbox.event(event, evidence)

    def _look_after(self, now_s: float) -> None:
        """How fast, how well; say what changed."""
        since_s, read, looked_at = self._rate
        if now_s - since_s >= 2:
            took_s = now_s - since_s
            self._per_s = (self._read - read) / took_s, (self._looked_at - looked_at) / took_s
            self._rate = now_s, self._read, self._looked_at
            self._sampled = self.backlog.sampled()
        if self._sampled < 1:
            self._judge.spare_shadows()
        share = f"only {self._sampled:.0%} of the flows are looked at: more come than can be"
        self._set_trouble("overload", share if self._sampled < 1 else "")
        self._set_trouble("model", self._judge.trouble)
        drift = self._judge.drift
        words = (
            f"the traffic of the last hour is not what the model of quiet days was trained on "
            f"({drift:.1f} times as far from it as its own days); the models are not "
            "listened to: train them again (hlaska train cyber)"
        )
        self._set_trouble("drift", words if not self._judge.trusts_models else "")
        off_s = self._off_s()
        wrong = self.backlog.live and off_s is not None and abs(off_s) > CLOCK_OFF_S
        words = f"the newest flow is {off_s or 0:,.0f} s from now: a wrong clock, or far behind"
        self._set_trouble("clock", words if wrong else "")
        self._outbox.status(self.status())

    def _set_trouble(self, what: str, reason: str) -> None:
        before = self._trouble.pop(what, "")
        if reason:
            self._trouble[what] = reason
        if bool(before) != bool(reason):
            state = StreamState.STALLED if reason else StreamState.HEALTHY
            self._tell_health(state, reason or f"{what}: well again", what)

    def _off_s(self) -> float | None:
        now = self._judge.watch.now
        return None if now is None else (datetime.now(UTC) - now).total_seconds()

    def _on_time(self) -> bool:
        off_s = self._off_s()
        return off_s is not None and -CLOCK_OFF_S < off_s < CLOCK_OFF_S

    def _change(self, connection: Connection) -> None:
        with self._lock:
            before, self._connection = self._connection, connection
        if before.state is connection.state:
            return
        _LOG.info("%s: %s -> %s", self.feed.id, before.state, connection.state)
        if (before.state, connection.state) != (StreamState.CONNECTING, StreamState.HEALTHY):
            self._tell_health(connection.state, connection.reason)

    def _tell_health(self, state: StreamState, reason: str, what: str = "") -> None:
        event = self._reporter.health(state, reason, datetime.now(UTC), what=what)
        self._outbox.event(event, {})

    def _keep(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            record = self._judge.inventory.record()
            with fresh.open("w", encoding="utf-8") as file:
                file.write(record.model_dump_json())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            _LOG.error("what was learnt of %s is not kept: %s", self.feed.id, error)

    def status(self) -> StreamStatus:
        """How it does now."""
        off_s = self._off_s()
        reason = self._connection.reason or "; ".join(self._trouble.values())
        models = tuple(each.ref for each in self._models)
        return StreamStatus(
            site=self._site.id,
            source=self.feed.id,
            state=self._connection.state,
            reason=reason[:500],
            epoch=self._epoch,
            at=datetime.now(UTC),
            last_frame_at=self._judge.watch.now,
            fps_in=self._per_s[0],
            fps_processed=self._per_s[1],
            dropped=self._lost,
            waiting=self._waiting(),
            detector=", ".join(["rules", *(f"{each.name} {each.version}" for each in models)]),
            models=models,
            note="; ".join(sorted({each.note for each in self._models if each.note})),
            overloaded=self._sampled < 1,
            network=network_status(
                self._judge,
                flows=self._looked_at,
                unreadable=self._unreadable,
                sampled=self._sampled,
                lag_s=max(0.0, off_s or 0.0),
            ),
        )

    def _waiting(self) -> int:
        try:
            return self._outbox.waiting
        except JournalError as error:
            _LOG.error("the spool does not say how many events wait: %s", error)
            return 0


def _kept(path: Path, learn_s: float) -> Inventory:
    """What was learnt before; an empty inventory where there is none that can be read."""
    try:
        record = InventoryRecord.model_validate_json(path.read_bytes())
    except OSError:
        return Inventory(learn_s=learn_s)
    except ValidationError as error:
        aside = path.with_suffix(".unreadable")
        _LOG.error("%s is nothing that was learnt, and put aside as %s: %s", path, aside, error)
        with suppress(OSError):
            path.replace(aside)
        return Inventory(learn_s=learn_s)
    return Inventory.of(record, learn_s=learn_s)
