"""`hlaska up`: the whole system on this machine."""

import threading
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from hlaska.settings import Settings
from serving import telemetry
from serving.client import Gateway
from serving.processes import heed_signals, require_free

LOCAL = Path(__file__).with_name("local.yaml")


def up(
    site: Annotated[
        list[str] | None,
        typer.Option(help="Site name or file; repeat for several.", show_default=False),
    ] = None,
    camera: Annotated[
        list[str] | None,
        typer.Option(help="Start only this camera; repeat for several.", show_default=False),
    ] = None,
    detector: Annotated[
        str | None,
        typer.Option(
            help="best, seed:NAME, models:/name@alias, or a folder with card.json.",
            show_default=False,
        ),
    ] = None,
    placement: Annotated[
        str | None,
        typer.Option(
            help="shared: one detector for all; inside: one per host.", show_default=False
        ),
    ] = None,
    config: Annotated[Path, typer.Option(help="Options of the application, YAML.")] = LOCAL,
) -> None:
    """Start MLflow, Ray Serve, gateway, detector and camera streams; Ctrl-C ends them all.

    \b
    Examples:
      hlaska up                               all cameras of Pilsen
      hlaska up --camera square-east          only the camera of the demo
      hlaska up --site my-city.yaml --detector models:/person-detector@champion
    """  # noqa: D301 - \b is the backspace that keeps lines apart
    telemetry.switch_off()
    # Imported here: Ray takes seconds, and `hlaska up --help` should not.
    from serving.system import prepare, read_args, running

    console = Console(stderr=True)
    settings = Settings.load()
    heed_signals()
    require_free({"gateway": settings.gateway_url, "mlflow": settings.mlflow_url})
    args = _changed(read_args(config), site, camera, detector, placement)
    try:
        prepare(args, settings, console.print)
        with running(args, settings, console.print):
            _introduce(console, settings)
            threading.Event().wait()
    except KeyboardInterrupt:
        console.print("ended")


def _changed(
    args: dict[str, Any],
    site: list[str] | None,
    camera: list[str] | None,
    detector: str | None,
    placement: str | None,
) -> dict[str, Any]:
    if site:
        args["sites"] = site
    if placement:
        args["placement"] = placement
    if detector:
        args["detector"] = args.get("detector", {}) | {"model": detector}
    if camera:
        args["cameras"] = camera
    return args


def _introduce(console: Console, settings: Settings) -> None:
    with Gateway(settings.gateway_url, settings.token) as gateway:
        streams = gateway.streams()
    console.print(f"gateway  {settings.gateway_url} (try /docs, /healthz, /streams)")
    console.print(f"MLflow   {settings.mlflow_url}")
    for status in streams:
        console.print(f"camera   {status.source} is {status.state}, detector {status.detector}")
        if status.reason:
            console.print(f"         {status.reason}", markup=False)
