"""From a trained network to a model that serving loads: calibrated, in ONNX, equal to torch."""

import json
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor, nn

from hlaska.errors import ModelError
from hlaska.models import ModelCard, ModelInput
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.models import weights_sha256
from training.audio.labels import WINDOW_S
from training.audio.network import SoundNet

WEIGHTS = "street-sounds.onnx"
WINDOW = round(WINDOW_S * RATE_HZ)
TOLERANCE = 1e-4
"""Greatest difference between a score of the exported network and one of torch."""
OPSET = 17
_OLD_EXPORTER = (
    "You are using the legacy TorchScript-based ONNX export",
    "The feature will be removed",
    # Both about the recurrent layer; what they warn of, `check_equal` would find.
    "Converting a tensor to a Python boolean",
    "Exporting a model to ONNX with a batch_size other than 1",
)
"""What it warns of. 2026-11, torch 2.12."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Per class, the line that makes a probability of a logit: sigmoid(slope * logit + offset)."""

    slopes: tuple[float, ...]
    offsets: tuple[float, ...]


def calibrate(logits: NDArray[np.float32], labels: NDArray[np.int8]) -> Calibration:
    """Platt's scaling, per column, by maximum likelihood.

    Platt, Probabilistic outputs for support vector machines, 1999; with his targets, which keep
    the line finite where a column is told apart without a mistake.

    Args:
        logits: Rows x classes.
        labels: The same shape, 0 or 1.

    Raises:
        ModelError: a class is never, or always, there.
    """
    lines = [_line(logits[:, k], labels[:, k] == 1) for k in range(logits.shape[1])]
    return Calibration(tuple(a for a, _ in lines), tuple(b for _, b in lines))


def _line(logits: NDArray[np.float32], there: NDArray[np.bool_]) -> tuple[float, float]:
    positive, negative = int(there.sum()), int((~there).sum())
    if not positive or not negative:
        raise ModelError(
            f"of {len(there)} frames {positive} hold the class: nothing to calibrate on; make more "
            "soundscapes (--soundscapes)"
        )
    wanted = np.where(there, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = line[0] * logits + line[1]
        error = 1 / (1 + np.exp(-score)) - wanted
        return float(np.mean(np.logaddexp(0, score) - wanted * score)), np.array(
            [np.mean(error * logits), np.mean(error)]
        )

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, bounds=[(1e-2, 20), (-20, 20)])
    return float(found.x[0]), float(found.x[1])


class Served(nn.Module):
    """The network as it is served: windows in, calibrated probabilities of `SOUND_CLASSES` out."""

    slopes: Tensor
    offsets: Tensor

    def __init__(self, network: SoundNet, calibration: Calibration) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("slopes", torch.tensor(calibration.slopes))
        self.register_buffer("offsets", torch.tensor(calibration.offsets))

    def forward(self, sound: Tensor) -> Tensor:
        """Batch x samples to batch x frames x `SOUND_CLASSES`."""
        logits = self.network.logits(sound[:, None])[:, :, : len(SOUND_CLASSES)]
        return torch.sigmoid(logits * self.slopes + self.offsets)


def export(
    network: SoundNet,
    calibration: Calibration,
    out: Path,
    *,
    name: str,
    operating_point: dict[str, float],
    training_data: str,
    made_by: str,
    version: str,
    examples: NDArray[np.float32],
) -> ModelCard:
    """Writes the new folder `out`: the network in one ONNX file, and its card.

    Args:
        network: Trained; its first four classes are `SOUND_CLASSES`.
        calibration: Of these four.
        out: Must not exist yet; it appears whole or not at all.
        name: Of the model.
        operating_point: Lowest score that counts, per class.
        training_data: For the card.
        made_by: The command, for the card.
        version: For the card.
        examples: Windows on which the file must say what torch says.

    Raises:
        ModelError: `out` exists, or the file says something else than torch.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    out.parent.mkdir(parents=True, exist_ok=True)
    served = Served(network, calibration).eval().cpu()
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".exporting-") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        weights = folder / WEIGHTS
        _write(served, weights)
        _stamp(weights, made_by)
        check_equal(served, weights, examples)
        card = ModelCard(
            name=name,
            version=version,
            summary="Gunshots, explosions, screams and breaking glass in streets, told from "
            "fireworks, doors, dogs, trams and the like. Screams and glass were learnt from made "
            "sounds only: nobody has measured it on real ones.",
            task="sound-events",
            classes=SOUND_CLASSES,
            input=ModelInput(shape=(-1, WINDOW), sample_rate_hz=RATE_HZ),
            output="frame-scores",
            runtime="onnxruntime",
            weights=WEIGHTS,
            sha256=weights_sha256(weights),
            operating_point=operating_point,
            licence="Apache-2.0",
            training_data=training_data,
            made_by=made_by,
        )
        (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n")
        folder.rename(out)
    return card


def _write(served: Served, weights: Path) -> None:
    with warnings.catch_warnings():
        for message in _OLD_EXPORTER:
            warnings.filterwarnings("ignore", message)
        torch.onnx.export(
            served,
            (torch.zeros(1, WINDOW),),
            str(weights),
            input_names=["sound"],
            output_names=["scores"],
            dynamic_axes={"sound": {0: "windows"}, "scores": {0: "windows"}},
            opset_version=OPSET,
            # The new exporter needs onnxscript; the old one writes what is needed, in one file.
            dynamo=False,
        )


def check_equal(served: Served, weights: Path, examples: NDArray[np.float32]) -> float:
    """The greatest difference between what the file and what torch say of `examples`.

    Raises:
        ModelError: it is greater than `TOLERANCE`.
    """
    session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    worst = 0.0
    # One at a time, and together: the size of the batch is free.
    for windows in (examples[:1], examples):
        told = session.run(None, {"sound": windows})[0]
        with torch.inference_mode():
            expected = served(torch.from_numpy(windows)).numpy()
        worst = max(worst, float(np.abs(told - expected).max(initial=0)))
    if not worst <= TOLERANCE:
        raise ModelError(
            f"the exported network differs from torch by {worst:.2g}, {TOLERANCE} is allowed; "
            "report it: this should not be"
        )
    return worst


def _stamp(weights: Path, made_by: str) -> None:
    """The file says itself what it is: it may lie somewhere without its card."""
    model = onnx.load(weights)
    model.producer_name = "hlaska"
    model.doc_string = json.dumps({"classes": SOUND_CLASSES, "made_by": made_by})
    onnx.checker.check_model(model)
    onnx.save(model, weights)
