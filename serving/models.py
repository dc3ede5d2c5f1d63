"""From a name to a model that can be loaded: registry alias, seed, folder, or the best at hand.

No pickle is ever read: a model is ONNX, OpenVINO IR or skops, or is built into its runtime. An
alias is resolved to a version here, and every event carries that version; `serving.champion`
follows an alias that moves.
"""

import hashlib
import http.client
import logging
import tempfile
import urllib.request
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import ValidationError

from catalogs import datasets, seeds
from catalogs.web import Progress
from hlaska.errors import HlaskaError, ModelError
from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.settings import Settings
from serving import telemetry
from serving.aliases import REGISTERED, away

if TYPE_CHECKING:
    from mlflow import MlflowClient

BEST_DETECTORS = ("yolo11n-int8", "yolox-nano", "hog")
"""Seeds that `best` tries, in this order; the last one needs no weights."""

STUDENTS: Mapping[str, str] = MappingProxyType({"dataset:pets-view1": "square-east-student"})
"""Seeds made for one camera and for no other, by the address of what they have seen."""

PICKLES = frozenset({".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt"})
"""Formats that run code when they are read."""

SUFFIXES = {
    "openvino": (".xml", ".onnx", ".tflite"),
    "onnxruntime": (".onnx",),
    "skops": (".skops",),
}
"""What the weights of a runtime may be called; OpenVINO reads ONNX and TensorFlow Lite as they
are."""

ARTIFACT_FOLDER = "model"
"""Where a run of the registry keeps card.json and weights."""

FOLDER_SHA256 = "folder_sha256"
"""Tag of a version: the digest of all its files, made when it was registered."""

_LOGGER = logging.getLogger(__name__)
_HEALTH_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model whose card is valid and whose weights are here and unharmed."""

    card: ModelCard
    weights: Path | None
    """The file a runtime opens; None when the model is built into it."""
    ref: ModelRef
    """Name and version that its events carry."""
    folder: Path | None = None
    """Where card and weights lie together; None of a seed whose weights are a data set."""
    passed_over: tuple[str, ...] = ()
    """Better models that could not be had, each with the reason (of `best` only)."""


def resolve(
    uri: str,
    settings: Settings,
    *,
    progress: Progress | None = None,
    shown: Collection[str] = (),
) -> LoadedModel:
    """The model that `uri` means, fetched and checked.

    Args:
        uri: `models:/name@alias` or `models:/name/version` in the MLflow registry, `seed:name`,
            `best`, or the path of a folder that holds a `card.json`.
        settings: Where data, cache and the registry are.
        progress: Told about long downloads.
        shown: Addresses of all cameras that a detector is to look at. Where it is one, `best` takes
            the student made for it rather than the last of `BEST_DETECTORS`.

    Raises:
        ModelError: there is no such model, its card is wrong, its weights are missing, changed or a
            pickle.
        RegistryError: the registry does not answer.
        DataError: the weights of a seed cannot be fetched.
    """
    if uri == "best":
        return _best(settings, progress, shown)
    if uri.startswith("seed:"):
        return _seed(uri.removeprefix("seed:"), settings, progress)
    if uri.startswith("models:/"):
        return _registered(uri, settings)
    if not Path(uri).is_dir():
        raise ModelError(
            f"no model {uri!r}: it is not a folder; give models:/name@alias, models:/name/version, "
            f"seed:name ({', '.join(seeds.names())}), best, or a folder that holds card.json"
        )
    return from_folder(Path(uri))


def from_folder(folder: Path) -> LoadedModel:
    """The model whose `card.json` and weights lie in `folder`.

    Raises:
        ModelError: the card is missing or wrong, or the weights are missing, changed or a pickle.
    """
    card = seeds.read_card(folder / "card.json")
    ref = ModelRef(name=card.name, version=card.version)
    if card.weights is None:
        return LoadedModel(card, None, ref, folder)
    if Path(card.weights).name != card.weights or card.weights.startswith("dataset:"):
        raise ModelError(
            f"{folder / 'card.json'}: weights {card.weights!r} must be a file beside the card, "
            "named without a folder"
        )
    return LoadedModel(card, _checked(card, folder / card.weights), ref, folder)


def weights_sha256(weights: Path) -> str:
    """The digest a card carries: of the file; of an OpenVINO `.xml` followed by its `.bin`.

    Raises:
        ModelError: one of the files is missing or cannot be read.
    """
    digest = hashlib.sha256()
    parts = [weights, weights.with_suffix(".bin")] if weights.suffix == ".xml" else [weights]
    for part in parts:
        try:
            with part.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise ModelError(
                f"weights {part} cannot be read ({error.strerror}); put the file there, or export "
                "the model again"
            ) from error
    return digest.hexdigest()


def folder_sha256(folder: Path) -> str:
    """The digest of a model's whole folder: names and contents of its files, card included.

    Raises:
        ModelError: a file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(folder.iterdir()):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    except OSError as error:
        raise ModelError(f"{folder} cannot be read as a model's folder: {error}") from error
    return digest.hexdigest()


def refuse_pickle(path: Path) -> None:
    """Stops a file whose format runs code when it is read.

    Raises:
        ModelError: it is such a file.
    """
    if path.suffix.lower() in PICKLES:
        raise ModelError(
            f"{path} is a pickle ({path.suffix}), which runs whatever code it holds; allowed are "
            f"{', '.join(sorted(set(chain(*SUFFIXES.values()))))}. "
            f"Export it: hlaska export {path.name}"
        )


