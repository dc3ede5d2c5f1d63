"""Pictures with boxes in the folder form of Ultralytics: what a detector learns from.

    data.yaml             names and places
    images/train/*.jpg    labels/train/*.txt     class, centre and size of a box a line, 0..1
    images/val/*.jpg      labels/val/*.txt       later than those of train, or from elsewhere
    provenance.csv        where each picture is from, and who said what is on it

Form: https://docs.ultralytics.com/datasets/detect/. A picture without boxes is background, from
which the network learns what is nothing.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from hlaska.errors import DataError
from hlaska.tracks import OBJECT_CLASSES
from training.evaluation.observations import DETECTION_COLUMNS, Row, table

Split = Literal["train", "val"]
PURPOSES: Mapping[Split, str] = {"train": "learn from", "val": "judge by"}
SPLITS = tuple(PURPOSES)

LEAST_BOXES: Mapping[Split, int] = {"train": 200, "val": 100}
"""With fewer to judge by, one box is more than the point of mAP by which models are refused."""
PROVENANCE = "provenance.csv"
QUALITY = 95
"""Of the JPEGs: what is lost is less than what the camera's own compression took."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture and everything of the classes in question that is on it."""

    name: str
    """Of its files, without an ending; each picture has its own."""
    split: Split
    image: NDArray[np.uint8]
    """Height x width x 3, blue-green-red."""
    boxes_px: NDArray[np.float64]
    """n x 4: left, top, right, bottom."""
    classes: tuple[str, ...]
    """n object classes."""
    origin: Mapping[str, str] = field(default_factory=dict)
    """Where it is from: columns of the provenance."""


@dataclass(frozen=True, slots=True)
class DetectionData:
    """A data set on disk."""

    folder: Path
    classes: tuple[str, ...]
    """In the order of their numbers."""
    sha256: str
    """Of all pictures and labels."""
    about: str
    """Where it is from, in words."""

    def pictures(self, split: Split) -> list[Path]:
        """The pictures' files, by name."""
        return sorted((self.folder / "images" / split).glob("*.jpg"))

    def images(self, split: Split) -> Iterator[NDArray[np.uint8]]:
        """The pictures, in the order of `pictures`."""
        return map(_read, self.pictures(split))

    def truth(self, split: Split) -> pd.DataFrame:
        """The boxes of a part, as rows of `DETECTION_COLUMNS`.

        `frame` is the picture's place in `pictures`, boxes are in pixels, `confidence` is 1.
        """
        rows: list[Row] = []
        for number, path in enumerate(self.pictures(split)):
            height, width = _read(path).shape[:2]
            label = self.folder / "labels" / split / f"{path.stem}.txt"
            for line in label.read_text().splitlines():
                place, x, y, w, h = (float(word) for word in line.split())
                sides = ((x - w / 2) * width, (y - h / 2) * height)
                edges = (*sides, (x + w / 2) * width, (y + h / 2) * height)
                rows.append((number, self.classes[int(place)], *edges, 1.0))
        return table(rows, DETECTION_COLUMNS)


def write(pictures: Iterable[Picture], folder: Path, *, about: str) -> DetectionData:
    """Writes pictures to the new `folder`, which appears whole or not at all.

    Its classes are those that have a box to learn from, in the order in which cameras name them:
    a network is not taught a class that it is never shown. Boxes of others must not be on the
    pictures. Boxes are cut off at the edges of the picture.

    Args:
        pictures: In any order; taken one by one.
        folder: Must not exist yet.
        about: Where they are from, for people.

    Raises:
        DataError: there is too little to learn from or to judge by, two pictures have one name, or
            a class is none that cameras look for.
    """
    if folder.exists():
        raise DataError(f"{folder} exists already; name a new folder, or take that one away")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".gathering-") as scratch:
        made = Path(scratch) / "data"
        labels, origins, shown = _written(pictures, made)
        boxes = {split: Counter(name for _, name, _ in labels[split]) for split in SPLITS}
        classes = tuple(name for name in OBJECT_CLASSES if boxes["train"][name])
        _refuse_too_little(boxes, shown, about)
        for split in SPLITS:
            _write_labels(made, split, labels[split], classes)
        names = dict(enumerate(classes))
        (made / "data.yaml").write_text(
            yaml.safe_dump({"train": "images/train", "val": "images/val", "names": names})
        )
        pd.DataFrame(origins).to_csv(made / PROVENANCE, index=False)
        digest = _digest(made)
        made.rename(folder)
    counts = "; ".join(
        f"{shown[split]} pictures with {boxes[split].total()} boxes to {purpose}"
        for split, purpose in PURPOSES.items()
    )
    return DetectionData(folder, classes, digest, f"{about}: {counts}")


