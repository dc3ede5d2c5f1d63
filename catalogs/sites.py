"""Site files: YAML in, a checked `hlaska.sites.Site` out, or one error that lists every mistake."""

from pathlib import Path

from catalogs import documents
from hlaska.errors import SiteError, unknown
from hlaska.sites import Site

FOLDER = Path(__file__).with_name("sites")
"""The committed site files."""


def names() -> list[str]:
    """The committed sites, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def path_of(name: str) -> Path:
    """The file of a committed site.

    Raises:
        SiteError: there is no site of that name.
    """
    if name not in names():
        raise SiteError(unknown("site", name, names()))
    return FOLDER / f"{name}.yaml"


def named(name: str) -> Site:
    """The committed site of that name.

    Raises:
        SiteError: there is none, or its file is wrong.
    """
    return load(path_of(name))


def load(path: Path) -> Site:
    """Read a site file.

    Raises:
        SiteError: the file cannot be read or is wrong. Every mistake is one line of the message:
            file, line, key, and what to do.
    """
    form = documents.Form(
        record=Site,
        error=SiteError,
        whole="site",
        starts="id: pilsen",
        seek=f"give the path of a site file, or one of the names {', '.join(names())}",
        learn="see `hlaska site --help` for a site",
    )
    return documents.load(path, form)
