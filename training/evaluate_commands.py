"""`hlaska evaluate`: how good a model is, beside others, on data that none of them learnt from."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from hlaska.settings import Settings

if TYPE_CHECKING:
    from training.evaluation.audio import AudioArgs
    from training.evaluation.progress import Announce
    from training.evaluation.tables import Column, ResultTable, Value

evaluate = typer.Typer(no_args_is_help=True, help="Judge models and print tables.")


@evaluate.callback()
def _several() -> None:
    """Judge models and print tables."""


@evaluate.command()
def audio(
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="seed:NAME, models:/NAME@ALIAS, a folder, efficientat-mn04, constant or oracle; "
            "repeat for several. Default: street-sounds, YAMNet, EfficientAT, constant, oracle."
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Your own recordings instead: an entry of the catalog, or a folder."),
    ] = None,
    sound: Annotated[
        str,
        typer.Option(
            help="What is in all of them, where there is no labels.csv: gunshot, explosion, "
            "scream, glass-break; other: none of these."
        ),
    ] = "other",
    hours: Annotated[
        float | None,
        typer.Option(help="Of made confusers, for false alarms; default 1.", min=0.01, max=1000),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few minutes, to see that it works; proves nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="New JSON file for the tables.", dir_okay=False)
    ] = None,
) -> None:
    """Judge models that listen: made scenes, real recordings, false alarms per hour.

    Everything goes through the listener that is served. Real screams and real breaking glass were
    not to be had: their figures are for made sounds. It takes about twenty minutes; a model that
    cannot be had is a row with the reason. Bring your own recordings, WAV or FLAC, with a
    labels.csv beside them (file,onset_s,offset_s,sound):

    \b
    a.wav,1.2,2.0,scream              one line of a labels.csv

    \b
    hlaska evaluate audio
    hlaska evaluate audio --model models:/street-sounds@challenger --model seed:street-sounds
    hlaska evaluate audio --data my-screams/ --out screams.json
    hlaska evaluate audio --data esc50-glass --sound glass-break
    """  # noqa: D301 - click wants the backspace itself
    # Imported here, as it brings torch: `--help` need not wait for it.
    from training.evaluation.audio import MODELS, gathered, named, tables
    from training.evaluation.audio import evaluate as judged
    from training.evaluation.sound_tables import curve_points
    from training.evaluation.tables import Value, as_json

    if out is not None and out.exists():
        raise typer.BadParameter(f"{out} exists already; name a new file", param_hint="--out")
    args = _args(hours=hours, sound=sound, quick=quick)
    settings = Settings.load()
    console = Console()
    with _bars(Console(stderr=True)) as announce:
        heard = named(data, settings, args) if data else gathered(settings, args, announce)
        outcomes = judged(model or MODELS, heard, settings, args, announce)
    if not data and not heard.clips:
        typer.echo(
            "no real recordings here, none are judged: `hlaska data get sesa` says why", err=True
        )
    found = tables(outcomes, name=data)
    for table in found:
        _show(console, table)
    if out is not None:
        about: dict[str, Value] = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": data or "made scenes, and the real recordings of the test split",
            "scenes_each": args.each,
            "hours": args.hours,
            "seed": args.seed,
            "quick": quick,
        }
        out.parent.mkdir(parents=True, exist_ok=True)
        points = curve_points(outcomes, args.thresholds)
        out.write_text(as_json(found, about, points=points), encoding="utf-8")
        console.print(f"written to {out}")


def _args(*, hours: float | None, sound: str, quick: bool) -> "AudioArgs":
    from training.evaluation.audio import QUICK, AudioArgs

    start = QUICK if quick else AudioArgs()
    return start.model_copy(update={"sound": sound, "hours": hours or start.hours})


MOST_ACROSS = 8
"""Systems beside each other; more are written below each other."""


def _show(console: Console, table: "ResultTable") -> None:
    measured = [row for row in table.rows if "reason" not in row]
    shown = Table(title=table.title, caption=table.note, caption_justify="left")
    shown.add_column("")
    across = len(measured) <= MOST_ACROSS
    names = [str(row["what"]) for row in measured]
    headings = [column.heading for column in table.columns]
    for name in names if across else headings:
        shown.add_column(name, justify="right", overflow="fold")
    cells = [[_cell(row, column) for row in measured] for column in table.columns]
    if across:
        lines = dict(zip(headings, cells, strict=True))
    else:
        lines = {name: [line[place] for line in cells] for place, name in enumerate(names)}
    for name, line in lines.items():
        shown.add_row(name, *line)
    if measured:
        console.print(shown)
    for row in table.rows:
        if "reason" in row:
            console.print(f"{row['what']}: {row['reason']}", style="yellow", markup=False)


def _cell(row: "Mapping[str, Value]", column: "Column") -> str:
    from training.evaluation.tables import written

    return written(row.get(column.key), column.digits)


@contextmanager
def _bars(console: Console) -> Iterator["Announce"]:
    """Bars on the error stream; nothing where that is not a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

        def announce(what: str, total: int | None) -> Callable[[int], None]:
            task = bars.add_task(what, total=total)
            return lambda done: bars.update(task, completed=done)

        yield announce


@evaluate.command()
def cyber(
    attack_model: Annotated[
        str, typer.Option(help="seed:NAME, models:/NAME@ALIAS or a folder.")
    ] = "seed:flow-attacks",
    anomaly_model: Annotated[
        str, typer.Option(help="seed:NAME, models:/NAME@ALIAS or a folder.")
    ] = "seed:flow-anomaly",
    days: Annotated[
        int | None, typer.Option(help="Made test days of each kind; default 4.", min=1, max=1000)
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Half a minute, to see that it works; proves nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="New JSON file for the tables.", dir_okay=False)
    ] = None,
) -> None:
    """Judge what guards the network: made days, real captures, families and networks never seen.

    Models go through the scorer that is served, rules through the judge that is served. Captures
    and NSL-KDD are looked for as `hlaska data` does; what cannot be had is a row with the reason.
    It takes some minutes.

    \b
    hlaska evaluate cyber
    hlaska evaluate cyber --attack-model models:/flow-attacks@challenger --out cyber.json
    """  # noqa: D301 - click wants the backspace itself
    from training.evaluation.cyber import QUICK, CyberArgs
    from training.evaluation.cyber import evaluate as judged
    from training.evaluation.tables import Value, as_json

    if out is not None and out.exists():
        raise typer.BadParameter(f"{out} exists already; name a new file", param_hint="--out")
    start = QUICK if quick else CyberArgs()
    chosen = {"attack_model": attack_model, "anomaly_model": anomaly_model}
    args = start.model_copy(update=chosen | ({"days": days} if days else {}))
    console = Console()
    with _bars(Console(stderr=True)) as announce:
        found = judged(Settings.load(), args, announce)
    for table in found:
        _show(console, table)
    if out is not None:
        about: dict[str, Value] = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": "made traffic, captures of the catalog, NSL-KDD",
            "quick": quick,
            **args.model_dump(mode="json"),
        }
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(as_json(found, about), encoding="utf-8")
        console.print(f"written to {out}")
