import http.server
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from catalogs.alerts import AlertStore
from catalogs.entries import Entry
from catalogs.journal import Journal
from hlaska.alerts.alert import Alert
from hlaska.alerts.alert import Entry as Line
from hlaska.settings import Settings

INSTALL_POSTGRESQL = "no PostgreSQL here: apt-get install postgresql"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("HLASKA_")]:
        monkeypatch.delenv(name)
    return Settings.load(home=tmp_path / "home")


@pytest.fixture
def make_entry():
    """An entry with the given files (name -> sha256 or None) and sources."""

    def make(files: dict[str, str | None], *sources: dict) -> Entry:
        facts = dict.fromkeys(
            ("description", "origin", "licence", "owner", "citation", "retention"), "generated"
        )
        described = {name: {"size_bytes": 1, "sha256": digest} for name, digest in files.items()}
        return Entry.model_validate(
            {"name": "made", **facts, "files": described, "sources": sources}
        )

    return make


@dataclass
class Web:
    """A real server on this machine that can misbehave."""

    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    drop_after: list[int] = field(default_factory=list)
    """Bytes after which each of the next answers breaks off."""
    understands_ranges: bool = True
    etag: str | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range of each request."""
    address: str = ""

    def source(self, **more) -> dict:
        return {"kind": "web", "folder": f"{self.address}/files", **more}


@pytest.fixture
def web():
    site = Web()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers.get("Range")
            site.asked.append((self.path, wanted))
            content = site.files.get(self.path.removeprefix("/files/"))
            if content is None:
                self.send_error(404)
                return
            start = 0
            if wanted and site.understands_ranges:
                condition = self.headers.get("If-Range")
                if condition is None or condition == site.etag:
                    start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start and start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            if site.etag:
                self.send_header("ETag", site.etag)
            self.end_headers()
            keep = site.drop_after.pop(0) if site.drop_after else len(content)
            self.wfile.write(content[start : start + keep])

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def postgresql():
    """Folder of the socket of a PostgreSQL of our own, started for these tests."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip(INSTALL_POSTGRESQL)
    programs = found[-1].parent
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="hlaska-pg-"))
    if user:
        account = pwd.getpwnam(user)
        os.chown(home, account.pw_uid, account.pw_gid)
    data = home / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "hlaska", "-A", "trust", "--no-sync"],
        user=user,
        check=True,
        capture_output=True,
        cwd=home,
    )
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=", "-F"],
        user=user,
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(home, server)
        yield home
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing in it is kept
        server.wait()
        shutil.rmtree(home)


def _wait_for(home, server):
    for _ in range(300):
        try:
            psycopg.connect(host=str(home), user="hlaska", dbname="postgres").close()
        except psycopg.OperationalError:
            assert server.poll() is None, "PostgreSQL did not start"
            time.sleep(0.1)
        else:
            return
    raise AssertionError("PostgreSQL does not answer")


@pytest.fixture
def postgresql_url(postgresql, request):
    """A fresh, empty database."""
    name = f"t{abs(hash(request.node.nodeid))}"
    with psycopg.connect(
        host=str(postgresql), user="hlaska", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"postgresql+psycopg://hlaska@/{name}?host={postgresql}"
        # Hundreds of them would fill the disk, and take minutes to delete together.
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def journal_url(request, tmp_path):
    """An empty journal's address, once in each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture
def journal(journal_url, settings):
    with Journal.open(journal_url, settings) as opened:
        yield opened


@pytest.fixture
def store(journal):
    return AlertStore(journal)


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def make_alert():
    """A new alert about one gunshot at noon, and whatever else is said of it."""

    def make(name: str = "a1", **more) -> Alert:
        facts = {
            "id": name,
            "site": "pilsen",
            "family": "attack",
            "zone": "lawn",
            "severity": 4,
            "confidence": 0.9,
            "worst": f"{name}-event",
            "kinds": ("audio.gunshot",),
            "sources": ("square-east",),
            "events": (f"{name}-event",),
            "count": 1,
            **dict.fromkeys(("first_at", "last_at", "opened_at", "told_at"), NOON),
            "history": (Line(at=NOON, by="hlaska", did="open"),),
        }
        return Alert.model_validate({**facts, **more})

    return make
