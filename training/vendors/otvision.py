"""OTVision: detections (.otdet) and tracks (.ottrk), JSON packed with bz2.

RESTS ON real files of it (OpenTrafficCam/OTVision and OTAnalytics, GPL-3.0), which the tests read,
and on what OTAnalytics' reader does with older ones (its class `Otdet_Version_1_0_to_1_1`): up to
`otdet_version` 1.0, x and y are the middle of a box, later its left upper corner; up to 1.1, times
are texts in UTC, later seconds since 1970: the value tells, as versions mix them. Frames are
numbered from 1. `.otflow` holds sections and flows and no observations: `sections` reads them as
the lines of a run.

ASSUMED: a beginning that was taken from a file's name is a camera's local time, written as UTC (the
sample of version 1.0 has both, an hour apart): frames decide, wherever both are known. Where an
.otdet was made with an `expected_duration`, its times run at another pace than its frames; that the
frames count is told.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from training.vendors.export import Export
from training.vendors.jsons import Node, document
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.times import Clock
from training.vendors.tracks import Box, Tracks

_FIRST_FRAME = 1
_APART_S = 1.0


def read(path: Path, mapping: Mapping) -> Export:
    """Tracks; boxes without ids of an .otdet.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    whole = document(reading)
    if whole.has("sections"):
        raise reading.wrong(
            None,
            "sections and flows, and no observations; give the .ottrk, and its sections as "
            "`lines:` of the scene",
        )
    metadata = whole.node("metadata")
    data = whole.node("data")
    video = _Video(metadata, reading)
    if data.has("detections"):
        for node in data.items("detections"):
            video.add(node, node.whole("frame"), node.text("track-id"), node)
    else:
        for key, frame in data.keys():
            if not (key.isascii() and key.isdigit() and len(key) < 12):
                raise reading.wrong(frame.place, f"{key[:40]!r} is no number of a frame")
            for node in frame.items("detections"):
                video.add(node, int(key), "", frame)
    video.compare_paces()
    return reading.done(tracks=video.tracks.table())


class _Video:
    """Boxes of one video."""

    def __init__(self, metadata: Node, reading: Reading) -> None:
        about = metadata.node("video")
        version = metadata.text("otdet_version", "1.0").split(".")
        if not all(part.isascii() and part.isdigit() for part in version):
            raise reading.wrong("metadata.otdet_version", f"{'.'.join(version)!r} is no version")
        self._reading = reading
        self._clock = Clock(reading)
        self._centred = [int(part) for part in version[:2]] <= [1, 0]
        detection = metadata.node("detection") if metadata.has("detection") else None
        shares = detection is not None and detection.value.get("normalized_bbox") is True
        self._size = (about.number("width"), about.number("height")) if shares else (1.0, 1.0)
        self._fps = about.number("recorded_fps", 0.0)
        self._first: tuple[int, datetime] | None = None
        self._last: tuple[int, datetime] | None = None
        self.tracks = Tracks(reading, first=_FIRST_FRAME)

    def add(self, node: Node, frame: int, track: str, timed: Node) -> None:
        at = self._time(timed)
        self._first = self._first or (frame, at)
        self._last = frame, at
        kind = self._reading.kind(node.text("class"), node.place)
        if kind is None:
            return
        self.tracks.add(
            node.place,
            track=track,
            kind=kind,
            frame=frame,
            at=at,
            box=self._box(node),
            score=node.number("confidence", float("nan")),
        )

    def _box(self, node: Node) -> Box:
        left, top, width, height = (node.number(key) for key in ("x", "y", "w", "h"))
        if self._centred:
            left, top = left - width / 2, top - height / 2
        across, down = self._size
        return left * across, top * down, (left + width) * across, (top + height) * down

    def _time(self, node: Node) -> datetime:
        held = node.value.get("occurrence")
        if isinstance(held, str) and not held.replace(".", "", 1).isdigit():
            return self._clock.utc(f"{held}Z", node.place)
        return self._clock.epoch(node.number("occurrence"), node.place)

    def compare_paces(self) -> None:
        """Tells if the times do not run with the frames."""
        if self._first is None or self._last is None or self._fps <= 0:
            return
        frames = (self._last[0] - self._first[0]) / self._fps
        clock = (self._last[1] - self._first[1]).total_seconds()
        if abs(frames - clock) > _APART_S:
            self._reading.repair(
                f"its times span {clock:g} s and its frames {frames:g} s: the frames count"
            )


@dataclass(frozen=True, slots=True)
class Section:
    """A line of OTAnalytics."""

    id: str
    name: str
    points_px: tuple[tuple[float, float], ...]


def sections(path: Path, mapping: Mapping) -> tuple[Section, ...]:
    """The sections of an .otflow or .otconfig, in pixels.

    Raises:
        DataError: the file is wrong.
    """
    whole = document(Reading(path, mapping))
    return tuple(
        Section(
            id=node.text("id"),
            name=node.text("name", node.text("id")),
            points_px=tuple((p.number("x"), p.number("y")) for p in node.items("coordinates")),
        )
        for node in whole.items("sections")
    )
