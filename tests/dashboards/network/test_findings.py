"""What the parts are told of a finding on the network: its row, its details, the masthead."""

from datetime import timedelta

from dashboards.event_detail import event_facts, witnesses_of
from dashboards.event_feed import event_rows
from dashboards.masthead import sources_fact
from hlaska.tracks import SILENT_S


def test_a_feed_that_fell_silent_or_does_not_see_all_is_not_counted_as_healthy(
    site, guarding, noon
):
    def words(now=noon, **changes):
        return sources_fact(site, {"core": guarding(**changes)}, now)["words"]

    assert words().endswith("1 of 1 network feeds healthy")
    assert words(network={"sampled": 0.4}).endswith("0 of 1 network feeds healthy")
    later = noon + timedelta(seconds=SILENT_S + 1)
    assert words(later).endswith("0 of 1 network feeds healthy")


def test_an_attack_on_a_video_is_explained_by_all_its_parts(attack_on_video):
    whole, moved, looped = attack_on_video()
    assert witnesses_of(whole, {"event-1": moved, "event-2": looped}) == (whole, moved, looped)
    assert witnesses_of(whole, {}) == (whole,)


def test_the_facts_of_a_finding_say_it_in_words_and_figures(scan, site, noon):
    facts = event_facts(scan(), site, noon, {})
    assert facts["words"] == "cam-gate tried 412 ports of 31 hosts in 40 s; usual: 2"
    assert facts["figures"] == [["measured", "412"], ["usual", "2"], ["alarm from", "40"]]
    assert facts["camera"] == {"id": "gate", "name": "Příkopy, brána"}
    assert (facts["talks"], facts["pictured"], facts["sounds"]) == (True, False, False)
    lines = dict(facts["lines"])
    assert lines["where"] == "cam-gate · Příkopy, brána"
    assert lines["device"] == "cam-gate, camera, 10.0.0.11"
    assert (lines["data"], lines["ports"]) == ("24.7 kB", "412")
    assert lines["source"] == "Core switch (core)"
    assert facts["note"] == "a test network"
    assert not {"words", "measured", "usual", "limit", "host", "carries"} & set(lines)


def test_the_facts_of_an_attack_on_a_video_say_what_it_rests_on(attack_on_video, site, noon):
    still = {"uri": "x", "media_type": "image/jpeg", "sha256": "b" * 64}
    whole, moved, looped = attack_on_video(looped={"evidence": [still]})
    facts = event_facts(whole, site, noon, {"event-1": moved, "event-2": looped})
    assert [text for label, text in facts["lines"] if label == "rests on"] == [
        "Camera stream moved to another host, 14:00:01, cam-gate · Příkopy, brána",
        "Picture repeats itself, 14:00:02, Příkopy, brána",
    ]
    assert facts["pictured"]
    assert facts["note"] == "a test network · a test picture"
    assert dict(facts["lines"])["source"] == "picture and network together (picture-guard)"
    alone = event_facts(whole, site, noon, {"event-1": moved})
    assert not alone["pictured"]
    assert alone["note"] == "a test network · a test picture", "what is played is never unsaid"
    assert ["rests on", "1 more that this page does not know any more"] in alone["lines"]


def test_what_is_no_finding_has_no_conversations(event, shot, site, noon):
    for one in (event(), shot()):
        facts = event_facts(one, site, noon, {})
        assert (facts["talks"], facts["words"], facts["figures"]) == (False, "", [])
        assert (facts["camera"], facts["pictured"]) == ({}, True)


def test_a_row_of_a_finding_says_it_in_words(scan, attack_on_video, site, stored, noon):
    (row,) = event_rows([stored(scan(), 1)], site, noon, {})
    assert (row["title"], row["place"]) == ("Network scan", "cam-gate · Příkopy, brána")
    assert row["told"].startswith("cam-gate tried 412 ports")
    assert row["replaces"] == []
    whole, *_ = attack_on_video()
    (row,) = event_rows([stored(whole, 1)], site, noon, {})
    assert row["replaces"] == ["event-1", "event-2"]
