"""The shift report as it is printed: all words of a page of paper, from the summary of a shift."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import param

from dashboards import theme
from dashboards.alert_wording import clock_time
from dashboards.alert_words import (
    FAMILIES,
    STATES,
    VERDICTS,
    alert_place,
    alert_title,
    deed_words,
    duration,
    kinds_words,
    severity_look,
    state_words,
    verdict_words,
    who,
    zone_name,
)
from dashboards.language import translate
from dashboards.level_look import LEVELS
from dashboards.part import Part
from dashboards.wording import source_name
from hlaska.alerts.alert import Entry
from hlaska.alerts.outages import Outage
from hlaska.alerts.shift import Crossings, ShiftAlert, ShiftSummary, Times, ZoneShift
from hlaska.alerts.silences import Silence
from hlaska.sites import Site

ONE_DAY = timedelta(days=1)


def sheet_of(
    summary: ShiftSummary, site: Site, *, by: str, now: datetime, language: str = "en"
) -> dict[str, Any]:
    """All that stands on the sheet, as its script wants it.

    Args:
        summary: The shift.
        site: Whose.
        by: Who made the report; may be empty.
        now: When it is made.
        language: Of its words.

    Returns:
        `head`, `facts` (label, text), `levels`, `tables` of counts (`title`, `rows` of label
        and number), and the lists `zones`, `open`, `closed`, `silences`, `outages`, `crossings`.
    """
    say = _Say(site, summary, now, language)
    return {
        "head": _head(summary, say, by),
        "facts": _facts(summary, say),
        "tables": _counts(summary, say),
        "levels": [[str(n), translate(look.word, language)] for n, look in enumerate(LEVELS)],
        "zones": [_zone(zone, say) for zone in summary.zones],
        "open": [_alert(row, say) for row in summary.alerts if row.is_open],
        "closed": [_alert(row, say) for row in summary.alerts if not row.is_open],
        "silences": [_silence(silence, say) for silence in summary.silences],
        "outages": [_outage(outage, say) for outage in summary.outages],
        "crossings": [_crossing(one, say) for one in summary.crossings],
    }


class _Say:
    """Says things of one site, at one time, in one language."""

    def __init__(self, site: Site, shift: ShiftSummary, now: datetime, language: str) -> None:
        self.site, self.now, self.language = site, now, language
        self._since, self._until = shift.since, shift.until

    def __call__(self, text: str, **values: object) -> str:
        return translate(text, self.language, **values)

    def time(self, moment: datetime) -> str:
        """Clock time, which is enough in a shift; with the date when it is not today otherwise."""
        short = self._until - self._since <= ONE_DAY
        if short and self._since <= moment <= self._until:
            return f"{moment.astimezone(ZoneInfo(self.site.time_zone)):%H:%M:%S}"
        return clock_time(moment, self.site, self.now, self.language)

    def date(self, moment: datetime) -> str:
        """Date and time of day, as on a document."""
        local = moment.astimezone(ZoneInfo(self.site.time_zone))
        return f"{local.day}. {local.month}. {local.year} {local:%H:%M}"

    def source(self, source: str) -> str:
        """What people call a sensor."""
        return source_name(source, self.site)

    def zone(self, zone: str | None) -> str:
        """What people call a zone."""
        return zone_name(zone, self.site, self.language)

    def lasted(self, seconds: float | None) -> str:
        """A length of time."""
        return duration(seconds, self.language)


def _head(summary: ShiftSummary, say: _Say, by: str) -> list[list[str]]:
    lasted = (summary.until - summary.since).total_seconds()
    return [
        [say("Site"), say.site.name],
        [say("From"), say.date(summary.since)],
        [say("To"), f"{say.date(summary.until)} ({say.lasted(lasted)})"],
        [say("Dispatcher"), by or "…………………………………"],
        [say("Made"), say.date(say.now)],
    ]


def _facts(summary: ShiftSummary, say: _Say) -> list[list[str]]:
    whole = summary.zones[0] if summary.zones else None
    highest = None if whole is None else whole.highest
    level = say("not known") if highest is None else f"{highest} – {say(LEVELS[highest].word)}"
    return [
        [say("Highest level"), level],
        [say("Alerts"), str(len(summary.alerts))],
        [say("of them from before"), str(summary.carried)],
        [say("open at the end"), str(summary.open)],
        [say("Time to acknowledge, median"), _median(summary.answering, say)],
        [say("Time to close, median"), _median(summary.closing, say)],
    ]


def _median(times: Times, say: _Say) -> str:
    return f"{say.lasted(times.median_s)} ({times.of}×)" if times.of else say("none done")


def _counts(summary: ShiftSummary, say: _Say) -> list[dict[str, Any]]:
    severities = {n: look.word for n, look in enumerate(theme.SEVERITIES)}
    asked: tuple[tuple[str, Mapping[Any, str], Mapping[Any, int]], ...] = (
        ("By severity", dict(reversed(severities.items())), summary.by_severity),
        ("By family", FAMILIES, summary.by_family),
        ("By state at the end", STATES, summary.by_state),
        ("By verdict", VERDICTS, summary.by_verdict),
    )
    return [
        {
            "title": say(title),
            "rows": [[say(word), counted[one]] for one, word in words.items() if one in counted],
        }
        for title, words, counted in asked
    ]


def _zone(zone: ZoneShift, say: _Say) -> dict[str, Any]:
    """`name`, `highest`, `lasted` at each level (empty: never), `unknown`."""
    return {
        "name": say.zone(zone.zone),
        "highest": "–" if zone.highest is None else str(zone.highest),
        "lasted": [say.lasted(s) if s else "" for s in zone.at_level_s],
        "unknown": say.lasted(zone.unknown_s) if zone.unknown_s else "",
    }


def _alert(row: ShiftAlert, say: _Say) -> dict[str, Any]:
    """What stands in an alert's row, and `done`: lines of who did what."""
    alert, language = row.alert, say.language
    came = say.time(alert.opened_at)
    note = "" if alert.judgement is None else alert.judgement.note
    return {
        "id": alert.id,
        **severity_look(alert.severity, language),
        "title": alert_title(alert, language),
        "kinds": kinds_words(alert, language),
        "place": alert_place(alert, say.site, language),
        "came": say("{time}, from before the shift", time=came) if row.carried else came,
        "state": state_words(alert, language, row.state),
        "verdict": verdict_words(alert, language),
        "handover": alert.handover,
        "reason": alert.reason,
        "note": "" if note == alert.reason else note,
        "silenced": say("silenced") if alert.silence and row.is_open else "",
        "done": [_deed(entry, say) for entry in row.done],
    }


