"""Which made days are for what: no day is in two splits, and shifted ones are for tests only."""

from typing import Literal

from catalogs import sites
from catalogs.traffic.attacks import FAMILIES
from catalogs.traffic.attacks.newcomer import FAMILY as NEW_ASSET
from catalogs.traffic.day import MadeDay, day
from hlaska.network.network import Network
from hlaska.sites import Site

SITE = "pilsen"
Split = Literal["train", "calibration", "test"]
_SPLITS: tuple[Split, ...] = ("train", "calibration", "test")
_TRAFFIC = 61
"""Keeps these days apart from others that are made from the same seed."""
LEARNT = tuple(sorted(set(FAMILIES) - {NEW_ASSET}))
"""Families that the supervised model tells. A device that joins does nothing that others do not;
who keeps a list of devices knows it, no model of traffic does."""
NORMAL_CLASS = "normal"
CLASSES = (NORMAL_CLASS, *LEARNT)


def site() -> Site:
    """The site whose days are made."""
    return sites.named(SITE)


def network() -> Network:
    """Its addresses; the range of its assets is inside."""
    here = site()
    prefix = here.assets[0].ip.rpartition(".")[0]
    return Network(here.network.ranges or (f"{prefix}.0/24",), here.addresses.devices)


def made_day(
    split: Split,
    number: int,
    *,
    seed: int,
    attacks: int = 0,
    shifted: bool = False,
    hours: float = 24.0,
) -> MadeDay:
    """One day of a split.

    Args:
        split: What it is for.
        number: Which of its days.
        seed: Of all splits.
        attacks: How many, or a quiet day.
        shifted: Whether its parameters are those that ordinary days never have.
        hours: Length.

    Raises:
        ValueError: a shifted day is asked for that is not for a test.
    """
    if shifted and split != "test":
        raise ValueError(f"a shifted day for {split}; they are for tests only")
    chance = [_TRAFFIC, seed, _SPLITS.index(split), number, int(bool(attacks)), int(shifted)]
    return day(site(), chance, attacks=attacks, shifted=shifted, hours=hours)
