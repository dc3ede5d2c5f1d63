from pathlib import Path

import pytest

from hlaska.errors import DataError
from training.vendors.columns import Sheet, plain, unit
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading

NAMES = {"at": ("time", "cas"), "count": ("pocet", "count")}


def sheet(*rows, **said):
    mapping = Mapping(system="b", format="coco", path="box.csv", **said)
    source = iter([(number, list(row)) for number, row in enumerate(rows, 1)])
    return Sheet(Reading(Path("box.csv"), mapping), NAMES, source)


@pytest.mark.parametrize(
    ("name", "bare", "of"),
    [
        ("Počet [voz.]", "pocet", "voz."),
        ("  Entry_Time [s]", "entry time", "s"),
        ("Trajectory(x [px]", "trajectory", "x [px"),
        ("Avg. Speed (km/h)", "avg speed", "km/h"),
        ("ČAS", "cas", ""),
    ],
)
def test_names_of_columns_are_compared_without_what_differs(name, bare, of):
    assert plain(name) == bare
    assert unit(name) == of


def test_columns_are_found_in_any_order_and_language():
    found = sheet(["Počet", "Other", "Čas", ""], ["3", "x", "noon"])
    assert found.places == {"at": 2, "count": 0}
    assert found.rest() == [1]
    [(line, cells)] = found
    assert (line, found.cell(cells, "at"), found.cell(cells, "nothing")) == (2, "noon", "")


def test_the_mapping_says_which_column_is_which():
    found = sheet(["When", "Počet"], columns={"at": "When"})
    assert found.places == {"at": 0, "count": 1}


def test_a_column_that_is_missing_is_an_error_with_what_there_is():
    with pytest.raises(
        DataError, match=r"line 1: no column is known to be at; the columns are 'When'.*`columns:"
    ):
        sheet(["When", "count"]).need("at")


@pytest.mark.parametrize(
    ("head", "said", "message"),
    [
        pytest.param(["a"], {"at": "b"}, r"line 1: no column 'b'", id="not there"),
        pytest.param(["a"], {"size": "a"}, r"says what 'size' is; known there: at", id="unknown"),
        pytest.param(["Time", "Čas"], {}, r"'Time', 'Čas' could all be at; say which", id="two"),
    ],
)
def test_what_the_mapping_says_of_columns_must_be_so(head, said, message):
    with pytest.raises(DataError, match=message):
        sheet(head, columns=said)


def test_a_row_of_another_width_is_an_error():
    with pytest.raises(DataError, match=r"line 2: 3 cells under 2 columns"):
        list(sheet(["time", "count"], ["1", "2", "5"]))
