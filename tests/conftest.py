"""What holds for every test: no network, no settings of the machine, nothing left in its home."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pandas as pd
import pytest

from hlaska.network import flows as f
from hlaska.network.network import Device, Network

NEEDS_DATA = (
    "needs HLASKA_DATA or the open web; set HLASKA_DATA to the folder with the real data to run it"
)
MAY_BE_SKIPPED = "gpu"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips",
        action="store_true",
        help="a skipped test fails the run, unless it is marked gpu (CI installs everything)",
    )


@pytest.fixture(scope="session", autouse=True)
def _home_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fixtures that outlive a test see a clean environment too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("HLASKA_")]:
            if name != "HLASKA_DATA":
                patch.delenv(name)
        patch.setenv("HLASKA_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def pytest_configure() -> None:
    hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("HLASKA_DATA"):
        return
    for item in items:
        if item.get_closest_marker("network"):
            item.add_marker(pytest.mark.skip(reason=NEEDS_DATA))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if skipped_in_earnest(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for report in skipped_in_earnest(config):
        terminalreporter.write_line(f"SKIPPED UNDER --no-skips: {report.nodeid}", red=True)


def skipped_in_earnest(config: pytest.Config) -> list[Any]:
    """Reports of skipped tests and files that --no-skips does not let pass."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not config.getoption("--no-skips") or reporter is None:
        return []
    return [
        report
        for report in reporter.stats.get("skipped", [])
        if MAY_BE_SKIPPED not in getattr(report, "keywords", {})
    ]


@pytest.fixture(autouse=True)
def _own_home(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HLASKA_HOME", str(tmp_path / "hlaska-home"))
    if not request.node.get_closest_marker("network"):
        monkeypatch.delenv("HLASKA_DATA", raising=False)


class LeftTheMachineError(RuntimeError):
    """A test without the mark `network` reached for another machine."""


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("network"):
        return
    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, _on_this_machine(getattr(socket.socket, method)))


def _on_this_machine(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        # Connecting a datagram socket sends nothing: it is how programs learn their own address.
        if self.family in (socket.AF_INET, socket.AF_INET6) and self.type != socket.SOCK_DGRAM:
            if not _is_here(address[0]):
                raise LeftTheMachineError(
                    f"{address[0]}: mark the test `network`, or use a local server"
                )
        return connect(self, address)

    return guarded


def _is_here(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in ("localhost", "")
    return address.is_loopback or address.is_unspecified


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


@pytest.fixture(scope="session")
def town() -> Town:
    """A small camera network."""
    return Town()
