from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import ModelError
from hlaska.models import ModelCard, ModelInput
from serving.video.yolo import (
    LOWEST_SCORE,
    MOST_DETECTIONS,
    SUPPRESSION_IOU,
    YOLOX_STRIDES,
    Letterbox,
    YoloDetector,
)

CLASSES = ("person", "dog", "car")
CANVAS = (96, 128)
LAYOUTS = ("yolo", "yolo-end2end", "yolox")


def card(output="yolo", **changes):
    given_ = {"shape": (1, 3, *CANVAS), "colour_order": "rgb", "letterbox": "centre"}
    return ModelCard(
        name="fake",
        version="1",
        summary="For tests.",
        task="detect",
        classes=CLASSES,
        input=ModelInput(**(given_ | changes)),
        output=output,
        runtime="onnxruntime",
        weights="network.onnx",
        operating_point={"person": 0.5, "car": 0.5},
        licence="Apache-2.0",
        training_data="none",
        made_by="this test",
    )


@dataclass
class Network:
    """Stands for a runtime: gives the outputs it was told to, and keeps what it was shown."""

    outputs: np.ndarray
    shown: list = field(default_factory=list)
    input_shape: tuple = (1, 3, *CANVAS)

    def infer(self, batch):
        self.shown.append(batch)
        return self.outputs[: len(batch)]


