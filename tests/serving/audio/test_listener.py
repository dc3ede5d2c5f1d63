from collections import deque
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, Chunk
from serving.audio.listener import LATE_S, Listener, ListenerArgs

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
WINDOW, FRAME_S = 2 * RATE_HZ, 0.04


@pytest.fixture
def listen(sound_card, loudness):
    """`listen(samples, …)`: what a listener finds in it, and the listener."""

    def run(samples, *, chunk_s=0.1, started_at=NOW, listener=None, **changes):
        listener = listener or Listener(sound_card, WINDOW, FRAME_S, args=ListenerArgs(**changes))
        found, size = [], round(chunk_s * RATE_HZ)
        for at in range(0, len(samples), size):
            begun = started_at + timedelta(seconds=at / RATE_HZ)
            for window in listener.hear(Chunk(begun, samples[at : at + size])):
                found += listener.judge(window, loudness(window.samples[None])[0])
        return found, listener

    return run


def test_a_shot_is_found_at_its_own_sample(listen, street):
    (found,), _ = listen(street(12, bangs=(6.0,)))
    assert (found.sound, found.onsets_s) == ("gunshot", (0.0,))
    assert found.onset_s == pytest.approx(6.0, abs=1 / RATE_HZ)
    assert found.observed_at == NOW + timedelta(seconds=found.onset_s)
    assert 6.0 < found.offset_s < 6.5
    assert (found.windows_agreed, found.windows_asked) == (5, 5)
    assert found.confidence == pytest.approx(0.9, abs=0.01)
    assert -12 < found.peak_dbfs < -8


def test_a_volley_is_one_finding_with_the_time_of_each_shot(listen, street):
    (found,), listener = listen(street(12, bangs=(5.0, 5.1, 5.2, 6.0)))
    assert found.onsets_s == pytest.approx((0, 0.1, 0.2, 1.0), abs=1e-3)
    assert listener.kept[0] == listener.kept[1]


def test_its_scores_begin_three_seconds_before_it(listen, street):
    (found,), _ = listen(street(12, bangs=(6.0,)))
    at_s = found.scores_start_s + found.scores_step_s * np.arange(len(found.scores))
    assert found.scores.shape[1] == len(SOUND_CLASSES)
    assert at_s[0] == pytest.approx(-3, abs=0.05)
    loud = at_s[found.scores[:, 0] > 0.5]
    assert loud[0] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("chunk_s", [0.01, 0.37, 1.0], ids=lambda s: f"{s} s")
def test_chunks_of_any_length_give_the_same(listen, street, chunk_s):
    samples = street(15, bangs=(6.0, 6.5), screams=(9.0,))
    expected, _ = listen(samples)
    found, _ = listen(samples, chunk_s=chunk_s)
    assert [(f.sound, f.onset_s, f.windows_agreed) for f in found] == [
        (f.sound, f.onset_s, f.windows_agreed) for f in expected
    ]
    assert {f.sound for f in found} == {"gunshot", "scream"}


def test_windows_may_be_scored_late_and_in_any_order(listen, street, sound_card, loudness):
    samples = street(12, bangs=(6.0,))
    (expected,), _ = listen(samples)
    listener = Listener(sound_card, WINDOW, FRAME_S)
    due, found = [], []
    for at in range(0, len(samples), 1600):
        begun = NOW + timedelta(seconds=at / RATE_HZ)
        due += listener.hear(Chunk(begun, samples[at : at + 1600]))
        if len(due) >= 4:
            for window in reversed(due):
                found += listener.judge(window, loudness(window.samples[None])[0])
            due.clear()
    for window in due:
        found += listener.judge(window, loudness(window.samples[None])[0])
    assert [each.observed_at for each in found] == [expected.observed_at]


def test_a_shed_window_agrees_with_nothing(sound_card, street):
    listener = Listener(sound_card, WINDOW, FRAME_S)
    samples = street(12, bangs=(6.0,))
    found = []
    for at in range(0, len(samples), 1600):
        begun = NOW + timedelta(seconds=at / RATE_HZ)
        for window in listener.hear(Chunk(begun, samples[at : at + 1600])):
            found += listener.judge(window, None)
    assert not found + listener.finish()


