import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from hlaska import checks
from hlaska.checks import Check
from hlaska.settings import Settings


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """Something that answers on a port of this machine with `server.says`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.server.says)  # type: ignore[attr-defined]

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def named(found: list[Check], name: str) -> Check:
    return {check.name: check for check in found}[name]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_every_check_that_is_not_ok_says_what_to_do():
    found = checks.collect()
    assert len(found) > 5
    assert all(check.remedy for check in found if check.status != "ok")


def test_a_free_port_is_fine():
    settings = Settings.load(gateway_port=free_port())
    assert named(checks.ports(settings), f"port {settings.gateway_port}").status == "ok"


def test_a_port_where_our_own_gateway_answers_is_fine(server):
    server.says = json.dumps({"status": "ok", "last_seq": 3}).encode()
    settings = Settings.load(gateway_port=server.server_port)
    check = named(checks.ports(settings), f"port {server.server_port}")
    assert (check.status, check.found) == ("ok", "the gateway server runs")


def test_a_port_that_another_program_holds_fails_and_names_the_variable(server):
    server.says = b"<h1>Printer</h1>"
    settings = Settings.load(gateway_port=server.server_port)
    check = named(checks.ports(settings), f"port {server.server_port}")
    assert check.status == "fail"
    assert "HLASKA_GATEWAY_PORT" in check.remedy


def test_a_port_that_another_program_holds_silently_fails_too(monkeypatch):
    monkeypatch.setattr(checks, "ANSWER_WITHIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        check = named(checks.ports(Settings.load(gateway_port=port)), f"port {port}")
    assert check.status == "fail"


def test_an_address_of_another_machine_fails():
    # 192.0.2.0/24 is set aside for documentation (RFC 5737): no machine has it.
    found = checks.ports(Settings.load(gateway_host="192.0.2.1"))
    assert {check.status for check in found} == {"fail"}
    assert "HLASKA_GATEWAY_HOST" in found[0].remedy


def test_a_home_below_a_file_fails(tmp_path: Path):
    (tmp_path / "file").write_text("")
    found = checks.folders(Settings.load(home=tmp_path / "file" / "home"))
    assert named(found, "HLASKA_HOME").status == "fail"


def test_a_home_that_is_not_there_yet_is_fine_and_is_not_made(tmp_path: Path):
    found = checks.folders(Settings.load(home=tmp_path / "new" / "home"))
    assert named(found, "HLASKA_HOME").status == "ok"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("name", "status"), [("data", "ok"), ("dota", "fail")])
def test_the_data_folder_must_be_one(tmp_path: Path, name: str, status: str):
    (tmp_path / "data").mkdir()
    found = checks.folders(Settings.load(data=tmp_path / name))
    assert named(found, "HLASKA_DATA").status == status


def test_wrong_settings_are_the_only_finding(monkeypatch):
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", "zero")
    (check,) = checks.collect()
    assert (check.name, check.status) == ("settings", "fail")


ADDON = """
from hlaska.checks import Check
from hlaska.errors import DataError

def fine():
    return [Check(name="tape", status="ok", found="[red]rolls[/red]")]

def breaks():
    raise DataError("the tape is torn")
"""


@pytest.fixture
def addon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real distribution beside ours, with checks of its own."""
    (tmp_path / "tape_addon.py").write_text(ADDON)
    info = tmp_path / "addon-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: addon\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[hlaska.checks]\ntape = tape_addon:fine\nreel = tape_addon:breaks\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


def reported() -> tuple[bool, str]:
    page = StringIO()
    well = checks.report(Console(file=page, width=160))
    return well, page.getvalue()


def test_a_package_adds_its_checks_and_an_error_of_its_own_fails(addon):
    found = checks.collect()
    assert named(found, "tape").status == "ok"
    assert named(found, "reel") == Check(name="reel", status="fail", found="the tape is torn")


def test_the_report_prints_findings_as_they_are_and_fails_with_them(addon):
    well, page = reported()
    assert not well
    assert "[red]rolls[/red]" in page
    assert "reel" in page.splitlines()[-1]


def test_the_report_shows_every_setting_but_no_secret(monkeypatch):
    monkeypatch.setenv("HLASKA_TOKEN", "s3cret")
    _, page = reported()
    assert "s3cret" not in page
    assert all(f"HLASKA_{name.upper()}" in page for name in Settings.model_fields)


def test_the_report_of_wrong_settings_still_comes(monkeypatch):
    monkeypatch.setenv("HLASKA_NONSENSE", "1")
    well, page = reported()
    assert not well
    assert "HLASKA_NONSENSE" in page


def test_listening_to_the_world_is_a_warning_that_says_what_guards():
    assert checks.exposure(Settings.load()) == []
    (open_to_all,) = checks.exposure(Settings.load(gateway_host="0.0.0.0"))
    assert (open_to_all.status, "gateway asks nobody" in open_to_all.found) == ("warn", True)
    (guarded,) = checks.exposure(Settings.load(gateway_host="0.0.0.0", token="secret"))
    assert "asks for HLASKA_TOKEN" in guarded.found