_Line = tuple[str, str, tuple[float, float, float, float]]
"""Name of the picture, class, centre and size in shares of the picture."""


def _written(
    pictures: Iterable[Picture], folder: Path
) -> tuple[dict[Split, list[_Line]], list[dict[str, str]], Counter[Split]]:
    """Writes the images, and an empty label for each; gives boxes, provenance, and counts."""
    for split in SPLITS:
        (folder / "images" / split).mkdir(parents=True)
        (folder / "labels" / split).mkdir(parents=True)
    labels: dict[Split, list[_Line]] = {split: [] for split in SPLITS}
    origins: list[dict[str, str]] = []
    shown: Counter[Split] = Counter()
    for picture in pictures:
        strangers = sorted(set(picture.classes) - set(OBJECT_CLASSES))
        if strangers:
            raise DataError(
                f"{picture.name} has boxes of {', '.join(strangers)}; cameras look for "
                f"{', '.join(OBJECT_CLASSES)}"
            )
        path = folder / "images" / picture.split / f"{picture.name}.jpg"
        if path.exists():
            raise DataError(f"two pictures are called {picture.name}; each needs its own name")
        cv2.imwrite(str(path), picture.image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        (folder / "labels" / picture.split / f"{picture.name}.txt").touch()
        lines = _lines(picture)
        labels[picture.split] += lines
        origins.append(
            {"picture": picture.name, "split": picture.split, "boxes": str(len(lines))}
            | dict(picture.origin)
        )
        shown[picture.split] += 1
    return labels, origins, shown


def _lines(picture: Picture) -> list[_Line]:
    height, width = picture.image.shape[:2]
    size = np.array([width, height, width, height])
    edges = np.clip(picture.boxes_px.reshape(-1, 4) / size, 0, 1)
    lines: list[_Line] = []
    for name, (left, top, right, bottom) in zip(picture.classes, edges.tolist(), strict=True):
        if right > left and bottom > top:
            place = ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
            lines.append((picture.name, name, place))
    return lines


def _write_labels(
    folder: Path, split: Split, lines: Iterable[_Line], classes: tuple[str, ...]
) -> None:
    for name, object_class, place in lines:
        if object_class not in classes:
            raise DataError(
                f"{name} has a {object_class}, of which there is none to learn from; take its "
                "pictures out of those to judge by, or give some to learn from"
            )
        with (folder / "labels" / split / f"{name}.txt").open("a") as file:
            file.write(f"{classes.index(object_class)} {' '.join(f'{n:.6f}' for n in place)}\n")


def _refuse_too_little(
    boxes: Mapping[Split, Counter[str]], shown: Mapping[Split, int], about: str
) -> None:
    short = [
        f"{boxes[split].total()} boxes on {shown[split]} pictures to {purpose} "
        f"({LEAST_BOXES[split]} are needed)"
        for split, purpose in PURPOSES.items()
        if boxes[split].total() < LEAST_BOXES[split]
    ]
    if short:
        raise DataError(
            f"too little data in {about}: {' and '.join(short)}; take further data to it, or wait "
            "until more is judged"
        )


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".txt")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise DataError(f"{path} is no picture; make the data set again")
    return np.asarray(image, np.uint8)
