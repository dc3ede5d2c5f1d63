"""The picture of one site: from the journal to its alerts and its threat levels.

A plain class without clock or thread. The journal is read page by page; what a page makes of the
alerts is stored together with the place up to which it was read, in one transaction: whenever this
is ended, it goes on where it was, and nothing is lost or doubled. All else is worked out anew at
the start, from the alerts that are stored and from the events that still are evidence.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.alert import Alert
from hlaska.alerts.belonging import KEPT
from hlaska.alerts.grouping import Grouping
from hlaska.alerts.outages import RESTORED
from hlaska.alerts.silences import Silence
from hlaska.errors import AlertError, ConflictError, HlaskaError
from hlaska.events import StoredEvent
from hlaska.kinds import KINDS, Family, kind_of
from hlaska.playbooks import Playbooks
from hlaska.sites import Site
from hlaska.threat.assessor import Assessor
from hlaska.threat.levels import LevelChange, Threats
from serving.picture import past
from serving.picture.verdicts import Verdicts

_LOG = logging.getLogger(__name__)

PAGE = 500
"""Events that are grouped in one transaction."""
MOST_TRIES = 10
"""A page is grouped anew when a dispatcher changed one of its alerts meanwhile: people are not so
quick as to do that so often."""
BROKEN = (HlaskaError, ValueError, ArithmeticError, LookupError)
"""What a single event may cause that should never have come so far."""


class Picture:
    """The alerts and threat levels of one site. Not to be used from two threads at once.

    Args:
        site: The site.
        journal: Where events come from.
        store: Where alerts, levels and the place in the journal are kept.
        playbooks: The recommended actions of the site, by name.
    """

    def __init__(
        self, site: Site, journal: Journal, store: AlertStore, playbooks: Playbooks
    ) -> None:
        self._site, self._journal, self._store = site, journal, store
        for name in sorted({kind.playbook for kind in KINDS.values()} - {"", *playbooks}):
            _LOG.warning("%s has no playbook %r: its alerts show no steps", site.id, name)
        self._grouping: Grouping | None = None
        self._assessor: Assessor | None = None
        self._seq = self._rev = 0
        self._heeded_at: datetime | None = None
        self._mine: dict[str, int] = {}
        self._verdicts = Verdicts(store)
        self._levels: dict[str | None, tuple[int, bool]] = {}
        self._skipped: set[int] = set()
        self._stuck: set[str] = set()
        self.behind = False
        """Whether the last step left events of the journal for the next one."""
        self.rev = 0
        """Of the newest change of an alert that it made."""

    @property
    def skipped(self) -> int:
        """How many events could not be used: damaged ones, or such as no code was made for.

        Among them those that made of an alert what can never be stored.
        """
        return len(self._skipped)

    def step(
        self, now: datetime, working: Collection[str], *, most_pages: int | None = None
    ) -> Threats:
        """Take in what is new in the journal, and tell how threatened the site is.

        Args:
            now: The time, aware.
            working: Ids of the sensors that can be trusted now.
            most_pages: So many pages of events are taken in; None: all there are.

        Raises:
            JournalError: it cannot be read or written; the next step goes on where this one was.
            ConflictError: alerts are changed all the time by somebody else; so does it then.
        """
        try:
            if self._grouping is None:
                self._begin(now)
            self._hear_orders()
            silences = self._store.silences(site=self._site.id, active_at=now)
            self._read(now, silences, most_pages)
            assessor = self._assessor or self._gather_evidence(now)
            threats = assessor.assess(now, working, up_to_seq=self._seq)
            self._let_time_pass(now, silences, threats)
        except HlaskaError:
            # Whether the last transaction went through is not known: what is stored tells.
            self._grouping = None
            raise
        return threats

    def _begin(self, now: datetime) -> None:
        """Go on from what is stored."""
        # In this order: what somebody changes in between is heard of again. With an assessor that
        # stays, all since the last look is heard again: verdicts may be among it.
        if self._assessor is None:
            self._rev = self._store.last_rev()
        kept = past.alerts(self._store, self._site.id, since=now - KEPT)
        self._grouping = Grouping(self._site, [alert for _, alert in kept])
        self._seq = max(self._seq, self._store.cursor(self._site.id))
        self._mine.clear()
        self._levels.clear()

    def _gather_evidence(self, now: datetime) -> Assessor:
        """Weigh anew what happened up to now."""
        assessor = Assessor(self._site)
        # Asked once, it does not keep what is too old to matter.
        assessor.assess(now, ())
        self._verdicts = Verdicts(self._store)
        for stored in past.evidence(
            self._journal, self._site.id, now=now, up_to_seq=self._seq, damaged=self._skip
        ):
            self._weigh(assessor, stored)
        since = now - past.MATTERS_FOR
        for _, alert in past.alerts(self._store, self._site.id, since=since):
            self._verdicts.heed(assessor, alert)
        self._assessor = assessor
        return assessor

    def _hear_orders(self) -> None:
        """Take in what others made of the alerts."""
        changes = past.alerts(self._store, self._site.id, after_rev=self._rev)
        for self._rev, alert in changes:
            if self._mine.pop(alert.id, 0) != alert.version:
                assert self._grouping is not None
                self._grouping.replace(alert)
                self._heed_verdict(alert)

    def _read(self, now: datetime, silences: Sequence[Silence], most_pages: int | None) -> None:
        """Take in the journal's next pages."""
        self.behind = True
        pages = 0
        while self.behind and pages != most_pages:
            page, seq, self.behind = self._journal.following(
                self._seq, site=self._site.id, limit=PAGE, damaged=self._skip
            )
            for stored in page:
                self._weigh(self._assessor, stored)
            self._group(page, seq, now, silences)
            pages += 1

    def _group(
        self, page: Sequence[StoredEvent], seq: int, now: datetime, silences: Sequence[Silence]
    ) -> None:
        """Put the events of a page into alerts, and store these."""
        # Counts never are in an alert: what only counts need not be written down.
        if all(kind_of(stored.event.kind).family is Family.MOBILITY for stored in page):
            self._seq = max(self._seq, seq)
            return
        for _ in range(MOST_TRIES):
            alerts: list[Alert] = []
            joined: dict[int, str] = {}
            for stored in page:
                if stored.seq <= self._seq or (alert := self._joined(stored, silences)) is None:
                    continue
                alerts.append(alert)
                if stored.event.kind != RESTORED:
                    joined[stored.seq] = alert.id
            try:
                if self._stored(seq, alerts, joined=joined):
                    return
            except AlertError as error:
                self._group_apart(page, seq, now, silences, error)
                return
            self._begin(now)
            if self._seq >= seq:
                return
        raise ConflictError(
            f"alerts of {self._site.id} are changed so fast that nothing can be added to them; "
            "look for a program that orders without end"
        )

    def _group_apart(
        self,
        page: Sequence[StoredEvent],
        seq: int,
        now: datetime,
        silences: Sequence[Silence],
        error: AlertError,
    ) -> None:
        """Find by halves the event that makes what can never be stored, and leave it out."""
        self._begin(now)
        half = len(page) // 2
        if half:
            self._group(page[:half], page[half - 1].seq, now, silences)
        else:
            self._skip(page[0].seq, f"{page[0].event.id}: {error}")
        self._group(page[max(1, half) :], seq, now, silences)

    def _joined(self, stored: StoredEvent, silences: Sequence[Silence]) -> Alert | None:
        assert self._grouping is not None
        event = stored.event
        assert event.received_at is not None
        # Never before the last time that silences were looked at: an event that was committed a
        # moment late must not tell an alert which is silent by now.
        at = max(event.received_at, self._heeded_at or event.received_at)
        try:
            return self._grouping.take(event, at, silences)
        except BROKEN as error:
            self._skip(stored.seq, f"{event.id}: {type(error).__name__}: {error}")
            return None

    def _weigh(self, assessor: Assessor | None, stored: StoredEvent) -> None:
        try:
            if assessor is not None:
                assessor.take(stored.event)
        except BROKEN as error:
            self._skip(stored.seq, f"{stored.event.id}: {type(error).__name__}: {error}")

    def _let_time_pass(self, now: datetime, silences: Sequence[Silence], threats: Threats) -> None:
        """Store what follows from the time alone, and how the levels have changed."""
        levels = {one.zone: (one.level, one.known) for one in (threats.whole, *threats.zones)}
        changes = [
            LevelChange(at=threats.at, zone=zone, level=level, known=known)
            for zone, (level, known) in levels.items()
            if self._levels.get(zone) != (level, known)
        ]
        for _ in range(MOST_TRIES):
            assert self._grouping is not None
            self._heeded_at = now
            # Those that nobody acknowledged wait no longer when they have just been silenced.
            alerts = [*self._grouping.heed(silences, now), *self._grouping.escalate(now)]
            try:
                done = (not alerts and not changes) or self._stored(self._seq, alerts, changes)
            except AlertError:
                done = self._stored_apart(alerts) and self._stored(self._seq, (), changes)
            if done:
                self._levels = levels
                return
            self._begin(now)

    def _stored_apart(self, alerts: Sequence[Alert]) -> bool:
        """Store each alert by itself: one that never can be must not keep the others waiting."""
        done = True
        for name in dict.fromkeys(alert.id for alert in alerts):
            try:
                done &= self._stored(self._seq, [alert for alert in alerts if alert.id == name])
            except AlertError as error:
                if name not in self._stuck:
                    self._stuck.add(name)
                    _LOG.error("%s: an alert stays as it was: %s", self._site.id, error)
        return done

    def _stored(
        self,
        seq: int,
        alerts: Iterable[Alert],
        levels: Sequence[LevelChange] = (),
        *,
        joined: Mapping[int, str] = MappingProxyType({}),
    ) -> bool:
        """Store alerts and the place in the journal; False when others have changed one of them.

        Raises:
            AlertError: one of them can never be stored.
        """
        newest: dict[str, Alert] = {}
        bases: dict[str, int] = {}
        for alert in alerts:
            newest[alert.id] = alert
            # What is in memory is what is stored: changes are made from there.
            bases.setdefault(alert.id, alert.version - 1)
        try:
            self.rev = self._store.take(
                self._site.id, seq, list(newest.values()), levels, bases=bases, joined=joined
            )
        except ConflictError as error:
            _LOG.info("%s: grouped anew: %s", self._site.id, error)
            return False
        self._seq = max(self._seq, seq)
        for alert in newest.values():
            self._mine[alert.id] = alert.version
            self._heed_verdict(alert)
        return True

    def _heed_verdict(self, alert: Alert) -> None:
        if self._assessor is not None and not self._verdicts.heed(self._assessor, alert):
            self._assessor = None

    def _skip(self, seq: int, complaint: str) -> None:
        if seq not in self._skipped:
            self._skipped.add(seq)
            _LOG.error("%s: event %d is skipped: %s", self._site.id, seq, complaint)
