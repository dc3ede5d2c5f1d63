import json
import math

import pytest

from hlaska.results import Column, ResultTable, written
from training.evaluation.tables import as_json

TABLE = ResultTable(
    "speed",
    "Speed",
    "Of snails.",
    (Column("mps", "m/s", 2),),
    (
        {"what": "ours", "mps": 0.5},
        {"what": "theirs", "mps": math.nan},
        {"what": "gone", "reason": "no"},
    ),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.125, "0.12"), (1234, "1,234.00"), ("0.5 (0.1–0.9)", "0.5 (0.1–0.9)"), (None, "–"),
     (math.nan, "–")],
)  # fmt: skip
def test_what_is_not_known_is_a_dash(value, text):
    assert written(value, 2) == text


def test_tables_are_kept_as_json_that_every_reader_takes():
    points = [{"threshold": 0.5, "precision": math.nan}]
    kept = json.loads(as_json([TABLE], {"seed": 1, "bound": math.inf}, points=points))
    assert kept["points"] == [{"threshold": 0.5, "precision": None}]
    assert kept["about"]["seed"] == 1
    assert kept["tables"]["speed"]["columns"] == {"mps": "m/s"}
    rows = kept["tables"]["speed"]["rows"]
    assert rows == [
        {"what": "ours", "mps": 0.5},
        {"what": "theirs", "mps": None},
        {"what": "gone", "reason": "no"},
    ]
    assert kept["about"]["bound"] is None
