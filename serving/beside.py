"""A challenger beside the champion in one process: it sees what the champion was asked, later.

So it is with sounds and flows, whose rows must not travel or are few. Whoever asks the champion has
its answer already when it is offered, and waits for nothing. The challenger scores in a thread of
the lowest priority, raises no event and changes nothing; what the two said goes to the gateway as
one report, which the next replaces.
"""

import logging
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import HlaskaError, ModelError
from hlaska.events import ModelRef
from hlaska.results import Report
from hlaska.settings import Settings
from serving.aliases import alias_of
from serving.champion import Served
from serving.class_agreement import ClassAgreement, Scores, Where
from serving.client import Gateway
from serving.handover import HandOver, Since
from serving.models import LoadedModel
from serving.shadow_report import ALIAS, Told, Watch, Watches, latency_table, shadow_report

_LOG = logging.getLogger(__name__)

NICE = 19
"""The lowest priority."""
PAUSE_S = 0.2
"""After each look nothing is taken for so long, or for as long as it took."""
REPORT_S = 60.0
"""How often the report is sent anew."""
LOAD_S = 5.0
MOST_BUSY = 0.5
"""A champion that was busy for more than this share of the last `LOAD_S` has enough to do."""

S = TypeVar("S")
Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Words:
    """How people call what is watched."""

    unit: str
    """What rows are."""
    who: str
    """What a row is about; empty where that is not known."""
    note: str
    """What the largest differences show, and what not."""
    apart: timedelta
    """See `ClassAgreement`."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What the champion was asked, and what it said."""

    rows: Rows
    """As its scorer takes them."""
    scores: Scores
    champion: ModelRef
    took_s: float
    where: Where
    since: Since


@dataclass(slots=True)
class _Watch(Watch):
    agreement: ClassAgreement = field(kw_only=True)

    @property
    def looked_at(self) -> int:
        return self.agreement.rows


