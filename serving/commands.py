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
        typer.Option(
            help="Site name or file; repeat for several. Default: pilsen.", show_default=False
        ),
    ] = None,
    camera: Annotated[
        list[str] | None,
        typer.Option(help="Start only this camera; repeat for several.", show_default=False),
    ] = None,
    microphone: Annotated[
        list[str] | None,
        typer.Option(help="Start only this microphone; repeat for several.", show_default=False),
    ] = None,
    feed: Annotated[
        list[str] | None,
        typer.Option(help="Start only this flow feed; repeat for several.", show_default=False),
    ] = None,
    detector: Annotated[
        str | None,
        typer.Option(
            help="best (the default), seed:NAME, models:/name@alias, or a folder with card.json.",
            show_default=False,
        ),
    ] = None,
    sound_model: Annotated[
        str | None,
        typer.Option(
            help="seed:NAME, models:/name@alias, or a folder with card.json. Default: "
            "seed:street-sounds.",
            show_default=False,
        ),
    ] = None,
    placement: Annotated[
        str | None,
        typer.Option(
            help="shared (the default): one model for all; inside: one per host.",
            show_default=False,
        ),
    ] = None,
    config: Annotated[
        Path, typer.Option(help="Options of the application, YAML: where the defaults stand.")
    ] = LOCAL,
) -> None:
    """Start MLflow, Ray Serve, gateway, models and streams; Ctrl-C ends them all.

    Where cameras, microphones or flow feeds are named, only those start.

    \b
    Examples:
      hlaska up                               all sensors of Pilsen
      hlaska up --camera square-east          one camera, and no microphone
      hlaska up --site my-city.yaml --detector models:/person-detector@champion
    """  # noqa: D301 - \b is the backspace that keeps lines apart
    telemetry.switch_off()
    # Imported here: Ray takes seconds, and `hlaska up --help` should not.
    from serving.system import prepare, read_args, running

    console = Console(stderr=True)
    settings = Settings.load()
    heed_signals()
    require_free({"gateway": settings.gateway_url, "mlflow": settings.mlflow_url})
    args = _changed(
        read_args(config),
        sites=site,
        cameras=camera,
        microphones=microphone,
        feeds=feed,
        placement=placement,
        models={"detector": detector, "sound": sound_model},
    )
    try:
        args = prepare(args, settings, console.print)
        with running(args, settings, console.print):
            _introduce(console, settings)
            threading.Event().wait()
    except KeyboardInterrupt:
        console.print("ended")


def _changed(
    args: dict[str, Any], *, models: dict[str, str | None], **given: list[str] | str | None
) -> dict[str, Any]:
    """The options of the file, but for those that were given."""
    changed = args | {name: value for name, value in given.items() if value}
    for name, model in models.items():
        if model:
            changed[name] = changed.get(name, {}) | {"model": model}
    return changed


def _introduce(console: Console, settings: Settings) -> None:
    with Gateway(settings.gateway_url, settings.token) as gateway:
        streams = gateway.streams()
    console.print(f"gateway  {settings.gateway_url} (try /docs, /healthz, /streams)")
    console.print(f"MLflow   {settings.mlflow_url}")
    for status in streams:
        kind = "camera  "
        if status.sound is not None or status.network is not None:
            kind = "sound   " if status.sound is not None else "network "
        console.print(f"{kind} {status.source} is {status.state}, model {status.detector}")
        if status.reason:
            console.print(f"         {status.reason}", markup=False)
