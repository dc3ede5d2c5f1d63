"""Dashboards in a process of their own: started, reached, ended."""

import os
import socket
import subprocess
import sys

import httpx
import pytest

from dashboards import serve
from dashboards.serve import app_notebooks, point_at, serve_in_background
from hlaska.errors import HlaskaError, SettingsError
from hlaska.settings import Settings


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_they_start_answer_and_end_even_without_a_gateway(port):
    with serve_in_background(
        Settings.load(), port=port, gateway="http://127.0.0.1:9"
    ) as dashboards:
        dashboards.wait_until_ready()
        assert httpx.get(f"{dashboards.url}/health").json() == {"/health": True}
        page = httpx.get(f"{dashboards.url}/source_health")
        assert page.status_code == 200 and "Hlaska" in page.text
    assert dashboards.process.poll() is not None
    with pytest.raises(httpx.ConnectError):
        httpx.get(dashboards.url)


def test_a_taken_port_is_said_in_one_line(port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        command = "from hlaska.cli import main; main()"
        ended = subprocess.run(
            [sys.executable, "-c", command, "dashboards", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=90,
        )
    assert ended.returncode == 1
    assert "--port" in ended.stderr and "Traceback" not in ended.stderr


def test_a_child_that_ends_at_once_is_reported(port):
    with (
        serve_in_background(Settings.load(), port=port, gateway="ftp://x") as dashboards,
        pytest.raises(HlaskaError, match="did not start"),
    ):
        dashboards.wait_until_ready()


def test_one_that_never_answers_is_given_up(port):
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    with (
        serve.Background(process=child, url=f"http://127.0.0.1:{port}") as dashboards,
        pytest.raises(HlaskaError, match="did not answer"),
    ):
        dashboards.wait_until_ready(timeout_s=0.3)
    assert child.poll() is not None


def test_a_folder_without_dashboards_says_where_they_were_sought(monkeypatch, tmp_path):
    monkeypatch.setattr(serve, "_HERE", tmp_path / "dashboards")
    with pytest.raises(HlaskaError, match="no dashboards in"):
        app_notebooks()


def test_a_wheel_carries_them_inside_the_package(monkeypatch, tmp_path):
    apps = tmp_path / "dashboards" / "apps"
    apps.mkdir(parents=True)
    (apps / "other.ipynb").touch()
    monkeypatch.setattr(serve, "_HERE", tmp_path / "dashboards")
    assert list(app_notebooks()) == ["other"]


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8000", "https://x", "http://", "http://x:99999", "http://x/path", ""]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(SettingsError, match="--gateway"):
        point_at(address)


def test_notebooks_find_the_gateway_that_was_named(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    point_at("http://10.1.2.3:8123/")
    assert os.environ["HLASKA_GATEWAY_HOST"] == "10.1.2.3"
    assert os.environ["HLASKA_GATEWAY_PORT"] == "8123"
