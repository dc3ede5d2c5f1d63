from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from catalogs.labels import LABEL_COLUMNS
from hlaska.errors import DataError
from hlaska.events import Event
from training.learning.verdicts import alarms

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def row(number, verdict, *, alert="alert-1", confidence=0.9, model="street-sounds"):
    event = Event(
        id=f"event-{number}", site="testville", source="ear", kind="audio.scream",
        observed_at=NOON + timedelta(seconds=number), confidence=confidence,
        model={"name": model, "version": "1"},
    )  # fmt: skip
    return dict.fromkeys(LABEL_COLUMNS, "") | {
        "event": event.id, "alert": alert, "source": event.source, "kind": event.kind,
        "verdict": verdict, "body": event.model_dump_json(exclude_none=True),
    }  # fmt: skip


def labels(*rows):
    return pd.DataFrame(list(rows), columns=pd.Index(LABEL_COLUMNS))


def test_an_alert_is_one_alarm_with_its_greatest_confidence():
    found = alarms(
        labels(row(1, "true", confidence=0.7), row(2, "true", confidence=0.95)), "street-sounds"
    )
    assert [(one.confidence, one.true) for one in found] == [(0.95, True)]


def test_drills_doubts_and_other_models_teach_nothing():
    table = labels(row(1, "drill"), row(2, "unsure"), row(3, "true", model="yamnet"))
    assert alarms(table, "street-sounds") == []


def test_verdicts_that_contradict_are_refused_with_what_to_do():
    table = labels(
        row(1, "true"), row(1, "false", alert="alert-2"), row(2, "true", alert="alert-3")
    )
    with pytest.raises(DataError, match=r"1 events .* event-1; .*--drop-contradictions"):
        alarms(table, "street-sounds")
    kept = alarms(table, "street-sounds", drop_contradictions=True)
    assert [one.alert for one in kept] == ["alert-3"]


def test_no_labels_are_no_alarms():
    assert alarms(labels(), "street-sounds") == []
