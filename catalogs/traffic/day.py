"""A day of the camera network as a flow table, with what in it is an attack."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs.traffic.attacks import FAMILIES, newcomer
from catalogs.traffic.attacks.activity import Activity
from catalogs.traffic.cast import LINUX, NETWORK_GEAR, WINDOWS, Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import AT_S
from catalogs.traffic.housekeeping import chatter, housekeeping
from catalogs.traffic.people import people
from catalogs.traffic.timeline import HOUR_S, outages
from catalogs.traffic.video import video
from hlaska.network import flows as f
from hlaska.sites import Site

BEGINS = datetime(2026, 3, 2, tzinfo=UTC)
"""Midnight of a Monday. Days are made as if the sun kept UTC."""
NORMAL = ""
"""Label of what is no attack."""
DAY_HOURS = 24.0


@dataclass(frozen=True, slots=True, eq=False)
class MadeDay:
    """Made traffic and the truth about it."""

    flows: pd.DataFrame
    """A flow table, in the order in which flows end."""
    labels: NDArray[np.object_]
    """Of each flow, the family of its attack, or `NORMAL`."""
    numbers: NDArray[np.int64]
    """Of each flow, which of `activities` it belongs to; -1 to none."""
    activities: tuple[Activity, ...]
    ttls: Mapping[str, int]
    """Of each host, the hop limit with which its packets arrive."""
    hours: float


def day(
    site: Site,
    seed: int | Sequence[int],
    *,
    attacks: int = 0,
    shifted: bool = False,
    hours: float = DAY_HOURS,
    families: Iterable[str] | None = None,
) -> MadeDay:
    """Some day of a site's camera network.

    Args:
        site: Its assets are the cast.
        seed: The same makes the same day.
        attacks: How many, of all variants in turn, at random times.
        shifted: Whether all parameters come from ranges that ordinary days do not have.
        hours: Length, from midnight.
        families: Of the attacks; all of `FAMILIES` unless given.

    Raises:
        ValueError: the site lacks an asset that traffic is made for.
    """
    chance = Chance(np.random.default_rng(seed), shifted=shifted)
    cast = Cast.of(site)
    known = FAMILIES if families is None else {name: FAMILIES[name] for name in families}
    variants = [variant for family in known.values() for variant in family.values()]
    chance.rng.shuffle(variants)
    starts = np.linspace(0, 1, attacks + 2)[1:-1]
    made = []
    for number, share in enumerate(starts):
        at_s = hours * HOUR_S * (share + chance.rng.uniform(-0.4, 0.4) / (attacks + 1))
        made.append(variants[number % len(variants)](chance, cast, at_s))
    return with_attacks(chance, cast, made, hours)


def with_attacks(
    chance: Chance, cast: Cast, activities: Sequence[Activity], hours: float
) -> MadeDay:
    """A day's usual traffic with these attacks in it; what lies beyond its end is cut off."""
    away = outages(chance, cast, hours)
    silences = tuple(silence for one in activities for silence in one.silences)
    usual = [
        *video(chance, cast, hours, away, silences),
        *housekeeping(chance, cast, hours, away),
        *people(chance, cast, hours, away),
        *_chatter(chance, cast, activities),
    ]
    parts = [*usual, *(one.rows for one in activities)]
    raw = pd.concat([part for part in parts if len(part)], ignore_index=True)
    counts = [sum(map(len, usual)), *(len(one.rows) for one in activities)]
    numbers = np.repeat(np.arange(-1, len(activities)), counts)
    ends_s = (raw[AT_S] + raw[f.DURATION_S]).to_numpy(np.float64)
    kept = np.flatnonzero((raw[AT_S].to_numpy() >= 0) & (ends_s <= hours * HOUR_S))
    order = kept[np.argsort(ends_s[kept], kind="stable")]
    numbers = numbers[order]
    families = np.array([*(one.family for one in activities), NORMAL], dtype=object)
    return MadeDay(
        flows=_table(raw.iloc[order]),
        labels=families[numbers],
        numbers=numbers,
        activities=tuple(activities),
        ttls=_ttls(chance, cast, activities),
        hours=hours,
    )


def _chatter(chance: Chance, cast: Cast, activities: Sequence[Activity]) -> list[pd.DataFrame]:
    """Who was plugged in says, besides, what any device says: some minutes before and after."""
    found = []
    known = {*cast.devices}
    for host in dict.fromkeys(host for one in activities for host in one.hosts):
        if not host.startswith(cast.prefix) or host in known:
            continue
        mine = [one for one in activities if host in one.hosts]
        begin_s = min(one.begin_s for one in mine)
        # Of whom it is told that it is new, nothing was heard before.
        if not any(one.family == newcomer.FAMILY for one in mine):
            begin_s -= chance.rng.uniform(60, 1800)
        end_s = max(one.end_s for one in mine) + chance.rng.uniform(60, 900)
        found.append(chatter(chance, cast, host, begin_s, end_s))
    return found


def _table(raw: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, object] = {
        name: raw[name] for name in f.FLOW_DTYPES if name in raw and name != f.STARTED_AT
    }
    for name in (f.SRC_BYTES, f.DST_BYTES, f.SRC_PACKETS, f.DST_PACKETS):
        columns[name] = raw[name].to_numpy(np.float64).round().astype(np.int64)
    microseconds = (raw[AT_S].to_numpy(np.float64) * 1e6).round().astype("timedelta64[us]")
    began = np.datetime64(BEGINS.replace(tzinfo=None), "us") + microseconds
    columns[f.STARTED_AT] = pd.DatetimeIndex(began).tz_localize("UTC")
    columns[f.DURATION_S] = raw[f.DURATION_S].to_numpy(np.float64).round(6)
    return f.flow_table(columns)


def _ttls(chance: Chance, cast: Cast, activities: Sequence[Activity]) -> dict[str, int]:
    """Tools on Linux in ordinary days, on others in shifted ones; the internet is hops away."""
    found = dict(cast.ttls)
    for host in (host for one in activities for host in one.hosts):
        first = chance.one_of((LINUX,), (WINDOWS, NETWORK_GEAR))
        far = 0 if host.startswith(cast.prefix) else int(chance.rng.integers(8, 20))
        found.setdefault(host, first - far)
    return found
