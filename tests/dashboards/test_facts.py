"""What the parts are told: health, masthead, events, their details, and the words for them."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards import theme
from dashboards.event_detail import event_facts, evidence_of, witnesses_of
from dashboards.event_feed import event_rows
from dashboards.masthead import link_fact, sources_fact
from dashboards.stream_health import health_rows, state_fact
from dashboards.wording import attribute, local_time, percent, place_of, title_of
from dashboards.world import Link
from hlaska.kinds import KINDS
from hlaska.network.network import NetworkSection
from hlaska.tracks import SILENT_S, StreamState

HOSTILE = "<img src=x onerror=alert(1)>"


def test_every_state_has_words_and_a_kind(status):
    kinds = {state_fact(status(state=state))[0] for state in StreamState}
    assert kinds == {"good", "warning", "bad"}


def test_an_overloaded_stream_is_not_healthy(status):
    assert state_fact(status(overloaded=True)) == ("warning", "overloaded")


def test_every_camera_has_a_row_even_if_it_was_never_heard(site, status, noon):
    rows = health_rows(site, {"gate": status()}, noon + timedelta(seconds=4))
    assert [row["source"] for row in rows] == ["gate", "yard", "acme"]
    assert (rows[0]["frame_age_s"], rows[0]["fps_processed"]) == (4, "7.5")
    assert rows[1]["frame_age_s"] is None


def test_a_source_that_the_site_does_not_list_is_shown_too(site, status, noon):
    rows = health_rows(site, {"stranger": status(source="stranger")}, noon)
    names = ["Příkopy, brána", "Dvůr", "Acme ears", "stranger"]
    assert [row["name"] for row in rows] == names


def test_an_age_is_never_negative_when_clocks_differ(site, status, noon):
    row, *_ = health_rows(site, {"gate": status()}, noon - timedelta(seconds=3))
    assert row["frame_age_s"] == 0


def test_sensors_that_fell_silent_are_not_counted_as_healthy(site, status, hearing, noon):
    site = site.model_copy(update={"network": NetworkSection()})
    statuses = {"gate": status(), "yard": status(source="yard"), "ear": hearing()}
    assert sources_fact(site, statuses, noon) == {
        "kind": "warning",
        "words": "2 of 2 cameras, 1 of 3 microphones healthy",
    }
    statuses |= {source: hearing(source) for source in ("drum", "lobe")}
    assert sources_fact(site, statuses, noon)["kind"] == "good"
    later = noon + timedelta(seconds=SILENT_S + 1)
    assert sources_fact(site, statuses, later) == {
        "kind": "bad",
        "words": "0 of 2 cameras, 0 of 3 microphones healthy",
    }


def test_a_site_without_sensors_says_so(site, noon):
    bare = site.model_copy(update=dict.fromkeys(("cameras", "microphones", "detectors"), ()))
    bare = bare.model_copy(update={"network": NetworkSection()})
    assert sources_fact(bare, {}, noon)["words"] == "no sensors"


def test_a_detector_that_only_sends_is_not_expected_to_report(site, status, noon):
    *_, row = health_rows(site, {}, noon)
    assert (row["name"], row["kind"], row["alerts_only"]) == ("Acme ears", "off", True)
    assert row["own_note"] == "on trial"
    assert "detectors" not in sources_fact(site, {}, noon)["words"]
    reports = {"acme": status(source="acme", state=StreamState.LOST, reason="no broker")}
    *_, row = health_rows(site, reports, noon)
    assert (row["kind"], row["words"]) == ("bad", "lost: no broker")
    assert "0 of 1 detectors" in sources_fact(site, reports, noon)["words"]


def test_a_lost_connection_says_since_when(noon):
    fact = link_fact(Link(False, noon, "refused"), noon + timedelta(seconds=12))
    assert fact == {"connected": False, "since_age_s": 12, "reason": "refused"}


def test_a_row_says_what_where_when_and_how_sure(event, site, stored, noon):
    (row,) = event_rows([stored(event(zone="lawn"), 1)], site, noon, {})
    assert row["title"] == "People run"
    assert row["place"] == "Lawn · Příkopy, brána"
    assert row["time"] == "14:00:01"
    assert row["confidence"] == "90 %"
    assert row["severity"] == "warning"


def test_events_of_other_sites_are_left_out(event, site, stored, noon):
    assert event_rows([stored(event(site="elsewhere"), 1)], site, noon, {}) == []


def test_a_statement_about_a_source_bears_no_confidence(event, site, stored, noon):
    down = event(kind="health.down", attributes={"state": "lost"})
    assert event_rows([stored(down, 1)], site, noon, {})[0]["confidence"] == ""


def test_a_crossing_is_told_by_its_class_and_way(crossing):
    assert title_of(crossing(direction="out")) == "person → out"


def test_every_severity_has_its_own_word_shape_and_colour():
    used = {kind.severity for kind in KINDS.values()}
    assert used == set(range(len(theme.SEVERITIES)))
    for aspect in ("word", "shape", "colour"):
        assert len({getattr(one, aspect) for one in theme.SEVERITIES}) == len(theme.SEVERITIES)


def luminance(colour: str) -> float:
    """Relative luminance of a colour, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    "colour",
    [theme.TEXT, theme.DIM, theme.GOOD, theme.WARNING, theme.BAD, theme.FOCUS]
    + [severity.colour for severity in theme.SEVERITIES],
)
def test_what_is_written_stands_out_from_the_ground(colour):
    ground = luminance(theme.PANEL)
    assert (luminance(colour) + 0.05) / (ground + 0.05) >= 4.5


