"""What is said of a microphone lets a dispatcher judge whether to believe it."""

from datetime import timedelta

import pytest

from dashboards.microphone_health import healthy, microphone_fact, microphone_table
from hlaska.tracks import SILENT_S, StreamState


def row_of(table, source):
    return next(row for row in table["rows"] if row["source"] == source)


@pytest.mark.parametrize(
    ("condition", "kind", "words"),
    [
        ("", "good", "healthy"),
        ("dead", "bad", "dead"),
        ("clipping", "warning", "too loud"),
        ("windy", "warning", "wind in it"),
        ("drifting", "warning", "clock drifts"),
        ("windy, dead", "bad", "wind in it, dead"),
        ("muffled", "warning", "muffled"),
    ],
)
def test_what_is_wrong_with_the_sound_is_said_in_words(hearing, condition, kind, words):
    assert microphone_fact(hearing(sound={"condition": condition})) == (kind, words)


def test_a_lost_stream_is_lost_whatever_its_sound_was(hearing):
    lost = hearing(state=StreamState.LOST, sound={"condition": "windy"})
    assert microphone_fact(lost) == ("bad", "lost")


def test_a_deaf_or_silent_microphone_is_not_healthy(hearing, noon):
    assert healthy(hearing(), noon)
    assert not healthy(hearing(sound={"condition": "dead"}), noon)
    assert not healthy(hearing(), noon + timedelta(seconds=SILENT_S + 1))
    assert not healthy(None, noon)


def test_every_microphone_has_a_row_and_says_whether_it_is_connected(site, hearing, noon):
    table = microphone_table(site, {"ear": hearing()}, noon + timedelta(seconds=4))
    assert [row["words"] for row in table["rows"]] == [
        "healthy", "no word yet", "no word yet", "not connected",
    ]  # fmt: skip
    assert row_of(table, "ear")["frame_age_s"] == 4
    assert row_of(table, "spare")["kind"] == "off"


def test_what_is_heard_and_what_became_of_it_is_said(site, hearing, noon):
    row = row_of(microphone_table(site, {"ear": hearing()}, noon), "ear")
    assert (row["level"], row["bar"], row["hears"]) == ("-40", 0.5, "20 % scream")
    assert (row["needs"], row["kept"], row["windows"]) == ("3 of 5", "7 of 9", "2.5")
    assert row["why"] == "An alarm needs 3 of 5 windows that agree; kept 7 of the last 9"
    assert not row["loud"]


def test_a_score_above_the_half_stands_out_unless_all_is_quiet(site, hearing, noon):
    loud = {"scores": {"gunshot": 0.93}}
    statuses = {"ear": hearing(sound=loud), "drum": hearing("drum", sound=loud | {"quiet": True})}
    table = microphone_table(site, statuses, noon)
    assert (row_of(table, "ear")["hears"], row_of(table, "ear")["loud"]) == ("93 % gunshot", True)
    assert (row_of(table, "drum")["hears"], row_of(table, "drum")["loud"]) == ("quiet", False)


@pytest.mark.parametrize(("level_dbfs", "bar"), [(-200, 0), (-80, 0), (-20, 0.75), (0, 1), (20, 1)])
def test_the_bar_stays_within_its_gauge(site, hearing, noon, level_dbfs, bar):
    statuses = {"ear": hearing(sound={"level_dbfs": level_dbfs})}
    assert row_of(microphone_table(site, statuses, noon), "ear")["bar"] == bar


def test_without_a_candidate_nothing_was_kept_of_nothing(site, hearing, noon):
    statuses = {"ear": hearing(sound={"kept": 0, "candidates": 0})}
    row = row_of(microphone_table(site, statuses, noon), "ear")
    assert row["kept"] == "–" and "no candidate yet" in row["why"]


def test_what_all_microphones_share_is_said_once(site, hearing, noon):
    statuses = {"ear": hearing(), "drum": hearing("drum")}
    table = microphone_table(site, statuses, noon)
    assert (table["needs"], table["note"]) == ("3 of 5", "")
    table = microphone_table(site, statuses | {"lobe": hearing("lobe", sound={"needs": 4})}, noon)
    assert table["needs"] == ""
    one = site.model_copy(update={"microphones": site.microphones[:1]})
    assert microphone_table(one, {}, noon)["note"] == "a test sound"


def test_a_source_of_sound_that_the_site_does_not_list_is_shown_too(site, hearing, noon):
    table = microphone_table(site, {"stranger": hearing("stranger")}, noon)
    assert table["rows"][-1]["name"] == "stranger"
