from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import DataError
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading, quoted


def reading(**said):
    return Reading(Path("box.csv"), Mapping(system="b", format="coco", path="box.csv", **said))


def test_a_word_is_what_the_mapping_says_or_one_of_our_classes():
    read = reading(classes={"Van": "car", "car": "truck", "Pram": "ignore"})
    assert [read.kind(word, 1) for word in ("Van", "car", "Bus", "PERSON")] == [
        "car",
        "truck",
        "bus",
        "person",
    ]
    assert [read.kind("Pram", line) for line in (4, 5)] == [None, None]
    assert read.done().left_out == ("line 4 and 1 more: class 'Pram', which the mapping ignores",)


def test_words_that_nobody_knows_are_all_named_with_the_lines_to_add():
    read = reading()
    for line, word in enumerate(["Car", "Nákladní", 'a "tram"', "Nákladní"], 2):
        read.kind(word, line)
    with pytest.raises(DataError) as caught:
        read.done()
    message = str(caught.value)
    assert message.startswith("box.csv, line 3: the mapping does not say which classes are ")
    lines = message.partition("  classes:")[2]
    assert yaml.safe_load(lines) == {"Nákladní": "ignore", 'a "tram"': "ignore"}


def test_of_many_unknown_words_twenty_are_named():
    read = reading()
    for number in range(1000):
        read.kind(f"word {number}", number)
    with pytest.raises(DataError, match=r"'word 19', and 980 more; add to it") as caught:
        read.done()
    assert len(str(caught.value)) < 2000


def test_a_file_without_classes_needs_a_kind():
    assert reading(kind="bicycle").kind("", 1) == "bicycle"
    with pytest.raises(DataError, match=r"line 1: no class is named; write `kind:`"):
        reading().kind("", 1)


def test_alerts_have_words_of_their_own_or_those_of_classes():
    read = reading(alerts={"person": "video.intrusion", "cat": "ignore"}, classes={"dog": "dog"})
    assert [read.alert(word, 1) for word in ("person", "cat", "dog")] == [
        "video.intrusion",
        None,
        "dog",
    ]
    assert read.kind("person", 1) == "person"


def test_lines_directions_and_cameras_are_named_as_the_mapping_says():
    read = reading(
        lines={"A": "gate", "B": "ignore"},
        directions={"in": "west"},
        cameras={"front": "gate"},
        camera="yard",
    )
    assert [read.line(word, 1) for word in "ABC"] == ["gate", None, "C"]
    assert [read.direction(word, 1) for word in ("in", "out")] == ["west", "out"]
    assert [read.camera(word, 1) for word in ("front", "back", "")] == ["gate", "back", "yard"]


def test_the_same_repair_is_told_once_with_how_often():
    read = reading()
    for line in (7, 8, 9):
        read.repair("decimal comma read as point", line)
    read.repair("something of the whole")
    assert read.done().repairs == (
        "line 7 and 2 more: decimal comma read as point",
        "something of the whole",
    )


@given(st.text(max_size=80))
def test_every_word_can_be_written_into_the_run_file(word):
    # What cannot be printed is written as YAML's escape of sixteen bits.
    if all(ord(c) < 0x10000 for c in word):
        assert yaml.safe_load(f"{quoted(word)}: ignore") == {word: "ignore"}
