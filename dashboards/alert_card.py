"""The chosen alert: what, where, since when, where it stands, and all that was done about it."""

from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.alert_wording import (
    clock_time,
    entry_words,
    late_s,
    sensor_name,
    short_place,
    told_words,
)
from dashboards.alert_words import (
    alert_title,
    deed_words,
    kinds_words,
    severity_look,
    state_words,
    verdict_words,
    who,
)
from dashboards.language import translate
from dashboards.part import Part
from dashboards.wording import percent
from hlaska.alerts.alert import Alert
from hlaska.sites import Site


def card_facts(alert: Alert | None, site: Site, now: datetime, language: str) -> dict[str, Any]:
    """All that is written about an alert, as the script wants it.

    Returns:
        `title`, `place`, the look of its severity, `state`, `confidence`, `told`, `lines` (label,
        text), `handover` and `history` (`time`, `who`, `did`, `words`; the newest first).
    """
    if alert is None:
        return {"empty": translate("Choose an alert: J and K go through the queue", language)}

    def at(moment: datetime) -> str:
        return clock_time(moment, site, now, language)

    def label(text: str) -> str:
        return translate(text, language)

    sources = ", ".join(sensor_name(source, site, language) for source in alert.sources)
    lines = []
    if late_s(alert):
        lines.append((label("told here"), at(alert.opened_at)))
    lines += [
        (label("first, last"), f"{at(alert.first_at)} – {at(alert.last_at)}")
        if alert.last_at > alert.first_at
        else (label("when"), at(alert.first_at)),
        *([(label("what"), kinds_words(alert, language))] if len(alert.kinds) > 1 else []),
        (label("noticed by"), sources),
    ]
    if alert.judgement is not None:
        said = f"{verdict_words(alert, language)} ({alert.judgement.by})"
        lines.append((label("verdict"), said))
    if alert.reason:
        lines.append((label("dismissed because"), alert.reason))
    return {
        "id": alert.id,
        "title": alert_title(alert, language),
        "place": short_place(alert, site, language),
        "state": state_words(alert, language),
        "open": alert.is_open,
        "confidence": translate("confidence {share}", language, share=percent(alert.confidence)),
        "told": told_words(alert, language),
        "lines": [list(line) for line in lines],
        "handover": alert.handover,
        "history": [
            {
                "time": at(entry.at),
                "who": who(entry.by, language),
                "did": deed_words(entry, language),
                "words": entry_words(entry, language),
            }
            for entry in reversed(alert.history)
        ],
        **severity_look(alert.severity, language),
    }


class AlertCard(Part):
    """The chosen alert with its history."""

    facts = param.Dict(default={}, doc="See `card_facts`.")

    _esm = "browser/alert_card.js"
    _look: ClassVar[str] = "alert_card.css"
