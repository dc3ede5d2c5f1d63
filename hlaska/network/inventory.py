"""What has been seen on the network so far, and so what is usual: the memory of the rules.

Everything here is bounded, since a forger of addresses decides how many there are.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from pydantic import AwareDatetime, Field

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.window import Window
from hlaska.records import Record

MOST_HOSTS = 20_000
"""Inside hosts that are remembered; of more, the one that was silent longest is forgotten."""
MOST_PEERS = 2_000
"""Peers remembered of each."""
TIMES_WHILE_LEARNING = 10.0
"""So many times as much must be measured while nobody knows yet what is usual. An estimate."""
MOST_HABITS = 100_000
"""Measures of all hosts together; beyond it the oldest goes."""
HALF_LIFE = timedelta(days=7)
"""After so long a height that was reached once counts half: habits change, a week has its days."""
HOURS = 24


@dataclass(slots=True)
class Seen:
    """What is known of one inside host."""

    first_at: datetime
    last_at: datetime
    peers: dict[str, datetime] = field(default_factory=dict)
    """Who it talked with (both said something), and when last."""
    services: set[str] = field(default_factory=set)
    """What it was asked for and answered: `rtsp`, `http`, `port 9000` …"""
    streams: set[str] = field(default_factory=set)
    """Who gets, or got, its stream; see `hlaska.network.rules.redirection`."""
    sent: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    """Bytes that it sent in each hour of the day (UTC), of all days."""
    received: list[float] = field(default_factory=lambda: [0.0] * HOURS)


@dataclass(frozen=True, slots=True)
class Excess:
    """What a measure exceeds."""

    usual: float
    limit: float
    known: bool = True
    """Whether it has been learnt what is usual."""


@dataclass(slots=True)
class _Habit:
    height: float
    """The most on earlier days …"""
    at: datetime
    """… as it was at this time: it fades."""
    day: int
    today: float
    """The most on that day."""

    def faded(self, now: datetime) -> float:
        return self.height * math.exp2(-max((now - self.at) / HALF_LIFE, 0.0))


class HabitRecord(Record):
    """One habit as it is stored."""

    measure: str
    host: str
    height: float
    at: AwareDatetime
    day: int
    today: float


class SeenRecord(Record):
    """One host as it is stored."""

    ip: str
    first_at: AwareDatetime
    last_at: AwareDatetime
    peers: dict[str, AwareDatetime]
    services: tuple[str, ...]
    streams: tuple[str, ...]
    sent: tuple[float, ...] = Field(min_length=HOURS, max_length=HOURS)
    received: tuple[float, ...] = Field(min_length=HOURS, max_length=HOURS)


class InventoryRecord(Record):
    """An inventory as it is stored."""

    began_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    minutes: tuple[float, ...] = Field(min_length=HOURS, max_length=HOURS)
    hosts: tuple[SeenRecord, ...]
    habits: tuple[HabitRecord, ...]


class Inventory:
    """Hosts, their peers, services and volumes, and how high each measure of a rule usually goes.

    Args:
        learn_s: How long from the first flow on whatever is new is taken for usual, seconds.
    """

    def __init__(self, *, learn_s: float) -> None:
        self.learn_s = learn_s
        self.began_at: datetime | None = None
        self._ended_at: datetime | None = None
        self._minutes = [0.0] * HOURS
        """How long was watched in each hour of the day, of all days."""
        self.hosts: dict[str, Seen] = {}
        self._habits: dict[tuple[str, str], _Habit] = {}

    @property
    def learning_until(self) -> datetime | None:
        """When learning ends; None before the first flow."""
        return None if self.began_at is None else self.began_at + timedelta(seconds=self.learn_s)

    def begin(self, at: datetime) -> None:
        """The first flow is seen; learning begins, if it has not."""
        self.began_at = self.began_at or at

    def learns(self, now: datetime) -> bool:
        """Whether what is new is still taken for usual."""
        until = self.learning_until
        return until is None or now < until

    def knows_peer(self, host: str, peer: str) -> bool:
        """Whether the two have talked before."""
        seen = self.hosts.get(host)
        return seen is not None and peer in seen.peers

    def streams_to(self, receiver: str) -> list[str]:
        """Who usually sends a stream to that host."""
        return sorted(host for host, seen in self.hosts.items() if receiver in seen.streams)

    def usual(self, measure: str, host: str, now: datetime) -> float:
        """The most that a rule measured of a host on earlier days; it fades by the week."""
        habit = self._habits.get((measure, host))
        if habit is None:
            return 0.0
        day = self._day(now)
        if habit.day != day:
            if habit.day < day:
                since = max(timedelta(0), (day - habit.day - 1) * timedelta(days=1))
                habit.height = max(habit.faded(now), habit.today * 0.5 ** (since / HALF_LIFE))
                habit.at = now
            habit.day, habit.today = day, 0.0
        return habit.faded(now)

    def judge(
        self, measure: str, host: str, value: float, now: datetime, *, least: float, times: float
    ) -> Excess | None:
        """Compare what a rule measured with what it must reach.

        Args:
            measure: Name of what is measured.
            host: Of whom.
            value: How much it is.
            now: When, UTC.
            least: It must be so much at least …
            times: … and so many times what is usual.

        Returns:
            What it exceeds; None when it is nothing to report. That becomes usual on the next day,
            so that who turns up the tap slowly is not believed within minutes; while it is learnt
            what is usual everything becomes so, when that ends.
        """
        usual, learns = self.usual(measure, host, now), self.learns(now)
        limit = max(least * (TIMES_WHILE_LEARNING if learns else 1.0), times * usual)
        if value < limit or learns:
            self._get_used(measure, host, value, now)
        return Excess(usual, limit, not learns) if value >= limit else None

    def _get_used(self, measure: str, host: str, value: float, now: datetime) -> None:
        habit = self._habits.get((measure, host))
        if habit is not None:
            habit.today = max(habit.today, value)
        elif value > 0:
            self._habits[measure, host] = _Habit(0.0, now, self._day(now), value)
            if len(self._habits) > MOST_HABITS:
                del self._habits[next(iter(self._habits))]

    def _day(self, now: datetime) -> int:
        """Number of the day since learning ended; -1 before."""
        until = self.learning_until
        return -1 if until is None or now < until else (now - until) // timedelta(days=1)

    def usual_bytes(self, host: str, now: datetime) -> tuple[float, float]:
        """Bytes that a host usually sends and receives in a minute of this hour; 0 if not known.

        Of a host that came later than others it is too little, until days have gone by.
        """
        seen, hour = self.hosts.get(host), now.astimezone(UTC).hour
        minutes = self._minutes[hour]
        if seen is None or minutes < 1:
            return 0.0, 0.0
        return seen.sent[hour] / minutes, seen.received[hour] / minutes

    def learn(self, window: Window, but: Iterable[str] = ()) -> None:
        """Take in a slice that has been looked at.

        Args:
            window: The slice.
            but: Hosts of which nothing is learnt now, since there is an alarm about them.
        """
        table, suspects = window.table, set(but)
        sent = _per_host(window, f.SRC_BYTES, f.DST_BYTES)
        received = _per_host(window, f.DST_BYTES, f.SRC_BYTES)
        spoke = _spoke(window)
        hour = window.ends.astimezone(UTC).hour
        self._minutes[hour] += self._passed(window) / 60
        for place in np.flatnonzero(window.inside & spoke):
            host = window.hosts[place]
            seen = self.hosts.get(host)
            if host in suspects and seen is None:
                continue
            if seen is None:
                seen = Seen(window.begins, window.ends)
            seen.last_at = max(seen.last_at, window.ends)
            # The one that spoke last is the last of the dict.
            self.hosts.pop(host, None)
            self.hosts[host] = seen
            if len(self.hosts) > MOST_HOSTS:
                del self.hosts[next(iter(self.hosts))]
            if host not in suspects:
                seen.sent[hour] += sent[place]
                seen.received[hour] += received[place]
        answered = np.flatnonzero(
            window.answered & (window.inside[window.src] | window.inside[window.dst])
        )
        services, ports = table[f.SERVICE].to_numpy(object), table[f.DST_PORT].to_numpy()
        pairs = window.src[answered] * len(window.hosts) + window.dst[answered]
        for pair in np.unique(pairs):
            src, dst = (window.hosts[place] for place in divmod(int(pair), len(window.hosts)))
            if src not in suspects and dst not in suspects:
                self._met(src, dst, window.ends)
                self._met(dst, src, window.ends)
        asked = window.dst[answered] * 65_536 + ports[answered]
        for row in answered[np.unique(asked, return_index=True)[1]]:
            seen = self.hosts.get(window.hosts[window.dst[row]])
            if seen is not None and len(seen.services) < MOST_PEERS:
                seen.services.add(services[row] or f"port {ports[row]}")

    def _passed(self, window: Window) -> float:
        """Seconds since the slice before: a quiet time was watched too, a pause of an hour not."""
        before, self._ended_at = self._ended_at, window.ends
        gap_s = (window.ends - before).total_seconds() if before is not None else window.span_s
        return gap_s if 0 < gap_s <= 3600 else window.span_s

    def _met(self, host: str, peer: str, now: datetime) -> None:
        seen = self.hosts.get(host)
        if seen is None:
            return
        seen.peers.pop(peer, None)
        seen.peers[peer] = now
        if len(seen.peers) > MOST_PEERS:
            del seen.peers[next(iter(seen.peers))]

    def record(self) -> InventoryRecord:
        """What there is, to be stored."""
        return InventoryRecord(
            began_at=self.began_at,
            ended_at=self._ended_at,
            minutes=tuple(self._minutes),
            hosts=tuple(
                SeenRecord(
                    ip=ip,
                    first_at=seen.first_at,
                    last_at=seen.last_at,
                    peers=dict(seen.peers),
                    services=tuple(sorted(seen.services)),
                    streams=tuple(sorted(seen.streams)),
                    sent=tuple(seen.sent),
                    received=tuple(seen.received),
                )
                for ip, seen in self.hosts.items()
            ),
            habits=tuple(
                HabitRecord(
                    measure=measure,
                    host=host,
                    height=habit.height,
                    at=habit.at,
                    day=habit.day,
                    today=habit.today,
                )
                for (measure, host), habit in self._habits.items()
            ),
        )

    @classmethod
    def of(cls, record: InventoryRecord, *, learn_s: float) -> "Inventory":
        """An inventory that was stored."""
        inventory = cls(learn_s=learn_s)
        inventory.began_at, inventory._ended_at = record.began_at, record.ended_at
        inventory._minutes = list(record.minutes)
        for one in record.hosts:
            inventory.hosts[one.ip] = Seen(
                one.first_at,
                one.last_at,
                dict(one.peers),
                set(one.services),
                set(one.streams),
                list(one.sent),
                list(one.received),
            )
        for habit in record.habits:
            key = (habit.measure, habit.host)
            inventory._habits[key] = _Habit(habit.height, habit.at, habit.day, habit.today)
        return inventory


def _per_host(window: Window, as_src: str, as_dst: str) -> np.ndarray:
    many = len(window.hosts)
    return np.bincount(window.src, window.numbers(as_src), many) + np.bincount(
        window.dst, window.numbers(as_dst), many
    )


def _spoke(window: Window) -> np.ndarray:
    """Of each host, whether it sent a packet: an address that is only asked for is no host."""
    return _per_host(window, f.SRC_PACKETS, f.DST_PACKETS) > 0


def flows_per_host(window: Window) -> np.ndarray:
    """Of each host, in how many flows it took part."""
    return _per_host(window, c.FLOWS, c.FLOWS)
