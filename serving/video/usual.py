"""Where what is usual at each camera is kept: a file of numbers a camera, under the home folder."""

import logging
from pathlib import Path

from pydantic import ValidationError

from hlaska.errors import ModelError
from hlaska.normality.usual import Usual
from hlaska.settings import Settings

_LOG = logging.getLogger(__name__)


def path_of(settings: Settings, site: str, camera: str) -> Path:
    """The file of a camera."""
    return settings.home / "normality" / site / f"{camera}.json"


def load(path: Path) -> Usual:
    """What is usual, from its file.

    Raises:
        ModelError: the file cannot be read, or holds something else.
    """
    try:
        return Usual.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "file"
        raise ModelError(
            f"{path}: {key}: {first['msg']}; learn it again: hlaska train normality, or take the "
            "file away"
        ) from error


def known(settings: Settings, site: str, camera: str) -> Usual | None:
    """What is usual at a camera; None when nobody learnt it, or its file is damaged.

    A damaged file costs this one rule, not the camera; the log says so.
    """
    path = path_of(settings, site, camera)
    if not path.exists():
        return None
    try:
        usual = load(path)
        if (usual.site, usual.camera) != (site, camera):
            raise ModelError(f"{path} is of {usual.camera} at {usual.site}, not of {camera}")
    except ModelError as error:
        _LOG.error("%s: what is usual is not known: %s", camera, error)
        return None
    return usual
