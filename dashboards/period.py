"""The time that a page looks back on: the last hours, or from one moment to another."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import param

from dashboards.language import translate
from dashboards.part import Part
from hlaska.records import Record

OWN = "own"
"""The choice of a time by its beginning and end; other choices are numbers of hours."""
LONGEST = timedelta(days=31)
"""More than a month at once is asked of the audit log or a notebook, not of a page."""


class Period(Record):
    """From `since` to before `until`, UTC."""

    since: datetime
    until: datetime

    @property
    def lasts(self) -> timedelta:
        """How long."""
        return self.until - self.since


class Chosen(Record):
    """What somebody chose."""

    choice: str
    since: str = ""
    until: str = ""


def read_period(
    chosen: Chosen, time_zone: str, now: datetime, language: str = "en"
) -> Period | str:
    """The time that is meant, or what is wrong with it and what to do.

    Args:
        chosen: Hours up to now, or `own` with its beginning and end, each such as
            2026-05-01T06:00 on the clocks of the site.
        time_zone: IANA name of the site's.
        now: The time.
        language: Of the words.
    """
    if chosen.choice != OWN:
        try:
            hours = timedelta(hours=float(chosen.choice))
        except (ValueError, OverflowError):
            hours = timedelta()
        if not timedelta() < hours <= LONGEST:
            return translate("Choose one of the times above", language)
        return Period(since=now - hours, until=now)
    try:
        since, until = (_moment(text, time_zone) for text in (chosen.since, chosen.until))
    except ValueError:
        return translate("Give a date and a time of day for both, from and to", language)
    if until <= since:
        return translate("“To” is not later than “from”: swap or correct them", language)
    if until - since > LONGEST:
        return translate("That is more than 31 days: choose a shorter time", language)
    if since >= now:
        return translate("That is in the future: choose an earlier time", language)
    return Period(since=since, until=until)


def _moment(text: str, time_zone: str) -> datetime:
    local = datetime.fromisoformat(text)
    if local.tzinfo is not None or not 1970 < local.year < 9000:
        raise ValueError(text)
    return local.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def wall_clock(moment: datetime, time_zone: str) -> str:
    """A moment on the clocks of the site, as a browser's field for dates wants it."""
    return moment.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%dT%H:%M")


class PeriodBar(Part):
    """Buttons for the last hours, two fields for any other time, and how the question does."""

    hours = param.Dict(default={}, doc="Names of the buttons by their number of hours.")
    choice = param.String(default="", doc="Hours of the pressed button, or `own`.")
    since = param.String(default="", doc="Beginning, on the clocks of the site.")
    until = param.String(default="", doc="End, on the clocks of the site.")
    state = param.Dict(default={}, doc="How the question does: `kind` (waiting, bad), `words`.")
    button = param.String(default="", doc="What the last button says; empty: there is none.")
    asked = param.Dict(default={}, doc="What somebody has just asked for; see `Chosen`.")
    pressed = param.Event(doc="Somebody pressed the last button.")

    _esm = "browser/period.js"
    _look: ClassVar[str] = "period.css"

    def _handle_msg(self, data: dict[str, Any]) -> None:
        if data.get("pressed"):
            self.pressed = True

    def choose(self, chosen: Chosen, time_zone: str, now: datetime, language: str) -> Period | None:
        """Show what was chosen, as `read_period` reads it; None: it is no time, and is said so."""
        period = read_period(chosen, time_zone, now, language)
        if isinstance(period, str):
            self.param.update(choice=OWN, since=chosen.since, until=chosen.until)
            self.complain(period)
            return None
        self.param.update(
            choice=chosen.choice,
            since=wall_clock(period.since, time_zone),
            until=wall_clock(period.until, time_zone),
        )
        return period

    def wait(self, words: str) -> None:
        """Say that an answer is to come."""
        self.state = {"kind": "waiting", "words": words}

    def complain(self, words: str) -> None:
        """Say what is wrong, and what to do."""
        self.state = {"kind": "bad", "words": words}

    def settle(self, words: str = "") -> None:
        """Say that all is shown."""
        self.state = {"kind": "good", "words": words} if words else {}
