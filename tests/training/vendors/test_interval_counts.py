"""GoodVision's, Certicon's and BriefCam's tables: constructed, as none of theirs is public."""

import pytest

from hlaska.errors import DataError

WIDE = """Start Time,End Time,Movement,Car,Van,Total
2026-05-01 14:00,2026-05-01 14:15,N-S,12,3,15
2026-05-01 14:15,2026-05-01 14:30,N-S,,1,1
"""
SAID = {
    "time_zone": "Europe/Prague",
    "classes": {"Van": "car", "Total": "ignore"},
    "movements": {"N-S": ["north", "south"]},
    "constructed": True,
}
CZECH = """Datum;Od;Do;Čára;Směr;Třída;Počet
1.5.2026;23:30;23:45;Most;dovnitř;Osobní;1 012,0
1.5.2026;23:45;0:00;Most;ven;Osobní;3
"""
SAID_CZECH = {
    "time_zone": "Europe/Prague",
    "encoding": "cp1250",
    "decimal": ",",
    "classes": {"Osobní": "car"},
    "lines": {"Most": "bridge"},
    "directions": {"dovnitř": "in", "ven": "out"},
    "constructed": True,
}
COLUMNS = ("line", "to_line", "kind", "starts_at", "ends_at", "count")


def test_a_column_may_be_a_class_and_an_empty_cell_was_not_counted(export, rows):
    read = export("goodvision", WIDE, **SAID)
    assert rows(read.counts, *COLUMNS) == [
        ("north", "south", "car", "12:00:00", "12:15:00", 12),
        ("north", "south", "car", "12:00:00", "12:15:00", 3),
        ("north", "south", "car", "12:15:00", "12:30:00", 1),
    ]
    assert read.left_out == (
        "line 3: empty cells: not counted, which is not nothing counted",
        "line 2 and 1 more: class 'Total', which the mapping ignores",
    )


def test_a_movement_that_the_mapping_does_not_know_is_a_line(export, rows):
    read = export("goodvision", WIDE, **SAID | {"movements": {}})
    assert set(read.counts["line"]) == {"N-S"}


def test_a_column_that_is_no_class_is_asked_for(export):
    with pytest.raises(DataError, match=r"line 2: .*'Total'; add to it") as caught:
        export("goodvision", WIDE, **SAID | {"classes": {"Van": "car"}})
    assert '"Total": ignore' in str(caught.value)


def test_czech_excel_is_read(export, rows):
    read = export("certicon", CZECH.encode("cp1250"), **SAID_CZECH)
    assert rows(read.counts, "line", "direction", *COLUMNS[2:]) == [
        ("bridge", "in", "car", "21:30:00", "21:45:00", 1012),
        ("bridge", "out", "car", "21:45:00", "22:00:00", 3),
    ]


def test_czech_excel_read_as_utf_8_is_an_error_that_names_cp1250(export):
    with pytest.raises(DataError, match=r"line 1: the byte .* is not utf-8; .*cp1250"):
        export("certicon", CZECH.encode("cp1250"), **SAID_CZECH | {"encoding": None})


def test_both_hours_of_the_autumn_night_are_counted(export, rows):
    times = ["02:00", "02:30", "02:00", "02:30", "03:00"]
    table = "Od;Čára;Třída;Počet\n" + "".join(
        f"25.10.2026 {at};Most;Osobní;{n}\n" for n, at in enumerate(times)
    )
    said = SAID_CZECH | {"encoding": "utf-8", "interval_s": 1800}
    read = export("certicon", table, **said, fold="by order")
    assert rows(read.counts, "starts_at", "ends_at", "count") == [
        ("00:00:00", "00:30:00", 0),
        ("00:30:00", "01:00:00", 1),
        ("01:00:00", "01:30:00", 2),
        ("01:30:00", "02:00:00", 3),
        ("02:00:00", "02:30:00", 4),
    ]
    with pytest.raises(DataError, match=r"line 2: .* was twice .*`fold: first`"):
        export("certicon", table, **said)


def test_an_hour_that_did_not_exist_is_an_error(export):
    table = "Od;Do;Čára;Třída;Počet\n29.3.2026 02:00;29.3.2026 02:15;Most;Osobní;1\n"
    with pytest.raises(DataError, match=r"line 2: .*did not exist.*Etc/GMT-1"):
        export("certicon", table, **SAID_CZECH | {"encoding": "utf-8"})


