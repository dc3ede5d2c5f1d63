"""Figures of alerts and levels for Prometheus: read from the store when somebody asks for them."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.alert import Alert
from hlaska.alerts.audit import AuditEntry
from serving.live import Live

PAGE = 500
MOST_OPEN = 10_000
_ASKS = frozenset({"alert.open", "alert.tell", "alert.escalate"})
"""What the audit log says when a sound is asked for."""


class Figures(Collector):
    """Open alerts by severity, how often they asked for a sound, levels, and how pictures lag.

    Args:
        live: The pictures that were reported.
        store: Where alerts are.
        journal: Where events are.
    """

    def __init__(self, live: Live, store: AlertStore, journal: Journal) -> None:
        self._live, self._store, self._journal = live, store, journal
        self._open: dict[str, Alert] = {}
        self._told: Counter[str] = Counter()
        self._opened: AuditEntry | None = None
        self._rev: int | None = None
        self._last_line = self._last_seq = 0

    def look(self) -> None:
        """Read what has changed since the last time.

        Raises:
            JournalError: it cannot be read; the figures stay what they were.
        """
        self._last_seq = self._journal.last_seq()
        if self._rev is None:
            # What was told before this process began is not of its counting.
            last, rev = self._store.last_act(), self._store.last_rev()
            for _, alert in self._store.alerts(open_only=True, limit=MOST_OPEN):
                self._note(alert)
            self._last_line, self._rev = last, rev
        while page := self._store.alerts(after_rev=self._rev, limit=PAGE):
            for self._rev, alert in page:
                self._note(alert)
        while lines := self._store.audit(after=self._last_line, limit=PAGE):
            for line in lines:
                self._count(line)

    def collect(self) -> Iterable[Metric]:
        """The figures as they are known."""
        alerts = GaugeMetricFamily(
            "hlaska_alerts_open", "Alerts nobody has closed.", labels=["site", "severity"]
        )
        counted = Counter((one.site, str(one.severity)) for one in self._open.values())
        for labels, number in sorted(counted.items()):
            alerts.add_metric(labels, number)
        yield alerts
        told = CounterMetricFamily(
            "hlaska_alerts_told",
            "How often a sound was asked for: alerts told while no silence hid them, escalations.",
            labels=["site"],
        )
        for site, times in sorted(self._told.items()):
            told.add_metric([site], times)
        yield told
        level = GaugeMetricFamily(
            "hlaska_threat_level", "0 to 4; -1: not known.", labels=["site", "zone"]
        )
        lag = GaugeMetricFamily(
            "hlaska_picture_lag_events",
            "Events of the journal, of any site, that the picture has not looked at yet.",
            labels=["site"],
        )
        for threats in self._live.threats():
            for one in (threats.whole, *threats.zones):
                shown = one.level if one.known or one.level else -1
                level.add_metric([threats.site, one.zone or ""], shown)
            lag.add_metric([threats.site], max(0, self._last_seq - threats.up_to_seq))
        yield level
        yield lag

    def _note(self, alert: Alert) -> None:
        if alert.is_open:
            self._open[alert.id] = alert
        else:
            self._open.pop(alert.id, None)

    def _count(self, line: AuditEntry) -> None:
        opened, self._opened, self._last_line = self._opened, None, line.number
        if line.did in _ASKS:
            self._told[line.site] += 1
            self._opened = line if line.did == "alert.open" else None
        elif line.did == "alert.hide" and opened and opened.about == line.about:
            # Opened and hidden in one breath, it was never told.
            self._told[line.site] -= opened.at == line.at
