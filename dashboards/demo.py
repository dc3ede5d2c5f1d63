"""`hlaska demo`: the whole system on recordings, and a match day that never happened."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console

from hlaska.errors import GatewayError, HlaskaError
from hlaska.settings import Settings
from serving.client import Gateway
from serving.processes import end, heed_signals, ignore_signals, require_free

CAMERA = "square-east"
MICROPHONES = tuple(
    f"{street}-mic-{n}" for street in ("americka", "cukrovarska") for n in range(1, 5)
)
FEED = "camera-network"
SYSTEM_UP_S = 900.0
"""Longest wait for the system: a cold start may first fetch a hundred megabytes."""
SYSTEM_DOWN_S = 30.0


def demo(
    detector: Annotated[
        str, typer.Option(help="best, seed:NAME, models:/name@alias or a folder with card.json.")
    ] = "best",
    show: Annotated[bool, typer.Option("--show/--no-show", help="Open a browser.")] = False,
    match_day: Annotated[
        bool,
        typer.Option("--match-day/--no-match-day", help="Play `hlaska exercise run` into it."),
    ] = True,
) -> None:
    """Play recordings as a camera, two streets and the camera network of Pilsen, and a match day.

    Fetches the clip (PETS 2009) and the best detector that can be had: YOLO11n under HLASKA_DATA,
    YOLOX-nano by URL, else a student that comes with Hlaska and has learnt this very scene. The
    sounds of Americká and Cukrovarská are made on
    this machine: shots, breaking glass, a scream, and what must not be taken for them. Whatever is
    no live picture or sound is marked so wherever it is shown. Of the network a made day is played:
    what is usual there is learnt at once, then somebody attacks a camera. Beside it a match day at
    the stadium is played in about five minutes: a parked car, a crowd, a false scream, shots, a
    camera attacked, ammonia at the brewery. Ctrl-C ends it all.

    \b
    Examples:
      hlaska demo
      hlaska demo --detector seed:hog --no-match-day
    """  # noqa: D301 - \b is the backspace that keeps lines apart
    # Panel takes seconds to import; `--help` should not.
    from dashboards.serve import serve_in_background

    console = Console(stderr=True)
    settings = Settings.load()
    heed_signals()
    require_free(
        {
            "gateway": settings.gateway_url,
            "mlflow": settings.mlflow_url,
            "dashboards": settings.url(settings.dashboards_port),
        }
    )
    try:
        with _system(detector, console) as system, serve_in_background(settings) as dashboards:
            models = _await_system(system, settings)
            dashboards.wait_until_ready()
            page = f"{dashboards.url}/live_threat"
            console.print(f"\nThe watchtower is up: [bold]{page}[/bold]")
            console.print("Its other pages: history, source_health, shift_report.")
            console.print(f"The camera plays PETS 2009 footage, watched by {models[CAMERA]}.")
            console.print(
                f"{len(MICROPHONES)} microphones play synthetic street sounds, two minutes without "
                f"end, heard by {models[MICROPHONES[0]]}."
            )
            console.print(
                "The network of the cameras plays a synthetic day: learnt first, which takes a "
                f"minute or two, then attacked. Watched by {models[FEED]}."
            )
            console.print("Ctrl-C ends everything.\n")
            if show:
                typer.launch(page)
            children = [
                _Child("system", system),
                _Child("dashboards", dashboards.process),
            ]
            if match_day:
                with _match_day() as playing:
                    _watch([*children, _Child("match day", playing, may_end=True)])
            _watch(children)
    except KeyboardInterrupt:
        return


@contextmanager
def _system(detector: str, console: Console) -> Iterator["subprocess.Popen[bytes]"]:
    """`hlaska up` in a session of its own, so that Ctrl-C reaches it once, through us."""
    command = [sys.executable, "-m", "hlaska", "up", "--camera", CAMERA, "--detector", detector]
    command += [word for name in MICROPHONES for word in ("--microphone", name)]
    command += ["--feed", FEED]
    system = subprocess.Popen(command, start_new_session=True)
    try:
        yield system
    finally:
        ignore_signals()
        console.print("ending everything, a few seconds …")
        end(system, patience_s=SYSTEM_DOWN_S)


@contextmanager
def _match_day() -> Iterator["subprocess.Popen[bytes]"]:
    """`hlaska exercise run`, which says what a dispatcher should see."""
    playing = subprocess.Popen(
        [sys.executable, "-m", "hlaska", "exercise", "run"], start_new_session=True
    )
    try:
        yield playing
    finally:
        end(playing)


@dataclass(frozen=True)
class _Child:
    """A process of the demo."""

    name: str
    process: "subprocess.Popen[bytes]"
    may_end: bool = False
    """Whether it has an end of its own."""


def _watch(children: Sequence[_Child]) -> None:
    """Return when one has come to its own end; raise when one ends that should not."""
    while True:
        for child in children:
            status = child.process.poll()
            if status == 0 and child.may_end:
                return
            if status is not None:
                raise HlaskaError(f"the {child.name} ended (exit status {status})")
        time.sleep(1)


def _await_system(system: "subprocess.Popen[bytes]", settings: Settings) -> dict[str, str]:
    """Wait until one of each kind of sensor has reported; which model serves each."""
    deadline_s = time.monotonic() + SYSTEM_UP_S
    with Gateway(settings.gateway_url, settings.token, timeout_s=2) as gateway:
        while True:
            time.sleep(0.5)
            if system.poll() is not None:
                raise HlaskaError(f"the system did not start (exit status {system.returncode})")
            if time.monotonic() > deadline_s:
                raise HlaskaError(f"the system is not up after {SYSTEM_UP_S:.0f} s")
            try:
                streams = gateway.streams()
            except GatewayError:
                continue
            models = {status.source: status.detector for status in streams}
            if {CAMERA, MICROPHONES[0], FEED} <= set(models):
                return models
