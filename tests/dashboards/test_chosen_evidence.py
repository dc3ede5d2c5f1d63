"""Evidence comes once, stays while it is the same, and what does not come says why."""

import pytest

from dashboards.chosen_evidence import ChosenEvidence
from dashboards.event_detail import NO_SOUND, NO_STILL, EventDetail
from dashboards.flow_evidence import NO_TALKS
from serving.evidence import digest_of

FLAC = b"fLaC some sound"
JPEG = b"\xff\xd8 a picture"


@pytest.fixture
def detail():
    return EventDetail()


@pytest.fixture
def talks():
    """What those who show conversations were told."""
    return []


@pytest.fixture
def chosen(feed, detail, talks):
    return ChosenEvidence(feed, detail, lambda *told: talks.append(told), lambda: None)


@pytest.fixture
def kept(gateway):
    """Both pieces of evidence, kept by the gateway."""
    pieces = []
    for media_type, content in (("image/jpeg", JPEG), ("audio/flac", FLAC)):
        digest = digest_of(content)
        gateway.send_evidence(digest, media_type, content)
        pieces.append({"uri": f"/evidence/{digest}", "media_type": media_type, "sha256": digest})
    return pieces


@pytest.fixture
def come(chosen, detail, eventually):
    def wait(name):
        eventually(lambda: (chosen.show(), getattr(detail, name))[1] is not None)

    return wait


def test_picture_and_sound_come_in_the_background(chosen, detail, shot, kept, come):
    chosen.want([shot(evidence=kept)])
    assert "being fetched" in detail.still_words and "being fetched" in detail.sound_words
    come("still")
    come("sound")
    assert (detail.still, detail.sound) == (JPEG, FLAC)
    assert (detail.still_words, detail.sound_words) == ("", "")


def test_the_same_evidence_is_not_taken_away_and_fetched_again(chosen, detail, shot, kept, come):
    chosen.want([shot(1, evidence=kept)])
    come("sound")
    changes = []
    detail.param.watch(changes.append, ["still", "sound", "sound_words"])
    chosen.want([shot(2, evidence=kept[1:])])
    assert [change.name for change in changes if change.name != "still"] == []
    assert detail.sound == FLAC and detail.still is None


def test_what_was_not_kept_says_why(chosen, detail, shot):
    chosen.want([shot(attributes={"reason": "the disk is full"})])
    assert detail.sound_words == f"{NO_SOUND}: the disk is full"
    chosen.want([shot(attributes={})])
    assert (detail.still_words, detail.sound_words) == (NO_STILL, NO_SOUND)


def test_what_is_said_of_a_foreign_alerts_place_is_no_reason_for_missing_evidence(
    chosen, detail, shot
):
    told = {"vendor": "Acme", "reason": "the site file does not know its device 'box-8'"}
    chosen.want([shot(attributes=told)])
    assert detail.sound_words == NO_SOUND


def test_a_sound_that_is_gone_says_so(chosen, detail, shot, eventually):
    gone = {"uri": "x", "media_type": "audio/flac", "sha256": "0" * 64}
    chosen.want([shot(evidence=[gone])])
    eventually(lambda: (chosen.show(), "404" in detail.sound_words)[1])
    assert detail.sound_words.startswith("It cannot be shown: ")


def test_nobody_is_shown_the_evidence_of_what_they_left(chosen, detail, shot, kept, eventually):
    chosen.want([shot(evidence=kept)])
    chosen.want([])
    chosen.show()
    assert (detail.still, detail.sound, detail.sound_words) == (None, None, NO_SOUND)


def test_each_kind_of_evidence_comes_from_the_event_that_has_it(
    chosen, detail, talks, event, gateway, kept, come, eventually
):
    content = b"{}"
    digest = digest_of(content)
    gateway.send_evidence(digest, "application/json", content)
    flows = {"uri": f"/evidence/{digest}", "media_type": "application/json", "sha256": digest}
    chosen.want([event(1), event(2, evidence=[flows]), event(3, evidence=kept[:1])])
    come("still")
    eventually(lambda: (chosen.show(), talks[-1] == (content, ""))[1])
    chosen.want([])
    assert talks[-1] == (None, NO_TALKS) and detail.still is None


def test_what_is_said_instead_is_said_in_the_language_of_the_page(chosen, detail, talks, shot):
    chosen.want([shot(attributes={})], "cs")
    assert detail.still_words == "Tato událost nemá snímek"
    assert talks[-1] == (None, "Spojení této události se neuchovala")
    chosen.show("en")
    assert (detail.still_words, talks[-1]) == (NO_STILL, (None, NO_TALKS))
