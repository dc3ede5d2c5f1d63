import numpy as np
import pandas as pd
import pytest

from training.comparison.exported import facts_of
from training.comparison.facts import Absent
from training.vendors.export import Export, no_alerts, no_counts, no_tracks

NOON = pd.Timestamp("2026-05-01T12:00:00Z")


@pytest.fixture
def export():
    """`export(tracks=…, counts=…, alerts=…)`: rows as dictionaries; what is left out is empty."""

    def filled(empty, rows):
        made = pd.DataFrame(rows, columns=empty.columns)
        for name, kind in empty.dtypes.items():
            if kind.kind == "O":
                made[name] = made[name].astype(object).where(made[name].notna(), "")
        return made.astype(empty.dtypes)

    def made(tracks=(), counts=(), alerts=()):
        return Export(
            system="A box",
            format="motchallenge",
            tracks=filled(no_tracks(), list(tracks)),
            counts=filled(no_counts(), list(counts)),
            alerts=filled(no_alerts(), list(alerts)),
            repairs=(),
            left_out=(),
        )

    return made


@pytest.fixture
def rows(across):
    """`rows(track, first, **changes)`: of an export, from x = 60 to 190."""

    def made(track, first, **changes):
        return [
            {"at": NOON + pd.Timedelta(seconds=row[0] / 10), "frame": row[0], "track": str(track),
             "kind": row[2], "x0": row[3], "y0": row[4], "x1": row[5], "y1": row[6],
             "score": row[7]} | changes
            for row in across(track, first)
        ]  # fmt: skip

    return made


@pytest.fixture
def read(spans, camera):
    return lambda export, kinds=(): facts_of(export, spans, camera, kinds)


def test_tracks_are_shown_to_the_lines(export, rows, read):
    found = read(export(tracks=rows("a", 0) + rows("b", 100))).facts
    assert found.crossings["frame"].tolist() == [9, 21, 109, 121]
    assert len(found.detections) == 54
    assert found.tracks["east_m"].notna().all()
    assert isinstance(found.alerts, Absent)


def test_times_stand_in_for_frames_that_are_not_numbered(export, rows, read):
    found = read(export(tracks=rows("a", 30, frame=pd.NA))).facts
    assert found.tracks["frame"].tolist() == list(range(30, 57))


def test_what_is_exported_is_claimed_however_low_its_score(export, rows, read):
    found = read(export(tracks=rows("a", 0, score=0.05))).facts
    assert len(found.crossings) == 2
    assert found.detections["confidence"].tolist() == [0.05] * 27


def test_a_box_without_a_score_is_ranked_first_and_that_is_said(export, rows, read):
    found = read(export(tracks=rows("a", 0, score=np.nan)))
    assert found.facts.detections["confidence"].tolist() == [1.0] * 27
    assert "without a score" in found.notes[0]


def test_a_track_twice_in_a_frame_counts_once_and_that_is_said(export, rows, read):
    found = read(export(tracks=rows("a", 0) + rows("a", 0)[:3]))
    assert len(found.facts.tracks) == 27
    assert found.notes == ("3 boxes are of a track that has one in that frame already",)


def test_boxes_without_tracks_are_detections_alone(export, rows, read):
    found = read(export(tracks=rows("", 0))).facts
    assert len(found.detections) == 27
    assert found.tracks == Absent("its export has boxes and no tracks")
    assert isinstance(found.counts, Absent)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"x0": np.nan}, "points and no boxes", id="points"),
        pytest.param({"frame": 5000}, "frames 5000 to 5000, which are not judged", id="later"),
    ],
)
def test_why_there_are_no_boxes_is_said(export, rows, read, changes, words):
    found = read(export(tracks=rows("a", 0, **changes))).facts
    assert words in found.tracks.reason
    assert words in found.counts.reason


def test_an_export_of_nothing_has_nothing(export, read):
    found = read(export()).facts
    assert "no boxes" in found.tracks.reason
    assert "no alerts" in found.alerts.reason


def cell(**changes):
    plain = {"line": "middle", "direction": "east", "kind": "car", "count": 3, "to_line": ""}
    times = {"starts_at": NOON, "ends_at": NOON + pd.Timedelta(seconds=10)}
    return plain | times | changes


def test_its_own_counts_go_before_those_of_its_tracks(export, rows, read):
    found = read(export(tracks=rows("a", 0), counts=[cell(), cell(kind="bus"), cell()])).facts
    assert found.counts[["object_class", "count"]].to_numpy().tolist() == [["bus", 3], ["car", 6]]
    assert found.movements == Absent("it counts no turning movements")
    assert len(found.crossings) == 2


def test_counts_of_single_crossings_say_when_they_happened(export, read):
    moments = [cell(starts_at=at, ends_at=at, count=1) for at in
               (NOON + pd.Timedelta(seconds=second) for second in (3, 12, 900))]  # fmt: skip
    found = read(export(counts=moments)).facts
    assert found.crossings["frame"].tolist() == [30, 120]
    assert found.counts["interval"].tolist() == [0, 1]
    assert isinstance(read(export(counts=[cell()])).facts.crossings, Absent)


def test_turning_movements_are_counted_apart(export, read):
    found = read(export(counts=[cell(), cell(to_line="right", direction="")])).facts
    assert found.counts["count"].tolist() == [3]
    assert found.movements["line"].tolist() == ["middle → right"]
    alone = read(export(counts=[cell(to_line="right")])).facts
    assert alone.counts == Absent("it counts turning movements, and no lines alone")


def test_only_judged_classes_are_counted(export, read):
    found = read(export(counts=[cell(), cell(kind="bus")]), kinds=("bus",)).facts
    assert found.counts["object_class"].tolist() == ["bus"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"line": "nord"}, "'nord', which the scene does not have", id="line"),
        pytest.param({"direction": "up"}, "'middle', direction 'up'", id="direction"),
        pytest.param({"to_line": "nord"}, "'nord'", id="line turned to"),
        pytest.param({"ends_at": NOON + pd.Timedelta(hours=1)}, "longer or other", id="interval"),
        pytest.param(
            {
                "starts_at": NOON + pd.Timedelta(hours=2),
                "ends_at": NOON + pd.Timedelta(hours=2, seconds=10),
            },
            "not judged; see time_zone",
            id="another hour",
        ),
    ],
)
def test_counts_that_do_not_fit_are_absent_with_the_reason(export, read, changes, words):
    found = read(export(counts=[cell(**changes)])).facts
    assert words in found.counts.reason


def test_alerts_keep_their_camera_and_those_of_another_time_are_left_out(export, read):
    alert = {"at": NOON + pd.Timedelta(seconds=3), "camera": "gate", "kind": "intrusion"}
    later = alert | {"at": NOON + pd.Timedelta(hours=3)}
    found = read(export(alerts=[later, alert])).facts.alerts
    assert found[["source", "kind"]].to_numpy().tolist() == [["gate", "intrusion"]]
