"""The figure of tellings says how often a sound was asked for, no more and no less."""

import pytest

from hlaska.alerts.actions import Dismiss, Judge, Reopen
from hlaska.alerts.alert import Verdict
from serving.live import Live
from serving.picture.figures import Figures
from tests.serving.picture.town import event


@pytest.fixture
def figures(watch):
    """Begun when nothing had been told."""
    return begun(watch)


def begun(watch) -> Figures:
    figures = Figures(Live(), watch.store, watch.journal)
    figures.look()
    return figures


def told(figures) -> float:
    figures.look()
    values = {
        sample.labels["site"]: sample.value
        for metric in figures.collect()
        for sample in metric.samples
        if sample.name == "hlaska_alerts_told_total"
    }
    return values.get("testville", 0)


def test_an_alert_asks_for_a_sound_when_it_opens_and_when_it_is_told_again(watch, figures):
    watch.say(event("glass", "audio.glass-break"))
    watch.step(1)
    assert told(figures) == 1
    watch.say(event("glass-2", "audio.glass-break", 2))
    watch.step(3)
    assert told(figures) == 1, "more of the same"
    watch.say(event("shot", second=4))
    watch.step(5)
    assert told(figures) == told(figures) == 2


def test_an_alert_that_is_hidden_from_its_start_asks_for_one_when_its_silence_ends(watch, figures):
    watch.step(0)
    watch.silence(0, until=100, kind="audio.glass-break")
    watch.say(event("glass", "audio.glass-break", 5))
    watch.step(6)
    assert told(figures) == 0
    watch.step(101)
    (alert,) = watch.alerts()
    assert (told(figures), alert.told) == (1, 2)


def test_an_alert_that_is_silenced_later_has_asked_for_one(watch, figures):
    watch.say(event("glass", "audio.glass-break", 5))
    watch.step(6)
    watch.silence(7, until=100, kind="audio.glass-break")
    watch.step(8)
    watch.say(event("glass-2", "audio.glass-break", 9))
    watch.step(10)
    assert told(figures) == 1


def test_each_escalation_asks_for_one_and_those_made_up_for_together_for_one(watch, figures):
    watch.say(event("shot"))
    for second in (1, 60, 120):
        watch.step(second)
    assert told(figures) == 3
    watch.step(240)
    (alert,) = watch.alerts()
    assert (told(figures), alert.escalated) == (4, 4)


def test_what_was_told_before_it_began_is_not_of_its_counting(watch):
    watch.say(event("shot"))
    watch.step(61)
    figures = begun(watch)
    watch.order(62, Dismiss(reason="a firecracker"))
    watch.order(63, Judge(verdict=Verdict.FALSE))
    watch.order(64, Reopen())
    watch.step(65)
    assert told(figures) == 0
