from dataclasses import replace

import pytest

from training.comparison.alarms import alert_figures, matched
from training.comparison.facts import nothing


@pytest.fixture
def judged(spans, alerts):
    def made(truth, seen, tolerance_s=2):
        one, other = (replace(nothing("x"), alerts=alerts(*rows)) for rows in (truth, seen))
        return alert_figures(one, other, spans, tolerance_s)

    return made


def test_a_case_worked_by_hand(judged):
    # Two of three things are told, 1 and 3 s late; one alert is false in 40 s.
    truth = [(5, "intrusion", "", 4), (15, "intrusion", "", None), (30, "loitering", "", 5)]
    seen = [(6, "intrusion", "", None), (33, "loitering", "", None), (39, "intrusion", "", None)]
    found = {key: one.value for key, one in judged(truth, seen).items()}
    assert found == pytest.approx(
        {
            "alert_precision": 2 / 3,
            "alert_recall": 2 / 3,
            "alert_delay": 2.0,
            "false_alarms": 86_400 / 40,
        }
    )


def test_a_second_alert_of_the_same_thing_is_false(judged):
    found = judged([(5, "a", "", 10)], [(6, "a", "", None), (7, "a", "", None)])
    assert found["alert_precision"].value == 0.5
    assert found["alert_recall"].value == 1


@pytest.mark.parametrize(
    ("seen", "recall"),
    [
        pytest.param((3.1, "a", "gate", None), 1, id="a little early"),
        pytest.param((2.9, "a", "gate", None), 0, id="too early"),
        pytest.param((17, "a", "gate", None), 1, id="a little after its end"),
        pytest.param((17.1, "a", "gate", None), 0, id="too late"),
        pytest.param((6, "b", "gate", None), 0, id="another kind"),
        pytest.param((6, "a", "yard", None), 0, id="another camera"),
        pytest.param((6, "a", "", None), 1, id="a camera that is not said"),
    ],
)
def test_what_an_alert_must_be_to_be_true(judged, seen, recall):
    assert judged([(5, "a", "gate", 10)], [seen])["alert_recall"].value == recall


def test_who_ends_first_chooses_first(alerts):
    truth = alerts((5, "a", "", 20), (6, "a", "", 2))
    assert matched(truth, alerts((7, "a", "", None), (20, "a", "", None)), 0).tolist() == [1, 0]


def test_nothing_told_of_nothing(judged):
    found = judged([], [])
    assert found["false_alarms"].value == 0
    assert found["alert_recall"].value != found["alert_recall"].value


def test_without_alerts_the_reason_is_told(spans, alerts):
    told = alert_figures(replace(nothing("x"), alerts=alerts()), nothing("none"), spans, 1)
    assert {one.reason for one in told.values()} == {"none"}
