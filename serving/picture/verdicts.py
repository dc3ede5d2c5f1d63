"""What was found to be nothing is evidence no more."""

from datetime import datetime

from catalogs.alerts import AlertStore
from hlaska.alerts.alert import Alert
from hlaska.threat.assessor import Assessor


class Verdicts:
    """Takes the events of refuted alerts back from one assessor.

    What joins an alert that was judged while it is open may be something: nobody has judged that.
    What joins a closed one was looked at by the grouping.

    Args:
        store: Where it is asked which events are whose: an alert lists only the first ones.
    """

    def __init__(self, store: AlertStore) -> None:
        self._store = store
        self._refuted: dict[str, tuple[bool, datetime | None]] = {}

    def heed(self, assessor: Assessor, alert: Alert) -> bool:
        """Take back what an alert, as it is now, says was nothing.

        Args:
            assessor: The one of all calls.
            alert: It was changed, or is looked at for the first time.

        Returns:
            False: evidence that was taken back counts again. An assessor cannot give it back:
            another one is needed.

        Raises:
            JournalError: the store cannot be read.
        """
        was_open, was_told_at = self._refuted.get(alert.id, (True, None))
        if not alert.refuted:
            return alert.id not in self._refuted
        if alert.is_open and not was_open:
            # What had joined it after its verdict went with it when it was closed; it is back.
            return False
        told_at = alert.judgement.at if alert.judgement else alert.closed_at
        if alert.is_open and alert.id in self._refuted and was_told_at == told_at:
            return True
        until = told_at if alert.is_open else None
        assessor.take_back(self._store.events_of(alert.id, received_until=until))
        self._refuted[alert.id] = alert.is_open, told_at
        return True
