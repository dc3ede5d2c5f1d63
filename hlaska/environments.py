"""What this Python can run: the extras of the distribution, and what each of them lacks here.

Each top-level package has an extra of its name, so that what a command needs follows from where it
lives.
"""

import re
from importlib import metadata

DISTRIBUTION = "hlaska"

# Of a requirement (PEP 508): its name, the extras it asks for, and the extra that it belongs to.
_REQUIREMENT = re.compile(
    r"""(?P<name>[\w.-]+)(\[(?P<asks>[\w,-]+)\])?.*?(extra\s*==\s*['"](?P<extra>[\w-]+)['"])?"""
)


def version() -> str:
    """The version that is installed."""
    return metadata.version(DISTRIBUTION)


def extras() -> list[str]:
    """Names of all extras, sorted."""
    return sorted(metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or [])


def missing(extra: str) -> list[str]:
    """Distributions that an extra needs and that are not installed, sorted.

    Versions are not compared: the locks in `environments/` fix them.
    """
    absent: set[str] = set()
    for requirement in metadata.requires(DISTRIBUTION) or []:
        match = _REQUIREMENT.fullmatch(requirement)
        if match is None or match["extra"] != extra:
            continue
        if match["name"] == DISTRIBUTION:
            absent.update(*map(missing, match["asks"].split(",")))
        elif not _is_installed(match["name"]):
            absent.add(match["name"])
    return sorted(absent)


def remedy(extra: str) -> str:
    """How to get an environment that has an extra."""
    return f"`make lab` in a checkout, or `pip install '{DISTRIBUTION}[{extra}]'`"


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
