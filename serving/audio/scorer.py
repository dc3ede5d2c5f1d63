"""The sound model as everybody calls it: plain, without Ray, one in serving and in training."""

import numpy as np
import soxr
from numpy.typing import NDArray

from hlaska.errors import ModelError, SourceError
from hlaska.models import ModelCard
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.models import LoadedModel
from serving.runtimes import Runtime, open_runtime

ROUNDING = 1e-3
"""So far outside 0..1 a score may lie by rounding."""


class SoundScorer:
    """Any sound model that Hlaska serves. Stateless, and safe to call from several threads.

    Args:
        card: Says what the network takes and which of its columns mean what.
        runtime: The network.

    Raises:
        ModelError: the card describes no model of sounds, or the network is another.
    """

    def __init__(self, card: ModelCard, runtime: Runtime) -> None:
        self._card, self._runtime = card, runtime
        self._rate_hz = _rate_hz(card)
        self._columns = _columns(card)
        self._samples = card.input.shape[-1]
        self._window_samples = _at_our_rate(card, self._samples, self._rate_hz)
        # Asked once, so that a network that is not the card's is found out before it is needed.
        self._frames = self._infer(np.zeros((1, self._samples), np.float32)).shape[1]

    @classmethod
    def load(cls, model: LoadedModel, *, threads: int) -> "SoundScorer":
        """Makes a resolved model ready to run.

        Args:
            model: From `serving.models.resolve`.
            threads: CPU threads for the network.

        Raises:
            ModelError: it is made for something else, or its weights cannot be loaded.
        """
        card = model.card
        if card.task != "sound-events":
            raise ModelError(
                f"{card.name} is made for {card.task}; a model of sounds is needed (sound-events)"
            )
        if model.weights is None:
            raise ModelError(f"{card.name}: its card names no weights; {card.runtime} needs them")
        # In 16 bits YAMNet's scores were off by 0.02, and small networks gain no speed by them.
        return cls(card, open_runtime(card, model.weights, threads=threads, exact=True))

    @property
    def card(self) -> ModelCard:
        """The card of the model that runs."""
        return self._card

    @property
    def window_samples(self) -> int:
        """Length of the windows it takes, in samples at `RATE_HZ`."""
        return self._window_samples

    @property
    def frame_s(self) -> float:
        """Length of a frame of its scores."""
        return self._window_samples / RATE_HZ / self._frames

    def score(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is heard in each window, in order.

        Args:
            windows: n x `window_samples`, mono, -1..1, `RATE_HZ` a second; n may be 0.

        Returns:
            n x frames x 4, in the order of `SOUND_CLASSES`; 0..1, and 0 for what the model does not
            know.

        Raises:
            SourceError: the windows are of the wrong shape or type, or hold what is no number.
            ModelError: the network and its card disagree.
        """
        _check(windows, self._window_samples)
        scores = np.zeros((len(windows), self._frames, len(SOUND_CLASSES)), np.float32)
        if len(windows):
            found = self._infer(self._resampled(windows))
            for place, columns in self._columns.items():
                scores[:, :, place] = found[:, :, columns].max(axis=2)
        return np.clip(scores, 0, 1)

    def _resampled(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._rate_hz == RATE_HZ:
            return np.ascontiguousarray(windows)
        # One by one, as microphones know nothing of each other.
        made = [soxr.resample(window, RATE_HZ, self._rate_hz) for window in windows]
        fitted = np.zeros((len(made), self._samples), np.float32)
        for row, window in zip(fitted, made, strict=True):
            row[: len(window)] = window[: self._samples]
        return fitted

    def _infer(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's answer as n x frames x columns."""
        found = self._runtime.infer(sound)
        dimensions = 2 if self._card.output == "scores" else 3
        if found.ndim != dimensions or len(found) != len(sound) or not found.size:
            raise ModelError(
                f"{self._card.name} answered {len(sound)} windows with {found.shape}, which is not "
                f"the {self._card.output} of its card; export the model again"
            )
        found = found.reshape(len(sound), -1, found.shape[-1])
        last = max(max(columns) for columns in self._columns.values())
        if found.shape[2] <= last:
            raise ModelError(
                f"{self._card.name} gives {found.shape[2]} columns, its card names column {last} "
                "(from 0); correct `columns` or `classes` in the card"
            )
        # Written so that a NaN fails as well.
        if not (found.min() >= -ROUNDING and found.max() <= 1 + ROUNDING):
            raise ModelError(
                f"{self._card.name} gives scores from {found.min():.3g} to {found.max():.3g}; "
                "probabilities of 0..1 are needed: export it with its last activation"
            )
        return found


def _rate_hz(card: ModelCard) -> int:
    if card.output not in ("scores", "frame-scores"):
        raise ModelError(
            f"{card.name} gives {card.output}; a model of sounds gives scores or frame-scores"
        )
    if card.input.sample_rate_hz is None:
        raise ModelError(f"{card.name}: its card lacks input.sample_rate_hz")
    if len(card.input.shape) != 2 or card.input.shape[1] < 1 or card.input.dtype != "float32":
        raise ModelError(
            f"{card.name} takes {card.input.shape} of {card.input.dtype}; a model of sounds takes "
            "float32, batch x samples with a fixed number of samples"
        )
    return card.input.sample_rate_hz


def _columns(card: ModelCard) -> dict[int, list[int]]:
    """For the place of each of our sounds: the columns that mean it."""
    own = card.columns or {name: (column,) for column, name in enumerate(card.classes)}
    known = {place: list(own[name]) for place, name in enumerate(SOUND_CLASSES) if own.get(name)}
    if not known:
        raise ModelError(
            f"{card.name} knows none of {', '.join(SOUND_CLASSES)}, which microphones listen for"
        )
    return known


def _at_our_rate(card: ModelCard, samples: int, rate_hz: int) -> int:
    if samples * RATE_HZ % rate_hz:
        raise ModelError(
            f"{card.name} takes {samples} samples at {rate_hz} Hz, which is no whole number of "
            f"samples at {RATE_HZ} Hz; export it with another length"
        )
    return samples * RATE_HZ // rate_hz


def _check(windows: NDArray[np.float32], samples: int) -> None:
    if windows.ndim != 2 or windows.shape[1] != samples or windows.dtype != np.float32:
        raise SourceError(
            f"windows have shape {windows.shape} and type {windows.dtype}; n x {samples} of "
            f"float32 are needed: mono at {RATE_HZ} Hz"
        )
    for number, window in enumerate(windows):
        if not np.isfinite(window).all():
            raise SourceError(f"window {number} holds what is no number; sound is between -1 and 1")
