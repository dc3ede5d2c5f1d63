"""Asking a model deployment on Ray Serve, as patiently as a stream can afford."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from ray.exceptions import RayError
from ray.serve.exceptions import BackPressureError, RayServeException

from hlaska.errors import DetectorBusyError, ModelError

ANSWER_S = 5.0
"""Longest wait for an answer, and for how long it is asked again: what a stream has to show is
worthless after that."""

T = TypeVar("T")


def ask(send: Callable[[], Any], *, who: str, shed: str) -> Any:  # noqa: ANN401 - the deployment's
    """The answer of a deployment.

    Args:
        send: Sends the request, anew at each call; gives a `DeploymentResponse`.
        who: The deployment, for people.
        shed: What is shed when it has too much to do.

    Raises:
        DetectorBusyError: it has too much to do.
        ModelError: it does not answer, or failed.
    """
    began_s = time.monotonic()
    while True:
        try:
            return send().result(timeout_s=ANSWER_S)
        except BackPressureError as error:
            raise DetectorBusyError(f"{who} is overloaded; {shed} are shed") from error
        except (RayError, RayServeException, TimeoutError) as error:
            # A replica that has just died fails what it held; its successor may take it.
            if time.monotonic() - began_s > ANSWER_S:
                raise ModelError(f"{who} does not answer: {type(error).__name__}") from error
            time.sleep(0.2)


def introduced(send: Callable[[], Any], *, who: str, patience_s: float = 120.0) -> Any:  # noqa: ANN401
    """What a deployment says of itself once it is up.

    Raises:
        ModelError: it does not come up within `patience_s`.
    """
    try:
        return send().result(timeout_s=patience_s)
    except (TimeoutError, RayError, RayServeException) as error:
        raise ModelError(f"the deployment of {who} does not come up: {error}") from error
