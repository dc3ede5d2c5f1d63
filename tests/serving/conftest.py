"""Generated clips and sites, small enough for every test."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from hlaska.models import ModelCard, ModelInput
from hlaska.sites import Site

SIZE_PX = (128, 96)


def _picture(number: int) -> NDArray[np.uint8]:
    """Number as brightness in the upper half, a moving square below: no two frames are alike."""
    width, height = SIZE_PX
    image = np.full((height, width, 3), 60, np.uint8)
    image[: height // 2] = 20 + 2 * (number % 100)
    left = (4 * number) % (width - 16)
    image[60:76, left : left + 16] = (40, 90, 220)
    return image


def _write_clip(path: Path, frames: int, *, fps: int = 10, audio_only: bool = False) -> Path:
    """A clip of so many numbered frames, or of sound alone."""
    with av.open(str(path), "w") as container:
        if audio_only:
            sound = container.add_stream("mp3", rate=16_000)
            silence = av.AudioFrame.from_ndarray(
                np.zeros((1, 16_000), np.int16), format="s16", layout="mono"
            )
            silence.sample_rate = 16_000
            container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
            return path
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(_picture(number), format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def write_clip() -> Callable[..., Path]:
    """`write_clip(path, frames, fps=10, audio_only=False)`."""
    return _write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Thirty frames, three seconds."""
    return _write_clip(tmp_path / "clip.mp4", 30)


@pytest.fixture
def site(clip: Path) -> Site:
    """A site with one camera that plays the clip."""
    return Site.model_validate(
        {
            "id": "testville",
            "name": "Testville",
            "centre": {"lon": 13.0, "lat": 49.0},
            "time_zone": "Europe/Prague",
            "sources": ["made up for a test"],
            "cameras": [
                {
                    "id": "gate",
                    "name": "Gate",
                    "uri": f"file://{clip}",
                    "position": {"lon": 13.0, "lat": 49.0},
                    "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 50},
                    "size_px": SIZE_PX,
                    "homography": [[0.1, 0, 0], [0, -0.1, 10], [0, 0, 1]],
                    "lines": [{"id": "middle", "name": "Middle", "points": [[64, 0], [64, 96]]}],
                }
            ],
        }
    )


@pytest.fixture
def card() -> ModelCard:
    """A detector of people and cars whose scores count from one half."""
    return ModelCard(
        name="walker",
        version="1",
        summary="sees what the test tells it to",
        task="detect",
        classes=("person", "car"),
        input=ModelInput(shape=(-1, -1, -1, 3), dtype="uint8", colour_order="bgr"),
        output="regions",
        runtime="opencv",
        weights=None,
        operating_point={"person": 0.5, "car": 0.5},
        licence="none",
        training_data="none",
        made_by="a test",
    )
