import numpy as np
import pytest
from trackeval.metrics import HOTA, Identity

from training.comparison.facts import nothing
from training.comparison.following import track_figures
from training.evaluation.identities import identity_scores

LEFT, RIGHT = [(50, 100)] * 10, [(150, 100)] * 10


@pytest.fixture
def judged(facts):
    def made(truth, seen, frames=range(10), stretches=(range(5), range(5, 10))):
        return track_figures(facts(truth), facts(seen), frames, stretches)

    return made


def test_a_track_that_changes_its_name_half_way(judged, tracks, walk):
    found = judged(tracks(walk(0, LEFT)), tracks(walk(0, LEFT[:5]), walk(1, LEFT[5:], first=5)))
    # One of the names may be right: 5 found, 5 missed, 5 false. DetA 1 and AssA .5 at any overlap.
    assert found["idf1"].value == pytest.approx(2 * 5 / (2 * 5 + 5 + 5))
    assert found["hota"].value == pytest.approx(np.sqrt(0.5))
    assert found["mota"].value == pytest.approx(0.9)
    # Neither half has anything wrong: that is why only the spread of stretches is used.
    assert found["hota"].units.tolist() == [[1, 1], [1, 1]]


def test_figures_are_those_of_trackeval(judged, tracks, walk):
    rng = np.random.default_rng(3)
    steps = [
        np.array([60 + 40 * n, 100]) + np.cumsum(rng.integers(-3, 4, (10, 2)), axis=0)
        for n in range(3)
    ]
    truth = tracks(*(walk(n, path) for n, path in enumerate(steps)))
    seen = tracks(*(walk(n, path + rng.integers(-4, 5, (10, 2))) for n, path in
                    enumerate(steps[::-1])))  # fmt: skip
    data = {"num_timesteps": 10, "num_gt_dets": 30, "num_tracker_dets": 30}
    data |= {"num_gt_ids": 3, "num_tracker_ids": 3}
    data |= {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    for frame in range(10):
        one, other = (rows[rows["frame"] == frame] for rows in (truth, seen))
        data["gt_ids"].append(one["track"].to_numpy())
        data["tracker_ids"].append(other["track"].to_numpy())
        data["similarity_scores"].append(
            np.array([[iou(a, b) for b in sides(other)] for a in sides(one)])
        )
    found = judged(truth, seen)
    assert found["hota"].value == pytest.approx(HOTA().eval_sequence(data)["HOTA"].mean())
    quiet = {"THRESHOLD": 0.5, "PRINT_CONFIG": False}
    assert found["idf1"].value == pytest.approx(Identity(quiet).eval_sequence(data)["IDF1"])


def sides(rows):
    return rows[["left_px", "top_px", "right_px", "bottom_px"]].to_numpy()


def iou(a, b):
    wide = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return wide * high / (2 * 20 * 40 - wide * high)


def test_who_is_taken_for_another_class_is_lost(judged, tracks, walk):
    truth = tracks(walk(0, LEFT), walk(1, RIGHT, kind="car"))
    seen = tracks(walk(0, LEFT), walk(1, RIGHT))
    found = judged(truth, seen)
    assert found["mota"].value == pytest.approx(1 - (10 + 10) / 20)
    assert found["idf1"].value == pytest.approx(2 * 10 / (2 * 10 + 10 + 10))


def test_a_stretch_with_nobody_to_follow_says_nothing(judged, tracks, walk):
    rows = tracks(walk(0, LEFT[:5]))
    assert np.isnan(judged(rows, rows)["hota"].units[1]).all()


def test_without_tracks_the_reason_is_told(facts, tracks, walk):
    told = track_figures(facts(tracks(walk(0, LEFT))), nothing("no tracks"), range(10), [range(10)])
    assert {one.reason for one in told.values()} == {"no tracks"}


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_the_video_protocol(judged, tracks, walk, seed):
    rng = np.random.default_rng(seed)
    made = [walk(n, rng.integers(20, 70, (10, 2)), first=int(rng.integers(0, 20)))
            for n in range(10)]  # fmt: skip
    truth, seen = tracks(*made[:5]), tracks(*made[3:])
    found = judged(truth, seen, range(30), [range(15), range(15, 30)])
    theirs = identity_scores(truth, seen, range(30))
    assert {key: one.value for key, one in found.items()} == pytest.approx(
        {"hota": theirs.hota, "idf1": theirs.idf1, "mota": theirs.mota}
    )
    early = [rows[rows["frame"] < 15] for rows in (truth, seen)]
    assert found["hota"].units[0, 0] == pytest.approx(identity_scores(*early, range(15)).hota)