def _deed(entry: Entry, say: _Say) -> dict[str, str]:
    """`at`, `by`, `did`, `words`."""
    return {
        "at": say.time(entry.at),
        "by": who(entry.by, say.language),
        "did": deed_words(entry, say.language),
        "words": entry.words,
    }


def _silence(silence: Silence, say: _Say) -> dict[str, str]:
    """`what`, `until`, `reason`, `by`."""
    scope = silence.scope
    told = [
        (say("alert"), scope.alert),
        (say("family"), say(FAMILIES[scope.family]) if scope.family else None),
        (say("kind"), scope.kind),
        (say("zone"), say.zone(scope.zone) if scope.zone else None),
        (say("source"), say.source(scope.source) if scope.source else None),
    ]
    by = silence.by if silence.second is None else f"{silence.by}, {silence.second}"
    return {
        "what": ", ".join(f"{name} {value}" for name, value in told if value),
        "until": say.time(silence.until) if silence.until else say("until it is closed"),
        "reason": silence.reason,
        "by": by,
    }


def _outage(outage: Outage, say: _Say) -> dict[str, str]:
    """`source`, `how`, `from`, `to`, `lasted`, `reason`."""
    how = say("lost") if outage.lost else say("impaired")
    return {
        "source": say.source(outage.source),
        "how": f"{how}: {outage.what}" if outage.what else how,
        "from": say.time(outage.start),
        "to": say.time(outage.end) if outage.over else say("not over"),
        "lasted": say.lasted(outage.lasted_s),
        "reason": outage.reason,
    }


def _crossing(one: Crossings, say: _Say) -> dict[str, str]:
    """`source`, `line`, `what`, `direction`, `count`."""
    cameras = (camera for camera in say.site.cameras if camera.id == one.source)
    lines = {line.id: line.name for camera in cameras for line in camera.lines}
    return {
        "source": say.source(one.source),
        "line": lines.get(one.line, one.line),
        "what": one.object_class,
        "direction": one.direction,
        "count": f"{one.count:,}".replace(",", "\u202f"),
    }


class ShiftSheet(Part):
    """The report as paper: white, with black words, also on the screen."""

    sheet = param.Dict(default={}, doc="See `sheet_of`; empty: none has been made.")
    instead = param.String(default="", doc="What stands there while there is none.")
    printing = param.Integer(default=0, doc="One more asks the browser to print the page.")

    _esm = "browser/shift_sheet.js"
    _look: ClassVar[str] = "shift_sheet.css"
