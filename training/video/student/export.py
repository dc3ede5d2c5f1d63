"""From a trained student to one small ONNX file that says what torch says, and its card."""

import copy
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from hlaska.errors import ModelError
from hlaska.models import ModelCard, ModelInput
from hlaska.tracks import PERSON
from serving.models import weights_sha256
from serving.video.yolo import LOWEST_SCORE
from training.video.student.network import Served, StudentNet

WEIGHTS = "student.onnx"
LARGEST_BYTES = 2_000_000
"""Of a file that may travel with the source."""
TOLERANCE_PX = 0.1
TOLERANCE = 1e-3
"""Greatest difference of a score between the file and torch."""
OPSET = 17
_EXPORTER = (
    "You are using the legacy TorchScript-based ONNX export",
    "The feature will be removed",
)
"""What it warns of. 2026-11, torch 2.12."""
_COUNTED = ".half"


def student_card(*, name: str, size_hw: tuple[int, int], **facts: object) -> ModelCard:
    """The card of a student with an input of `size_hw` pixels; `facts` are its other fields."""
    return ModelCard.model_validate(
        {
            "name": name,
            "task": "detect",
            "classes": (PERSON,),
            "input": ModelInput(
                shape=(1, 3, *size_hw), colour_order="bgr", scale=1 / 255, letterbox="centre"
            ),
            "output": "yolo-end2end",
            "runtime": "openvino",
            "weights": WEIGHTS,
            "licence": "Apache-2.0",
            **facts,
        }
    )


def write(network: StudentNet, folder: Path, *, made_by: str, pictures: NDArray[np.float32]) -> str:
    """Writes the network into `folder`, its weights in 16 bits; its sha256.

    Args:
        network: Trained.
        folder: It must exist.
        made_by: The command, kept in the file, which may lie somewhere without its card.
        pictures: On which the file must say what torch says; n x 3 x height x width, 0..1.

    Raises:
        ModelError: the file says something else than torch, or is too large.
    """
    served = Served(_rounded(network)).eval()
    weights = folder / WEIGHTS
    with warnings.catch_warnings():
        for message in _EXPORTER:
            warnings.filterwarnings("ignore", message)
        torch.onnx.export(
            served,
            (torch.zeros(1, *pictures.shape[1:]),),
            str(weights),
            input_names=["pictures"],
            output_names=["people"],
            opset_version=OPSET,
            # The new exporter needs onnxscript; the old one writes what is needed, in one file.
            dynamo=False,
        )
    model = onnx.load(weights)
    _halve(model)
    model.producer_name = "hlaska"
    model.doc_string = json.dumps({"classes": [PERSON], "made_by": made_by})
    onnx.checker.check_model(model)
    onnx.save(model, weights)
    if weights.stat().st_size > LARGEST_BYTES:
        size = weights.stat().st_size
        raise ModelError(f"the student takes {size} bytes, {LARGEST_BYTES} are allowed")
    check_equal(served, weights, pictures)
    return weights_sha256(weights)


def _rounded(network: StudentNet) -> StudentNet:
    """The same with normalisations drawn into the convolutions, and weights that 16 bits hold."""
    copied = copy.deepcopy(network).eval()
    for part in copied.modules():
        if isinstance(part, nn.Sequential) and len(part) > 1:
            first, second = part[0], part[1]
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                part[0], part[1] = fuse_conv_bn_eval(first, second), nn.Identity()
    # Channels last is for learning; the exporter writes the usual order.
    for weight in copied.parameters():
        weight.data = weight.data.half().float().contiguous()
    return copied


def _halve(model: onnx.ModelProto) -> None:
    """Weights as 16-bit numbers, each widened again by a Cast: half the file, the same network.

    Every runtime folds such a Cast when it loads.
    """
    graph = model.graph
    casts = []
    for weight in graph.initializer:
        if weight.data_type != TensorProto.FLOAT or not weight.dims:
            continue
        name = weight.name
        half = numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(numpy_helper.from_array(half, name + _COUNTED))
        casts.append(helper.make_node("Cast", [name + _COUNTED], [name], to=TensorProto.FLOAT))
    # A node's inputs must come before it.
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def check_equal(served: Served, weights: Path, pictures: NDArray[np.float32]) -> None:
    """Compares what the file and what torch say of some pictures, one at a time.

    Raises:
        ModelError: a score differs by more than `TOLERANCE`, or a side by `TOLERANCE_PX`.
    """
    session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    for picture in pictures:
        (told,) = session.run(None, {"pictures": picture[None]})
        with torch.inference_mode():
            expected = served(torch.from_numpy(picture[None])).numpy()
        scores, wanted = told[0, :, 4], expected[0, :, 4]
        # Two people of one score may change places: those that stand apart are compared.
        apart = np.flatnonzero((wanted >= LOWEST_SCORE) & (np.diff(wanted, append=0) < -TOLERANCE))
        off = np.abs(told[0, apart, :4] - expected[0, apart, :4]).max(initial=0)
        if not (np.abs(scores - wanted).max(initial=0) <= TOLERANCE and off <= TOLERANCE_PX):
            raise ModelError(
                "the exported student says something else than torch (scores off by "
                f"{np.abs(scores - wanted).max(initial=0):.2g}, sides by {off:.2g} px); report it"
            )
