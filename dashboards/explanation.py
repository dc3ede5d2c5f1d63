"""Why a zone has its level: what adds to it, whom it would hit, what would change it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.alert_wording import clock_time, sensor_name, watcher_words
from dashboards.alert_words import zone_name
from dashboards.language import translate
from dashboards.level_look import LEVELS, level_fact
from dashboards.part import Part
from dashboards.wording import kind_title, percent
from hlaska.alerts.alert import Alert
from hlaska.kinds import KINDS
from hlaska.sites import Site
from hlaska.threat.levels import Contribution, Threats, ZoneThreat
from hlaska.threat.weighing import THRESHOLDS
from hlaska.threat.whereabouts import Senses

MOST_ROWS = 4
"""Contributions that are drawn; the rest is one row."""
LEAST_NATS = 0.05
"""Less than this would be written as nothing, and is part of the rest."""
MOST_KINDS = 4
"""Kinds that are named as what would raise a level."""
_LEAST_SCALE = THRESHOLDS[-1] * 1.08
"""The scale always shows all thresholds."""


def threat_of(threats: Threats | None, zone: str | None) -> ZoneThreat | None:
    """The threat of a zone; of the whole site for None and for a zone that is not assessed."""
    if threats is None:
        return None
    return next((one for one in threats.zones if one.zone == zone), threats.whole)


def zone_of(alert: Alert | None, threats: Threats | None) -> str | None:
    """The zone whose level an alert explains: its own, else that which it threatens most."""
    if alert is None or threats is None:
        return None
    if alert.zone is not None:
        return alert.zone
    mine = frozenset(alert.events)
    added = {
        one.zone: max((c.adds for c in one.contributions if c.event in mine), default=0.0)
        for one in threats.zones
    }
    best = max(added, key=lambda zone: added[zone], default=None)
    return best if best is not None and added[best] >= LEAST_NATS else None


def explanation_facts(
    threat: ZoneThreat | None, site: Site, now: datetime, language: str
) -> dict[str, Any]:
    """All that is written about a level, as the script wants it; nothing without a threat.

    Args:
        threat: Of which zone.
        site: Its site.
        now: The time.
        language: What it is said in.

    Returns:
        `zone`, `level` (see `level_fact`), `score` (nats), `scale` (nats across), `rows`: `label`,
        `detail`, `from` and `adds` (nats) so that each begins where the one before ended;
        `thresholds`: `level`, `word`, `at` (nats), `reached`; `falls`, `raises`, `people`:
        sentences; `senses`: `words` and `lost`; `empty`: what stands there without evidence.
    """
    if threat is None:
        return {}
    rows = _rows(threat, site, now, language)
    return {
        "zone": zone_name(threat.zone, site, language),
        "level": level_fact(threat.level, known=threat.known, language=language),
        "score": threat.score,
        "probability": percent(threat.probability),
        "scale": max(_LEAST_SCALE, threat.score * 1.03),
        "rows": rows,
        "thresholds": [
            {
                "level": level,
                "word": translate(LEVELS[level].word, language),
                "colour": LEVELS[level].colour,
                "at": at,
                "reached": threat.score >= at,
            }
            for level, at in enumerate(THRESHOLDS, 1)
        ],
        "falls": _falls(threat, site, now, language),
        "raises": _raises(threat, language),
        "people": translate(
            "{people} people – {why}",
            language,
            people=f"{threat.people:,}".replace(",", "\u202f"),
            why=_why(threat.people_why, language),
        ),
        "senses": [_sense(one, language) for one in threat.senses if one.of],
        "empty": translate("Nothing was noticed here lately", language),
    }


def _rows(threat: ZoneThreat, site: Site, now: datetime, language: str) -> list[dict[str, Any]]:
    """What adds to the score, each beginning where the one before ended."""
    listed = sorted(threat.contributions, key=lambda one: -one.adds)
    shown = [one for one in listed[:MOST_ROWS] if one.adds >= LEAST_NATS]
    rest, more = listed[len(shown) :], threat.others
    rows = [_row(one, site, now, language) for one in shown]
    left = more + sum(one.adds for one in rest)
    if left >= LEAST_NATS:
        label = translate("everything else", language)
        rows.append({"label": label, "detail": "", "adds": left, "kind": "others"})
    if threat.exposure > 0:
        label = translate("people at risk", language)
        rows.append({"label": label, "detail": "", "adds": threat.exposure, "kind": "exposure"})
    begun = 0.0
    for row in rows:
        row["from"] = begun
        begun += row["adds"]
    return rows


def _row(one: Contribution, site: Site, now: datetime, language: str) -> dict[str, Any]:
    detail = [
        sensor_name(one.source, site, language),
        clock_time(one.observed_at, site, now, language),
    ]
    if one.distance_m >= 1:
        detail.append(translate("{metres} m away", language, metres=f"{one.distance_m:.0f}"))
    label = kind_title(one.kind, language)
    if one.confidence < 1:
        label += f" {percent(one.confidence)}"
    modality = one.kind.split(".")[0]
    return {"label": label, "detail": " · ".join(detail), "adds": one.adds, "kind": modality}


def _falls(threat: ZoneThreat, site: Site, now: datetime, language: str) -> str:
    if threat.falls_at is None:
        return ""
    when = clock_time(threat.falls_at, site, now, language).rsplit(":", 1)[0]
    word = translate(LEVELS[threat.level].word, language)
    said = "Falls below {level} at {time} if nothing more happens"
    return translate(said, language, level=word, time=when)


def _raises(threat: ZoneThreat, language: str) -> str:
    if threat.missing is None:
        return translate("This is the highest level", language)
    kinds = _named(threat.would_raise, language)
    if not kinds:
        return translate("No single event would raise it", language)
    word = translate(LEVELS[min(4, threat.level + 1)].word, language)
    return translate("One of these would raise it to {level}: {kinds}", language, level=word,
                     kinds=kinds)  # fmt: skip


def _named(kinds: Sequence[str], language: str) -> str:
    """The kinds that tell least first: so one sees how little is missing."""
    weakest = sorted(kinds, key=lambda kind: KINDS[kind].weight if kind in KINDS else 0.0)
    names = [kind_title(kind, language).lower() for kind in weakest[:MOST_KINDS]]
    more = len(kinds) - len(names)
    return ", ".join(names) + (f" +{more}" if more > 0 else "")


def _why(words: str, language: str) -> str:
    """How the number of people is known; the name of a planned event stands as it came."""
    head, colon, name = words.partition(": ")
    return translate(head, language) + colon + name


def _sense(one: Senses, language: str) -> dict[str, Any]:
    word = watcher_words(one.modality, language)
    lost = {"video": "blind", "audio": "deaf"}.get(one.modality, "lost")
    said = f"{word} {one.working}/{one.of}"
    if one.lost:
        said += f" – {translate(lost, language)}"
    kind = "bad" if one.lost else "good" if one.working == one.of else "warning"
    return {"words": said, "kind": kind}


class Explanation(Part):
    """The level of one zone, as bars that add up to its score between the thresholds."""

    facts = param.Dict(default={}, doc="See `explanation_facts`; empty: not known.")

    _esm = "browser/explanation.js"
    _look: ClassVar[str] = "explanation.css"
