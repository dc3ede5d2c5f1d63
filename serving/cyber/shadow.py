"""A challenger that looks at the conversations and hosts that the champion looks at.

It does so in the stream host, wherever the champion runs: only there is known whom a row of
features is about. It raises no event.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.settings import Settings
from serving.beside import Asked, Beside, Rows, Words, beside
from serving.class_agreement import Scores, Where
from serving.cyber.scorer import FlowScorer
from serving.handover import Since

FlowShadow = Beside[FlowScorer]
Shadows = Mapping[str, FlowShadow | None]
"""Who watches beside which model, by the name of the method that asks it."""

_APART = timedelta(hours=1)
"""What goes on for hours differs every minute anew."""
WORDS = {
    "attacks": Words(
        unit="conversations",
        who="conversation",
        note="Conversations of one minute that count for one of the two only; the same one once an "
        "hour. No events: before something is told, several must agree, and rules are asked.",
        apart=_APART,
    ),
    "anomaly": Words(
        unit="host-minutes",
        who="host",
        note="Hosts of which one minute counts for one of the two only; the same one once an hour. "
        "No events: before something is told, several minutes must agree.",
        apart=_APART,
    ),
}


def flow_shadows(uris: Mapping[str, str], settings: Settings) -> Shadows:
    """Who watches beside the models that `uris` mean; None: it is no `models:/NAME@ALIAS`."""
    return {
        name: beside(uri, settings, FlowScorer.load, FlowScorer.score, WORDS[name])
        for name, uri in uris.items()
    }


def asked(
    card: ModelCard,
    ref: ModelRef,
    rows: Rows,
    scores: Rows,
    took_s: float,
    where: Where,
    since: Since,
) -> Asked:
    """What a champion was asked about rows of features, and said."""
    return Asked(
        rows=rows,
        # A copy: whoever asked may do with the answer what they like.
        scores=Scores(scores.copy(), card.classes, card.operating_point),
        champion=ref,
        took_s=took_s,
        where=where,
        since=since,
    )


def of_conversations(talks: pd.DataFrame) -> Where:
    """Names rows of `conversation_features`: who asked whom on which port, and when it ended."""

    def where(row: int) -> tuple[str, datetime]:
        talk = talks.iloc[row]
        words = f"{talk[f.SRC]} → {talk[f.DST]} port {talk[f.DST_PORT]}"
        return words, talk[c.LAST_AT].to_pydatetime()

    return where


def of_hosts(
    hosts: NDArray[np.object_], windows: NDArray[np.int64], ends: Sequence[datetime]
) -> Where:
    """Names rows of `host_features`: the host, and when its window ended.

    Args:
        hosts: Of each row.
        windows: Of each row, a place in `ends`.
        ends: Of each window.
    """
    return lambda row: (str(hosts[row]), ends[windows[row]])
