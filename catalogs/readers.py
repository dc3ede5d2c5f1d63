"""Files of foreign making, turned into ours at the door; errors name file and line.

One `load_…` function a kind of content. `DatasetReader` hangs them into the intake catalog.
"""

import math
import xml.etree.ElementTree as ET
import xml.sax
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

import pandas as pd
import soundfile
from intake.readers.readers import BaseReader
from pydantic import ValidationError

from catalogs.datasets import entry, fetch
from catalogs.tsai import Tsai
from hlaska.columns import BOTTOM_PX, CONFIDENCE, FRAME, LEFT_PX, RIGHT_PX, TOP_PX, TRACK
from hlaska.errors import DataError
from hlaska.settings import Settings

BOX_COLUMNS = (FRAME, TRACK, LEFT_PX, TOP_PX, RIGHT_PX, BOTTOM_PX, CONFIDENCE)

RECORDING_COLUMNS = ("name", "duration_s", "rate_hz", "channels", "path")
SOUND_FILES = frozenset({".aif", ".aiff", ".flac", ".mp3", ".ogg", ".wav"})

Row = tuple[int, int, float, float, float, float, float]


def load_boxes(path: Path) -> pd.DataFrame:
    """Tracked boxes from a MOT Challenge text (`.txt`) or a CVML file (`.xml`).

    Formats: https://motchallenge.net/instructions/ (frame from 1, left, top, width, height), and
    List and Fisher, CVML: an XML-based computer vision markup language, ICPR 2004 (frame from 0,
    centre, width, height).

    Returns:
        One row a box, ordered by frame and track: `frame` from 0, `track`, `left_px`, `top_px`,
        `right_px`, `bottom_px` (pixels), `confidence` (as written; 1 where the format has none).

    Raises:
        DataError: the file cannot be read, or a line is not a box; names file and line.
    """
    rows = list(_cvml_rows(path) if path.suffix == ".xml" else _mot_rows(path))
    table = pd.DataFrame(rows, columns=pd.Index(BOX_COLUMNS)).astype(
        {FRAME: "int64", TRACK: "int64"} | dict.fromkeys(BOX_COLUMNS[2:], "float64")
    )
    return table.sort_values([FRAME, TRACK], ignore_index=True)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as text: {error}") from error


def _box(
    path: Path, line: int, *, frame: int, track: int, sides: tuple[float, ...], confidence: float
) -> Row:
    left, top, width, height = sides
    # Written so that a NaN fails as well.
    if not (frame >= 0 and width > 0 and height > 0 and abs(left) + abs(top) < float("inf")):
        raise DataError(
            f"{path}, line {line}: no box: frame {frame}, left {left}, top {top}, width {width}, "
            f"height {height}; frames start at 0 (MOT: 1), width and height are above 0"
        )
    return frame, track, left, top, left + width, top + height, confidence


def _mot_rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        fields = line.split(",")
        try:
            # Ids and frames come as "3" and as "3.0".
            frame, track = (int(float(field)) for field in fields[:2])
            left, top, width, height, confidence = (float(field) for field in fields[2:7])
        except (ValueError, OverflowError) as error:
            raise DataError(
                f"{path}, line {number}: {line[:80]!r} is not "
                "frame,id,left,top,width,height,confidence[,…]"
            ) from error
        yield _box(
            path,
            number,
            frame=frame - 1,
            track=track,
            sides=(left, top, width, height),
            confidence=confidence,
        )


class _Tree(ContentHandler):
    """Builds a tree whose elements know their `line`, which ElementTree's own parser forgets."""

    def __init__(self) -> None:
        super().__init__()
        self._builder = ET.TreeBuilder()
        self._place: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - SAX
        self._place = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX
        line = self._place.getLineNumber() if self._place else 0
        self._builder.start(name, {**dict(attrs), "line": str(line)})

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX
        self._builder.end(name)

    def root(self) -> ET.Element:
        return self._builder.close()


def _parsed(path: Path, root_tag: str) -> ET.Element:
    tree = _Tree()
    try:
        xml.sax.parseString(_text(path), tree)
    except xml.sax.SAXParseException as error:
        line = error.getLineNumber()
        raise DataError(f"{path}, line {line}: not XML: {error.getMessage()}") from error
    root = tree.root()
    if root.tag != root_tag:
        raise DataError(f"{path}, line {root.get('line')}: <{root.tag}>; expected <{root_tag}>")
    return root


