"""What is usual at a camera, learnt from the tracks of quiet footage.

Each look at a track (`hlaska.normality.movement`) is a point of place and velocity. The paths and
their speeds become a mixture of Gaussians, which finds what is odd; a cube over hour and place of
the ground keeps what is plain to say: how long anybody was there, how fast, whither. Some tracks
are kept back: they set the limit.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from hlaska.columns import AT, EAST_M, EAST_MPS, NORTH_M, NORTH_MPS, OBJECT_CLASS, TRACK
from hlaska.errors import DataError
from hlaska.normality.movement import Movements
from hlaska.normality.usual import SECTORS, WALKS_MPS, Cell, Mixture, Usual, sector
from hlaska.records import Record
from hlaska.rules.unusual import CONFIRM_S
from hlaska.tracks import PERSON, Scene

MOVEMENT_COLUMNS = (AT, TRACK, OBJECT_CLASS, EAST_M, NORTH_M, EAST_MPS, NORTH_MPS)
ROW = [EAST_M, NORTH_M, EAST_MPS, NORTH_MPS]
LEAST = 200
"""Looks: with fewer a mixture is a guess."""
RIDGE = 1e-2
"""Added to the variances of standardised rows, as elsewhere (`training.cyber.anomalies`)."""


class NormalityArgs(Record):
    """How the usual is learnt."""

    components: int = Field(default=6, ge=1, le=100, description="Of the mixture.")
    cell_m: float = Field(default=1.0, gt=0, le=50, description="Side of a cell of the ground.")
    kept_back: float = Field(
        default=0.25, gt=0, lt=1, description="Share of the tracks that set the limit."
    )
    odd: float = Field(
        default=0.05,
        ge=0,
        lt=1,
        description="Share of the tracks kept back that may be found unusual.",
    )
    seed: int = Field(default=0, ge=0, description="The same learns the same.")


@dataclass(frozen=True, slots=True)
class Footage:
    """Where movements were seen."""

    site: str
    camera: str
    words: str
    seconds: float


def movements_of(scenes: Iterable[Scene]) -> pd.DataFrame:
    """The looks at all tracks of some scenes.

    Returns:
        A row a look: `at` (UTC), `track`, `object_class`, `east_m`, `north_m` (metres from the
        site's centre), `east_mps`, `north_mps`.
    """
    looks = Movements()
    rows = [
        (one.at, one.track.id, one.track.object_class, *one.row)
        for scene in scenes
        for one in looks.update(scene)
    ]
    table = pd.DataFrame(rows, columns=pd.Index(MOVEMENT_COLUMNS))
    table[AT] = pd.to_datetime(table[AT], utc=True)
    return table.astype({TRACK: "int64"} | dict.fromkeys(ROW, "float64"))


def cube(movements: pd.DataFrame, *, cell_m: float) -> xr.Dataset:
    """What each hour and place has seen.

    Args:
        movements: As `movements_of` gives them.
        cell_m: Side of a cell, metres.

    Returns:
        `seconds`, `fastest_mps` (99th percentile, NaN where nobody was) over `hour` (0..23, UTC),
        `north_m` and `east_m` (south-west corners of the cells); `walked_s` also over `sector`.

    Raises:
        DataError: there are no movements.
    """
    if movements.empty:
        raise DataError("nobody moved in this footage; take some where people walk")
    rows = np.floor(movements[NORTH_M] / cell_m).astype(int)
    columns = np.floor(movements[EAST_M] / cell_m).astype(int)
    hours = movements[AT].dt.hour
    shape = 24, int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    place = hours, rows - rows.min(), columns - columns.min()
    seconds, walked_s = np.zeros(shape), np.zeros((*shape, SECTORS))
    np.add.at(seconds, place, 1.0)
    speed = np.hypot(movements[EAST_MPS].to_numpy(), movements[NORTH_MPS].to_numpy())
    goes = speed > WALKS_MPS
    sectors = [sector(*v) for v in movements[[EAST_MPS, NORTH_MPS]].to_numpy()[goes]]
    np.add.at(walked_s, (*(np.asarray(one)[goes] for one in place), sectors), 1.0)
    fastest = np.full(shape, np.nan)
    grouped = pd.Series(speed).groupby([np.asarray(one) for one in place]).quantile(0.99)
    fastest[tuple(grouped.index.to_frame().to_numpy().T)] = grouped.to_numpy()
    dims = ("hour", "north_m", "east_m")
    return xr.Dataset(
        {
            "seconds": (dims, seconds),
            "fastest_mps": (dims, fastest),
            "walked_s": ((*dims, "sector"), walked_s),
        },
        coords={
            "hour": np.arange(24),
            "north_m": (np.arange(shape[1]) + rows.min()) * cell_m,
            "east_m": (np.arange(shape[2]) + columns.min()) * cell_m,
        },
        attrs={"cell_m": cell_m},
    )


def learn(movements: pd.DataFrame, footage: Footage, args: NormalityArgs) -> Usual:
    """What is usual, from quiet footage.

    Raises:
        DataError: there is too little of it.
    """
    if len(movements) < LEAST:
        raise DataError(
            f"{footage.camera}: {len(movements)} looks at people in {footage.seconds:.0f} s of "
            f"footage, {LEAST} are needed; take longer footage, or a busier hour"
        )
    first, last = _parted(movements, args.kept_back)
    scaler = StandardScaler().fit(first[ROW].to_numpy())
    mixture = GaussianMixture(
        min(args.components, len(first) // 20), reg_covar=RIDGE, random_state=args.seed
    ).fit(scaler.transform(first[ROW].to_numpy()))
    numbers = Mixture(
        centre=_tuple(scaler.mean_),
        scale=_tuple(scaler.scale_),
        weights=_tuple(mixture.weights_),
        means=tuple(map(_tuple, mixture.means_)),
        precisions_cholesky=tuple(tuple(map(_tuple, one)) for one in mixture.precisions_cholesky_),
    )
    whole = cube(movements, cell_m=args.cell_m)
    return Usual(
        site=footage.site,
        camera=footage.camera,
        version=hashlib.sha256(movements.to_csv().encode()).hexdigest()[:16],
        made_at=datetime.now(UTC),
        learnt_from=footage.words,
        hours=footage.seconds / 3600,
        mixture=numbers,
        limit=lasting_limit(last, numbers, odd=args.odd),
        west_m=float(whole["east_m"][0]),
        south_m=float(whole["north_m"][0]),
        cell_m=args.cell_m,
        cells=_cells(whole),
        most_people=most_people(movements),
    )


def lasting_limit(movements: pd.DataFrame, mixture: Mixture, *, odd: float) -> float:
    """The surprise that such a share of the tracks exceeds for as long as it takes to be told.

    Raises:
        DataError: no track is long enough to tell.
    """
    looks = round(CONFIRM_S) + 1
    surprise = pd.Series(mixture.surprise(movements[ROW].to_numpy()), index=movements.index)
    # As the rule forgives every other look (`hlaska.rules.spell.GAP_S`), so does this.
    lasting = surprise.groupby(movements[TRACK]).transform(
        lambda one: one.rolling(2).max().rolling(looks - 1).min()
    )
    worst = lasting.groupby(movements[TRACK]).max().dropna()
    if worst.empty:
        raise DataError(
            f"no track of the part that sets the limit lasts {looks} s; take longer footage"
        )
    return float(worst.quantile(1 - odd, interpolation="higher"))


def _parted(movements: pd.DataFrame, share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tracks to learn from, and tracks that set the limit: taken evenly, whole."""
    begun = movements.groupby(TRACK)[AT].min().sort_values(kind="stable")
    places = np.floor(np.arange(len(begun) + 1) * share).astype(int)
    kept_back = begun.index[np.diff(places) > 0]
    chosen = movements[TRACK].isin(kept_back)
    return movements[~chosen], movements[chosen]


def most_people(movements: pd.DataFrame) -> dict[int, float]:
    """By hour of the day: half as many again as were ever seen at once, and at least three more."""
    people = movements[movements[OBJECT_CLASS] == PERSON]
    at_once = people.groupby(people[AT].dt.floor("1s"))[TRACK].nunique()
    greatest = at_once.groupby(at_once.index.hour).max()  # type: ignore[attr-defined]
    return {
        int(hour): float(max(1.5 * most, most + 3))
        for hour, most in zip(greatest.index, greatest.to_numpy(), strict=True)
    }


def _cells(whole: xr.Dataset) -> dict[str, Cell]:
    seconds = whole["seconds"].sum("hour").to_numpy()
    fastest = whole["fastest_mps"].max("hour").to_numpy()
    walked = whole["walked_s"].sum("hour").to_numpy()
    return {
        f"{column},{row}": Cell(
            seconds=seconds[row, column],
            fastest_mps=fastest[row, column],
            sectors=_tuple(walked[row, column]),
        )
        for row, column in zip(*np.nonzero(seconds), strict=True)
    }


def _tuple(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
