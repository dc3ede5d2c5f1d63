"""The video protocol's figures for a report: intervals, curves, and the worst frames to look at.

Frames of a clip resemble their neighbours, so intervals come from resampling segments of it
(a block bootstrap: Künsch, The Annals of Statistics 17, 1989). Two systems are compared on the
same segments.
"""

from collections.abc import Iterator, Mapping, Sequence

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.bootstrap import paired_difference, ratio
from hlaska.columns import CONFIDENCE, FRAME, OBJECT_CLASS
from hlaska.errors import HlaskaError
from hlaska.measures import Hits
from hlaska.models import ModelCard
from hlaska.results import INTERVALS, OPERATING, THRESHOLDS, Value
from hlaska.tracks import PERSON
from serving.video.draw import BLACK, QUALITY, SKY, VERMILION, WHITE, YELLOW, Colour
from training.evaluation.matching import detection_hits, overlaps, pairs
from training.evaluation.observations import BOX, Observations
from training.evaluation.pets import Footage
from training.evaluation.video import VideoScores, frames_of, video_scores
from training.reporting import Exhibit

Row = dict[str, Value]
RATE = "false boxes per frame"
SEGMENT = 25
"""Frames of a segment: 3.6 s of the demo's camera."""
FEWEST = 4
"""Segments, from which an interval is worth its name."""
STEPS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Thresholds at which precision and recall are measured."""
MOST_CASES, APART = 6, 15
_FONT = cv2.FONT_HERSHEY_SIMPLEX
"""Worst frames that are shown, and how many frames lie between two of them at least."""
FIGURES = {
    "HOTA": ("more", 1.0),
    "MOTA": ("more", 1.0),
    "IDF1": ("more", 1.0),
    "F1": ("more", 1.0),
    "position off, median m": ("less", np.inf),
}
"""What has an interval: whether more is better, and the most it can be."""

Outcomes = Mapping[str, tuple[ModelCard, Observations] | HlaskaError]


def video_points(outcomes: Outcomes, scene: Footage, frames: range) -> dict[str, list[Row]]:
    """Points of a report; see `hlaska.results`. The first system is what others differ from."""
    had = {name: one for name, one in outcomes.items() if not isinstance(one, HlaskaError)}
    return {
        INTERVALS: list(_intervals({name: seen for name, (_, seen) in had.items()}, scene, frames)),
        THRESHOLDS: [
            _point(name, step, _hits(scene, seen, frames, step), len(frames))
            for name, (_, seen) in had.items()
            if seen.candidates is not None
            for step in STEPS
        ],
        OPERATING: [
            _point(name, point, _hits(scene, seen, frames, point), len(frames))
            for name, (card, seen) in had.items()
            if (point := card.operating_point.get(PERSON)) is not None
        ],
    }


def worst_frames(seen: Observations, scene: Footage, frames: range) -> list[int]:
    """The frames with the most missed and false boxes, the worst first, not next to each other."""
    truth, found = _people(scene.truth.tracks), _people(seen.detections)
    wrong = {
        number: len(one) + len(other) - 2 * len(pairs(iou)[0])
        for number, (one, other, iou) in zip(frames, overlaps(truth, found, frames), strict=True)
    }
    chosen: list[int] = []
    for number in sorted(wrong, key=lambda one: (-wrong[one], one)):
        if wrong[number] and all(abs(number - one) >= APART for one in chosen):
            chosen.append(number)
        if len(chosen) == MOST_CASES:
            break
    return chosen


def exhibits_of(
    name: str, seen: Observations, scene: Footage, numbers: Sequence[int]
) -> list[Exhibit]:
    """A picture of each of those frames: what was found, missed, and told where nobody was.

    Raises:
        SourceError: the clip cannot be decoded.
    """
    drawn: dict[int, Exhibit] = {}
    if not numbers:
        return []
    for frame in frames_of(scene.clip, scene.camera, limit=max(numbers) + 1):
        if frame.index in numbers:
            drawn[frame.index] = _drawn(name, seen, scene, frame.index, frame.image)
    return [drawn[number] for number in numbers if number in drawn]


def _intervals(seen: Mapping[str, Observations], scene: Footage, frames: range) -> Iterator[Row]:
    cuts = [range(start, start + SEGMENT) for start in range(frames.start, frames.stop, SEGMENT)]
    cuts = [cut for cut in cuts if cut.stop <= frames.stop]
    if len(cuts) < FEWEST:
        return
    whole = {name: _figures(video_scores(one, scene.truth, scene.camera, frames=frames))
             for name, one in seen.items()}  # fmt: skip
    parts = {
        name: np.array(
            [list(_figures(video_scores(one, scene.truth, scene.camera, frames=cut)).values())
             for cut in cuts]
        )
        for name, one in seen.items()
    }  # fmt: skip
    first = next(iter(seen), "")
    for name in seen:
        for place, (metric, (better, most)) in enumerate(FIGURES.items()):
            row: Row = {"what": name, "metric": metric, "better": better}
            value = whole[name][metric]
            mine, theirs = parts[name][:, place], parts[first][:, place]
            low, high = _interval(value, mine, np.zeros_like(mine))
            least = -np.inf if metric == "MOTA" else 0.0
            yield row | {"value": value, "low": max(low, least), "high": min(high, most)}
            if name != first:
                value -= whole[first][metric]
                low, high = _interval(value, mine, theirs)
                yield row | {"value": value, "low": low, "high": high, "than": first}


def _interval(
    value: float, one: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[float, float]:
    """Of a figure of the whole, from how its mean over segments varies, 95 %.

    Tracks that go from one segment into the next make some figures of a whole lower than the mean
    of its parts, so only the spread is taken from these.
    """
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < FEWEST:
        return float("nan"), float("nan")
    ones = np.ones(known.sum())
    found = paired_difference(
        np.column_stack([one[known], ones]),
        np.column_stack([other[known], ones]),
        ratio,
        rng=np.random.default_rng(0),
    )
    return value + found.low - found.value, value + found.high - found.value


def _figures(scores: VideoScores) -> dict[str, float]:
    same = scores.identities
    figures = (same.hota, same.mota, same.idf1, scores.detections.f1, scores.position_median_m)
    return dict(zip(FIGURES, figures, strict=True))


def _people(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows[OBJECT_CLASS] == PERSON]


def _hits(scene: Footage, seen: Observations, frames: range, threshold: float) -> Hits:
    boxes = _people(seen.detections if seen.candidates is None else seen.candidates)
    truth = scene.truth.tracks[scene.truth.tracks[FRAME].between(frames.start, frames.stop - 1)]
    return detection_hits(truth, boxes[boxes[CONFIDENCE] >= threshold], frames)


def _point(name: str, threshold: float, hits: Hits, frames: int) -> Row:
    return {
        "what": name,
        "class": PERSON,
        "threshold": threshold,
        "precision": hits.precision,
        "recall": hits.recall,
        "rate": hits.false / frames,
    }


def _drawn(
    name: str, seen: Observations, scene: Footage, number: int, image: NDArray[np.uint8]
) -> Exhibit:
    truth, found = _people(scene.truth.tracks), _people(seen.detections)
    [(one, other, iou)] = overlaps(truth, found, range(number, number + 1))
    rows, columns = pairs(iou)
    missed = [box for place, box in enumerate(one[BOX].to_numpy()) if place not in rows]
    false = [box for place, box in enumerate(other[BOX].to_numpy()) if place not in columns]
    picture = image.copy()
    # Words beside the colours: nobody has to tell them apart.
    for boxes, colour, word in (
        (other[BOX].to_numpy()[columns], SKY, ""),
        (false, YELLOW, "false"),
        (missed, VERMILION, "missed"),
    ):
        for box in boxes:
            _box(picture, box, colour, word)
    done, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {picture.shape} cannot be encoded")
    words = f"{name}, frame {number}: {len(missed)} missed, {len(false)} false, {len(rows)} found"
    return Exhibit("image/jpeg", jpeg.tobytes(), words)


def _box(image: NDArray[np.uint8], box: NDArray[np.float64], colour: Colour, word: str) -> None:
    left, top, right, bottom = (round(float(v)) for v in box)
    cv2.rectangle(image, (left, top), (right, bottom), colour, 2)
    if word:
        place = (left, max(12, top - 4))
        cv2.putText(
            image, word, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (20, 20, 20), 3, cv2.LINE_AA
        )
        for colour, thick in ((BLACK, 3), (WHITE, 1)):
            cv2.putText(image, word, place, _FONT, 0.45, colour, thick, cv2.LINE_AA)
