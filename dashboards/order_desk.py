"""Carries out what a dispatcher orders, in other threads, and says in plain words how it went.

An order names the version of the alert that was looked at. When only one more event has joined the
alert since, the order is given again for the newest version; when a person has done something, or
the alert was told again, nothing is done and the dispatcher is told by whom. Orders of one session
are carried out one after the other, and what one of them did counts as seen by the next: keys may
be pressed faster than the page follows. An order without an answer may have been carried out: it is
not given again.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dashboards.alert_words import alert_title, deed_words, who
from dashboards.feed import Feed
from dashboards.language import translate
from hlaska.alerts.actions import Action, Order
from hlaska.alerts.alert import SYSTEM, Alert
from hlaska.alerts.silences import SilenceAction
from hlaska.errors import HlaskaError, RefusedError

TRIES = 4
"""So often an order is given again while events keep joining its alert."""
_ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)
_SILENCES: TypeAdapter[SilenceAction] = TypeAdapter(SilenceAction)
_SAME = ("state", "severity", "told", "assignee", "judgement", "handover", "confirmed", "reason")
"""What somebody who orders something has looked at."""


@dataclass(frozen=True)
class Answer:
    """How an order went."""

    number: int
    """Of the order, as its script counts."""
    done: bool
    words: str


@dataclass(frozen=True)
class _RefusedError(Exception):
    words: str


class OrderDesk:
    """The orders of one session.

    Args:
        feed: What carries them to the gateway.
        notify: Called, in another thread, when an answer is there; then call `answers`.
    """

    def __init__(self, feed: Feed, notify: Callable[[], None]) -> None:
        self._feed, self._notify = feed, notify
        self._waiting: list[Future[Answer]] = []
        self._last: Future[Answer] | None = None
        self._own: dict[str, tuple[int, Alert]] = {}
        self.language = "en"

    @property
    def waits(self) -> int:
        """How many orders have no answer yet."""
        return len(self._waiting)

    def act(self, number: int, by: str, action: Mapping[str, Any], seen: Sequence[Alert]) -> None:
        """Order an action for alerts as they were seen; all of it is done, or nothing."""
        self._give(number, lambda: self._act(by, action, seen))

    def silence(self, number: int, by: str, site: str, action: Mapping[str, Any]) -> None:
        """Order something about a silence of a site."""
        self._give(number, lambda: self._silence(by, site, action))

    def answers(self) -> list[Answer]:
        """What has been answered since the last time, each once."""
        done = [one for one in self._waiting if one.done()]
        self._waiting = [one for one in self._waiting if not one.done()]
        return [one.result() for one in done]

    def _give(self, number: int, what: Callable[[], str]) -> None:
        before = self._last

        def answer() -> Answer:
            if before is not None:
                wait([before])
            try:
                return Answer(number, True, what())
            except _RefusedError as refused:
                return Answer(number, False, refused.words)
            except ValidationError as error:
                first = error.errors(include_input=False, include_url=False)[0]
                where = ".".join(map(str, first["loc"]))
                why = f"{where}: {first['msg']}"
                return Answer(number, False, self._say("Not done: {why}", why=why))
            except RefusedError as error:
                return Answer(number, False, self._say("Not done: {why}", why=plain(str(error))))
            except HlaskaError as error:
                said = "No answer, so look whether it was done before you order it again: {why}"
                return Answer(number, False, self._say(said, why=error))

        self._last = future = self._feed.later(answer)
        self._waiting.append(future)
        future.add_done_callback(lambda _: self._notify())

    def _act(self, by: str, action: Mapping[str, Any], seen: Sequence[Alert]) -> str:
        if not seen:
            raise _RefusedError(self._say("Not done: no alert is chosen"))
        meant = _ACTIONS.validate_python(dict(action))
        seen = [self._after_own(one) for one in seen]
        now = list(seen)
        for left in reversed(range(TRIES)):
            orders = [Order(alert=one.id, version=one.version, action=meant) for one in now]
            try:
                changed = self._feed.order(by, orders)
            except RefusedError:
                newest = self._ask(now)
                self._refuse_conflict(seen, newest)
                same = all(one.version == two.version for one, two in zip(now, newest, strict=True))
                if same or not left:
                    raise
                now = newest
            else:
                self._did(seen, changed)
                return ""
        raise AssertionError("unreachable: the last try returns or raises")

    def _after_own(self, seen: Alert) -> Alert:
        """What this session has made of an alert since it was seen, where nobody else did."""
        since, own = self._own.get(seen.id, (0, seen))
        return own if since <= seen.version < own.version else seen

    def _did(self, seen: Sequence[Alert], changed: Sequence[Alert]) -> None:
        became = {one.id: one for one in changed}
        for was in seen:
            since, own = self._own.get(was.id, (was.version, was))
            since = since if own.version == was.version else was.version
            self._own[was.id] = since, became[was.id]

    def _ask(self, alerts: Sequence[Alert]) -> list[Alert]:
        newest = [self._feed.gateway.alert(one.id) for one in alerts]
        self._feed.know(newest)
        return newest

    def _refuse_conflict(self, seen: Sequence[Alert], newest: Sequence[Alert]) -> None:
        now = self._feed.clock()
        said = [
            conflict_words(was, one, now, self.language)
            for was, one in zip(seen, newest, strict=True)
            if any(getattr(was, name) != getattr(one, name) for name in _SAME)
            or any(line.by != SYSTEM for line in one.history if line not in was.history)
        ]
        if said:
            raise _RefusedError(self._say("Not done: {why}", why="; ".join(said)))

    def _silence(self, by: str, site: str, action: Mapping[str, Any]) -> str:
        silence = self._feed.order_silence(site, by, _SILENCES.validate_python(dict(action)))
        if silence.needs_second and silence.second is None and silence.ended_at is None:
            return self._say("It hides danger to life: a second person has to agree")
        return ""

    def _say(self, text: str, **values: object) -> str:
        return translate(text, self.language, **values)


def plain(complaint: str) -> str:
    """What a gateway complained of, without how it was asked."""
    _, _, said = complaint.partition(": ")
    body = said.partition(" ")[2]
    try:
        told = json.loads(body)
    except ValueError:
        return body or complaint
    detail = told.get("detail") if isinstance(told, dict) else None
    return str(detail or body)


def conflict_words(was: Alert, now_is: Alert, now: datetime, language: str) -> str:
    """Who changed an alert since it was seen, how, and when: the last that a person did, if any."""
    title = alert_title(now_is, language)
    news = [one for one in now_is.history if one not in was.history]
    people = [one for one in news if one.by != SYSTEM] or news
    if not people:
        return translate("{alert} has changed meanwhile", language, alert=title)
    last = people[-1]
    return translate(
        "{alert}: {person} – {did} {seconds} s ago",
        language,
        alert=title,
        person=who(last.by, language),
        did=deed_words(last, language),
        seconds=max(0, round((now - last.at).total_seconds())),
    )
