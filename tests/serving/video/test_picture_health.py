"""Whole pictures through meter and rule: generated scenes with known truth, and the PETS clip."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from hlaska.rules.picture_health import PictureHealth, PictureHealthArgs
from hlaska.tracks import Frame
from serving.video.picture_health import LEARN_S, PictureMeter

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
FPS = 4
WIDTH, HEIGHT = 320, 240


def place(seed):
    """A square with buildings, doors and paving: larger than a picture, so that a view can move."""
    rng = np.random.default_rng(seed)
    picture = np.full((400, 500), 120, np.uint8)
    for _ in range(160):
        x, y = (int(v) for v in rng.integers(0, (500, 400)))
        w, h = (int(v) for v in rng.integers(4, 70, 2))
        cv2.rectangle(picture, (x, y), (x + w, y + h), int(rng.integers(20, 230)), -1)
    for _ in range(250):
        x, y = (int(v) for v in rng.integers(0, (500, 400)))
        cv2.line(picture, (x, y), (x + 14, y + int(rng.integers(-9, 9))), int(rng.integers(0, 255)))
    return picture


SQUARE, ELSEWHERE = place(1), place(2)
_RNG = np.random.default_rng(0)
_COVER = _RNG.normal(90, 3, (576, 768, 3)).astype(np.uint8)
_GRAIN = _RNG.normal(0, 1, (HEIGHT * 2, WIDTH * 2))


def view(*, left=80, top=80, of=SQUARE):
    return of[top : top + HEIGHT, left : left + WIDTH].astype(float)


def people(picture, i, *, count=5):
    """Draw people who walk, each at a pace of their own."""
    for n in range(count):
        x = int((37 * n + (1.5 + 0.7 * n) * i) % (WIDTH - 10))
        y = 60 + 30 * n
        picture[y : y + 24, x : x + 8] = 30 + 45 * n
    return picture


def noisy(picture, rng, level=3.0):
    """Sensor noise: a piece of a fixed grain, at a place and sign that is new each time."""
    y, x = rng.integers(0, HEIGHT), rng.integers(0, WIDTH)
    grain = _GRAIN[y : y + HEIGHT, x : x + WIDTH] * (level * rng.choice((-1, 1)))
    grey = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def live(seconds, change=lambda picture, i: picture, *, seed=0, noise=3.0, first=0):
    """A living scene, each picture changed in a way that is handed in."""
    rng = np.random.default_rng(seed)
    return [
        noisy(change(people(view(), first + i), i), rng, noise) for i in range(round(seconds * FPS))
    ]


def findings(pictures, fps=FPS):
    """What the rule makes of the pictures, as the stream runs them."""
    meter, health = PictureMeter(), PictureHealth(PictureHealthArgs())
    found = []
    for i, picture in enumerate(pictures):
        frame = Frame(i, START + timedelta(seconds=i / fps), picture)
        found += health.update(meter.measure(frame, learn=health.learns))
    return found


def said(found):
    return [(f.kind, *f.attributes.values()) for f in found]


def blurred(picture, _):
    return cv2.GaussianBlur(picture, (0, 0), 3)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(lambda p, i: np.full_like(p, 70), "covered", id="a flat cover"),
        pytest.param(
            lambda p, i: np.tile(np.linspace(20, 140, WIDTH), (HEIGHT, 1)),
            "covered",
            id="a shaded cover",
        ),
        pytest.param(lambda p, i: np.full_like(p, 2), "black", id="a lens cap"),
        pytest.param(blurred, "defocused", id="out of focus"),
        pytest.param(lambda p, i: people(view(left=110, top=70), i), "moved", id="turned a little"),
        pytest.param(lambda p, i: people(view(of=ELSEWHERE), i), "moved", id="turned away"),
    ],
)
def test_tampering_is_found_once_and_named(change, what):
    found = findings([*live(30), *live(60, change, seed=1)])
    assert said(found) == [("video.tampering", what)]
    assert timedelta(seconds=29) <= found[0].started_at - START <= timedelta(seconds=37)


def test_a_camera_that_is_set_right_and_tampered_with_again_is_found_again():
    pictures = live(90)
    for i in [*range(30 * FPS, 50 * FPS), *range(70 * FPS, 90 * FPS)]:
        pictures[i] = blurred(pictures[i], i)
    assert said(findings(pictures)) == [("video.tampering", "defocused")] * 2


def test_a_frozen_picture_is_found():
    pictures = live(30)
    [found] = findings([*pictures, *[pictures[-1]] * 30 * FPS])
    assert (found.kind, found.attributes["still_s"]) == ("video.frozen", 10.0)


def recompressed(picture, quality=80):
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def test_a_replay_is_found_with_its_period():
    pictures = live(40)
    again = [recompressed(picture) for picture in pictures[-15 * FPS :]]
    [found] = findings([*pictures, *again * 3])
    assert found.kind == "video.looped"
    assert found.attributes["period_s"] == pytest.approx(15, abs=0.3)


def night(picture, _):
    return 4 + picture * 0.06


def headlights(picture, i):
    picture = night(picture, i)
    x = i % 40 * 16 - 80
    y, columns = np.mgrid[:HEIGHT, :WIDTH]
    return picture + 230 * np.exp(-((columns - x) ** 2 + (y - 150) ** 2) / 3000)


def lorry(picture, _):
    picture[:, : WIDTH // 2] = 210
    picture[200:206, : WIDTH // 2] = 40
    return picture


def clouds(picture, i):
    return picture * (0.75 + 0.25 * np.cos(i / FPS / 15))


def still(_, __):
    return view()


def sign(_, i):
    picture = view()
    x = 150 + round(40 * np.sin(2 * np.pi * i / FPS / 4))
    picture[80:160, x : x + 50] = 240
    return picture


def crowd(_, i):
    rng = np.random.default_rng(i)
    picture = view()
    for x, y in rng.integers(0, (WIDTH, HEIGHT), (500, 2)):
        cv2.ellipse(picture, (int(x), int(y)), (9, 14), 0, 0, 360, int(rng.integers(10, 245)), -1)
    return picture


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda p, i: p, id="nothing special"),
        pytest.param(night, id="the lights go out"),
        pytest.param(headlights, id="headlights at night"),
        pytest.param(lorry, id="a lorry fills half the picture"),
        pytest.param(clouds, id="clouds"),
        pytest.param(still, id="nothing moves"),
        pytest.param(sign, id="a swinging sign"),
        pytest.param(crowd, id="a moving crowd fills the picture"),
    ],
)
def test_what_is_merely_unusual_is_not_found(change):
    assert findings([*live(30), *live(60, change, seed=1, first=30 * FPS)]) == []


@pytest.mark.parametrize("change", [night, headlights, still, sign], ids=lambda c: c.__name__)
def test_a_camera_that_never_saw_anything_else_is_well(change):
    assert findings(live(60, change)) == []


def test_night_falls_and_nothing_is_found():
    minutes = 10
    dusk = live(60 * minutes / FPS, lambda p, i: 3 + p * max(0.06, 1 - i / (60 * minutes - 60)))
    assert findings(dusk, fps=1) == []


def test_a_still_clip_with_slight_compression_noise_is_not_frozen():
    rng = np.random.default_rng(3)
    picture = noisy(view(), rng)

    def refreshed(i):
        shown = picture.copy()
        shown[(i * 7) % 200 : (i * 7) % 200 + 16, 40:56] ^= 1
        return shown

    assert findings([refreshed(i) for i in range(60 * FPS)]) == []


def test_a_view_turned_on_purpose_becomes_the_usual_one():
    meter, health = PictureMeter(), PictureHealth(PictureHealthArgs(accept_s=30))
    found = []
    elsewhere = live(300 / FPS, lambda p, i: people(view(of=ELSEWHERE), i), seed=1)
    for i, picture in enumerate([*live(20 / FPS), *elsewhere, *live(60 / FPS, seed=2)]):
        frame = Frame(i, START + timedelta(seconds=i), picture)
        found += health.update(meter.measure(frame, learn=health.learns))
    assert said(found) == [("video.tampering", "moved")] * 2


def measured(pictures, *, learn=True):
    meter = PictureMeter()
    return [
        meter.measure(Frame(i, START + timedelta(seconds=i / FPS), picture), learn=learn)
        for i, picture in enumerate(pictures)
    ]


def test_the_shift_is_measured_as_a_share_of_the_width():
    rng = np.random.default_rng(0)
    moved = [noisy(view(left=104, top=98), rng)] * 4
    last = measured([*[noisy(view(), rng) for _ in range(40)], *moved])[-1]
    # 24 pixels to the right and 18 down, of 320: 30 / 320.
    assert last.shift == pytest.approx(30 / WIDTH, abs=0.01)
    assert last.likeness > 0.5


def test_brightness_and_change_are_grey_levels():
    first, second = measured([np.full((HEIGHT, WIDTH, 3), level, np.uint8) for level in (50, 53)])
    assert (first.brightness, first.change) == (50, 0)
    assert (second.brightness, second.change) == (53, 3)


def test_numbers_are_neutral_until_the_usual_is_known():
    young = measured(live(LEARN_S))[-1]
    assert (young.sharpness, young.likeness, young.shift) == (1, 1, 0)


def test_what_is_not_to_be_learned_does_not_change_the_usual():
    meter = PictureMeter()
    for i, picture in enumerate([*live(20), *live(100, blurred, seed=1)]):
        at = START + timedelta(seconds=i / FPS)
        numbers = meter.measure(Frame(i, at, picture), learn=i < 20 * FPS)
    assert numbers.sharpness < 0.35


@pytest.mark.parametrize("size", [(1, 1), (7, 3000), (1080, 1920)])
def test_pictures_of_any_size_can_be_measured(size):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (*size, 3)).astype(np.uint8) for _ in range(3)] * 10
    assert all(np.isfinite(numbers.sharpness) for numbers in measured(pictures))


def test_a_picture_of_another_size_in_the_same_stream_is_no_error():
    pictures = live(20)
    smaller = [cv2.resize(p, None, fx=0.75, fy=0.75) for p in live(20, first=20 * FPS, seed=5)]
    assert said(findings([*pictures, *smaller])) == []


@pytest.fixture(scope="module")
def clip():
    capture = cv2.VideoCapture(str(Path(os.environ["HLASKA_DATA"]) / "video" / "vtest.avi"))
    pictures = []
    while True:
        there, picture = capture.read()
        if not there:
            break
        pictures.append(picture)
    assert len(pictures) == 795
    return pictures


@pytest.mark.network
def test_nothing_is_wrong_with_the_pets_clip(clip):
    assert findings(clip, fps=10) == []


@pytest.mark.network
def test_the_end_of_the_pets_clip_played_again_is_a_replay(clip):
    [found] = findings([*clip[300:], *clip[-200:]], fps=10)
    assert (found.kind, found.attributes["period_s"]) == ("video.looped", 20.0)


@pytest.mark.network
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            lambda p, i: cv2.GaussianBlur(p, (0, 0), 3), ("video.tampering", "defocused"), id="blur"
        ),
        pytest.param(
            lambda p, i: np.roll(_COVER, 31 * i, axis=1),
            ("video.tampering", "covered"),
            id="cover",
        ),
        pytest.param(lambda p, i: p // 100, ("video.tampering", "black"), id="black"),
        pytest.param(lambda p, i: np.roll(p, 60, 1), ("video.tampering", "moved"), id="turn"),
    ],
)
def test_tampering_with_the_pets_clip_is_found(clip, change, expected):
    changed = [change(picture, i) for i, picture in enumerate(clip[200:350])]
    assert said(findings([*clip[:200], *changed], fps=10)) == [expected]


@pytest.mark.network
def test_a_frozen_pets_clip_is_found(clip):
    [found] = findings([*clip[:200], *[clip[200]] * 150], fps=10)
    assert found.kind == "video.frozen"