def _checked(card: ModelCard, weights: Path) -> Path:
    refuse_pickle(weights)
    allowed = SUFFIXES.get(card.runtime, ())
    if weights.suffix not in allowed:
        raise ModelError(
            f"{card.name}: {weights.name} is nothing that {card.runtime} opens; allowed is "
            f"{' or '.join(allowed) or 'no file: it is built in'}"
        )
    found = weights_sha256(weights)
    if card.sha256 is not None and found != card.sha256:
        raise ModelError(
            f"{weights} is not what its card promises: sha256 {found}, expected {card.sha256}; "
            "fetch or export the model again"
        )
    return weights


def _seed(name: str, settings: Settings, progress: Progress | None) -> LoadedModel:
    card = seeds.card(name)
    ref = ModelRef(name=card.name, version=card.version)
    if card.weights is None or not card.weights.startswith("dataset:"):
        return from_folder(seeds.folder(name))
    entry = card.weights.removeprefix("dataset:")
    fetched = datasets.fetch(entry, settings, progress=progress)
    if fetched.is_dir():
        suffixes = SUFFIXES[card.runtime]
        candidates = sorted(path for path in fetched.rglob("*") if path.suffix in suffixes)
        if len(candidates) != 1:
            raise ModelError(
                f"{card.name}: {fetched} holds {len(candidates)} files {' or '.join(suffixes)}, "
                f"one is needed; fetch it again: hlaska data get {entry}"
            )
        fetched = candidates[0]
    return LoadedModel(card, _checked(card, fetched), ref)


def _best(settings: Settings, progress: Progress | None, shown: Collection[str]) -> LoadedModel:
    passed_over: list[str] = []
    # Where it has not been, a student is worse than any other.
    only = set(shown) if len(set(shown)) == 1 else set()
    taught = [STUDENTS[uri] for uri in only if uri in STUDENTS]
    for name in (*BEST_DETECTORS[:-1], *taught, BEST_DETECTORS[-1]):
        try:
            model = _seed(name, settings, progress)
        except HlaskaError as error:
            passed_over.append(f"{name}: {error}")
            _LOGGER.info("detector %s cannot be had: %s", name, error)
        else:
            return replace(model, passed_over=tuple(passed_over))
    raise ModelError("no detector can be had: " + "; ".join(passed_over))


def registry(settings: Settings) -> "MlflowClient":
    """A client of the MLflow server, which is known to answer.

    Raises:
        RegistryError: it does not answer.
    """
    # MLflow's own client retries an absent server for minutes: ask first.
    try:
        with urllib.request.urlopen(
            f"{settings.mlflow_url}/health", timeout=_HEALTH_TIMEOUT_S
        ) as reply:
            reply.read()
    except (OSError, http.client.HTTPException) as error:
        raise away(settings, error) from error

    telemetry.switch_off()
    # Importing MLflow takes seconds; seeds and folders do without it.
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=settings.mlflow_url, registry_uri=settings.mlflow_url)


def _registered(uri: str, settings: Settings) -> LoadedModel:
    match = REGISTERED.fullmatch(uri)
    if match is None:
        raise ModelError(f"{uri!r} is no model; write models:/name@alias or models:/name/version")
    name, alias, number = match["name"], match["alias"], match["version"]
    client = registry(settings)
    from mlflow.exceptions import MlflowException

    try:
        version = (
            client.get_model_version_by_alias(name, alias)
            if alias
            else client.get_model_version(name, number)
        )
        ref = ModelRef(name=name, version=str(version.version))
        if not version.run_id:
            raise ModelError(f"{uri} was not registered by a run; use hlaska register FOLDER")
        # Run ids differ between servers, versions do not.
        folder = settings.cache / "models" / name / f"{ref.version}-{version.run_id}"
        if not folder.is_dir():
            _download(client, version.run_id, folder)
        _refuse_unsigned(uri, folder, version.tags.get(FOLDER_SHA256))
    except (MlflowException, ValidationError) as error:
        raise ModelError(
            f"{uri} at {settings.mlflow_url}: {error}; look at the models there, or register one: "
            "hlaska register FOLDER"
        ) from error
    return replace(from_folder(folder), ref=ref)


def _refuse_unsigned(uri: str, folder: Path, promised: str | None) -> None:
    """Stops what is not, file by file, what was registered."""
    if promised is None:
        raise ModelError(
            f"{uri} is unsigned: its version has no tag {FOLDER_SHA256}, so nobody knows what was "
            "registered; register its folder again: hlaska register FOLDER"
        )
    found = folder_sha256(folder)
    if found != promised:
        raise ModelError(
            f"{uri} in {folder} is not what was registered: sha256 of the folder is {found}, "
            f"registered was {promised}; delete that folder, and if what is fetched again differs "
            "too, the registry's files were changed: register the model again"
        )


def _download(client: "MlflowClient", run_id: str, folder: Path) -> None:
    """Puts the model of a run into `folder`, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as scratch:
        fetched = Path(client.download_artifacts(run_id, ARTIFACT_FOLDER, scratch))
        try:
            fetched.rename(folder)
        except OSError:
            if not folder.is_dir():  # Another process of this machine was quicker; that is fine.
                raise
