"""Recordings through the very listener that is served, with the model of one's choice.

A model is asked once about each window; a listener with other operating points hears its answers
again. So precision and recall at all thresholds cost little more than at one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hlaska.models import ModelCard, ModelInput
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, Chunk, SoundEvent
from serving.audio.listener import Listener, ListenerArgs, SoundFinding
from serving.audio.scorer import SoundScorer
from training.audio.labels import FRAME_S, WINDOW_S

CHUNK_S = 0.4
"""Sound reaches the listener in such pieces."""

_FIRST_SAMPLE_AT = datetime(2000, 1, 1, tzinfo=UTC)


class Ear(Protocol):
    """A model, or what stands for one, while a recording is judged."""

    @property
    def card(self) -> ModelCard:
        """Names it, and says from which score on a sound counts."""
        ...

    @property
    def window_samples(self) -> int:
        """Length of the windows it takes, in samples at `RATE_HZ`."""
        ...

    @property
    def frame_s(self) -> float:
        """Length of a frame of its scores."""
        ...

    def score(
        self, window: NDArray[np.float32], start_s: float, truth: Sequence[SoundEvent]
    ) -> NDArray[np.float32]:
        """Frames x 4 for one window; only an oracle looks at when it was and what was there."""
        ...


class ModelEar:
    """A model as it is served."""

    def __init__(self, scorer: SoundScorer) -> None:
        self._scorer = scorer
        self.card = scorer.card
        self.window_samples = scorer.window_samples
        self.frame_s = scorer.frame_s

    def score(
        self, window: NDArray[np.float32], start_s: float, truth: Sequence[SoundEvent]
    ) -> NDArray[np.float32]:
        """What the model hears."""
        return self._scorer.score(window[None])[0]


class _Baseline:
    name = "baseline"
    summary = ""
    window_samples = round(WINDOW_S * RATE_HZ)
    frame_s = FRAME_S

    def __init__(self) -> None:
        self.card = ModelCard(
            name=self.name,
            version="1",
            summary=self.summary,
            task="sound-events",
            classes=SOUND_CLASSES,
            input=ModelInput(shape=(-1, self.window_samples), sample_rate_hz=RATE_HZ),
            output="frame-scores",
            runtime="onnxruntime",
            weights=None,
            operating_point=dict.fromkeys(SOUND_CLASSES, 0.5),
            licence="Apache-2.0",
            training_data="none",
            made_by="training.evaluation.listening",
        )

    def _zeros(self) -> NDArray[np.float32]:
        return np.zeros((round(WINDOW_S / FRAME_S), len(SOUND_CLASSES)), np.float32)


class ConstantEar(_Baseline):
    """Hears everything always: what a system is worth that does not listen."""

    name = "constant"
    summary = "Says always that there is every sound."

    def score(
        self, window: NDArray[np.float32], start_s: float, truth: Sequence[SoundEvent]
    ) -> NDArray[np.float32]:
        """Ones."""
        return self._zeros() + 1


class OracleEar(_Baseline):
    """Knows what is there: what the listener loses of a perfect model, and the protocol with it."""

    name = "oracle"
    summary = "Says what the truth says."

    def score(
        self, window: NDArray[np.float32], start_s: float, truth: Sequence[SoundEvent]
    ) -> NDArray[np.float32]:
        """Ones where the truth is, else zeros."""
        scores = self._zeros()
        for event in truth:
            if event.sound in SOUND_CLASSES:
                first = int((event.onset_s - start_s) / FRAME_S)
                last = max(first + 1, round((event.offset_s - start_s) / FRAME_S))
                scores[max(0, first) : max(0, last), SOUND_CLASSES.index(event.sound)] = 1
        return scores


@dataclass(frozen=True, slots=True)
class Told:
    """What a listener told of a recording, and when."""

    event: SoundEvent
    """Its score is the finding's confidence."""
    shots: int
    """Onsets within it."""
    after_s: float
    """Seconds of sound from its onset until it was told."""


@dataclass(slots=True)
class Hearing:
    """One recording before one model: its answers are remembered."""

    ear: Ear
    samples: NDArray[np.float32]
    truth: Sequence[SoundEvent] = ()
    args: ListenerArgs = field(default_factory=ListenerArgs)
    _known: dict[float, NDArray[np.float32]] = field(default_factory=dict)

    def told(self, threshold: float | None = None) -> list[Told]:
        """What a listener tells, with its card's operating points or one threshold for all classes.

        Raises:
            SourceError: the recording holds what is no number.
            ModelError: the network and its card disagree.
        """
        card = self.ear.card
        if threshold is not None:
            points = dict.fromkeys(SOUND_CLASSES, threshold)
            card = card.model_copy(update={"operating_point": points})
        listener = Listener(card, self.ear.window_samples, self.ear.frame_s, args=self.args)
        step = round(CHUNK_S * RATE_HZ)
        told: list[Told] = []
        for begin in range(0, len(self.samples), step):
            part = self.samples[begin : begin + step]
            chunk = Chunk(_FIRST_SAMPLE_AT + timedelta(seconds=begin / RATE_HZ), part)
            heard_s = (begin + len(part)) / RATE_HZ
            for window in listener.hear(chunk):
                scores = self._scores(window.samples, window.start_s)
                told += [_told(one, heard_s) for one in listener.judge(window, scores)]
        end_s = len(self.samples) / RATE_HZ
        return told + [_told(one, end_s) for one in listener.finish()]

    @property
    def answers(self) -> Mapping[float, NDArray[np.float32]]:
        """What the model said so far, by when its window begins, in seconds."""
        return self._known

    def _scores(self, window: NDArray[np.float32], start_s: float) -> NDArray[np.float32]:
        if start_s not in self._known:
            self._known[start_s] = self.ear.score(window, start_s, self.truth)
        return self._known[start_s]


def _told(finding: SoundFinding, heard_s: float) -> Told:
    event = SoundEvent(finding.sound, finding.onset_s, finding.offset_s, finding.confidence)
    return Told(event, len(finding.onsets_s), heard_s - finding.onset_s)
