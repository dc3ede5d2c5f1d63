"""One interface over the runtimes that execute exported networks.

Nothing here knows what the numbers mean: an array goes in, an array comes out. Neither runtime runs
code that a model file holds, and no pickle is ever opened. A runtime is imported when the first
network of its kind is opened.
"""

import queue
import warnings
import zipfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import ModelError
from hlaska.models import ModelCard
from serving import telemetry

if TYPE_CHECKING:
    import openvino as ov

Hint = Literal["latency", "throughput"]

SKOPS_TYPES = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""Types beyond those of scikit-learn that skops trusts by itself; a file with others is refused.
They hold numbers only: none runs what a file holds."""


class Runtime(Protocol):
    """A network that is ready to run. Calls from several threads at once are safe."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input, batch first; -1 where the size is free."""
        ...

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output for n inputs, n first; n is 1 or more.

        Raises:
            ModelError: the network refuses the batch.
        """
        ...


def open_runtime(
    card: ModelCard,
    weights: Path,
    *,
    threads: int,
    hint: Hint = "latency",
    device: str = "CPU",
    exact: bool = False,
) -> Runtime:
    """Opens `weights` in the runtime that the card names.

    Args:
        card: Says which runtime, and which input shape the network must have.
        weights: An `.onnx` file, an OpenVINO `.xml` with its `.bin` beside it, or a `.tflite`.
        threads: CPU threads it may use.
        hint: `latency` answers one input as soon as it can; `throughput` splits the threads between
            the inputs of a batch, which OpenVINO can and ONNX Runtime cannot.
        device: An OpenVINO device name; ONNX Runtime has CPU only.
        exact: Whether to compute in 32 bits even where the CPU has quicker 16-bit numbers, which
            OpenVINO else uses. For comparisons between machines.

    Raises:
        ModelError: the file is missing, damaged, or not the network that the card describes.
    """
    if threads < 1:
        raise ModelError(f"{card.name}: {threads} threads; give 1 or more")
    if not weights.is_file():
        raise ModelError(
            f"{card.name}: no weights at {weights}; fetch or export the model again "
            "(hlaska data get, hlaska export)"
        )
    runtime: Runtime
    if card.runtime == "openvino":
        runtime = OpenVinoRuntime(weights, threads=threads, hint=hint, device=device, exact=exact)
    elif card.runtime == "onnxruntime":
        if device != "CPU":
            raise ModelError(f"{card.name}: device {device!r}; ONNX Runtime has CPU only here")
        runtime = OnnxRuntime(weights, threads=threads)
    else:
        raise ModelError(
            f"{card.name}: its runtime {card.runtime!r} opens no network file; allowed are "
            "openvino and onnxruntime"
        )
    expected, found = card.input.shape, runtime.input_shape
    if len(expected) != len(found) or any(
        -1 not in pair and pair[0] != pair[1] for pair in zip(expected, found, strict=True)
    ):
        raise ModelError(
            f"{card.name}: {weights} takes {found}, its card says {expected}; correct input.shape "
            "in the card or export the model again"
        )
    if found[0] not in (1, -1):
        raise ModelError(
            f"{card.name}: {weights} takes batches of {found[0]} only; export it with a batch of 1 "
            "or a free one"
        )
    return runtime


class OpenVinoRuntime:
    """A network in OpenVINO, running as many requests at a time as the hint makes best."""

    def __init__(
        self, weights: Path, *, threads: int, hint: Hint, device: str, exact: bool
    ) -> None:
        telemetry.switch_off()
        import openvino as ov

        options: dict[str, str | int] = {
            "PERFORMANCE_HINT": hint.upper(),
            "INFERENCE_NUM_THREADS": threads,
        }
        if exact:
            options["INFERENCE_PRECISION_HINT"] = "f32"
        try:
            compiled = ov.Core().compile_model(weights, device, options)
            requests = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
            shape = tuple(
                size.get_length() if size.is_static else -1
                for size in compiled.input(0).get_partial_shape()
            )
        except RuntimeError as error:
            raise _unreadable(weights, "OpenVINO", error) from error
        # A network that takes one input without a batch around it (YAMNet) is given them singly.
        self._bare = len(shape) == 1
        self._input_shape = (1, *shape) if self._bare else shape
        self._free: queue.SimpleQueue[ov.InferRequest] = queue.SimpleQueue()
        for _ in range(requests):
            self._free.put(compiled.create_infer_request())

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input, batch first; -1 where the size is free."""
        return self._input_shape

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output for n inputs; see `Runtime.infer`."""
        answers: list[NDArray[np.float32]] = []
        running: deque[ov.InferRequest] = deque()
        try:
            for part in _parts(batch, self._input_shape):
                running.append(self._next_request(running, answers))
                # The part must not be changed until it is answered, and nobody else has it.
                running[-1].start_async(part[0] if self._bare else part, share_inputs=True)
            while running:
                answers.append(_answer(running[0]))
                self._free.put(running.popleft())
        except RuntimeError as error:
            raise _refused(batch, self._input_shape, error) from error
        finally:
            for request in running:
                request.cancel()
                self._free.put(request)
        return np.concatenate(answers)

    def _next_request(
        self, running: "deque[ov.InferRequest]", answers: list[NDArray[np.float32]]
    ) -> "ov.InferRequest":
        # Two callers that each wait for the other's request would starve: whoever holds one
        # finishes it before waiting.
        try:
            return self._free.get(block=not running)
        except queue.Empty:
            answers.append(_answer(running[0]))
            return running.popleft()


class OnnxRuntime:
    """A network in ONNX Runtime, on the CPU."""

    def __init__(self, weights: Path, *, threads: int) -> None:
        telemetry.switch_off()
        import onnxruntime as ort
        from onnxruntime.capi import onnxruntime_pybind11_state as errors

        # They have no common base but `Exception`.
        self._errors = (
            errors.EPFail,
            errors.Fail,
            errors.InvalidArgument,
            errors.InvalidGraph,
            errors.InvalidProtobuf,
            errors.NoModel,
            errors.NoSuchFile,
            errors.NotImplemented,
            errors.RuntimeException,
        )
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Idle threads that spin take the cores from decoding and from the other replicas.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = ort.InferenceSession(
                weights, options, providers=["CPUExecutionProvider"]
            )
        except self._errors as error:
            raise _unreadable(weights, "ONNX Runtime", error) from error
        given = self._session.get_inputs()[0]
        self._input_name = given.name
        self._input_shape = tuple(size if isinstance(size, int) else -1 for size in given.shape)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input, batch first; -1 where the size is free."""
        return self._input_shape

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output for n inputs; see `Runtime.infer`."""
        try:
            return np.concatenate(
                [
                    self._session.run(None, {self._input_name: part})[0]
                    for part in _parts(batch, self._input_shape)
                ]
            )
        except self._errors as error:
            raise _refused(batch, self._input_shape, error) from error


def open_skops(card: ModelCard, weights: Path) -> Mapping[str, Any]:
    """What a skops file holds: a model of scikit-learn, and numbers, by name.

    Raises:
        ModelError: the file is missing, damaged, of another scikit-learn, or holds a type that is
            not among those that are trusted.
    """
    # Together they take seconds to import, and only flow models need them.
    import skops.io
    from sklearn.exceptions import InconsistentVersionWarning
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            found = skops.io.load(weights, trusted=list(SKOPS_TYPES))
    except UntrustedTypesFoundException as error:
        raise ModelError(
            f"{card.name}: {weights} holds types that are never loaded ({error}); train the model "
            "with hlaska train cyber"
        ) from error
    except InconsistentVersionWarning as error:
        raise ModelError(
            f"{card.name}: {weights} was made with scikit-learn {error.original_sklearn_version}, "
            f"here is {error.current_sklearn_version}; train it again: {card.made_by}"
        ) from error
    except (OSError, zipfile.BadZipFile, LookupError, TypeError, ValueError) as error:
        raise _unreadable(weights, "skops", error) from error
    if not isinstance(found, dict):
        raise ModelError(
            f"{card.name}: {weights} holds {type(found).__name__}, a dictionary is needed; train "
            "the model with hlaska train cyber"
        )
    return found


def _parts(batch: NDArray[np.float32], input_shape: tuple[int, ...]) -> list[NDArray[np.float32]]:
    if len(batch) == 0:
        raise ModelError("an empty batch came; ask only when there is something to infer")
    return [batch] if input_shape[0] == -1 else [batch[i : i + 1] for i in range(len(batch))]


def _answer(request: "ov.InferRequest") -> NDArray[np.float32]:
    request.wait()
    # A copy, because the request writes its next answer to the same place.
    return np.array(request.get_output_tensor(0).data)


def _unreadable(weights: Path, runtime: str, error: Exception) -> ModelError:
    return ModelError(
        f"{weights} is nothing that {runtime} can load ({_last_line(error)}); it is damaged or of "
        "another kind: fetch or export the model again"
    )


def _refused(
    batch: NDArray[np.float32], input_shape: tuple[int, ...], error: Exception
) -> ModelError:
    return ModelError(
        f"the network takes {input_shape} of float32 and refused {batch.shape} of {batch.dtype} "
        f"({_last_line(error)})"
    )


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
