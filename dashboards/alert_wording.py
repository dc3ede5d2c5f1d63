"""How the live page says facts of alerts, besides what `alert_words` says for all pages. Pure."""

import re
from datetime import datetime, timedelta

from dashboards.alert_words import zone_name
from dashboards.language import translate
from dashboards.wording import kind_title, local_time, source_name
from hlaska.alerts.alert import SYSTEM, Alert, Entry
from hlaska.sites import PICTURE_GUARD, SOUND_LOCATOR, Site

MODALITIES = {
    "video": "seen",
    "audio": "heard",
    "cyber": "on the network",
    "gas": "gas detector",
    "health": "device state",
    "mobility": "counted",
}
"""By the domain of a kind: how it was noticed."""
LATE = timedelta(minutes=3)
"""An alert whose first event is so much older than the alert says so."""
_WATCHES = {"video": "cameras", "audio": "microphones", "cyber": "network feeds"}
_WAITED = re.compile(r"not acknowledged for (\d+) s")
_TOGETHER = {
    SOUND_LOCATOR: "several microphones together",
    PICTURE_GUARD: "picture and network together",
}
_ROSE = re.compile(r"severity \d to (\d)")
_JOINS = re.compile(r"(\w+) joins")


def clock_time(moment: datetime, site: Site, now: datetime, language: str) -> str:
    """The time at the site, with the date when that is not today there."""
    return local_time(moment, site.time_zone, now=now, language=language)


def late_s(alert: Alert) -> float:
    """How long before the alert was opened its first event was observed, seconds.

    0 where the one followed the other at once, as it does unless a recording is looked through or a
    source was cut off.
    """
    waited = alert.opened_at - alert.first_at
    return waited.total_seconds() if waited >= LATE else 0.0


def sensor_name(source: str, site: Site, language: str) -> str:
    """What people call a sensor; what several found together says so."""
    together = _TOGETHER.get(source)
    return source_name(source, site) if together is None else translate(together, language)


def short_place(alert: Alert, site: Site, language: str) -> str:
    """Its zone; where it is in none, the sensor that noticed it first, and how many more did."""
    if alert.zone is not None or not alert.sources:
        return zone_name(alert.zone, site, language)
    first = sensor_name(alert.sources[0], site, language)
    more = len(alert.sources) - 1
    return f"{first} +{more}" if more else first


def sense_words(alert: Alert, language: str) -> list[str]:
    """How it was noticed, one word a sense."""
    return [translate(MODALITIES.get(one, one), language) for one in alert.modalities]


def watcher_words(modality: str, language: str) -> str:
    """What sort of sensors a sense has."""
    return translate(_WATCHES.get(modality, modality), language)


def told_words(alert: Alert, language: str) -> str:
    """Why it was told last (see `hlaska.alerts.telling`); what is not known stands as it came."""
    return reason_words(alert.told_why, language)


def reason_words(why: str, language: str) -> str:
    """The system's reasons, commas between; what is not known stands as it came."""
    return ", ".join(_reason(one, language) for one in why.split(", "))


def entry_words(entry: Entry, language: str) -> str:
    """What a line of a history says besides what was done; people's own words stand as they are."""
    if entry.by != SYSTEM:
        return entry.words
    return reason_words(kind_title(entry.words, language), language)


def _reason(why: str, language: str) -> str:
    if rose := _ROSE.fullmatch(why):
        return translate("worse: severity {severity}", language, severity=rose[1])
    if joins := _JOINS.fullmatch(why):
        sense = translate(MODALITIES.get(joins[1], joins[1]), language)
        return translate("{sense} too", language, sense=sense)
    if waited := _WAITED.fullmatch(why):
        return translate("not acknowledged for {seconds} s", language, seconds=waited[1])
    return translate(why, language)
