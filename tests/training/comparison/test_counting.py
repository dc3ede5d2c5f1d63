import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.measures import geh, mape, rmse
from training.comparison.counting import (
    Counted,
    cells_of,
    compared,
    count_figures,
    crossing_figures,
)
from training.comparison.facts import Absent, nothing
from training.comparison.spans import Interval

QUARTERS = [
    Interval(start, start + pd.Timedelta(minutes=15))
    for start in pd.date_range("2026-05-01T12:00Z", periods=4, freq="15min")
]


def counted(true, told):
    true, told = (np.array(one, float) for one in (true, told))
    cells = [("gate", "in", f"class {place}") for place in range(len(true))]
    return Counted(cells, QUARTERS[: true.shape[1]], true, told)


def test_a_case_worked_by_hand():
    # Quarters of an hour, so flows are four times as large: 275 for 250 is GEH 3.086 and 60 for
    # 100 is 2 x 160² / 640 = 80, GEH 8.94; 4 where nothing is true is in no cell of GEH or MAPE.
    found = count_figures(counted([[250, 100, 0]], [[275, 60, 4]]))
    assert found["count_error"].value == pytest.approx((25 + 40 + 4) / 350)
    assert found["mape"].value == pytest.approx((0.1 + 0.4) / 2)
    assert found["rmse"].value == pytest.approx(math.sqrt((625 + 1600 + 16) / 3))
    assert found["geh5"].value == pytest.approx(1 / 2)
    assert found["geh5"].units.tolist() == [[1, 1], [0, 1], [0, 0]]


@given(
    st.lists(st.tuples(*[st.integers(0, 60)] * 8), min_size=1, max_size=5).filter(
        lambda rows: any(any(row[:4]) for row in rows)
    )
)
def test_figures_of_summed_intervals_are_those_of_the_measures(rows):
    both = counted([row[:4] for row in rows], [row[4:] for row in rows])
    found = count_figures(both)
    true, told = both.true.ravel(), both.told.ravel()
    assert found["mape"].value == pytest.approx(mape(told, true))
    assert found["rmse"].value == pytest.approx(rmse(told, true))
    good = [geh(measured=m, true=t, hours=0.25) < 5 for m, t in zip(told, true, strict=True) if t]
    assert found["geh5"].value == pytest.approx(np.mean(good))


def test_all_lines_are_counted_both_ways_also_where_nobody_crosses(facts, tracks, across, camera):
    truth = facts(tracks(across(1, 0)))
    cells = cells_of(truth.counts, camera, ())
    assert cells == [
        (line, way, "person") for line in ("middle", "right") for way in ("east", "west")
    ]
    assert {kind for *_, kind in cells_of(truth.counts, camera, ("car",))} == {"car"}


def test_crossings_of_a_class_that_is_not_judged_are_left_out(facts, tracks, across, spans, camera):
    truth = facts(tracks(across(1, 0)))
    seen = facts(tracks(across(1, 0), across(2, 0, kind="car", y=180)))
    both = compared(truth.counts, seen.counts, spans, cells_of(truth.counts, camera, ()))
    assert count_figures(both)["count_error"].value == 0


def test_where_nothing_is_true_there_is_no_error(spans):
    found = count_figures(counted([[0, 0]], [[0, 1]]))
    assert math.isnan(found["count_error"].value)
    assert math.isnan(found["geh5"].value)
    assert found["rmse"].value == pytest.approx(math.sqrt(0.5))


def test_what_is_not_known_is_told(facts, tracks, across, spans, camera):
    truth = facts(tracks(across(1, 0)))
    gone = nothing("its export has no boxes")
    both = compared(truth.counts, gone.counts, spans, [])
    assert set(count_figures(both).values()) == {Absent("its export has no boxes")}
    assert crossing_figures(truth, gone, spans, camera)["found_share"] == gone.crossings


def test_a_crossing_is_found_within_two_seconds(facts, tracks, across, spans, camera):
    truth = facts(tracks(across(1, 20), across(2, 120)))
    seen = facts(tracks(across(1, 35), across(2, 145)))
    found = crossing_figures(truth, seen, spans, camera)["found_share"]
    assert found.value == pytest.approx(2 / 4)
    assert found.units.tolist() == [[2, 2], [0, 2], [0, 0], [0, 0]]
