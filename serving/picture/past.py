"""What a picture is begun with: the evidence that still counts, and the alerts as they stand."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from catalogs.alerts import AlertStore
from catalogs.journal import Damaged, Journal
from hlaska.alerts.alert import Alert
from hlaska.events import StoredEvent
from hlaska.kinds import KINDS
from hlaska.threat.outlook import HOLDS_S
from hlaska.threat.weighing import NOTHING

_TELLING = tuple(kind for kind in KINDS.values() if kind.weight > 0)
MATTERS_FOR = timedelta(
    seconds=HOLDS_S
    + max(kind.half_life_s * math.log2(1 + kind.weight / NOTHING) for kind in _TELLING)
)
"""Evidence that is older changes no level: by then the surest of the slowest kinds has faded to
nothing, some four and a half hours."""
WINDOW = timedelta(minutes=10)
"""Read at once: SQLite sorts what it finds, so that many small questions are the quicker ones."""
PAGE = 500


def evidence(
    journal: Journal, site: str, *, now: datetime, up_to_seq: int, damaged: Damaged
) -> Iterator[StoredEvent]:
    """The events of a site that may be evidence now, in no order.

    Args:
        journal: Where they are.
        site: The site.
        now: The time, aware.
        up_to_seq: Only places in the journal up to this one.
        damaged: Called for those that cannot be read.
    """
    telling = sorted({f"{kind.modality}." for kind in _TELLING})
    for since, until in _windows(now):
        for domain in telling:
            seq: int | None = None
            while True:
                page = journal.events(
                    site=site,
                    kind=domain,
                    since=since,
                    until=until,
                    after_seq=seq,
                    limit=PAGE,
                    damaged=damaged,
                )
                yield from (stored for stored in page if stored.seq <= up_to_seq)
                # A page that lacks damaged ones is short without being the last.
                if not page or page[-1].seq >= up_to_seq:
                    break
                seq = page[-1].seq


def alerts(
    store: AlertStore, site: str, *, after_rev: int = 0, since: datetime | None = None
) -> Iterator[tuple[int, Alert]]:
    """The alerts of a site that changed after a `rev`, in the order of their last change.

    Args:
        store: Where they are.
        site: The site.
        after_rev: Only later changes than this.
        since: Those that are open, or were then or later, aware; None: all.
    """
    while page := store.alerts(
        site=site, after_rev=after_rev, since=since, newest_first=False, limit=PAGE
    ):
        yield from page
        after_rev = page[-1][0]


def _windows(now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    since = now - MATTERS_FOR
    while since < now:
        yield since, since + WINDOW
        since += WINDOW
    yield since, None
