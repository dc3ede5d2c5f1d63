"""The detector as everybody calls it: plain, without Ray, the same in serving and in training."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import ModelError, SourceError
from hlaska.models import ModelCard
from hlaska.tracks import Detections
from serving.models import LoadedModel
from serving.runtimes import Hint, open_runtime
from serving.video.hog import HogDetector
from serving.video.yolo import YoloDetector


class Detector(Protocol):
    """Finds objects in frames; knows nothing of cameras and keeps nothing between calls."""

    card: ModelCard

    def detect(
        self, frames: Sequence[NDArray[np.uint8]], regions: Sequence[NDArray[np.float32] | None]
    ) -> list[Detections]:
        """What is in each frame, in order."""
        ...


class DetectorScorer:
    """Any detector that Hlaska serves. Stateless, and safe to call from several threads."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    @classmethod
    def load(
        cls,
        model: LoadedModel,
        *,
        threads: int,
        hint: Hint = "latency",
        device: str = "CPU",
        exact: bool = False,
    ) -> "DetectorScorer":
        """Makes a resolved model ready to run.

        Args:
            model: From `serving.models.resolve`.
            threads: CPU threads for the network; `hog` follows the process's `cv2.setNumThreads`.
            hint: `throughput` runs the frames of a batch side by side.
            device: An OpenVINO device name.
            exact: 32-bit numbers even where 16 would be quicker; see `open_runtime`.

        Raises:
            ModelError: it is no detector, or its weights cannot be loaded.
        """
        card = model.card
        if card.task != "detect":
            raise ModelError(f"{card.name} is made for {card.task}; a detector is needed (detect)")
        if card.output == "regions":
            return cls(HogDetector(card))
        if model.weights is None:
            raise ModelError(f"{card.name}: its card names no weights; {card.runtime} needs them")
        runtime = open_runtime(
            card, model.weights, threads=threads, hint=hint, device=device, exact=exact
        )
        return cls(YoloDetector(card, runtime))

    @property
    def card(self) -> ModelCard:
        """The card of the model that runs."""
        return self._detector.card

    def score(
        self,
        frames: Sequence[NDArray[np.uint8]],
        regions: Sequence[NDArray[np.float32] | None] | None = None,
    ) -> list[Detections]:
        """What is in each frame, in order; an empty list for no frames.

        Args:
            frames: Height x width x 3 each, blue-green-red; sizes may differ.
            regions: For each frame the boxes that move (n x 4: left, top, right, bottom, in
                pixels), or None where nobody knows. Only `hog` looks at them. Default: None.

        Raises:
            SourceError: a frame or its regions are of the wrong shape or type.
            ModelError: the network and its card disagree.
        """
        known = [None] * len(frames) if regions is None else list(regions)
        if len(known) != len(frames):
            raise SourceError(f"{len(frames)} frames but {len(known)} regions; send one for each")
        for number, (frame, boxes) in enumerate(zip(frames, known, strict=True)):
            _check(number, frame, boxes)
        return self._detector.detect(frames, known)


def _check(number: int, frame: NDArray[np.uint8], boxes: NDArray[np.float32] | None) -> None:
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or frame.size == 0:
        raise SourceError(
            f"frame {number} has shape {frame.shape} and type {frame.dtype}; a frame is height x "
            "width x 3 of uint8, blue-green-red"
        )
    if boxes is not None and (boxes.ndim != 2 or boxes.shape[1] != 4):
        raise SourceError(
            f"regions of frame {number} have shape {boxes.shape}; they are n x 4: left, top, "
            "right, bottom"
        )
