from datetime import UTC, datetime, timedelta

import pytest

from catalogs import seeds
from hlaska.errors import ModelError
from hlaska.results import ReportKind
from hlaska.settings import Settings
from serving.models import from_folder, resolve
from training.learning.proposal import class_of, proposals, report_of, write_changed
from training.learning.verdicts import Alarm

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def model():
    return from_folder(seeds.folder("street-sounds"))


def judged(kind="audio.scream", true_at=0.99):
    return [
        Alarm(f"{kind}-{n}", kind, "ear", 0.97 if n < 7 else true_at, n >= 7, NOON + timedelta(n))
        for n in range(14)
    ]


def test_a_proposal_becomes_a_version_that_loads_and_hears_less(model, tmp_path):
    found = proposals(judged(), most_lost=0)
    changed = write_changed(model, found, tmp_path / "quieter", why="hlaska retrain street-sounds")
    assert changed == {"scream": pytest.approx(0.98)}
    card = from_folder(tmp_path / "quieter").card
    assert card.operating_point["scream"] == pytest.approx(0.98)
    others = set(card.operating_point) - {"scream"}
    assert all(card.operating_point[n] == model.card.operating_point[n] for n in others)
    assert card.sha256 == model.card.sha256 and card.measured == ()
    assert "hlaska retrain street-sounds" in card.made_by


def test_a_folder_is_not_written_over(model, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(ModelError, match="exists already"):
        write_changed(model, proposals(judged(), most_lost=0), tmp_path / "there", why="x")


def test_an_operating_point_is_never_lowered(model, tmp_path):
    low = [
        Alarm(f"a{n}", "audio.scream", "ear", 0.01 if n < 7 else 0.02, n >= 7, NOON)
        for n in range(14)
    ]
    assert write_changed(model, proposals(low, most_lost=0), tmp_path / "new", why="x") == {}
    assert not (tmp_path / "new").exists()


def test_a_report_says_what_would_have_been(model):
    found = proposals([*judged(), *judged("audio.gunshot", true_at=0.9)], most_lost=0)
    report = report_of(found, model, site="testville", at=NOON, about={"days": 90})
    assert report.kind is ReportKind.PROPOSAL and report.model == "street-sounds"
    assert "would have removed 7 of 7 false alarms, lost 0 of 7 true" in report.summary
    rows = {row["what"]: row for row in report.tables[0].rows}
    assert rows["Scream"]["then"] == pytest.approx(0.98)
    assert "no threshold parts" in rows["Gunshot"]["reason"]


def test_without_verdicts_it_says_so(model):
    assert "no alarm" in report_of([], model, site=None, at=NOON, about={}).summary


def test_a_camera_rule_has_no_operating_point_of_its_own():
    detector = resolve("seed:hog", Settings.load())
    assert class_of("video.intrusion", detector) is None
