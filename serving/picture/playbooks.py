"""The recommended actions: `playbooks.yaml`, checked, or one error with file, line and key."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from catalogs import documents
from hlaska.errors import PlaybookError, unknown
from hlaska.kinds import KINDS
from hlaska.places import wrong
from hlaska.playbooks import Playbook
from hlaska.records import Name, Record

PATH = Path(__file__).with_name("playbooks.yaml")
"""The committed playbooks."""
EVERYWHERE = "*"
"""Stands for every site."""
NAMES = frozenset(kind.playbook for kind in KINDS.values() if kind.playbook)
"""The playbooks that kinds of events ask for."""


def _known(playbooks: tuple[Playbook, ...]) -> tuple[Playbook, ...]:
    seen: set[str] = set()
    for playbook in playbooks:
        name = playbook.name
        if name not in NAMES:
            message = f"{unknown('playbook', name, NAMES)}; `hlaska.kinds` names them"
            raise wrong("name", name, message)
        if name in seen:
            raise wrong("name", name, f"playbook {name!r} stands twice; delete one")
        seen.add(name)
    return playbooks


def _complete(playbooks: tuple[Playbook, ...]) -> tuple[Playbook, ...]:
    missing = sorted(NAMES - {playbook.name for playbook in playbooks})
    if missing:
        raise ValueError(
            f"no playbook {', '.join(missing)}, which kinds of events name; add it to `general`"
        )
    return playbooks


_Shelf = Annotated[tuple[Playbook, ...], AfterValidator(_known)]


class _Library(Record):
    """What the file holds."""

    general: Annotated[_Shelf, AfterValidator(_complete)] = Field(description="For every site.")
    sites: Mapping[Name, _Shelf] = Field(
        default_factory=dict, description="In place of general ones, by site."
    )


_FORM = documents.Form(
    record=_Library,
    error=PlaybookError,
    whole="file of playbooks",
    starts="general:",
    seek="give the path of a file of playbooks",
    learn=f"see {PATH.name} beside {__name__} for one",
)


def load(path: Path | None = None) -> dict[str, dict[str, Playbook]]:
    """Read playbooks.

    Args:
        path: A file of playbooks; None: the committed one.

    Returns:
        Playbooks by name, by site; `EVERYWHERE` for those of every site.

    Raises:
        PlaybookError: the file cannot be read or is wrong. Every mistake is one line of the
            message: file, line, key, and what to do.
    """
    library = documents.load(path or PATH, _FORM)
    shelves = {EVERYWHERE: library.general, **library.sites}
    return {
        site: {playbook.name: playbook for playbook in shelf} for site, shelf in shelves.items()
    }


def for_site(site_id: str) -> dict[str, Playbook]:
    """The committed playbooks of one site: the general ones, or its own in their place.

    Raises:
        PlaybookError: the committed file is wrong.
    """
    shelves = _committed()
    return shelves[EVERYWHERE] | shelves.get(site_id, {})


@cache
def _committed() -> dict[str, dict[str, Playbook]]:
    return load()
