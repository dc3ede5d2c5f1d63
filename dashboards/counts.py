"""Crossings per line and interval: the journal's sums, kept up by the events that follow them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from hlaska.events import StoredEvent
from serving.messages import CountBin

KIND = "mobility.count"


@dataclass(frozen=True, slots=True)
class Bin:
    """One interval of one line, class and direction."""

    source: str
    line: str
    object_class: str
    direction: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """The crossings of one site, exact up to one event of the journal; replaced, never changed."""

    bin_s: int
    up_to_seq: int = 0
    """The last event of the journal that is in the sums."""
    intervals: Mapping[datetime, Mapping[Bin, int]] = field(default_factory=dict)
    """By the start of the interval: one more crossing copies the bins of its own interval alone."""

    @classmethod
    def of(cls, bins: Iterable[CountBin], *, bin_s: int, up_to_seq: int) -> "Counts":
        """The journal's own sums, which hold every event up to that number."""
        intervals: dict[datetime, dict[Bin, int]] = {}
        for one in bins:
            bin_ = Bin(one.source, one.line, one.object_class, one.direction, one.start)
            intervals.setdefault(one.start, {})[bin_] = one.count
        return cls(bin_s=bin_s, up_to_seq=up_to_seq, intervals=intervals)

    @property
    def bins(self) -> dict[Bin, int]:
        """The crossings of each."""
        return {bin_: n for interval in self.intervals.values() for bin_, n in interval.items()}

    def start_of(self, moment: datetime) -> datetime:
        """When the interval of that moment began: a whole number of intervals since 1970, UTC."""
        return datetime.fromtimestamp(moment.timestamp() // self.bin_s * self.bin_s, UTC)

    def plus(self, stored: StoredEvent) -> "Counts":
        """With one more crossing; the same counts when it is in already, or is no crossing."""
        event = stored.event
        if stored.seq <= self.up_to_seq or event.kind != KIND:
            return self
        bin_ = Bin(
            event.source,
            event.line or "",
            str(event.attributes["object_class"]),
            str(event.attributes["direction"]),
            self.start_of(event.observed_at),
        )
        interval = self.intervals.get(bin_.start, {})
        count = interval.get(bin_, 0) + int(event.attributes["count"])
        intervals = {**self.intervals, bin_.start: {**interval, bin_: count}}
        return replace(self, up_to_seq=stored.seq, intervals=intervals)

    def since(self, moment: datetime) -> "Counts":
        """Without the intervals that began earlier."""
        kept = {start: bins for start, bins in self.intervals.items() if start >= moment}
        return self if len(kept) == len(self.intervals) else replace(self, intervals=kept)

    def per_line(
        self, *, source: str, line: str, direction: str, object_class: str | None = None
    ) -> dict[datetime, int]:
        """Crossings of one line in one direction, by the start of the interval."""
        sums: dict[datetime, int] = {}
        for bin_, count in self.bins.items():
            if (bin_.source, bin_.line, bin_.direction) == (source, line, direction) and (
                object_class in (None, bin_.object_class)
            ):
                sums[bin_.start] = sums.get(bin_.start, 0) + count
        return sums
