"""How well the served pipeline sees, tracks, places and counts people; beside `model.track()`."""

from collections.abc import Callable

from hlaska.columns import DIRECTION, LINE
from hlaska.errors import HlaskaError
from serving.models import resolve
from serving.video.scorer import DetectorScorer
from tests.benchmarks.passes import THREADS, TRACKED
from tests.benchmarks.plan import Plan
from training.evaluation.crossings import COUNTED, FOUND, TRUE
from training.evaluation.observations import Observations
from training.evaluation.pets import SEEN_BEFORE, Footage, footage
from training.evaluation.progress import Step
from training.evaluation.tables import Column, ResultTable, Value
from training.evaluation.ultralytics_track import UltralyticsTrack
from training.evaluation.video import VideoScores, video_scores, watch

SEEDS = ("hog", "yolox-nano", "yolo11n-int8")
CLIP_FRAMES = 795

COLUMNS = (
    Column("hota", "HOTA", 3),
    Column("mota", "MOTA", 3),
    Column("idf1", "IDF1", 3),
    Column("switches", "ID switches"),
    Column("precision", "precision", 3),
    Column("recall", "recall", 3),
    Column("f1", "F1", 3),
    Column("median_m", "position off, median m", 2),
    Column("p95_m", "p95 m", 2),
    Column("true", "crossings, true"),
    Column("counted", "counted"),
    Column("found", "found"),
    Column("share", "share found (95 %)"),
    Column("error", "count error", 3),
    Column("looked", "frames looked at", 2),
)
NOTE = "The served pipeline with its motion gate, as it runs in the street; no frame is dropped."


def run(plan: Plan) -> list[ResultTable]:
    """The three tables.

    Raises:
        DataError: the clip or its truth cannot be had.
    """
    scene = footage(plan.settings)
    seen = {name: _tried(plan, name, watch) for name, watch in _systems(plan, scene).items()}
    held_out = range(SEEN_BEFORE, CLIP_FRAMES)
    return [
        ResultTable(
            "accuracy",
            "Accuracy on the whole clip",
            NOTE,
            COLUMNS,
            tuple(_row(name, outcome, scene, None) for name, outcome in seen.items()),
        ),
        ResultTable(
            "accuracy-held-out",
            f"Accuracy from frame {SEEN_BEFORE} on",
            f"Without the first {SEEN_BEFORE} frames, on which constants were chosen.",
            COLUMNS,
            tuple(_row(name, outcome, scene, held_out) for name, outcome in seen.items()),
        ),
        _per_line(seen, scene),
    ]


def _systems(plan: Plan, scene: Footage) -> dict[str, Callable[[Step], Observations]]:
    def ours(seed: str) -> Callable[[Step], Observations]:
        def see(progress: Step) -> Observations:
            scorer = DetectorScorer.load(resolve(f"seed:{seed}", plan.settings), threads=THREADS)
            return watch(scene.clip, scene.camera, scorer, limit=plan.frames, progress=progress)

        return see

    def theirs(conf: float | None) -> Callable[[Step], Observations]:
        def see(progress: Step) -> Observations:
            model = resolve(f"seed:{TRACKED}", plan.settings)
            tracker = UltralyticsTrack(model, plan.settings, conf=conf)
            return tracker.watch(scene.clip, scene.camera, limit=plan.frames, progress=progress)

        return see

    return {seed: ours(seed) for seed in SEEDS} | {
        "track() conf 0.1": theirs(None),
        "track() conf 0.4": theirs(0.4),
    }


def _tried(
    plan: Plan, name: str, see: Callable[[Step], Observations]
) -> Observations | HlaskaError:
    try:
        return see(plan.announce(f"accuracy: {name}", plan.frames or CLIP_FRAMES))
    except HlaskaError as error:
        return error


def _row(
    name: str, outcome: Observations | HlaskaError, scene: Footage, frames: range | None
) -> dict[str, Value]:
    if isinstance(outcome, HlaskaError):
        return {"what": name, "reason": str(outcome)}
    try:
        scores = video_scores(outcome, scene.truth, scene.camera, frames=frames)
    except HlaskaError as error:
        return {"what": name, "reason": str(error)}
    return {"what": name, **_cells(scores)}


def _cells(scores: VideoScores) -> dict[str, Value]:
    crossings = scores.crossings
    low, high = crossings.found_interval
    share = crossings.found / crossings.true if crossings.true else None
    return {
        "hota": scores.identities.hota,
        "mota": scores.identities.mota,
        "idf1": scores.identities.idf1,
        "switches": scores.identities.switches,
        "precision": scores.detections.precision,
        "recall": scores.detections.recall,
        "f1": scores.detections.f1,
        "median_m": scores.position_median_m,
        "p95_m": scores.position_p95_m,
        "true": crossings.true,
        "counted": crossings.counted,
        "found": crossings.found,
        "share": None if share is None else f"{share:.2f} ({low:.2f}–{high:.2f})",
        "error": crossings.error,
        "looked": scores.looked,
    }


def _per_line(seen: dict[str, Observations | HlaskaError], scene: Footage) -> ResultTable:
    truth: dict[str, Value] = {"what": "truth"}
    rows = [truth]
    for name, outcome in seen.items():
        row: dict[str, Value] = {"what": name}
        rows.append(row)
        if isinstance(outcome, HlaskaError):
            row["reason"] = str(outcome)
            continue
        lines = video_scores(outcome, scene.truth, scene.camera).crossings.lines
        for line in lines.to_dict("records"):
            place = f"{line[LINE]}, {line[DIRECTION]}"
            truth[place] = line[TRUE]
            row[place] = f"{line[COUNTED]} ({line[FOUND]})"
    return ResultTable(
        "crossings",
        "Crossings, line by line",
        "Counted on the whole clip, and in brackets how many of them are true ones.",
        tuple(Column(place, place) for place in truth if place != "what"),
        tuple(rows),
    )
