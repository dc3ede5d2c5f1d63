"""A small camera network, and flows on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from hlaska.network import flows as f
from hlaska.network.inventory import Inventory
from hlaska.network.network import Device, Network
from hlaska.network.rules.rule import NetworkRule
from hlaska.network.watch import Look, Watch, WatchArgs

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Town:
    """Two cameras and a recorder; `flow` makes a row, `table` a flow table of rows."""

    camera, other_camera, recorder = "10.31.1.11", "10.31.1.12", "10.31.1.2"
    stranger, outside = "10.31.1.66", "203.0.113.9"

    def __init__(self) -> None:
        self.network = Network(
            ["10.31.1.0/24", "fd00:31::/64"],
            {
                self.camera: Device("cam-gate", "camera", "gate"),
                self.other_camera: Device("cam-yard", "camera", "yard"),
                self.recorder: Device("recorder", "recorder"),
            },
        )

    def flow(self, at_s: float, src: str, dst: str, port: int, **changes: Any) -> dict[str, Any]:
        """A flow that begins `at_s` seconds after noon: an answered TCP connection of 0.1 s."""
        row = {
            f.STARTED_AT: NOON + timedelta(seconds=at_s),
            f.DURATION_S: 0.1,
            f.SRC: src,
            f.DST: dst,
            f.SRC_PORT: 40_000,
            f.DST_PORT: port,
            f.PROTOCOL: "tcp",
            f.SRC_BYTES: 500,
            f.DST_BYTES: 700,
            f.SRC_PACKETS: 6,
            f.DST_PACKETS: 5,
            f.STATE: "established",
        }
        assert changes.keys() <= f.FLOW_DTYPES.keys()
        return row | changes

    def knock(self, at_s: float, src: str, dst: str, port: int, **changes: Any) -> dict[str, Any]:
        """A flow that nobody answers."""
        silence = {f.STATE: "unanswered", f.DURATION_S: 0.0, f.SRC_PACKETS: 1, f.SRC_BYTES: 60}
        none = {f.DST_PACKETS: 0, f.DST_BYTES: 0}
        return self.flow(at_s, src, dst, port, **(silence | none | changes))

    def stream(self, at_s: float, camera: str, receiver: str, **changes: Any) -> dict[str, Any]:
        """A minute of video, which the receiver asked for: 2 Mbit/s."""
        video = {f.DURATION_S: 60.0, f.DST_BYTES: 15_000_000, f.DST_PACKETS: 11_000}
        return self.flow(at_s, receiver, camera, 554, **(video | changes))

    def table(self, rows: list[dict[str, Any]]) -> pd.DataFrame:
        """A flow table, in the order of the rows."""
        if not rows:
            return f.no_flows()
        return f.flow_table({name: [row[name] for row in rows] for name in rows[0]})

    def inventory(self, *, learn_s: float = 0.0) -> Inventory:
        """An inventory that knows nothing."""
        return Inventory(learn_s=learn_s)

    def watch(self, *looking: NetworkRule, learn_s: float = 0.0, **args: Any) -> Watch:
        """A watch with some rules only."""
        return Watch(
            self.network, self.inventory(learn_s=learn_s), WatchArgs(**args), looking or None
        )

    def looks(self, watch: Watch, rows: list[dict[str, Any]]) -> list[Look]:
        """All that came of those flows."""
        return [*watch.take(self.table(rows)), *watch.finish()]


@pytest.fixture(scope="session")
def town() -> Town:
    return Town()


@pytest.fixture(scope="session")
def noon() -> datetime:
    return NOON


@pytest.fixture
def told(town):
    """`told(rule, rows, learn_s=0)`: the findings of one rule on those flows."""

    def run(rule: NetworkRule, rows: list[dict[str, Any]], *, learn_s: float = 0.0) -> list[Any]:
        watch = town.watch(rule, learn_s=learn_s)
        return [finding for look in town.looks(watch, rows) for finding in look.began]

    return run
