"""`hlaska retrain` and `hlaska drift`: what the shift teaches, and whether sensors have changed."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from hlaska.settings import Settings
from serving import telemetry

T = TypeVar("T")


def retrain(
    name: Annotated[str, typer.Argument(help="Of a model in the registry.")],
    site: Annotated[str | None, typer.Option(help="Verdicts of this site only.")] = None,
    days: Annotated[float, typer.Option(help="Verdicts of so many last days.", min=0.01)] = 90.0,
    lose: Annotated[
        float, typer.Option(help="Share of true alarms that may be lost.", min=0, max=0.5)
    ] = 0.0,
    drop_contradictions: Annotated[
        bool, typer.Option(help="Leave out what was found true by one and false by another.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the changed model, to be registered.")
    ] = None,
) -> None:
    """Propose what dispatchers' verdicts would change about a model, with its expected effect.

    True and false alarms of the champion are parted by their confidence: how many false ones would
    a higher operating point have removed, and how many true ones lost? Each alarm is judged by a
    threshold chosen without it. The report goes to Pilot evaluation. What it proposes goes through
    the same gate as any model:

    \b
    hlaska retrain street-sounds --out models/quieter
    hlaska register models/quieter street-sounds
    hlaska gate street-sounds
    hlaska promote street-sounds --why "fewer false screams"
    """  # noqa: D301 - click wants the backspace itself
    telemetry.switch_off()
    from serving.client import Gateway
    from serving.models import resolve
    from training.console import show
    from training.learning.proposal import proposals, report_of, write_changed
    from training.learning.verdicts import alarms
    from training.reporting import send

    settings = Settings.load()
    model = resolve(f"models:/{name}@champion", settings)
    now = datetime.now(UTC)
    with Gateway(settings.gateway_url, settings.token) as gateway:
        labels = gateway.labels(site=site, since=now - timedelta(days=days), until=now)
    judged = alarms(labels, name, drop_contradictions=drop_contradictions)
    found = proposals(judged, most_lost=lose)
    report = report_of(
        found,
        model,
        site=site,
        at=now,
        about={
            "alarms": len(judged),
            "days": days,
            "lose": lose,
            "command": f"hlaska retrain {name} --out models/{name}-changed",
        },
    )
    for table in report.tables:
        show(Console(), table)
    typer.echo(report.summary)
    send(report, (), settings, say=lambda words: typer.echo(words, err=True))
    if out is not None:
        changed = write_changed(model, found, out, why=f"hlaska retrain {name}")
        if not changed:
            typer.echo(f"{out} is not written: no operating point of {name} would change")
            return
        points = ", ".join(f"{key} {value}" for key, value in changed.items())
        typer.echo(f"{out}: {points}. Next: hlaska register {out} {name}; hlaska gate {name}")


def drift(
    site: Annotated[str, typer.Option(help="Whose sensors.")] = "pilsen",
    minutes: Annotated[int, typer.Option(help="Looks, a minute apart.", min=1, max=10_080)] = 60,
    every: Annotated[
        float, typer.Option(help="Seconds between looks; less than 60 makes p too small.", min=0.1)
    ] = 60.0,
    first: Annotated[
        bool, typer.Option("--first", help="Keep what is seen as what is usual, and compare not.")
    ] = False,
) -> None:
    """Watch whether what sensors give has changed since their models were set up.

    Brightness, contrast and sharpness of pictures, how many are tracked and how large; loudness
    and scores of sounds; flows. No picture and no sound is kept, numbers only. Run it once with
    --first while all is well, then every day; the report goes to Pilot evaluation.

    \b
    hlaska drift --first --minutes 1440
    hlaska drift --minutes 60
    """  # noqa: D301 - click wants the backspace itself
    from serving.client import Gateway
    from training.console import bars, show
    from training.learning import looks
    from training.learning.drift import compare, report_of
    from training.reporting import send

    settings = Settings.load()
    path = looks.path_of(settings.home, site)
    before = None if first else looks.read(path)
    with (
        Gateway(settings.gateway_url, settings.token) as gateway,
        bars(Console(stderr=True)) as announce,
    ):
        step = announce(f"looking at {site}", minutes)
        seen = looks.gather(_paced(lambda: looks.look(gateway, site), minutes, every), step)
    now = datetime.now(UTC)
    if before is None:
        looks.keep(path, seen, now)
        typer.echo(f"{path}: {minutes} looks at {len(seen)} sensors")
        return
    found = compare(before[0], seen)
    for sensor in sorted({one.sensor for one in found}):
        report = report_of(found, site, sensor, since=before[1], at=now)
        show(Console(), report.tables[0])
        typer.echo(f"{sensor}: {report.summary}")
        send(report, (), settings, say=lambda words: typer.echo(words, err=True))


def _paced(look: Callable[[], T], times: int, every_s: float) -> Iterator[T]:
    begun_s = time.monotonic()
    for number in range(times):
        yield look()
        if number + 1 < times:
            time.sleep(max(0.0, begun_s + (number + 1) * every_s - time.monotonic()))
