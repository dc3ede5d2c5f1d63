"""Which version of a model holds which place, and what the registry's errors mean here."""

import fcntl
import getpass
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from hlaska.errors import ModelConflictError, ModelError
from hlaska.records import is_name
from hlaska.settings import Settings

CANDIDATE = "candidate"
"""Alias of the newest version: registered, not yet judged."""
CHALLENGER = "challenger"
"""Passed the gate."""
CHAMPION = "champion"
"""Runs."""
PREVIOUS = "previous"
"""Was champion before: what `rollback` restores."""
SHADOW = "shadow"
"""Watches live without raising alerts."""

GATE = "gate"
"""Tag of a version: passed, failed, refused, or `VOID`. Beside it `gate_champion`, `gate_run`,
`gate_by`, `gate_at` and `gate_why`."""
GATE_CHAMPION = "gate_champion"
"""Tag: the version that was champion when the gate decided, or `NOBODY`."""
GATE_QUICK = "gate_quick"
"""Tag: whether the gate had a quick look only."""
VOID = "void"
"""What the gate said once counts no more."""
NOBODY = "none"
ROLLED_BACK = "rolled_back_at"
"""Tag of a version that was taken back; it is never restored as `previous`."""

_LOOK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Standing:
    """Versions of one model by their places; None where a place is empty."""

    name: str
    champion: str | None
    challenger: str | None
    previous: str | None
    shadow: str | None
    tags: dict[str, str]
    """Of the model itself."""


@contextmanager
def asking(settings: Settings, what: str) -> Iterator[None]:
    """Turns what MLflow says into an error of ours.

    Raises:
        ModelError: the server does not answer, or refuses.
    """
    try:
        yield
    except MlflowException as error:
        raise ModelError(f"MLflow at {settings.mlflow_url}, {what}: {error}") from error


def standing(client: MlflowClient, name: str) -> Standing:
    """Who holds which place now.

    Raises:
        MlflowException: there is no such model, or the server does not answer.
    """
    model = client.get_registered_model(name)
    places = {alias: str(version) for alias, version in model.aliases.items()}
    return Standing(
        name=name,
        champion=places.get(CHAMPION),
        challenger=places.get(CHALLENGER),
        previous=places.get(PREVIOUS),
        shadow=places.get(SHADOW),
        tags=dict(model.tags),
    )


def newest(client: MlflowClient, name: str) -> ModelVersion:
    """The version that was made last.

    Raises:
        ModelError: the model has no version.
        MlflowException: the server does not answer.
    """
    found = client.search_model_versions(f"name='{name}'")
    if not found:
        raise ModelError(f"{name} has no version; register one: hlaska register FOLDER {name}")
    return max(found, key=lambda one: int(one.version))


def who(by: str | None) -> str:
    """The person's name: as given, else that of the account."""
    try:
        return (by or getpass.getuser()).strip() or "unknown"
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"


@contextmanager
def locked(name: str, settings: Settings, *, patience_s: float = 0.0) -> Iterator[None]:
    """Alone with the aliases of a model, among all processes that share `settings.home`.

    MLflow has no compare-and-set. Whoever reaches the same server from another home is not kept
    out by this; `training.registry.moving` says what holds then. The lock goes with its process,
    however that ends.

    Args:
        name: Of the model.
        settings: Where the lock lies.
        patience_s: How long to wait for another one.

    Raises:
        ModelConflictError: another process has it.
        ModelError: no model can have that name, or the lock cannot be made.
    """
    if not is_name(name):
        raise ModelError(f"{name!r} is no name of a model; use lower case, digits, - _ . inside")
    path = settings.home / "registry" / f"{name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}") from error
    with file:
        until = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise ModelConflictError(
                        f"somebody else is moving {name} this very moment; look at what became of "
                        "it, then try again"
                    ) from None
                time.sleep(_LOOK_AGAIN_S)
        yield
