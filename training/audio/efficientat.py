"""EfficientAT mn04, a tagger of AudioSet's sounds by others, as a model that serving can load.

Schmid, Koutini, Widmer, Efficient large-scale audio tagging via transformer-to-CNN knowledge
distillation, ICASSP 2023; weights and code under MIT at https://github.com/fschmid56/EfficientAT.
The network is defined here anew, from the waveform on, so that what is exported needs no
preprocessing beside it. The weights are a pickle, of which torch reads tensors and nothing else.
"""

import hashlib
import pickle
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models.mobilenetv3 import (  # type: ignore[import-untyped]
    InvertedResidualConfig,
)
from torchvision.ops.misc import Conv2dNormActivation  # type: ignore[import-untyped]

from catalogs import datasets
from catalogs.web import Progress
from hlaska.errors import ModelError
from hlaska.models import ModelCard, ModelInput
from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from serving.audio.scorer import SoundScorer
from serving.models import from_folder, weights_sha256
from serving.runtimes import OnnxRuntime

NAME = "efficientat-mn04"
"""Of the model, and of its weights in the catalog."""
NETWORK = "efficientat-mn04.onnx"
RATE_HZ = 32_000
WINDOW_S = 2.0
WINDOW = round(WINDOW_S * RATE_HZ)
TOLERANCE = 1e-4
"""Greatest difference between a score of the exported network and one of torch."""
OPSET = 17

COLUMNS = {
    # Gunshot, machine gun, fusillade; a cap gun is a toy.
    "gunshot": (427, 428, 429),
    # Artillery fire and boom; "explosion" is the ontology's name for gunshots and fireworks too.
    "explosion": (430, 436),
    # Screaming; shouts and yells belong to any crowd.
    "scream": (14,),
    # Glass, shatter, breaking.
    "glass-break": (441, 443, 470),
}
"""Columns of AudioSet's 527 that mean one of ours."""
OPERATING_POINT = {"gunshot": 0.01, "explosion": 0.02, "scream": 0.005, "glass-break": 0.01}
"""As `training.evaluation.operating_points` chooses them on the calibration split."""

_SOUNDS = 527
_WIDTH = 0.4
_HOP, _TAPS, _DFT, _BANDS = 320, 800, 1024, 128
_HIGHEST_HZ = 15_000.0
_PRE_EMPHASIS = 0.97
# input, kernel, expanded, output, squeeze-and-excitation, activation, stride: MobileNetV3-Large,
# Howard et al., Searching for MobileNetV3, ICCV 2019, table 1. All widths are multiplied by 0.4.
_BLOCKS = (
    (16, 3, 16, 16, False, "RE", 1),
    (16, 3, 64, 24, False, "RE", 2),
    (24, 3, 72, 24, False, "RE", 1),
    (24, 5, 72, 40, True, "RE", 2),
    (40, 5, 120, 40, True, "RE", 1),
    (40, 5, 120, 40, True, "RE", 1),
    (40, 3, 240, 80, False, "HS", 2),
    (80, 3, 200, 80, False, "HS", 1),
    (80, 3, 184, 80, False, "HS", 1),
    (80, 3, 184, 80, False, "HS", 1),
    (80, 3, 480, 112, True, "HS", 1),
    (112, 3, 672, 112, True, "HS", 1),
    (112, 5, 672, 160, True, "HS", 2),
    (160, 5, 960, 160, True, "HS", 1),
    (160, 5, 960, 160, True, "HS", 1),
)


