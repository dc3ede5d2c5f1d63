"""`python -m tests.benchmarks`: every benchmark, or some; see README.md beside this file."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hlaska.errors import HlaskaError
from hlaska.results import ResultTable
from hlaska.settings import Settings
from tests.benchmarks import (
    bench_accuracy,
    bench_exercise,
    bench_flows,
    bench_gate,
    bench_guarding,
    bench_latency,
    bench_network,
    bench_normality,
    bench_picture,
    bench_positions,
    bench_privacy,
    bench_sound,
    bench_speed,
    bench_streams,
    bench_student,
    bench_switch,
)
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import (
    Baseline,
    circumstances,
    keep,
    keep_baseline,
    read_baseline,
    screen,
)
from training.evaluation.progress import Announce, Step


class Name(StrEnum):
    """Names of benchmarks."""

    ACCURACY = "accuracy"
    SPEED = "speed"
    LATENCY = "latency"
    SOUND = "sound"
    POSITIONS = "positions"
    STREAMS = "streams"
    PRIVACY = "privacy"
    NETWORK = "network"
    FLOWS = "flows"
    GUARDING = "guarding"
    PICTURE = "picture"
    EXERCISE = "exercise"
    SWITCH = "switch"
    STUDENT = "student"
    GATE = "gate"
    NORMALITY = "normality"


def main(
    only: Annotated[
        list[Name] | None, typer.Option(help="Run only this; repeat for several.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few frames, to see that it works; the pages stay.")
    ] = False,
    as_baseline: Annotated[
        bool, typer.Option("--as-baseline", help="Later runs are compared with this one.")
    ] = False,
) -> None:
    """Measure, print tables, write build/bench/*.json and the tables of the pages beside this."""
    if quick and as_baseline:
        raise typer.BadParameter("a quick run proves nothing; leave out --quick or --as-baseline")
    console = Console()
    baseline = read_baseline()
    when = circumstances(quick=quick)
    console.print(str(when))
    failed = False
    for name in only or list(Name):
        try:
            with _bars(console) as bars:
                tables = BENCHES[name](Plan(Settings.load(), _announcer(bars), quick))
        except HlaskaError as error:
            console.print(f"{name}: {error}", style="red")
            failed = True
            continue
        _show(console, tables, baseline)
        keep(tables, when)
        if as_baseline:
            keep_baseline(tables, when)
    if failed:
        raise typer.Exit(1)


BENCHES = {
    Name.ACCURACY: bench_accuracy.run,
    Name.SPEED: bench_speed.run,
    Name.LATENCY: bench_latency.run,
    Name.SOUND: bench_sound.run,
    Name.POSITIONS: bench_positions.run,
    Name.STREAMS: bench_streams.run,
    Name.PRIVACY: bench_privacy.run,
    Name.NETWORK: bench_network.run,
    Name.FLOWS: bench_flows.run,
    Name.GUARDING: bench_guarding.run,
    Name.PICTURE: bench_picture.run,
    Name.EXERCISE: bench_exercise.run,
    Name.SWITCH: bench_switch.run,
    Name.STUDENT: bench_student.run,
    Name.GATE: bench_gate.run,
    Name.NORMALITY: bench_normality.run,
}


def _show(console: Console, tables: list[ResultTable], baseline: Baseline) -> None:
    for table in tables:
        console.print(screen(table, baseline))


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _announcer(bars: Progress) -> Announce:
    def announce(what: str, total: int | None) -> Step:
        task = bars.add_task(what, total=total)
        return lambda done: bars.update(task, completed=done)

    return announce


if __name__ == "__main__":
    typer.run(main)