class Beside(Generic[S]):
    """Watches with a challenger. Safe to offer to from several threads.

    Args:
        service: The challenger, where there is one.
        score: Asks its scorer: n rows to n x classes.
        classes: The columns of what `score` gives; None: those of its card.
        words: How people call what is watched.
        send: Where reports go; raises HlaskaError when it cannot.
        report_s: How often.
    """

    def __init__(
        self,
        service: Served[S],
        score: Callable[[S, Rows], Rows],
        words: Words,
        send: Callable[[Report], None],
        *,
        classes: tuple[str, ...] | None = None,
        report_s: float = REPORT_S,
    ) -> None:
        self._service, self._score, self._words = service, score, words
        self._send, self._classes = send, classes
        self._busy = _Busy()
        self._lock = threading.Lock()
        self._watches = Watches(
            lambda champion, shadow, began_at: _Watch(
                champion, shadow, began_at, agreement=ClassAgreement(words.apart)
            )
        )
        # Each replica has a report of its own.
        self._mark = secrets.token_hex(2)
        self._closed = threading.Event()
        self._over = HandOver(self._see)
        threading.Thread(target=self._tell, args=(report_s,), daemon=True, name="reports").start()

    def offer(
        self, make: Callable[[Since], Asked], took_s: float, *, crowded: bool = False
    ) -> bool:
        """Show it what the champion was asked, if there is a challenger and time for it now.

        Args:
            make: What it is shown; called only when it is taken.
            took_s: How long the champion took.
            crowded: Whether others wait for the champion.
        """
        if self._service.held is None:
            return False
        if self._busy.share(took_s) > MOST_BUSY or crowded:
            self.rest()
        return self._over.offer(make)

    def rest(self) -> None:
        """Others have too much to do: look at nothing for a while."""
        self._over.rest()

    def report(self) -> int:
        """Send what was seen so far where there is anything new; how many reports that were.

        Raises:
            HlaskaError: they cannot be sent; the next time they are.
        """
        with self._lock:
            fresh = [
                (watch, watch.looked_at, shadow_report(watch, self._told(watch)))
                for watch in self._watches.fresh()
            ]
        for watch, looked_at, report in fresh:
            self._send(report)
            watch.told = looked_at
        return len(fresh)

    def close(self) -> None:
        """End, after what is under way."""
        self._closed.set()
        self._over.close()
        self._service.close()

    def _see(self, asked: Asked) -> float | None:
        lowest_priority()
        by = self._service.held
        # A challenger that has become the champion has nothing more to show.
        if by is None or by.model.ref == asked.champion:
            return None
        began_s = time.monotonic()
        try:
            values = self._score(by.scorer, asked.rows)
            card = by.model.card
            theirs = Scores(values, self._classes or card.classes, card.operating_point)
            took_s = time.monotonic() - began_s
            self._note(asked, by.model.ref, theirs, took_s)
        # Whatever a file makes a runtime raise: this thread must go on.
        except Exception as error:
            ref = by.model.ref
            raise ModelError(
                f"{ref.name} version {ref.version} cannot score what the champion "
                f"{asked.champion.version} can: {error}; take it away: hlaska shadow {ref.name} "
                "--off"
            ) from error
        return max(PAUSE_S, took_s)

    def _note(self, asked: Asked, shadow: ModelRef, theirs: Scores, took_s: float) -> None:
        if len(theirs.values) != len(asked.rows):
            raise ModelError(f"{len(asked.rows)} rows were shown, {len(theirs.values)} answered")
        with self._lock:
            watch = self._watches.of(asked.champion, shadow)
            watch.agreement.add(asked.scores, theirs, asked.where)
            watch.passed_over += asked.since.passed_over
            watch.champion_s.append(asked.took_s)
            watch.shadow_s.append(took_s)

    def _told(self, watch: _Watch) -> Told:
        words, agreement = self._words, watch.agreement
        whole = agreement.whole
        share = "no alarm" if whole.share is None else f"{whole.share:.0%} of the alarms agree"
        return Told(
            unit=words.unit,
            summary=f"{share} in {watch.looked_at} {words.unit}; {whole.only_champion} only the "
            f"champion has, {whole.only_shadow} only the shadow. {watch.passed_over} batches were "
            "passed over.",
            tables=(
                agreement.table(words.unit),
                latency_table(
                    watch,
                    "batches",
                    "Of batches of the same size; the champion's with the way there and back where "
                    "it is another process. The shadow has the lowest priority, so its times are "
                    "not what it would need in service.",
                ),
                agreement.differences_table(words.who, words.note),
            ),
            mark=self._mark,
        )

    def _tell(self, every_s: float) -> None:
        lowest_priority()
        while not self._closed.wait(every_s):
            try:
                self.report()
            except HlaskaError as error:
                _LOG.warning("the report waits: %s", error)


class _Busy:
    """What share of the last `LOAD_S` somebody was busy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spells: deque[tuple[float, float]] = deque()

    def share(self, took_s: float) -> float:
        """The share, with a spell of so long that ends now."""
        now_s = time.monotonic()
        with self._lock:
            self._spells.append((now_s, took_s))
            while self._spells[0][0] < now_s - LOAD_S:
                self._spells.popleft()
            return sum(took for _, took in self._spells) / LOAD_S


def beside(
    uri: str,
    settings: Settings,
    load: Callable[[LoadedModel], S],
    score: Callable[[S, Rows], Rows],
    words: Words,
    *,
    classes: tuple[str, ...] | None = None,
) -> Beside[S] | None:
    """Who watches beside the model that `uri` means; None: it is no `models:/NAME@ALIAS`."""
    registered = alias_of(uri)
    if registered is None:
        return None

    def quietly(model: LoadedModel) -> S:
        # Of this thread, and of those that a runtime starts in it.
        lowest_priority()
        return load(model)

    service = Served(f"models:/{registered[0]}@{ALIAS}", settings, quietly, required=False)

    def send(report: Report) -> None:
        # Once a minute: a connection that is kept would be closed by then.
        with Gateway(settings.gateway_url, settings.token) as gateway:
            gateway.send_report(report)

    return Beside(service, score, words, send, classes=classes)


def lowest_priority() -> None:
    """Everything else goes before this thread, and before those that it starts.

    On Linux a thread has a priority of its own (setpriority(2), "C library/kernel differences");
    elsewhere the id of a thread is none of a process, and nothing changes.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
