"""The progress bar of whatever takes long: fetches, unless other columns are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from catalogs.web import Progress as Callback


@contextmanager
def progress_bar(*figures: ProgressColumn) -> Iterator[Callback]:
    """A bar for each step on the error stream; nothing where that is not a terminal.

    Args:
        figures: What stands beside a bar; bytes and their rate when nothing is said, and then the
            bars are gone when all is done.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *(figures or (DownloadColumn(), TransferSpeedColumn())),
    )
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=not figures, disable=hidden) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield progress
