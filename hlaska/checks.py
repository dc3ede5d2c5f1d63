"""`hlaska doctor`: what this machine can run, what it lacks, and what to do about each.

Every package may add its own checks: an entry point of the group `hlaska.checks` names a function
that takes nothing and returns a list of `Check`. One of a package whose libraries are not installed
is left out; that they are missing is a check of its own.
"""

import errno
import os
import shutil
import socket
import sys
from collections.abc import Callable
from http.client import HTTPException
from importlib import metadata
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError
from urllib.request import urlopen

from pydantic import Field
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hlaska import environments
from hlaska.errors import HlaskaError, SettingsError
from hlaska.records import Record
from hlaska.settings import Settings

CHECKS = "hlaska.checks"
GIB = 2**30
ANSWER_WITHIN_S = 1.0

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}

TOOLS = {
    "ffmpeg": ("ffmpeg",),
    "chromium": ("chromium",),
    "postgresql": ("initdb",),
    "mosquitto": ("mosquitto",),
    "espeak-ng": ("espeak-ng",),
    "gir1.2-gst-rtsp-server-1.0": ("GstRtspServer-1.0.typelib",),
}
"""What only the tests need, by its Debian package: the programs that show it is there; of the RTSP
server, which is a library, the file that Python finds it by."""


class Check(Record):
    """One thing that was looked at."""

    name: str
    status: Literal["ok", "warn", "fail"] = Field(
        description="warn: something will be missing or slow; fail: Hlaska does not run so."
    )
    found: str = Field(description="What is the case.")
    remedy: str = Field(default="", description="What to do, unless all is well.")


def collect() -> list[Check]:
    """Every check of every package that can be imported here; the core's first."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        return [
            Check(name="settings", status="fail", found=str(error), remedy="unset or correct it")
        ]
    checks = [
        *machine(),
        *folders(settings),
        *ports(settings),
        *exposure(settings),
        *parts(),
        *tools(),
    ]
    for entry in metadata.entry_points(group=CHECKS):
        checks += _asked(entry)
    return checks


def _asked(entry: metadata.EntryPoint) -> list[Check]:
    if environments.missing(entry.module.partition(".")[0]):
        return []
    look: Callable[[], list[Check]] = entry.load()
    try:
        return look()
    except HlaskaError as error:
        return [Check(name=entry.name, status="fail", found=str(error))]


def machine() -> list[Check]:
    """Python, processors and memory."""
    cores = os.cpu_count() or 1
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return [
        Check(
            name="Python",
            status="ok" if (3, 11) <= sys.version_info[:2] < (3, 13) else "fail",
            found=".".join(map(str, sys.version_info[:3])),
            remedy="install Python 3.11 or 3.12",
        ),
        Check(
            name="processors",
            status="ok" if cores >= 2 else "warn",
            found=str(cores),
            remedy="give it two: with one, detector and streams wait for each other",
        ),
        Check(
            name="memory",
            status="ok" if memory_gib >= 4 else "warn",
            found=f"{memory_gib:.1f} GiB",
            remedy="give it 4 GiB: Ray, gateway and a detector fill that",
        ),
    ]


def folders(settings: Settings) -> list[Check]:
    """Whether home can be written and has room, and whether the data folder is one."""
    home = settings.home
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    free_gib = shutil.disk_usage(there).free / GIB
    checks = [
        Check(
            name="HLASKA_HOME",
            status="ok" if writable else "fail",
            found=f"{home}" if writable else f"{home}: {there} cannot be written",
            remedy="set HLASKA_HOME to a folder that you may write",
        ),
        Check(
            name="disk",
            status="ok" if free_gib >= 5 else "warn" if free_gib >= 0.5 else "fail",
            found=f"{free_gib:.1f} GiB free under {there}",
            remedy="free 5 GiB, or set HLASKA_HOME to another disk",
        ),
    ]
    if settings.data is not None:
        checks.append(
            Check(
                name="HLASKA_DATA",
                status="ok" if settings.data.is_dir() else "fail",
                found=f"{settings.data}" + ("" if settings.data.is_dir() else " is no folder"),
                remedy="set it to the folder with the data sets, or unset it",
            )
        )
    return checks


def ports(settings: Settings) -> list[Check]:
    """Whether each port is free, or held by the very server that is to listen there."""
    return [
        _port(settings, "gateway", "/healthz", b"last_seq"),
        _port(settings, "dashboards", "/", b"Hlaska"),
        _port(settings, "mlflow", "/version", b"."),
    ]


def exposure(settings: Settings) -> list[Check]:
    """Whether other machines can reach the servers, and what guards them then."""
    if settings.gateway_host in {"127.0.0.1", "::1", "localhost"}:
        return []
    token = "the gateway asks for HLASKA_TOKEN" if settings.token else "the gateway asks nobody"
    return [
        Check(
            name="exposure",
            status="warn",
            found=f"listens on {settings.gateway_host}: {token}, the dashboards ask nobody",
            remedy="HLASKA_TOKEN; a trusted network, or a proxy that asks who comes",
        )
    ]


def _port(settings: Settings, server: str, path: str, sign: bytes) -> Check:
    number = getattr(settings, f"{server}_port")
    name = f"port {number}"
    trouble = _trouble(settings.gateway_host, number)
    if trouble is None:
        return Check(name=name, status="ok", found=f"free for the {server} server")
    if trouble.errno != errno.EADDRINUSE:
        return Check(
            name=name,
            status="fail",
            found=f"{settings.gateway_host}: {trouble.strerror}",
            remedy="set HLASKA_GATEWAY_HOST to an address of this machine, ports above 1023",
        )
    if sign in _answer(settings.url(number) + path):
        return Check(name=name, status="ok", found=f"the {server} server runs")
    return Check(
        name=name,
        status="fail",
        found=f"taken by another program; the {server} server is to listen there",
        remedy=f"end that program, or set HLASKA_{server.upper()}_PORT to a free port",
    )


def _trouble(host: str, port: int) -> OSError | None:
    """Why a server could not listen there; None when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do, so that the last connections of one that ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _answer(url: str) -> bytes:
    """What a server says, or nothing when it is silent or speaks another language than HTTP."""
    try:
        with urlopen(url, timeout=ANSWER_WITHIN_S) as reply:
            return bytes(reply.read(100_000))
    except HTTPError as refusal:
        return refusal.read()
    except (OSError, HTTPException):
        return b""


