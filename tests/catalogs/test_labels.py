from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from catalogs import labels
from hlaska.alerts.actions import Judge, Order
from hlaska.errors import JournalError
from hlaska.events import Event

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
JUDGED_AT = NOON + timedelta(hours=1)
EVIDENCE = {"uri": "/evidence/1", "media_type": "image/jpeg", "sha256": "a" * 64}


def event(name: str, minutes: float = 0, **more) -> Event:
    facts = {
        "id": name,
        "site": "pilsen",
        "source": "square-east",
        "kind": "audio.gunshot",
        "observed_at": NOON + timedelta(minutes=minutes),
        "confidence": 0.5,
    }
    return Event.model_validate({**facts, **more})


@pytest.fixture
def judged(store, journal, make_alert):
    """Alert a1 is a drill of three events, b1 true and of one, a2 is not judged."""
    journal.append(
        [
            event("1", evidence=[EVIDENCE, {**EVIDENCE, "sha256": "b" * 64}]),
            event("2", 10, source="gate", kind="audio.scream"),
            event("3", 5),
            event("4", site="bilbao"),
            event("5"),
        ],
        NOON,
    )
    later = NOON + timedelta(minutes=10)
    alerts = [make_alert("a1", count=3, last_at=later), make_alert("a2")]
    # What an alert lists is for the screen, and the event at place 9 was deleted.
    store.take("pilsen", 9, alerts, bases={}, joined={1: "a1", 2: "a1", 9: "a1", 3: "a2"})
    store.take("bilbao", 9, [make_alert("b1", site="bilbao")], bases={}, joined={4: "b1"})
    for name, verdict, note in (("a1", "drill", "a\0drill"), ("b1", "true", "")):
        order = Order(alert=name, version=1, action=Judge(verdict=verdict, note=note))
        store.order("Jana", [order], JUDGED_AT, lambda _: ())
    return store


def test_each_event_of_a_judged_alert_that_the_journal_has_is_one_row(judged, journal):
    table = judged.labels()
    assert list(table.columns) == [
        "event",
        "alert",
        "source",
        "kind",
        "observed_at",
        "verdict",
        "note",
        "by",
        "at",
        "evidence",
        "media_type",
        "body",
    ]
    rows = list(table.drop(columns="body").itertuples(index=False, name=None))
    said = ("Jana", JUDGED_AT)
    shown = ("a" * 64, "image/jpeg")
    at = NOON + timedelta(minutes=10)
    assert rows == [
        ("1", "a1", "square-east", "audio.gunshot", NOON, "drill", "a\0drill", *said, *shown),
        ("2", "a1", "gate", "audio.scream", at, "drill", "a\0drill", *said, "", ""),
        ("4", "b1", "square-east", "audio.gunshot", NOON, "true", "", *said, "", ""),
    ]
    bodies = [Event.model_validate_json(body) for body in table["body"]]
    stored = {one.event.id: one.event for one in journal.events()}
    assert bodies == [stored["1"], stored["2"], stored["4"]]


@pytest.mark.parametrize(
    ("question", "events"),
    [
        pytest.param({"site": "bilbao"}, ["4"], id="a site"),
        pytest.param({"since": NOON + timedelta(minutes=1)}, ["2"], id="observed since"),
        pytest.param({"until": NOON + timedelta(minutes=1)}, ["1", "4"], id="observed until"),
        pytest.param({"until": NOON}, [], id="nothing"),
    ],
)
def test_labels_are_chosen_by(question, events, judged):
    assert judged.labels(**question)["event"].tolist() == events


def test_labels_of_nothing_have_the_same_columns_and_types(store, judged):
    full, empty = judged.labels(), judged.labels(until=NOON)
    assert empty.empty
    pd.testing.assert_series_equal(empty.dtypes, full.dtypes)
    assert full["observed_at"].dt.tz == UTC


def test_the_last_verdict_counts(judged):
    order = Order(alert="b1", version=2, action=Judge(verdict="false"))
    judged.order("Eva", [order], JUDGED_AT, lambda _: ())
    table = judged.labels(site="bilbao")
    assert table[["verdict", "by"]].to_numpy().tolist() == [["false", "Eva"]]


def test_many_events_are_read_in_parts_and_keep_their_order(judged, monkeypatch):
    whole = judged.labels()
    monkeypatch.setattr(labels, "EVENTS_AT_ONCE", 1)
    pd.testing.assert_frame_equal(judged.labels(), whole)


def test_a_time_without_zone_is_refused(store):
    with pytest.raises(JournalError, match="give UTC"):
        store.labels(since=datetime(2026, 5, 1))
