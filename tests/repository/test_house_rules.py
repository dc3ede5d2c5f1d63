"""The guards of tests/conftest.py do guard: each is broken on purpose in a run of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def outcome(
    tmp_path: Path, body: str, *options: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run tests of their own under our conftest and settings."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("import os, socket, warnings, pytest\n" + body)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HLASKA_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=tmp_path,
        env=clean | variables,
        capture_output=True,
        text=True,
    )


def test_a_test_cannot_leave_the_machine(tmp_path):
    # 192.0.2.1 is set aside for documentation (RFC 5737): nothing would answer there anyway.
    body = "def test_it():\n    socket.create_connection(('192.0.2.1', 80), timeout=1)\n"
    done = outcome(tmp_path, body)
    assert done.returncode == 1
    assert "LeftTheMachineError: 192.0.2.1" in done.stdout


def test_a_test_can_speak_to_a_server_of_its_own(tmp_path):
    body = (
        "def test_it():\n"
        "    with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "        socket.create_connection(('localhost', server.getsockname()[1])).close()\n"
    )
    assert outcome(tmp_path, body).returncode == 0


def test_a_test_sees_no_settings_of_the_machine(tmp_path):
    body = (
        "def test_it():\n"
        "    assert 'HLASKA_TOKEN' not in os.environ\n"
        "    assert 'HLASKA_DATA' not in os.environ\n"
        "    assert os.environ['HLASKA_HOME'] != '/my/home'\n"
    )
    done = outcome(
        tmp_path, body, HLASKA_TOKEN="mine", HLASKA_DATA="/my/data", HLASKA_HOME="/my/home"
    )
    assert done.returncode == 0, done.stdout


NETWORK = (
    "@pytest.mark.network\ndef test_it():\n    assert os.environ['HLASKA_DATA'] == '/my/data'\n"
)


def test_a_test_on_real_data_is_skipped_with_the_reason_without_it(tmp_path):
    done = outcome(tmp_path, NETWORK)
    assert done.returncode == 0
    assert "1 skipped" in done.stdout
    assert "set HLASKA_DATA" in done.stdout


def test_a_test_on_real_data_runs_and_sees_it_where_it_is(tmp_path):
    assert "1 passed" in outcome(tmp_path, NETWORK, HLASKA_DATA="/my/data").stdout


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("@pytest.mark.skip(reason='later')\ndef test_it(): pass\n", id="a test"),
        pytest.param("def test_it(): pytest.skip('later')\n", id="while it runs"),
        pytest.param("pytest.importorskip('nothing_of_that_name')\n", id="a file"),
        pytest.param(NETWORK, id="for want of data"),
    ],
)
def test_with_no_skips_a_skipped_test_fails_the_run(tmp_path, body):
    body += "def test_fine(): pass\n"
    done = outcome(tmp_path, body, "--no-skips")
    assert done.returncode == 1
    assert "SKIPPED UNDER --no-skips" in done.stdout


def test_with_no_skips_a_test_for_an_accelerator_may_be_skipped(tmp_path):
    body = "@pytest.mark.gpu\n@pytest.mark.skip(reason='none')\ndef test_it(): pass\n"
    assert outcome(tmp_path, body, "--no-skips").returncode == 0


def test_a_warning_is_an_error(tmp_path):
    done = outcome(tmp_path, "def test_it():\n    warnings.warn('old', DeprecationWarning)\n")
    assert done.returncode == 1


def test_an_undeclared_marker_is_an_error(tmp_path):
    done = outcome(tmp_path, "@pytest.mark.netwrok\ndef test_it(): pass\n")
    assert "'netwrok' not found in `markers`" in done.stdout
