"""Ultralytics weights, official or one's own, as a model that serving can load.

Ultralytics is AGPL-3.0 and stays in the lab environment; what leaves it here is a network in
OpenVINO IR or ONNX with its card. A `.pt` file is a pickle, which runs code when it is read: this
is the one place that reads one, and it is for files whose maker you trust.
"""

import hashlib
import os
import pickle
import re
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from hlaska.errors import ModelError, UnavailableError, unknown
from hlaska.models import ModelCard, ModelInput
from hlaska.records import Record
from hlaska.settings import Settings
from hlaska.tracks import OBJECT_CLASSES
from serving import telemetry
from serving.models import from_folder, weights_sha256
from serving.video.scorer import DetectorScorer
from serving.video.yolo import LOWEST_SCORE, MOST_DETECTIONS, SUPPRESSION_IOU

if TYPE_CHECKING:
    from ultralytics.models import YOLO

STRIDE = 32
"""Sizes of the input are multiples of the coarsest grid's cell."""

SUFFIX = {"openvino": ".xml", "onnx": ".onnx"}


class ExportArgs(Record):
    """How weights are exported."""

    format: Literal["openvino", "onnx"] = Field(default="openvino", description="Of the network.")
    height_px: int = Field(
        default=640,
        ge=STRIDE,
        le=4096,
        multiple_of=STRIDE,
        description="Height of the input that the model is made for.",
    )
    width_px: int = Field(
        default=640,
        ge=STRIDE,
        le=4096,
        multiple_of=STRIDE,
        description="Width of the input that the model is made for.",
    )
    nms: bool = Field(
        default=False,
        description="Whether overlapping boxes are suppressed inside the network: by its own head "
        "where it has one that needs none (YOLO 10, 26), else by a step added to the graph.",
    )
    score: float = Field(
        default=0.4,
        ge=0,
        le=1,
        description="Operating point of each class: lowest score that counts.",
    )
    name: str | None = Field(default=None, description="Of the model; default: that of the file.")


