"""How well the unusual is found: quiet tracks, and the same with anomalies put into them.

Real anomalies are not to be had for a street of one's own. So people of the held-out footage are
made to do what they did not: to run their own path, to walk where nobody went, to turn round, to be
many. What was injected is known; that it is injected is said wherever a figure stands.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from hlaska.columns import EAST_M, FRAME, NORTH_M, OBJECT_CLASS, TRACK
from hlaska.measures import Hits, poisson_rate_interval, wilson_interval
from hlaska.normality.usual import Usual
from hlaska.results import Column, ResultTable, Value
from hlaska.rules.unusual import Unusual
from hlaska.tracks import Scene, Track

FASTER = 3.0
ASIDE_M = 8.0
LEAST_S = 6.0
"""A track that is shorter could not show anything."""
INJECTED = 10**6
"""Number of the track that does what nobody did."""
MANY = 4


def scenes_of(tracks: pd.DataFrame, *, start: datetime, fps: float) -> Iterator[Scene]:
    """A table of tracks (`training.evaluation.observations.TRACK_COLUMNS`) as scenes, in order."""
    for frame, rows in tracks.dropna(subset=[EAST_M]).groupby(FRAME):
        at = start + timedelta(seconds=float(frame) / fps)  # type: ignore[arg-type]
        yield Scene(at, tuple(_track(row, at) for row in rows.itertuples()))


def _track(row: object, at: datetime) -> Track:
    return Track(
        id=int(getattr(row, TRACK)),
        object_class=str(getattr(row, OBJECT_CLASS)),
        box_px=(0.0, 0.0, 1.0, 1.0),
        score=1.0,
        started_at=at,
        ground_m=(float(getattr(row, EAST_M)), float(getattr(row, NORTH_M))),
    )


def runs(track: pd.DataFrame) -> pd.DataFrame:
    """The same path, so much faster."""
    kept = track.iloc[:: round(FASTER)].copy()
    kept[FRAME] = track[FRAME].iloc[: len(kept)].to_numpy()
    return kept


def strays(track: pd.DataFrame) -> pd.DataFrame:
    """The same path, so far aside: across its main direction."""
    path = track[[EAST_M, NORTH_M]].to_numpy()
    along = path[-1] - path[0]
    across = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-9)
    aside = track.copy()
    aside[[EAST_M, NORTH_M]] = path + ASIDE_M * across
    return aside


def turns_back(track: pd.DataFrame) -> pd.DataFrame:
    """The same path, from its end to its beginning."""
    back = track.copy()
    back[[EAST_M, NORTH_M]] = track[[EAST_M, NORTH_M]].to_numpy()[::-1]
    return back


ANOMALIES: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "runs": runs,
    "strays": strays,
    "turns back": turns_back,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the anomalies of one sort."""

    sort: str
    hits: Hits


def judge(
    usual: Usual, tracks: pd.DataFrame, *, start: datetime, fps: float
) -> tuple[list[Found], int, float]:
    """Put every anomaly into the quiet tracks, one at a time.

    Returns:
        What was found of each sort; false alarms on the quiet tracks; how long these are, hours.
    """
    quiet = _told(usual, tracks, start=start, fps=fps)
    hours = (tracks[FRAME].max() - tracks[FRAME].min()) / fps / 3600
    long = [
        track.sort_values(FRAME)
        for _, track in tracks.dropna(subset=[EAST_M]).groupby(TRACK)
        if len(track) >= LEAST_S * fps * FASTER / 2
    ]
    found = []
    for sort, change in ANOMALIES.items():
        hits = Hits(0, 0, 0)
        for track in long:
            told = _told(usual, change(track).assign(**{TRACK: INJECTED}), start=start, fps=fps)
            hits += Hits(1, 0, 0) if told else Hits(0, 0, 1)
        found.append(Found(sort, hits))
    crowd = pd.concat([tracks.assign(**{TRACK: tracks[TRACK] + n * INJECTED}) for n in range(MANY)])
    many = any("many" in one for one in _told(usual, crowd, start=start, fps=fps))
    found.append(Found(f"{MANY} times as many", Hits(int(many), 0, int(not many))))
    return found, len(quiet), float(hours)


def _told(usual: Usual, tracks: pd.DataFrame, *, start: datetime, fps: float) -> list[str]:
    rule = Unusual(usual)
    return [
        str(finding.attributes["what"])
        for scene in scenes_of(tracks, start=start, fps=fps)
        for finding in rule.update(scene)
    ]


def normality_table(
    found: list[Found], false_alarms: int, hours: float, *, words: str
) -> ResultTable:
    """The figures as a table."""
    rows: list[dict[str, Value]] = []
    for one in found:
        tried = one.hits.found + one.hits.missed
        low, high = wilson_interval(hits=one.hits.found, trials=tried)
        rows.append({"what": one.sort, "tried": tried, "found": one.hits.found,
                     "share": one.hits.recall, "low": low, "high": high})  # fmt: skip
    low, high = poisson_rate_interval(count=false_alarms, exposure=hours)
    rows.append(
        {
            "what": "false alarms an hour",
            "tried": None,
            "found": false_alarms,
            "share": false_alarms / hours if hours else None,
            "low": low,
            "high": high,
        }
    )
    columns = (
        Column("tried", "injected"),
        Column("found", "found"),
        Column("share", "share, or per hour", 2),
        Column("low", "95 % from", 2),
        Column("high", "to", 2),
    )
    note = f"Injected anomalies, not real ones, into {words}."
    return ResultTable("normality", "The unusual, found", note, columns, tuple(rows))
