"""A challenger beside a champion, on pictures that are made; what is sent is looked at."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from catalogs import seeds
from hlaska.events import ModelRef
from hlaska.results import ReportKind
from hlaska.settings import Settings
from hlaska.tracks import Detections, Frame
from serving.champion import Served
from serving.client import Gateway
from serving.handover import Since
from serving.video.deployment import tried
from serving.video.scorer import DetectorScorer
from serving.video.shadow import MOST_SHOWN, Shadow
from serving.video.shadow_deployment import sending
from serving.video.sighting import Asked, Sighting, counted

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CAR = (100, 150, 190, 195)
CHAMPION = ModelRef(name="gate-detector", version="1")


@pytest.fixture
def picture():
    """A car on textured ground, and where it moves."""
    rng = np.random.default_rng(3)
    image = rng.integers(70, 130, (288, 384, 3), np.uint8)
    left, top, right, bottom = CAR
    image[top:bottom, left:right] = (210, 220, 230)
    return image, np.array([CAR], np.float32)


@pytest.fixture
def service(tmp_path):
    """The built-in detector as a challenger of another version than the champion."""
    folder = tmp_path / "model"
    shutil.copytree(seeds.folder("hog"), folder)
    card = json.loads((folder / "card.json").read_text()) | {"version": "9"}
    (folder / "card.json").write_text(json.dumps(card))

    def load(model):
        return tried(DetectorScorer.load(model, threads=1))

    return Served(str(folder), Settings(home=tmp_path / "home"), load)


@pytest.fixture
def sent():
    return []


@pytest.fixture
def shadow(service, sent):
    return Shadow(service, lambda *what: sent.append(what), pause_s=0.25)


@pytest.fixture
def sight(picture):
    """`sight(second, champion finds the car, **changes)`."""
    image, regions = picture

    def make(second=0.0, *, sees=True, **changes) -> Sighting:
        boxes = [CAR] if sees else []
        found = Detections(
            np.array(boxes, np.float32).reshape(-1, 4),
            np.full(len(boxes), 0.8, np.float32),
            np.array(["car"] * len(boxes), dtype=np.str_),
        )
        fields = {
            "site": "testville",
            "camera": "gate",
            "classes": ("person", "car"),
            "frame": Frame(round(10 * second), NOON + timedelta(seconds=second), image),
            "asked": Asked(regions, 0.02),
            "champion": CHAMPION,
            "found": found,
            "since": Since(3, 0.04),
        }
        return Sighting(**(fields | changes))

    return make


def test_where_both_find_the_same_the_report_says_so_and_shows_no_picture(shadow, sight, sent):
    assert shadow.see(sight()) == 0.25
    assert shadow.report() == 1
    ((report, evidence),) = sent
    assert report.kind is ReportKind.SHADOW and report.passed is None
    assert [ref.version for ref in report.models] == ["1", "9"]
    assert (report.site, report.model) == ("testville", "hog")
    (row,) = report.tables[0].rows
    assert row == {
        "what": "testville/gate",
        "frames": 1,
        "alike": 1,
        "both": 1,
        "only_champion": 0,
        "only_shadow": 0,
        "share": 1.0,
    }
    champion, watching = report.tables[1].rows
    assert (champion["median_ms"], watching["median_ms"]) == pytest.approx((20, 40))
    assert report.about["passed_over"] == 3
    assert not report.shown and not evidence


def test_a_disagreement_is_counted_and_shown(shadow, sight, sent):
    shadow.see(sight(sees=False))
    shadow.report()
    ((report, evidence),) = sent
    assert report.tables[0].rows[0]["only_shadow"] == 1
    assert report.summary.startswith("0% of the boxes agree in 1 frames")
    (shown,) = report.shown
    assert "1 only of the shadow" in shown.caption
    assert evidence[shown.evidence.sha256].startswith(b"\xff\xd8")


def test_the_pictures_are_few_apart_and_the_worst(shadow, sight, sent):
    for second in range(0, 400, 5):
        shadow.see(sight(second, sees=second % 2))
    shadow.report()
    ((report, evidence),) = sent
    assert len(report.shown) == len(evidence) <= MOST_SHOWN


def test_neighbours_are_shown_once(shadow, sight, sent):
    for second in (0.0, 0.5, 9.0):
        shadow.see(sight(second, sees=False))
    shadow.report()
    assert len(sent[0][0].shown) == 1


def test_a_report_replaces_the_one_before_and_nothing_new_is_not_told_again(shadow, sight, sent):
    shadow.see(sight(0))
    shadow.report()
    assert shadow.report() == 0
    shadow.see(sight(1))
    shadow.report()
    first, second = (report for report, _ in sent)
    assert first.id == second.id and second.about["frames"] == 2


def test_a_report_that_could_not_be_sent_is_sent_the_next_time(service, sight):
    sent = []

    def send(report, evidence):
        sent.append(report)
        if len(sent) == 1:
            raise OSError("away")

    shadow = Shadow(service, send)
    shadow.see(sight())
    with pytest.raises(OSError):
        shadow.report()
    assert shadow.report() == 1 and len(sent) == 2


def test_each_pair_of_versions_has_a_report_of_its_own(shadow, sight, sent):
    shadow.see(sight(0))
    shadow.see(sight(1, champion=ModelRef(name="gate-detector", version="2")))
    shadow.see(sight(2))
    assert shadow.report() == 2
    assert [report.about["frames"] for report, _ in sent] == [2, 1]


def test_cameras_of_two_sites_are_told_apart_and_together(shadow, sight, sent):
    shadow.see(sight())
    shadow.see(sight(camera="yard", site="other"))
    shadow.report()
    (report, _) = sent[0]
    assert report.site is None
    rows = {row["what"]: row["frames"] for row in report.tables[0].rows}
    assert rows == {"other/yard": 1, "testville/gate": 1, "all cameras": 2}


def test_what_the_camera_does_not_look_for_is_no_disagreement(shadow, sight, sent):
    shadow.see(sight(sees=False, classes=("person",)))
    shadow.report()
    assert sent[0][0].tables[0].rows[0]["only_shadow"] == 0


def test_a_challenger_that_is_the_champion_now_wants_to_see_nothing(shadow, service, sight):
    assert shadow.see(sight(champion=service.now.model.ref)) is None


def test_without_a_challenger_nothing_is_wanted(tmp_path, sight, sent):
    settings = Settings(home=tmp_path / "home", mlflow_port=9)
    nobody = Served("models:/x@shadow", settings, lambda model: model, required=False)
    shadow = Shadow(nobody, lambda *what: sent.append(what))
    assert shadow.see(sight()) is None
    assert shadow.report() == 0 and not sent
    nobody.close()


def test_only_what_reaches_its_operating_point_counts():
    card = seeds.card("hog")
    found = Detections(
        np.zeros((4, 4), np.float32),
        np.array([0.5, 0.49, 0.9, 0.9], np.float32),
        np.array(["person", "person", "dog", "car"]),
    )
    assert list(counted(found, card, ("person", "dog")).classes) == ["person"]


def test_the_gateway_keeps_the_report_with_its_pictures(service, sight, server):
    with Gateway(server.url) as gateway:
        shadow = Shadow(service, sending(gateway))
        shadow.see(sight(sees=False))
        shadow.report()
        shadow.see(sight(30, sees=False))
        shadow.report()
        (report,) = gateway.reports(kind=ReportKind.SHADOW)
        assert report.about["frames"] == 2 and len(report.shown) >= 1
        for shown in report.shown:
            assert gateway.evidence(shown.evidence.sha256).startswith(b"\xff\xd8")
