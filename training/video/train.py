"""From annotated clips and verdicts to a detector that can be registered, as one run of MLflow."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

from pydantic import Field

from catalogs.web import Progress, silent
from hlaska.errors import ModelError
from hlaska.models import ModelCard
from hlaska.records import Name, Record
from hlaska.settings import Settings
from serving.client import Gateway
from serving.models import ARTIFACT_FOLDER, from_folder
from training.evaluation.detection import Precision, best_points
from training.runs import Run, open_run
from training.server import tracking_server
from training.video.clips import annotated, clip_pictures
from training.video.dataset import PROVENANCE, DetectionData, Picture, write
from training.video.export import STRIDE, ExportArgs, export
from training.video.fit import (
    WHOLE_WIDTH,
    fit,
    found_by_torch,
    input_hw,
    starting_weights,
)
from training.video.quantise import QuantiseArgs, convert, quantise, stated
from training.video.scene import scene_pictures
from training.video.validation import (
    cpu_ms,
    found_by,
    precision_on,
    refuse_loss,
    table_of,
    validated,
)
from training.video.verdicts import Contradictions, verdict_pictures

VERDICTS = "verdicts"
SCENE = "scene"
FP32, INT8 = "fp32", "int8"
"""Folders of the two models."""

Say = Callable[[str], None]


class TrainArgs(Record):
    """How a detector is trained."""

    name: Name = Field(default="city-detector", description="Of the model.")
    data: tuple[str, ...] = Field(
        default=("pets-view1",),
        min_length=1,
        description="Annotated clips of the catalog; verdicts: what dispatchers judged; scene: a "
        "made street.",
    )
    contradictions: Contradictions = Field(
        default="refuse", description="What becomes of verdicts that contradict each other."
    )
    weights: str = Field(
        default="yolo11n.pt",
        description="To start from: official ones, or a .pt file whose maker you trust; empty: "
        "from nothing.",
    )
    epochs: int = Field(default=60, ge=1, le=1000, description="Times through the pictures.")
    imgsz: int = Field(
        default=640, ge=STRIDE, le=2048, multiple_of=STRIDE, description="Longer side of the input."
    )
    batch_size: int = Field(default=8, ge=1, le=1024, description="Pictures a step.")
    int8: bool = Field(default=True, description="Whether a model in 8 bits is made as well.")
    calibration: int = Field(default=100, ge=1, le=10_000, description="Pictures for the 8 bits.")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Of the weights and the order.")
    width: float = Field(
        default=WHOLE_WIDTH, gt=0, le=1, description="Share of YOLO11's channels, from nothing."
    )
    augment: bool = Field(default=True, description="Whether pictures are varied.")
    device: str = Field(default="", description="As torch names it; empty: a GPU if there is one.")


QUICK = TrainArgs(
    data=(SCENE,), weights="", epochs=18, imgsz=96, calibration=16, width=0.125, augment=False
)
"""Proves in a minute or two that everything works, on a made street; sees nothing else."""
SCENE_FRAMES = 130


def train(
    args: TrainArgs,
    out: Path,
    settings: Settings,
    *,
    say: Say,
    progress: Progress = silent,
) -> ModelCard:
    """Trains a detector to the new folder `out`, a folder each for 32 and for 8 bits.

    After every step on the way (export, conversion, 8 bits) it is judged anew by serving's scorer
    on the later part of the data. A step that costs more than a point of mAP is refused. If that is
    the one to 8 bits, the model in 32 bits is what comes out.

    Args:
        args: How.
        out: Must not exist yet; it appears whole or not at all. Beside the models lies
            `provenance.csv`: where each picture is from, and who judged it.
        settings: Where data, gateway, cache and MLflow are. Where no MLflow answers, one is started
            for as long as this takes.
        say: Told what happens, for people.
        progress: Told how far the long steps are.

    Returns:
        The card of the model that should run: that in 8 bits if it was made and takes less time.

    Raises:
        ModelError: `out` exists, weights or network are refused, it learns next to nothing, or
            MLflow does not come up.
        DataError: data cannot be had, are too few, or contradict each other.
        GatewayError: verdicts are wanted, and the gateway does not answer.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".training-") as name:
        scratch = Path(name)
        start = starting_weights(args.weights, settings, say)
        data = gathered(args, settings, scratch / "data", say=say, progress=progress)
        say(data.about)
        with (
            tracking_server(settings, say),
            open_run(
                f"train {args.name}",
                params=args,
                settings=settings,
                data=", ".join(args.data),
                data_sha256=data.sha256,
                split_seed=None,
                tags={"started_from": _digest(start), "classes": ", ".join(data.classes)},
            ) as run,
        ):
            run.client.log_artifact(run.id, str(data.folder / PROVENANCE))
            made = scratch / "made"
            made.mkdir()
            card = _run(args, data, start, scratch, made, settings, run, say, progress)
            shutil.copyfile(data.folder / PROVENANCE, made / PROVENANCE)
            made.rename(out)
    return card


