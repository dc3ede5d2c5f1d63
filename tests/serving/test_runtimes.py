from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import openvino as ov
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper
from openvino import opset13

from hlaska.errors import ModelError
from hlaska.models import ModelCard, ModelInput
from serving.runtimes import OnnxRuntime, OpenVinoRuntime, open_runtime

SHAPE = (3, 4, 5)


def card(batch=1, runtime="openvino"):
    return ModelCard(
        name="doubler",
        version="1",
        summary="Doubles.",
        task="detect",
        classes=("person",),
        input=ModelInput(shape=(batch, *SHAPE)),
        output="yolo",
        runtime=runtime,
        weights="network",
        operating_point={"person": 0.5},
        licence="Apache-2.0",
        training_data="none",
        made_by="this test",
    )


def write_openvino(folder, batch=1):
    given_ = opset13.parameter([batch, *SHAPE], np.float32)
    ov.save_model(
        ov.Model([opset13.multiply(given_, np.float32(2))], [given_]), folder / "network.xml"
    )
    return folder / "network.xml"


def write_onnx(folder, batch=1):
    size = "n" if batch == -1 else batch
    two = helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "two"], ["y"])],
        "doubler",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [size, *SHAPE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [size, *SHAPE])],
        [two],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, folder / "network.onnx")
    return folder / "network.onnx"


WRITE = {"openvino": write_openvino, "onnxruntime": write_onnx}
KINDS = [
    pytest.param(runtime, batch, hint, id=f"{runtime}, batch {batch}, {hint}")
    for runtime in WRITE
    for batch in (1, -1)
    for hint in ("latency", "throughput")
]


@pytest.mark.parametrize(("runtime", "batch", "hint"), KINDS)
@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_batch_of_n_gives_n_answers_in_order(runtime, batch, hint, count, tmp_path):
    weights = WRITE[runtime](tmp_path, batch)
    opened = open_runtime(card(batch, runtime), weights, threads=2, hint=hint)
    asked = np.arange(count, dtype=np.float32)[:, None, None, None] + np.zeros(SHAPE, np.float32)
    np.testing.assert_array_equal(opened.infer(asked), asked * 2)
    assert opened.input_shape == (batch, *SHAPE)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_network_without_a_batch_is_asked_one_by_one(count, tmp_path):
    given_ = opset13.parameter([5], np.float32)
    ov.save_model(ov.Model([opset13.multiply(given_, np.float32(2))], [given_]), tmp_path / "n.xml")
    single = card().model_copy(update={"input": ModelInput(shape=(1, 5))})
    opened = open_runtime(single, tmp_path / "n.xml", threads=1)
    assert opened.input_shape == (1, 5)
    asked = np.arange(count * 5, dtype=np.float32).reshape(count, 5)
    np.testing.assert_array_equal(opened.infer(asked).reshape(count, 5), asked * 2)


@pytest.mark.parametrize(("runtime", "batch", "hint"), KINDS)
def test_threads_that_share_a_network_get_their_own_answers(runtime, batch, hint, tmp_path):
    weights = WRITE[runtime](tmp_path, batch)
    opened = open_runtime(card(batch, runtime), weights, threads=2, hint=hint)
    asked = [np.full((3, *SHAPE), number, np.float32) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(opened.infer, asked))
    for one, answer in zip(asked, answers, strict=True):
        np.testing.assert_array_equal(answer, one * 2)


@pytest.mark.parametrize("runtime", WRITE)
def test_an_answer_is_not_overwritten_by_the_next(runtime, tmp_path):
    opened = open_runtime(card(1, runtime), WRITE[runtime](tmp_path), threads=1)
    first = opened.infer(np.ones((1, *SHAPE), np.float32))
    opened.infer(np.full((1, *SHAPE), 5, np.float32))
    np.testing.assert_array_equal(first, 2)


