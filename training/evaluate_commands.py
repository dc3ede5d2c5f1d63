"""`hlaska evaluate`: how good a model is, beside others, on data that none of them learnt from."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from hlaska.results import INTERVALS, Value
from hlaska.settings import Settings
from training.console import Out, Send, bars, check_new, keep, say, show, yes
from training.evaluate_video_command import video

if TYPE_CHECKING:
    from training.evaluation.audio import AudioArgs

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
    out: Out = None,
    send: Send = True,
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
    hlaska evaluate audio --model models:/street-sounds@candidate --model seed:street-sounds
    hlaska evaluate audio --data my-screams/ --out screams.json
    hlaska evaluate audio --data esc50-glass --sound glass-break
    """  # noqa: D301 - click wants the backspace itself
    # Imported here, as it brings torch: `--help` need not wait for it.
    from training.evaluation.audio import MODELS, cases, gathered, named, tables
    from training.evaluation.audio import evaluate as judged
    from training.evaluation.sound_report import RATE, models_of, sound_points
    from training.evaluation.sound_tables import curve_points
    from training.reporting import evaluation, hand_on

    check_new(out)
    args = _args(hours=hours, sound=sound, quick=quick)
    settings = Settings.load()
    console = Console()
    with bars(Console(stderr=True)) as announce:
        heard = named(data, settings, args) if data else gathered(settings, args, announce)
        outcomes = judged(model or MODELS, heard, settings, args, announce)
    if not data and not heard.clips:
        typer.echo(
            "no real recordings here, none are judged: `hlaska data get sesa` says why", err=True
        )
    found = tables(outcomes, name=data)
    for table in found:
        show(console, table)
    about: dict[str, Value] = {
        "data": data or "made scenes, and the real recordings of the test split",
        "scenes_each": args.each,
        "hours": args.hours,
        "seed": args.seed,
        "quick": quick,
    }
    if out is not None:
        keep(out, found, about, curve_points(outcomes, args.thresholds))
        console.print(f"written to {out}")
    if send:
        models = models_of(outcomes)
        report = evaluation(
            "sounds",
            "Sound events",
            found,
            points=sound_points(outcomes, args.thresholds),
            about=about | {"family": "sound", "rate": RATE, "quick": yes(quick)},
            models=models,
            model=models[0].name if models else None,
        )
        hand_on(report, cases(outcomes, settings), settings, params=args, say=say)


def _args(*, hours: float | None, sound: str, quick: bool) -> "AudioArgs":
    from training.evaluation.audio import QUICK, AudioArgs

    start = QUICK if quick else AudioArgs()
    return start.model_copy(update={"sound": sound, "hours": hours or start.hours})


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
    out: Out = None,
    send: Send = True,
) -> None:
    """Judge what guards the network: made days, real captures, families and networks never seen.

    Models go through the scorer that is served, rules through the judge that is served. Captures
    and NSL-KDD are looked for as `hlaska data` does; what cannot be had is a row with the reason.
    It takes some minutes.

    \b
    hlaska evaluate cyber
    hlaska evaluate cyber --attack-model models:/flow-attacks@candidate --out cyber.json
    """  # noqa: D301 - click wants the backspace itself
    from training.evaluation.cyber import QUICK, CyberArgs
    from training.evaluation.cyber import evaluate as judged
    from training.evaluation.cyber_report import models_of, share_intervals
    from training.reporting import evaluation, hand_on

    check_new(out)
    start = QUICK if quick else CyberArgs()
    chosen = {"attack_model": attack_model, "anomaly_model": anomaly_model}
    args = start.model_copy(update=chosen | ({"days": days} if days else {}))
    settings = Settings.load()
    console = Console()
    with bars(Console(stderr=True)) as announce:
        found = judged(settings, args, announce)
    for table in found:
        show(console, table)
    about: dict[str, Value] = {
        "data": "made traffic, captures of the catalog, NSL-KDD",
        "quick": quick,
        **args.model_dump(mode="json"),
    }
    if out is not None:
        keep(out, found, about)
        console.print(f"written to {out}")
    if send:
        models = models_of(args, settings)
        report = evaluation(
            "network",
            "Network guarding",
            found,
            points={INTERVALS: share_intervals(found)},
            about=about | {"family": "network", "quick": yes(quick)},
            models=models,
            model=models[0].name if models else None,
        )
        hand_on(report, (), settings, params=args, say=say)


evaluate.command()(video)
