"""The figures of network guarding for a report."""

import re
from collections.abc import Iterable

from hlaska.errors import HlaskaError
from hlaska.events import ModelRef
from hlaska.measures import wilson_interval
from hlaska.results import ResultTable, Value
from hlaska.settings import Settings
from serving.models import resolve
from training.evaluation.cyber import CyberArgs

SHARES = {"recall": "told at 1 false alarm an hour", "points": "told at operating points"}
"""Columns whose cells are counts of attacks, such as 7 of 22, and what they are called."""
_COUNTS = re.compile(r"(\d+) of (\d+)")


def share_intervals(tables: Iterable[ResultTable]) -> list[dict[str, Value]]:
    """Which shares of the attacks the counted ones leave possible, 95 % (Wilson).

    Attacks count as independent: those of one day are, as they were made so.
    """
    rows: list[dict[str, Value]] = []
    for table in tables:
        kinds = re.fullmatch(r"cyber-(attacks|anomalies)-(\w+)", table.name)
        for row in table.rows if kinds else ():
            for key, words in SHARES.items():
                counts = _COUNTS.fullmatch(str(row.get(key)))
                if kinds is None or counts is None or counts[2] == "0":
                    continue
                hits, trials = int(counts[1]), int(counts[2])
                low, high = wilson_interval(hits=hits, trials=trials)
                rows.append({
                    "what": row["what"], "metric": f"{kinds[1]}, {kinds[2]} days: {words}",
                    "value": hits / trials, "low": low, "high": high, "better": "more",
                })  # fmt: skip
    return rows


def models_of(args: CyberArgs, settings: Settings) -> tuple[ModelRef, ...]:
    """The exact models that were judged; one that cannot be had is a row of the tables."""
    found = []
    for name in (args.attack_model, args.anomaly_model):
        try:
            card = resolve(name, settings).card
        except HlaskaError:
            continue
        found.append(ModelRef(name=card.name, version=card.version))
    return tuple(found)
