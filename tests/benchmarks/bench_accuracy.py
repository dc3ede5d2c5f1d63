"""How well the served pipeline sees, tracks, places and counts people; beside `model.track()`."""

from collections.abc import Callable

from hlaska.errors import HlaskaError
from hlaska.results import ResultTable
from serving.models import resolve
from serving.video.scorer import DetectorScorer
from tests.benchmarks.passes import THREADS, TRACKED
from tests.benchmarks.plan import Plan
from training.evaluation.observations import Observations
from training.evaluation.pets import SEEN_BEFORE, Footage, footage
from training.evaluation.progress import Step
from training.evaluation.ultralytics_track import UltralyticsTrack
from training.evaluation.video import watch
from training.evaluation.video_tables import NOTE, accuracy_table, line_table

SEEDS = ("hog", "yolox-nano", "yolo11n-int8")
CLIP_FRAMES = 795


def run(plan: Plan) -> list[ResultTable]:
    """The three tables.

    Raises:
        DataError: the clip or its truth cannot be had.
    """
    scene = footage(plan.settings)
    seen = {name: _tried(plan, name, watch) for name, watch in _systems(plan, scene).items()}
    held_out = range(SEEN_BEFORE, CLIP_FRAMES)
    return [
        accuracy_table(
            seen,
            scene,
            name="accuracy",
            title="Accuracy on the whole clip",
            note=NOTE,
            frames=None,
        ),
        accuracy_table(
            seen,
            scene,
            name="accuracy-held-out",
            title=f"Accuracy from frame {SEEN_BEFORE} on",
            note=f"Without the first {SEEN_BEFORE} frames, on which constants were chosen.",
            frames=held_out,
        ),
        line_table(seen, scene),
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
