"""A detector in 8 bits: calibrated on what it learnt from, judged on what it did not.

ONNX Runtime's static quantisation writes QuantizeLinear and DequantizeLinear around what is
computed in 8 bits (QDQ), which OpenVINO reads as well: Jacob et al., Quantization and Training of
Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR 2018. Scales of weights are
per channel, those of activations come from showing the network pictures. Only convolutions are
quantised, nearly all of the work; the last ones stay as they are: in their outputs boxes in pixels
and scores in 0..1 lie side by side, and one scale for both would round all scores to nothing.
"""

import logging
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hlaska.errors import ModelError
from hlaska.models import Measured, ModelCard
from hlaska.records import Record
from serving import telemetry
from serving.models import LoadedModel, from_folder, weights_sha256
from serving.runtimes import Runtime, open_runtime
from serving.video.yolo import YoloDetector
from training.evaluation.detection import Precision
from training.video.dataset import DetectionData
from training.video.validation import MOST_LOST, refuse_loss, validated

if TYPE_CHECKING:
    import onnx

NetworkRuntime = Literal["openvino", "onnxruntime"]
PER_CHANNEL = 13
"""Opset from which DequantizeLinear takes a scale for each channel."""
WEIGHTS = {"openvino": "network.xml", "onnxruntime": "network.onnx"}


class QuantiseArgs(Record):
    """How a network is quantised."""

    runtime: NetworkRuntime = Field(default="openvino", description="That is to run it.")
    pictures: int = Field(
        default=100, ge=1, le=10_000, description="To calibrate on, of those to learn from."
    )
    method: Literal["minmax", "entropy", "percentile"] = Field(
        default="minmax", description="How the range of an activation is chosen."
    )
    kept: int = Field(
        default=1,
        ge=0,
        le=10,
        description="Convolutions that stay as they are, counted back from each output.",
    )
    most_lost: float = Field(
        default=MOST_LOST, ge=0, le=1, description="Of mAP, from which the result is refused."
    )


def convert(
    model: LoadedModel,
    folder: Path,
    *,
    runtime: NetworkRuntime,
    measured: tuple[Measured, ...] = (),
) -> ModelCard:
    """Puts an ONNX network into the new `folder`, for one of the runtimes, with its card.

    Raises:
        ModelError: it is no ONNX, or OpenVINO cannot read it.
    """
    weights = _onnx_of(model)
    folder.mkdir(parents=True)
    network = folder / WEIGHTS[runtime]
    if runtime == "openvino":
        _as_openvino(weights, network)
    else:
        shutil.copyfile(weights, network)
    card = model.card.model_copy(
        update={
            "runtime": runtime,
            "weights": network.name,
            "sha256": weights_sha256(network),
            "measured": (*model.card.measured, *measured),
        }
    )
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n")
    return card


def quantise(
    model: LoadedModel, data: DetectionData, out: Path, args: QuantiseArgs, *, threads: int = 1
) -> tuple[ModelCard, Precision, Precision]:
    """Quantises a detector and judges the result; writes it to the new folder `out`.

    Args:
        model: In ONNX, 32 bits.
        data: Its part to learn from calibrates, the other judges.
        out: Must not exist yet; it appears whole or not at all.
        args: How.
        threads: Of the CPU.

    Returns:
        The card of what is in `out`, and what the network was worth before and after.

    Raises:
        ModelError: the network is no ONNX or cannot be quantised, finds next to nothing, or loses
            more than is allowed: the message says both figures.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    out.parent.mkdir(parents=True, exist_ok=True)
    before = validated(model, data, threads=threads)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".quantising-") as scratch:
        small = Path(scratch) / "int8.onnx"
        shown = _quantised(model, data, small, args)
        card = model.card
        rounded = LoadedModel(
            card.model_copy(
                update={
                    "version": f"{card.version[:95]}-int8",
                    "summary": f"{card.summary} Quantised to 8 bits.",
                    "training_data": f"{card.training_data}; calibrated on {shown} pictures of it",
                    "made_by": f"{card.made_by}; quantised by Hlaska ({args.method}, QDQ)",
                    "measured": (),
                }
            ),
            small,
            model.ref,
        )
        folder = Path(scratch) / "model"
        convert(rounded, folder, runtime=args.runtime)
        after = validated(from_folder(folder), data, threads=threads)
        refuse_loss(before, after, step="quantising", most=args.most_lost)
        card = stated(folder, after, data, "hlaska train video, after quantising")
        folder.rename(out)
    return card, before, after


def stated(folder: Path, found: Precision, data: DetectionData, how: str) -> ModelCard:
    """Writes what a model was found to be worth into its card."""
    card = from_folder(folder).card
    figures = tuple(
        Measured(metric=metric, value=round(value, 4), data=f"{data.about}, later part", how=how)
        for metric, value in (("mAP@0.5", found.map50), ("mAP@0.5:0.95", found.map50_95))
    )
    card = card.model_copy(update={"measured": figures})
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n")
    return card


def _onnx_of(model: LoadedModel) -> Path:
    if model.weights is None or model.weights.suffix != ".onnx":
        raise ModelError(
            f"{model.card.name} is no network in ONNX; export it so first: "
            "hlaska export WEIGHTS FOLDER --format onnx"
        )
    return model.weights


class _Listening:
    """A runtime that keeps what it is given: just what serving shows the network."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.batch: NDArray[np.float32] | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self._runtime.input_shape

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.batch = batch
        return self._runtime.infer(batch)


