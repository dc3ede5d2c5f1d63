"""What is learnt: pyannote.audio's multi-label segmentation, on soundscapes out of a corpus.

pyannote.audio reads files through torchcodec, which needs FFmpeg's libraries; ours are in memory
maps, and the machine needs neither. The interface, the windows and the loss are pyannote's.
"""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from pyannote.audio import Model
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.tasks import MultiLabelSegmentation
from pyannote.audio.utils.random import create_rng_for_worker
from pyannote.core import Segment, SlidingWindowFeature, Timeline
from pyannote.database.protocol import SegmentationProtocol
from torch import nn

from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from training.audio.corpus import DURATION_S, Corpus
from training.audio.labels import CLASSES, FRAME_S, WINDOW_S

_FRAMES = round(WINDOW_S / FRAME_S)
_WINDOW = round(WINDOW_S * RATE_HZ)
_OWN = len(SOUND_CLASSES)
_WEIGHTS = {"gunshot": 6.0, "explosion": 3.0, "scream": 4.0, "glass-break": 4.0}
"""In the loss, where all else weighs 1: what serving gets, and the more the shorter it is."""
_AIMED = 0.7
"""Share of the windows that are drawn where something is heard, half of them where it is something
that is listened for."""
_LATEST = round((DURATION_S - WINDOW_S) * RATE_HZ)


class Soundscapes(SegmentationProtocol):
    """The two corpora as pyannote.database sees data: a file each for training and development."""

    name = "Hlaska.SegmentationProtocol.Soundscapes"

    def __init__(self, train: Corpus, calibration: Corpus) -> None:
        super().__init__()
        self.corpora = {"train": train, "calibration": calibration}

    def train_iter(self) -> Iterator[dict[str, Any]]:
        """The soundscapes to learn from."""
        yield from self._files("train")

    def development_iter(self) -> Iterator[dict[str, Any]]:
        """The soundscapes that choose the best epoch."""
        yield from self._files("calibration")

    def _files(self, split: str) -> Iterator[dict[str, Any]]:
        for index in range(len(self.corpora[split])):
            yield {
                "uri": f"{split}-{index}",
                "waveform": torch.from_numpy(self.corpora[split].waveform(index))[None],
                "sample_rate": RATE_HZ,
                "annotated": Timeline([Segment(0, DURATION_S)]),
                "classes": list(CLASSES),
                "scope": "global",
            }


class SoundEventDetection(MultiLabelSegmentation):
    """Which sounds are heard in each frame of a window.

    Args:
        train: Soundscapes to learn from; `windows` random windows of each are drawn an epoch.
        calibration: Soundscapes that choose the best epoch, window by window.
        windows: So many windows of each soundscape an epoch.
        batch_size: Windows a step.
    """

    model: Model

    def __init__(
        self, train: Corpus, calibration: Corpus, *, windows: int = 2, batch_size: int = 32
    ) -> None:
        super().__init__(
            Soundscapes(train, calibration),
            classes=list(CLASSES),
            duration=WINDOW_S,
            batch_size=batch_size,
            # The windows are cheap to cut, and one process draws them in one order.
            num_workers=0,
        )
        self.train_corpus = train
        self.calibration_corpus = calibration
        self.windows = windows

    def prepare_data(self) -> None:
        """Nothing: the corpora are made."""

    def setup(self, stage: str | None = None) -> None:
        """Says what comes out: a probability for each class and frame."""
        self.specifications = Specifications(
            classes=list(CLASSES),
            problem=Problem.MULTI_LABEL_CLASSIFICATION,
            resolution=Resolution.FRAME,
            duration=self.duration,
            min_duration=self.min_duration,
        )

    def train__iter__(self) -> Iterator[dict[str, Any]]:
        """Random windows for ever; soundscapes in another order each time round."""
        rng = create_rng_for_worker(self.model)
        while True:
            order = list(range(len(self.train_corpus)))
            rng.shuffle(order)
            for index in order:
                yield self._drawn(index, rng)

    def train__len__(self) -> int:
        """Windows an epoch."""
        return max(self.batch_size, self.windows * len(self.train_corpus))

    def val__len__(self) -> int:
        """Windows of the calibration set, side by side."""
        return len(self.calibration_corpus) * int(DURATION_S // WINDOW_S)

    def val__getitem__(self, idx: int) -> dict[str, Any]:
        """One of them."""
        index, number = divmod(idx, int(DURATION_S // WINDOW_S))
        samples, labels = cut(self.calibration_corpus, index, number * _WINDOW)
        return self._sample(index, samples, labels)

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> dict[str, torch.Tensor]:
        """Pyannote's binary cross-entropy; what serving gets weighs more."""
        labels = batch["y"]
        known = labels != -1
        loss = nn.functional.binary_cross_entropy(
            self.model(batch["X"]), (labels == 1).float(), weight=known * self._weights()
        )
        self.model.log("loss/train", loss, on_step=False, on_epoch=True)
        return {"loss": loss}

    def _weights(self) -> torch.Tensor:
        weights = [_WEIGHTS.get(name, 1.0) for name in CLASSES]
        return torch.tensor(weights, device=self.model.device)

    def collate_fn(self, batch: list[dict[str, Any]], stage: str = "train") -> dict[str, Any]:
        """Windows and labels, each stacked; soundscapes are varied enough without augmentation."""
        return {
            "X": torch.stack([one["X"] for one in batch]),
            "y": torch.from_numpy(np.stack([one["y"].data for one in batch])),
            "meta": {"file": torch.tensor([one["meta"]["file"] for one in batch])},
        }

    def _drawn(self, index: int, rng: random.Random) -> dict[str, Any]:
        start = rng.randint(0, _LATEST)
        there = self.train_corpus.targets[index] == 1
        heard = np.flatnonzero(there[:, : rng.choice((_OWN, len(CLASSES)))].any(axis=1))
        if len(heard) and rng.random() < _AIMED:
            begin_s = rng.choice(heard.tolist()) * FRAME_S - rng.uniform(0.1, WINDOW_S - 0.1)
            start = min(max(0, round(begin_s * RATE_HZ)), _LATEST)
        samples, labels = cut(self.train_corpus, index, start)
        return self._sample(index, samples * np.float32(rng.choice((-1, 1))), labels)

    def _sample(self, index: int, samples: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
        return {
            "X": torch.from_numpy(samples[None]),
            "y": SlidingWindowFeature(labels, self.model.receptive_field, labels=self.classes),
            "meta": {"file": index},
        }


def cut(corpus: Corpus, index: int, start: int) -> tuple[np.ndarray, np.ndarray]:
    """A window of a soundscape from a sample on, and the labels of its frames."""
    first = round(start / RATE_HZ / FRAME_S)
    samples = corpus.waveform(index, start, start + _WINDOW)
    return samples, corpus.targets[index, first : first + _FRAMES]
