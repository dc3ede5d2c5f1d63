"""Quantising a small network made here, whose one convolution finds bright squares."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from hlaska.errors import ModelError
from hlaska.events import ModelRef
from hlaska.models import ModelCard, ModelInput
from serving.models import LoadedModel, from_folder, weights_sha256
from serving.runtimes import open_runtime
from serving.video.scorer import DetectorScorer
from training.video.dataset import Picture, write
from training.video.quantise import (
    QuantiseArgs,
    convert,
    inputs,
    last_convolutions,
    quantise,
)
from training.video.validation import validated

SIDE, CELL = 64, 8
CELLS = SIDE // CELL


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def cell_detector(path, *, opset=17):
    """A YOLO with one box a cell of 8 x 8 pixels, whose score is how bright the cell is.

    The mean of the cell comes through a convolution, a ReLU, and a second convolution.
    """
    first = np.zeros((4, 3, CELL, CELL), np.float32)
    # Channels of different size: with one scale for all the smaller ones would be rounded coarsely.
    for channel, gain in enumerate((1.0, 0.5, 0.25, 0.125)):
        first[channel] = gain / (3 * CELL * CELL)
    second = np.array([0.25, 0.5, 1, 2], np.float32).reshape(1, 4, 1, 1)
    rows, columns = np.mgrid[:CELLS, :CELLS]
    boxes = np.stack(
        [CELL * columns + CELL / 2, CELL * rows + CELL / 2, *[np.full_like(rows, CELL)] * 2]
    )
    nodes = [
        helper.make_node(
            "Conv", ["images", "first"], ["cells"], "first_conv", strides=[CELL, CELL]
        ),
        helper.make_node("Relu", ["cells"], ["lit"], "relu"),
        helper.make_node("Conv", ["lit", "second"], ["scores"], "second_conv"),
        helper.make_node("Reshape", ["scores", "shape"], ["flat"], "flatten"),
        helper.make_node("Concat", ["boxes", "flat"], ["output"], "concat", axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "cells",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 5, CELLS * CELLS])],
        [
            constant("first", first),
            constant("second", second),
            constant("shape", np.array([1, 1, CELLS * CELLS], np.int64)),
            constant("boxes", boxes.reshape(1, 4, -1).astype(np.float32)),
        ],
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(network)
    onnx.save(network, str(path))
    card = ModelCard(
        name="cells",
        version="1",
        summary="Bright cells are people.",
        task="detect",
        classes=("person",),
        input=ModelInput(
            shape=(1, 3, SIDE, SIDE), colour_order="rgb", scale=1 / 255, letterbox="centre"
        ),
        output="yolo",
        runtime="onnxruntime",
        weights=path.name,
        sha256=weights_sha256(path),
        operating_point={"person": 0.4},
        licence="Apache-2.0",
        training_data="none",
        made_by="a test",
    )
    return LoadedModel(card, path, ModelRef(name="cells", version="1"))


def lit(number):
    """Four cells of different brightness; the darkest thing counts least."""
    rng = np.random.default_rng(number)
    image = np.full((SIDE, SIDE, 3), 20, np.uint8)
    boxes = []
    for place in rng.choice(CELLS * CELLS, 4, replace=False):
        row, column = divmod(int(place), CELLS)
        top, left = row * CELL, column * CELL
        image[top : top + CELL, left : left + CELL] = rng.integers(150, 256)
        boxes.append((left, top, left + CELL, top + CELL))
    split = "train" if number < 60 else "val"
    return Picture(f"lit-{number:03d}", split, image, np.array(boxes, float), ("person",) * 4)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write(map(lit, range(90)), tmp_path_factory.mktemp("lit") / "data", about="lit cells")


@pytest.fixture
def model(tmp_path):
    return cell_detector(tmp_path / "cells.onnx")


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_a_quantised_network_finds_the_same_and_its_card_says_what_it_is(
    runtime, model, data, tmp_path
):
    card, before, after = quantise(
        model, data, tmp_path / "out", QuantiseArgs(runtime=runtime, pictures=20, kept=0)
    )
    assert before.map50 == pytest.approx(1, abs=0.01)
    assert after.map50 > 0.98
    assert from_folder(tmp_path / "out").card == card
    assert (card.runtime, card.version) == (runtime, "1-int8")
    assert "calibrated on 20 pictures" in card.training_data
    assert card.measured[0].value == pytest.approx(after.map50, abs=1e-4)
    assert validated(from_folder(tmp_path / "out"), data) == after


def test_weights_are_in_8_bits_and_scaled_per_channel(model, data, tmp_path):
    args = QuantiseArgs(runtime="onnxruntime", pictures=10, kept=0)
    quantise(model, data, tmp_path / "out", args)
    graph = onnx.load(str(tmp_path / "out" / "network.onnx")).graph
    kept = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    eight = [one for one in kept.values() if one.dtype == np.int8 and one.ndim == 4]
    assert {one.shape for one in eight} == {(4, 3, CELL, CELL), (1, 4, 1, 1)}
    # The small channels are not rounded away.
    first = next(one for one in eight if one.shape[1] == 3)
    assert (np.abs(first).reshape(4, -1).max(axis=1) == 127).all()


def test_the_last_convolutions_are_kept(model, data, tmp_path):
    graph = onnx.load(str(model.weights)).graph
    assert last_convolutions(graph, 0) == set()
    assert last_convolutions(graph, 1) == {"second_conv"}
    assert last_convolutions(graph, 2) == {"first_conv", "second_conv"}


def test_an_older_onnx_is_brought_up(data, tmp_path):
    old = cell_detector(tmp_path / "old.onnx", opset=11)
    _, _, after = quantise(old, data, tmp_path / "out", QuantiseArgs(pictures=5, kept=0))
    assert after.map50 > 0.98


def test_a_network_that_loses_too_much_is_refused_with_both_figures(model, data, tmp_path):
    # Calibrated on the dark, everything bright becomes the brightest of the dark.
    dark = [
        Picture(f"d{n}", "train", np.full((SIDE, SIDE, 3), 20 + n % 3, np.uint8), *rest)
        for n in range(60)
        for rest in [(lit(n).boxes_px, lit(n).classes)]
    ]
    blind = write([*dark, *map(lit, range(60, 90))], tmp_path / "dark", about="dark")
    with pytest.raises(ModelError, match=r"quantising costs .* from mAP@\.5 1\.000.* to mAP@\.5 0"):
        quantise(model, blind, tmp_path / "out", QuantiseArgs(pictures=20, kept=0))
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".quantising-*"))


def test_it_is_calibrated_on_exactly_what_serving_shows_the_network(model, data):
    oblong = np.full((40, 80, 3), 200, np.uint8)
    (batch,) = inputs(model, [oblong])
    assert batch.shape == (1, 3, SIDE, SIDE)
    # Grey above and below, scaled to 0..1: the letterbox of serving.
    assert batch[0, :, 0].mean() == pytest.approx(114 / 255, abs=1e-3)
    assert batch[0, :, SIDE // 2].mean() == pytest.approx(200 / 255, abs=1e-3)


def test_conversion_changes_nothing(model, data, tmp_path):
    convert(model, tmp_path / "xml", runtime="openvino")
    (given,) = inputs(model, [lit(3).image])
    there = from_folder(tmp_path / "xml")
    one = open_runtime(model.card, model.weights, threads=1).infer(given)
    other = open_runtime(there.card, there.weights, threads=1, exact=True).infer(given)
    np.testing.assert_allclose(one, other, atol=1e-4)
    assert len(DetectorScorer.load(there, threads=1).score([lit(3).image])[0]) == 4


def test_only_onnx_is_quantised(model, data, tmp_path):
    convert(model, tmp_path / "xml", runtime="openvino")
    with pytest.raises(ModelError, match="is no network in ONNX"):
        quantise(from_folder(tmp_path / "xml"), data, tmp_path / "out", QuantiseArgs())


def test_what_is_no_network_is_a_clear_error(data, tmp_path):
    model = cell_detector(tmp_path / "cells.onnx")
    model.weights.write_bytes(b"no network")
    with pytest.raises(ModelError):
        quantise(model, data, tmp_path / "out", QuantiseArgs())