def test_in_quiet_nothing_is_scored_but_the_beginning(sound_card, street, loudness):
    listener = Listener(sound_card, WINDOW, FRAME_S)
    samples = street(60)
    windows = []
    for at in range(0, len(samples), 1600):
        begun = NOW + timedelta(seconds=at / RATE_HZ)
        heard = listener.hear(Chunk(begun, samples[at : at + 1600]))
        windows += heard
        for window in heard:
            listener.judge(window, loudness(window.samples[None])[0])
    assert len(windows) < 40
    assert listener.quiet
    assert set(listener.scores.values()) == {0.0}


def test_a_shot_in_the_quiet_is_told_although_it_is_quiet_again_behind_it(listen, street):
    found, listener = listen(street(60, bangs=(30.0,)))
    assert [each.onset_s for each in found] == pytest.approx([30.0])
    assert listener.quiet


def test_without_the_gate_every_window_is_scored(sound_card, street):
    listener = Listener(sound_card, WINDOW, FRAME_S, args=ListenerArgs(gate=False))
    samples = street(60)
    windows = []
    for at in range(0, len(samples), 1600):
        begun = NOW + timedelta(seconds=at / RATE_HZ)
        for window in listener.hear(Chunk(begun, samples[at : at + 1600])):
            windows.append(window.start_s)
            listener.judge(window, np.zeros((50, 4), np.float32))
    assert windows == pytest.approx(0.4 * np.arange(146))


@pytest.mark.parametrize("step_s", [60.0, -60.0, 0.3], ids=lambda s: f"{s:+} s")
def test_a_window_never_holds_sound_of_both_sides_of_a_gap(sound_card, street, step_s):
    listener = Listener(sound_card, WINDOW, FRAME_S, args=ListenerArgs(gate=False))
    one, other = np.full(3 * RATE_HZ, 0.25, np.float32), np.full(3 * RATE_HZ, 0.5, np.float32)
    windows = []
    for samples, begun in ((one, NOW), (other, NOW + timedelta(seconds=3 + step_s))):
        for at in range(0, len(samples), 1600):
            started_at = begun + timedelta(seconds=at / RATE_HZ)
            for window in listener.hear(Chunk(started_at, samples[at : at + 1600])):
                windows.append(window)
                listener.judge(window, np.zeros((50, 4), np.float32))
    levels = {round(float(level), 2) for window in windows for level in np.unique(window.samples)}
    assert levels == {0.25, 0.5}
    assert all(len(np.unique(window.samples)) == 1 for window in windows)
    starts = [window.start_s for window in windows]
    assert starts == sorted(starts)
    assert windows[-1].started_at - (NOW + timedelta(seconds=3 + step_s)) < timedelta(seconds=1.01)


def test_shots_before_and_after_a_gap_are_both_found_with_their_own_times(listen, street):
    samples = street(12, bangs=(6.0,))
    found, listener = listen(samples)
    later = NOW + timedelta(hours=1)
    found += listen(samples, started_at=later, listener=listener)[0]
    assert [each.observed_at for each in found] == [
        start + timedelta(seconds=6) for start in (NOW, later)
    ]


def test_a_clock_that_is_followed_in_small_steps_tears_nothing(sound_card, loudness, street):
    listener = Listener(sound_card, WINDOW, FRAME_S)
    samples, found = street(12, bangs=(6.0,)), []
    for number, at in enumerate(range(0, len(samples), 1600)):
        begun = NOW + timedelta(seconds=at / RATE_HZ + number * 0.001)
        for window in listener.hear(Chunk(begun, samples[at : at + 1600])):
            found += listener.judge(window, loudness(window.samples[None])[0])
    # The shot stands at the beginning of chunk 60, which came 60 ms late.
    assert [each.observed_at for each in found] == [NOW + timedelta(seconds=6.06)]


def test_what_goes_on_when_the_sound_ends_is_told_once(listen, street):
    found, listener = listen(street(7.6, bangs=(6.0,)))
    assert not found
    assert [each.sound for each in listener.finish()] == ["gunshot"]
    assert not listener.finish()


def test_an_answer_that_comes_after_the_end_changes_nothing(sound_card, street):
    listener = Listener(sound_card, WINDOW, FRAME_S)
    windows = listener.hear(Chunk(NOW, street(2.5)))
    listener.finish()
    assert not listener.judge(windows[0], np.ones((50, 4), np.float32))


