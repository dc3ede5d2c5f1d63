"""Alarms that dispatchers have judged, from the labels of their events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from hlaska.alerts.alert import Verdict
from hlaska.columns import ALERT, BODY, EVENT, VERDICT
from hlaska.errors import DataError
from hlaska.events import Event

DECIDED = {Verdict.TRUE.value: True, Verdict.FALSE.value: False}
"""Drills happened and were none; who is unsure has not decided: neither teaches anything."""
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Alarm:
    """What one model said of one kind in one alert, and what it turned out to be."""

    alert: str
    kind: str
    source: str
    """Of the event with the greatest confidence."""
    confidence: float
    """The greatest: while that counts, the alert is there."""
    true: bool
    at: datetime


def alarms(labels: pd.DataFrame, model: str, *, drop_contradictions: bool = False) -> list[Alarm]:
    """The judged alarms of a model, the oldest first.

    Args:
        labels: As `serving.client.Gateway.labels` gives them.
        model: Name in the registry; events of others are left out.
        drop_contradictions: Leave out what was found true by one and false by another.

    Raises:
        DataError: verdicts contradict each other.
    """
    decided = labels[labels[VERDICT].isin(list(DECIDED))]
    judged = decided.groupby(EVENT)[VERDICT].nunique()
    contradicted = sorted(judged.index[judged > 1])
    if contradicted and not drop_contradictions:
        raise DataError(
            f"{len(contradicted)} events were found true and false: "
            f"{', '.join(contradicted[:MOST_NAMED])}"
            f"{' …' if len(contradicted) > MOST_NAMED else ''}; correct the verdicts of their "
            "alerts in Live threat, or leave them out with --drop-contradictions"
        )
    best: dict[tuple[str, str], Alarm] = {}
    for row in decided[~decided[EVENT].isin(contradicted)].to_dict("records"):
        event = Event.model_validate_json(row[BODY])
        if event.model is None or event.model.name != model:
            continue
        key = str(row[ALERT]), event.kind
        if key not in best or event.confidence > best[key].confidence:
            best[key] = Alarm(
                alert=str(row[ALERT]),
                kind=event.kind,
                source=event.source,
                confidence=event.confidence,
                true=DECIDED[row[VERDICT]],
                at=event.observed_at,
            )
    return sorted(best.values(), key=lambda alarm: (alarm.at, alarm.alert))


def of_kind(judged: Sequence[Alarm], kind: str) -> list[Alarm]:
    """Those of one kind."""
    return [alarm for alarm in judged if alarm.kind == kind]
