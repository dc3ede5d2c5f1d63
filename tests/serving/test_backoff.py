import random

from hypothesis import given
from hypothesis import strategies as st

from serving.backoff import Backoff


@given(st.integers(0, 2**32), st.floats(0.01, 5), st.floats(5, 60))
def test_waits_grow_to_a_cap_and_never_beyond(seed, first_s, longest_s):
    backoff = Backoff(first_s=first_s, longest_s=longest_s, rng=random.Random(seed))
    waits = [backoff.next_s() for _ in range(50)]
    assert all(first_s / 2 <= wait <= longest_s for wait in waits)
    assert waits[-1] >= longest_s / 2


def test_after_a_healthy_spell_the_first_wait_is_short_again():
    backoff = Backoff(first_s=0.5, longest_s=15)
    for _ in range(10):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 0.5


def test_two_clients_that_lost_the_same_hub_do_not_come_back_at_once():
    assert Backoff().next_s() != Backoff().next_s()


def test_waiting_can_be_ended_early_by_whoever_owns_the_pause():
    pauses = []
    Backoff(first_s=1).wait(pauses.append)
    assert 0.5 <= pauses[0] <= 1
