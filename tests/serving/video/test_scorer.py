import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from catalogs import seeds
from hlaska.errors import ModelError, SourceError
from hlaska.events import ModelRef
from hlaska.models import ModelInput
from serving.models import LoadedModel
from serving.video.scorer import DetectorScorer

CANVAS = 32


def write_brightness_meter(folder, batch=1):
    """A network that sees one person whose score is the brightness of the picture."""
    size = "n" if batch == -1 else batch
    where = np.zeros((1, 6, 1), np.float32)
    where[0, :4, 0] = [16, 16, 8, 16]
    person = np.zeros((1, 6, 1), np.float32)
    person[0, 4] = 1
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=1),
            helper.make_node("Squeeze", ["mean", "last"], ["level"]),
            helper.make_node("Mul", ["level", "person"], ["score"]),
            helper.make_node("Add", ["score", "where"], ["y"]),
        ],
        "brightness",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [size, 3, CANVAS, CANVAS])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [size, 6, 1])],
        [
            numpy_helper.from_array(where, "where"),
            numpy_helper.from_array(person, "person"),
            numpy_helper.from_array(np.array([3], np.int64), "last"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, folder / "network.onnx")
    return folder / "network.onnx"


def brightness_meter(folder, batch=1):
    shape = (batch, 3, CANVAS, CANVAS)
    card = seeds.card("yolox-nano").model_copy(
        update={
            "classes": ("person", "car"),
            "input": ModelInput(shape=shape, colour_order="bgr", scale=1 / 255, letterbox="centre"),
            "output": "yolo",
            "operating_point": {"person": 0.5},
        }
    )
    weights = write_brightness_meter(folder, batch)
    return LoadedModel(card, weights, ModelRef(name=card.name, version=card.version))


def hog():
    return LoadedModel(seeds.card("hog"), None, ModelRef(name="hog", version="1"))


def grey(level, size=(32, 32)):
    return np.full((*size, 3), level, np.uint8)


@pytest.mark.parametrize("batch", [1, -1])
@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_n_frames_give_n_answers_in_order(batch, count, tmp_path):
    scorer = DetectorScorer.load(brightness_meter(tmp_path, batch), threads=1)
    levels = [60 + 10 * number for number in range(count)]
    found = scorer.score([grey(level) for level in levels], [None] * count)
    assert len(found) == count
    for level, one in zip(levels, found, strict=True):
        assert one.scores == pytest.approx([level / 255], rel=1e-4)
        np.testing.assert_allclose(one.boxes_px, [[12, 8, 20, 24]], atol=1e-4)


def test_frames_of_different_sizes_may_come_together(tmp_path):
    scorer = DetectorScorer.load(brightness_meter(tmp_path), threads=1)
    small, large = scorer.score([grey(200), grey(200, (64, 64))])
    np.testing.assert_allclose(large.boxes_px, small.boxes_px * 2, atol=1e-3)


def test_a_yolo_looks_at_the_whole_frame_wherever_something_moves(tmp_path):
    scorer = DetectorScorer.load(brightness_meter(tmp_path), threads=1)
    nowhere = np.empty((0, 4), np.float32)
    (found,) = scorer.score([grey(200)], [nowhere])
    assert len(found) == 1


def test_hog_is_loaded_without_weights_and_looks_only_where_something_moves():
    scorer = DetectorScorer.load(hog(), threads=1)
    assert scorer.card.name == "hog"
    (found,) = scorer.score([grey(200, (240, 320))], [np.empty((0, 4), np.float32)])
    assert len(found) == 0


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(np.zeros((32, 32), np.uint8), id="grey"),
        pytest.param(np.zeros((32, 32, 3), np.float32), id="floating"),
        pytest.param(np.zeros((32, 0, 3), np.uint8), id="empty"),
        pytest.param(np.zeros((3, 32, 32), np.uint8), id="channels first"),
    ],
)
def test_a_frame_that_is_no_picture_is_named_by_its_number(frame):
    with pytest.raises(SourceError, match="frame 1 has shape"):
        DetectorScorer.load(hog(), threads=1).score([grey(0), frame])


def test_regions_that_are_no_boxes_are_a_clear_error():
    scorer = DetectorScorer.load(hog(), threads=1)
    with pytest.raises(SourceError, match="regions of frame 0"):
        scorer.score([grey(0)], [np.zeros((2, 5), np.float32)])
    with pytest.raises(SourceError, match="1 frames but 0 regions"):
        scorer.score([grey(0)], [])


def test_a_model_for_another_task_is_refused():
    model = hog()
    other = LoadedModel(model.card.model_copy(update={"task": "sound-events"}), None, model.ref)
    with pytest.raises(ModelError, match="sound-events; a detector is needed"):
        DetectorScorer.load(other, threads=1)


def test_a_network_without_weights_is_refused():
    card = seeds.card("yolox-nano").model_copy(update={"weights": None})
    with pytest.raises(ModelError, match="needs them"):
        DetectorScorer.load(LoadedModel(card, None, hog().ref), threads=1)