def parts() -> list[Check]:
    """Which extras are installed, and with them which environment this is."""
    checks = []
    for extra in environments.extras():
        absent = environments.missing(extra)
        checks.append(
            Check(
                name=f"part {extra}",
                status="warn" if absent else "ok",
                found=f"lacks {', '.join(absent)}" if absent else "installed",
                remedy=environments.remedy(extra) if absent else "",
            )
        )
    return checks


def tools() -> list[Check]:
    """Programs that only the tests need; none where the tests' own libraries are missing."""
    if environments.missing("dev"):
        return []
    checks = []
    for package, programs in TOOLS.items():
        path = next(filter(None, map(_program, programs)), None)
        checks.append(
            Check(
                name=package,
                status="ok" if path else "warn",
                found=path or "not found; only tests need it",
                remedy=f"apt-get install {package}",
            )
        )
    return checks


def _program(name: str) -> str | None:
    # Debian keeps servers out of the PATH of people, and PostgreSQL's in a folder a version.
    servers = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))
    places = [os.environ.get("PATH", ""), "/usr/sbin", *servers]
    typelib = next(Path("/usr/lib").glob(f"*/girepository-1.0/{name}"), None)
    return str(typelib) if typelib else shutil.which(name, path=os.pathsep.join(places))


def report(console: Console | None = None) -> bool:
    """Print every check and every setting; whether none fails."""
    console = console or Console()
    checks = collect()
    table = Table("", "what", "found", "remedy", title="This machine", title_justify="left")
    for check in checks:
        remedy = "" if check.status == "ok" else check.remedy
        table.add_row(
            Text(check.status, STYLES[check.status]), *map(Text, (check.name, check.found, remedy))
        )
    console.print(table)
    failed = [check.name for check in checks if check.status == "fail"]
    if "settings" not in failed:
        console.print(_variables(Settings.load()))
    console.print(
        f"To be mended before Hlaska runs: {', '.join(failed)}"
        if failed
        else "All that must be is there."
    )
    return not failed


def _variables(settings: Settings) -> Table:
    table = Table("variable", "value", "what it is", title="Settings", title_justify="left")
    for name, field in type(settings).model_fields.items():
        # A secret prints itself as stars.
        value = getattr(settings, name)
        shown = Text("" if value is None else str(value))
        table.add_row(f"HLASKA_{name.upper()}", shown, Text(field.description or ""))
    return table
