"""Looking for alerts: words, which the gateway looks up, and what sort they are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.alert_wording import clock_time
from dashboards.alert_words import (
    FAMILIES,
    STATES,
    VERDICTS,
    alert_place,
    alert_title,
    severity_look,
    state_words,
    verdict_of,
    verdict_words,
)
from dashboards.language import translate
from dashboards.part import Part
from hlaska.alerts.alert import Alert
from hlaska.records import Record
from hlaska.sites import Site

UNJUDGED = "none"
"""What stands for no verdict in a field of choice."""
NOWHERE = "none"
"""What stands for no zone in a field of choice; no zone may be called so here."""


class Sought(Record):
    """What somebody looks for; empty: any."""

    text: str = ""
    family: str = ""
    state: str = ""
    verdict: str = ""
    zone: str = ""

    def fits(self, alert: Alert) -> bool:
        """Whether an alert is of that sort. Its words are the gateway's to find."""
        verdict = verdict_of(alert)
        asked = (
            (self.family, alert.family.value),
            (self.state, alert.state.value),
            (self.verdict, UNJUDGED if verdict is None else verdict.value),
            (self.zone, alert.zone or NOWHERE),
        )
        return all(wanted in ("", own) for wanted, own in asked)

    @property
    def is_all(self) -> bool:
        """Whether it leaves nothing out."""
        return self == Sought()


def fields_of(site: Site, language: str) -> list[dict[str, Any]]:
    """The fields of choice: `name` (of `Sought`), `options` (value, words); the first means any."""
    zones = {zone.id: zone.name for zone in site.zones} | {NOWHERE: "in no zone"}
    verdicts = {UNJUDGED if one is None else one.value: word for one, word in VERDICTS.items()}
    families = {one.value: word for one, word in FAMILIES.items() if word != "mobility"}
    states = {one.value: word for one, word in STATES.items()}
    asked = (
        ("family", families, "any family"),
        ("state", states, "any state"),
        ("verdict", verdicts, "any verdict"),
        ("zone", zones, "any zone"),
    )
    return [
        {"name": name, "options": [["", translate(first, language)], *_named(words, language)]}
        for name, words, first in asked
    ]


def _named(words: Mapping[str, str], language: str) -> list[list[str]]:
    return [[value, translate(word, language)] for value, word in words.items()]


def found_rows(
    alerts: Iterable[Alert], site: Site, now: datetime, language: str
) -> list[dict[str, str]]:
    """One row an alert, in the order given, as the script wants them."""
    return [
        {
            "id": alert.id,
            "title": alert_title(alert, language),
            "place": alert_place(alert, site, language),
            "time": clock_time(alert.first_at, site, now, language),
            "state": state_words(alert, language),
            "verdict": "" if alert.judgement is None else verdict_words(alert, language),
            **severity_look(alert.severity, language),
        }
        for alert in alerts
    ]


def fitting(alerts: Sequence[Alert], sought: Sought) -> list[Alert]:
    """Those that fit, in the same order."""
    return [alert for alert in alerts if sought.fits(alert)]


class SearchBox(Part):
    """Fields to look for alerts, and those that were found; arrows move, Enter chooses."""

    fields = param.List(default=[], item_type=dict, doc="See `fields_of`.")
    sought = param.Dict(default=Sought().model_dump(), doc="What is looked for; see `Sought`.")
    rows = param.List(default=[], item_type=dict, doc="See `found_rows`.")
    selected = param.String(default="", doc="Id of the chosen alert; empty when none is.")
    waits = param.Boolean(default=False, doc="Whether an answer is still to come.")
    empty = param.String(default="", doc="What stands there when nothing was found.")
    more = param.String(default="", doc="What is said below the last row.")

    _esm = "browser/search_box.js"
    _look: ClassVar[str] = "search_box.css"
