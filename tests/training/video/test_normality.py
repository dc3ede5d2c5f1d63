from datetime import UTC, datetime

import pytest

from hlaska.columns import TRACK
from hlaska.errors import DataError
from hlaska.settings import Settings
from training.evaluation.normality import ANOMALIES, judge, normality_table, scenes_of
from training.video.at_hand import STREET_FPS, made_street, tracks_at_hand
from training.video.normality import Footage, NormalityArgs, cube, learn, movements_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FPS = STREET_FPS
FOOTAGE = Footage("testville", "gate", "a made street", 1800.0)


def street(seed, people=120):
    return made_street(people=people, seed=seed)


@pytest.fixture(scope="module")
def movements():
    return movements_of(scenes_of(street(1), start=NOON, fps=FPS))


@pytest.fixture(scope="module")
def usual(movements):
    return learn(movements, FOOTAGE, NormalityArgs())


def test_a_cube_counts_seconds_by_hour_and_place(movements):
    whole = cube(movements, cell_m=1.0)
    assert whole["seconds"].sum() == len(movements)
    assert set(whole["hour"].to_numpy()[whole["seconds"].sum(["north_m", "east_m"]) > 0]) == {12}
    middle = whole.sel(north_m=0.0, east_m=15.0)
    assert 1.2 < float(middle["fastest_mps"].max()) < 2.0
    east = whole["walked_s"].sum(["hour", "north_m", "east_m"])
    assert float(east[0]) > 0.95 * float(east.sum())


def test_what_was_injected_is_found_and_the_quiet_street_is_quiet(usual):
    found, false_alarms, hours = judge(usual, street(2, people=40), start=NOON, fps=FPS)
    recall = {one.sort: one.hits.recall for one in found}
    assert set(recall) == {*ANOMALIES, "4 times as many"}
    assert recall["runs"] > 0.9 and recall["strays"] > 0.9 and recall["turns back"] > 0.9
    assert false_alarms <= 0.1 * 40
    assert hours == pytest.approx(40 * 12 / 3600, rel=0.2)
    rows = normality_table(found, false_alarms, hours, words="a made street").rows
    assert [row["what"] for row in rows][-1] == "false alarms an hour"


def test_the_same_footage_gives_the_same(movements, usual):
    again = learn(movements, FOOTAGE, NormalityArgs())
    keep = {"exclude": {"made_at"}}
    assert again.model_dump(**keep) == usual.model_dump(**keep)


def test_a_crowd_is_more_than_was_ever_seen(usual):
    assert 3 < usual.most(12) < 12
    assert usual.most(3) is None


@pytest.mark.parametrize("people", [0, 2])
def test_too_little_footage_is_refused(people):
    few = street(3, people=2)
    few = few[few[TRACK] <= people]
    with pytest.raises(DataError, match="looks at people"):
        learn(movements_of(scenes_of(few, start=NOON, fps=FPS)), FOOTAGE, NormalityArgs())


def test_a_cube_of_nothing_is_refused():
    with pytest.raises(DataError, match="nobody moved"):
        cube(movements_of([]), cell_m=1.0)


def test_without_the_clip_there_is_a_made_street(tmp_path, monkeypatch):
    monkeypatch.delenv("HLASKA_DATA", raising=False)
    tracks, fps, words = tracks_at_hand(Settings.load(home=tmp_path))
    assert "made" in words and fps == STREET_FPS
    assert tracks[TRACK].nunique() == 120