def test_the_facts_name_the_model_and_every_attribute(event, site, noon):
    stays = event(
        kind="video.loitering",
        attributes={"object_class": "person", "dwell_s": 41.5},
        model={"name": "hog", "version": "1"},
        location={"lon": 13.375, "lat": 49.745, "uncertainty_m": 2},
        track_id="7",
    )
    lines = dict(event_facts(stays, site, noon, {})["lines"])
    assert lines["model"] == "hog, version 1"
    assert lines["dwell"] == "41.5 s"
    assert lines["object class"] == "person"
    assert lines["position"] == "49.74500° N 13.37500° E ± 2 m"
    assert lines["track"] == "7"


def test_hostile_words_stay_words(event, site, noon):
    hostile = event(attributes={HOSTILE: HOSTILE}, track_id=HOSTILE)
    assert [HOSTILE, HOSTILE] in event_facts(hostile, site, noon, {})["lines"]


def test_of_each_family_the_first_evidence_is_shown(event):
    sound = {"uri": "x", "media_type": "audio/flac", "sha256": "a" * 64}
    still = {"uri": "x", "media_type": "image/jpeg", "sha256": "b" * 64}
    both = event(evidence=[sound, still])
    assert evidence_of([both], "image/").sha256 == "b" * 64
    assert evidence_of([both], "audio/").sha256 == "a" * 64
    assert evidence_of([event(evidence=[sound])], "image/") is None
    assert evidence_of([event(evidence=[sound]), event(evidence=[still])], "image/") is not None


def test_a_located_sound_is_explained_by_its_best_microphone(shot, located):
    heard = [shot(1), shot(2, source="drum")]
    where = located(3, heard)
    assert witnesses_of(where, {"event-2": heard[1], "event-1": heard[0]}) == (heard[0],)
    assert witnesses_of(where, {"event-2": heard[1]}) == (heard[1],)
    assert witnesses_of(where, {}) == ()
    assert witnesses_of(heard[0], {}) == (heard[0],)


