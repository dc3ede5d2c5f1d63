from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.playbooks import Playbook, overdue, ready

TOLD_AT = datetime(2026, 12, 5, 15, 0, tzinfo=UTC)


def step(name, *after, within_s=60):
    words = {"en": "Do it", "cs": "Udělejte to"}
    return {
        "id": name,
        "do": words,
        "who": words,
        "confirmed_by": words,
        "within_s": within_s,
        "after": after,
    }


def playbook(*steps, **changes):
    whole = {"name": "gas-leak", "title": {"en": "Gas", "cs": "Plyn"}, "source": "a made drill"}
    return Playbook.model_validate(whole | {"steps": steps} | changes)


DRILL = playbook(
    step("call", within_s=60),
    step("wind", within_s=120),
    step("gates", "wind", within_s=300),
    step("clear", "call", "gates", within_s=600),
)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param(
            [step("call"), step("wind"), step("call")], "step named twice: call", id="an id twice"
        ),
        pytest.param(
            [step("call"), step("gates", "wnd")],
            "step 'gates' comes after 'wnd', which is no earlier step; earlier: call",
            id="after an unknown step",
        ),
        pytest.param(
            [step("gates", "wind"), step("wind", "gates")],
            "step 'gates' comes after 'wind', which is no earlier step; earlier: none",
            id="a circle",
        ),
        pytest.param(
            [step("call"), step("gates", "gates")],
            "step 'gates' comes after 'gates', which is no earlier step",
            id="after itself",
        ),
        pytest.param(
            [step("wind", within_s=120), step("gates", "wind", within_s=60)],
            "step 'gates' is due within 60 s, but 'wind', which comes first, only within 120 s",
            id="due before the step that comes first",
        ),
        pytest.param([], "at least 1 item", id="no steps"),
        pytest.param([step("Call 112")], "String should match pattern", id="an id with spaces"),
        pytest.param([step("call", within_s=0)], "greater than 0", id="no time at all"),
    ],
)
def test_steps_that_nobody_could_follow_are_refused_with_the_reason(steps, told):
    with pytest.raises(ValidationError, match=told):
        playbook(*steps)


@pytest.mark.parametrize("language", ["en", "cs"])
def test_words_are_needed_in_every_language(language):
    with pytest.raises(ValidationError, match=f"title.{language}"):
        playbook(step("call"), title={"en": "Gas", "cs": "Plyn"} | {language: ""})


def test_a_playbook_says_which_plan_it_follows():
    with pytest.raises(ValidationError, match="source"):
        playbook(step("call"), source="")


@pytest.mark.parametrize(
    ("confirmed", "can_be_done"),
    [
        pytest.param([], ("call", "wind"), id="at first those that wait for none"),
        pytest.param(["wind"], ("call", "gates"), id="a confirmed step sets the next free"),
        pytest.param(["call"], ("wind",), id="what waits for another still waits"),
        pytest.param(["gates"], ("call", "wind"), id="a step skipped over is still to do"),
        pytest.param(["call", "wind", "gates"], ("clear",), id="the last needs both"),
        pytest.param(["call", "wind", "gates", "clear"], (), id="all done"),
        pytest.param(["of another playbook"], ("call", "wind"), id="a foreign step is passed over"),
    ],
)
def test_the_steps_that_can_be_done_now(confirmed, can_be_done):
    assert ready(DRILL, confirmed) == can_be_done


@pytest.mark.parametrize(
    ("after_s", "confirmed", "late"),
    [
        pytest.param(0, [], (), id="just told"),
        pytest.param(60, [], (), id="at the end of its time a step is not late"),
        pytest.param(61, [], ("call",), id="after it, it is"),
        pytest.param(61, ["call"], (), id="unless it is done"),
        pytest.param(
            301, ["call"], ("wind", "gates"), id="late though the one before it is not done"
        ),
        pytest.param(-5, [], (), id="before it was told"),
    ],
)
def test_the_steps_that_are_late(after_s, confirmed, late):
    assert overdue(DRILL, TOLD_AT, confirmed, TOLD_AT + timedelta(seconds=after_s)) == late


@st.composite
def playbooks(draw):
    """Any playbook that can be followed."""
    steps = []
    for number in range(draw(st.integers(1, 8))):
        earlier = [one["id"] for one in steps]
        after = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        steps.append(step(f"s{number}", *after, within_s=60 * (number + 1)))
    return playbook(*steps)


@given(playbooks(), st.data())
def test_whoever_does_what_is_ready_comes_to_the_end(book, data):
    done = []
    while can_be_done := ready(book, done):
        done.append(data.draw(st.sampled_from(can_be_done)))
    assert sorted(done) == sorted(one.id for one in book.steps)
