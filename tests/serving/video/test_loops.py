import numpy as np
import pytest

from serving.video.loops import MAX_PERIOD_S, LoopFinder

STEP_S = 0.2
ROWS, COLUMNS = 24, 32


def street(seconds, rng, *, walkers=6):
    """Grey levels of a street on which people walk, each at their own pace; without noise."""
    ground = rng.integers(40, 200, (ROWS, COLUMNS)).astype(float)
    paces, starts = rng.uniform(0.5, 3, walkers), rng.uniform(0, COLUMNS, walkers)
    rows, shades = rng.integers(0, ROWS - 5, walkers), rng.uniform(0, 255, walkers)
    for i in range(round(seconds / STEP_S)):
        picture = ground.copy()
        for pace, start, row, shade in zip(paces, starts, rows, shades, strict=True):
            column = int(start + pace * i * STEP_S + 3 * np.sin(i * STEP_S * pace)) % (COLUMNS - 2)
            picture[row : row + 5, column : column + 2] = shade
        yield picture


def seen(picture, rng, noise=3.0):
    return np.clip(picture + rng.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


def likenesses(pictures):
    """What is found from the first check on that could tell."""
    finder = LoopFinder()
    found = [finder.update(i * STEP_S, picture) for i, picture in enumerate(pictures)]
    return [loop for loop in found if loop is not None]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize("period_s", [4.0, 11.0, 23.4, 59.0])
def test_a_replay_is_found_with_its_period(period_s, rng):
    length = round(period_s / STEP_S)
    live = [seen(picture, rng) for picture in street(period_s + 10, rng)]
    again = live[-length:] * (1 + round(30 / period_s))
    last = likenesses([*live, *again])[-1]
    assert last.likeness > 0.95
    assert last.period_s == pytest.approx(period_s, abs=STEP_S)


def test_a_replay_that_was_compressed_again_is_found(rng):
    live = [seen(picture, rng) for picture in street(30, rng)]
    again = [seen(picture, rng, noise=1.5) for picture in live[50:] * 2]
    last = likenesses([*live, *again])[-1]
    assert last.likeness > 0.7
    assert last.period_s == pytest.approx(20, abs=STEP_S)


def test_a_replay_that_begins_with_a_jump_is_found(rng):
    live = [seen(picture, rng) for picture in street(60, rng)]
    again = live[20:120]
    last = likenesses([*live, *again])[-1]
    assert last.likeness > 0.95


def test_life_is_unlike_any_earlier_moment(rng):
    live = [seen(picture, rng) for picture in street(90, rng)]
    found = likenesses(live)
    assert found
    assert max(loop.likeness for loop in found) < 0.3


def test_a_swinging_sign_is_not_a_replay(rng):
    """Exactly periodic, and large; but the noise is new each time."""
    ground = rng.integers(40, 200, (ROWS, COLUMNS)).astype(float)
    pictures = []
    for i in range(400):
        picture = ground.copy()
        column = 8 + round(6 * np.sin(2 * np.pi * i * STEP_S / 4))
        picture[4:20, column : column + 8] = 250
        pictures.append(seen(picture, rng))
    found = likenesses(pictures)
    assert found
    assert max(loop.likeness for loop in found) < 0.6


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_a_traffic_light_is_not_a_replay(noise, rng):
    ground = rng.integers(40, 200, (ROWS, COLUMNS)).astype(float)
    pictures = []
    for i in range(400):
        picture = ground.copy()
        picture[3:5, 4] = 250 if i // 25 % 2 else 20
        pictures.append(seen(picture, rng, noise))
    assert all(loop.likeness < 0.5 for loop in likenesses(pictures))


def test_a_step_of_light_in_a_still_scene_is_not_a_replay(rng):
    ground = rng.integers(40, 120, (ROWS, COLUMNS)).astype(float)
    pictures = [seen(ground + (80 if i > 150 else 0), rng, 3) for i in range(300)]
    assert all(loop.likeness < 0.5 for loop in likenesses(pictures))


def test_a_picture_without_life_is_never_judged(rng):
    ground = next(street(1, rng)).astype(np.uint8)
    assert likenesses([ground] * 400) == []


def test_nothing_is_said_before_a_window_and_a_period_were_seen(rng):
    live = [seen(picture, rng) for picture in street(11.8, rng)]
    assert likenesses(live) == []


def test_what_is_remembered_does_not_grow(rng):
    finder = LoopFinder()
    picture = next(street(1, rng)).astype(np.uint8)
    # No check comes due: the memory alone is what this is about.
    sizes = []
    for i in range(1200):
        finder.update(i * 0.1, picture)
        sizes.append(finder._life.nbytes + finder._times_s.nbytes)
    assert max(sizes) == sizes[-1] < 700_000
    assert finder._times_s[-1] - finder._times_s[0] >= MAX_PERIOD_S + 9


def test_pictures_in_quick_succession_are_skipped(rng):
    finder = LoopFinder()
    picture = next(street(1, rng)).astype(np.uint8)
    for i in range(100):
        finder.update(i * 0.01, picture)
    assert len(finder._times_s) <= 11


def test_when_time_runs_back_all_is_forgotten(rng):
    finder = LoopFinder()
    live = [seen(picture, rng) for picture in street(40, rng)]
    for i, picture in enumerate([*live, *live]):
        finder.update(i * STEP_S, picture)
    assert finder.update(0.0, live[0]) is None
    assert len(finder._times_s) == 1
