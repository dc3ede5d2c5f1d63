"""What happened in a shift, and what was done about it: for the report and for notebooks."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from statistics import median

from pydantic import AwareDatetime, Field

from hlaska.alerts.alert import OPEN, Alert, Entry, State, Verdict
from hlaska.alerts.outages import Outage, outages
from hlaska.alerts.past import answered, closed, done_between, state_at
from hlaska.alerts.silences import Silence
from hlaska.events import Event
from hlaska.kinds import Family
from hlaska.records import Name, Record
from hlaska.threat.levels import LevelChange
from hlaska.threat.spans import Span, spans


class Times(Record):
    """How long something took."""

    of: int = Field(ge=0, description="So many were done.")
    median_s: float | None = Field(description="Half of them took no longer; None: none was done.")


class ZoneShift(Record):
    """The levels of one zone over a shift; all its times together are the shift."""

    zone: Name | None = Field(description="None: the whole site.")
    highest: int | None = Field(description="Of what was known; None: nothing was.")
    at_level_s: tuple[float, float, float, float, float] = Field(
        description="Seconds at each level, 0 to 4, while it was known."
    )
    unknown_s: float = Field(ge=0, description="Seconds of which nobody could tell the level.")


class ShiftAlert(Record):
    """One alert of a shift."""

    alert: Alert
    state: State = Field(description="At the end of the shift.")
    carried: bool = Field(description="Whether it was open already when the shift began.")
    done: tuple[Entry, ...] = Field(description="What people did about it in the shift.")

    @property
    def is_open(self) -> bool:
        """Whether it was open at the end of the shift."""
        return self.state in OPEN


class Crossings(Record):
    """How many crossed a line one way."""

    source: Name
    line: str
    object_class: str
    direction: str
    count: int = Field(ge=0)


class ShiftSummary(Record):
    """A shift. The counts of alerts by state, family, severity and verdict have one sum: all."""

    since: AwareDatetime
    until: AwareDatetime
    zones: tuple[ZoneShift, ...] = Field(description="The whole site first.")
    alerts: tuple[ShiftAlert, ...] = Field(
        description="Open ones first, of those the handed over; then the worst, then the newest."
    )
    by_state: dict[State, int]
    by_family: dict[Family, int]
    by_severity: dict[int, int]
    by_verdict: dict[Verdict | None, int] = Field(
        description="As known now: many are judged after the shift. None: not judged."
    )
    carried: int = Field(ge=0, description="Alerts that were open already when it began.")
    open: int = Field(ge=0, description="Alerts that were open when it ended.")
    answering: Times = Field(description="From when an alert was told to the first deed about it.")
    closing: Times = Field(description="From when an alert was told to when somebody closed it.")
    silences: tuple[Silence, ...] = Field(description="That hid something at the end of it.")
    outages: tuple[Outage, ...] = Field(description="The longest first.")
    crossings: tuple[Crossings, ...] = Field(description="By source, line, class and direction.")


def shift_summary(
    alerts: Iterable[Alert],
    levels: Iterable[LevelChange],
    silences: Iterable[Silence],
    events: Iterable[Event],
    since: datetime,
    until: datetime,
    *,
    crossings: Iterable[Crossings] = (),
) -> ShiftSummary:
    """A shift, from `since` to before `until`.

    Args:
        alerts: Of one site; those that the shift did not see are left out.
        levels: Changes, with the last before `since` of each zone.
        silences: Those that did not hide anything at the end are left out.
        events: Health events for the outages (also some of before), counted crossings.
        since: Its beginning.
        until: Its end; an earlier `until` than `since` is an empty shift.
        crossings: Crossings that somebody has added up already, beside those among `events`.
    """
    known, told = list(alerts), list(events)
    rows = [row for row in (_row(alert, since, until) for alert in known) if row is not None]
    rows.sort(key=_urgency)
    closed_then = {alert.id for alert in known if not _open_before(alert, until)}
    lost = sorted(outages(told, since, until), key=lambda one: -one.lasted_s)
    return ShiftSummary(
        since=since,
        until=until,
        zones=_zones(spans(levels, since, until)),
        alerts=tuple(rows),
        by_state=dict(Counter(row.state for row in rows)),
        by_family=dict(Counter(row.alert.family for row in rows)),
        by_severity=dict(Counter(row.alert.severity for row in rows)),
        by_verdict=dict(Counter(_verdict(row.alert) for row in rows)),
        carried=sum(row.carried for row in rows),
        open=sum(row.is_open for row in rows),
        answering=_times(rows, answered, since, until),
        closing=_times(rows, closed, since, until),
        silences=tuple(one for one in silences if _in_force(one, until, closed_then)),
        outages=tuple(lost),
        crossings=_crossings(told, crossings, since, until),
    )


def _open_before(alert: Alert, moment: datetime) -> bool:
    return state_at(alert, moment - datetime.resolution) in OPEN


def _row(alert: Alert, since: datetime, until: datetime) -> ShiftAlert | None:
    state = state_at(alert, until - datetime.resolution)
    done = done_between(alert, since, until)
    carried = _open_before(alert, since)
    if until <= since or state is None or not (carried or done or alert.opened_at >= since):
        return None
    return ShiftAlert(alert=alert, state=state, carried=carried, done=done)


def _urgency(row: ShiftAlert) -> tuple[bool, bool, int, float, str]:
    alert = row.alert
    handed_over = row.is_open and bool(alert.handover)
    return (
        not row.is_open,
        not handed_over,
        -alert.severity,
        -alert.opened_at.timestamp(),
        alert.id,
    )


def _verdict(alert: Alert) -> Verdict | None:
    return None if alert.judgement is None else alert.judgement.verdict


def _times(
    rows: Sequence[ShiftAlert],
    deed: Callable[[Alert], Entry | None],
    since: datetime,
    until: datetime,
) -> Times:
    took = []
    for row in rows:
        entry = deed(row.alert)
        if entry is not None and since <= entry.at < until:
            # Somebody's clock may be ahead of ours: nothing is done before it is told.
            took.append(max(0.0, (entry.at - row.alert.opened_at).total_seconds()))
    return Times(of=len(took), median_s=median(took) if took else None)


def _in_force(silence: Silence, moment: datetime, closed_then: Collection[str]) -> bool:
    over = silence.ended_at is not None and silence.ended_at <= moment
    waits = silence.needs_second and silence.second is None
    if over or waits or silence.at > moment:
        return False
    if silence.until is not None:
        return silence.until > moment
    return silence.scope.alert not in closed_then


def _zones(found: Sequence[Span]) -> tuple[ZoneShift, ...]:
    rows = []
    for zone in dict.fromkeys(span.zone for span in found):
        own = [span for span in found if span.zone == zone]
        known = [span for span in own if span.known]
        lasted = [sum(span.lasted_s for span in known if span.level == n) for n in range(5)]
        rows.append(
            ZoneShift(
                zone=zone,
                highest=max((span.level for span in known), default=None),
                at_level_s=(lasted[0], lasted[1], lasted[2], lasted[3], lasted[4]),
                unknown_s=sum(span.lasted_s for span in own if not span.known),
            )
        )
    return tuple(rows)


def _crossings(
    events: Iterable[Event], summed: Iterable[Crossings], since: datetime, until: datetime
) -> tuple[Crossings, ...]:
    total: Counter[tuple[str, str, str, str]] = Counter()
    for one in summed:
        total[one.source, one.line, one.object_class, one.direction] += one.count
    for event in events:
        if event.kind == "mobility.count" and since <= event.observed_at < until:
            said = event.attributes
            way = (str(said["object_class"]), str(said["direction"]))
            total[event.source, event.line or "", *way] += int(said["count"])
    return tuple(
        Crossings(source=source, line=line, object_class=what, direction=way, count=count)
        for (source, line, what, way), count in sorted(total.items())
    )
