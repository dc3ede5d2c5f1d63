"""A detector out of a data set on disk, by Ultralytics: from official weights or from nothing.

Ultralytics is AGPL-3.0 and stays in the lab environment, as in `training.video.export`. It reports
to nobody from here: of what it hangs into a training (MLflow of its own, its makers' platform,
other trackers) nothing is left.
"""

import logging
import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import yaml

from catalogs.web import Progress, silent
from hlaska.errors import ModelError, UnavailableError
from hlaska.settings import Settings
from hlaska.tracks import Detections
from serving.video.yolo import LOWEST_SCORE, MOST_DETECTIONS, SUPPRESSION_IOU
from training.video.dataset import DetectionData
from training.video.export import STRIDE, find_weights, load_weights, prepare_ultralytics

if TYPE_CHECKING:
    from ultralytics.engine.results import Results
    from ultralytics.models import YOLO

ARCHITECTURE = "yolo11n.yaml"
"""What is trained from nothing."""
WHOLE_WIDTH = 0.25
"""Share of the channels of the largest YOLO11 that YOLO11n has."""

_OBJECTS = 5
"""On a picture, as Ultralytics has it."""

Told = Callable[[str, float, int], None]
"""Called with the name of a figure, its value, and the epoch, from 0."""


def starting_weights(weights: str, settings: Settings, say: Callable[[str], None]) -> Path | None:
    """The weights that training starts from; None: from nothing, as they cannot be had.

    Args:
        weights: A `.pt` file whose maker you trust (reading it runs the code in it), or the name of
            official ones, which are fetched from Ultralytics' releases; empty: none are wanted.
        settings: Where the cache is.
        say: Told, for people, when official ones cannot be had.

    Raises:
        ModelError: it is neither.
    """
    if not weights:
        return None
    prepare_ultralytics(settings)
    try:
        found = find_weights(weights, settings)
    except UnavailableError as error:
        say(f"training from nothing, which takes more data and epochs: {error}")
        return None
    load_weights(found, found)
    return found


def fit(
    data: DetectionData,
    scratch: Path,
    settings: Settings,
    *,
    start: Path | None,
    epochs: int,
    size_px: int,
    batch_size: int,
    seed: int,
    width: float = WHOLE_WIDTH,
    device: str = "",
    augment: bool = True,
    told: Told,
    progress: Progress = silent,
) -> Path:
    """Trains a detector; gives the `.pt` file of the last epoch, in `scratch`.

    The last and not the best one: the pictures to judge by must not choose it.

    Args:
        data: What is learnt from.
        scratch: A folder to write to.
        settings: Where Ultralytics may keep its own settings.
        start: Weights to start from; None: from nothing.
        epochs: Times that the pictures are gone through.
        size_px: Side of the square that pictures are laid on.
        batch_size: Pictures a step.
        seed: Of the weights and of the order of the pictures.
        width: Share of the channels, from nothing only.
        device: As torch names it; empty: a GPU where there is one.
        augment: Whether pictures are put together, zoomed and recoloured, as Ultralytics does.
        told: Gets losses, and the figures on the pictures to judge by, after each epoch.
        progress: Told how many epochs are done.

    Raises:
        ModelError: Ultralytics refuses.
    """
    prepare_ultralytics(settings)
    from ultralytics.models.yolo.detect import DetectionTrainer

    _lay_font()
    options: dict[str, Any] = {
        "model": str(start or _architecture(scratch, width)),
        "pretrained": start is not None,
        "data": str(_located(data, scratch)),
        "epochs": epochs,
        "patience": epochs,
        "imgsz": size_px,
        "batch": batch_size,
        "seed": seed,
        "device": device,
        "project": str(scratch),
        "name": "fitting",
        "exist_ok": True,
        # Its processes would import all of this again, on machines with two cores.
        "workers": 0,
        # Its check of 16 bits downloads a network of its own.
        "amp": False,
        "plots": False,
        "verbose": False,
    }
    if not augment:
        options |= {"mosaic": 0.0, "scale": 0.1, "hsv_h": 0.0, "warmup_epochs": 0.5}
        options |= {"cls": 1.0, "translate": 0.05}
        options |= {"nbs": batch_size, "optimizer": "AdamW", "lr0": 0.004, "val": False}
    with _quiet(), _own_randomness():
        try:
            trainer = DetectionTrainer(overrides=options)
            _leave_nobody(trainer)

            def after(trainer: Any) -> None:  # noqa: ANN401 - Ultralytics' trainer
                epoch = trainer.epoch
                for name, value in _figures(trainer).items():
                    told(name, value, epoch)
                progress("training", epoch + 1, epochs)

            if start is None:
                trainer.add_callback("on_pretrain_routine_end", _expect_few)
            trainer.add_callback("on_fit_epoch_end", after)
            trainer.train()
        except (AssertionError, FileNotFoundError, RuntimeError, TypeError, ValueError) as error:
            raise ModelError(f"Ultralytics does not train on {data.about}: {error}") from error
    return Path(trainer.last)


