import io
import zipfile

import pytest

from hlaska.errors import DataError
from training.vendors import read_export
from training.vendors.mapping import Mapping

HEAD = (
    "Count Version,Site Revision,Local Timestamp,UTC Offset,Turn,Vehicle Length,Speed,Light State,"
    "Seconds in Zone,Vehicles Remaining,Seconds of Light State,Seconds Since Green,"
    "Zone Recent Free Flow Speed,Zone Calibration Free Flow Speed,Bike Probability\n"
)
ROW = "9,23,2026-05-01 07:00:00.5,-300,S,10,42,G,2.0,1,126.08,0,42,39,0.1\n"
OLD = "8,23,70000.5,-300,L,10,42,G,2.0,1,126.08,0,42,39\n"
SAID = {"classes": {"vehicle": "car"}}


def packed(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def test_a_row_is_a_vehicle_at_a_zone_with_its_turn(export, rows):
    bike = ROW.replace("0.1\n", "0.7\n").replace(",S,", ",R,")
    read = export(
        "gridsmart", HEAD + ROW + bike, name="zone1.csv", **SAID, lines={"zone1": "north"},
        directions={"S": "straight"}, movements={"zone1 R": ["north", "west"]},
    )  # fmt: skip
    assert rows(read.counts, "line", "direction", "to_line", "kind", "starts_at", "count") == [
        ("north", "straight", "", "car", "12:00:00.500000", 1),
        ("north", "", "west", "bicycle", "12:00:00.500000", 1),
    ]
    assert read.left_out == ("speeds and lengths of single vehicles",)


def test_vehicles_of_the_same_moment_are_all_counted(export):
    assert len(export("gridsmart", HEAD + ROW + ROW, **SAID).counts) == 2


def test_version_8_has_no_head_and_the_date_in_the_name_of_its_zip(export, rows):
    content = packed(z1_csv=OLD, z2_csv=OLD.replace(",L,", ",S,"), readme_txt="x")
    read = export("gridsmart", content, name="2026-05-01_Burnet.zip", **SAID)
    assert rows(read.counts, "line", "direction", "starts_at") == [
        ("z1", "L", "12:00:00.500000"),
        ("z2", "S", "12:00:00.500000"),
    ]
    assert read.repairs == ("line 1 and 1 more: no head: columns of version 8",)


def test_a_folder_is_read_file_by_file(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.csv").write_text(HEAD + ROW)
    (tmp_path / "notes.txt").write_text("x")
    said = Mapping(system="b", format="gridsmart", path=".", **SAID)
    assert read_export(tmp_path, said).counts["line"].tolist() == ["a", "b"]


def test_a_zone_that_is_said_counts_before_the_offset_of_the_file(export, rows):
    read = export("gridsmart", HEAD + ROW, **SAID, time_zone="Europe/Prague")
    assert rows(read.counts, "starts_at") == [("05:00:00.500000",)]


def test_percent_are_read_as_such_and_told(export):
    read = export("gridsmart", HEAD + ROW.replace("0.1\n", "80\n"), **SAID)
    assert read.counts["kind"].tolist() == ["bicycle"]
    assert read.repairs == ("line 2: Bike Probability over 1 read as percent",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("z.csv", HEAD + ROW.replace(",S,", ",X,"), r"z\.csv, line 2: turn 'X'; known: S, R, L, U"),
        ("z.csv", HEAD + ROW.replace("-300", "-30000"), r"line 2: UTC Offset of -30000 minutes"),
        ("z.csv", OLD, r"z\.csv, line 1: '70000.5' has no date.*rename it"),
        ("z.csv", OLD.replace("8,", "4,", 1), r"line 1: 14 columns of version 4 without a head"),
        ("z.csv", "Turn\nS\n", r"line 1: no column is known to be at"),
        ("z.zip", packed(z_txt="x"), r"z\.zip: no \.csv in it"),
        ("z.zip", packed(a_csv=HEAD + ROW[:30]), r"z\.zip/a\.csv, line 2: 4 cells under 15"),
        (
            "z.zip",
            packed(a_csv=HEAD + ROW)[:-200],
            r"z\.zip, line \d+: ",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(name, content, message, export):
    with pytest.raises(DataError, match=message):
        export("gridsmart", content, name=name, **SAID)


@pytest.mark.parametrize("place", range(30, 200, 17))
def test_a_damaged_zip_is_an_error(place, export):
    content = bytearray(packed(a_csv=HEAD + ROW))
    content[place] ^= 0xFF
    with pytest.raises(DataError, match=r"z\.zip: damaged ZIP: .*; copy it again"):
        export("gridsmart", bytes(content), name="z.zip", **SAID)


def test_a_zip_that_unpacks_to_too_much_is_an_error(export, monkeypatch):
    monkeypatch.setattr("training.vendors.gridsmart.MOST_BYTES", 10)
    with pytest.raises(DataError, match=r"unpacks to too much; export less"):
        export("gridsmart", packed(a_csv=HEAD + ROW), name="z.zip", **SAID)
