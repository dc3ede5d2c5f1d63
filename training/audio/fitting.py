"""The fit itself: epochs of lightning, the best of them kept, its curves told as they grow."""

import logging
import warnings
from collections.abc import Callable
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.loggers.logger import Logger
from numpy.typing import NDArray
from torch import Tensor

from catalogs.web import Progress
from hlaska.errors import ModelError
from training.audio.corpus import DURATION_S, Corpus
from training.audio.labels import WINDOW_S
from training.audio.network import SoundNet
from training.audio.task import SoundEventDetection

STEEPEST = 1.0
"""Norm at which gradients are cut: a recurrent layer has steep places."""
_LIGHTNING = (
    # Its own code, against a newer torch. 2026-11, lightning 2.6.
    r"`isinstance\(treespec, LeafSpec\)` is deprecated",
    # pyannote.audio draws windows for ever, and says how many make an epoch; in one process.
    "Your `IterableDataset` has `__len__` defined",
)
_PARTS = int(DURATION_S // WINDOW_S)

Told = Callable[[str, float, int], None]
"""Name of a measure, its value, the epoch."""


def fit(
    train: Corpus,
    calibration: Corpus,
    *,
    epochs: int,
    windows: int,
    batch_size: int,
    seed: int,
    told: Told,
    progress: Progress | None = None,
) -> SoundNet:
    """A network that has learnt from `train`, as it was when it lost least on `calibration`.

    Args:
        train: To learn from.
        calibration: To choose the epoch by.
        epochs: How many.
        windows: Drawn of each soundscape an epoch.
        batch_size: Windows a step.
        seed: Of the first weights and of the order.
        told: Called with the losses of each epoch.
        progress: Told how far each epoch is.

    Raises:
        ModelError: the loss was never a number.
    """
    # Its tips on workers and accelerators are not meant for those who train with one command.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    lightning.seed_everything(seed, verbose=False)
    task = SoundEventDetection(train, calibration, windows=windows, batch_size=batch_size)
    # Convolutions of few channels learn a third faster with the channels last.
    network = SoundNet(task=task).to(memory_format=torch.channels_last)
    best = _Best(task.val_monitor[0], progress)
    trainer = lightning.Trainer(
        max_epochs=epochs,
        callbacks=[best],
        gradient_clip_val=STEEPEST,
        logger=_Curves(told),
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        num_sanity_val_steps=0,
    )
    with warnings.catch_warnings():
        for message in _LIGHTNING:
            warnings.filterwarnings("ignore", message)
        trainer.fit(network)
    if best.weights is None:
        raise ModelError("the loss is no number in any epoch; report it, with the seed")
    network.load_state_dict(best.weights)
    return network.eval().cpu()


def logits(network: SoundNet, corpus: Corpus) -> NDArray[np.float32]:
    """What a network says of each window of a corpus: soundscapes x frames x `CLASSES`."""
    told = []
    for index in range(len(corpus)):
        sound = torch.from_numpy(corpus.waveform(index)).reshape(_PARTS, 1, -1)
        with torch.inference_mode():
            told.append(network.logits(sound).flatten(0, 1).numpy())
    return np.stack(told)


class _Best(lightning.Callback):
    """Keeps the weights of the best epoch in memory: a checkpoint would be a pickle."""

    def __init__(self, monitor: str, progress: Progress | None) -> None:
        self.weights: dict[str, Tensor] | None = None
        self._monitor, self._progress, self._least = monitor, progress, float("inf")

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        *_: Any,  # noqa: ANN401
    ) -> None:
        if self._progress is not None:
            total = int(trainer.num_training_batches)
            self._progress(
                f"epoch {trainer.current_epoch + 1}", trainer.fit_loop.batch_idx + 1, total
            )

    def on_validation_epoch_end(self, trainer: lightning.Trainer, *_: Any) -> None:  # noqa: ANN401
        loss = float(trainer.callback_metrics[self._monitor])
        if loss < self._least:
            self._least = loss
            state = trainer.lightning_module.state_dict()
            self.weights = {name: value.detach().cpu().clone() for name, value in state.items()}


class _Curves(Logger):
    """What lightning logs, told to whoever asked."""

    name, version = "hlaska", 0

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Called once an epoch for each loss."""
        epoch = int(metrics.get("epoch", 0))
        for name, value in metrics.items():
            if name.startswith("loss/"):
                self._told(name, value, epoch)

    def log_hyperparams(self, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """They stand in the run already."""
