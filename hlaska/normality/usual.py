"""The record of what is usual at one camera. Learnt in the lab, read wherever the camera is."""

import math
from functools import cached_property
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, Field, model_validator

from hlaska.normality.movement import Movement
from hlaska.records import Name, Record

SECTORS = 8
"""Directions that are told apart: east, north-east …, anticlockwise."""
WALKS_MPS = 0.3
"""Slower than that has no direction: a box's own trembling."""

Four = Annotated[tuple[float, ...], Field(min_length=4, max_length=4)]


class Mixture(Record):
    """A mixture of Gaussians over movements: metres east, north, metres per second east, north.

    The density is that of scikit-learn's `GaussianMixture` with full covariances over rows that
    were made standard by `centre` and `scale`; written as numbers, so that no pickle is read.
    """

    centre: Four
    scale: Four
    weights: tuple[float, ...] = Field(min_length=1, max_length=100)
    means: tuple[Four, ...]
    precisions_cholesky: tuple[Annotated[tuple[Four, ...], Field(min_length=4, max_length=4)], ...]
    """One 4 x 4 upper triangle U a component, so that U Uᵀ is the inverse of its covariance."""

    @model_validator(mode="after")
    def _as_many_of_each(self) -> Self:
        if not len(self.weights) == len(self.means) == len(self.precisions_cholesky):
            raise ValueError("weights, means and precisions_cholesky differ in number")
        if min(self.scale) <= 0 or min(self.weights) < 0 or sum(self.weights) <= 0:
            raise ValueError("scales and weights must be positive")
        return self

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        triangles = np.asarray(self.precisions_cholesky)
        diagonal = np.diagonal(triangles, axis1=1, axis2=2)
        constants = (
            np.log(np.asarray(self.weights))
            + np.log(diagonal).sum(axis=1)
            - 2 * math.log(2 * math.pi)
        )
        means = np.asarray(self.means)
        return triangles, np.einsum("ki,kij->kj", means, triangles), constants

    def surprise(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Minus the logarithm of the density of n x 4 rows, in nats."""
        triangles, shifts, constants = self._arrays
        standard = (rows - np.asarray(self.centre)) / np.asarray(self.scale)
        deviations = np.einsum("ni,kij->nkj", standard, triangles) - shifts
        logs = constants - 0.5 * np.square(deviations).sum(axis=2)
        top = logs.max(axis=1)
        sums: NDArray[np.float64] = -(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))
        return sums


class Cell(Record):
    """What a square of the ground knows."""

    seconds: float = Field(ge=0, description="That somebody was seen moving or standing in it.")
    fastest_mps: float = Field(ge=0, description="Ninety-nine in a hundred are slower.")
    sectors: Annotated[tuple[float, ...], Field(min_length=SECTORS, max_length=SECTORS)] = Field(
        description="Seconds walked in each direction."
    )


class Usual(Record):
    """What is usual at one camera."""

    site: Name
    camera: Name
    version: str = Field(pattern=r"^[0-9a-f]{8,64}$", description="Digest of what was learnt from.")
    made_at: AwareDatetime
    learnt_from: str = Field(description="In words: which footage, how long.")
    hours: float = Field(gt=0, description="Of footage.")
    mixture: Mixture
    limit: float = Field(description="Surprise, in nats, beyond which a movement is unusual.")
    west_m: float = Field(description="Edge of the grid, from the site's centre.")
    south_m: float
    cell_m: float = Field(gt=0, description="Side of a cell.")
    cells: dict[str, Cell] = Field(description="By `column,row`; those that somebody was in.")
    most_people: dict[int, float] = Field(
        description="By hour of the day, UTC: so many at once are hardly ever exceeded."
    )

    def place(self, east_m: float, north_m: float) -> tuple[int, int]:
        """Column and row of the cell that a place lies in."""
        return (
            math.floor((east_m - self.west_m) / self.cell_m),
            math.floor((north_m - self.south_m) / self.cell_m),
        )

    def around(self, east_m: float, north_m: float) -> Cell:
        """What a cell and the eight around it know together: a fastest that is too low is noise."""
        column, row = self.place(east_m, north_m)
        near = [
            cell
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            if (cell := self.cells.get(f"{column + i},{row + j}")) is not None
        ]
        return Cell(
            seconds=sum(cell.seconds for cell in near),
            fastest_mps=max((cell.fastest_mps for cell in near), default=0.0),
            sectors=tuple(sum(cell.sectors[s] for cell in near) for s in range(SECTORS)),
        )

    def surprises(self, movements: list[Movement]) -> NDArray[np.float64]:
        """How surprising each movement is, in nats."""
        rows = np.asarray([movement.row for movement in movements], np.float64).reshape(-1, 4)
        return self.mixture.surprise(rows)

    def most(self, hour: int) -> float | None:
        """How many people at once are hardly ever exceeded in an hour of the day; None: unknown."""
        return self.most_people.get(hour)


def sector(east_mps: float, north_mps: float) -> int:
    """The direction of a velocity, 0 for east, counted anticlockwise."""
    return round(math.atan2(north_mps, east_mps) / (2 * math.pi) * SECTORS) % SECTORS
