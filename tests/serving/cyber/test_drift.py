import numpy as np
import pytest

from serving.cyber.drift import BINS, LEAST_ROWS, Reference


@pytest.fixture
def rows():
    return lambda seed=1, many=5000: np.random.default_rng(seed).normal(size=(many, 3)).astype("f4")


def test_more_of_the_same_has_hardly_drifted(rows):
    reference = Reference.of(rows())
    assert (reference.drift(rows(2)) < 0.02).all()


def test_a_column_that_moved_is_the_one_that_has_drifted(rows):
    reference = Reference.of(rows())
    moved = rows(2)
    moved[:, 1] += 1
    drift = reference.drift(moved)
    assert drift.argmax() == 1 and drift[1] > 0.5
    assert (np.delete(drift, 1) < 0.02).all()


def test_the_index_is_the_one_of_its_formula():
    # Nine bins hold a tenth each in the reference; all of today lies in the first.
    learnt = np.arange(10_000, dtype=np.float32)[:, None]
    today = np.zeros((LEAST_ROWS, 1), np.float32)
    share, none = 0.1, 1e-4
    expected = (1 - share) * np.log(1 / share) + (BINS - 1) * (none - share) * np.log(none / share)
    assert Reference.of(learnt).drift(today)[0] == pytest.approx(expected, rel=1e-3)


def test_a_column_that_never_changed_may_stay_as_it_is(rows):
    learnt = rows()
    learnt[:, 0] = 0
    same, other = rows(2), rows(2)
    same[:, 0], other[:, 0] = 0, 1
    reference = Reference.of(learnt)
    assert reference.drift(same)[0] == pytest.approx(0)
    assert reference.drift(other)[0] > 1


def test_of_few_rows_nothing_is_said(rows):
    assert np.isnan(Reference.of(rows()).drift(rows(2, LEAST_ROWS - 1))).all()
