"""What people use today: plain `model.track()` of Ultralytics, on the same weights and clip.

Ultralytics is AGPL-3.0 and in the lab environment only; it is a yardstick here.
"""

from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from hlaska.cameras import Camera
from hlaska.errors import ModelError
from hlaska.ground import project
from hlaska.models import ModelCard
from hlaska.settings import Settings
from hlaska.tracks import PERSON
from serving.models import LoadedModel
from training.evaluation.crossings import crossings_of
from training.evaluation.observations import (
    DETECTION_COLUMNS,
    TRACK_COLUMNS,
    Observations,
    Row,
    table,
)
from training.evaluation.progress import Step, silent
from training.video.export import STRIDE, prepare_ultralytics

if TYPE_CHECKING:
    from ultralytics.engine.results import Results

TRACKER = "bytetrack.yaml"
"""Of the two trackers that Ultralytics ships settings for, the one that Hlaska uses as well."""


class UltralyticsTrack:
    """`model.track()` with everything as it comes, but for the classes: people only.

    Args:
        model: A YOLO by Ultralytics in OpenVINO.
        settings: Where Ultralytics may keep its own files.
        conf: Least score of a detection; default: what `track()` has as default, 0.1.

    Raises:
        ModelError: the model is no such YOLO, or something that `track()` needs is not installed.
    """

    def __init__(
        self, model: LoadedModel, settings: Settings, *, conf: float | None = None
    ) -> None:
        absent = [name for name in ("ultralytics", "lap") if find_spec(name) is None]
        if absent:
            raise ModelError(f"{' and '.join(absent)} not installed; model.track() needs both")
        prepare_ultralytics(settings)
        from ultralytics.models import YOLO

        folder = _folder_for(model, settings)
        self._network = YOLO(str(folder), task="detect")
        self._options: dict[str, Any] = {} if conf is None else {"conf": conf}

    def results(self, clip: Path) -> Iterator["Results"]:
        """What `track()` says of each frame, decoded by its own loader, tracks begun anew.

        Raises:
            ModelError: Ultralytics cannot open the clip.
        """
        try:
            yield from self._network.track(
                source=str(clip),
                stream=True,
                tracker=TRACKER,
                classes=[0],
                device="cpu",
                verbose=False,
                **self._options,
            )
        except (FileNotFoundError, ConnectionError) as error:
            raise ModelError(f"model.track() cannot read {clip}: {error}") from error

    def watch(
        self,
        clip: Path,
        camera: Camera,
        *,
        limit: int | None = None,
        progress: Step = silent,
    ) -> Observations:
        """What it makes of a clip; lines and ground are then treated as Hlaska treats its own.

        Args:
            clip: A video file of the camera's size.
            camera: Its lines and homography.
            limit: Most frames to show; default: all.
            progress: Told after each frame.

        Raises:
            ModelError: Ultralytics cannot open the clip.
        """
        scores: defaultdict[int, list[float]] = defaultdict(list)
        tracks: list[Row] = []
        detections: list[Row] = []
        done = 0
        for frame, result in enumerate(islice(self.results(clip), limit)):
            assert result.boxes is not None  # only a classifier gives none
            boxes = result.boxes.cpu().numpy()
            for edges, score in zip(boxes.xyxy, boxes.conf, strict=True):
                detections.append((frame, PERSON, *map(float, edges), float(score)))
            ids = () if boxes.id is None else boxes.id
            # Without a confirmed track it hands out the bare detections, which bear no ids.
            for edges, score, number in zip(boxes.xyxy, boxes.conf, ids, strict=False):
                left, top, right, bottom = map(float, edges)
                scores[int(number)].append(float(score))
                east, north = _ground_m(camera, (left + right) / 2, bottom)
                typical = median(scores[int(number)])
                box = (left, top, right, bottom)
                tracks.append((frame, int(number), PERSON, *box, typical, east, north))
            done = frame + 1
            progress(done)
        known = table(tracks, TRACK_COLUMNS)
        return Observations(
            frames=range(done),
            tracks=known,
            detections=table(detections, DETECTION_COLUMNS),
            crossings=crossings_of(known, camera),
        )


def _ground_m(camera: Camera, x: float, y: float) -> tuple[float, float]:
    if camera.homography is None:
        return np.nan, np.nan
    east, north = project(camera.homography, [(x, y)])[0]
    return float(east), float(north)


def _folder_for(model: LoadedModel, settings: Settings) -> Path:
    """The weights as Ultralytics wants them: in a folder of a certain name, with metadata."""
    card, weights = model.card, model.weights
    if weights is None or card.runtime != "openvino" or card.output != "yolo":
        raise ModelError(
            f"{card.name} is {card.output} in {card.runtime}; model.track() is measured with a "
            "YOLO by Ultralytics in OpenVINO, such as seed:yolo11n-int8"
        )
    folder = settings.home / "ultralytics" / f"{card.name}_openvino_model"
    folder.mkdir(parents=True, exist_ok=True)
    for part in (weights, weights.with_suffix(".bin")):
        link = folder / f"network{part.suffix}"
        link.unlink(missing_ok=True)
        link.symlink_to(part)
    (folder / "metadata.yaml").write_text(yaml.safe_dump(_metadata(card)))
    return folder


def _metadata(card: ModelCard) -> dict[str, object]:
    return {
        "task": "detect",
        "stride": STRIDE,
        "batch": 1,
        "imgsz": list(card.input.shape[2:]),
        "names": dict(enumerate(card.classes)),
        "args": {"nms": False},
    }
