"""The sound model on Ray Serve: one stateless deployment that all microphones share, in batches."""

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from ray import serve
from ray.serve.handle import DeploymentHandle

from hlaska.errors import ModelError
from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.records import Record
from hlaska.settings import Settings
from serving.asking import ask, introduced
from serving.audio.scorer import SoundScorer
from serving.audio.shadow import scored, sound_shadow
from serving.audio.stream import SoundModel
from serving.audio.tape import LOUDEST
from serving.champion import Reply, Served
from serving.models import LoadedModel

BATCH = 4
"""Requests; each holds the windows of many microphones already."""
BATCH_WAIT_S = 0.005
LARGEST_BYTES = 4_800_000
"""Of the windows in one request: what is larger would go through Ray's object store, where others
may read what people say; see `serving.system.RAY_CONFIG`."""


class SoundArgs(Record):
    """The sound deployment's options."""

    model: str = Field(
        default="seed:street-sounds",
        description="models:/name@alias, seed:NAME, or a folder with card.json.",
    )
    replicas: int = Field(default=1, ge=1, le=64, description="Copies of the model.")
    threads: int = Field(default=1, ge=1, le=64, description="Threads of one copy.")
    cpus: float = Field(
        default=0.25, gt=0, le=64, description="CPUs that Ray sets aside for a copy."
    )
    most_queued: int = Field(
        default=16, ge=1, le=1000, description="Requests that may wait; one more is shed."
    )


@dataclass(frozen=True)
class Introduction:
    """What the deployment runs."""

    card: ModelCard
    ref: ModelRef
    window_samples: int
    frame_s: float


@serve.deployment(health_check_period_s=5, health_check_timeout_s=20)
class SoundDeployment:
    """A sound model that Ray Serve copies, batches and watches."""

    def __init__(self, args: SoundArgs) -> None:
        self._served = served(args)
        self._shadow = sound_shadow(args.model, Settings.load())

    # Ray's stub of `batch` knows functions of one argument only.
    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=BATCH_WAIT_S)  # type: ignore[arg-type]
    async def score(  # type: ignore[misc]
        self, requests: list[NDArray[np.int16]], known: list[ModelRef]
    ) -> list[Reply[NDArray[np.float32]]]:
        """The scores of the windows of each request; see `SoundScorer.score`.

        Sound travels in 16 bits: that is what microphones give, and half as much. `known` is the
        model whose answer each asker had before.
        """
        by = self._served.now
        windows = np.concatenate(requests) * np.float32(1 / LOUDEST)
        # A full batch: there are more where it came from.
        crowded = len(requests) >= BATCH
        scores = await asyncio.to_thread(scored, by, windows, self._shadow, crowded=crowded)
        parts = np.split(scores, np.cumsum([len(request) for request in requests])[:-1])
        return [self._served.reply(by, *pair) for pair in zip(parts, known, strict=True)]

    async def model(self) -> Introduction:
        """What it runs now."""
        return _introduction(self._served)

    async def check_health(self) -> None:
        """Score silence: a replica that cannot is replaced."""
        scorer = self._served.now.scorer
        silence = np.zeros((1, scorer.window_samples), np.float32)
        await asyncio.to_thread(scorer.score, silence)


def served(args: SoundArgs) -> Served[SoundScorer]:
    """The sound model in service, for as long as the process lives.

    Raises:
        ModelError: it cannot be had.
    """

    def load(model: LoadedModel) -> SoundScorer:
        return SoundScorer.load(model, threads=args.threads)

    return Served(args.model, Settings.load(), load, fits=_hear_alike)


def _hear_alike(old: SoundScorer, new: SoundScorer) -> bool:
    """Whether listeners that cut windows for one can go on with the other."""
    return (old.window_samples, old.frame_s) == (new.window_samples, new.frame_s)


def shared(sound: DeploymentHandle) -> SoundModel:
    """The deployed model as streams use it.

    Raises:
        ModelError: it does not come up.
    """
    known: Introduction = introduced(sound.model.remote, who="the sound model")

    most = max(1, LARGEST_BYTES // (2 * known.window_samples))

    def score(windows: NDArray[np.float32]) -> NDArray[np.float32]:
        parts = [windows[begin : begin + most] for begin in range(0, len(windows), most)]
        return np.concatenate([requested(part) for part in parts])

    def requested(windows: NDArray[np.float32]) -> NDArray[np.float32]:
        bits = np.round(windows * LOUDEST).astype(np.int16)
        reply: Any = ask(
            lambda: sound.score.remote(bits, model.ref), who="the sound model", shed="windows"
        )
        answer = reply.told(model)
        if not isinstance(answer, np.ndarray) or len(answer) != len(windows):
            raise ModelError(f"{len(windows)} windows were sent, the answer is of other length")
        return answer

    model = SoundModel(score, known.card, known.ref, known.window_samples, known.frame_s)
    return model


def inside(args: SoundArgs) -> SoundModel:
    """A sound model in this very process, for a small box.

    Raises:
        ModelError: it cannot be had.
    """
    service = served(args)
    shadow = sound_shadow(args.model, Settings.load())
    known = _introduction(service)

    def score(windows: NDArray[np.float32]) -> NDArray[np.float32]:
        by = service.now
        return service.reply(by, scored(by, windows, shadow), model.ref).told(model)

    model = SoundModel(score, known.card, known.ref, known.window_samples, known.frame_s)
    return model


def _introduction(service: Served[SoundScorer]) -> Introduction:
    by = service.now
    return Introduction(by.model.card, by.model.ref, by.scorer.window_samples, by.scorer.frame_s)
