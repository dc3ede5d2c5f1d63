"""The fit itself: epochs of made-up samples, the best epoch kept, its curves told as they grow."""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from catalogs.web import Progress
from hlaska.errors import ModelError
from training.video.student.augment import Donor, donors, sample
from training.video.student.labels import Frames, Labels
from training.video.student.network import StudentNet
from training.video.student.targets import loss, target

BATCH = 16
CROP_HW = (160, 192)
"""Of a sample. The network is fully convolutional: what it learns there holds in whole pictures,
and most of a street is empty."""
PEAK_RATE = 3e-3
"""Of learning, after a warm-up; falls as a cosine."""
WARM_UP = 0.1
"""Part of the steps."""
DECAY = 1e-4
STEEPEST = 5.0
"""Norm at which gradients are cut."""
AVERAGED = 0.995
"""What is judged and kept is the running mean of the weights, this much of it old."""

Told = Callable[[str, float, int], None]
"""Name of a measure, its value, the epoch."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is learnt from."""

    frames: Frames
    empty: NDArray[np.uint8]
    labels: Sequence[Labels]
    scale: float
    """Of the network's input against the frames."""
    crop_hw: tuple[int, int] = CROP_HW


def fit(
    lesson: Lesson,
    judge: Callable[[StudentNet], float],
    *,
    epochs: int,
    samples: int,
    seed: int,
    told: Told,
    progress: Progress | None = None,
) -> StudentNet:
    """A network that has learnt the lesson, as it was in the epoch that `judge` liked best.

    Args:
        lesson: What is learnt from.
        judge: How good a network is; more is better.
        epochs: How many.
        samples: Of one epoch.
        seed: Of the first weights and of the samples.
        told: Called with losses and merit of each epoch.
        progress: Told how far each epoch is.

    Raises:
        ModelError: the loss is no number.
    """
    torch.manual_seed(seed)
    # Convolutions on a CPU are quicker with the channels last.
    network = StudentNet()
    for weight in network.parameters():
        if weight.ndim == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    mean = copy.deepcopy(network).eval()
    best, most = copy.deepcopy(mean), -math.inf
    stock = donors(lesson.frames, lesson.empty, lesson.labels)
    steps = max(1, samples // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, epochs * steps))
    for epoch in range(epochs):
        network.train()
        total = torch.zeros(2)
        for step, batch in enumerate(_batches(lesson, stock, steps, seed, epoch), start=1):
            pictures, *wanted = batch
            maps = network(pictures)
            parts = loss(maps, *wanted)
            optimiser.zero_grad(set_to_none=True)
            sum(parts, torch.zeros(())).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
            optimiser.step()
            rate.step()
            _average(mean, network, epoch * steps + step)
            total += torch.stack(parts).detach()
            if progress is not None:
                progress(f"epoch {epoch + 1} of {epochs}", step, steps)
        if not torch.isfinite(total).all():
            raise ModelError("the loss is no number; report it, with the seed")
        told("loss/middles", float(total[0]) / steps, epoch)
        told("loss/boxes", float(total[1]) / steps, epoch)
        merit = judge(mean)
        told("agreement with the teacher", merit, epoch)
        # Of equals the later one has learnt more.
        if merit >= most:
            best, most = copy.deepcopy(mean), merit
    return best


def _rate(step: int, steps: int) -> float:
    warm = max(1.0, WARM_UP * steps)
    if step < warm:
        return (step + 1) / warm
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (step - warm) / max(1.0, steps - warm))) / 2


@torch.no_grad()
def _average(mean: StudentNet, network: StudentNet, step: int) -> None:
    # At first nothing old is worth keeping.
    keep = min(AVERAGED, step / (step + 10))
    for old, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.lerp_(new, 1 - keep)
        else:
            old.copy_(new)


def _batches(
    lesson: Lesson, stock: Sequence[Donor], steps: int, seed: int, epoch: int
) -> Iterator[tuple[Tensor, ...]]:
    """Each made while the one before is learnt from; the same for the same seed."""
    with ThreadPoolExecutor(max_workers=1) as maker:

        def make(step: int) -> tuple[Tensor, ...]:
            return _batch(lesson, stock, np.random.default_rng([seed, epoch, step]))

        coming = maker.submit(make, 0)
        for step in range(steps):
            ready = coming.result()
            if step + 1 < steps:
                coming = maker.submit(make, step + 1)
            yield ready


def _batch(lesson: Lesson, stock: Sequence[Donor], rng: np.random.Generator) -> tuple[Tensor, ...]:
    pictures, targets = [], []
    for _ in range(BATCH):
        number = int(rng.integers(len(lesson.labels)))
        one = sample(
            rng,
            lesson.frames[number],
            lesson.empty,
            lesson.labels[number],
            stock,
            size_hw=lesson.crop_hw,
            scale=lesson.scale,
        )
        pictures.append(one.picture)
        targets.append(target(one.boxes, one.doubtful, lesson.crop_hw))
    shown = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    return (
        shown.contiguous(memory_format=torch.channels_last),
        *(
            torch.from_numpy(np.stack([getattr(each, name) for each in targets]))
            for name in ("hills", "boxes", "weights", "counts")
        ),
    )
