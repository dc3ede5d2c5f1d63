"""Hand-made scenes, small enough to work out on paper."""

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from hlaska.settings import Settings
from training.comparison.facts import MOVED_COLUMNS, moved
from training.comparison.judging import compare
from training.comparison.run import load_run
from training.comparison.scene import Scene, camera_of
from training.evaluation.observations import table

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
METRES_PER_PX = 0.1
_NOWHERE = (np.nan, np.nan, np.nan)
SCENE = {
    "starts_at": "2026-05-01T12:00:00Z",
    "fps": 10,
    "frames": 400,
    "size_px": [200, 200],
    "interval_s": 10,
    "stretch_s": 5,
    "homography": [[METRES_PER_PX, 0, 0], [0, -METRES_PER_PX, 0], [0, 0, 1]],
    "lines": [
        {
            "id": "middle",
            "name": "Middle",
            "points": [[100, 0], [100, 200]],
            "forward": "west",
            "backward": "east",
        },
        {
            "id": "right",
            "name": "Right",
            "points": [[160, 0], [160, 200]],
            "forward": "west",
            "backward": "east",
        },
    ],
}


def _walk(track, points, *, first=0, kind="person", score=0.9, size=(20, 40)):
    width, height = size
    return [
        (frame, track, kind, x - width / 2, y - height, x + width / 2, y, score, *_NOWHERE)
        for frame, (x, y) in enumerate(points, start=first)
    ]


@pytest.fixture
def walk():
    """`walk(track, points, first=0, kind="person", score=0.9, size=(20, 40))`: rows of feet."""
    return _walk


@pytest.fixture
def across():
    """`across(track, first, kind="person")`: rows from x = 60 to 190 in 27 frames, eastwards."""
    return lambda track, first, kind="person", y=100, **more: _walk(
        track, [(60 + 5 * step, y) for step in range(27)], first=first, kind=kind, **more
    )


@pytest.fixture
def tracks():
    """`tracks(*walks)`: their table."""
    return lambda *walks: table([row for rows in walks for row in rows], MOVED_COLUMNS)


@pytest.fixture
def scene():
    """`scene(**changes)`: 40 s at 10 frames a second, 10 cm a pixel, lines at x = 100 and 160."""
    return lambda **changes: Scene.model_validate({**SCENE, **changes})


@pytest.fixture
def spans(scene):
    return scene().spans()


@pytest.fixture
def camera(scene):
    return camera_of(scene(), None)


@pytest.fixture
def facts(spans, camera):
    """`facts(tracks)`: all that follows from them."""
    return lambda rows: moved(rows, spans, camera, ())


@pytest.fixture
def alerts():
    """`alerts((second, kind, camera, length), …)`: after noon."""

    def made(*rows):
        at = [pd.Timestamp(NOON) + pd.Timedelta(seconds=row[0]) for row in rows]
        ends = [start + pd.Timedelta(seconds=row[3]) if row[3] is not None else pd.NaT
                for start, row in zip(at, rows, strict=True)]  # fmt: skip
        return pd.DataFrame(
            {
                "at": pd.to_datetime(at, utc=True),
                "ended_at": pd.to_datetime(ends, utc=True),
                "source": pd.Series([row[2] for row in rows], dtype=object),
                "kind": pd.Series([row[1] for row in rows], dtype=object),
            }
        )

    return made


def _mot(rows):
    return "".join(
        f"{frame + 1},{track},{left},{top},{right - left},{bottom - top},{score},-1,-1,-1\n"
        for frame, track, _, left, top, right, bottom, score, *_ in rows
    )


@pytest.fixture
def mot():
    """`mot(rows)`: their MOT Challenge text."""
    return _mot


BOX = {"system": "A box", "format": "motchallenge", "path": "box.txt", "kind": "person"}


@pytest.fixture(scope="session")
def run_in():
    """`run_in(folder, exports, **changes)`: a run of eight walks, and a box that misses two."""

    def made(folder, exports=None, **changes):
        truth = [
            row
            for number in range(8)
            for row in _walk(number, [(60 + 5 * n, 100) for n in range(27)], first=45 * number)
        ]
        (folder / "truth.txt").write_text(_mot(truth))
        (folder / "box.txt").write_text(_mot([row for row in truth if row[1] % 4 != 3]))
        run = {
            "name": "street",
            "title": "A street",
            "truth": {"tracks": "truth.txt"},
            "scene": SCENE,
            "systems": exports or [{"export": BOX}],
        } | changes
        path = folder / "run.yaml"
        # JSON is YAML.
        path.write_text(json.dumps(run, indent=1))
        return path

    return made


@pytest.fixture
def run_file(tmp_path, run_in):
    """`run_file(exports, **changes)`: the same in the folder of the test."""
    return lambda exports=None, **changes: run_in(tmp_path, exports, **changes)


@pytest.fixture(scope="session")
def compared():
    """`compared(path)`: the comparison of a run file."""
    return lambda path: compare(
        load_run(path), path.parent, Settings.load(), lambda *_: lambda _: None
    )
