"""A sound model without a network: how loud a frame is, is how sure it is of a gunshot."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from hlaska.models import ModelCard, ModelInput
from hlaska.sites import Site
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
WINDOW = 2 * RATE_HZ
FRAMES = 50
SURE_RMS = 0.02
NOISE = 0.002


@pytest.fixture
def sound_card() -> ModelCard:
    """Of a model of 2 s windows whose scores count from one half."""
    return ModelCard(
        name="loudness",
        version="1",
        summary="takes whatever is loud for a gunshot, and what is loud and high for a scream",
        task="sound-events",
        classes=SOUND_CLASSES,
        input=ModelInput(shape=(-1, WINDOW), sample_rate_hz=RATE_HZ),
        output="frame-scores",
        runtime="onnxruntime",
        weights=None,
        operating_point=dict.fromkeys(SOUND_CLASSES, 0.5),
        licence="none",
        training_data="none",
        made_by="a test",
    )


@pytest.fixture
def loudness() -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """`loudness(windows)`: the scores; a pure tone is a scream, other loud sound a gunshot."""

    def score(windows: NDArray[np.float32]) -> NDArray[np.float32]:
        frames = windows.reshape(len(windows), FRAMES, -1)
        rms = np.sqrt((frames**2).mean(axis=2))
        power = np.abs(np.fft.rfft(frames, axis=2)) ** 2
        tonal = power.max(axis=2) > 0.5 * power.sum(axis=2) + 1e-12
        sure = np.minimum(rms / SURE_RMS, 1) * 0.9
        scores = np.zeros((len(windows), FRAMES, len(SOUND_CLASSES)), np.float32)
        scores[..., SOUND_CLASSES.index("gunshot")] = np.where(tonal, 0, sure)
        scores[..., SOUND_CLASSES.index("scream")] = np.where(tonal, sure, 0)
        return scores

    return score


@pytest.fixture
def street() -> Callable[..., NDArray[np.float32]]:
    """`street(seconds, bangs=(), screams=())`: noise, bangs and tones of one second, at times."""

    def make(
        seconds: float, bangs: tuple[float, ...] = (), screams: tuple[float, ...] = ()
    ) -> NDArray[np.float32]:
        rng = np.random.default_rng(1)
        samples = NOISE * rng.standard_normal(round(seconds * RATE_HZ))
        for at_s in bangs:
            begin, body = round(at_s * RATE_HZ), rng.uniform(-1, 1, RATE_HZ // 2)
            body[0] = 1.0
            body *= 0.3 * np.exp(-np.arange(len(body)) / (0.05 * RATE_HZ))
            samples[begin : begin + len(body)] += body[: len(samples) - begin]
        for at_s in screams:
            begin = round(at_s * RATE_HZ)
            tone = 0.1 * np.sin(2 * np.pi * 1500 * np.arange(RATE_HZ) / RATE_HZ)
            samples[begin : begin + RATE_HZ] += tone[: len(samples) - begin]
        return samples.astype(np.float32)

    return make


@pytest.fixture
def heard_site() -> Site:
    """A site with three microphones that play nothing yet, and no camera."""
    microphones = [
        {"id": name, "name": name, "position": {"lon": 13.0 + 0.001 * number, "lat": 49.0}}
        for number, name in enumerate(("north", "middle", "south"))
    ]
    return Site.model_validate(
        {
            "id": "testville",
            "name": "Testville",
            "centre": {"lon": 13.0, "lat": 49.0},
            "time_zone": "Europe/Prague",
            "sources": ["made up for a test"],
            "microphones": microphones,
        }
    )