def input_hw(data: DetectionData, size_px: int) -> tuple[int, int]:
    """Height and width of an input whose longer side is `size_px` and that pictures fill best."""
    shapes = {image.shape[:2] for image in data.images("val")}
    if len(shapes) != 1:
        return size_px, size_px
    ((height, width),) = shapes
    scale = size_px / max(height, width)
    high, wide = (STRIDE * math.ceil(round(side * scale, 3) / STRIDE) for side in (height, width))
    return int(high), int(wide)


def found_by_torch(weights: Path, data: DetectionData, hw: tuple[int, int]) -> Iterator[Detections]:
    """What the network finds on the pictures to judge by before it is exported, in their order."""
    model: YOLO = load_weights(weights, weights)
    for image in data.images("val"):
        (result,) = cast(
            "list[Results]",
            model.predict(
                image,
                imgsz=hw,
                rect=False,
                conf=LOWEST_SCORE,
                iou=SUPPRESSION_IOU["yolo"],
                max_det=MOST_DETECTIONS,
                device="cpu",
                verbose=False,
            ),
        )
        assert result.boxes is not None  # only a classifier gives none
        boxes = result.boxes.cpu().numpy()
        names = np.array([data.classes[int(number)] for number in boxes.cls], np.str_)
        yield Detections(
            np.asarray(boxes.xyxy, np.float32), np.asarray(boxes.conf, np.float32), names
        )


def _architecture(scratch: Path, width: float) -> Path:
    from ultralytics.nn.tasks import yaml_model_load

    if width == WHOLE_WIDTH:
        return Path(ARCHITECTURE)
    design = yaml_model_load(ARCHITECTURE)
    depth, _, most = design["scales"]["n"]
    path = scratch / ARCHITECTURE
    kept = {key: value for key, value in design.items() if key not in ("scale", "yaml_file")}
    path.write_text(yaml.safe_dump(kept | {"scales": {"n": [depth, width, most]}}))
    return path


def _located(data: DetectionData, scratch: Path) -> Path:
    """The description of the data set with its place in it, which Ultralytics wants absolute."""
    known = yaml.safe_load((data.folder / "data.yaml").read_text())
    path = scratch / "data.yaml"
    path.write_text(yaml.safe_dump(known | {"path": str(data.folder.absolute())}))
    return path


def _figures(trainer: Any) -> dict[str, float]:  # noqa: ANN401 - Ultralytics' trainer
    losses = trainer.label_loss_items(trainer.tloss, prefix="loss")
    found = {**losses, **(trainer.metrics or {})}
    # MLflow takes no brackets in names; a loss of 0 is one that was not looked at.
    return {
        name.replace("(B)", ""): float(value)
        for name, value in found.items()
        if value or not name.startswith("val/")
    }


def _expect_few(trainer: Any) -> None:  # noqa: ANN401 - Ultralytics' trainer
    """Lets a new network expect some objects a picture; Ultralytics assumes 640 x 640 pixels.

    With that prior a network for small pictures spends its first hundreds of steps on learning that
    there is anything at all. (Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, 4.1.)
    """
    for network in (trainer.model, trainer.ema.ema):
        head = network.model[-1]
        for branch, stride in zip(head.cv3, head.stride.tolist(), strict=True):
            cells = (trainer.args.imgsz / stride) ** 2
            branch[-1].bias.data[: head.nc] = math.log(_OBJECTS / head.nc / cells)


def _leave_nobody(trainer: Any) -> None:  # noqa: ANN401 - Ultralytics' trainer
    """Takes out every callback that reports to somebody."""
    from ultralytics.utils.callbacks import base

    for name, calls in trainer.callbacks.items():
        trainer.callbacks[name] = [call for call in calls if call.__module__ == base.__name__]


def _lay_font() -> None:
    """It downloads Arial for plots that nobody draws here, unless a font of that name is there."""
    import matplotlib
    from ultralytics.utils import USER_CONFIG_DIR

    font = Path(USER_CONFIG_DIR) / "Arial.ttf"
    if not font.exists():
        font.symlink_to(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf")


@contextmanager
def _quiet() -> Iterator[None]:
    from ultralytics.utils import LOGGER

    level = LOGGER.level
    LOGGER.setLevel(logging.ERROR)
    try:
        yield
    finally:
        LOGGER.setLevel(level)


@contextmanager
def _own_randomness() -> Iterator[None]:
    """It seeds the generators of the whole process, and makes torch deterministic for good."""
    import torch

    before = random.getstate(), np.random.get_state(), torch.random.get_rng_state()
    exactly = torch.are_deterministic_algorithms_enabled()
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.random.set_rng_state(before[2])
        torch.use_deterministic_algorithms(exactly)
