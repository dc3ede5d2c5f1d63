"""The store of alerts, silences, levels and the audit log, beside the events in the journal.

The picture of threats and the gateway write here at once, from two processes: each change names
the version that it was made from, and where that is not what is stored, nothing is written.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import pandas as pd
import sqlalchemy as sa

from catalogs import alert_events, alert_rows, audit_log, level_rows, silence_rows
from catalogs.alert_changes import act_of, check_base, done_since, how, meanwhile
from catalogs.alert_events import cursor_of, move_cursor
from catalogs.alert_rows import ALERTS, LAST_REV, Changed
from catalogs.audit_log import Act
from catalogs.databases import at_most, aware
from catalogs.journal import Journal
from catalogs.labels import labels_of
from hlaska.alerts.actions import Order, act
from hlaska.alerts.alert import Alert
from hlaska.alerts.audit import AuditEntry
from hlaska.alerts.silences import Silence, SilenceAction
from hlaska.errors import AlertError
from hlaska.threat.levels import LevelChange


class AlertStore:
    """The alerts in an open journal. Its methods may be called from several threads at once.

    Every method raises JournalError when the database cannot be reached, read or written, or holds
    something that is not valid. After an error nothing of what was asked has happened.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def cursor(self, site: str) -> int:
        """The place in the journal up to which a site's events are in its alerts; 0 at first."""
        with self._journal.reading() as connection:
            return cursor_of(connection, site) or 0

    def take(
        self,
        site: str,
        seq: int,
        changed: Sequence[Alert],
        levels: Sequence[LevelChange] = (),
        *,
        bases: Mapping[str, int],
        joined: Mapping[int, str] = MappingProxyType({}),
    ) -> int:
        """Store what the picture made of events, and of time that passed, in one transaction.

        Args:
            site: The site.
            seq: The place of the newest event that is in it; the cursor where only time passed.
            changed: The alerts that are new or have changed, as they are now.
            levels: The levels that have changed.
            bases: By id the version of each alert that the change was made from, 0 for a new one.
                An alert that is not named is one version further.
            joined: By place in the journal the id of the alert that the event joined.

        Returns:
            The `rev` of the newest change of any alert.

        Raises:
            ConflictError: an alert was changed meanwhile, or somebody else has grouped these
                events: read alerts and cursor again.
            AlertError: an alert is not valid, or not this site's: it never can be stored.
        """
        with self._journal.writing() as connection:
            move_cursor(connection, site, seq)
            level_rows.write(connection, site, levels)
            newest = {alert.id: alert for alert in changed}
            before = alert_rows.read(connection, newest)
            changes: list[Changed] = []
            acts: list[Act] = []
            for alert in newest.values():
                kept = before.get(alert.id)
                check_base(alert, site, kept, bases.get(alert.id, alert.version - 1))
                if kept is None or kept.alert != alert:
                    done = done_since(alert, kept)
                    change = how(alert) if done else f"its events, {alert.count} now"
                    changes.append(Changed(alert, change, is_new=kept is None))
                    acts += done
            rev = alert_rows.write(connection, changes)
            alert_events.write(connection, joined)
            audit_log.write(connection, acts)
        return rev

    def alerts(
        self,
        *,
        site: str | None = None,
        open_only: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        text: str | None = None,
        after_rev: int | None = None,
        ids: Collection[str] | None = None,
        newest_first: bool = True,
        limit: int = 200,
    ) -> list[tuple[int, Alert]]:
        """Alerts that fit all conditions, each with the number of its newest change.

        Args:
            site: Of that site only.
            open_only: Only those that somebody still has to deal with.
            since: Closed then or later, or not at all, aware.
            until: Opened before then, aware: with `since`, those that were open in that time.
            text: All of its words stand in the alert somewhere, in any case, accents or not: in
                its history, notes, names, kinds. No letter means another.
            after_rev: Changed after that change, the oldest change first whatever `newest_first`.
            ids: Those only.
            newest_first: The alert that was opened last comes first; False: last.
            limit: At most so many, 0 or more.
        """
        chosen = alert_rows.conditions(
            site=site,
            open_only=open_only,
            since=since,
            until=until,
            text=text,
            after_rev=after_rev,
            ids=ids,
        )
        order: tuple[sa.ColumnElement[object], ...] = (ALERTS.c.opened_at, ALERTS.c.id)
        if after_rev is not None:
            order = (ALERTS.c.rev,)
        elif newest_first:
            order = tuple(column.desc() for column in order)
        query = sa.select(ALERTS.c.rev, ALERTS.c.id, ALERTS.c.body).where(*chosen)
        rows = self._journal.rows(query.order_by(*order).limit(at_most(limit)))
        return [(rev, alert_rows.parsed(name, body)) for rev, name, body in rows]

    def last_rev(self) -> int:
        """The number of the newest change of any alert; 0 before the first."""
        [(rev,)] = self._journal.rows(LAST_REV)
        return int(rev)

    def events_of(self, alert: str, *, received_until: datetime | None = None) -> list[str]:
        """Ids of all events of an alert that nobody deleted, listed or not, as they joined it.

        Args:
            alert: Its id.
            received_until: Only those received by then, aware; None: all.
        """
        return alert_events.of_alert(self._journal, alert, received_until=received_until)

    def order(
        self,
        by: str,
        orders: Sequence[Order],
        at: datetime,
        steps_of: Callable[[Alert], Collection[str]],
    ) -> list[Alert]:
        """Carry out what a person ordered about alerts, of any site: all of it, or nothing.

        Args:
            by: Who.
            orders: What; of several for one alert, each names the version that the last one makes.
            at: When, aware.
            steps_of: The ids of the steps of an alert's playbook. It must not ask this store.

        Returns:
            The alerts as they are now, in the order in which they are named first.

        Raises:
            ConflictError: somebody changed an alert meanwhile: who and how.
            AlertError: there is no such alert, or the order is not possible in its state.
        """
        aware(at)
        with self._journal.writing() as connection:
            kept = alert_rows.read(connection, {order.alert for order in orders})
            now: dict[str, Changed] = {}
            acts = []
            for order in orders:
                before = now.get(order.alert) or kept.get(order.alert)
                if before is None:
                    raise AlertError(f"there is no alert {order.alert!r}; look at the queue again")
                if before.alert.version != order.version:
                    raise meanwhile(before.alert, order.version, before.change)
                steps = steps_of(before.alert)
                alert = act(before.alert, order.action, by=by, at=at, steps=steps)
                now[alert.id] = Changed(alert, how(alert), is_new=False)
                acts.append(act_of(order, alert))
            alert_rows.write(connection, list(now.values()))
            audit_log.write(connection, acts)
        return [change.alert for change in now.values()]

    def silences(
        self,
        *,
        site: str | None = None,
        active_at: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Silence]:
        """Silences that fit all conditions, the oldest first.

        Args:
            site: Of that site only.
            active_at: Asked for by then and not over, aware: they hide something, or wait for a
                second person.
            since: Over after then, or not at all, aware.
            until: Asked for before then, aware.
        """
        with self._journal.reading() as connection:
            return silence_rows.read(
                connection, site=site, active_at=active_at, since=since, until=until
            )

    def order_silence(self, site: str, by: str, action: SilenceAction, at: datetime) -> Silence:
        """Carry out what a person ordered about a silence.

        Args:
            site: Its site.
            by: Who.
            action: What.
            at: When, aware.

        Returns:
            The silence as it is now.

        Raises:
            AlertError: there is no such silence or alert, or the order makes no sense.
        """
        aware(at)
        with self._journal.writing() as connection:
            silence = silence_rows.carry_out(connection, site, by, action, at)
            audit_log.write(connection, [silence_rows.act_of(silence, action, by.strip(), at)])
        return silence

    def levels(self, site: str, since: datetime, until: datetime) -> list[LevelChange]:
        """How the levels of a site changed in a time, the oldest change first.

        Args:
            site: The site.
            since: Then or later, aware; each zone's last change before that is given as well.
            until: Before then, aware.
        """
        return level_rows.read(self._journal, site, since, until)

    def audit(
        self,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int = 1000,
    ) -> list[AuditEntry]:
        """Lines of the audit log that fit all conditions, in their order.

        Args:
            site: About that site only.
            since: Done then or later, aware.
            until: Done before then, aware.
            after: Only numbers greater than this one.
            limit: At most so many, 0 or more.
        """
        return audit_log.read(
            self._journal, site=site, since=since, until=until, after=after, limit=limit
        )

    def last_act(self) -> int:
        """The number of the newest line of the audit log; 0 before the first."""
        return audit_log.last(self._journal)

    def check_audit(self) -> str | None:
        """What somebody did to the audit log, the first thing; None: it is as it was written."""
        return audit_log.broken(self._journal)

    def labels(
        self,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pd.DataFrame:
        """What judged alerts say about all of their events that nobody deleted.

        Args:
            site: Of that site only.
            since: Events observed then or later, aware.
            until: Events observed before then, aware.

        Returns:
            One row an event, as they joined their alerts, which come as they were opened: `event`,
            `alert` (ids), `source`, `kind`, `observed_at` (UTC), `verdict`, `note`, `by`, `at` (of
            the verdict, UTC), `evidence` (SHA-256 of its first evidence; empty: it has none),
            `media_type` of that, `body` (the event as JSON).
        """
        return labels_of(self._journal, site=site, since=since, until=until)
