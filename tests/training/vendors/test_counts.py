from datetime import timedelta
from pathlib import Path

import pytest

from hlaska.errors import DataError
from training.vendors.counts import Counts, Words
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading

QUARTER = timedelta(minutes=15)
CARS = Words("A", "in", "car")


def counts(**said):
    reading = Reading(Path("b.csv"), Mapping(system="b", format="certicon", path="b.csv", **said))
    return Counts(reading), reading


def test_counts_are_in_our_words(noon, rows):
    found, _ = counts(
        lines={"A": "gate"},
        directions={"in": "west"},
        classes={"van": "car"},
        movements={"A-B": ("gate", "bridge")},
    )
    found.add(2, CARS, noon, noon + QUARTER, 3)
    found.add(3, CARS._replace(kind="van"), noon, noon + QUARTER, 1)
    found.add(4, Words("", "", "bus", "A-B"), noon, noon + QUARTER, 2)
    found.event(5, Words("A", "", "car", to_line="C"), noon)
    found.event(6, Words("", "", "car", "B-A"), noon)
    columns = ("line", "direction", "kind", "to_line", "count", "starts_at", "ends_at")
    assert sorted(rows(found.table(), *columns)) == [
        ("B-A", "", "car", "", 1, "12:00:00", "12:00:00"),
        ("gate", "", "bus", "bridge", 2, "12:00:00", "12:15:00"),
        ("gate", "", "car", "C", 1, "12:00:00", "12:00:00"),
        ("gate", "west", "car", "", 1, "12:00:00", "12:15:00"),
        ("gate", "west", "car", "", 3, "12:00:00", "12:15:00"),
    ]


def test_what_the_mapping_ignores_is_left_out(noon):
    found, reading = counts(lines={"A": "ignore"}, directions={"up": "ignore"})
    found.add(2, CARS, noon, noon + QUARTER, 3)
    found.add(3, Words("B", "up", "car"), noon, noon + QUARTER, 3)
    found.event(4, Words("B", "", "car", to_line="A"), noon)
    assert found.table().empty
    assert sum("ignores" in text for text in reading.done().left_out) == 2


def test_the_same_count_of_the_same_time_is_taken_once(noon):
    found, reading = counts()
    for line in (2, 9):
        found.add(line, CARS, noon, noon + QUARTER, 3)
    assert found.table()["count"].tolist() == [3]
    assert reading.done().repairs == ("line 9: a count that stands there twice is taken once",)


@pytest.mark.parametrize(
    ("minutes", "count"),
    [pytest.param(0, 4, id="the same time"), pytest.param(5, 3, id="a part of it")],
)
def test_counts_that_overlap_and_do_not_agree_are_an_error_with_both_lines(minutes, count, noon):
    found, _ = counts()
    found.add(2, CARS, noon, noon + QUARTER, 3)
    starts = noon + timedelta(minutes=minutes)
    found.add(9, CARS, starts, starts + QUARTER, count)
    with pytest.raises(DataError, match=r"b\.csv, line 9: A, in, car: .* in line 2; the exports"):
        found.table()


def test_other_lines_ways_and_classes_do_not_overlap(noon):
    found, _ = counts(classes={"van": "car"})
    for words in (CARS, Words("B", "in", "car"), Words("A", "out", "car"), Words("A", "in", "van")):
        found.add(2, words, noon, noon + QUARTER, 1)
    assert found.table()["count"].tolist() == [1, 1, 1, 1]


def test_one_object_crosses_once_at_a_moment(noon):
    found, reading = counts()
    for who in ("7", "8", "7", "", ""):
        found.event(2, CARS, noon, who)
    assert len(found.table()) == 4
    assert reading.done().repairs == ("line 2: a crossing that stands there twice is taken once",)


@pytest.mark.parametrize("count", [-1, 10**7 + 1])
def test_a_count_that_no_street_has_is_an_error(count, noon):
    found, _ = counts()
    with pytest.raises(DataError, match=r"line 2: a count of -?\d+ in one interval"):
        found.add(2, CARS, noon, noon + QUARTER, count)
