"""The figures of the video protocol as tables."""

from collections.abc import Mapping

from hlaska.columns import DIRECTION, LINE
from hlaska.errors import HlaskaError
from hlaska.results import Column, ResultTable, Value
from training.evaluation.crossings import COUNTED, FOUND, TRUE
from training.evaluation.observations import Observations
from training.evaluation.pets import Footage
from training.evaluation.video import VideoScores, video_scores

COLUMNS = (
    Column("hota", "HOTA", 3),
    Column("mota", "MOTA", 3),
    Column("idf1", "IDF1", 3),
    Column("switches", "ID switches"),
    Column("precision", "precision", 3),
    Column("recall", "recall", 3),
    Column("f1", "F1", 3),
    Column("median_m", "position off, median m", 2),
    Column("p95_m", "p95 m", 2),
    Column("true", "crossings, true"),
    Column("counted", "counted"),
    Column("found", "found"),
    Column("share", "share found (95 %)"),
    Column("error", "count error", 3),
    Column("looked", "frames looked at", 2),
)
NOTE = "The served pipeline with its motion gate, as it runs in the street; no frame is dropped."

Seen = Mapping[str, Observations | HlaskaError]
"""What each system made of a clip; or why it could not be had."""


def accuracy_table(
    seen: Seen, scene: Footage, *, name: str, title: str, note: str, frames: range | None
) -> ResultTable:
    """All systems on some frames; default: on all that were shown."""
    rows = tuple(_row(what, outcome, scene, frames) for what, outcome in seen.items())
    return ResultTable(name, title, note, COLUMNS, rows)


def line_table(seen: Seen, scene: Footage) -> ResultTable:
    """What each system counted at each line, one way and the other."""
    truth: dict[str, Value] = {"what": "truth"}
    rows = [truth]
    for name, outcome in seen.items():
        row: dict[str, Value] = {"what": name}
        rows.append(row)
        if isinstance(outcome, HlaskaError):
            row["reason"] = str(outcome)
            continue
        lines = video_scores(outcome, scene.truth, scene.camera).crossings.lines
        for line in lines.to_dict("records"):
            place = f"{line[LINE]}, {line[DIRECTION]}"
            truth[place] = line[TRUE]
            row[place] = f"{line[COUNTED]} ({line[FOUND]})"
    return ResultTable(
        "crossings",
        "Crossings, line by line",
        "Counted on all frames that were shown, and in brackets how many of them are true ones.",
        tuple(Column(place, place) for place in truth if place != "what"),
        tuple(rows),
    )


def _row(
    name: str, outcome: Observations | HlaskaError, scene: Footage, frames: range | None
) -> dict[str, Value]:
    if isinstance(outcome, HlaskaError):
        return {"what": name, "reason": str(outcome)}
    try:
        scores = video_scores(outcome, scene.truth, scene.camera, frames=frames)
    except HlaskaError as error:
        return {"what": name, "reason": str(error)}
    return {"what": name, **_cells(scores)}


def _cells(scores: VideoScores) -> dict[str, Value]:
    crossings = scores.crossings
    low, high = crossings.found_interval
    share = crossings.found / crossings.true if crossings.true else None
    return {
        "hota": scores.identities.hota,
        "mota": scores.identities.mota,
        "idf1": scores.identities.idf1,
        "switches": scores.identities.switches,
        "precision": scores.detections.precision,
        "recall": scores.detections.recall,
        "f1": scores.detections.f1,
        "median_m": scores.position_median_m,
        "p95_m": scores.position_p95_m,
        "true": crossings.true,
        "counted": crossings.counted,
        "found": crossings.found,
        "share": None if share is None else f"{share:.2f} ({low:.2f}–{high:.2f})",
        "error": crossings.error,
        "looked": scores.looked,
    }