def test_only_what_the_microphone_listens_for_is_found(sound_card, street, loudness):
    listener = Listener(sound_card, WINDOW, FRAME_S, sounds=("scream",))
    samples, found = street(14, bangs=(5.0,), screams=(9.0,)), []
    for at in range(0, len(samples), 1600):
        begun = NOW + timedelta(seconds=at / RATE_HZ)
        for window in listener.hear(Chunk(begun, samples[at : at + 1600])):
            found += listener.judge(window, loudness(window.samples[None])[0])
    assert [each.sound for each in found] == ["scream"]


@pytest.mark.parametrize(
    ("window", "frames"),
    [
        pytest.param(15_600, 1, id="0.975 s tagged as one"),
        pytest.param(32_000, 1, id="2 s tagged as one"),
        pytest.param(64_000, 200, id="4 s in frames of 20 ms"),
    ],
)
def test_models_with_other_windows_are_confirmed_the_same_way(sound_card, street, window, frames):
    listener = Listener(sound_card, window, window / RATE_HZ / frames)
    samples, found = street(60, bangs=(31.0,)), []
    for at in range(0, len(samples), 1600):
        begun = NOW + timedelta(seconds=at / RATE_HZ)
        for each in listener.hear(Chunk(begun, samples[at : at + 1600])):
            loud = np.abs(each.samples[: window // frames * frames]).reshape(frames, -1).max(axis=1)
            scores = np.zeros((frames, 4), np.float32)
            scores[:, 0] = loud > 0.1
            found += listener.judge(each, scores)
    (finding,) = found + listener.finish()
    assert finding.windows_agreed >= 3
    assert finding.onset_s == pytest.approx(31.0, abs=max(0.001, window / RATE_HZ / 5))


@given(st.lists(st.integers(1, 16_000), min_size=1, max_size=40))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_windows_follow_each_other_by_a_fifth_of_their_length(sound_card, lengths):
    listener = Listener(sound_card, WINDOW, FRAME_S, args=ListenerArgs(gate=False))
    done, starts = 0, []
    for length in lengths:
        at = NOW + timedelta(seconds=done / RATE_HZ)
        starts += [w.start_s for w in listener.hear(Chunk(at, np.zeros(length, np.float32)))]
        done += length
    assert starts == pytest.approx(0.4 * np.arange(max(0, (done - WINDOW) // 6400 + 1)))


def test_more_cannot_agree_than_there_are():
    with pytest.raises(ValidationError, match="needs 6 of 5"):
        ListenerArgs(needs=6)


def test_sound_that_is_no_longer_kept_is_not_made_up_as_silence(sound_card):
    listener = Listener(sound_card, WINDOW, FRAME_S)
    loud = np.full(RATE_HZ, 0.5, np.float32)
    for second in range(60):
        listener.hear(Chunk(NOW + timedelta(seconds=second), loud))
    samples, begin_s = listener.sound(10.0, 58.0)
    assert begin_s > 35
    assert len(samples) == round((58.0 - begin_s) * RATE_HZ)
    assert samples.min() > 0.49


@pytest.mark.parametrize("late_s", [4.0, 8.0, 25.0])
def test_scores_that_come_late_give_the_same_or_say_no_more_than_they_know(
    street, sound_card, loudness, late_s
):
    listener, waiting, found = Listener(sound_card, WINDOW, FRAME_S), deque(), []
    samples, size = street(60, bangs=(20.0, 20.8, 21.6)), RATE_HZ // 10
    for at in range(0, len(samples), size):
        begun = NOW + timedelta(seconds=at / RATE_HZ)
        windows = listener.hear(Chunk(begun, samples[at : at + size]))
        waiting += ((window, at / RATE_HZ + late_s) for window in windows)
        while waiting and waiting[0][1] <= at / RATE_HZ:
            window, _ = waiting.popleft()
            found += listener.judge(window, loudness(window.samples[None])[0])
    (volley,) = found
    assert volley.onset_s == pytest.approx(20.0, abs=1e-3 if late_s < LATE_S else 0.2)
    assert len(volley.onsets_s) == (3 if late_s < LATE_S else 1)
