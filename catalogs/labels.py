"""What dispatchers found out about events, as a table to train and to measure with."""

from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from catalogs import alert_events
from catalogs.alert_rows import ALERTS, parsed
from catalogs.databases import aware
from catalogs.journal import Journal
from hlaska.columns import (
    ALERT,
    AT,
    BODY,
    BY,
    EVENT,
    EVIDENCE,
    KIND,
    MEDIA_TYPE,
    NOTE,
    OBSERVED_AT,
    SOURCE,
    VERDICT,
)

LABEL_COLUMNS = (
    EVENT,
    ALERT,
    SOURCE,
    KIND,
    OBSERVED_AT,
    VERDICT,
    NOTE,
    BY,
    AT,
    EVIDENCE,
    MEDIA_TYPE,
    BODY,
)
EVENTS_AT_ONCE = 1000
"""Databases take only so many ids in one question."""


def labels_of(
    journal: Journal, *, site: str | None, since: datetime | None, until: datetime | None
) -> pd.DataFrame:
    """What `AlertStore.labels` is asked for, with the columns that it tells."""
    aware(since, until)
    chosen: list[sa.ColumnElement[bool]] = [ALERTS.c.verdict.is_not(None)]
    if site is not None:
        chosen.append(ALERTS.c.site == site)
    if since is not None:
        chosen.append(ALERTS.c.last_at >= since)
    if until is not None:
        chosen.append(ALERTS.c.first_at < until)
    found = journal.rows(sa.select(ALERTS.c.id, ALERTS.c.body).where(*chosen))
    judgements = {name: parsed(name, body).judgement for name, body in found}
    pairs = alert_events.of_alerts(journal, *chosen)
    rows = []
    for first in range(0, len(pairs), EVENTS_AT_ONCE):
        part = pairs[first : first + EVENTS_AT_ONCE]
        names = {name for _, name in part}
        stored = journal.events(ids=names, since=since, until=until, limit=len(names))
        events = {one.event.id: one.event for one in stored}
        for alert, name in part:
            event, judgement = events.get(name), judgements.get(alert)
            if event is None or judgement is None:
                continue
            evidence = event.evidence[0] if event.evidence else None
            rows.append(
                (
                    event.id,
                    alert,
                    event.source,
                    event.kind,
                    event.observed_at,
                    judgement.verdict.value,
                    judgement.note,
                    judgement.by,
                    judgement.at,
                    evidence.sha256 if evidence else "",
                    evidence.media_type if evidence else "",
                    event.model_dump_json(exclude_none=True),
                )
            )
    table = pd.DataFrame(rows, columns=pd.Index(LABEL_COLUMNS), dtype=object)
    for column in (OBSERVED_AT, AT):
        table[column] = pd.to_datetime(table[column], utc=True).dt.as_unit("us")
    return table.astype({name: "str" for name in LABEL_COLUMNS if name not in (OBSERVED_AT, AT)})
