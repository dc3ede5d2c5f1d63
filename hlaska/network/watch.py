"""All rules on the flows of one feed, slice by slice; each activity is told once.

Time is that of the flows: when each ended, as far as the newest has come. A flow that is told late
counts with those of its neighbours in the log, so that none is lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from hlaska.network import flows as f
from hlaska.network.conversations import (
    ended_at,
    no_conversations,
    sliced,
    stacked,
    together,
)
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Inventory
from hlaska.network.network import Network
from hlaska.network.rules.beaconing import Beaconing
from hlaska.network.rules.bruteforce import BruteForce
from hlaska.network.rules.exfiltration import Exfiltration
from hlaska.network.rules.flood import Flood
from hlaska.network.rules.newcomers import Newcomers
from hlaska.network.rules.redirection import Redirection
from hlaska.network.rules.rule import NetworkRule, Scene
from hlaska.network.rules.scan import Scan
from hlaska.network.window import Window
from hlaska.records import Record

WEAKER = frozenset({"cyber.new-peer", "cyber.anomaly"})
"""What is not told of hosts about whom something stronger is under way."""
NEWCOMER = "cyber.new-asset"
"""It is told once: then the device is known, and what it does is learnt."""
MINUTE_S = 60.0
MINUTE = timedelta(seconds=MINUTE_S)
MOST_ACTIVITIES = 10_000
"""Under way at a time; who forges addresses could make any number."""


class WatchArgs(Record):
    """How a feed is watched."""

    slice_s: float = Field(default=10.0, gt=0, le=600, description="How often rules look.")
    window_s: float = Field(default=300.0, gt=0, le=7200, description="How far back they see.")
    quiet_s: float = Field(
        default=600.0, gt=0, description="An activity is over when it was not seen for so long."
    )
    learn_s: float = Field(
        default=86_400.0, ge=0, description="From the first flow: what is new then is usual."
    )
    jump_s: float = Field(
        default=3600.0,
        gt=0,
        description="When flows are older than those before by so much, the clock was set back.",
    )


def rules() -> list[NetworkRule]:
    """All rules, new. A new rule is one more line."""
    return [
        Newcomers(),
        Scan(),
        Flood(),
        BruteForce(),
        Exfiltration(),
        Beaconing(),
        Redirection(),
    ]


@dataclass(frozen=True, slots=True)
class Look:
    """What came of one slice."""

    slice: Window
    window: Window
    """The last minutes; a conversation that went on comes once for each of its slices."""
    minute: Window | None
    """The conversations of the minute that is complete with this slice: what models are shown."""
    began: tuple[NetworkFinding, ...]
    """Activities that begin with it."""


class Activities:
    """What is under way, so that it is told once."""

    def __init__(self, quiet: timedelta) -> None:
        self._quiet = quiet
        self._until: dict[tuple[str, str, str], datetime] = {}

    def begun(self, findings: Iterable[NetworkFinding], now: datetime) -> list[NetworkFinding]:
        """Those of the findings that are new; the others keep their activity going."""
        for key in [key for key, until in self._until.items() if until < now]:
            del self._until[key]
        new = []
        for finding in sorted(findings, key=lambda one: one.kind in WEAKER):
            if finding.kind in WEAKER and {finding.host, *finding.peers[:1]} & self._talked_about:
                continue
            key = (finding.kind, finding.host, finding.place)
            if key not in self._until:
                if len(self._until) >= MOST_ACTIVITIES:
                    continue
                new.append(finding)
            self._until[key] = now + max(self._quiet, timedelta(seconds=finding.quiet_s))
        return new

    @property
    def _talked_about(self) -> set[str]:
        return {end for kind, *ends in self._until if kind not in WEAKER for end in ends}

    def goes_on(self, finding: NetworkFinding) -> bool:
        """Whether it is of an activity that was told and is under way."""
        return (finding.kind, finding.host, finding.place) in self._until

    def of(self, host: str) -> tuple[str, ...]:
        """Kinds of what goes on about a host, whether it does it or suffers it."""
        return tuple(sorted({kind for kind, *ends in self._until if host in ends}))

    @property
    def suspects(self) -> set[str]:
        """Hosts that do, or suffer, what is more than new or unusual."""
        weak = WEAKER | {NEWCOMER}
        return {end for kind, *ends in self._until if kind not in weak for end in ends}


class Watch:
    """The rules on one feed.

    Args:
        network: What addresses are.
        inventory: What is known already; it learns.
        args: How to watch.
        looking: The rules; all of them unless given.
    """

    def __init__(
        self,
        network: Network,
        inventory: Inventory,
        args: WatchArgs,
        looking: Sequence[NetworkRule] | None = None,
    ) -> None:
        self.network, self.inventory, self.args = network, inventory, args
        self._rules = rules() if looking is None else list(looking)
        self._past = no_conversations()
        self._past_numbers = np.zeros(0, np.int64)
        """To which slice each row of the past belongs."""
        self._open: list[pd.DataFrame] = []
        self._minute: list[pd.DataFrame] = []
        self._number: int | None = None
        self.activities = Activities(timedelta(seconds=args.quiet_s))
        self.jumps = 0
        """How often the feed's clock was set back."""

    @property
    def now(self) -> datetime | None:
        """End of the open slice, UTC; None before the first flow."""
        return None if self._number is None else self._moment(self._number + 1)

    def take(self, flows: pd.DataFrame) -> list[Look]:
        """Take flows in, in the order in which they were told.

        Returns:
            What came of each slice that is complete now.
        """
        if not len(flows):
            return []
        numbers = self._in_order(_told_us(flows) // round(self.args.slice_s * 1e6))
        looks = []
        for number, talks in sliced(flows, numbers).items():
            looks += self._advance(number)
            self._open.append(talks)
        return looks

    def tick(self, now: datetime) -> list[Look]:
        """No flow has come for a while: time goes on all the same."""
        if self._number is None:
            return []
        number = int(now.timestamp() // self.args.slice_s)
        return self._advance(number) if number > self._number else []

    def finish(self) -> list[Look]:
        """No more will come: look at what there is."""
        if self._number is None:
            return []
        a_minute = max(1, round(MINUTE_S / self.args.slice_s))
        return self._advance((self._number // a_minute + 1) * a_minute)

    def _in_order(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of slices that never fall, but where the clock was set back."""
        jump = max(1, round(self.args.jump_s / self.args.slice_s))
        at = int(numbers[0]) if self._number is None else self._number
        newest = int(np.median(numbers[-max(1, len(numbers) // 10) :]))
        if newest < at - jump:
            self.jumps += 1
            at = int(numbers.min())
        # One wrong time, far ahead of all others, must not carry the clock away.
        return np.maximum.accumulate(np.clip(numbers, at, max(at, newest + jump)))

    def _advance(self, number: int) -> list[Look]:
        if self._number is None:
            self._number = number
        if number == self._number:
            return []
        look = self._look(self._number, number)
        self._number = number
        return [look]

    def _look(self, number: int, following: int) -> Look:
        newest = together(self._open)
        self._open = []
        keep = max(1, round(self.args.window_s / self.args.slice_s))
        past = self._past_numbers
        # After a clock was set back, what is told of the future is none of the past.
        begin, end = np.searchsorted(past, (number - keep, number), side="right")
        if number in past[begin:end] or end < len(past):
            begin = end = 0
        self._past = stacked([self._past.iloc[begin:end], newest])
        self._past_numbers = np.append(past[begin:end], np.full(len(newest), number))
        ends = self._moment(number + 1)
        first = int(self._past_numbers[0]) if len(self._past_numbers) else number
        window = Window(self._past, self._moment(first), ends, self.network)
        slice_ = Window(newest, self._moment(number), ends, self.network)
        self.inventory.begin(slice_.begins)
        scene = Scene(slice_, window, self.inventory)
        found = [finding for rule in self._rules for finding in rule.update(scene)]
        began = self.activities.begun(found, ends)
        self.inventory.learn(slice_, but=self.activities.suspects)
        return Look(slice_, window, self._complete(slice_, number, following), tuple(began))

    def _complete(self, slice_: Window, number: int, following: int) -> Window | None:
        """The minute that ends before the slice of number `following`; None when it goes on."""
        self._minute.append(slice_.table)
        minute, after = (int(each * self.args.slice_s // MINUTE_S) for each in (number, following))
        if minute == after:
            return None
        whole, self._minute = together(self._minute), []
        begins = datetime.fromtimestamp(minute * MINUTE_S, UTC)
        return Window(whole, begins, max(begins + MINUTE, slice_.ends), self.network)

    def _moment(self, number: int) -> datetime:
        return datetime.fromtimestamp(number * self.args.slice_s, UTC)


def _told_us(flows: pd.DataFrame) -> NDArray[np.int64]:
    """When each flow was told, µs since 1970: logs follow ends, or starts.

    Whichever of the two rises more steadily is taken.
    """
    ends = ended_at(flows).to_numpy("datetime64[us]").astype(np.int64)
    starts = flows[f.STARTED_AT].to_numpy("datetime64[us]").astype(np.int64)
    rises = [int(np.count_nonzero(np.diff(stamps) >= 0)) for stamps in (ends, starts)]
    return ends if rises[0] >= rises[1] else starts
