"""A session gets the newest, at its own pace, whatever the pace of the news."""

from bokeh.document import Document
from hypothesis import given
from hypothesis import strategies as st

from dashboards.pump import Pump


def run_due(document: Document, kind: str) -> int:
    """Run the document's waiting callbacks of a kind, as its server would; answers how many."""
    due = [one for one in document.session_callbacks if type(one).__name__ == kind]
    for one in due:
        document.remove_next_tick_callback(one) if kind == "NextTickCallback" else (
            document.remove_timeout_callback(one)
        )
        one.callback()
    return len(due)


STEPS = st.lists(st.sampled_from(["notify", "tick", "pause"]), max_size=60)


@given(steps=STEPS)
def test_news_is_always_shown_in_the_end_and_never_queued(steps):
    document, news, shown = Document(), [], []
    pump = Pump(lambda: shown.append(len(news)), document=document, per_s=10)
    pump.begin()
    for step in steps:
        if step == "notify":
            news.append(1)
            pump.notify()
        else:
            kind = {"tick": "NextTickCallback", "pause": "TimeoutCallback"}[step]
            assert run_due(document, kind) <= 1
        assert len(document.session_callbacks) <= 1
    while document.session_callbacks:
        run_due(document, "NextTickCallback")
        run_due(document, "TimeoutCallback")
    assert shown[-1:] == ([len(news)] if news else [])
    assert len(shown) <= len(news)


def test_before_the_page_is_there_it_shows_nothing_and_then_the_newest():
    document, shown = Document(), []
    pump = Pump(lambda: shown.append(1), document=document, per_s=10)
    pump.notify()
    pump.notify()
    pump.catch_up()
    assert not shown and not document.session_callbacks
    pump.begin()
    run_due(document, "NextTickCallback")
    assert len(shown) == 1
    pump.begin()  # a page that has lost its connection says so again
    run_due(document, "TimeoutCallback")
    assert not document.session_callbacks


def test_between_two_pauses_it_shows_once():
    document, shown = Document(), []
    pump = Pump(lambda: shown.append(1), document=document, per_s=10)
    pump.begin()
    for _ in range(50):
        pump.notify()
    run_due(document, "NextTickCallback")
    assert len(shown) == 1


def test_a_closed_session_is_shown_nothing():
    document, shown = Document(), []
    pump = Pump(lambda: shown.append(1), document=document, per_s=10)
    pump.begin()
    pump.notify()
    pump.close()
    run_due(document, "NextTickCallback")
    pump.notify()
    assert not shown and not document.session_callbacks


def test_a_failing_refresh_does_not_end_the_session():
    document, calls = Document(), []

    def fail_once() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a part failed")

    pump = Pump(fail_once, document=document, per_s=10)
    pump.begin()
    pump.notify()
    try:
        run_due(document, "NextTickCallback")
    except RuntimeError:
        pass
    run_due(document, "TimeoutCallback")
    pump.notify()
    run_due(document, "NextTickCallback")
    assert len(calls) == 2


def test_without_a_document_it_shows_at_once():
    shown = []
    pump = Pump(lambda: shown.append(1), document=None, per_s=10)
    pump.notify()
    assert shown
    pump.close()
    pump.notify()
    assert len(shown) == 1


def test_without_a_document_news_made_while_showing_is_shown_after_it():
    depths, pumps = [], []

    def refresh() -> None:
        depths.append("in")
        if len(depths) == 1:
            pumps[0].notify()
        depths.append("out")

    pumps.append(Pump(refresh, document=None, per_s=10))
    pumps[0].notify()
    assert depths == ["in", "out", "in", "out"]


def test_a_wake_up_that_the_server_lost_is_caught_up_at_the_next_beat():
    document, shown = Document(), []
    pump = Pump(lambda: shown.append(1), document=document, per_s=10)
    pump.begin()
    pump.notify()
    (lost,) = document.session_callbacks
    document.remove_next_tick_callback(lost)
    pump.notify()
    assert not shown and not document.session_callbacks
    pump.catch_up()
    assert len(shown) == 1
    pump.catch_up()  # nothing is new
    lost.callback()  # it was only late
    assert len(shown) == 1
    run_due(document, "TimeoutCallback")
    pump.notify()
    run_due(document, "NextTickCallback")
    assert len(shown) == 2
