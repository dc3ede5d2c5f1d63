"""What a dispatcher looks at first."""

from collections.abc import Iterable
from datetime import datetime

from hlaska.alerts.alert import Alert, State


def queue(alerts: Iterable[Alert], now: datetime) -> list[Alert]:
    """The open alerts, what needs somebody first on top.

    Silenced ones come last, for they are hidden, not gone. Before that: those that nobody has
    acknowledged come first, then the more severe, then those that have waited longer since they
    were told. The order is the same for whatever order they came in.
    """

    def rank(alert: Alert) -> tuple[bool, bool, int, float, str]:
        waited_s = (now - alert.told_at).total_seconds()
        seen = alert.state is not State.NEW
        return alert.silence is not None, seen, -alert.severity, -waited_s, alert.id

    return sorted((alert for alert in alerts if alert.is_open), key=rank)
