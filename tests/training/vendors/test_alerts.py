from datetime import timedelta
from pathlib import Path

import pytest

from hlaska.errors import DataError
from training.vendors.alerts import LONGEST_TEXT, Alerts
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading


def alerts(**said):
    reading = Reading(Path("b.csv"), Mapping(system="b", format="briefcam", path="b.csv", **said))
    return Alerts(reading), reading


def test_alerts_are_in_our_words_and_in_the_order_of_time(noon, rows):
    found, _ = alerts(
        alerts={"Line 1": "video.intrusion"}, cameras={"Cam 3": "yard"}, camera="gate"
    )
    later = noon + timedelta(seconds=5)
    found.add(2, word="Line 1", at=later, ended_at=later, camera="Cam 3", score=0.5, text="x" * 999)
    found.add(3, word="person", at=noon)
    table = found.table()
    assert rows(table, "at", "camera", "kind") == [
        ("12:00:00", "gate", "person"),
        ("12:00:05", "yard", "video.intrusion"),
    ]
    assert table["ended_at"].isna().tolist() == [True, False]
    assert table["score"].fillna(-1).tolist() == [-1, 0.5]
    assert table["text"].str.len().tolist() == [0, LONGEST_TEXT]


def test_the_same_alert_again_is_taken_once(noon):
    found, reading = alerts()
    for line in (2, 3):
        found.add(line, word="person", at=noon)
    assert len(found.table()) == len(found) == 1
    assert reading.done().repairs == ("line 3: an alert that stands there twice is taken once",)


def test_alerts_of_ignored_words_and_cameras_are_left_out(noon):
    found, reading = alerts(alerts={"cat": "ignore"}, cameras={"Cam 3": "ignore"})
    found.add(2, word="cat", at=noon)
    found.add(3, word="person", at=noon, camera="Cam 3")
    assert found.table().empty
    assert reading.done().left_out == (
        "line 2: alerts 'cat', which the mapping ignores",
        "line 3: camera 'Cam 3', which the mapping ignores",
    )


def test_an_alert_that_ends_before_it_begins_is_an_error(noon):
    found, _ = alerts()
    with pytest.raises(DataError, match=r"line 2: ended at .*, before it began"):
        found.add(2, word="person", at=noon, ended_at=noon - timedelta(seconds=1))
