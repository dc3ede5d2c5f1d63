"""The queue: what a dispatcher has to deal with, the worst first, and what is hidden from it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.alert_wording import (
    clock_time,
    late_s,
    sense_words,
    sensor_name,
    short_place,
    told_words,
)
from dashboards.alert_words import (
    FAMILIES,
    alert_title,
    severity_look,
    state_words,
    zone_name,
)
from dashboards.language import translate
from dashboards.part import Part
from dashboards.wording import kind_title
from hlaska.alerts.alert import Alert
from hlaska.alerts.queue import queue
from hlaska.alerts.silences import Scope, Silence, hiding, is_active
from hlaska.alerts.telling import due_s
from hlaska.sites import Site

MOST_CLOSED = 20
"""Alerts that were closed lately and are listed."""


def hidden_by(alert: Alert, silences: Sequence[Silence], now: datetime) -> Silence | None:
    """The silence that hides an alert; None: nothing does."""
    return hiding(silences, alert, now) if alert.is_open else None


def queue_rows(
    alerts: Iterable[Alert],
    silences: Sequence[Silence],
    site: Site,
    now: datetime,
    language: str,
) -> list[dict[str, Any]]:
    """One row an alert of that site, as the script wants them.

    Args:
        alerts: Of all sites.
        silences: Of that site.
        site: Whose queue.
        now: The time.
        language: What it is said in.

    Returns:
        The open ones, the worst first; then those that are hidden, then those closed lately. Each
        with `id`, `version`, `group` (queue, hidden, closed), the look of its severity, `title`,
        `place`, `age_s` (since it was opened), `late_s` (see there), `count`, `senses`, `state`,
        `state_words`, `told`, `why` (told more than once), `due_s` (seconds to its escalation, or
        nothing), `escalated`, `silence` (id).
    """
    ours = [alert for alert in alerts if alert.site == site.id]
    silence_of = {alert.id: hidden_by(alert, silences, now) for alert in ours}
    ordered = queue(ours, now)
    shown = [alert for alert in ordered if silence_of[alert.id] is None]
    hidden = [alert for alert in ordered if silence_of[alert.id] is not None]
    closed = sorted(
        (alert for alert in ours if alert.closed_at is not None),
        key=lambda alert: alert.closed_at or now,
        reverse=True,
    )[:MOST_CLOSED]
    rows = []
    for group, some in (("queue", shown), ("hidden", hidden), ("closed", closed)):
        for alert in some:
            silence = silence_of[alert.id]
            row = _row(alert, site, now, language)
            rows.append(row | {"group": group, "silence": silence.id if silence else ""})
    return rows


def _row(alert: Alert, site: Site, now: datetime, language: str) -> dict[str, Any]:
    waits = due_s(alert, now) if alert.is_open else None
    return {
        "id": alert.id,
        "version": alert.version,
        "rank": alert.severity,
        "title": alert_title(alert, language),
        "place": short_place(alert, site, language),
        "age_s": (now - alert.opened_at).total_seconds(),
        "late_s": late_s(alert),
        "count": alert.count,
        "senses": sense_words(alert, language),
        "state": alert.state.value,
        "state_words": state_words(alert, language),
        "told": alert.told,
        "why": told_words(alert, language) if alert.told > 1 else "",
        "due_s": waits,
        "escalated": alert.escalated,
        **severity_look(alert.severity, language),
    }


def scope_words(scope: Scope, site: Site, alerts: Mapping[str, Alert], language: str) -> str:
    """What a silence is about."""
    said = []
    if scope.alert is not None:
        alert = alerts.get(scope.alert)
        title = alert_title(alert, language) if alert else scope.alert
        said.append(translate("only this alert: {title}", language, title=title))
    if scope.family is not None:
        said.append(translate(FAMILIES[scope.family], language))
    if scope.kind is not None:
        said.append(kind_title(scope.kind, language))
    if scope.zone is not None:
        said.append(zone_name(scope.zone, site, language))
    if scope.source is not None:
        said.append(sensor_name(scope.source, site, language))
    return " · ".join(said)


def silence_rows(
    silences: Sequence[Silence],
    rows: Sequence[Mapping[str, Any]],
    alerts: Mapping[str, Alert],
    site: Site,
    now: datetime,
    language: str,
) -> list[dict[str, Any]]:
    """One row a silence that hides something or waits for a second person, as the script wants it.

    Returns:
        `id`, `words` (what it is about), `until`, `by`, `reason`, `hides` (how many alerts),
        `waits` (for a second person), `asked_by`.
    """
    found = []
    for silence in silences:
        waits = silence.needs_second and silence.second is None and silence.ended_at is None
        if not (waits or is_active(silence, now)):
            continue
        until = translate("until resolved", language)
        if silence.until is not None:
            when = clock_time(silence.until, site, now, language)
            until = translate("until {time}", language, time=when)
        found.append(
            {
                "id": silence.id,
                "words": scope_words(silence.scope, site, alerts, language),
                "until": until,
                "by": silence.by if silence.second is None else f"{silence.by}, {silence.second}",
                "reason": silence.reason,
                "hides": sum(row["silence"] == silence.id for row in rows),
                "waits": waits,
                "asked_by": silence.by,
            }
        )
    return found


class AlertQueue(Part):
    """The alerts as rows. J and K, or the arrows, go through them; the space bar marks several."""

    rows = param.List(default=[], item_type=dict, doc="See `queue_rows`.")
    silences = param.List(default=[], item_type=dict, doc="See `silence_rows`.")
    chosen = param.String(default="", doc="Id of the chosen alert; empty when none is.")
    marked = param.List(default=[], item_type=str, doc="Ids of alerts that are marked together.")
    person = param.String(default="", doc="Who looks: nobody agrees to a silence of their own.")
    barred = param.String(default="", doc="Why nothing can be ordered now; empty: it can.")
    empty = param.String(default="", doc="What stands there when there are no alerts.")

    _esm = "browser/alert_queue.js"
    _look: ClassVar[str] = "alert_queue.css"
