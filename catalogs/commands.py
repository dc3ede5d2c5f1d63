"""`hlaska data …`: what data there is, getting it, checking it."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from catalogs import datasets
from catalogs.entries import Entry
from catalogs.fetching import place_of
from catalogs.progress import progress_bar
from hlaska.errors import ChecksumError, DataError, HlaskaError
from hlaska.settings import Settings

data = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""Data sets and model weights: list, get, check.

    Each is looked for under `$HLASKA_DATA`, then in the cache (`$HLASKA_HOME/cache`), then
    fetched from its sources in order; its sha256 is checked before every use.

    \b
    Examples:
      hlaska data list
      hlaska data get pets-view1              the clip of the demo, 8 MB
      HLASKA_DATA=/srv/data hlaska data check everything that lies here
    """,
)

Names = Annotated[list[str] | None, typer.Argument(help="Names as `hlaska data list` shows them.")]


@data.command("list")
def list_() -> None:
    """Show every data set: what it is, its licence, where it is or would come from."""
    settings = _settings()
    console = Console(highlight=False)
    for name in datasets.names():
        entry = datasets.entry(name)
        size = f"{entry.size_bytes / 1e6:.1f} MB"
        console.print(f"[bold]{name}[/bold]  {size}  {escape(_where(entry, settings))}")
        about = f"{entry.description.split('. ')[0].rstrip('.')}. Licence: {entry.licence}"
        console.print(Padding(escape(about), (0, 0, 0, 4)))


@data.command()
def get(names: Annotated[list[str], typer.Argument(help="Names, or `all`.")]) -> None:
    """Fetch data sets into the cache and print where they are.

    What is here already is only checked. A broken download goes on where it stopped.
    Examples: `hlaska data get pets-view1 yolox-nano`, `hlaska data get all`.
    """
    settings = _settings()
    wanted = datasets.names() if names == ["all"] else names
    failed = False
    for name in wanted:
        try:
            with progress_bar() as progress:
                path = datasets.fetch(name, settings, progress=progress)
        except DataError as error:
            failed = True
            typer.echo(str(error), err=True)
        else:
            typer.echo(f"{name}: {path}")
    if failed:
        raise typer.Exit(1)


@data.command()
def check(names: Names = None) -> None:
    """Check the sha256 of what lies on this machine; nothing is fetched.

    A wrong file in the cache is moved aside (`.bad`). The exit status is 1 when a checksum is wrong
    or a data set asked for by name is not here. Examples: `hlaska data check`,
    `hlaska data check pets-view1`.
    """
    settings = _settings()
    failed = False
    for name in names or datasets.names():
        try:
            path = datasets.check(name, settings)
        except ChecksumError as error:
            failed = True
            typer.echo(f"{name}: WRONG {error}", err=True)
        except DataError as error:
            failed = True
            typer.echo(str(error), err=True)
        else:
            failed |= path is None and bool(names)
            typer.echo(f"{name}: {'not here' if path is None else f'OK {path}'}")
    if failed:
        raise typer.Exit(1)


def _settings() -> Settings:
    try:
        return Settings.load()
    except HlaskaError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _where(entry: Entry, settings: Settings) -> str:
    place = place_of(entry, settings)
    if place is not None:
        return place.name
    fetched = [source for source in entry.sources if source.kind != "data"]
    if not fetched:
        return "not here; only under HLASKA_DATA"
    where = "would come from " + ", else ".join(map(str, fetched))
    pinned = any(not all(entry.expected(source).values()) for source in fetched)
    return where + ("; checksum pinned at first fetch" if pinned else "")
