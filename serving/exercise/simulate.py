"""A performance before the real picture, with a clock that is made: a day in some seconds.

The journal is a real one, of its own, in a folder that is gone afterwards. Nobody acknowledges or
closes an alert: the picture alone is judged.
"""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalogs.alerts import AlertStore
from catalogs.exercise.score import Notice, Steps
from catalogs.journal import Journal
from hlaska.alerts.alert import Alert
from hlaska.kinds import Family, kind_of
from hlaska.playbooks import Playbooks
from hlaska.settings import Settings
from hlaska.sites import Site
from hlaska.threat.levels import Threats
from serving.exercise.performed import Performance, Performed, moment
from serving.picture.picture import Picture

STEP_S = 0.5
"""The picture looks so often when something has happened; as its keeper does."""
CLOSELY_S, SOON_S = 10.0, 300.0
"""So long after an event it is asked every second, and every `SOON_EVERY_S`."""
SOON_EVERY_S, RARELY_EVERY_S = 10.0, 30.0
MOST_ALERTS = 10_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a dispatcher would have seen of the day."""

    steps: Steps
    alerts: tuple[Alert, ...]
    notices: tuple[Notice, ...]
    """The alerts, by what they are about."""
    looks: int
    """How often the picture was asked."""


def simulate(
    performance: Performance,
    site: Site,
    settings: Settings,
    playbooks: Playbooks,
    *,
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> Seen:
    """Plays a day to the picture.

    Args:
        performance: The day.
        site: Where it happened.
        settings: Of the machine; its own journal is not touched.
        playbooks: The recommended actions of the site.
        progress: Told how many looks are done, of how many.

    Raises:
        JournalError: the temporary journal cannot be written.
    """
    script = performance.script
    looks = look_times(performance.items, script.lasts_s)
    with tempfile.TemporaryDirectory(prefix="hlaska-exercise-") as folder:
        url = f"sqlite:///{Path(folder) / 'journal.sqlite'}"
        with Journal.open(url, settings) as journal:
            store = AlertStore(journal)
            picture = Picture(site, journal, store, playbooks)
            diary, sensors = _Diary(script.begins), _Sensors(site)
            arriving = iter(_grouped(performance.items, looks))
            for number, at_s in enumerate(looks, start=1):
                for item in next(arriving):
                    received_at = moment(script.begins, item.at_s)
                    journal.append([item.event], received_at)
                    sensors.hear(item)
                now = moment(script.begins, at_s)
                diary.note(picture.step(now, sensors.working))
                progress(number, len(looks))
            found = store.alerts(site=site.id, newest_first=False, limit=MOST_ALERTS)
    alerts = tuple(alert for _, alert in found)
    activity = {item.event.id: item.activity for item in performance.items}
    notices = tuple(
        Notice(frozenset(activity[one] for one in alert.events), alert.told) for alert in alerts
    )
    return Seen(diary.steps, alerts, notices, len(looks))


def look_times(items: Sequence[Performed], lasts_s: float) -> list[float]:
    """When the picture is asked: often after events, rarely in quiet hours; rising, seconds."""
    times = {RARELY_EVERY_S * n for n in range(1, int(lasts_s / RARELY_EVERY_S) + 1)}
    for item in items:
        at_s = math.ceil(item.at_s / STEP_S) * STEP_S
        times.add(at_s)
        # What only counts changes next to nothing.
        if kind_of(item.event.kind).family is Family.MOBILITY:
            continue
        times.update(at_s + n for n in range(1, int(CLOSELY_S) + 1))
        # On one grid for all events, or a hundred of them would ask a thousand times.
        soon = int(at_s / SOON_EVERY_S) + 1
        times.update(SOON_EVERY_S * (soon + n) for n in range(int(SOON_S / SOON_EVERY_S)))
    return sorted(at_s for at_s in times if at_s <= lasts_s)


def _grouped(items: Sequence[Performed], looks: Sequence[float]) -> Iterator[list[Performed]]:
    """What has arrived before each look, since the one before."""
    begin = 0
    for at_s in looks:
        end = begin
        while end < len(items) and items[end].at_s <= at_s:
            end += 1
        yield list(items[begin:end])
        begin = end


class _Diary:
    """When each level changed."""

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self.steps: dict[str | None, list[tuple[float, int]]] = {}

    def note(self, threats: Threats) -> None:
        at_s = (threats.at - self._begins).total_seconds()
        for one in (threats.whole, *threats.zones):
            steps = self.steps.setdefault(one.zone, [])
            if not steps or steps[-1][1] != one.level:
                steps.append((at_s, one.level))


class _Sensors:
    """Which sensors work, by what they tell of themselves."""

    def __init__(self, site: Site) -> None:
        ids = [camera.id for camera in site.cameras]
        ids += [microphone.id for microphone in site.microphones]
        self._all = frozenset(ids + [feed.id for feed in site.network.feeds])
        self._impaired: set[str] = set()

    def hear(self, item: Performed) -> None:
        kind = item.event.kind
        if kind == "health.restored":
            self._impaired.discard(item.event.source)
        elif kind.startswith("health."):
            self._impaired.add(item.event.source)

    @property
    def working(self) -> frozenset[str]:
        return self._all - self._impaired