@pytest.mark.parametrize("runtime", WRITE)
def test_a_batch_of_another_shape_is_refused_and_the_network_still_works(runtime, tmp_path):
    opened = open_runtime(card(1, runtime), WRITE[runtime](tmp_path), threads=1)
    with pytest.raises(ModelError, match=r"takes \(1, 3, 4, 5\)"):
        opened.infer(np.zeros((2, 3, 9, 9), np.float32))
    right = np.ones((2, *SHAPE), np.float32)
    np.testing.assert_array_equal(opened.infer(right), right * 2)


@pytest.mark.parametrize("runtime", WRITE)
def test_missing_weights_say_where_they_should_be(runtime, tmp_path):
    with pytest.raises(ModelError, match=r"no weights at .*nowhere"):
        open_runtime(card(1, runtime), tmp_path / "nowhere", threads=1)


@pytest.mark.parametrize("runtime", WRITE)
@given(junk=st.binary(max_size=300))
def test_a_damaged_file_is_a_clear_error(runtime, junk, tmp_path_factory):
    path = tmp_path_factory.mktemp("junk") / ("n.xml" if runtime == "openvino" else "n.onnx")
    path.write_bytes(junk)
    with pytest.raises(ModelError, match="fetch or export the model again"):
        open_runtime(card(1, runtime), path, threads=1)


@pytest.mark.parametrize("runtime", WRITE)
def test_a_file_that_is_cut_off_is_a_clear_error(runtime, tmp_path):
    path = WRITE[runtime](tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ModelError, match="fetch or export the model again"):
        open_runtime(card(1, runtime), path, threads=1)


def test_an_openvino_network_without_its_other_half_is_a_clear_error(tmp_path):
    path = write_openvino(tmp_path)
    path.with_suffix(".bin").unlink()
    with pytest.raises(ModelError, match="fetch or export the model again"):
        open_runtime(card(), path, threads=1)


@pytest.mark.parametrize("runtime", WRITE)
def test_a_network_that_is_not_the_one_on_the_card_is_refused(runtime, tmp_path):
    path = WRITE[runtime](tmp_path)
    other = card(1, runtime).model_copy(update={"input": ModelInput(shape=(1, 3, 8, 8))})
    with pytest.raises(ModelError, match=r"takes \(1, 3, 4, 5\), its card says \(1, 3, 8, 8\)"):
        open_runtime(other, path, threads=1)


@pytest.mark.parametrize("runtime", WRITE)
def test_a_network_that_wants_four_at_a_time_is_refused(runtime, tmp_path):
    path = WRITE[runtime](tmp_path, 4)
    with pytest.raises(ModelError, match="batches of 4 only"):
        open_runtime(card(4, runtime), path, threads=1)


def test_an_unknown_device_is_a_clear_error(tmp_path):
    with pytest.raises(ModelError, match="OpenVINO"):
        open_runtime(card(), write_openvino(tmp_path), threads=1, device="ABACUS")
    with pytest.raises(ModelError, match="CPU only"):
        open_runtime(card(1, "onnxruntime"), write_onnx(tmp_path), threads=1, device="GPU")


@pytest.mark.parametrize("runtime", ["opencv", "skops"])
def test_a_runtime_that_opens_no_networks_is_refused(runtime, tmp_path):
    with pytest.raises(ModelError, match="opens no network file"):
        open_runtime(card(1, runtime), write_openvino(tmp_path), threads=1)


def test_no_threads_is_refused(tmp_path):
    with pytest.raises(ModelError, match="give 1 or more"):
        open_runtime(card(), write_openvino(tmp_path), threads=0)


@pytest.mark.parametrize("runtime", WRITE)
def test_nothing_to_infer_is_refused(runtime, tmp_path):
    opened = open_runtime(card(1, runtime), WRITE[runtime](tmp_path), threads=1)
    with pytest.raises(ModelError, match="empty batch"):
        opened.infer(np.empty((0, *SHAPE), np.float32))


def test_the_card_decides_the_runtime(tmp_path):
    assert isinstance(open_runtime(card(), write_openvino(tmp_path), threads=1), OpenVinoRuntime)
    assert isinstance(
        open_runtime(card(1, "onnxruntime"), write_onnx(tmp_path), threads=1), OnnxRuntime
    )
