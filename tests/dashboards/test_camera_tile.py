"""A slow browser sees fewer pictures, each of them new."""

from datetime import timedelta

import pytest

from dashboards.camera_tile import PATIENCE_S, CameraTile, tile_fact
from hlaska.tracks import StreamState
from serving.messages import NewPicture


class Steady:
    """A clock that is set by hand."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def steady():
    return Steady()


@pytest.fixture
def sent():
    return []


@pytest.fixture
def tile(steady, noon, sent, monkeypatch):
    tile = CameraTile(clock=lambda: noon + timedelta(seconds=1), steady_s=steady)
    monkeypatch.setattr(tile, "_send_msg", sent.append)
    return tile


@pytest.fixture
def picture(noon):
    return lambda number: NewPicture.of(
        "testville", "gate", noon + timedelta(milliseconds=number), b"jpeg %d" % number
    )


def test_a_picture_goes_out_with_its_age(tile, picture, sent, noon):
    tile.show_picture(picture(0))
    assert sent == [
        {"jpeg": b"jpeg 0", "captured_at_ms": round(noon.timestamp() * 1000), "age_s": 1.0}
    ]


def test_the_next_waits_until_the_last_is_drawn_and_is_then_the_newest(tile, picture, sent):
    for number in range(5):
        tile.show_picture(picture(number))
    assert [message["jpeg"] for message in sent] == [b"jpeg 0"]
    tile._handle_msg({"drawn": sent[-1]["captured_at_ms"]})
    assert [message["jpeg"] for message in sent] == [b"jpeg 0", b"jpeg 4"]


def test_a_picture_is_sent_once(tile, picture, sent):
    one = picture(0)
    tile.show_picture(one)
    tile.drawn()
    tile.show_picture(one)
    assert len(sent) == 1


def test_a_browser_that_never_answers_is_given_the_next_after_a_while(tile, picture, sent, steady):
    tile.show_picture(picture(0))
    tile.show_picture(picture(1))
    steady.now_s = PATIENCE_S
    tile.show_picture(picture(2))
    assert [message["jpeg"] for message in sent] == [b"jpeg 0", b"jpeg 2"]


def test_a_tile_that_is_built_anew_gets_the_last_picture_again(tile, picture, sent):
    tile.show_picture(picture(0))
    tile.drawn()
    tile._handle_msg({"drawn": None})
    assert [message["jpeg"] for message in sent] == [b"jpeg 0", b"jpeg 0"]


def test_somebody_who_clicks_wants_it_large(tile):
    wanted = []
    tile.param.watch(wanted.append, "wanted")
    tile._handle_msg({"wanted": True})
    assert wanted


def test_a_camera_that_was_never_heard_has_no_word_yet():
    assert tile_fact(None)["words"] == "no word yet"


def test_the_tile_names_detector_rate_and_reason(status):
    lost = status(state=StreamState.LOST, reason="no route to host")
    fact = tile_fact(lost)
    assert (fact["kind"], fact["reason"]) == ("bad", "no route to host")
    assert (fact["detector"], fact["rate"]) == ("hog 1", "7.5 frames/s")


def test_the_tile_says_that_the_footage_is_not_from_here(site):
    tile = CameraTile()
    tile.show_camera(site.camera("gate"), None, "en")
    assert (tile.title, tile.note) == ("Příkopy, brána", "a test picture")


def test_the_age_of_an_old_picture_is_bounded():
    with pytest.raises(ValueError, match="stale_after_s"):
        CameraTile(stale_after_s=0)
