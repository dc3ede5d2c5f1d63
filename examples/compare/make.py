"""Makes the example: an invented junction, its truth, and what five invented systems say of it.

`python examples/compare/make.py` writes the same files again. The exports are constructed in the
form that public descriptions of the formats give: no figure of this example is any maker's result.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
STARTS_AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECONDS = 5400
RAIN_FROM, DUSK_FROM = 2700, 4200
GATES = {"west": (40, 325), "east": (760, 325), "south": (400, 570)}
MIDDLE = (400, 325)
CLASSES = {"person": 1, "car": 3, "bicycle": 4}  # the numbers of MOT Challenge
SIZES = {"person": (26, 62), "car": (96, 64), "bicycle": (44, 60)}
SPEEDS = {"person": 38, "car": 75, "bicycle": 55}  # pixels a second, at 5 cm a pixel


@dataclass(frozen=True)
class Box:
    """An object in one picture, a picture a second."""

    second: int
    track: int
    kind: str
    x: float
    y: float

    def line(self, score: float) -> str:
        """As MOT Challenge text: frame from 1, left, top, width, height, score, class."""
        width, height = SIZES[self.kind]
        left, top = round(self.x - width / 2), round(self.y - height)
        number = CLASSES[self.kind]
        return f"{self.second + 1},{self.track},{left},{top},{width},{height},{score:g},{number}\n"


def ways(rng: np.random.Generator) -> Iterator[tuple[int, str, str, str]]:
    """When somebody comes, who it is, and from and to which arm: more and more until the end."""
    second = 20.0
    while (second := second + rng.exponential(95 - 45 * second / SECONDS)) < SECONDS - 40:
        start, end = rng.permutation(list(GATES))[:2]
        yield int(second), str(rng.choice(list(CLASSES), p=[0.25, 0.55, 0.2])), start, end


def walked(track: int, begins: int, kind: str, start: str, end: str) -> list[Box]:
    """The boxes of somebody who goes straight to the middle, and from there straight on."""
    points = [GATES[start], MIDDLE, GATES[end]]
    legs = [math.dist(one, other) for one, other in pairwise(points)]
    boxes = []
    for step in range(math.ceil(sum(legs) / SPEEDS[kind]) + 1):
        gone = min(step * SPEEDS[kind], sum(legs))
        leg = int(gone > legs[0])
        share = (gone - leg * legs[0]) / legs[leg]
        (x, y), (to_x, to_y) = points[leg : leg + 2]
        place = x + share * (to_x - x), y + share * (to_y - y)
        boxes.append(Box(begins + step, track, kind, *place))
    return boxes


def tracker(
    boxes: list[Box], rng: np.random.Generator, *, off_px: float, missed: float, renamed: float
) -> str:
    """What an invented tracker makes of it: worse in rain, worst at dusk."""
    lines = []
    names: dict[int, int] = {}
    for box in boxes:
        harder = 3 if box.second >= DUSK_FROM else 2 if box.second >= RAIN_FROM else 1
        if box.track not in names or rng.random() < renamed * harder:
            names[box.track] = len(lines) + 1000
        if rng.random() < missed * harder:
            continue
        x, y = box.x + rng.normal(0, off_px), box.y + rng.normal(0, off_px)
        score = round(float(rng.uniform(0.5, 0.95)), 2)
        lines.append(Box(box.second, names[box.track], box.kind, x, y).line(score))
        if rng.random() < 0.02 * harder:
            ghost = Box(box.second, len(lines) + 9000, "person", *rng.uniform(80, 550, 2))
            lines.append(ghost.line(0.42))
    return "".join(lines)


def at(second: float) -> datetime:
    """The moment, in UTC."""
    return STARTS_AT + timedelta(seconds=second)


def datafromsky(paths: list[list[Box]], gates: list[tuple[str, str]]) -> str:
    """Trajectories with gates, semicolons and decimal commas; the last car is not seen."""
    head = (
        "Track ID; Type; Entry Gate; Entry Time [s]; Exit Gate; Exit Time [s]; "
        "Traveled Dist. [px]; Avg. Speed [kpx/h]; Trajectory(x [px]; y [px]; Speed [kpx/h]; "
        "Total Acc. [pxs-2]; Time [s]; )\n"
    )
    lines = [head]
    words = {"person": "Pedestrian", "car": "Car", "bicycle": "Bicycle"}
    for path, (start, end) in zip(paths[:-1], gates, strict=False):
        first, last = path[1], path[-2]
        cells = [str(first.track), words[first.kind], start, f"{first.second},0", end,
                 f"{last.second},0", "0,0", "0,0"]  # fmt: skip
        for box in (first, last):
            cells += [f"{box.x:.1f}".replace(".", ","), f"{box.y:.1f}".replace(".", ","), "0,0",
                      "0,0", f"{box.second},0"]  # fmt: skip
        lines.append("; ".join(cells) + "\n")
    return "".join(lines)


def gridsmart(
    paths: list[list[Box]], gates: list[tuple[str, str]], arm: str, rng: np.random.Generator
) -> str:
    """Vehicles that enter by one arm, by their turn, in local time; one in twelve is missed."""
    turns = {"west": {"east": "S", "south": "R"}, "east": {"west": "S", "south": "L"},
             "south": {"west": "L", "east": "R"}}[arm]  # fmt: skip
    lines = [
        "Count Version,Site Revision,Local Timestamp,UTC Offset,Turn,Vehicle Length,Speed,"
        "Light State,Seconds in Zone,Vehicles Remaining,Seconds of Light State,"
        "Seconds Since Green,Zone Recent Free Flow Speed,Zone Calibration Free Flow Speed,"
        "Bike Probability\n"
    ]
    for path, (start, end) in zip(paths, gates, strict=True):
        if start != arm or path[0].kind == "person" or rng.random() < 1 / 12:
            continue
        local = f"{at(path[-2].second) + timedelta(hours=2):%Y-%m-%d %H:%M:%S}"
        bike = 0.9 if path[0].kind == "bicycle" else 0.05
        lines.append(f"9,1,{local},120,{turns[end]},15,12,G,2.0,0,9,4,12,12,{bike}\n")
    return "".join(lines)


def frigate(happened: list[int]) -> str:
    """Events as the API lists them: the third is missed, and one is false."""
    told = [second + 1 + 2 * place for place, second in enumerate(happened) if place != 2]
    events = [
        {
            "id": f"{at(second).timestamp():.1f}-{place}",
            "camera": "junction",
            "label": "person",
            "start_time": at(second).timestamp(),
            "end_time": at(second + 12).timestamp(),
            "data": {"top_score": 0.8},
        }
        for place, second in enumerate(sorted([*told, 3333]))
    ]
    return json.dumps(events, indent=1) + "\n"


def main() -> None:
    """Write all files."""
    rng = np.random.default_rng(20)
    who = list(ways(rng))
    paths = [walked(number, *one) for number, one in enumerate(who, start=1)]
    gates = [(start, end) for *_, start, end in who]
    boxes = sorted((box for path in paths for box in path), key=lambda box: (box.second, box.track))
    happened = [640, 1500, 2300, 3000, 4100, 4900]
    alerts = "".join(
        f"{at(second).isoformat()},{at(second + 20).isoformat()},junction,video.intrusion\n"
        for second in happened
    )
    good = tracker(boxes, rng, off_px=2, missed=0.02, renamed=0.001)
    texts = {
        "truth/tracks.txt": "".join(box.line(1) for box in boxes),
        "truth/alerts.csv": "at,ended_at,camera,kind\n" + alerts,
        "exports/careful.txt": good,
        "exports/hasty.txt": tracker(boxes, rng, off_px=7, missed=0.09, renamed=0.03),
        "exports/cut_off.txt": good[: len(good) // 8],
        "exports/gates.csv": datafromsky(paths, gates),
        "exports/events.json": frigate(happened),
    }
    texts |= {f"exports/zones/{arm}.csv": gridsmart(paths, gates, arm, rng) for arm in GATES}
    for name, text in texts.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
