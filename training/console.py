"""How the commands of training print tables, and how far they are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from hlaska.results import Column, ResultTable, Value, written
from training.evaluation.progress import Announce
from training.evaluation.tables import as_json

Send = Annotated[
    bool,
    typer.Option(help="Keep the result in MLflow, and send it to the dashboards, if they answer."),
]
Out = Annotated[Path | None, typer.Option(help="New JSON file for the tables.", dir_okay=False)]

MOST_ACROSS = 8
"""Systems beside each other; more are written below each other."""


def show(console: Console, table: ResultTable) -> None:
    """Print a table; systems that could not be had are told below it."""
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


def _cell(row: Mapping[str, Value], column: Column) -> str:
    return written(row.get(column.key), column.digits)


@contextmanager
def bars(console: Console) -> Iterator[Announce]:
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


def check_new(out: Path | None) -> None:
    """Stop before a file is written over.

    Raises:
        BadParameter: there is one.
    """
    if out is not None and out.exists():
        raise typer.BadParameter(f"{out} exists already; name a new file", param_hint="--out")


def keep(
    out: Path,
    tables: Sequence[ResultTable],
    about: Mapping[str, Value],
    points: Sequence[Mapping[str, Value]] = (),
) -> None:
    """Write tables, and whatever is to be known about them, to a new file."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(as_json(tables, {"made_at": made_at, **about}, points=points), encoding="utf-8")


def say(words: str) -> None:
    """Tell a person what tables are not about."""
    typer.echo(words, err=True)


def yes(so: bool) -> str:
    """For a report: its values know no true or false."""
    return "yes" if so else "no"
