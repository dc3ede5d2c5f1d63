import numpy as np
import pytest

from hlaska.sound.grid import MOST_CELLS, Ears, search
from hlaska.sound.posterior import Spread

PLACES = np.array([[0.0, 9.0], [90.0, -9.0], [180.0, 9.0], [130.0, 80.0]])
SHOT = np.array([120.0, 5.0])


def ears(direct_m=2.0, heard_m=100.0) -> Ears:
    return Ears(
        places_m=PLACES,
        above_m=np.full(4, 2.5),
        ranges_m=np.hypot(np.linalg.norm(PLACES - SHOT, axis=1), 2.5),
        heard_m=heard_m,
        spread=Spread(
            direct_m=np.full(4, direct_m),
            speed=0.005,
            wind=0.01,
            reflected=0.1,
            reflected_m=10.0,
            wrong=0.03,
            wrong_m=600.0,
        ),
    )


def test_the_cells_lie_where_it_was_and_are_as_fine_as_the_arrivals_allow():
    rough, fine = search(ears(2.0)), search(ears(0.2))
    for grid in (rough, fine):
        assert 0.99 < grid.shares.sum() <= 1 + 1e-9
        assert len(grid.shares) == len(grid.places_m) <= MOST_CELLS
        likeliest = grid.places_m[np.argmax(grid.shares)]
        assert np.linalg.norm(likeliest - SHOT) < 2 * grid.size_m + 3
        assert grid.direct().shape == (4,)
        assert grid.direct().min() > 0.5
    assert fine.size_m < rough.size_m


def test_cells_of_a_kind_do_not_overlap():
    grid = search(ears())
    along = (grid.places_m - grid.places_m[0]) @ grid.axes.T / grid.size_m
    assert along == pytest.approx(np.round(along), abs=1e-6)
    assert len(np.unique(np.round(along), axis=0)) == len(along)


def test_the_answer_hardly_depends_on_how_fine_the_first_grid_is(monkeypatch):
    before = search(ears())
    monkeypatch.setattr("hlaska.sound.grid.FIRST", 400_000)
    after = search(ears())
    means = [grid.shares @ grid.places_m / grid.shares.sum() for grid in (before, after)]
    assert means[0] == pytest.approx(means[1], abs=1.0)


def test_a_sound_is_rather_near_than_far():
    # Three in a row, and it was beyond the last: their times are the same from any distance.
    row = ears()
    places = np.array([[0.0, 0.0], [60.0, 0.0], [120.0, 0.0], [170.0, 0.0]])
    row = Ears(places, row.above_m, np.hypot(200.0 - places[:, 0], 2.5), row.heard_m, row.spread)
    far = Ears(places, row.above_m, row.ranges_m, 1e6, row.spread)
    near_m, far_m = (
        float(grid.shares @ grid.places_m[:, 0] / grid.shares.sum())
        for grid in (search(row), search(far))
    )
    assert 170 < near_m < far_m


def test_a_prior_that_rules_places_out_is_refused():
    with pytest.raises(ValueError, match="floor above 0"):
        search(ears(), lambda places: (places[:, 0] > 0).astype(float))
