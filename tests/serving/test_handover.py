import logging
import threading

import pytest

from hlaska.errors import ModelError
from serving import handover
from serving.handover import HandOver


class Desk:
    """Somebody who looks at things, as long as it is told to."""

    def __init__(self) -> None:
        self.seen, self.free = [], threading.Event()
        self.pause_s: float | None = 0.0
        self.trouble: Exception | None = None

    def __call__(self, thing):
        assert self.free.wait(20)
        self.seen.append(thing)
        if self.trouble:
            raise self.trouble
        return self.pause_s


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def over(desk):
    over = HandOver(desk)
    yield over
    desk.free.set()
    over.close()


def test_one_thing_is_under_way_and_the_others_are_passed_over_and_counted(over, desk, until):
    taken = [over.offer(lambda since, n=n: (n, since.passed_over)) for n in range(5)]
    assert taken == [True, False, False, False, False]
    desk.free.set()
    until(lambda: over.offer(lambda since: ("next", since.passed_over)))
    until(lambda: len(desk.seen) == 2)
    assert desk.seen[0] == (0, 0)
    assert desk.seen[1][1] >= 4


def test_how_long_a_thing_took_is_told_with_the_next(over, desk, until):
    desk.free.set()
    over.offer(lambda since: since.took_s)
    until(lambda: over.offer(lambda since: since.took_s))
    until(lambda: len(desk.seen) == 2)
    assert desk.seen[0] is None and desk.seen[1] >= 0


def test_what_is_not_taken_is_not_even_made(over):
    over.offer(lambda since: 1)

    def never(since):
        raise AssertionError("made")

    assert not over.offer(never)


def test_after_a_rest_was_asked_for_nothing_is_taken_for_a_while(over, desk, until, monkeypatch):
    desk.free.set()
    monkeypatch.setattr(handover, "REST_S", 0.3)
    over.rest()
    assert not over.offer(lambda since: 1)
    until(lambda: over.offer(lambda since: since.passed_over))
    until(lambda: desk.seen)
    assert desk.seen[0] >= 1


def test_whoever_looks_sets_the_pace(over, desk, until):
    desk.free.set()
    desk.pause_s = 3600
    over.offer(lambda since: 1)
    until(lambda: desk.seen)
    until(lambda: over._took_s is not None)
    assert not over.offer(lambda since: 2)


@pytest.mark.parametrize("trouble", [None, ModelError("gone")], ids=["nobody", "no answer"])
def test_where_nobody_looks_it_is_tried_now_and_then_and_nothing_counts_as_passed_over(
    over, desk, until, monkeypatch, trouble, caplog
):
    monkeypatch.setattr(handover, "REST_S", 0.05)
    caplog.set_level(logging.WARNING, "serving.handover")
    desk.pause_s, desk.trouble = None, trouble
    over.offer(lambda since: since.passed_over)
    over.offer(lambda since: since.passed_over)
    desk.free.set()
    until(lambda: over.offer(lambda since: "again"))
    until(lambda: len(desk.seen) == 2)
    assert desk.seen[0] == 0
    assert len(caplog.records) == (trouble is not None)
