from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hlaska.tracks import StreamState
from serving.connection import Connection, Patience

PATIENCE = Patience(stalled_s=2, reconnecting_s=5, lost_s=30)


def test_silence_is_named_worse_the_longer_it_lasts():
    connection = Connection(PATIENCE, 0).frame(10)
    named = [connection := connection.quiet(10 + s) for s in (1, 2, 4.9, 5, 29, 30, 99)]
    assert [c.state for c in named] == [
        StreamState.HEALTHY,
        StreamState.STALLED,
        StreamState.STALLED,
        StreamState.RECONNECTING,
        StreamState.RECONNECTING,
        StreamState.LOST,
        StreamState.LOST,
    ]


def test_one_frame_heals_everything_and_takes_the_reason_away():
    lost = Connection(PATIENCE, 0).failed(40, "no route to host")
    assert (lost.state, lost.reason) == (StreamState.LOST, "no route to host")
    healed = lost.frame(41)
    assert (healed.state, healed.reason) == (StreamState.HEALTHY, "")


def test_a_failure_says_why_and_silence_after_it_keeps_the_reason():
    failed = Connection(PATIENCE, 0).frame(1).failed(2, "401 unauthorised")
    assert failed.state is StreamState.RECONNECTING
    assert failed.quiet(60).reason == "401 unauthorised"
    assert failed.quiet(60).state is StreamState.LOST


class Life(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.last_frame = 0.0
        self.connection = Connection(PATIENCE, 0)

    @rule(passed=st.floats(0, 100))
    def time_passes_quietly(self, passed):
        self.now += passed
        self.connection = self.connection.quiet(self.now)

    @rule()
    def a_frame_comes(self):
        self.last_frame = self.now
        self.connection = self.connection.frame(self.now)

    @rule()
    def it_fails(self):
        self.connection = self.connection.failed(self.now, "broken")

    @invariant()
    def lost_means_long_silence_and_long_silence_means_lost(self):
        silent = self.now - self.last_frame >= PATIENCE.lost_s
        assert (self.connection.state is StreamState.LOST) == silent

    @invariant()
    def trouble_has_a_reason(self):
        fine = self.connection.state in {StreamState.HEALTHY, StreamState.CONNECTING}
        assert fine == (self.connection.reason == "")


TestLife = Life.TestCase


@given(st.lists(st.floats(0, 40), max_size=20))
def test_connecting_is_left_by_the_first_frame_or_by_long_silence_only(pauses):
    now, connection = 0.0, Connection(PATIENCE, 0)
    for pause in pauses:
        now += pause
        connection = connection.quiet(now)
        assert (connection.state is StreamState.CONNECTING) == (now < PATIENCE.reconnecting_s)
