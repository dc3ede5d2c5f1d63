"""The life of alerts as a state machine: two dispatchers with old screens, events, silences, time.

The machine keeps what a store would: the newest version of each alert, and refuses orders about
older ones. All that is changed goes through `_store`, which checks each step.
"""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from hlaska.alerts.actions import (
    Acknowledge,
    AddNote,
    Assign,
    Confirm,
    Dismiss,
    HandOver,
    Judge,
    Reopen,
    Resolve,
    act,
    possible,
)
from hlaska.alerts.alert import MOST_ENTRIES, SYSTEM, Alert, State, Verdict
from hlaska.alerts.belonging import KEPT
from hlaska.alerts.grouping import SWEEP, Grouping
from hlaska.alerts.queue import queue
from hlaska.alerts.silences import Scope, add, agree, end
from hlaska.errors import AlertError
from hlaska.kinds import Family, kind_of

PEOPLE = ("Jana", "Petr")
STEPS = ("close-gate", "call-police")
KINDS = (
    "video.running",
    "audio.gunshot",
    "audio.glass-break",
    "video.loitering",
    "video.crowding",
    "health.down",
    "health.restored",
)
texts = st.sampled_from(["a cat", "<script>alert(1)</script>", "'; DROP TABLE alerts; --", "{0}"])
verdicts = st.sampled_from(list(Verdict))
people = st.sampled_from(PEOPLE)
actions = st.one_of(
    st.just(Acknowledge()),
    st.builds(Assign, to=people),
    st.builds(Resolve, verdict=st.none() | verdicts, note=texts),
    st.builds(Dismiss, reason=texts, verdict=st.none() | verdicts),
    st.builds(Reopen, note=texts),
    st.builds(Judge, verdict=verdicts, note=texts),
    st.builds(AddNote, text=texts),
    st.builds(HandOver, text=texts),
    st.builds(Confirm, step=st.sampled_from([*STEPS, "unknown"]), note=texts),
)
scopes = st.builds(
    Scope,
    family=st.sampled_from([None, None, Family.ATTACK, Family.HEALTH]),
    kind=st.sampled_from([None, None, "video.running", "audio.gunshot"]),
    zone=st.sampled_from([None, None, "square"]),
)


