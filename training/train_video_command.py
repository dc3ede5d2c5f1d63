"""`hlaska train video`: a detector of one's own, or a student of one camera."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.progress import MofNCompleteColumn, TimeRemainingColumn

from catalogs.progress import progress_bar
from hlaska.models import ModelCard
from hlaska.settings import Settings
from serving import telemetry


def video(
    out: Annotated[
        Path | None,
        typer.Option(
            help="New folder for the models: fp32 and int8, or the student's one. Default "
            "models/city-detector, models/ID-student."
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="An annotated clip of the catalog, or verdicts: what dispatchers judged; repeat "
            "for several. Default pets-view1."
        ),
    ] = None,
    contradictions: Annotated[
        str | None,
        typer.Option(help="refuse or drop verdicts that contradict each other; default refuse."),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help="To start from: official ones, or a .pt file whose maker you trust; '': from "
            "nothing. Default yolo11n.pt; from nothing where it cannot be had."
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Times through the data; default 60, of a student 20.")
    ] = None,
    imgsz: Annotated[
        int | None, typer.Option(help="Longer side of the input, a multiple of 32; default 640.")
    ] = None,
    int8: Annotated[bool, typer.Option(help="Also make a model in 8 bits, and judge it.")] = True,
    seed: Annotated[int | None, typer.Option(help="Of the weights and the order.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the model; default city-detector.")] = None,
    student: Annotated[
        str | None,
        typer.Option(
            help="Id of a camera that does not move: make a student for it.", metavar="ID"
        ),
    ] = None,
    site: Annotated[
        str | None, typer.Option(help="Of the student's camera: a name or file; default pilsen.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Footage of the student's camera to label.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Prove in a minute or two that it works; sees nothing.")
    ] = False,
) -> None:
    """Train a detector on annotated clips and on what dispatchers judged, or a camera's student.

    The first part of the data teaches, the last judges. True alarms teach with their boxes, false
    ones as background; drills and what nobody was sure of are left out, and so is all of a picture
    that the alarm was not about. After each export the model is judged anew by what serving makes
    of it; one that loses more than a point of mAP is refused. Beside the models lies
    provenance.csv: every picture, and who judged it. Curves go to MLflow: to the server that runs,
    or to one that is started for the time. --quick needs no data: it makes a street.

    It is trained with Ultralytics, AGPL-3.0, and by its maker's claim so is the result: who offers
    it over a network owes its users the source. A student is not: its code is Hlaska's own.

    A student is a small network for one fixed camera, taught by a larger one on that camera's own
    pictures: label overnight, train, gate, swap.

    \b
    hlaska train video --quick --out models/try
    hlaska train video --data pets-view1 --data verdicts
    hlaska register models/city-detector/int8 city-detector    (while `hlaska up` runs)
    hlaska gate city-detector
    hlaska train video --student gate --site my-city.yaml --minutes 480 --out models/gate
    """  # noqa: D301 - click wants the backspace itself
    # Libraries that report home ask once, when they are imported.
    telemetry.switch_off()
    given: dict[str, object] = {
        "data": data and tuple(data),
        "contradictions": contradictions,
        "weights": weights,
        "epochs": epochs,
        "imgsz": imgsz,
        "seed": seed,
        "name": name,
    }
    asked = {key: value for key, value in given.items() if value is not None}
    if student is not None:
        _no(asked, ("data", "contradictions", "weights", "imgsz"), "with --student")
        asked |= {"camera": student, "site": site, "minutes": minutes}
        folder = out or Path(f"models/{student}-student")
        card = _student(asked, folder, quick=quick)
    else:
        _no({"site": site, "minutes": minutes}, ("site", "minutes"), "without --student")
        card, folder = _detector(asked, out or Path("models/city-detector"), int8=int8, quick=quick)
    typer.echo(
        f"{folder}: {card.name} {card.version}, finds {', '.join(card.operating_point)}. Licence: "
        f"{card.licence}. Next: hlaska register {folder} {card.name}"
    )


def _no(given: dict[str, object], names: tuple[str, ...], when: str) -> None:
    wrong = [f"--{name}" for name in names if given.get(name) is not None]
    if wrong:
        raise typer.BadParameter(f"{', '.join(wrong)} means nothing {when}; leave it out")


def _detector(
    asked: dict[str, object], out: Path, *, int8: bool, quick: bool
) -> tuple[ModelCard, Path]:
    # Imported here, as it brings torch: `--help` need not wait for it.
    from hlaska.errors import unknown
    from training.video.train import FP32, INT8, QUICK, TrainArgs, known_data
    from training.video.train import train as train_video

    start = QUICK if quick else TrainArgs()
    try:
        args = TrainArgs.model_validate(start.model_dump() | asked | {"int8": int8})
    except ValidationError as error:
        raise _usage(error) from error
    for one in args.data:
        if one not in known_data():
            raise typer.BadParameter(unknown("data", one, known_data()), param_hint="--data")
    with progress_bar(MofNCompleteColumn(), TimeRemainingColumn()) as progress:
        card = train_video(args, out, Settings.load(), say=typer.echo, progress=progress)
    return card, out / (INT8 if card.version.endswith(f"-{INT8}") else FP32)


def _student(asked: dict[str, object], out: Path, *, quick: bool) -> ModelCard:
    from training.video.student.args import QUICK, StudentArgs
    from training.video.student.train import train as train_student

    chosen = {key: value for key, value in asked.items() if value is not None}
    try:
        args = StudentArgs.model_validate((QUICK if quick else {}) | chosen)
    except ValidationError as error:
        raise _usage(error) from error
    with progress_bar(MofNCompleteColumn(), TimeRemainingColumn()) as progress:
        return train_student(args, out, Settings.load(), say=typer.echo, progress=progress)


def _usage(error: ValidationError) -> typer.BadParameter:
    return typer.BadParameter(
        "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    )