def _number(path: Path, element: ET.Element | None, key: str, within: ET.Element) -> float:
    if element is None:
        line = within.get("line")
        raise DataError(f"{path}, line {line}: <{within.tag}> lacks a part with {key}")
    written = element.get(key)
    try:
        number = float(written or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        line = element.get("line")
        raise DataError(
            f"{path}, line {line}: <{element.tag}> has {key}={written!r}; a number is needed"
        )
    return number


def _cvml_rows(path: Path) -> Iterator[Row]:
    for frame in _parsed(path, "dataset").iter("frame"):
        number = int(_number(path, frame, "number", frame))
        for thing in frame.iter("object"):
            box = thing.find("box")
            height, width, x, y = (_number(path, box, k, thing) for k in ("h", "w", "xc", "yc"))
            yield _box(
                path,
                int(thing.get("line", 0)),
                frame=number,
                track=int(_number(path, thing, "id", thing)),
                sides=(x - width / 2, y - height / 2, width, height),
                confidence=1.0,
            )


def load_calibration(path: Path) -> Tsai:
    """A Tsai calibration as PETS 2009 publishes it: `<Camera>` with geometry, intrinsic, extrinsic.

    Raises:
        DataError: the file cannot be read, or lacks a number; names file and line.
    """
    camera = _parsed(path, "Camera")

    def read(part: str, *keys: str) -> tuple[float, ...]:
        element = camera.find(part)
        return tuple(_number(path, element, key, camera) for key in keys)

    width, height, pixel_x, pixel_y = read("Geometry", "width", "height", "dpx", "dpy")
    focal, kappa1, centre_x, centre_y, scale = read(
        "Intrinsic", "focal", "kappa1", "cx", "cy", "sx"
    )
    try:
        return Tsai(
            width_px=int(width),
            height_px=int(height),
            pixel_x_mm=pixel_x,
            pixel_y_mm=pixel_y,
            focal_mm=focal,
            kappa1=kappa1,
            centre_x_px=centre_x,
            centre_y_px=centre_y,
            scale_x=scale,
            translation_mm=read("Extrinsic", "tx", "ty", "tz"),  # type: ignore[arg-type]
            rotation_rad=read("Extrinsic", "rx", "ry", "rz"),  # type: ignore[arg-type]
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(
            f"{path}, line 1: {first['loc'][0]} is {first['input']!r}: {first['msg']}"
        ) from error


def load_recordings(path: Path) -> pd.DataFrame:
    """What recordings lie in a folder, or the one that a file is.

    Returns:
        One row a recording, by name: `name` (of the file), `duration_s`, `rate_hz`, `channels`,
        `path`.

    Raises:
        DataError: a file is no recording, or there is none.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    rows = []
    for file in files:
        if file.suffix.lower() not in SOUND_FILES:
            continue
        try:
            about = soundfile.info(file)
        except soundfile.SoundFileError as error:
            raise DataError(f"{file}: no recording: {error}; fetch or convert it again") from error
        rows.append((file.name, about.duration, about.samplerate, about.channels, file))
    if not rows:
        raise DataError(f"{path} holds no recordings ({', '.join(sorted(SOUND_FILES))})")
    return pd.DataFrame(rows, columns=pd.Index(RECORDING_COLUMNS))


def _itself(path: Path) -> Path:
    return path


class DatasetReader(BaseReader):  # type: ignore[misc]
    """An entry of the catalog as an intake reader: fetches if needed, then reads."""

    output_instance = "builtins:object"
    loaders: ClassVar[dict[str, Callable[[Path], object]]] = {
        "path": _itself,
        "boxes": load_boxes,
        "calibration": load_calibration,
        "recordings": load_recordings,
    }

    def _read(self, name: str, home: str, data_folder: str | None, **_: Any) -> object:  # noqa: ANN401 - intake passes its own
        settings = Settings(
            home=Path(home), data=None if data_folder is None else Path(data_folder)
        )
        return self.loaders[entry(name).reads_as](fetch(name, settings))
