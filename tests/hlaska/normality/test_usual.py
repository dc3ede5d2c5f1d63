import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError
from sklearn.mixture import GaussianMixture

from hlaska.normality.usual import SECTORS, Cell, Mixture, Usual, sector

UNIT = tuple(tuple(float(i == j) for j in range(4)) for i in range(4))
CELL = Cell(seconds=100, fastest_mps=1.8, sectors=(100.0,) + (0.0,) * (SECTORS - 1))
USUAL = Usual(
    site="testville",
    camera="gate",
    version="0123456789abcdef",
    made_at=datetime(2026, 5, 1, tzinfo=UTC),
    learnt_from="a made street",
    hours=1.0,
    mixture=Mixture(
        centre=(10.0, 0.0, 1.4, 0.0), scale=(6.0, 0.5, 0.2, 0.2), weights=(1.0,),
        means=((0.0,) * 4,), precisions_cholesky=(UNIT,),
    ),
    limit=9.0, west_m=0.0, south_m=-1.0, cell_m=1.0,
    cells={f"{column},{row}": CELL for column in range(20) for row in range(2)},
    most_people={12: 5.0},
)  # fmt: skip


@given(arrays(np.float64, (5, 4), elements=st.floats(-20, 20)), st.integers(0, 50))
def test_a_surprise_is_what_scikit_learn_says(rows, seed):
    rng = np.random.default_rng(seed)
    learnt = GaussianMixture(3, reg_covar=0.01, random_state=0).fit(rng.normal(size=(60, 4)))
    mixture = Mixture(
        centre=(1.0, 2.0, 3.0, 4.0),
        scale=(1.0, 2.0, 1.0, 0.5),
        weights=tuple(learnt.weights_),
        means=tuple(map(tuple, learnt.means_)),
        precisions_cholesky=tuple(tuple(map(tuple, one)) for one in learnt.precisions_cholesky_),
    )
    standard = (rows - np.array([1, 2, 3, 4])) / np.array([1, 2, 1, 0.5])
    assert mixture.surprise(rows) == pytest.approx(-learnt.score_samples(standard), abs=1e-6)


def test_what_is_usual_comes_back_from_its_file():
    assert Usual.model_validate_json(USUAL.model_dump_json()) == USUAL


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"weights": (0.5, 0.5)}, id="more weights than means"),
        pytest.param({"scale": (1.0, 1.0, 1.0, 0.0)}, id="a scale of nothing"),
        pytest.param({"centre": (1.0, 1.0)}, id="two numbers where four belong"),
        pytest.param({"means": ((math.nan,) * 4,)}, id="no number"),
    ],
)
def test_a_mixture_that_is_none_is_refused(wrong):
    with pytest.raises(ValidationError):
        Mixture(**(USUAL.mixture.model_dump() | wrong))


def test_a_place_knows_what_is_around_it():
    assert USUAL.around(10.5, -0.5).seconds == 600  # two rows of three; the third is empty
    assert USUAL.around(10.5, 30).seconds == 0


@given(st.floats(0, 2 * math.pi))
def test_a_direction_is_in_the_sector_nearest_to_it(angle):
    found = sector(math.cos(angle), math.sin(angle)) * 2 * math.pi / SECTORS
    apart = (angle - found + math.pi) % (2 * math.pi) - math.pi
    assert abs(apart) <= math.pi / SECTORS + 1e-9
