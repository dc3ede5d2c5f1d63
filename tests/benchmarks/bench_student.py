"""What the student of the demo's camera gives up, and what it gains, beside those it is to replace.

Accuracy on the frames that it has never seen; speed with all systems taking turns in one process,
so that whatever else the machine does, it does to all of them.
"""

from collections.abc import Generator
from statistics import median

from hlaska.errors import HlaskaError
from hlaska.results import Column, ResultTable, Value
from serving.models import LoadedModel, resolve
from serving.video.motion import Motion
from serving.video.scorer import DetectorScorer
from tests.benchmarks.bench_accuracy import CLIP_FRAMES
from tests.benchmarks.bench_speed import WARM_FRAMES, frames_per_s, held_to
from tests.benchmarks.passes import THREADS, bare, pipeline
from tests.benchmarks.plan import Plan
from training.evaluation.observations import Observations
from training.evaluation.pets import Footage, footage
from training.evaluation.video import frames_of, watch
from training.evaluation.video_tables import NOTE, accuracy_table

STUDENT = "square-east-student"
OTHERS = ("yolox-nano", "yolo11n-int8", "hog")
"""Its teacher, the best that can be had, and what stood in where neither was to be had."""
TAUGHT_FRAMES = 500
"""So many first frames taught the student, or chose its epoch and operating point."""
TIMES_FASTER = 5.0
MOST_LOST = 3.0
"""The goal: points of HOTA."""

SPEED = (
    Column("bare_fps", "bare detector frames/s", 1),
    Column("pipeline_fps", "pipeline frames/s", 1),
    Column("weights_mb", "weights, MB", 2),
    Column("passes", "passes"),
)
BARGAIN = (
    Column("lost", "HOTA lost, points", 1),
    Column("bare", "times faster, bare detector", 1),
    Column("pipeline", "times faster, pipeline", 1),
    Column("goal", f"at least {TIMES_FASTER:.0f} times at no more than {MOST_LOST:.0f} points"),
)
Fps = dict[str, list[float]]
"""Of each kind of pass, turn by turn."""


def run(plan: Plan) -> list[ResultTable]:
    """The three tables.

    Raises:
        DataError: the clip or its truth cannot be had.
    """
    scene = footage(plan.settings)
    models: dict[str, LoadedModel | HlaskaError] = {}
    for name in (STUDENT, *OTHERS):
        try:
            models[name] = resolve(f"seed:{name}", plan.settings)
        except HlaskaError as error:
            models[name] = error
    unseen = None if plan.quick else range(TAUGHT_FRAMES, CLIP_FRAMES)
    accuracy = accuracy_table(
        {name: _watched(plan, name, model, scene) for name, model in models.items()},
        scene,
        name="student-accuracy",
        title="Accuracy on frames that the student has not seen",
        note=f"All frames are shown, those from {TAUGHT_FRAMES} on count. {NOTE}",
        frames=unseen,
    )
    with held_to(THREADS) as held:
        fps = _speeds(plan, models, scene)
    speed = ResultTable(
        "student-speed",
        "Speed",
        f"{plan.timed_frames} frames, {THREADS} threads{held}; the systems take turns, medians.",
        SPEED,
        tuple(_speed_row(plan, name, model, fps.get(name)) for name, model in models.items()),
    )
    return [accuracy, speed, _bargain(accuracy, fps)]


def _watched(
    plan: Plan, name: str, model: LoadedModel | HlaskaError, scene: Footage
) -> Observations | HlaskaError:
    if isinstance(model, HlaskaError):
        return model
    step = plan.announce(f"accuracy: {name}", plan.frames or CLIP_FRAMES)
    scorer = DetectorScorer.load(model, threads=THREADS)
    return watch(scene.clip, scene.camera, scorer, limit=plan.frames, progress=step)


def _speeds(
    plan: Plan, models: dict[str, LoadedModel | HlaskaError], scene: Footage
) -> dict[str, Fps]:
    count = WARM_FRAMES + plan.timed_frames
    images = [frame.image for frame in frames_of(scene.clip, scene.camera, limit=count)]
    motion = Motion()
    regions = [motion.regions(image).boxes_px for image in images]
    here = {name: model for name, model in models.items() if isinstance(model, LoadedModel)}
    scorers = {name: DetectorScorer.load(model, threads=THREADS) for name, model in here.items()}
    fps: dict[str, Fps] = {name: {"bare": [], "pipeline": []} for name in here}

    def one(kind: str, name: str) -> Generator[None]:
        if kind == "bare":
            return bare(images, regions, scorers[name])
        return pipeline(scene, scorers[name], here[name].ref, looks=[])

    turns = [
        (kind, name) for _ in range(plan.repeats) for kind in ("bare", "pipeline") for name in here
    ]
    step = plan.announce("speed", len(turns))
    for number, (kind, name) in enumerate(turns, start=1):
        fps[name][kind].append(frames_per_s(one(kind, name), plan.timed_frames))
        step(number)
    return fps


def _speed_row(
    plan: Plan, name: str, model: LoadedModel | HlaskaError, fps: Fps | None
) -> dict[str, Value]:
    if isinstance(model, HlaskaError) or fps is None:
        return {"what": name, "reason": str(model)}
    return {
        "what": name,
        "bare_fps": median(fps["bare"]),
        "pipeline_fps": median(fps["pipeline"]),
        "weights_mb": _megabytes(model),
        "passes": plan.repeats,
    }


def _megabytes(model: LoadedModel) -> float | None:
    if model.weights is None:
        return None
    files = {model.weights, model.weights.with_suffix(".bin")}
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def _bargain(accuracy: ResultTable, fps: dict[str, Fps]) -> ResultTable:
    """The student against each of the others."""
    hota = {str(row["what"]): row.get("hota") for row in accuracy.rows}
    rows: list[dict[str, Value]] = []
    for other in OTHERS:
        known, own = hota[other], hota[STUDENT]
        if other not in fps or not isinstance(known, float) or not isinstance(own, float):
            rows.append({"what": other, "reason": "it could not be had, see above"})
            continue
        lost = 100 * (known - own)
        faster = {
            kind: median(a / b for a, b in zip(fps[STUDENT][kind], fps[other][kind], strict=True))
            for kind in ("bare", "pipeline")
        }
        met = lost <= MOST_LOST and faster["bare"] >= TIMES_FASTER
        rows.append(
            {
                "what": other,
                "lost": lost,
                **faster,
                "goal": "met by the bare detector" if met else "missed",
            }
        )
    return ResultTable(
        "student-bargain",
        "The student against each of the others",
        "Below nothing lost, it is better. Times faster: the median over the turns.",
        BARGAIN,
        tuple(rows),
    )
