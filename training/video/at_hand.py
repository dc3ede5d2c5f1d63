"""Tracks to try things out on: of the annotated clip where it is here, else of a made street."""

import numpy as np
import pandas as pd

from catalogs import datasets
from catalogs.web import silent
from hlaska.columns import EAST_M, FRAME, NORTH_M, OBJECT_CLASS, TRACK
from hlaska.settings import Settings
from hlaska.tracks import PERSON
from training.evaluation import pets

CLIP = ("pets-view1", "pets-view1-truth", "pets-view1-calibration")
CLIP_FPS = 7.0
"""As it was recorded (PETS 2009); the file says 10."""
STREET_FPS = 5.0


def tracks_at_hand(settings: Settings) -> tuple[pd.DataFrame, float, str]:
    """Tracks of people, frames a second, and in words where they are from. Nothing is fetched.

    Returns:
        A row a person and frame: `frame`, `track`, `object_class`, `east_m`, `north_m` (metres).
    """
    if all(datasets.available(name, settings) for name in CLIP):
        tracks = pets.footage(settings, progress=silent).truth.tracks
        return tracks, CLIP_FPS, "true tracks of the clip pets-view1"
    return made_street(), STREET_FPS, "a made street: the annotated clip is not here"


def made_street(*, people: int = 120, every_s: float = 12.0, seed: int = 1) -> pd.DataFrame:
    """People who walk east along 30 m, one after the other, each at an own speed of about 1.4 m/s.

    (1.34 m/s in Weidmann, Transporttechnik der Fussgänger, ETH Zürich 1993.)
    """
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(people):
        speed, lane = rng.normal(1.4, 0.12), rng.normal(0, 0.4)
        steps = np.arange(0, 30 / speed, 1 / STREET_FPS)
        parts.append(
            pd.DataFrame(
                {
                    FRAME: (number * every_s * STREET_FPS + np.arange(len(steps))).astype(int),
                    TRACK: number + 1,
                    OBJECT_CLASS: PERSON,
                    EAST_M: steps * speed + rng.normal(0, 0.05, len(steps)),
                    NORTH_M: lane + rng.normal(0, 0.05, len(steps)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
