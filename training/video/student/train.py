"""A detector for one fixed camera, from its footage alone, as one run of MLflow."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from catalogs.web import Progress
from hlaska.errors import DataError, ModelError
from hlaska.models import Measured, ModelCard
from hlaska.places import without_password
from hlaska.settings import Settings
from hlaska.tracks import PERSON, Detections
from serving.models import ARTIFACT_FOLDER, LoadedModel, from_folder, resolve
from serving.video.scorer import DetectorScorer
from serving.video.yolo import Letterbox, YoloDetector
from training.runs import Run, open_run
from training.server import tracking_server
from training.video.student.args import COARSEST, StudentArgs, command, name_of
from training.video.student.choosing import agreement, merit, operating_point
from training.video.student.export import student_card, write
from training.video.student.fitting import Lesson, fit
from training.video.student.footage import Footage, camera_of, record
from training.video.student.labels import Labels, teach
from training.video.student.network import Served, StudentNet

HELD_OUT = 0.2
"""Part of the footage, its end, that epoch and operating point are chosen on."""
JUDGED = 60
"""Pictures of it that an epoch is judged on."""
LEAST_PICTURES = 50
LEAST_PEOPLE = 100
"""Boxes of the teacher that there must be to learn from; a tenth as many in what is held out."""

Say = Callable[[str], None]


def train(
    args: StudentArgs,
    out: Path,
    settings: Settings,
    *,
    say: Say,
    progress: Progress | None = None,
) -> ModelCard:
    """Watches, asks the teacher, trains and exports to the new folder `out`; logs all to MLflow.

    Args:
        args: How.
        out: Must not exist yet; it appears whole or not at all.
        settings: Where data, cache and MLflow are. Where no server answers, one is started for as
            long as this takes.
        say: Told what happens, for people.
        progress: Told how far the long steps are.

    Returns:
        The card of the model in `out`.

    Raises:
        SiteError: there is no such site or camera.
        SourceError: the camera cannot be watched.
        DataError: there are too few pictures, or too few people in them.
        ModelError: `out` exists, the teacher cannot be had, or the student cannot be exported.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    site, camera = camera_of(args.site, args.camera)
    teacher = resolve(args.teacher, settings, progress=progress)
    if PERSON not in teacher.card.operating_point:
        raise ModelError(f"{teacher.card.name} looks for no people; take another teacher")
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    say(f"watching {camera.id} of {site.id}")
    seen = record(camera, settings, most=args.frames, minutes=args.minutes, progress=progress)
    _enough_pictures(len(seen.frames), camera.id)
    say(f"{teacher.card.name} looks at {len(seen.frames)} pictures, from ten sides each")
    labels = teach(
        seen.frames, seen.empty, teacher, settings, threads=args.threads, progress=progress
    )
    learnt = round(len(labels) * (1 - HELD_OUT))
    _enough_people(labels[:learnt], labels[learnt:], teacher.card.name, camera.id)
    with (
        tracking_server(settings, say),
        open_run(
            f"train {name_of(args)}",
            params=args,
            settings=settings,
            data=without_password(camera.uri),
            data_sha256=hashlib.sha256(np.ascontiguousarray(seen.frames).data).hexdigest(),
            tags={
                "teacher": f"{teacher.ref.name} {teacher.ref.version}",
                "people.train": str(sum(len(one.boxes_px) for one in labels[:learnt])),
                "people.held_out": str(sum(len(one.boxes_px) for one in labels[learnt:])),
            },
        ) as run,
    ):
        return _run(args, out, seen, labels, learnt, teacher, run, say, progress)


