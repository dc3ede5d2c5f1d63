"""`hlaska evaluate video`: detectors side by side on the annotated clip, through what is served."""

from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import Field
from rich.console import Console

from hlaska.errors import HlaskaError
from hlaska.events import ModelRef
from hlaska.records import Record
from hlaska.results import Value
from hlaska.settings import Settings
from training.console import Out, Send, bars, check_new, keep, say, show, yes

if TYPE_CHECKING:
    from hlaska.models import ModelCard
    from training.evaluation.observations import Observations
    from training.evaluation.pets import Footage
    from training.evaluation.progress import Step
    from training.evaluation.video_report import Outcomes

MODELS = ("seed:yolo11n-int8", "seed:yolox-nano", "seed:hog")
QUICK_FRAMES = 120
CLIP_FRAMES = 795


class VideoArgs(Record):
    """How much was judged."""

    models: tuple[str, ...] = Field(description="That were judged, the first beside the others.")
    frames: int | None = Field(description="First ones of the clip that were shown; None: all.")
    first: int = Field(description="From which figures are taken.")


def video(
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="seed:NAME, models:/NAME@ALIAS or a folder; repeat for several. The others are "
            f"compared with the first. Default: {', '.join(MODELS)}."
        ),
    ] = None,
    frames: Annotated[
        int | None, typer.Option(help="Only so many first frames of the clip.", min=1)
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help=f"{QUICK_FRAMES} frames, to see that it works.")
    ] = False,
    out: Out = None,
    send: Send = True,
) -> None:
    """Judge detectors: HOTA, MOTA, IDF1, F1, position error and counts, as they are served.

    On PETS 2009 S2.L1, the demo's camera, with its published truth. Constants were chosen on its
    first 200 frames, so figures are from frame 200 on where so many are shown. Intervals come from
    resampling segments of 25 frames; the others are compared with the first on the same segments.
    It takes some minutes; a model that cannot be had is a row with the reason.

    \b
    hlaska evaluate video
    hlaska evaluate video --model models:/walker@champion --model models:/walker@challenger
    """  # noqa: D301 - click wants the backspace itself
    # Imported here, as it brings torch: `--help` need not wait for it.
    from training.evaluation.pets import CAMERA, SEEN_BEFORE, SITE, footage
    from training.evaluation.video_report import RATE, exhibits_of, video_points, worst_frames
    from training.evaluation.video_tables import NOTE, accuracy_table, line_table
    from training.reporting import evaluation, hand_on

    check_new(out)
    settings = Settings.load()
    names = tuple(model or MODELS)
    limit = frames or (QUICK_FRAMES if quick else None)
    scene = footage(settings)
    console = Console()
    with bars(Console(stderr=True)) as announce:
        total = limit or CLIP_FRAMES
        outcomes: Outcomes = {
            name: _watched(name, scene, settings, limit, announce(name, total)) for name in names
        }
    shown = max((len(o[1].frames) for o in outcomes.values() if isinstance(o, tuple)), default=0)
    first = SEEN_BEFORE if shown > SEEN_BEFORE else 0
    judged = range(first, shown)
    seen = {name: o[1] if isinstance(o, tuple) else o for name, o in outcomes.items()}
    note = NOTE if first else f"{NOTE} Constants were chosen on these very frames."
    found = [
        accuracy_table(
            seen,
            scene,
            name="video-accuracy",
            title=f"Accuracy, frames {first} to {shown}",
            note=note,
            frames=judged,
        ),
        line_table(seen, scene),
    ]
    for table in found:
        show(console, table)
    about: dict[str, Value] = {
        "data": "pets-view1",
        "first_frame": first,
        "frames": shown,
        "quick": quick,
    }
    points = video_points(outcomes, scene, judged)
    if out is not None:
        keep(out, found, about, [row for rows in points.values() for row in rows])
        console.print(f"written to {out}")
    if not send:
        return
    had = {name: o for name, o in outcomes.items() if isinstance(o, tuple)}
    cards = [card for card, _ in had.values()]
    exhibits = []
    if had:
        name, (_, observed) = next(iter(had.items()))
        exhibits = exhibits_of(name, observed, scene, worst_frames(observed, scene, judged))
    report = evaluation(
        "video",
        "People on camera",
        found,
        points=points,
        about=about | {"family": "video", "rate": RATE, "quick": yes(quick)},
        site=SITE,
        source=CAMERA,
        models=tuple(ModelRef(name=card.name, version=card.version) for card in cards),
        model=cards[0].name if cards else None,
    )
    args = VideoArgs(models=names, frames=limit, first=first)
    hand_on(report, exhibits, settings, params=args, say=say)


def _watched(
    name: str, scene: "Footage", settings: Settings, limit: int | None, progress: "Step"
) -> "tuple[ModelCard, Observations] | HlaskaError":
    from serving.models import resolve
    from serving.video.scorer import DetectorScorer
    from training.evaluation.video import watch

    try:
        scorer = DetectorScorer.load(resolve(name, settings), threads=1)
        seen = watch(scene.clip, scene.camera, scorer, limit=limit, progress=progress)
    except HlaskaError as error:
        return error
    return scorer.card, seen
