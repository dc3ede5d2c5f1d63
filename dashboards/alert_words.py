"""How an alert is said: what it is, where, how it stands and what was done, in any language."""

from collections.abc import Mapping
from types import MappingProxyType

from dashboards import theme
from dashboards.language import translate
from dashboards.wording import kind_title, source_name
from hlaska.alerts.alert import SYSTEM, Alert, Entry, State, Verdict
from hlaska.kinds import KINDS, Family
from hlaska.sites import Site

FAMILIES: Mapping[Family, str] = MappingProxyType(
    {
        Family.ATTACK: "attack",
        Family.CROWD: "crowd",
        Family.INTRUSION: "intrusion",
        Family.TRAFFIC: "traffic",
        Family.SABOTAGE: "sabotage",
        Family.GAS: "gas",
        Family.HEALTH: "sources",
        Family.MOBILITY: "mobility",
    }
)
STATES: Mapping[State, str] = MappingProxyType({state: state.value for state in State})
VERDICTS: Mapping[Verdict | None, str] = MappingProxyType(
    {
        Verdict.TRUE: "true alarm",
        Verdict.FALSE: "false alarm",
        Verdict.DRILL: "drill",
        Verdict.UNSURE: "unsure",
        None: "not judged",
    }
)
DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "open": "opened",
        "tell": "told again",
        "escalate": "escalated: nobody had answered",
        "hide": "hidden by a silence",
        "show": "shown again",
        "acknowledge": "acknowledged it",
        "assign": "assigned it",
        "resolve": "resolved it",
        "dismiss": "dismissed it",
        "reopen": "reopened it",
        "judge": "judged it",
        "note": "noted",
        "hand-over": "handed over",
        "confirm": "confirmed a step",
    }
)
"""What an entry of an alert's history says was done, by its name."""


def alert_title(alert: Alert, language: str = "en") -> str:
    """What happened: the title of its worst kind, and how many kinds more."""
    kinds = sorted(alert.kinds, key=lambda name: -_severity(name))
    first = kind_title(kinds[0], language)
    return first if len(kinds) == 1 else f"{first} +{len(kinds) - 1}"


def kinds_words(alert: Alert, language: str = "en") -> str:
    """All kinds of an alert, in the order in which they came."""
    return ", ".join(kind_title(name, language) for name in alert.kinds)


def _severity(name: str) -> int:
    return KINDS[name].severity if name in KINDS else 0


def zone_name(zone: str | None, site: Site, language: str = "en") -> str:
    """What people call a zone; the whole site for None, its id when the site file lacks it."""
    if zone is None:
        return translate("whole site", language)
    return next((one.name for one in site.zones if one.id == zone), zone)


def alert_place(alert: Alert, site: Site, language: str = "en") -> str:
    """Its zone, or its sources where it is in none."""
    if alert.zone is not None:
        return zone_name(alert.zone, site, language)
    return sources_words(alert, site)


def sources_words(alert: Alert, site: Site) -> str:
    """What noticed it, by the names that people use."""
    return ", ".join(source_name(source, site) for source in alert.sources)


def severity_look(severity: int, language: str = "en") -> dict[str, str]:
    """Word, shape (SVG path) and colour of a severity."""
    look = theme.SEVERITIES[severity]
    word = translate(look.word, language)
    return {"severity": word, "shape": look.shape, "colour": look.colour}


def state_words(alert: Alert, language: str = "en", state: State | None = None) -> str:
    """How it stands, and with whom; `state` tells how it stood then."""
    stood = alert.state if state is None else state
    word = translate(STATES[stood], language)
    return f"{word}: {alert.assignee}" if stood is State.ASSIGNED and alert.assignee else word


def verdict_of(alert: Alert) -> Verdict | None:
    """What it turned out to be; None: nobody has said."""
    return None if alert.judgement is None else alert.judgement.verdict


def verdict_words(alert: Alert, language: str = "en") -> str:
    """The same in words."""
    return translate(VERDICTS[verdict_of(alert)], language)


def who(person: str, language: str = "en") -> str:
    """Who did something; the system says so."""
    return translate("the system", language) if person == SYSTEM else person


def deed_words(entry: Entry, language: str = "en") -> str:
    """What was done; a deed that nobody knows here by its own name."""
    return translate(DEEDS.get(entry.did, entry.did), language)


def duration(seconds: float | None, language: str = "en") -> str:
    """A time as people say it: 45 s, 12 min, 3 h 05 min; a dash for None."""
    if seconds is None:
        return "–"
    if seconds < 120:
        return translate("{n} s", language, n=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 120:
        return translate("{n} min", language, n=minutes)
    return translate("{h} h {m} min", language, h=minutes // 60, m=f"{minutes % 60:02d}")
