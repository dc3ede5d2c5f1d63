"""Labels as the gateway gives them, from events with real stills, judged as dispatchers judge."""

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pandas as pd
import pytest

from catalogs.labels import LABEL_COLUMNS
from hlaska.errors import DataError, RefusedError
from hlaska.events import Event, Evidence
from hlaska.rules.finding import Finding
from hlaska.tracks import Scene, Track
from serving.evidence import digest_of
from serving.picture.labels import table_of
from serving.video.stills import bare_still
from serving.video.yolo import GREY
from training.video.verdicts import chosen, verdict_pictures

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ALARMED, BESIDE = (10.0, 20.0, 30.0, 60.0), (70.0, 20.0, 90.0, 60.0)


class Pilot:
    """The events of some days and what dispatchers said of them."""

    def __init__(self):
        self.evidence = {}
        self.rows = []

    def alarm(self, number, verdict, *, kind="video.intrusion", still=None, event=None, bare=True):
        at = NOW + timedelta(hours=number)
        image = np.full((96, 128, 3), 60 + number, np.uint8)
        tracks = (Track(1, "person", ALARMED, 0.8, at), Track(2, "person", BESIDE, 0.8, at))
        finding = Finding(kind, at, at, 0.8, track_ids=(1,))
        drawn = cv2.imencode(".jpg", image)[1].tobytes()
        stills = [still or drawn]
        if bare:
            stills.append(still or bare_still(image, Scene(at, tracks), finding))
        pieces = tuple(
            Evidence(uri="/evidence/x", media_type="image/jpeg", sha256=digest_of(one))
            for one in stills
        )
        self.evidence |= {digest_of(one): one for one in stills}
        made = Event(
            id=event or f"event-{number}",
            site="testville",
            source="gate",
            kind=kind,
            observed_at=at,
            confidence=0.8,
            evidence=pieces,
            attributes={"object_class": "person", "dwell_s": 1.0}
            | {"people": 5, "people_per_m2": 3.0},
        )
        row = (made.id, f"alert-{number}", "gate", kind, at.isoformat(), verdict, "", "Jana")
        row += (at.isoformat(), pieces[0].sha256, "image/jpeg", made.model_dump_json())
        self.rows.append(dict(zip(LABEL_COLUMNS, row, strict=True)))
        return stills[-1]

    @property
    def labels(self) -> pd.DataFrame:
        return table_of(self.rows)

    def fetch(self, digest):
        if digest not in self.evidence:
            raise RefusedError(f"GET /evidence/{digest}: 404")
        return self.evidence[digest]

    def pictures(self, **options):
        return list(verdict_pictures(self.labels, self.fetch, **options))


@pytest.fixture
def pilot():
    return Pilot()


def test_true_alarms_teach_with_their_boxes_and_false_ones_as_background(pilot):
    pilot.alarm(0, "true")
    pilot.alarm(1, "false")
    true, false = pilot.pictures()
    assert true.boxes_px.tolist() == [list(ALARMED)]
    assert true.classes == ("person",)
    assert false.boxes_px.shape == (0, 4)
    assert false.classes == ()


@pytest.mark.parametrize("verdict", ["true", "false"])
def test_what_the_alarm_was_not_about_is_painted_over(pilot, verdict):
    pilot.alarm(0, verdict)
    (one,) = pilot.pictures()
    left, top, right, bottom = map(int, BESIDE)
    assert (one.image[top:bottom, left:right] == GREY).all()
    left, top, right, bottom = map(int, ALARMED)
    assert np.abs(one.image[top:bottom, left:right].astype(int) - 60).max() < 5


def test_drills_and_doubts_teach_nothing(pilot):
    for number, verdict in enumerate(("drill", "unsure", "true")):
        pilot.alarm(number, verdict)
    said = []
    assert [one.origin["event"] for one in pilot.pictures(say=said.append)] == ["event-2"]
    assert said == ["judged events that teach nothing: 1 judged drill; 1 judged unsure"]


def test_each_picture_says_who_judged_it_and_what_still_it_is(pilot):
    still = pilot.alarm(3, "true")
    (one,) = pilot.pictures()
    assert one.origin["event"] == "event-3"
    assert (one.origin["verdict"], one.origin["by"]) == ("true", "Jana")
    assert one.origin["still_sha256"] == digest_of(still)


def test_a_false_alarm_about_what_people_did_does_not_say_that_nobody_was_there(pilot):
    pilot.alarm(0, "false", kind="video.loitering")
    pilot.alarm(1, "true", kind="video.loitering")
    assert [one.origin["event"] for one in pilot.pictures()] == ["event-1"]


def test_one_event_judged_true_and_false_is_refused_and_named(pilot):
    pilot.alarm(0, "true", event="torn")
    pilot.alarm(1, "false", event="torn")
    pilot.alarm(2, "true")
    with pytest.raises(DataError) as told:
        pilot.pictures()
    assert "event torn: true by Jana (alert alert-0), false by Jana (alert alert-1)" in str(
        told.value
    )
    assert "--contradictions drop" in str(told.value)
    kept = pilot.pictures(contradictions="drop")
    assert [one.origin["event"] for one in kept] == ["event-2"]


def test_one_still_judged_true_and_false_is_refused(pilot):
    still = pilot.alarm(0, "true")
    pilot.alarm(1, "false", still=still)
    with pytest.raises(DataError, match=f"still {digest_of(still)[:12]}: true by Jana"):
        pilot.pictures()
    assert pilot.pictures(contradictions="drop") == []


def test_a_drill_contradicts_nobody(pilot):
    pilot.alarm(0, "true", event="once")
    pilot.alarm(1, "drill", event="once")
    kept, left_out = chosen(pilot.labels)
    assert [one.event for one in kept] == ["once"]
    assert left_out == {"judged drill": 1}


def test_the_same_verdict_twice_is_one_picture(pilot):
    pilot.alarm(0, "true", event="once")
    pilot.alarm(0, "true", event="once")
    assert len(pilot.pictures()) == 1


def test_a_drawn_picture_is_never_learnt_from_nor_one_that_is_deleted(pilot):
    pilot.alarm(0, "true", bare=False)
    pilot.alarm(1, "true")
    pilot.evidence = {k: v for k, v in pilot.evidence.items() if k not in list(pilot.evidence)[-1:]}
    said = []
    assert pilot.pictures(say=said.append) == []
    assert said[0].startswith("judged events that teach nothing: 2 without a bare picture")


def test_a_still_that_was_tampered_with_is_refused(pilot):
    still = pilot.alarm(0, "true")
    pilot.evidence[digest_of(still)] = still + b"x"
    with pytest.raises(DataError, match="is not what was kept"):
        pilot.pictures()


def test_the_later_alerts_judge(pilot):
    for number in range(10):
        pilot.alarm(number, "true")
    assert [one.split for one in pilot.pictures()] == ["train"] * 7 + ["val"] * 3


def test_without_labels_there_are_no_pictures(pilot):
    assert pilot.pictures() == []