def encode(layout, boxes, scores, classes):
    """What a network of that layout gives for these boxes (corners on the canvas)."""
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    if layout == "yolo-end2end":
        rows = np.zeros((300, 6))
        rows[: len(boxes)] = np.column_stack([boxes, scores, classes])
    elif layout == "yolo":
        rows = np.zeros((4 + len(CLASSES), 252))
        for index, (centre, size) in enumerate(zip(centres, sizes, strict=True)):
            rows[:4, index] = *centre, *size
            rows[4 + classes[index], index] = scores[index]
    else:
        cells = [
            (row, column, stride)
            for stride in YOLOX_STRIDES
            for row in range(CANVAS[0] // stride)
            for column in range(CANVAS[1] // stride)
        ]
        rows = np.zeros((len(cells), 5 + len(CLASSES)))
        # Any cell can hold any box, for the offsets are free; spread them over all three grids.
        for index, (centre, size) in enumerate(zip(centres, sizes, strict=True)):
            place = (index * 101 + 7) % len(cells)
            row, column, stride = cells[place]
            rows[place, :2] = centre / stride - (column, row)
            rows[place, 2:4] = np.log(size / stride)
            rows[place, 4] = np.sqrt(scores[index])
            rows[place, 5 + classes[index]] = np.sqrt(scores[index])
    return rows.astype(np.float32)[None]


def found_in(layout, boxes, scores, classes, frame_hw=CANVAS):
    network = Network(encode(layout, boxes, scores, classes))
    return YoloDetector(card(layout), network).detect([np.zeros((*frame_hw, 3), np.uint8)], [None])[
        0
    ]


# Boxes on a grid of separate places, so that none suppresses another.
places = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.floats(4, 26),
        st.floats(4, 26),
        st.floats(LOWEST_SCORE + 0.01, 1),
        st.sampled_from([0, 2]),
    ),
    max_size=12,
    unique_by=lambda one: one[0],
)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(objects=places)
def test_what_a_network_encodes_is_decoded(layout, objects):
    boxes = [
        (left := 32 * (at % 4) + 1, top := 32 * (at // 4) + 1, left + width, top + height)
        for at, width, height, _, _ in objects
    ]
    scores = [one[3] for one in objects]
    classes = [one[4] for one in objects]
    found = found_in(layout, boxes, scores, classes)
    expected = sorted(
        zip(boxes, scores, classes, strict=True), key=lambda one: (one[0][1], one[0][0])
    )
    # Rows of the grid start at the same height, up to rounding.
    rounded = np.round(found.boxes_px[:, 1])
    order = np.lexsort((found.boxes_px[:, 0], rounded))
    np.testing.assert_allclose(
        found.boxes_px[order], np.array([one[0] for one in expected]).reshape(-1, 4), atol=0.01
    )
    np.testing.assert_allclose(found.scores[order], [one[1] for one in expected], rtol=1e-4)
    assert list(found.classes[order]) == [CLASSES[one[2]] for one in expected]


@given(
    height=st.integers(1, 3000),
    width=st.integers(1, 3000),
    canvas=st.tuples(st.integers(32, 1280), st.integers(32, 1280)),
    centred=st.booleans(),
    share=st.tuples(*[st.floats(0, 1)] * 4),
)
def test_a_box_comes_back_from_the_canvas_to_within_a_pixel(height, width, canvas, centred, share):
    box = Letterbox.of((height, width), canvas, centred=centred)
    left, right = sorted((share[0] * width, share[1] * width))
    top, bottom = sorted((share[2] * height, share[3] * height))
    there = np.array([[left, top, right, bottom]]) * box.scale
    there += np.array([box.left_px, box.top_px] * 2)
    back = box.to_frame(there.astype(np.float32), (height, width))
    np.testing.assert_allclose(back, [[left, top, right, bottom]], atol=1)


@given(
    height=st.integers(1, 3000),
    width=st.integers(1, 3000),
    canvas=st.tuples(st.integers(32, 1280), st.integers(32, 1280)),
    centred=st.booleans(),
)
def test_the_picture_lies_whole_on_the_canvas_and_touches_two_sides(height, width, canvas, centred):
    box = Letterbox.of((height, width), canvas, centred=centred)
    assert 0 <= box.left_px and box.left_px + box.width_px <= canvas[1]
    assert 0 <= box.top_px and box.top_px + box.height_px <= canvas[0]
    assert box.width_px == canvas[1] or box.height_px == canvas[0]


@pytest.mark.parametrize(
    ("letterbox", "rows"), [("centre", slice(16, 80)), ("top-left", slice(0, 64))]
)
def test_the_network_sees_the_picture_where_the_card_says_and_grey_elsewhere(letterbox, rows):
    network = Network(encode("yolo", [], [], []))
    frame = np.full((32, 64, 3), (10, 20, 30), np.uint8)
    YoloDetector(card(letterbox=letterbox, scale=0.5), network).detect([frame], [None])
    (canvas,) = network.shown[0]
    np.testing.assert_array_equal(canvas[:, rows, :].mean(axis=(1, 2)), [15, 10, 5])
    canvas[:, rows] = 57
    np.testing.assert_array_equal(canvas, 57)


def test_a_network_that_wants_blue_first_gets_blue_first():
    network = Network(encode("yolo", [], [], []))
    frame = np.full((*CANVAS, 3), (10, 20, 30), np.uint8)
    YoloDetector(card(colour_order="bgr"), network).detect([frame], [None])
    np.testing.assert_array_equal(network.shown[0][0].mean(axis=(1, 2)), [10, 20, 30])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", [0, 1, 5])
def test_n_frames_give_n_answers_in_order(layout, count):
    outputs = [encode(layout, [[n, n, n + 20, n + 30]], [0.9], [0]) for n in range(count)]
    network = Network(np.concatenate(outputs) if outputs else np.empty((0, 1, 1)))
    frames = [np.zeros((*CANVAS, 3), np.uint8)] * count
    found = YoloDetector(card(layout), network).detect(frames, [None] * count)
    assert [round(float(one.boxes_px[0, 0])) for one in found] == list(range(count))


@pytest.mark.parametrize("layout", ["yolo", "yolox"])
def test_of_boxes_that_overlap_the_best_stays_and_other_classes_do_not_matter(layout):
    boxes = [[10, 10, 30, 50], [11, 10, 31, 50], [10, 10, 30, 50]]
    found = found_in(layout, boxes, [0.6, 0.9, 0.7], [0, 0, 2])
    np.testing.assert_allclose(found.scores, [0.9, 0.7], rtol=1e-5)
    assert list(found.classes) == ["person", "car"]


@pytest.mark.parametrize("layout", sorted(SUPPRESSION_IOU))
def test_boxes_that_overlap_less_than_the_limit_both_stay(layout):
    shift = 20 * (1 - SUPPRESSION_IOU[layout] + 0.05)
    boxes = [[10, 10, 30, 50], [10 + shift, 10, 30 + shift, 50]]
    found = found_in(layout, boxes, [0.6, 0.9], [0, 0])
    assert len(found) == 2


@pytest.mark.parametrize("layout", LAYOUTS)
def test_weak_boxes_and_classes_out_of_use_are_left_out(layout):
    boxes = [[0, 0, 20, 20], [40, 0, 60, 20], [80, 0, 100, 20]]
    found = found_in(layout, boxes, [LOWEST_SCORE - 0.01, 0.9, LOWEST_SCORE + 0.01], [0, 1, 0])
    np.testing.assert_allclose(found.scores, [LOWEST_SCORE + 0.01], rtol=1e-4)


@pytest.mark.parametrize("layout", ["yolo", "yolox"])
def test_a_box_that_is_rather_a_dog_is_no_weak_person(layout):
    output = encode(layout, [[0, 0, 20, 20]], [0.9], [1])
    person = np.s_[0, 4, 0] if layout == "yolo" else np.s_[0, 7, 5]
    output[person] = 0.4
    network = Network(output)
    frames = [np.zeros((*CANVAS, 3), np.uint8)]
    assert len(YoloDetector(card(layout), network).detect(frames, [None])[0]) == 0


@pytest.mark.parametrize("layout", LAYOUTS)
@given(data=st.data())
def test_whatever_a_network_gives_the_answer_is_boxes_inside_the_frame(layout, data):
    shape = encode(layout, [], [], []).shape
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    scale = 10.0 ** data.draw(st.integers(-2, 37))
    output = (rng.standard_normal(shape) * scale).astype(np.float32)
    output[rng.random(shape) < 0.05] = data.draw(st.sampled_from([np.inf, -np.inf, 0]))
    frame_hw = data.draw(st.tuples(st.integers(1, 300), st.integers(1, 300)))
    frame = np.zeros((*frame_hw, 3), np.uint8)
    found = YoloDetector(card(layout), Network(output)).detect([frame], [None])[0]
    assert len(found.boxes_px) == len(found.scores) == len(found.classes) <= MOST_DETECTIONS
    assert found.boxes_px.dtype == found.scores.dtype == np.float32
    assert np.isfinite(found.boxes_px).all()
    assert (found.boxes_px >= 0).all()
    assert (found.boxes_px[:, 2:] <= np.array(frame_hw[::-1])).all()
    assert (found.boxes_px[:, 2:] > found.boxes_px[:, :2]).all()
    assert ((found.scores >= LOWEST_SCORE) & (found.scores <= 1)).all()
    assert set(found.classes) <= {"person", "car"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_network_that_gives_no_numbers_is_broken_and_not_merely_blind(layout):
    output = encode(layout, [[0, 0, 20, 20]], [0.9], [0])
    output[0, -1, -1] = np.nan
    with pytest.raises(ModelError, match="NaN"):
        YoloDetector(card(layout), Network(output)).detect(
            [np.zeros((*CANVAS, 3), np.uint8)], [None]
        )


@given(scores=st.lists(st.floats(0.2, 1), min_size=2, max_size=12))
def test_the_best_box_comes_first(scores):
    corners = [(32 * (n % 4), 32 * (n // 4)) for n in range(len(scores))]
    boxes = [[left, top, left + 20, top + 20] for left, top in corners]
    for layout in LAYOUTS:
        found = found_in(layout, boxes, scores, [0] * len(scores))
        assert len(found) == len(scores)
        assert (np.diff(found.scores) <= 0).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_output_of_another_shape_names_what_was_expected(layout):
    network = Network(np.zeros((1, 11, 11), np.float32))
    detector = YoloDetector(card(layout), network)
    with pytest.raises(ModelError, match=r"gave \(1, 11, 11\).*correct output or classes"):
        detector.detect([np.zeros((*CANVAS, 3), np.uint8)], [None])
    network.outputs = np.zeros((1, 11), np.float32)
    with pytest.raises(ModelError, match=r"gave \(1, 11\)"):
        detector.detect([np.zeros((*CANVAS, 3), np.uint8)], [None])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"shape": (1, 3, 96)}, "a YOLO takes", id="three dimensions"),
        pytest.param({"shape": (1, 1, 96, 128)}, "a YOLO takes", id="grey"),
        pytest.param({"shape": (1, 3, -1, 128)}, "a YOLO takes", id="free height"),
        pytest.param({"colour_order": None}, "colour_order", id="no colour order"),
        pytest.param({"letterbox": None}, "letterbox", id="no letterbox"),
    ],
)
def test_a_card_that_lacks_what_a_yolo_needs_is_refused(changes, why):
    with pytest.raises(ModelError, match=why):
        YoloDetector(card(**changes), Network(np.zeros(0)))


def test_an_output_that_is_no_yolo_is_refused():
    with pytest.raises(ModelError, match="'scores' is none of a YOLO's"):
        YoloDetector(card("scores"), Network(np.zeros(0)))


def test_a_box_beyond_all_numbers_is_cut_off_at_the_edges_of_the_frame():
    most = np.finfo(np.float32).max
    box = Letterbox(scale=0.4, left_px=63, top_px=0, width_px=1, height_px=96).to_frame(
        np.array([[-most, -most, most, most]], np.float32), (238, 3)
    )
    assert box.tolist() == [[0, 0, 3, 238]]
