"""When the room must hear of an alert. Pure."""

from collections.abc import Collection, Iterable

from hlaska.alerts.alert import Alert, State

RINGS_FROM = 3
"""Severity from which a new alert makes a sound."""


class Bell:
    """Knows what was told already, so that each alert rings once each time that it is told.

    What is known when a session begins does not ring, but that something waits is said.
    """

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, int]] | None = None

    def hears(self, alerts: Collection[Alert], hidden: Iterable[str]) -> int:
        """The greatest severity of all that has just been told; 0: nothing rings.

        Args:
            alerts: All that are known of the site.
            hidden: Ids of those that a silence hides.
        """
        quiet = frozenset(hidden)
        now = {one.id: (one.told, one.escalated) for one in alerts}
        before, self._told = self._told, now
        if before is None:
            return 0
        ringing = [
            one.severity
            for one in alerts
            if one.is_open
            and one.id not in quiet
            and one.severity >= RINGS_FROM
            and _rings(one, before.get(one.id, (0, 0)))
        ]
        return max(ringing, default=0)


def _rings(alert: Alert, before: tuple[int, int]) -> bool:
    told, escalated = before
    if alert.told > told:
        return True
    return alert.state is State.NEW and alert.told == told and alert.escalated > escalated