def _run(
    args: StudentArgs,
    out: Path,
    seen: Footage,
    labels: list[Labels],
    learnt: int,
    teacher: LoadedModel,
    run: Run,
    say: Say,
    progress: Progress | None,
) -> ModelCard:
    size_hw = input_hw(args.width_px, seen.empty.shape)
    draft = student_card(
        name=name_of(args),
        size_hw=size_hw,
        version=run.id[:12],
        summary=f"People, and nothing else, as camera {args.camera} of {args.site} sees them. It "
        "has seen this scene and is for it only: before another camera, or when this one was "
        "moved, its figures do not hold. Learnt from a teacher's boxes, and no better than they.",
        operating_point={PERSON: 0.5},
        training_data=_training_data(args, labels, learnt, teacher),
        made_by=command(args),
        **({} if _free(teacher) else {"licence": f"as its teacher's: {teacher.card.licence}"}),
    )
    held = range(learnt, len(labels))
    some = held[:: max(1, len(held) // JUDGED)]

    def told(name: str, value: float, epoch: int) -> None:
        run.client.log_metric(run.id, name, value, step=epoch)
        say(f"epoch {epoch + 1} of {args.epochs}: {name} {value:.4f}")

    def judge(network: StudentNet) -> float:
        detector = YoloDetector(draft, _Torch(network, size_hw))
        found = [detector.detect([seen.frames[number]], [None])[0] for number in some]
        return merit(found, [labels[number] for number in some])

    frame_hw = (seen.empty.shape[0], seen.empty.shape[1])
    lesson = Lesson(
        seen.frames[:learnt],
        seen.empty,
        labels[:learnt],
        Letterbox.of(frame_hw, size_hw, centred=True).scale,
    )
    network = fit(
        lesson,
        judge,
        epochs=args.epochs,
        samples=args.samples,
        seed=args.seed,
        told=told,
        progress=progress,
    )
    say("exporting")
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".training-") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        shown = _inputs(draft, network, size_hw, [seen.frames[number] for number in some[:8]])
        digest = write(network, folder, made_by=draft.made_by, pictures=shown)
        card = _keep(draft.model_copy(update={"sha256": digest}), folder)
        scorer = DetectorScorer.load(from_folder(folder), threads=args.threads)
        found = [scorer.score([seen.frames[number]])[0] for number in held]
        card = _keep(_measured(card, found, labels[learnt:], args, say), folder)
        for figure in card.measured:
            run.client.log_metric(run.id, figure.metric, figure.value)
        run.client.log_metric(run.id, "operating_point/person", card.operating_point[PERSON])
        run.client.log_artifacts(run.id, str(folder), ARTIFACT_FOLDER)
        folder.rename(out)
    return card


class _Torch:
    """The network as it is now, as a runtime: judged with the very steps that are served."""

    def __init__(self, network: StudentNet, size_hw: tuple[int, int]) -> None:
        self.input_shape = (1, 3, *size_hw)
        self.shown: list[NDArray[np.float32]] = []
        self._served = Served(network).eval()

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.shown.append(batch)
        with torch.inference_mode():
            pictures = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
            return np.asarray(self._served(pictures).numpy())


def _inputs(
    card: ModelCard,
    network: StudentNet,
    size_hw: tuple[int, int],
    frames: list[NDArray[np.uint8]],
) -> NDArray[np.float32]:
    """What serving shows the network of some pictures, and noise."""
    runtime = _Torch(network, size_hw)
    YoloDetector(card, runtime).detect(frames, [None] * len(frames))
    noise = np.random.default_rng(0).uniform(0, 1, (1, 3, *size_hw)).astype(np.float32)
    return np.concatenate([*runtime.shown, noise])


def input_hw(width_px: int, frame_shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of an input of the frame's own aspect, as nearly as `COARSEST` lets it."""
    height = round(width_px * frame_shape[0] / frame_shape[1] / COARSEST) * COARSEST
    return max(COARSEST, height), width_px


def _free(teacher: LoadedModel) -> bool:
    return teacher.card.licence.startswith(("Apache-2.0", "MIT", "BSD"))


def _enough_pictures(count: int, camera: str) -> None:
    if count < LEAST_PICTURES:
        raise DataError(
            f"{camera}: only {count} pictures came, {LEAST_PICTURES} are the least to learn from; "
            "give more of them (frames), or a longer clip"
        )


def _enough_people(learnt: list[Labels], held: list[Labels], teacher: str, camera: str) -> None:
    counts = [sum(len(one.boxes_px) for one in part) for part in (learnt, held)]
    if not sum(counts):
        raise DataError(
            f"{camera}: {teacher} sees nobody in this footage; watch when people pass, or ask "
            "another teacher"
        )
    for count, least, where in zip(
        counts,
        (LEAST_PEOPLE, LEAST_PEOPLE // 10),
        ("the part to learn from", "the end"),
        strict=True,
    ):
        if count < least:
            raise DataError(
                f"{camera}: {teacher} sees people only {count} times in {where} of this footage, "
                f"{least} are the least; watch longer (minutes), or when more people pass"
            )


def _training_data(
    args: StudentArgs, labels: list[Labels], learnt: int, teacher: LoadedModel
) -> str:
    people = sum(len(one.boxes_px) for one in labels[:learnt])
    return (
        f"{learnt} pictures of camera {args.camera} of {args.site}, {len(labels) - learnt} later "
        f"ones to choose by; {people} boxes of people by {teacher.ref.name} {teacher.ref.version} "
        f"({teacher.card.licence}), from whole pictures and their quarters, mirrored too; nobody "
        "labelled anything. It has seen this scene and is for it only"
    )


def _measured(
    card: ModelCard,
    found: list[Detections],
    labels: list[Labels],
    args: StudentArgs,
    say: Say,
) -> ModelCard:
    told = agreement(found, labels)
    point = operating_point(told)
    data = (
        f"the last {len(labels)} pictures that it did not learn from, against its teacher's boxes"
    )
    figures = (
        ("F1 against its teacher at IoU 0.5", told.f1(point)),
        ("average precision against its teacher at IoU 0.5", told.average_precision),
    )
    for name, value in figures:
        say(f"{name}: {value:.3f}")
    say(f"a score counts from {point} on")
    return card.model_copy(
        update={
            "operating_point": {PERSON: point},
            "measured": tuple(
                Measured(metric=name, value=round(value, 3), data=data, how=command(args))
                for name, value in figures
            ),
        }
    )


def _keep(card: ModelCard, folder: Path) -> ModelCard:
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n")
    return card
