"""Recipes by name: what `{kind: made, recipe: …}` in the catalog of data sets makes, and how.

A recipe writes the files it is asked for, each to the path it is given; who asks gives them their
names when all are there.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from catalogs.sounds.recipes import STREET_SOUNDS
from catalogs.traffic.recipes import camera_network_day
from catalogs.web import Progress, silent
from hlaska.errors import UnavailableError, unknown

Recipe = Callable[[Mapping[str, Path], str, Progress], None]

RECIPES: Mapping[str, Recipe] = {**STREET_SOUNDS, "camera-network-day": camera_network_day}


def make(name: str, parts: Mapping[str, Path], *, progress: Progress = silent) -> None:
    """Make the files of a recipe.

    Args:
        name: The recipe.
        parts: Where each file is to be written, by the file's name.
        progress: Called with words, how much is made and how much there is in all.

    Raises:
        UnavailableError: no such recipe, or it makes no such file.
    """
    if name not in RECIPES:
        raise UnavailableError(unknown("recipe", name, RECIPES))
    RECIPES[name](parts, name, progress)
