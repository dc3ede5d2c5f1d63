"""`hlaska train normality`: what is usual at one camera, so that the unusual can be told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TimeElapsedColumn

from catalogs.progress import progress_bar
from hlaska.errors import DataError, SourceError
from hlaska.settings import Settings

LEAST_MIN = 10.0
"""Shorter footage shows a few people's ways, not what is usual."""


def normality(
    camera: Annotated[str, typer.Argument(help="Of the site; it must not move.")],
    site: Annotated[str, typer.Option(help="A committed site, or a site file.")] = "pilsen",
    minutes: Annotated[
        float,
        typer.Option(help="To watch a live camera; a clip is watched once.", min=0.1, max=10_080),
    ] = 60.0,
    detector: Annotated[str, typer.Option(help="Whose boxes are followed.")] = "best",
    short: Annotated[
        bool, typer.Option("--short", help="Take less than ten minutes; expect false alarms.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="File; default: where `hlaska up` looks for it.")
    ] = None,
) -> None:
    """Learn where, how fast, whither and how many people usually move before a camera.

    Watch when nothing unusual happens. Nothing but numbers is kept, no picture and nobody's path.
    When `hlaska up` starts the next time, the camera tells what is unusual (video.unusual), and
    why: place, speed, direction, or how many. The camera needs a homography.

    \b
    hlaska train normality square-east --short       (the demo's clip: see that it works)
    hlaska train normality gate --minutes 1440       (a day, live)
    """  # noqa: D301 - click wants the backspace itself
    # Imported here, as scikit-learn takes seconds: `--help` need not wait for it.
    from serving.models import resolve
    from serving.video import usual
    from serving.video.scorer import DetectorScorer
    from training.video.normality import Footage, NormalityArgs, learn, movements_of
    from training.video.student.footage import camera_of
    from training.video.watching import scenes_of_camera

    settings = Settings.load()
    where, which = camera_of(site, camera)
    if which.homography is None:
        raise DataError(
            f"{camera} has no homography: without metres nothing is fast or slow; measure one "
            "and write it into the site file"
        )
    scorer = DetectorScorer.load(resolve(detector, settings), threads=2)
    with progress_bar(TimeElapsedColumn()) as progress:
        scenes = list(
            scenes_of_camera(which, scorer, settings, most=timedelta(minutes=minutes),
                             progress=progress)
        )  # fmt: skip
    if not scenes:
        raise SourceError(f"{camera}: not one picture came; look at it with hlaska up --camera")
    watched_s = (scenes[-1].captured_at - scenes[0].captured_at).total_seconds()
    if watched_s < 60 * LEAST_MIN and not short:
        raise DataError(
            f"{camera}: {watched_s / 60:.1f} minutes of footage, {LEAST_MIN:.0f} are the least to "
            "know what is usual; watch longer, or give --short to try"
        )
    words = f"{watched_s / 60:.1f} minutes up to {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    footage = Footage(where.id, which.id, words, watched_s)
    learnt = learn(movements_of(scenes), footage, NormalityArgs())
    path = out or usual.path_of(settings, where.id, which.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".writing")
    scratch.write_text(learnt.model_dump_json(), encoding="utf-8")
    scratch.replace(path)
    most = ", ".join(f"{hour} h UTC {most:.0f}" for hour, most in learnt.most_people.items())
    typer.echo(
        f"{path}: {len(learnt.cells)} m² where people were, from {words}; more people than this "
        f"are unusual: {most}. `hlaska up` heeds it from its next start on."
    )
