import json

import pytest

from hlaska.errors import DataError
from training.comparison.facts import Absent
from training.comparison.figures import METRICS, Figure

BOX = {"system": "A box", "format": "motchallenge", "path": "box.txt", "kind": "person"}


@pytest.fixture(scope="module")
def street(run_in, compared, tmp_path_factory):
    return compared(run_in(tmp_path_factory.mktemp("street")))


def value(found, name, key):
    [one] = [one for one in found.judged if one.answer.name == name]
    figure = one.figures[key]
    return figure.value if isinstance(figure, Figure) else figure.reason


def test_the_oracle_has_every_best_figure(street):
    best = {"more": 1, "less": 0}
    for metric in METRICS:
        figure = street.judged[0].figures[metric.key]
        if isinstance(figure, Figure) and metric.key != "speed_bias":
            assert figure.value == pytest.approx(best[metric.better]), metric.key


def test_regular_traffic_is_guessed_by_a_constant_that_sees_nobody(street):
    assert value(street, "constant", "f1") == 0
    assert value(street, "constant", "count_error") <= value(street, "A box", "count_error")
    assert street.ranks["count_error"]["A box"].above_constant is False


def test_a_system_that_misses_every_fourth_has_the_figures_of_that(street):
    assert value(street, "A box", "found_share") == pytest.approx(12 / 16)
    assert value(street, "A box", "count_error") == pytest.approx(4 / 16)
    assert value(street, "A box", "f1") == pytest.approx(2 * 6 / (2 * 6 + 2))
    assert value(street, "A box", "turn_error") == pytest.approx(2 / 8)
    assert value(street, "A box", "alert_recall") == "the truth does not say"


def test_yardsticks_come_first_and_have_no_rank(street):
    assert [one.answer.name for one in street.judged] == ["oracle", "constant", "A box"]
    assert [one.answer.name for one in street.contestants] == ["A box"]
    assert set(street.ranks["hota"]) == {"A box"}
    assert street.ranks["hota"]["A box"].rank == 1
    assert street.ranks["hota"]["A box"].above_constant


def test_a_system_that_failed_is_named_with_its_reason(run_file, compared):
    gone = BOX | {"system": "Gone", "path": "gone.txt"}
    found = compared(run_file(exports=[{"export": BOX}, {"export": gone},
                                       {"ours": {"detector": "seed:yolox-nano"}}]))  # fmt: skip
    assert [one.name for one in found.failed] == ["Gone", "seed:yolox-nano"]
    assert "gone.txt" in found.failed[0].reason
    assert "add `clip:`" in found.failed[1].reason
    assert len(found.judged) == 3


def test_the_same_export_twice_cannot_be_told_apart(run_file, compared):
    found = compared(run_file(exports=[{"export": BOX}, {"name": "B", "export": BOX}]))
    ranks = found.ranks["count_error"]
    assert (ranks["A box"].rank, ranks["B"].rank) == (1, 1)
    assert ranks["A box"].alike == ("B",)


def test_conditions_are_asked_of_everyone_and_those_that_cannot_be_are_told(run_file, compared):
    path = run_file(
        conditions=[
            {"by": "light", "name": "early", "frames": [0, 200]},
            {"by": "distance", "name": "far", "distance_m": [9, None]},
        ],
    )
    run = json.loads(path.read_text())
    del run["scene"]["homography"]
    path.write_text(json.dumps(run))
    found = compared(path)
    assert all(list(one.parts) == [("light", "early")] for one in found.judged)
    assert found.undivided == ("distance, far: distances need a homography; add it to the scene",)


def test_counts_alone_can_be_compared(run_file, compared, tmp_path):
    rows = "".join(
        f"middle,east,person,2026-05-01T12:00:{10 * n:02}Z,2026-05-01T12:00:{10 * n + 10:02}Z,2\n"
        for n in range(4)
    )
    (tmp_path / "counts.csv").write_text("line,direction,kind,starts_at,ends_at,count\n" + rows)
    found = compared(run_file(truth={"counts": "counts.csv"}))
    assert found.kinds == ("person",)
    assert value(found, "oracle", "count_error") == 0
    assert value(found, "constant", "count_error") == 0
    assert value(found, "A box", "hota") == "the truth does not say"
    assert isinstance(value(found, "A box", "count_error"), float)


def test_a_truth_that_is_not_there_stops_everything(run_file, compared):
    with pytest.raises(DataError, match=r"nothing\.txt"):
        compared(run_file(truth={"tracks": "nothing.txt"}))


def test_the_digest_is_that_of_the_truth(street, run_file, compared):
    again = compared(run_file())
    assert again.sha256 == street.sha256
    path = run_file()
    truth = path.with_name("truth.txt")
    truth.write_text("".join(truth.read_text().splitlines(keepends=True)[:-1]))
    assert compared(path).sha256 != street.sha256


def test_what_is_known_of_a_system_is_kept(street):
    answer = street.judged[-1].answer
    assert answer.what == "export; motchallenge"
    assert len(answer.sha256) == 64
    assert isinstance(answer.facts.alerts, Absent)