def test_exports_that_overlap_and_agree_are_taken_once_and_else_are_an_error(export):
    row = WIDE.splitlines()[1] + "\n"
    assert export("goodvision", WIDE + row, **SAID).repairs == (
        "line 4 and 2 more: a count that stands there twice is taken once",
    )
    with pytest.raises(DataError, match=r"line 4: Car, N-S: 13 from .* but 12 .* in line 2"):
        export("goodvision", WIDE + row.replace(",12,", ",13,"), **SAID)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Start,Line,Car\n", r"line 1: no column tells when an interval ends.*`interval_s:`"),
        ("End,Line,Car\n", r"no column is known to be starts_at; the columns are 'End'"),
        ("Start,End,Car\n", r"no column is known to be line"),
        ("Start,End,Line\n", r"no column is known to be count"),
        ("Start,End,Line,Car\n1,2\n", r"line 2: 2 cells under 4 columns"),
        ("Start,End,Line,Car\n2026-05-01 12:00Z,2026-05-01 12:15Z,a,1e9\n", r"line 2: a count of"),
        ("Start,End,Line,Car\n2026-05-01 12:00Z,2026-05-01 12:15Z,a,-1\n", r"line 2: a count of"),
        (
            "Start,End,Line,Car\n2026-05-01 12:00Z,2026-05-01 12:15Z,a,x\n",
            r"line 2: Car: 'x' is no",
        ),
        ("Start,End,Line,Car\n2026-05-01 12:00,2026-05-01 12:15,a,1\n", r"line 2: .*`time_zone:`"),
        ("Start,End,Line,Count\n2026-05-01 12:00Z,2026-05-01 12:15Z,a,1\n", r"line 2: .*`kind:`"),
    ],
)
def test_what_is_wrong_with_a_table_of_counts(content, message, export):
    with pytest.raises(DataError, match=message):
        export("goodvision", content)


def test_a_file_without_classes_has_that_of_the_mapping(export):
    table = "Start,End,Line,Count\n2026-05-01 12:00Z,2026-05-01 12:15Z,a,1\n"
    assert export("goodvision", table, kind="bicycle").counts["kind"].tolist() == ["bicycle"]


def test_columns_may_be_called_anything_if_the_mapping_says_what_they_are(export, rows):
    table = "Zeit;Bis;Wo;Was;Anzahl\n1.5.2026 14:00;1.5.2026 14:15;Tor;PKW;4\n"
    read = export(
        "certicon", table, time_zone="Europe/Berlin", classes={"PKW": "car"},
        columns={"starts_at": "Zeit", "ends_at": "Bis", "line": "Wo", "kind": "Was",
                 "count": "Anzahl"},
    )  # fmt: skip
    assert rows(read.counts, *COLUMNS) == [("Tor", "", "car", "12:00:00", "12:15:00", 4)]


ALERTS = """Start Time;End Time;Camera;Rule;Object Class;Confidence;Details
1.5.2026 14:00:00;1.5.2026 14:00:10;Cam 3;Line 1;Person;91%;at the door
1.5.2026 14:05:00;;Cam 3;;Person;0,5;
"""


def test_briefcam_s_alerts_are_kinds_by_rule_or_by_class(export, rows):
    read = export(
        "briefcam", ALERTS, time_zone="Europe/Prague", cameras={"Cam 3": "gate"},
        alerts={"Line 1": "video.intrusion", "Person": "video.loitering"}, constructed=True,
    )  # fmt: skip
    assert rows(read.alerts, "at", "camera", "kind", "score", "text") == [
        ("12:00:00", "gate", "video.intrusion", 0.91, "at the door"),
        ("12:05:00", "gate", "video.loitering", 0.5, ""),
    ]
    assert rows(read.alerts, "ended_at")[0] == ("12:00:10",)
    assert read.alerts["ended_at"].isna().tolist() == [False, True]
    assert read.repairs == ("line 3: decimal comma read as point",)


def test_briefcam_s_counts_are_counts(export, rows):
    table = "Start,End,Line,Class,Count\n2026-05-01 12:00Z,2026-05-01 12:15Z,a,Car,2\n"
    assert rows(export("briefcam", table).counts, *COLUMNS) == [
        ("a", "", "car", "12:00:00", "12:15:00", 2)
    ]
