"""The one place where MLflow runs are opened, so that every run says what it was made from."""

import math
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Param
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID
from pydantic import BaseModel

from hlaska.errors import ModelError
from hlaska.results import INTERVALS, Report
from hlaska.settings import Settings
from serving.models import registry

EXPERIMENT = "hlaska"
UNKNOWN = "unknown"
_MOST_LETTERS = 500
_NOT_IN_A_METRIC = re.compile(r"[^A-Za-z0-9_. :/-]")

_TREE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Run:
    """An open run: log to it through its client, by its id."""

    client: MlflowClient
    id: str


@contextmanager
def open_run(
    name: str,
    *,
    params: BaseModel,
    settings: Settings,
    data: str = "none",
    data_sha256: str = "none",
    split_seed: int | None = None,
    tags: Mapping[str, str] | None = None,
) -> Iterator[Run]:
    """A run of MLflow that ends with the block: finished, or failed when the block raises.

    Args:
        name: What a person reads in the list of runs.
        params: Logged field by field; a nested field is `outer.inner`.
        settings: Where the server is.
        data: Catalog entry that was learnt from or measured on, or `none`.
        data_sha256: Digest of those data.
        split_seed: Seed of the split into training and test data, where there is one.
        tags: Further tags. Each run also has `git_commit`, `package_version` and the three above.

    Raises:
        ModelError: the server does not answer, or refuses.
    """
    client = registry(settings)
    always = {
        "git_commit": git_commit(),
        "package_version": _package_version(),
        "data": data,
        "data_sha256": data_sha256,
        "split_seed": "none" if split_seed is None else str(split_seed),
    }
    try:
        run = client.create_run(
            _experiment(client), tags={**(tags or {}), **always}, run_name=name
        ).info.run_id
        flat = _flat(params.model_dump(mode="json"))
        client.log_batch(run, params=[Param(key, str(value)) for key, value in flat.items()])
    except MlflowException as error:
        raise ModelError(
            f"MLflow at {settings.mlflow_url} opens no run {name!r}: {error}"
        ) from error
    try:
        yield Run(client, run)
    except BaseException:
        client.set_terminated(run, "FAILED")
        raise
    client.set_terminated(run, "FINISHED")


def log_report(report: Report, *, params: BaseModel, settings: Settings) -> str:
    """Keeps a report as a run of its own: as a file, and its intervals' values as metrics.

    Returns:
        The page of the run.

    Raises:
        ModelError: the server does not answer, or refuses.
    """
    about = {key: str(value)[:_MOST_LETTERS] for key, value in report.about.items()}
    with open_run(
        report.title,
        params=params,
        settings=settings,
        data=about.pop("data", "none"),
        tags={"report": report.id, **about},
    ) as run:
        try:
            for row in report.points.get(INTERVALS, ()):
                value = row.get("value")
                if isinstance(value, int | float):
                    key = f"{row['what']}/{row['metric']}"
                    run.client.log_metric(run.id, _NOT_IN_A_METRIC.sub("_", key), value)
            run.client.log_text(run.id, report.model_dump_json(indent=2), "report.json")
            experiment = run.client.get_run(run.id).info.experiment_id
        except MlflowException as error:
            raise ModelError(f"MLflow at {settings.mlflow_url} keeps no report: {error}") from error
    return f"{settings.mlflow_url}/#/experiments/{experiment}/runs/{run.id}"


@dataclass(frozen=True, slots=True)
class Child:
    """A run below another one."""

    name: str
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    failure: str = ""
    """Why it failed; empty: it did not."""


def log_comparison(
    report: Report,
    *,
    children: Sequence[Child],
    params: BaseModel,
    texts: Mapping[str, str],
    data_sha256: str,
    settings: Settings,
) -> str:
    """Keeps a report of several systems: a run of all of them, and below it a run of each.

    Args:
        report: As a file of the parent run.
        children: A system each; one with a failure is a failed run that says why.
        params: Of the parent.
        texts: Further files of the parent, by name.
        data_sha256: Digest of the truth.
        settings: Where the server is.

    Returns:
        The page of the parent run.

    Raises:
        ModelError: the server does not answer, or refuses.
    """
    data = str(report.about.get("data", "none"))
    with open_run(
        report.title,
        params=params,
        settings=settings,
        data=data,
        data_sha256=data_sha256,
        tags={"report": report.id},
    ) as run:
        try:
            for name, text in {"report.json": report.model_dump_json(indent=2), **texts}.items():
                run.client.log_text(run.id, text, name)
            for child in children:
                _log_child(run, child, settings, data, data_sha256)
            experiment = run.client.get_run(run.id).info.experiment_id
        except MlflowException as error:
            raise ModelError(f"MLflow at {settings.mlflow_url} keeps no report: {error}") from error
    return f"{settings.mlflow_url}/#/experiments/{experiment}/runs/{run.id}"


def _log_child(parent: Run, child: Child, settings: Settings, data: str, sha256: str) -> None:
    tags = {key: value[:_MOST_LETTERS] for key, value in child.tags.items()}
    tags |= {MLFLOW_PARENT_RUN_ID: parent.id}
    if child.failure:
        tags["failure"] = child.failure[:_MOST_LETTERS]
    with open_run(
        child.name,
        params=_Nothing(),
        settings=settings,
        data=data,
        data_sha256=sha256,
        tags=tags,
    ) as run:
        for key, value in child.metrics.items():
            if math.isfinite(value):
                run.client.log_metric(run.id, _NOT_IN_A_METRIC.sub("_", key), value)
    if child.failure:
        run.client.set_terminated(run.id, "FAILED")


class _Nothing(BaseModel):
    """Parameters of a run that has none of its own."""


def git_commit(tree: Path = _TREE) -> str:
    """The commit that `tree` is checked out from, with `-dirty` when files differ from it.

    `unknown` where `tree` is no checkout of its own, as when Hlaska is installed from a wheel.
    """
    if not (tree / ".git").exists():
        return UNKNOWN
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=tree,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN


def _package_version() -> str:
    try:
        return metadata.version("hlaska")
    except metadata.PackageNotFoundError:
        return UNKNOWN


def _experiment(client: MlflowClient) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return found.experiment_id
    try:
        return client.create_experiment(EXPERIMENT)
    except MlflowException:
        # Somebody else made it in between.
        found = client.get_experiment_by_name(EXPERIMENT)
        if found is None:
            raise
        return found.experiment_id


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
