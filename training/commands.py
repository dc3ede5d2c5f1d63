"""`hlaska export` and `hlaska register`: from weights to a model that serving loads by name."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from hlaska.models import ModelCard
from hlaska.settings import Settings

TAGGER = "efficientat-mn04"
"""The sound model that `hlaska export` knows by name."""


class Format(StrEnum):
    """Formats of an exported network."""

    OPENVINO = "openvino"
    ONNX = "onnx"


def export(
    weights: Annotated[
        str,
        typer.Argument(
            help=f"A .pt file whose maker you trust, official: yolo11n.pt …, or {TAGGER}."
        ),
    ],
    out: Annotated[Path, typer.Argument(help="New folder for the network and its card.json.")],
    format: Annotated[Format, typer.Option(help="Of the network.")] = Format.OPENVINO,
    imgsz: Annotated[
        tuple[int, int], typer.Option(help="Height and width of the input, multiples of 32.")
    ] = (640, 640),
    nms: Annotated[
        bool, typer.Option("--nms", help="Suppress overlapping boxes inside the network.")
    ] = False,
    score: Annotated[float, typer.Option(help="Lowest score that counts.", min=0, max=1)] = 0.4,
    name: Annotated[str | None, typer.Option(help="Of the model; default: of the file.")] = None,
) -> None:
    """Make a model for serving out of Ultralytics weights, or of EfficientAT's.

    A .pt file is a pickle: reading it runs the code in it. Weights of Ultralytics, and in its view
    those trained with its code, are under AGPL-3.0. efficientat-mn04 hears (MIT); it takes no
    options.

    \b
    hlaska export yolo11n.pt models/yolo11n
    hlaska export yolo11n.pt models/wide --format onnx --imgsz 384 640
    hlaska export efficientat-mn04 models/mn04
    hlaska register models/yolo11n yolo11n
    """  # noqa: D301 - click wants the backspace itself
    # Imported here, as it brings torch: `--help` need not wait for it.
    if weights == TAGGER:
        from catalogs import datasets
        from training.audio.efficientat import export as export_tagger

        _told(out, export_tagger(datasets.fetch(TAGGER, Settings.load()), out))
        return
    from training.video.export import ExportArgs
    from training.video.export import export as export_weights

    try:
        args = ExportArgs(
            format=format.value,
            height_px=imgsz[0],
            width_px=imgsz[1],
            nms=nms,
            score=score,
            name=name,
        )
    except ValidationError as error:
        raise typer.BadParameter(
            "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        ) from error
    _told(out, export_weights(weights, out, args, Settings.load()))


def _told(out: Path, card: ModelCard) -> None:
    typer.echo(
        f"{out}: {card.name} {card.version} for {card.runtime}, finds "
        f"{', '.join(card.operating_point)}. Licence: {card.licence}"
    )


def register(
    folder: Annotated[Path, typer.Argument(help="Folder with card.json and the weights.")],
    name: Annotated[
        str | None, typer.Argument(help="In the registry; default: the name on the card.")
    ] = None,
    alias: Annotated[str, typer.Option(help="That then means this version.")] = "candidate",
) -> None:
    """Put a model into the MLflow registry, as a new version.

    Needs the server that `hlaska up` starts. The first one may run at once; every later one passes
    the gate and is promoted:

    \b
    hlaska register models/yolo11n yolo11n --alias champion
    hlaska up --detector models:/yolo11n@champion
    hlaska register models/better yolo11n
    hlaska gate yolo11n
    hlaska promote yolo11n --why "finds more people at dusk"
    """  # noqa: D301 - click wants the backspace itself
    # Imported here, as it brings MLflow: `--help` need not wait for it.
    from catalogs.seeds import read_card
    from training import registry
    from training.registry.promotion import refuse_alias

    chosen = name or read_card(folder / "card.json").name
    settings = Settings.load()
    refuse_alias(chosen, alias, settings)
    version = registry.register(folder, chosen, settings, alias=alias)
    typer.echo(f"models:/{chosen}/{version}, which is now also models:/{chosen}@{alias}")
