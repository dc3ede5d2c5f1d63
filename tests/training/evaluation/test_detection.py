import contextlib
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.evaluation.detection import (
    average_precision,
    best_points,
    greedy_hits,
    precision_of,
)
from training.evaluation.observations import DETECTION_COLUMNS, table

SIDE = 20


def rows(*boxes):
    """(frame, class, left, top, score) of boxes of 20 x 20 pixels."""
    return table(
        [(f, name, x, y, x + SIDE, y + SIDE, score) for f, name, x, y, score in boxes],
        DETECTION_COLUMNS,
    )


def test_a_hand_worked_curve():
    # Two true boxes. From the best score down: hit, miss, hit. Precision is 1 up to recall 1/2 and
    # 2/3 up to 1: of the 101 recalls 51 (0 ... .50) read 1, the other 50 read 2/3.
    found = average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), boxes=2)
    assert found == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_what_is_never_found_costs_all_of_its_recall():
    assert average_precision(np.array([0.9]), np.array([True]), boxes=2) == pytest.approx(51 / 101)
    assert average_precision(np.empty(0), np.empty(0, bool), boxes=3) == 0


def test_a_second_box_on_the_same_object_is_false():
    iou = np.array([[0.9, 0.95]])
    assert greedy_hits(iou, np.array([0.8, 0.6]), 0.5).tolist() == [True, False]
    assert greedy_hits(iou, np.array([0.6, 0.8]), 0.5).tolist() == [False, True]
    assert greedy_hits(iou, np.array([0.6, 0.8]), 0.93).tolist() == [False, True]


def test_perfect_boxes_have_one_and_boxes_elsewhere_none():
    truth = rows((0, "person", 10, 10, 1), (1, "person", 40, 10, 1), (1, "car", 90, 40, 1))
    perfect = precision_of(truth=truth, seen=truth, frames=range(2))
    assert (perfect.map50, perfect.map50_95) == (1, 1)
    assert perfect.by_class == {"car": 1, "person": 1}
    elsewhere = truth.assign(frame=1 - truth["frame"])
    assert precision_of(truth=truth, seen=elsewhere, frames=range(2)).map50 == 0


def test_a_shifted_box_counts_loosely_and_not_strictly():
    # 20 x 20, 4 px aside: overlap 16/24 = .667, found at .50 ... .65, four of ten.
    truth, seen = rows((0, "person", 10, 10, 1)), rows((0, "person", 14, 10, 0.9))
    found = precision_of(truth=truth, seen=seen, frames=range(1))
    assert found.map50 == 1
    assert found.map50_95 == pytest.approx(0.4)


def test_the_ranking_matters_and_not_where_scores_begin_to_count():
    truth = rows((0, "person", 10, 10, 1))
    late = rows((0, "person", 10, 10, 0.2), (0, "person", 80, 10, 0.9))
    early = rows((0, "person", 10, 10, 0.9), (0, "person", 80, 10, 0.2))
    assert precision_of(truth=truth, seen=late, frames=range(1)).map50 == pytest.approx(0.5)
    assert precision_of(truth=truth, seen=early, frames=range(1)).map50 == 1


def test_false_boxes_in_empty_frames_count():
    truth = rows((0, "person", 10, 10, 1))
    seen = rows((0, "person", 10, 10, 0.5), (1, "person", 10, 10, 0.9))
    assert precision_of(truth=truth, seen=seen, frames=range(2)).map50 == pytest.approx(0.5)
    assert precision_of(truth=truth, seen=seen, frames=range(1)).map50 == 1


def test_without_truth_there_is_no_mark():
    nothing = rows()
    assert np.isnan(precision_of(truth=nothing, seen=nothing, frames=range(3)).map50)


def by_pycocotools(truth, seen, frames):
    """COCO's own program, its limit of boxes as ours."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    names = sorted(truth["object_class"].unique())

    def annotated(rows, scored):
        found = []
        for number, row in enumerate(rows.to_dict("records"), start=1):
            if row["object_class"] not in names:
                continue
            size = row["right_px"] - row["left_px"], row["bottom_px"] - row["top_px"]
            found.append(
                {
                    "id": number,
                    "image_id": row["frame"],
                    "category_id": names.index(row["object_class"]),
                    "bbox": [row["left_px"], row["top_px"], *size],
                    "area": size[0] * size[1],
                    "iscrowd": 0,
                }
                | ({"score": row["confidence"]} if scored else {})
            )
        return found

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": frame} for frame in frames],
            "categories": [{"id": number, "name": name} for number, name in enumerate(names)],
            "annotations": annotated(truth, False),
            "info": {},
        }
        coco.createIndex()
        found = annotated(seen, True)
        judge = COCOeval(coco, coco.loadRes(found) if found else COCO(), "bbox")
        if not found:
            return 0.0, 0.0
        judge.params.maxDets = [300]
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][:, :, :, 0, 0]
    return float(precision[0].mean()), float(precision.mean())


box = st.tuples(
    st.integers(0, 5),
    st.sampled_from(["person", "car"]),
    st.integers(0, 60),
    st.integers(0, 30),
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(box, min_size=1, max_size=25),
    st.lists(st.tuples(box, st.integers(1, 999)), max_size=40, unique_by=lambda one: one[1]),
)
def test_it_is_what_cocos_own_program_measures(true_boxes, seen_boxes):
    truth = rows(*((*one, 1) for one in true_boxes))
    seen = rows(*((*one, score / 1000) for one, score in seen_boxes))
    found = precision_of(truth=truth, seen=seen, frames=range(6))
    assert (found.map50, found.map50_95) == pytest.approx(by_pycocotools(truth, seen, range(6)))


def test_a_generated_crowd_is_measured_as_cocos_own_program_does():
    rng = np.random.default_rng(5)
    truth = rows(
        *(
            (int(f), "person", *map(int, rng.integers(0, 200, 2)), 1)
            for f in np.repeat(range(30), 6)
        )
    )
    seen = truth.copy()
    edges = ["left_px", "top_px", "right_px", "bottom_px"]
    seen[edges] += rng.normal(0, 3, (len(seen), 4))
    seen["confidence"] = rng.random(len(seen))
    seen = pd.concat([seen.iloc[::2], rows((3, "person", 300, 300, 0.99))], ignore_index=True)
    found = precision_of(truth=truth, seen=seen, frames=range(30))
    assert 0.05 < found.map50_95 < found.map50 < 0.6
    assert (found.map50, found.map50_95) == pytest.approx(by_pycocotools(truth, seen, range(30)))


def test_the_best_point_is_where_f1_is_greatest():
    truth = rows((0, "person", 10, 10, 1), (1, "person", 10, 10, 1), (1, "car", 90, 40, 1))
    seen = rows(
        (0, "person", 10, 10, 0.9),
        (1, "person", 10, 10, 0.6),
        (0, "person", 80, 10, 0.3),
        (1, "car", 10, 70, 0.8),
    )
    points = best_points(truth=truth, seen=seen, frames=range(2))
    assert points == {"car": 1.0, "person": 0.6}