def gathered(
    args: TrainArgs, settings: Settings, folder: Path, *, say: Say, progress: Progress = silent
) -> DetectionData:
    """Everything that is to be learnt from, in the new `folder`.

    Raises:
        DataError: a part of it cannot be had, all of it is too little, or labels contradict.
        GatewayError: verdicts are wanted, and the gateway does not answer.
    """

    def pictures(name: str) -> Iterator[Picture]:
        if name == SCENE:
            yield from scene_pictures(
                frames=SCENE_FRAMES, size_px=(args.imgsz, args.imgsz * 3 // 4), seed=args.seed
            )
        elif name == VERDICTS:
            with Gateway(settings.gateway_url, settings.token) as gateway:
                yield from verdict_pictures(
                    gateway.labels(),
                    gateway.evidence,
                    contradictions=args.contradictions,
                    say=say,
                )
        else:
            yield from clip_pictures(name, settings, progress=progress)

    names = dict.fromkeys(args.data)
    return write(chain.from_iterable(map(pictures, names)), folder, about=", ".join(names))


def known_data() -> list[str]:
    """What `TrainArgs.data` may hold."""
    return [*annotated(), VERDICTS, SCENE]


def _run(
    args: TrainArgs,
    data: DetectionData,
    start: Path | None,
    scratch: Path,
    made: Path,
    settings: Settings,
    run: Run,
    say: Say,
    progress: Progress,
) -> ModelCard:
    def told(name: str, value: float, epoch: int) -> None:
        run.client.log_metric(run.id, name, value, step=epoch)

    weights = fit(
        data,
        scratch,
        settings,
        start=start,
        epochs=args.epochs,
        size_px=args.imgsz,
        batch_size=args.batch_size,
        seed=args.seed,
        width=args.width,
        device=args.device,
        augment=args.augment,
        told=told,
        progress=progress,
    )
    hw = input_hw(data, args.imgsz)
    as_trained = precision_on(data, table_of(found_by_torch(weights, data, hw)))
    say(f"trained: {as_trained}")
    shape = ExportArgs(format="onnx", height_px=hw[0], width_px=hw[1], name=args.name)
    export(str(weights), scratch / "onnx", shape, settings)
    exported = _named(args, data, scratch / "onnx", run)
    found = _judged(as_trained, exported, data, "exporting to ONNX", run, say)
    convert(from_folder(exported), made / FP32, runtime="openvino")
    found = _judged(found, made / FP32, data, "converting to OpenVINO", run, say)
    card = stated(made / FP32, found, data, _command(args))
    chosen = FP32
    if args.int8:
        small = _in_8_bits(args, exported, data, made / INT8, run, say)
        took = {
            part: cpu_ms(from_folder(made / part), islice(data.images("val"), 40))
            for part in (FP32, INT8)
            if (made / part).is_dir()
        }
        for part, time_ms in took.items():
            run.client.log_metric(run.id, f"cpu_ms/{part}", time_ms)
            say(f"{part}: {time_ms:.1f} ms of a CPU a picture on this machine")
        if small is not None and took[INT8] < took[FP32]:
            card, chosen = small, INT8
    run.client.log_artifacts(run.id, str(made / chosen), ARTIFACT_FOLDER)
    say(f"the one to run on this machine: {chosen}")
    return card


def _named(args: TrainArgs, data: DetectionData, folder: Path, run: Run) -> Path:
    """Gives the exported model its own words and operating points; the folder it is in."""
    model = from_folder(folder)
    points = best_points(
        truth=data.truth("val"),
        seen=table_of(found_by(model, data)),
        frames=range(len(data.pictures("val"))),
    )
    card = model.card.model_copy(
        update={
            "version": run.id[:12],
            "summary": f"Detector of {', '.join(data.classes)} trained on {', '.join(args.data)}; "
            "it has seen these scenes and is for their like only. Operating points give the best "
            "F1 on the later part of the data.",
            "training_data": data.about,
            "made_by": _command(args),
            "operating_point": {
                name: round(point, 3)
                for name, point in points.items()
                if name in model.card.classes
            },
        }
    )
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n")
    return folder


def _judged(
    before: Precision, folder: Path, data: DetectionData, step: str, run: Run, say: Say
) -> Precision:
    after = validated(from_folder(folder), data)
    say(f"after {step}: {after}")
    _log(run, folder.name, after)
    refuse_loss(before, after, step=step)
    return after


def _in_8_bits(
    args: TrainArgs, exported: Path, data: DetectionData, out: Path, run: Run, say: Say
) -> ModelCard | None:
    """The card of the model in 8 bits; None, and said why, when it is refused."""
    try:
        card, _, after = quantise(
            from_folder(exported), data, out, QuantiseArgs(pictures=args.calibration)
        )
    except ModelError as error:
        say(f"no model in 8 bits, the one in 32 bits is the result: {error}")
        return None
    say(f"after quantising: {after}")
    _log(run, INT8, after)
    return card


def _log(run: Run, what: str, found: Precision) -> None:
    run.client.log_metric(run.id, f"mAP50/{what}", found.map50)
    run.client.log_metric(run.id, f"mAP50-95/{what}", found.map50_95)


def _digest(start: Path | None) -> str:
    if start is None:
        return "nothing"
    return f"{start.name}, sha256 {hashlib.sha256(start.read_bytes()).hexdigest()}"


def _command(args: TrainArgs) -> str:
    """What makes a model of the same kind again."""
    if args == QUICK.model_copy(update={"name": args.name, "seed": args.seed}):
        return f"hlaska train video --quick --seed {args.seed}"
    data = " ".join(f"--data {name}" for name in args.data)
    weights = f"--weights {Path(args.weights).name}" if args.weights else "--weights ''"
    return (
        f"hlaska train video {data} {weights} --epochs {args.epochs} --imgsz {args.imgsz} "
        f"--seed {args.seed}" + " --no-int8" * (not args.int8)
    )
