"""What dispatchers found events to be, on its way from the gateway to a table."""

from typing import Any

import pandas as pd

from catalogs.labels import LABEL_COLUMNS
from hlaska.columns import AT, OBSERVED_AT

MOMENTS = (OBSERVED_AT, AT)


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table of labels, ready for JSON."""
    text = table.assign(**{name: [at.isoformat() for at in table[name]] for name in MOMENTS})
    return [{str(key): value for key, value in row.items()} for row in text.to_dict("records")]


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The table of labels that rows are from: see `catalogs.alerts.AlertStore.labels`."""
    table = pd.DataFrame(rows, columns=pd.Index(LABEL_COLUMNS), dtype=object)
    for name in MOMENTS:
        table[name] = pd.to_datetime(table[name], utc=True, format="ISO8601")
    kinds = {name: "datetime64[us, UTC]" if name in MOMENTS else "str" for name in LABEL_COLUMNS}
    return table.astype(kinds)