class Life(RuleBasedStateMachine):
    def __init__(self, town):
        super().__init__()
        self.town = town
        self.now_s = 0.0
        self.events = 0
        self.grouping = Grouping(town.site)
        self.stored = {}
        self.seen = {name: {} for name in PEOPLE}
        self.silences = {}

    @property
    def now(self):
        return self.town.at(self.now_s)

    @initialize(kind=st.sampled_from(["video.running", "audio.gunshot"]))
    def something_happens(self, kind):
        self.an_event_comes(kind, "mic", 50, 0)
        for name in PEOPLE:
            self.somebody_looks(name)

    def _store(self, alert):
        assert Alert.model_validate_json(alert.model_dump_json()) == alert
        old = self.stored.get(alert.id)
        self.stored[alert.id] = alert
        if old is None:
            assert (alert.version, alert.state) == (1, State.NEW)
            return
        assert alert.version == old.version + 1
        assert alert.severity >= old.severity
        assert alert.count >= old.count
        assert alert.told >= old.told
        if alert.told > old.told:
            assert alert.silence is None
            assert alert.is_open
            assert alert.escalated == 0
        if alert.escalated > old.escalated:
            assert alert.silence is None
            assert alert.state is State.NEW
        if old.state is not State.NEW:
            assert alert.state is not State.NEW
        if not old.is_open and not alert.is_open:
            assert (alert.told, alert.state) == (old.told, old.state)

    @rule(
        kind=st.sampled_from(KINDS),
        source=st.sampled_from(["cam-square", "mic"]),
        at_m=st.sampled_from([None, 50, 50, 150, 900]),
        age_s=st.integers(0, 5) | st.integers(-60, 700),
    )
    def an_event_comes(self, kind, source, at_m, age_s):
        self.events += 1
        name, s = f"e{self.events}", self.now_s - age_s
        event = self.town.event(kind, s, name=name, source=source, at_m=at_m)
        alert = self.grouping.take(event, self.now, list(self.silences.values()))
        if alert is not None:
            self._store(alert)
        elif kind_of(kind).severity >= 2:
            raise AssertionError("an event of weight was lost")

    @rule(name=people)
    def somebody_looks(self, name):
        self.seen[name] = dict(self.stored)

    @rule(name=people, action=actions, data=st.data())
    def somebody_orders(self, name, action, data):
        screen = self.seen[name]
        looked_at = screen[data.draw(st.sampled_from(sorted(screen)))]
        current = self.stored[looked_at.id]
        if looked_at.version != current.version:
            return  # The store refuses: somebody, or an event, was faster.
        before = self.grouping.alerts()
        try:
            changed = act(current, action, by=name, at=self.now, steps=STEPS)
        except AlertError as error:
            refused = action.do not in possible(current.state)
            assert refused or isinstance(action, Confirm), error
            assert self.grouping.alerts() == before
            assert self.stored[current.id] == looked_at
            return
        assert action.do in possible(current.state)
        assert (changed.history[-1].by, changed.history[-1].did) == (name, action.do)
        self._store(changed)
        self.grouping.replace(changed)
        screen[changed.id] = changed

    @rule(name=people, scope=scopes, hours=st.integers(-1, 26))
    def somebody_asks_for_silence(self, name, scope, hours):
        until = self.now + timedelta(hours=hours, seconds=1)
        try:
            silence = add(scope, site="town", until=until, reason="x", by=name, at=self.now)
        except AlertError:
            return
        self.silences.setdefault(silence.id, silence)
        self._heed()

    @rule(name=people, data=st.data())
    def somebody_silences_one_alert_until_it_is_closed(self, name, data):
        alert = self.stored[data.draw(st.sampled_from(sorted(self.stored)))]
        scope = Scope(alert=alert.id)
        try:
            silence = add(
                scope, site="town", until=None, reason="x", by=name, at=self.now, alert=alert
            )
        except AlertError:
            assert not alert.is_open
            return
        self.silences.setdefault(silence.id, silence)
        self._heed()

    @rule(name=people, step=st.sampled_from([agree, end]), data=st.data())
    def somebody_agrees_to_a_silence_or_ends_it(self, name, step, data):
        if not self.silences:
            return
        silence = self.silences[data.draw(st.sampled_from(sorted(self.silences)))]
        try:
            changed = step(silence, name, self.now)
        except AlertError:
            return
        assert changed.version == silence.version + 1
        self.silences[silence.id] = changed
        self._heed()

    @rule(passed_s=st.sampled_from([0, 1, 59, 61, 200, 700, 4000]))
    def time_passes(self, passed_s):
        self.now_s += passed_s
        self._heed()
        for alert in self.grouping.escalate(self.now):
            assert alert.escalated > self.stored[alert.id].escalated
            self._store(alert)

    @rule()
    def it_is_started_again(self):
        held = self.grouping.alerts()
        self.grouping = Grouping(self.town.site, reversed(held))
        assert self.grouping.alerts() == held

    def _heed(self):
        for alert in self.grouping.heed(list(self.silences.values()), self.now):
            self._store(alert)

    @invariant()
    def what_is_in_memory_is_what_is_stored(self):
        held = {alert.id: alert for alert in self.grouping.alerts()}
        for name, alert in self.stored.items():
            if name in held:
                assert held[name] == alert
            else:
                assert not alert.is_open
                assert alert.closed_at + KEPT < self.now
        assert set(held) <= set(self.stored)
        assert all(
            alert.is_open or self.now - alert.closed_at <= KEPT + SWEEP + timedelta(seconds=4000)
            for alert in held.values()
        )

    @invariant()
    def closed_alerts_say_when_and_dismissed_ones_why(self):
        for alert in self.stored.values():
            assert alert.is_open == (alert.closed_at is None)
            assert (alert.state is State.DISMISSED) == bool(alert.reason)
            assert (alert.state is State.ASSIGNED) <= (alert.assignee is not None)

    @invariant()
    def nobody_silences_danger_to_life_alone(self):
        for alert in self.stored.values():
            if alert.is_open and alert.silence and any(kind_of(k).life_safety for k in alert.kinds):
                silence = self.silences[alert.silence]
                assert {silence.by, silence.second} == set(PEOPLE)

    @invariant()
    def each_open_alert_is_in_the_queue_once(self):
        in_queue = [alert.id for alert in queue(self.stored.values(), self.now)]
        assert sorted(in_queue) == sorted(a.id for a in self.stored.values() if a.is_open)

    @invariant()
    def histories_are_bounded_and_begin_with_the_beginning(self):
        for alert in self.stored.values():
            assert 1 <= len(alert.history) <= MOST_ENTRIES
            first = alert.history[0]
            assert (first.did, first.by) == ("open", SYSTEM)

    @invariant()
    def no_event_is_in_two_alerts(self):
        listed = [name for alert in self.stored.values() for name in alert.events]
        assert len(listed) == len(set(listed))


def test_whatever_two_dispatchers_and_a_town_do_the_rules_hold(town):
    run_state_machine_as_test(
        lambda: Life(town),
        settings=settings(max_examples=200, stateful_step_count=50, deadline=None),
    )
