"""Models into the MLflow registry, each with its card, so that serving can load them by name."""

from pathlib import Path

import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from pydantic import ValidationError

from hlaska.errors import ModelError
from hlaska.events import ModelRef
from hlaska.settings import Settings
from serving.audio.scorer import SoundScorer
from serving.cyber.scorer import COLUMNS, FlowScorer
from serving.models import (
    ARTIFACT_FOLDER,
    FOLDER_SHA256,
    LoadedModel,
    folder_sha256,
    from_folder,
    refuse_pickle,
    weights_sha256,
)
from serving.video.scorer import DetectorScorer
from training.registry.standing import CANDIDATE
from training.runs import open_run


def register(folder: Path, name: str, settings: Settings, *, alias: str = CANDIDATE) -> str:
    """Makes a new version of model `name` of what lies in `folder`, and points `alias` to it.

    The folder is flat: `card.json`, weights, nothing that runs code when it is read. The model is
    loaded and run first (a detector on a blank picture, a model of sounds on silence, a flow model
    on a row of zeros), so that only what runs gets in. The version is signed with the digest of the
    whole folder, which is asked for whenever it is loaded.

    Returns:
        The version: what `models:/name/version` loads.

    Raises:
        ModelError: the card, the weights or the name are wrong, the model does not run, or the
            server does not answer or refuses.
    """
    model = _checked(folder, name)
    sha256 = model.card.sha256 or "built-in"
    tags = {
        "licence": model.card.licence,
        "sha256": sha256,
        "task": model.card.task,
        FOLDER_SHA256: folder_sha256(folder),
    }
    with open_run(f"register {name}", params=model.card, settings=settings, tags=tags) as run:
        try:
            run.client.log_artifacts(run.id, str(folder), ARTIFACT_FOLDER)
            _make_sure_of(name, run.client)
            made = run.client.create_model_version(
                name,
                source=f"runs:/{run.id}/{ARTIFACT_FOLDER}",
                run_id=run.id,
                tags=tags,
                description=model.card.summary,
            )
            run.client.set_registered_model_alias(name, alias, str(made.version))
        except MlflowException as error:
            raise ModelError(
                f"MLflow at {settings.mlflow_url} does not take {name!r}: {error}"
            ) from error
    return str(made.version)


def _checked(folder: Path, name: str) -> LoadedModel:
    try:
        ModelRef(name=name, version="0")
    except ValidationError as error:
        raise ModelError(
            f"{name!r} is no name for a model; use lower case, digits, and - _ . inside"
        ) from error
    model = from_folder(folder)
    for path in sorted(folder.iterdir()):
        refuse_pickle(path)
        if not path.is_file():
            raise ModelError(f"{path} is no file; a model's folder holds files only, take it out")
    if model.weights is not None and model.card.sha256 is None:
        raise ModelError(
            f"{folder / 'card.json'} lacks sha256; if the weights are the right ones, add "
            f'"sha256": "{weights_sha256(model.weights)}"'
        )
    if model.card.task == "detect":
        blank = np.full((240, 320, 3), 114, np.uint8)
        DetectorScorer.load(model, threads=1).score([blank])
    if model.card.task == "sound-events":
        scorer = SoundScorer.load(model, threads=1)
        scorer.score(np.zeros((1, scorer.window_samples), np.float32))
    if model.card.task in COLUMNS:
        FlowScorer.load(model)
    return model


def _make_sure_of(name: str, client: MlflowClient) -> None:
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
