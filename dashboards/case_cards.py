"""The cases of a report: pictures to look at and sounds to hear, each with its caption."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, ClassVar

import param

from dashboards.feed import Feed
from dashboards.language import translate
from dashboards.part import Part
from hlaska.errors import GatewayError
from hlaska.events import Evidence
from hlaska.results import Report, Shown

MOST = 12
"""Cases that are shown of a report."""
FETCHING = "is being fetched …"
FAILED = "It cannot be shown: {why}"


class Exhibits:
    """Fetches what reports show, in other threads; what has come is kept as long as it is wanted.

    Args:
        feed: Where to get it.
        notify: Called, in another thread, when something has come.
    """

    def __init__(self, feed: Feed, notify: Callable[[], None]) -> None:
        self._feed, self._notify = feed, notify
        self._futures: dict[str, Future[bytes]] = {}

    def want(self, evidence: Sequence[Evidence]) -> None:
        """Fetch these and forget all others."""
        wanted = {one.sha256 for one in evidence}
        for digest in self._futures.keys() - wanted:
            self._futures.pop(digest).cancel()
        for digest in sorted(wanted - self._futures.keys()):
            future = self._feed.evidence_later(digest)
            self._futures[digest] = future
            future.add_done_callback(lambda done: None if done.cancelled() else self._notify())

    def got(self, evidence: Evidence, language: str) -> tuple[str, str]:
        """An address that holds the thing itself; or what to say instead of it."""
        future = self._futures.get(evidence.sha256)
        if future is None or not future.done():
            return "", translate(FETCHING, language)
        try:
            content = future.result()
        except GatewayError as error:
            return "", translate(FAILED, language, why=error)
        return f"data:{evidence.media_type};base64,{b64encode(content).decode()}", ""


def cases_of(report: Report | None) -> list[list[Shown]]:
    """What a report shows, by case: a picture and a sound with one caption belong together."""
    cases: dict[str, list[Shown]] = {}
    for one in report.shown if report else ():
        cases.setdefault(one.caption, []).append(one)
    return list(cases.values())[:MOST]


def case_facts(
    cases: Sequence[Sequence[Shown]], exhibits: Exhibits, language: str
) -> list[dict[str, Any]]:
    """Each case: `caption`, `image` and `sound` (addresses; empty: none), `words` instead."""
    return [_case(case, exhibits, language) for case in cases]


def _case(case: Sequence[Shown], exhibits: Exhibits, language: str) -> dict[str, Any]:
    facts = {"caption": case[0].caption, "image": "", "sound": "", "words": ""}
    for one in case:
        family = one.evidence.media_type.partition("/")[0]
        key = {"image": "image", "audio": "sound"}.get(family)
        address, words = exhibits.got(one.evidence, language)
        if key is not None:
            facts[key] = facts[key] or address
        facts["words"] = facts["words"] or words
    return facts


class CaseCards(Part):
    """Pictures and players side by side; a click on a picture enlarges it."""

    heading = param.String(default="", doc="What they are.")
    cases = param.List(default=[], item_type=dict, doc="See `case_facts`.")
    empty = param.String(default="", doc="What stands there when there are none.")
    command = param.String(default="", doc="What to type to get some; empty: nothing.")

    _esm = "browser/case_cards.js"
    _look: ClassVar[str] = "case_cards.css"