def inputs(
    model: LoadedModel, images: Iterable[NDArray[np.uint8]]
) -> Iterator[NDArray[np.float32]]:
    """What serving makes of pictures for the network, each 1 x 3 x height x width."""
    runtime = _Listening(open_runtime(model.card, _onnx_of(model), threads=1))
    detector = YoloDetector(model.card, runtime)
    for image in images:
        detector.detect([image], [None])
        assert runtime.batch is not None
        yield runtime.batch


def _quantised(model: LoadedModel, data: DetectionData, out: Path, args: QuantiseArgs) -> int:
    """Writes the quantised network; says how many pictures it was calibrated on."""
    telemetry.switch_off()
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    weights = _onnx_of(model)
    network = _with_scales_per_channel(weights)
    name = network.graph.input[0].name
    # Spread over the whole part, so that each hour of it is shown.
    count = len(data.pictures("train"))
    step = max(1, count // args.pictures)
    images = islice(data.images("train"), 0, step * args.pictures, step)
    shown = 0

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._batches = inputs(model, images)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            nonlocal shown
            batch = next(self._batches, None)
            if batch is None:
                return None
            shown += 1
            return {name: batch}

    methods = {
        "minmax": CalibrationMethod.MinMax,
        "entropy": CalibrationMethod.Entropy,
        "percentile": CalibrationMethod.Percentile,
    }
    # It warns of what it would do differently, on the root logger.
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        quantize_static(
            network,
            str(out),
            Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=sorted(last_convolutions(network.graph, args.kept)),
            calibrate_method=methods[args.method],
            # What comes out of a convolution goes through its activation before it is rounded; a
            # bias is one number a channel and not worth it.
            extra_options={
                "QuantizeBias": False,
                "OpTypesToExcludeOutputQuantization": ["Conv"],
            },
        )
    except (RuntimeError, TypeError, ValueError, KeyError) as error:
        raise ModelError(f"{weights} cannot be quantised: {error}") from error
    finally:
        logging.disable(previous)
    return shown


def _with_scales_per_channel(weights: Path) -> "onnx.ModelProto":
    """The network in a version of ONNX that has a scale for each channel, 13 or later."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import version_converter

    try:
        network = onnx.load(str(weights))
        version = max(one.version for one in network.opset_import if one.domain in ("", "ai.onnx"))
        return (
            network
            if version >= PER_CHANNEL
            else version_converter.convert_version(network, PER_CHANNEL)
        )
    except (DecodeError, OSError, RuntimeError, ValueError) as error:
        raise ModelError(f"{weights} cannot be read as ONNX: {error}") from error


def last_convolutions(graph: "onnx.GraphProto", depth: int) -> set[str]:
    """Names of the convolutions that are met first, going back from each output of a network.

    Args:
        graph: Of the network.
        depth: How many of them on each way.
    """
    makers = {output: node for node in graph.node for output in node.output}
    found: set[str] = set()
    seen: dict[str, int] = {}
    waiting = [(output.name, 0) for output in graph.output]
    while waiting:
        name, met = waiting.pop()
        node = makers.get(name)
        if node is None or met >= depth or seen.get(name, depth) <= met:
            continue
        seen[name] = met
        if node.op_type == "Conv":
            found.add(node.name)
            met += 1
        waiting += [(given, met) for given in node.input]
    return found


def _as_openvino(weights: Path, network: Path) -> None:
    telemetry.switch_off()
    import openvino as ov

    try:
        ov.save_model(ov.convert_model(weights), network, compress_to_fp16=False)
    except RuntimeError as error:
        raise ModelError(f"OpenVINO cannot read {weights}: {str(error)[-300:]}") from error