def export(weights: str, out: Path, args: ExportArgs, settings: Settings) -> ModelCard:
    """Exports `weights` to the new folder `out`: the network and its `card.json`.

    Args:
        weights: Path of a `.pt` file, or the name of official ones, which are downloaded from
            Ultralytics' releases to the cache.
        out: Must not exist yet; it appears whole or not at all.
        args: Format, input size and the rest.
        settings: Where cache and Ultralytics' own settings go.

    Raises:
        ModelError: the weights are no detector of Ultralytics, know none of the classes that
            cameras look for, or cannot be exported.
        UnavailableError: official weights cannot be downloaded.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    out.parent.mkdir(parents=True, exist_ok=True)
    prepare_ultralytics(settings)
    source = find_weights(weights, settings)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".exporting-") as scratch:
        copy = Path(scratch) / "network.pt"
        shutil.copyfile(source, copy)
        folder = Path(scratch) / "model"
        folder.mkdir()
        model = load_weights(copy, source)
        output = _export_network(model, args, copy, folder, source)
        card = _card(model, args, output, source, folder)
        (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n")
        blank = np.full((args.height_px, args.width_px, 3), 114, np.uint8)
        DetectorScorer.load(from_folder(folder), threads=1).score([blank])
        folder.rename(out)
    return card


def prepare_ultralytics(settings: Settings) -> None:
    """Before its first import: no settings outside our home, no telemetry, no installing."""
    folder = settings.home / "ultralytics"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("YOLO_CONFIG_DIR", str(folder))
    os.environ["YOLO_AUTOINSTALL"] = "false"
    telemetry.switch_off()


def find_weights(weights: str, settings: Settings) -> Path:
    """The file of weights: one that is here, or official ones, fetched to the cache.

    Raises:
        ModelError: it is no file, and no name of official weights.
        UnavailableError: official weights cannot be downloaded.
    """
    path = Path(weights)
    if path.is_file():
        return path
    from ultralytics.utils.downloads import GITHUB_ASSETS_NAMES, attempt_download_asset

    official = [name for name in GITHUB_ASSETS_NAMES if re.fullmatch(r"yolo[^-]+\.pt", name)]
    if weights not in official:
        raise ModelError(
            f"{weights} is no file, and {unknown('official weights', weights, official)}"
        )
    kept = settings.cache / "ultralytics" / weights
    if kept.is_file():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Ultralytics leaves what it got of a broken download under the final name.
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".fetching-") as scratch:
        try:
            return Path(attempt_download_asset(str(Path(scratch) / weights))).rename(kept)
        except OSError as error:
            raise UnavailableError(
                f"{weights} cannot be downloaded from Ultralytics' releases ({error}); fetch it "
                f"where the web is open and put it at {kept}"
            ) from error


def load_weights(copy: Path, source: Path) -> "YOLO":
    """Reads a `.pt` file, which runs the code in it: for files whose maker you trust.

    Args:
        copy: What is read.
        source: What the user knows it as.

    Raises:
        ModelError: it holds no detector of Ultralytics.
    """
    from ultralytics.models import YOLO

    try:
        model = YOLO(copy, verbose=False)
    except (
        AttributeError,
        EOFError,
        ImportError,
        KeyError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        pickle.UnpicklingError,
    ) as error:
        raise ModelError(f"{source} holds no weights that Ultralytics reads: {error}") from error
    if model.task != "detect":
        raise ModelError(f"{source} is made for {model.task!r}; only detectors are exported")
    return model


def _export_network(
    model: "YOLO", args: ExportArgs, copy: Path, folder: Path, source: Path
) -> Literal["yolo", "yolo-end2end"]:
    """Writes the network into `folder`; says which layout its output has."""
    if args.format == "onnx" and find_spec("onnx") is None:
        raise ModelError("ONNX export needs the package onnx; use --format openvino, or install it")
    network: Any = model.model
    own_head = getattr(network.model[-1], "one2one_cv2", None) is not None
    # Ultralytics takes None for raw boxes, False for the head that needs no suppression.
    nms = (False if own_head else True) if args.nms else None
    limits = (
        {"conf": LOWEST_SCORE, "iou": SUPPRESSION_IOU["yolo"], "max_det": MOST_DETECTIONS}
        if args.nms
        else {}
    )
    try:
        model.export(
            format=args.format,
            imgsz=(args.height_px, args.width_px),
            nms=nms,
            device="cpu",
            **({"simplify": False} if args.format == "onnx" else {}),
            **limits,
        )
    except (AssertionError, ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(
            f"Ultralytics does not export {source} to {args.format}: {error}"
        ) from error
    parts = (
        (copy.parent / "network_openvino_model").glob("network.*")
        if args.format == "openvino"
        else [copy.with_suffix(".onnx")]
    )
    for part in parts:
        part.rename(folder / part.name)
    return "yolo-end2end" if args.nms else "yolo"


def _card(
    model: "YOLO",
    args: ExportArgs,
    output: Literal["yolo", "yolo-end2end"],
    source: Path,
    folder: Path,
) -> ModelCard:
    import ultralytics

    classes = tuple(model.names[number] for number in sorted(model.names))
    used = [name for name in OBJECT_CLASSES if name in classes]
    if not used:
        raise ModelError(
            f"{source} knows none of {', '.join(OBJECT_CLASSES)}, which cameras look for; it knows "
            f"{', '.join(classes)[:300]}"
        )
    network = f"network{SUFFIX[args.format]}"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    trained_on = (model.ckpt or {}).get("train_args", {}).get("data")
    try:
        return ModelCard(
            name=args.name or source.stem.lower(),
            version=digest[:12],
            summary=f"Ultralytics detector {source.name}, exported; its operating point "
            f"{args.score} is a first choice, not calibrated.",
            task="detect",
            classes=classes,
            input=ModelInput(
                shape=(1, 3, args.height_px, args.width_px),
                colour_order="rgb",
                scale=1 / 255,
                letterbox="centre",
            ),
            output=output,
            runtime="openvino" if args.format == "openvino" else "onnxruntime",
            weights=network,
            sha256=weights_sha256(folder / network),
            operating_point=dict.fromkeys(used, args.score),
            licence="AGPL-3.0 (Ultralytics)",
            training_data=f"{trained_on}, as the weights say" if trained_on else "not stated",
            made_by=f"Ultralytics {ultralytics.__version__} from {source.name}, sha256 {digest}",
        )
    except ValidationError as error:
        wrong = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        raise ModelError(f"no card for {source}: {wrong}; give the model a name: --name") from error
