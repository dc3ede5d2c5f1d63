"""What a client asks the gateway about threats, alerts and silences, and what it orders."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

import httpx
import pandas as pd
from pydantic import TypeAdapter

from hlaska.alerts.alert import Alert
from hlaska.alerts.audit import AuditEntry
from hlaska.alerts.silences import Silence
from hlaska.playbooks import Playbook
from hlaska.records import Record
from hlaska.threat.levels import LevelChange, Threats
from serving.messages import Orders, SilenceOrder
from serving.picture.labels import table_of

_ALERTS = TypeAdapter(list[Alert])
_THREATS = TypeAdapter(list[Threats])
_SILENCES = TypeAdapter(list[Silence])
_LEVELS = TypeAdapter(list[LevelChange])
_PLAYBOOKS = TypeAdapter(dict[str, Playbook])
_AUDIT = TypeAdapter(list[AuditEntry])


class PictureCalls(ABC):
    """The part of `serving.client.Gateway` that is about the picture of threats.

    Every method raises GatewayError when there is no answer, and RefusedError when the gateway
    refuses: an order that comes too late, say, as somebody else has changed the alert.
    """

    def threats(self) -> list[Threats]:
        """The last picture of every site that has one."""
        return _THREATS.validate_json(self._ask("GET", "/threats").content)

    def send_threats(self, threats: Threats) -> None:
        """Tell how threatened a site is, and that its alerts may have changed."""
        self._send("PUT", f"/threats/{threats.site}", threats)

    def levels(self, site: str, since: datetime, until: datetime) -> list[LevelChange]:
        """How the levels went, oldest first, and what they were when that time began."""
        query = query_of(since=since, until=until)
        answer = self._ask("GET", f"/threats/{site}/levels", params=query)
        return _LEVELS.validate_json(answer.content)

    def alerts(
        self,
        *,
        site: str | None = None,
        open_only: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        text: str | None = None,
        limit: int = 200,
    ) -> list[Alert]:
        """Alerts that fit all conditions, the newest first.

        Args:
            site: Of that site only.
            open_only: Those with which somebody still has to deal.
            since: Open then or later, aware.
            until: First told before then, aware.
            text: With these words in them.
            limit: At most so many.
        """
        query = query_of(
            site=site, open_only=open_only, since=since, until=until, text=text, limit=limit
        )
        return _ALERTS.validate_json(self._ask("GET", "/alerts", params=query).content)

    def alert(self, name: str) -> Alert:
        """The alert of that id, as it is now."""
        return Alert.model_validate_json(self._ask("GET", f"/alerts/{name}").content)

    def order_alerts(self, orders: Orders) -> list[Alert]:
        """Order something about alerts, all of it or nothing; what they have become, in order."""
        return _ALERTS.validate_json(self._send("POST", "/alerts/orders", orders).content)

    def silences(
        self,
        site: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Silence]:
        """What is silenced now, or waits for a second person; with times, all of that time."""
        query = query_of(site=site, since=since, until=until)
        return _SILENCES.validate_json(self._ask("GET", "/silences", params=query).content)

    def order_silence(self, site: str, order: SilenceOrder) -> Silence:
        """Ask for a silence, agree to one, or end it; what it has become."""
        return Silence.model_validate_json(self._send("POST", f"/silences/{site}", order).content)

    def playbooks(self, site: str) -> dict[str, Playbook]:
        """The recommended actions of a site, by name."""
        return _PLAYBOOKS.validate_json(self._ask("GET", f"/playbooks/{site}").content)

    def audit(
        self,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int = 1000,
    ) -> list[AuditEntry]:
        """Who did what: the lines of the audit log after a number, in their order."""
        query = query_of(site=site, since=since, until=until, after=after, limit=limit)
        return _AUDIT.validate_json(self._ask("GET", "/audit", params=query).content)

    def audit_broken(self) -> str | None:
        """What somebody did to the audit log, the first thing only; None: it is whole."""
        broken = self._ask("GET", "/audit/broken").json()
        return None if broken is None else str(broken)

    def labels(
        self,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pd.DataFrame:
        """What dispatchers found events to be: see `catalogs.alerts.AlertStore.labels`."""
        query = query_of(site=site, since=since, until=until)
        return table_of(self._ask("GET", "/labels", params=query).json())

    def _send(self, method: str, path: str, record: Record) -> httpx.Response:
        return self._ask(
            method,
            path,
            content=record.model_dump_json().encode(),
            headers={"Content-Type": "application/json"},
        )

    @abstractmethod
    def _ask(self, method: str, path: str, **rest: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Ask the gateway, and raise what it complains of."""


def query_of(**values: object) -> dict[str, str]:
    """The query of an address; what is None is left out."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in values.items()
        if value is not None
    }
