"""Questions in the background: only the newest answer counts."""

import threading

import pytest

from dashboards.questions import Questions
from hlaska.errors import GatewayError


@pytest.fixture
def come():
    return threading.Event()


@pytest.fixture
def questions(come):
    questions = Questions(come.set)
    yield questions
    questions.close()


def test_only_the_newest_question_of_a_matter_is_answered(questions, come, eventually):
    slow, told = threading.Event(), []
    questions.ask("a", lambda: slow.wait(20) and "old", told.append, told.append)
    questions.ask("a", lambda: "new", told.append, told.append)
    questions.ask("b", lambda: "other", told.append, told.append)
    eventually(lambda: (questions.show(), len(told) == 2)[1])
    slow.set()
    eventually(come.is_set)
    questions.show()
    assert sorted(told) == ["new", "other"]
    assert not questions.waits_for("a")


def test_a_question_that_fails_is_told_in_words(questions, eventually):
    def fail():
        raise GatewayError("no answer; is it running?")

    told = []
    questions.ask("a", fail, told.append, lambda words: told.append(f"failed: {words}"))
    eventually(lambda: (questions.show(), told)[1])
    assert told == ["failed: no answer; is it running?"]


def test_what_is_forgotten_is_never_told(questions, come):
    told = []
    questions.ask("a", lambda: 1, told.append, told.append)
    questions.forget("a")
    questions.close()
    questions.ask("a", lambda: 2, told.append, told.append)
    questions.show()
    assert told == []