def kaldi_mel_bands() -> NDArray[np.float32]:
    """Triangles on Kaldi's mel scale up to 15 kHz, 128 x 513.

    mel = 1127 ln(1 + f / 700 Hz), after Kaldi's mel-computations.cc; unlike others', the triangles
    are straight in mel, not in Hz.
    """
    edges = np.linspace(0, 1127 * np.log1p(_HIGHEST_HZ / 700), _BANDS + 2)
    mel = 1127 * np.log1p(np.arange(_DFT // 2 + 1) * RATE_HZ / _DFT / 700)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (mel - left) / (centre - left), (right - mel) / (right - centre)
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


class Frontend(nn.Module):
    """Waveforms at 32 kHz to logarithms of the power in mel bands."""

    waves: Tensor
    bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        angles = 2 * np.pi * np.outer(np.arange(_DFT // 2 + 1), np.arange(_TAPS)) / _DFT
        # The DFT is longer than the window; where the window stands in it shifts phases only.
        waves = np.concatenate([np.cos(angles), np.sin(angles)]) * np.hanning(_TAPS)
        self.register_buffer("waves", torch.tensor(waves, dtype=torch.float32)[:, None])
        self.register_buffer("bands", torch.from_numpy(kaldi_mel_bands())[:, :, None])

    def forward(self, sound: Tensor) -> Tensor:
        """Batch x samples to batch x 1 x bands x spectra, as the network was trained on."""
        sharp = sound[:, None, 1:] - _PRE_EMPHASIS * sound[:, None, :-1]
        padded = nn.functional.pad(sharp, (_TAPS // 2, _TAPS // 2), mode="reflect")
        parts = nn.functional.conv1d(padded, self.waves, stride=_HOP).square()
        bins = _DFT // 2 + 1
        power = nn.functional.conv1d(parts[:, :bins] + parts[:, bins:], self.bands)
        return ((torch.log(power + 1e-5) + 4.5) / 5)[:, None]


class _Excitation(nn.Module):
    """Squeeze-and-excitation over channels: Hu et al., CVPR 2018."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = InvertedResidualConfig.adjust_channels(channels // 4, 1.0)
        self.fc1 = nn.Linear(channels, squeezed)
        self.fc2 = nn.Linear(squeezed, channels)

    def forward(self, maps: Tensor) -> Tensor:
        level = self.fc2(torch.relu(self.fc1(maps.mean(dim=(2, 3)))))
        return maps * torch.sigmoid(level)[:, :, None, None]


class _Excitations(nn.Module):
    """EfficientAT can have several side by side; mn04 has one. Its weights are named so."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conc_se_layers = nn.ModuleList([_Excitation(channels)])

    def forward(self, maps: Tensor) -> Tensor:
        return self.conc_se_layers[0](maps)


class _Block(nn.Module):
    def __init__(self, config: InvertedResidualConfig) -> None:
        super().__init__()
        active = nn.Hardswish if config.use_hs else nn.ReLU
        wide, out = config.expanded_channels, config.out_channels
        layers: list[nn.Module] = []
        if wide != config.input_channels:
            layers.append(_convolution(config.input_channels, wide, active=active))
        layers.append(
            _convolution(wide, wide, config.kernel, config.stride, groups=wide, active=active)
        )
        if config.use_se:
            layers.append(_Excitations(wide))
        layers.append(_convolution(wide, out, active=None))
        self.block = nn.Sequential(*layers)
        self._adds = config.stride == 1 and config.input_channels == out

    def forward(self, maps: Tensor) -> Tensor:
        made = self.block(maps)
        return made + maps if self._adds else made


def _convolution(
    into: int,
    out: int,
    kernel: int = 1,
    stride: int = 1,
    *,
    groups: int = 1,
    active: type[nn.Module] | None = nn.Hardswish,
) -> Conv2dNormActivation:
    return Conv2dNormActivation(
        into,
        out,
        kernel,
        stride,
        groups=groups,
        norm_layer=lambda channels: nn.BatchNorm2d(channels, eps=1e-3),
        activation_layer=active,
    )


class Tagger(nn.Module):
    """Waveforms at 32 kHz to a probability for each sound of AudioSet."""

    def __init__(self) -> None:
        super().__init__()
        configs = [InvertedResidualConfig(*block, 1, _WIDTH) for block in _BLOCKS]
        last = configs[-1].out_channels
        hidden = InvertedResidualConfig.adjust_channels(1280, _WIDTH)
        self.frontend = Frontend()
        self.features = nn.Sequential(
            _convolution(1, configs[0].input_channels, 3, 2),
            *(_Block(config) for config in configs),
            _convolution(last, 6 * last),
        )
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(6 * last, hidden),
            nn.Hardswish(),
            nn.Dropout(),
            nn.Linear(hidden, _SOUNDS),
        )

    def forward(self, sound: Tensor) -> Tensor:
        """Batch x samples to batch x 527."""
        return torch.sigmoid(self.classifier(self.features(self.frontend(sound))))


def load(weights: Path) -> Tagger:
    """The network with its published weights, ready to be asked.

    Raises:
        ModelError: the file cannot be read, or holds other weights.
    """
    tagger = Tagger()
    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
        # The frontend is computed, not learnt.
        own = {name: value for name, value in tagger.state_dict().items() if "frontend" in name}
        tagger.load_state_dict(own | state)
    except (OSError, EOFError, RuntimeError, TypeError, pickle.UnpicklingError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ModelError(
            f"{weights} holds no weights of {NAME} ({reason}); fetch them again: "
            f"hlaska data get {NAME}"
        ) from error
    return tagger.eval()


def export(weights: Path, out: Path) -> ModelCard:
    """Exports the tagger to the new folder `out`: one ONNX file and its card.

    Args:
        weights: `mn04_as_mAP_432.pt`.
        out: Must not exist yet; it appears whole or not at all.

    Raises:
        ModelError: `out` exists, the weights are others, or the file differs from torch.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    tagger = load(weights)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".exporting-") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        torch.onnx.export(
            tagger,
            (torch.zeros(2, WINDOW),),
            str(folder / NETWORK),
            input_names=["sound"],
            output_names=["scores"],
            dynamic_axes={"sound": {0: "windows"}, "scores": {0: "windows"}},
            opset_version=OPSET,
            # The new exporter needs onnxscript; the old one writes all into one file.
            dynamo=False,
        )
        difference = _difference(tagger, folder / NETWORK)
        if not difference <= TOLERANCE:
            raise ModelError(
                f"the exported network differs from torch by {difference:.2g}, {TOLERANCE} is "
                "allowed; report it: this should not be"
            )
        card = _card(folder / NETWORK)
        (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n")
        SoundScorer.load(from_folder(folder), threads=1)
        folder.rename(out)
    return card


def exported(settings: Settings, *, progress: Progress | None = None) -> Path:
    """The folder of the exported tagger in the cache; it is put there by the first who asks.

    Raises:
        ModelError: the weights are damaged.
        UnavailableError: the weights cannot be had.
    """
    weights = datasets.fetch(NAME, settings, progress=progress)
    # Another code, or other operating points, make another model.
    digest = hashlib.sha256(weights.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    folder = settings.cache / "models" / NAME / digest[:16]
    if not folder.is_dir():
        export(weights, folder)
    return folder


def _difference(tagger: Tagger, network: Path) -> float:
    """The greatest one between what torch and the file say of noise, bangs and silence."""
    rng = np.random.default_rng(4)
    sound = np.zeros((4, WINDOW), np.float32)
    sound[1:] = rng.standard_normal((3, WINDOW)) * np.array([[0.003], [0.1], [0.3]])
    sound[2] *= np.exp(-np.arange(WINDOW) % 9000 / 500)
    told = OnnxRuntime(network, threads=1).infer(sound)
    with torch.inference_mode():
        expected = tagger(torch.from_numpy(sound)).numpy()
    return float(np.abs(told - expected).max())


def _card(network: Path) -> ModelCard:
    return ModelCard(
        name=NAME,
        version="0.0.1",
        summary="EfficientAT mn04, a general tagger of AudioSet's 527 sounds, for comparison: one "
        "score for two seconds, so onsets are coarse. It was made for 32 kHz and hears nothing "
        "above 8 kHz here. Its operating points are low: the best F1 on the calibration split.",
        task="sound-events",
        classes=SOUND_CLASSES,
        input=ModelInput(shape=(-1, WINDOW), sample_rate_hz=RATE_HZ),
        output="scores",
        columns=COLUMNS,
        runtime="onnxruntime",
        weights=NETWORK,
        sha256=weights_sha256(network),
        operating_point=OPERATING_POINT,
        licence="MIT",
        training_data="AudioSet, see Gemmeke et al., ICASSP 2017",
        made_by="https://github.com/fschmid56/EfficientAT release v0.0.1, mn04_as_mAP_432.pt; "
        f"exported by hlaska export {NAME}",
    )
