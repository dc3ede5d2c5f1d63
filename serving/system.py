"""Starting and ending the whole system on this machine: MLflow, Ray, the application."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from catalogs import datasets
from catalogs.progress import progress_bar
from hlaska.errors import GatewayError, HlaskaError, SettingsError
from hlaska.settings import Settings
from serving.client import Gateway
from serving.models import STUDENTS, resolve
from serving.processes import end, heed_signals, ignore_signals

if TYPE_CHECKING:
    from serving.apps import AppArgs

RAY_ATTEMPTS = 5
RAY_CONFIG: Mapping[str, int | bool] = MappingProxyType(
    {
        # Ray puts arguments of more than 100 kB into its object store, a file that others may read
        # and that may spill to disk. Windows of sound hold what people say: those of one request
        # (`serving.audio.deployment.LARGEST_BYTES`) go straight to the model instead.
        "max_direct_call_object_size": 5_000_000,
        "automatic_object_spilling_enabled": False,
    }
)

Say = Callable[[str], None]
Args = dict[str, Any]
"""Of `serving.apps.AppArgs`, not yet checked: importing that takes Ray, and seconds."""


def read_args(path: Path) -> Args:
    """The options in a YAML file.

    Raises:
        SettingsError: the file cannot be read or is no mapping.
    """
    try:
        args = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: {error}") from error
    if not isinstance(args, dict):
        raise SettingsError(f"{path}: no options; see serving/local.yaml for what belongs there")
    return args


def prepare(args: Args, settings: Settings, say: Say) -> Args:
    """Check the options and fetch what they need, before anything is started.

    Returns:
        The options, with the detector that `best` turned out to be.

    Raises:
        SettingsError: the options are wrong.
        SiteError: a site file is.
        DataError: a clip or recording cannot be fetched.
        ModelError: a model that is needed cannot be had.
    """
    from serving.apps import heard, seen

    checked = _checked(args)
    sites = checked.guarded()
    cameras, microphones = seen(sites), heard(sites)
    # `dataset:NAME` is a whole entry, `dataset:NAME/FILE` a file of one.
    wanted = {
        uri.removeprefix("dataset:").partition("/")[0]
        for uri in (*cameras, *microphones)
        if uri.startswith("dataset:")
    }
    with progress_bar() as progress:
        for name in sorted(wanted):
            datasets.fetch(name, settings, progress=progress)
        models = {"detector": (checked.detector.model, cameras)}
        models["sound model"] = (checked.sound.model, microphones)
        for what, (uri, asked_by) in models.items():
            if not asked_by or uri.startswith("models:"):
                continue
            model = resolve(uri, settings, progress=progress, shown=asked_by)
            for reason in model.passed_over:
                say(f"not used: {reason}")
            taught = uri == "best" and model.card.name in STUDENTS.values()
            say(
                f"{what}: {model.ref.name} {model.ref.version}"
                + ", which was taught on this very camera and is for no other" * taught
            )
            if what == "detector" and uri == "best":
                args = args | {
                    "detector": args.get("detector", {}) | {"model": f"seed:{model.card.name}"}
                }
    return args


def _checked(args: Args) -> "AppArgs":
    from serving.apps import AppArgs

    try:
        return AppArgs.model_validate(args)
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError("; ".join(lines)) from error


@contextmanager
def running(args: Args, settings: Settings, say: Say) -> Iterator[None]:
    """The system, for as long as the context lasts; nothing of it is left behind.

    Args:
        args: Of `serving.apps.AppArgs`.
        settings: Addresses and folders.
        say: Told what happens, for people.

    Raises:
        SettingsError: the options are wrong.
        HlaskaError: a part does not come up.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        say("starting MLflow")
        stack.enter_context(mlflow_server(settings))
        say("starting Ray (about 20 s when cold)")
        stack.enter_context(_ray(settings))
        heed_signals()
        stack.callback(ignore_signals)
        say("starting the application")
        _deploy(args)
        say("waiting for the first stream")
        _await_gateway(settings)
        yield


@contextmanager
def mlflow_server(settings: Settings) -> Iterator[None]:
    """An MLflow server on SQLite, under `home`, while the context lasts; it starts slowly."""
    folder = settings.home / "mlflow"
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server"]
    # Loopback whatever the gateway listens on: it asks nobody who they are.
    command += ["--host", "127.0.0.1", "--port", str(settings.mlflow_port)]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.sqlite'}"]
    command += ["--artifacts-destination", str(folder / "artifacts"), "--workers", "1"]
    # Its jobs would be one more process of 260 MB, for evaluations that we do not do there.
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A Ctrl-C in the terminal is for us; we end it when nothing needs it any more.
            start_new_session=True,
        )
    try:
        yield
    finally:
        end(server)


@contextmanager
def _ray(settings: Settings) -> Iterator[None]:
    """A Ray of this machine's own, with Serve listening on the gateway's address."""
    # Read when Ray is imported: under `uv run` it would build an environment for each worker.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    import ray
    from ray import serve

    for attempt in range(1, RAY_ATTEMPTS + 1):
        try:
            ray.init(
                address="local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _system_config=dict(RAY_CONFIG),
            )
            break
        # Ray waits 30 s for its own processes, then raises just this; on a cold disk with a busy
        # machine that is too short, and the next attempt finds the files in memory.
        except Exception as error:
            ray.shutdown()
            if attempt == RAY_ATTEMPTS:
                raise HlaskaError(
                    f"Ray does not start: {error} Its logs are under /tmp/ray/session_latest/logs; "
                    "`hlaska doctor` tells what the machine has."
                ) from error
    try:
        serve.start(
            proxy_location="HeadOnly",
            http_options={"host": settings.gateway_host, "port": settings.gateway_port},
            logging_config={"log_level": "WARNING"},
        )
        yield
    finally:
        # Not `serve.shutdown` before it: that waits for open live streams, and all ends anyway.
        ray.shutdown()


def _deploy(args: Args) -> None:
    from ray import serve

    from serving.apps import build

    try:
        serve.run(build(_checked(args)), name="hlaska", route_prefix="/")
    except RuntimeError as error:
        raise HlaskaError(f"the application does not come up: {error}") from error


def _await_gateway(settings: Settings, *, patience_s: float = 90.0) -> None:
    """Wait until the gateway answers and a stream has reported."""
    deadline_s = time.monotonic() + patience_s
    with Gateway(settings.gateway_url, settings.token) as gateway:
        while True:
            try:
                if gateway.streams():
                    return
                reason = "no stream has reported"
            except GatewayError as error:
                reason = str(error)
            if time.monotonic() > deadline_s:
                raise HlaskaError(f"the system is not up after {patience_s:.0f} s: {reason}")
            time.sleep(0.5)
