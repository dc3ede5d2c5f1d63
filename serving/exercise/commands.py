"""`hlaska exercise`: a match day that never happened, into a running system or before a judge."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, TimeElapsedColumn

from catalogs import sites
from catalogs.progress import progress_bar
from hlaska.errors import HlaskaError
from hlaska.settings import Settings
from serving import telemetry

if TYPE_CHECKING:
    from serving.exercise.performed import Performance

SITE = "pilsen"

exercise = typer.Typer(
    no_args_is_help=True,
    help="""A match day that never happened: play it, or score the picture of it.

    A car is parked where none should be, a crowd arrives, children scream, shots are fired, a
    camera is attacked, ammonia leaks; and all day long happens what happens on any day. Order,
    places and times follow from the seed. Sounds, traffic and film go through the real models and
    rules; where a recording or model is missing on this machine, and for sensors of which none
    exists, events are scripted. Each says which, in its attribute `exercise`.
    """,
)

SeedOption = Annotated[int, typer.Option(help="Of the day; 1 and 2 are scored.", min=0)]
MediaOption = Annotated[
    bool,
    typer.Option("--media/--no-media", help="Ask the real scorers, or take all from the script."),
]


@exercise.callback()
def _exercise() -> None:
    """A match day that never happened: play it, or score the picture of it."""


@exercise.command()
def run(
    seed: SeedOption = 1,
    gateway: Annotated[
        str | None,
        typer.Option(help="Its address. Default: that of `hlaska up`.", show_default=False),
    ] = None,
    rate: Annotated[
        float, typer.Option(help="How much faster than it happens; 1 is real time.", min=0.1)
    ] = 60.0,
    pause: Annotated[
        float, typer.Option(help="A longer pause is cut to so many seconds.", min=1)
    ] = 60.0,
    media: MediaOption = True,
) -> None:
    """Play a day into the system that runs (`hlaska up`), as if it happened now.

    First the scorers make its events, which takes a minute or two. Then they are sent; of each
    activity it is said what a dispatcher should see. Levels fall in real time, whatever the rate:
    with a high one, what follows comes on top of what was. Ctrl-C ends it.

    \b
    Examples:
      hlaska exercise run                        the first day in five minutes
      hlaska exercise run --rate 1 --pause 5     incidents as they are, quiet hours cut short
      hlaska exercise run --gateway http://watch.example:8000 --seed 2
    """  # noqa: D301 - \b is the backspace that keeps lines apart
    telemetry.switch_off()
    # Imported here: the models' libraries take seconds, and `--help` should not.
    from serving.client import Gateway
    from serving.exercise.play import play
    from serving.exercise.tables import clock, expected

    console = Console()
    settings = Settings.load()
    with Gateway(gateway or settings.gateway_url, settings.token) as there:
        # Whether somebody is there is asked before a minute is spent.
        there.health()
        try:
            performance = _performed(seed, settings, media=media)
            script = performance.script
            main = set(script.incidents)
            with progress_bar(MofNCompleteColumn(), TimeElapsedColumn()) as progress:
                sent = play(
                    performance,
                    there,
                    longest_s=pause,
                    rate=rate,
                    begun=lambda activity: console.print(
                        f"{clock(activity.begin_s)}  {activity.title}: {expected(activity)}",
                        style="bold" if activity.id in main else "dim",
                        markup=False,
                        highlight=False,
                    ),
                    progress=lambda done, of: progress(f"day {seed}", done, of),
                )
        except KeyboardInterrupt:
            console.print("ended")
            return
    console.print(f"{sent} events sent to {there.url}; all are marked as an exercise")


@exercise.command()
def score(
    seed: Annotated[
        list[int] | None,
        typer.Option(help="Of a day; repeat for several. Default: 1 and 2.", show_default=False),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write all figures there too.", show_default=False),
    ] = None,
    media: MediaOption = True,
) -> None:
    """Play days to the picture of threats, with a made clock, and compare it with the truth.

    Nothing that runs is touched: journal and picture are of their own, and gone afterwards. Beside
    the picture stand an oracle, which knows the truth, and a constant desk: level 1 always, and
    every event from severity 2 on told one by one. What levels should be was written down before
    any day was scored (catalogs/exercise/truth.py), and no weight is chosen by these figures.

    \b
    Examples:
      hlaska exercise score
      hlaska exercise score --seed 7 --seed 8 --json figures.json
    """  # noqa: D301 - \b is the backspace that keeps lines apart
    telemetry.switch_off()
    from catalogs.exercise.script import SEEDS
    from serving.exercise.simulate import simulate
    from serving.exercise.systems import as_json, judged
    from serving.exercise.tables import tables
    from serving.picture.playbooks import for_site

    seeds = list(dict.fromkeys(seed or SEEDS))
    if min(seeds) < 0:
        raise typer.BadParameter(f"{min(seeds)} is below 0", param_hint="--seed")
    settings = Settings.load()
    site = sites.named(SITE)
    playbooks = for_site(SITE)
    days = []
    for one in seeds:
        performance = _performed(one, settings, media=media)
        with progress_bar(MofNCompleteColumn(), TimeElapsedColumn()) as progress:
            told = _telling(progress, f"showing day {one} to the picture")
            seen = simulate(performance, site, settings, playbooks, progress=told)
        days.append(judged(performance, seen, site))
    console = Console()
    for table in tables(days):
        console.print(table)
    if json_file is not None:
        try:
            json_file.write_text(json.dumps(as_json(days), indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise HlaskaError(
                f"{json_file} cannot be written ({error.strerror}); give --json another place"
            ) from error


def _performed(seed: int, settings: Settings, *, media: bool) -> "Performance":
    from catalogs.exercise.script import script
    from serving.exercise.perform import perform

    site = sites.named(SITE)
    with progress_bar(MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        return perform(script(site, seed), site, settings, media=media, progress=progress)


def _telling(
    progress: Callable[[str, int, int | None], object], what: str
) -> Callable[[int, int], object]:
    return lambda done, of: progress(what, done, of)