def test_the_facts_of_a_located_sound_say_whose_sound_is_played(shot, located, site, noon):
    heard = [shot(1), shot(2, source="drum"), shot(3, source="lobe")]
    known = {one.id: one for one in heard}
    facts = event_facts(located(4, heard), site, noon, known)
    assert (facts["title"], facts["count"], facts["sounds"]) == ("Gunshot", "2 shots", True)
    assert facts["about"] == ["as heard at Ucho", "speech removed: 2.1 s"]
    lines = dict(facts["lines"])
    assert lines["position"].endswith("± 12 m along (east–west), ± 4 m across")
    assert lines["heard at"] == "Ucho, Bubínek, Lalůček"
    assert lines["confirmed"] == "3 of 5 windows agree at Ucho"
    assert lines["sounds"] == "2 shots, at 0.0, 0.4 s"
    assert "heard_by" not in lines and "heard by" not in lines


def test_one_microphone_alone_tells_only_how_far_away_it_would_still_hear(shot, site, noon):
    place = {"lon": 13.376, "lat": 49.744, "uncertainty_m": 500}
    lines = dict(event_facts(shot(location=place), site, noon, {})["lines"])
    assert lines["where"] == "within 500 m of Ucho"
    assert dict(event_facts(shot(), site, noon, {})["lines"])["where"] == "Ucho"


def test_a_sound_whose_microphones_are_forgotten_says_so(shot, located, site, noon):
    facts = event_facts(located(4, [shot(1)]), site, noon, {})
    assert facts["about"] == ["the events of its microphones are not known here any more"]


def test_what_is_no_sound_has_nothing_to_play(event, site, noon):
    facts = event_facts(event(), site, noon, {})
    assert (facts["sounds"], facts["about"], facts["count"]) == (False, [], "")
    assert facts["note"] == "a test picture"


def test_a_row_of_a_sound_says_how_often_and_how_many_heard_it(shot, located, site, stored, noon):
    heard = [shot(1), shot(2, source="drum"), shot(3, source="lobe")]
    known = {one.id: one for one in heard}
    (row,) = event_rows([stored(located(4, heard), 4)], site, noon, known)
    assert (row["title"], row["count"], row["told"]) == (
        "Gunshot", "2 shots", "heard by 3 microphones",
    )  # fmt: skip
    assert row["note"] == "a test sound"
    assert row["replaces"] == ["event-1", "event-2", "event-3"]
    (row,) = event_rows([stored(heard[1], 2)], site, noon, known)
    assert (row["told"], row["place"], row["note"]) == ("one microphone", "Bubínek", "")


def test_a_place_that_the_site_does_not_know_is_shown_by_its_id(event, site):
    assert place_of(event(source="stranger", zone="moon"), site) == "moon · stranger"


def test_an_older_day_is_told_with_its_date(noon):
    said = local_time(noon, "Europe/Prague", now=noon + timedelta(days=1))
    assert said == "01 May 14:00:00"


def test_midnight_is_that_of_the_site(noon):
    evening = noon.replace(hour=22, minute=30)  # already the next day in Prague
    assert local_time(evening, "Europe/Prague", now=noon) == "02 May 00:30:00"


@given(share=st.floats(0, 1))
def test_certainty_is_only_said_of_certainty(share):
    assert (percent(share) == "100 %") == (share == 1)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("dwell_s", 41.5, ("dwell", "41.5 s"), id="seconds"),
        pytest.param("people_per_m2", 2.25, ("people", "2.25 per m²"), id="density"),
        pytest.param("peak_dbfs", -9.5, ("peak", "-9.5 dBFS"), id="loudness"),
        pytest.param("people", 12, ("people", "12"), id="a number"),
        pytest.param("is_new", True, ("is new", "yes"), id="yes"),
        pytest.param("note_s", "ten", ("note s", "ten"), id="words keep their name"),
    ],
)
def test_attributes_are_said_with_their_unit(name, value, said):
    assert attribute(name, value) == said


@given(text=st.text(max_size=100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_of_an_event_can_be_told(text, event, site, noon):
    told = event_facts(event(attributes={"note": text}), site, noon, {})["lines"]
    assert ["note", text] in told
