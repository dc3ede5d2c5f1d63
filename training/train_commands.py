"""`hlaska train`: models of one's own, from data to a folder that can be registered."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.progress import MofNCompleteColumn, TimeRemainingColumn

from catalogs.progress import progress_bar
from hlaska.settings import Settings
from serving import telemetry
from training.train_video_command import video
from training.video.normality_command import normality

train = typer.Typer(
    no_args_is_help=True, help="Train a model: data in, a folder that can be registered out."
)


@train.callback()
def _train() -> None:
    """Train a model: data in, a folder that can be registered out."""


@train.command()
def audio(
    out: Annotated[Path, typer.Option(help="New folder for the network and its card.json.")] = Path(
        "models/street-sounds"
    ),
    epochs: Annotated[
        int | None, typer.Option(help="Times the corpus is gone through; default 24.")
    ] = None,
    soundscapes: Annotated[
        int | None, typer.Option(help="Six seconds each, to learn from; default 16000.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same makes the same sounds.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the model; default street-sounds.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Prove in a minute that it works; hears nothing.")
    ] = False,
) -> None:
    """Train the network that hears gunshots, explosions, screams and breaking glass.

    Sounds are made, and taken from the recordings of the catalog (sesa) where it can have them, and
    placed in made streets. Without sesa the network learns from made sounds alone, and the README's
    figures are not of such a one. The corpus is kept in the cache: the next run starts at once.
    Curves, confusion and example spectrograms go to MLflow: to the server that runs, or to one that
    is started for the time. On two cores it takes about an hour.

    \b
    hlaska train audio --out models/street-sounds
    hlaska evaluate audio --model models/street-sounds
    hlaska register models/street-sounds street-sounds --alias champion   (while `hlaska up` runs)
    hlaska up --sound-model models:/street-sounds@champion
    """  # noqa: D301 - click wants the backspace itself
    # Libraries that report home ask once, when they are imported.
    telemetry.switch_off()
    # Imported here, as it brings torch: `--help` need not wait for it.
    from training.audio.train import QUICK, TrainArgs
    from training.audio.train import train as train_audio

    given = {"epochs": epochs, "soundscapes": soundscapes, "seed": seed, "name": name}
    start = QUICK if quick else TrainArgs()
    try:
        args = TrainArgs.model_validate(
            start.model_dump() | {key: value for key, value in given.items() if value is not None}
        )
    except ValidationError as error:
        raise typer.BadParameter(
            "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        ) from error
    with progress_bar(MofNCompleteColumn(), TimeRemainingColumn()) as progress:
        card = train_audio(args, out, Settings.load(), say=typer.echo, progress=progress)
    typer.echo(
        f"{out}: {card.name} {card.version}. To run it: "
        f"hlaska register {out} {card.name} --alias champion"
    )


@train.command()
def cyber(
    out: Annotated[Path, typer.Option(help="New folder for both models, a folder each.")] = Path(
        "models/cyber"
    ),
    days: Annotated[
        int | None,
        typer.Option(help="Made days with attacks to learn from; default 16.", min=1, max=1000),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same makes the same days.", min=0, max=2**31 - 1)
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Prove in half a minute that it works.")
    ] = False,
) -> None:
    """Train the models that guard the network: attacks by family, and hosts unlike themselves.

    Days of traffic of a camera network are made, with attacks and without; nothing real is learnt
    from. Curves and cards go to MLflow: to the server that runs, or to one that is started for the
    time. It takes some minutes.

    \b
    hlaska train cyber --out models/cyber
    hlaska evaluate cyber --attack-model models/cyber/flow-attacks
    hlaska register models/cyber/flow-attacks flow-attacks --alias champion   (`hlaska up` runs)
    """  # noqa: D301 - click wants the backspace itself
    # Libraries that report home ask once, when they are imported.
    telemetry.switch_off()
    # Imported here, as scikit-learn takes seconds: `--help` need not wait for it.
    from training.cyber.train import QUICK, TrainArgs
    from training.cyber.train import train as train_cyber

    given = {"days": days, "seed": seed}
    start = QUICK if quick else TrainArgs()
    args = start.model_copy(
        update={key: value for key, value in given.items() if value is not None}
    )
    with progress_bar(MofNCompleteColumn(), TimeRemainingColumn()) as progress:
        cards = train_cyber(args, out, Settings.load(), say=typer.echo, progress=progress)
    for card in cards:
        typer.echo(
            f"{out / card.name}: {card.name} {card.version}. To run it: "
            f"hlaska register {out / card.name} {card.name} --alias champion"
        )


train.command()(normality)


train.command()(video)
