"""The network that hears: from the waveform to a score for each sound and frame.

It has the interface of pyannote.audio's PyanNet and is a tenth of its size. All that lies between
the waveform and the scores is inside, so that there is no second place which prepares sound: a
fixed DFT, bands on the mel scale, their logarithm, a few convolutions, a recurrent layer.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pyannote.audio import Model
from pyannote.audio.core.task import Task
from torch import Tensor, nn

from hlaska.sound.scores import RATE_HZ

HOP = 160
"""Samples from one spectrum to the next: 10 ms."""
DFT = 256
"""Samples in a spectrum: 16 ms, so that a shot stays short."""
BANDS = 40
FRAME = 4 * HOP
"""Samples in a frame of scores: 40 ms."""
LOWEST_HZ, HIGHEST_HZ = 50.0, 7600.0
FLOOR = 1e-12
"""Power in a bin that counts as silence: about what rounding to 16 bits adds."""
RELATIVE_FLOOR = 1e-8
"""80 dB under the loudest band: what lies deeper does not move the level of the window."""
WIDTHS = (16, 40, 64, 80)
"""Channels of the four convolutions."""
FEATURES = 80
"""Of a frame, between the convolutions and the recurrent layer."""
RATE = 4e-3
"""Highest learning rate."""


def mel_bands(bands: int = BANDS, size: int = DFT, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    """Triangles on the mel scale, bands x (size / 2 + 1), each with the sum 1.

    mel = 2595 lg(1 + f / 700 Hz); O'Shaughnessy, Speech Communication, 1987. At the bottom, where
    bands would be narrower than the distance of two bins, they are made as wide as that.
    """
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    centres = 700 * (10 ** (np.linspace(low, high, bands + 2) / 2595) - 1)
    bin_hz = rate_hz / size
    frequencies = np.arange(size // 2 + 1) * bin_hz
    centre = centres[1:-1, None]
    below = np.maximum(centre - centres[:-2, None], bin_hz)
    above = np.maximum(centres[2:, None] - centre, bin_hz)
    rising = 1 - (centre - frequencies) / below
    falling = 1 - (frequencies - centre) / above
    weights = np.maximum(0, np.minimum(rising, falling))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


class LogMel(nn.Module):
    """Waveforms to logarithms of the power in mel bands, at the window's own level.

    The mean over the whole window is taken off: the gain of a microphone makes no difference, the
    contrast between a bang and the street does.
    """

    waves: Tensor
    bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        angles = 2 * np.pi * np.outer(np.arange(DFT // 2 + 1), np.arange(DFT)) / DFT
        # Hann; scaled so that a sine of full scale has the power 1/4 in its bin.
        window = np.hanning(DFT + 1)[:-1] / (DFT / 2)
        waves = np.concatenate([np.cos(angles), np.sin(angles)]) * window
        self.register_buffer("waves", torch.tensor(waves, dtype=torch.float32)[:, None, :])
        self.register_buffer("bands", torch.from_numpy(mel_bands())[:, :, None])

    def forward(self, waveforms: Tensor) -> Tensor:
        """Batch x 1 x samples to batch x bands x spectra, natural logarithms."""
        parts = nn.functional.conv1d(
            waveforms, self.waves, stride=HOP, padding=(DFT - HOP) // 2
        ).square()
        bins = DFT // 2 + 1
        power = nn.functional.conv1d(parts[:, :bins] + parts[:, bins:], self.bands)
        floor = FLOOR + RELATIVE_FLOOR * power.amax(dim=(1, 2), keepdim=True)
        level = torch.log(power + floor)
        return level - level.mean(dim=(1, 2), keepdim=True)


class SoundNet(Model):
    """A small network for sound events: batch x 1 x samples to batch x frames x classes.

    Args:
        recurrent: Units of the recurrent layer, in each direction.
        dropout: Share of what the convolutions found that is hidden in training.
        sample_rate: Of the waveforms; only `RATE_HZ` is built in.
        num_channels: Only 1 is.
        task: What is learnt, of pyannote.audio.
    """

    def __init__(
        self,
        recurrent: int = 48,
        dropout: float = 0.1,
        sample_rate: int = RATE_HZ,
        num_channels: int = 1,
        task: Task | None = None,
    ) -> None:
        super().__init__(sample_rate=sample_rate, num_channels=num_channels, task=task)
        self.save_hyperparameters("recurrent", "dropout")
        first, second, third, fourth = WIDTHS
        self.frontend = LogMel()
        self.convolutions = nn.Sequential(
            _convolution(1, first, kernel=5, stride=(2, 1)),
            _separable(first, second, stride=(2, 2)),
            _separable(second, third, stride=(2, 1)),
            _separable(third, fourth, stride=(1, 2)),
            _separable(fourth, fourth, stride=(1, 1)),
        )
        # Bands are halved three times; what is left of them stands side by side in a frame.
        self.project = nn.Linear(fourth * BANDS // 8, FEATURES)
        self.dropout = nn.Dropout(dropout)
        self.recurrent = nn.GRU(FEATURES, recurrent, batch_first=True, bidirectional=True)

    @property
    def dimension(self) -> int:
        """Number of classes."""
        if isinstance(self.specifications, tuple) or self.specifications.classes is None:
            raise ValueError("SoundNet learns one task with known classes")
        return len(self.specifications.classes)

    def build(self) -> None:
        """Adds the last layer, as wide as the task has classes."""
        self.classifier = nn.Linear(FEATURES + 2 * self.recurrent.hidden_size, self.dimension)
        # Sounds are rare: at first, the network says so. Lin et al., Focal loss, 2017, section 4.1.
        nn.init.constant_(self.classifier.bias, -3.0)

    def num_frames(self, num_samples: int) -> int:
        """How many frames come out for so many samples."""
        spectra = (num_samples - HOP) // HOP + 1
        return (spectra + 3) // 4

    def receptive_field_size(self, num_frames: int = 1) -> int:
        """Samples that so many frames stand for.

        The recurrent layer hears the whole window; labels belong to the 40 ms of their frame.
        """
        return FRAME * num_frames

    def receptive_field_center(self, frame: int = 0) -> int:
        """Sample in the middle of a frame."""
        return FRAME // 2 + frame * FRAME

    def logits(self, waveforms: Tensor) -> Tensor:
        """Scores before the last activation: batch x frames x classes."""
        maps = self.convolutions(self.frontend(waveforms)[:, None])
        frames = torch.relu(self.project(maps.flatten(1, 2).transpose(1, 2)))
        frames = self.dropout(frames)
        context, _ = self.recurrent(frames)
        return self.classifier(torch.cat([frames, context], dim=2))

    def forward(self, waveforms: Tensor, **_: Any) -> Tensor:  # noqa: ANN401 - pyannote's signature
        """Probability of each sound in each frame."""
        return torch.sigmoid(self.logits(waveforms))

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - whatever lightning takes
        """AdamW under one cycle of the learning rate, as long as the training.

        Loshchilov and Hutter, ICLR 2019; Smith and Topin, Super-convergence, 2019.
        """
        optimiser = torch.optim.AdamW(self.parameters(), lr=RATE, weight_decay=0.01)
        steps = max(10, int(self.trainer.estimated_stepping_batches))
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, RATE, total_steps=steps, pct_start=0.2
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}


def _convolution(taken: int, given: int, *, kernel: int, stride: tuple[int, int]) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(taken, given, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(given),
        nn.ReLU(),
    )


def _separable(taken: int, given: int, *, stride: tuple[int, int]) -> nn.Module:
    """A convolution per channel, then one across channels; Howard et al., MobileNets, 2017."""
    return nn.Sequential(
        nn.Conv2d(taken, taken, 3, stride, padding=1, groups=taken, bias=False),
        nn.BatchNorm2d(taken),
        nn.ReLU(),
        nn.Conv2d(taken, given, 1, bias=False),
        nn.BatchNorm2d(given),
        nn.ReLU(),
    )
