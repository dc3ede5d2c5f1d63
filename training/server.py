"""The MLflow server that a training run logs to: the one that answers, or one of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hlaska.errors import ModelError
from hlaska.settings import Settings
from serving.models import registry
from serving.system import mlflow_server

PATIENCE_S = 120.0
"""An MLflow server starts slowly on a busy machine."""


@contextmanager
def tracking_server(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """The MLflow server: that which answers, or one for as long as the context lasts.

    Args:
        settings: Where it is.
        say: Told when one is started, for people.

    Raises:
        ModelError: it does not come up.
    """
    try:
        registry(settings)
    except ModelError:
        say(f"starting MLflow at {settings.mlflow_url} for this run")
        with mlflow_server(settings):
            _await(settings)
            yield
    else:
        yield


def _await(settings: Settings) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            registry(settings)
            return
        except ModelError as error:
            if time.monotonic() > deadline_s:
                raise ModelError(
                    f"MLflow is not up after {PATIENCE_S:.0f} s ({error}); its log is "
                    f"{settings.home / 'mlflow' / 'server.log'}"
                ) from error
        time.sleep(0.5)
