"""`hlaska gate`, `promote`, `rollback`, `shadow`: from a registered model to the one that runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from hlaska.settings import Settings
from training.console import bars, show

if TYPE_CHECKING:
    from training.registry.moving import Move
    from training.registry.verdict import Verdict

Model = Annotated[str, typer.Argument(help="In the registry.", metavar="NAME")]
By = Annotated[str | None, typer.Option(help="Who; default: the account's name.")]
Why = Annotated[str, typer.Option(help="In your words; it is kept on the version.")]


def gate(
    name: Model,
    candidate: Annotated[str, typer.Option(help="A version, or newest.")] = "newest",
    data: Annotated[
        str | None,
        typer.Option(help="Labelled recordings: an entry of the catalog, or a folder. Of sounds."),
    ] = None,
    clip: Annotated[
        Path | None,
        typer.Option(help="A video of your own, with --truth.", exists=True, dir_okay=False),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Its people: MOT Challenge .txt or CVML .xml.", exists=True, dir_okay=False
        ),
    ] = None,
    fps: Annotated[float, typer.Option(help="Of that video.", min=0.1, max=60)] = 10.0,
    from_frame: Annotated[
        int, typer.Option(help="Of a clip: earlier ones were learnt from.", min=0)
    ] = 200,
    margin: Annotated[
        float, typer.Option(help="How much worse the main figure may be.", min=0.001, max=0.5)
    ] = 0.03,
    times: Annotated[
        int, typer.Option(help="So many times the made scenes or days.", min=1, max=100)
    ] = 1,
    quick: Annotated[
        bool, typer.Option("--quick", help="Little data and a margin of 0.2: it proves little.")
    ] = False,
    by: By = None,
) -> None:
    """Judge a new version beside the champion: may it run? Status 0 passed, 3 failed, 4 refused.

    Both are judged on the same data, by the scorers that serve them. The version passes when it is
    shown, by drawing scenes, days or stretches of a clip again and again, to be worse by no more
    than the margin; when its false alarms are not many more; when it is not slower by over a
    quarter; and when it does what every model must: finds the obvious, tells nothing of silence,
    and changes its mind for no reason that means nothing. Where the data are too few to show even
    an equal model to be one, the gate refuses and says how much is missing. Without a champion the
    version must be better than a constant.

    A version that passes is the challenger. Nothing runs otherwise than before.

    \b
    hlaska register models/better yolo11n
    hlaska gate yolo11n
    hlaska gate square-east-student --from-frame 500
    hlaska gate street-sounds --times 4
    hlaska gate street-sounds --data my-labelled-recordings/
    """  # noqa: D301 - click wants the backspace itself
    # Imported here, as it brings MLflow and torch: `--help` need not wait for it.
    from training.registry.gating import Given
    from training.registry.gating import gate as judged
    from training.registry.measured import GateArgs

    args = GateArgs(first_frame=from_frame, margin=margin).larger(times)
    with bars(Console(stderr=True)) as announce:
        verdict = judged(
            name,
            Settings.load(),
            candidate=candidate,
            args=args.smaller() if quick else args,
            given=Given(recordings=data, clip=clip, truth=truth, fps=fps),
            by=by,
            say=_say,
            announce=announce,
        )
    _print(verdict)
    if verdict.outcome != "passed":
        raise typer.Exit({"failed": 3}.get(verdict.outcome, 4))


def promote(
    name: Model,
    why: Why,
    version: Annotated[str | None, typer.Option(help="Default: the challenger.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Though the gate did not let it pass; it is recorded.")
    ] = False,
    by: By = None,
) -> None:
    """Make the challenger champion: from then on it runs, where a system follows the alias.

    Only a version whose gate passed against the very champion that runs now: else judge it again.
    The champion becomes `previous`, to which one command goes back. Who, when and why is kept on
    the version. Of two promotions at once one wins; if this is killed, the next command of yours
    repairs what is left.

    \b
    hlaska promote yolo11n --why "finds more people at dusk"
    hlaska promote yolo11n --version 4 --force --why "the old one stopped loading"
    """  # noqa: D301 - click wants the backspace itself
    from training.registry.promotion import promote as promoted

    _moved(
        promoted(
            name, Settings.load(), why=why, version=version, by=by, force=force, say=_say
        )
    )  # fmt: skip


def rollback(name: Model, why: Why, by: By = None) -> None:
    """Make the version champion again that was it before.

    The version that is taken back must pass the gate anew before it can return. A second rollback
    goes back one further, never to what was taken back; past the first champion there is nothing.

    \b
    hlaska rollback yolo11n --why "takes the fountain for a crowd"
    """  # noqa: D301 - click wants the backspace itself
    from training.registry.promotion import rollback as restored

    _moved(restored(name, Settings.load(), why=why, by=by, say=_say))


def shadow(
    name: Model,
    version: Annotated[str | None, typer.Option(help="Default: the challenger.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Nobody watches any more.")] = False,
) -> None:
    """Let a version watch what the champion watches, without raising alerts.

    Where a system runs models:/NAME@champion, each minute a report says how often the two agree
    and where they differ most: of cameras with the pictures (where the detector is shared), of
    sounds class by class with scores and times, of flows family by family with the conversations.
    No sound leaves the process that scores it. The shadow is the first thing that is left out when
    the champion has too much to do, and the champion never waits for it.

    \b
    hlaska shadow yolo11n
    hlaska shadow street-sounds --version 4
    hlaska shadow yolo11n --off
    """  # noqa: D301 - click wants the backspace itself
    from training.registry.promotion import shadow as shadowed

    if off and version is not None:
        raise typer.BadParameter("--off takes no version", param_hint="--version")
    watching = shadowed(name, Settings.load(), version=version, off=off, say=_say)
    if watching is None:
        typer.echo(f"{name}: nobody watches in the shadow")
    else:
        typer.echo(f"models:/{name}/{watching} watches as models:/{name}@shadow")


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _moved(move: "Move") -> None:
    before = f"version {move.champion}" if move.champion else "nobody"
    back = f"version {move.previous}" if move.previous else "nothing to go back to"
    typer.echo(f"models:/{move.name}@champion is version {move.to}, was {before}; previous: {back}")


def _print(verdict: "Verdict") -> None:
    report = verdict.report()
    console = Console()
    for table in report.tables:
        show(console, table)
    typer.echo(f"{report.title}. {report.summary}")
