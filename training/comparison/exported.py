"""What a maker's export says, as facts: only what it holds, and why the rest cannot be known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hlaska.cameras import Camera
from hlaska.columns import (
    CONFIDENCE,
    COUNT,
    DIRECTION,
    EAST_M,
    FRAME,
    LINE,
    NORTH_M,
    OBJECT_CLASS,
    TRACK,
)
from training.comparison.facts import (
    ALERT_COLUMNS,
    COUNT_COLUMNS,
    INTERVAL,
    MOVED_COLUMNS,
    SPEED,
    TURN,
    Absent,
    Facts,
    Part,
    moved,
    nothing,
)
from training.comparison.spans import Spans
from training.comparison.truth import in_time, on_ground
from training.evaluation.observations import BOX, CROSSING_COLUMNS, DETECTION_COLUMNS
from training.vendors.export import Export

_SIDES = ["x0", "y0", "x1", "y1"]


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """The facts of an export, and what was done to it on the way."""

    facts: Facts
    notes: tuple[str, ...]


def facts_of(export: Export, spans: Spans, camera: Camera, kinds: Sequence[str]) -> Read:
    """What an export says of the judged time.

    Its own counts are its counts; only where it has none are its tracks shown to the lines. All
    that it exports is what it claims: no track of it is left out for a low score.

    Args:
        export: As `training.vendors` reads it.
        spans: What is judged.
        camera: Lines and homography.
        kinds: Classes that are judged; none: all.
    """
    facts, notes = _boxes(export, spans, camera, kinds)
    if len(export.counts):
        counts, movements = _counts(export.counts, spans, camera, kinds)
        facts = replace(facts, counts=counts, movements=movements)
        moments = export.counts[export.counts["to_line"] == ""]
        if not isinstance(counts, Absent) and (moments["starts_at"] == moments["ends_at"]).all():
            facts = replace(facts, crossings=_moments(moments, spans, kinds))
    if len(export.alerts):
        named = export.alerts.rename(columns={"camera": "source"})[ALERT_COLUMNS]
        facts = replace(facts, alerts=in_time(named, spans))
    else:
        facts = replace(facts, alerts=Absent("its export has no alerts"))
    return Read(facts, tuple(notes))


def _boxes(
    export: Export, spans: Spans, camera: Camera, kinds: Sequence[str]
) -> tuple[Facts, list[str]]:
    rows = export.tracks
    notes: list[str] = []
    if rows.empty:
        return nothing("its export has no boxes"), notes
    boxed = rows[rows[_SIDES].notna().all(axis=1)]
    if boxed.empty:
        return nothing("its export has points and no boxes"), notes
    timed = boxed[boxed["frame"].notna() | boxed["at"].notna()]
    frames = timed["frame"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    unnumbered = np.isnan(frames)
    if unnumbered.any():
        frames[unnumbered] = spans.frames_at(timed["at"][unnumbered])
    table = pd.DataFrame(
        {
            FRAME: frames.astype(np.int64),
            TRACK: pd.factorize(timed["track"])[0].astype(np.int64),
            OBJECT_CLASS: timed["kind"].to_numpy(object),
            **{ours: timed[theirs].to_numpy() for ours, theirs in zip(BOX, _SIDES, strict=True)},
            # Not known is not worse than known: such boxes are all ranked first.
            CONFIDENCE: timed["score"].fillna(1.0).to_numpy(),
            EAST_M: timed["x_m"].to_numpy(),
            NORTH_M: timed["y_m"].to_numpy(),
            SPEED: timed["speed_ms"].to_numpy(),
        }
    )[MOVED_COLUMNS]
    if timed["score"].isna().any():
        notes.append("boxes without a score: they cannot be ranked, which lowers mAP")
    here = spans.judged(table)
    if here.empty:
        when = f"frames {table[FRAME].min()} to {table[FRAME].max()}"
        return nothing(f"its boxes are of {when}, which are not judged; see starts_at, fps"), notes
    if (timed["track"] == "").all():
        return _untracked(here, kinds), notes
    twice = table.duplicated([FRAME, TRACK])
    if twice.any():
        notes.append(f"{int(twice.sum())} boxes are of a track that has one in that frame already")
    known = on_ground(table[~twice], camera)
    facts = moved(known.assign(**{CONFIDENCE: 1.0}), spans, camera, kinds)
    scored = spans.judged(known[known[OBJECT_CLASS].isin(kinds)] if kinds else known)
    return replace(facts, detections=scored, candidates=scored), notes


def _untracked(boxes: pd.DataFrame, kinds: Sequence[str]) -> Facts:
    ours = boxes[boxes[OBJECT_CLASS].isin(kinds)] if kinds else boxes
    found = ours[DETECTION_COLUMNS]
    return replace(
        nothing("its export has boxes and no tracks"), detections=found, candidates=found
    )


def _counts(
    rows: pd.DataFrame, spans: Spans, camera: Camera, kinds: Sequence[str]
) -> tuple[Part, Part]:
    place, fits = spans.interval_between(rows["starts_at"], rows["ends_at"])
    inside = (place >= 0) & (place < len(spans.intervals()))
    if not inside.any():
        when = f"{rows['starts_at'].min()} to {rows['ends_at'].max()}"
        absent = Absent(f"its counts are of {when}, which is not judged; see time_zone")
        return absent, absent
    if not fits[inside].all():
        absent = Absent(
            f"it counts over longer or other intervals than {spans.interval_s} s, the scene's"
        )
        return absent, absent
    strange = _strange(rows[inside], camera)
    if strange:
        absent = Absent(
            f"it counts at {', '.join(strange)}, which the scene does not have; say under `lines:` "
            "and `directions:` of its mapping which of ours they are"
        )
        return absent, absent
    judged = inside & (rows["kind"].isin(kinds).to_numpy() if kinds else True)
    table = pd.DataFrame(
        {
            LINE: rows["line"],
            DIRECTION: rows["direction"],
            OBJECT_CLASS: rows["kind"],
            INTERVAL: place,
            COUNT: rows["count"].astype("float64"),
            "to": rows["to_line"],
        }
    )[judged]
    turning = table["to"] != ""
    turned = table[turning].copy()
    turned[LINE] += TURN + turned["to"]
    turned[DIRECTION] = ""
    straight: Part = _summed(table[~turning])
    if turning.all():
        straight = Absent("it counts turning movements, and no lines alone")
    turns: Part = _summed(turned) if turning.any() else Absent("it counts no turning movements")
    return straight, turns


def _moments(rows: pd.DataFrame, spans: Spans, kinds: Sequence[str]) -> pd.DataFrame:
    """Counts of single crossings, whose moments are known, as crossings."""
    frames = spans.frames_at(rows["starts_at"])
    inside = (frames >= spans.frames.start) & (frames < spans.frames.stop)
    judged = inside & (rows["kind"].isin(kinds).to_numpy() if kinds else True)
    columns = (rows["line"], rows["direction"], rows["kind"])
    who = np.full(len(rows), -1)
    told = dict(zip(CROSSING_COLUMNS, (frames, *columns, who), strict=True))
    return pd.DataFrame(told).loc[judged]


def _strange(rows: pd.DataFrame, camera: Camera) -> list[str]:
    """Lines and directions that the scene does not know, as people write them."""
    lines = {line.id: (line.forward, line.backward) for line in camera.lines}
    if not lines:
        return []
    found = set()
    for line, way, to in rows[["line", "direction", "to_line"]].drop_duplicates().to_numpy():
        if line not in lines:
            found.add(repr(line))
        elif not to and way not in lines[line]:
            found.add(f"{line!r}, direction {way!r}")
        if to and to not in lines:
            found.add(repr(to))
    return sorted(found)


def _summed(table: pd.DataFrame) -> pd.DataFrame:
    return table.groupby(COUNT_COLUMNS[:-1], as_index=False)[[COUNT]].sum()
