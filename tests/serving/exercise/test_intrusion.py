import pytest

from catalogs.exercise.cues import AttackCue
from serving.evidence import digest_of
from serving.exercise.intrusion import Guard


@pytest.fixture(scope="module")
def cue(day):
    return next(cue for cue in day.cues if isinstance(cue, AttackCue))


@pytest.fixture(scope="module")
def found(pilsen, day, cue):
    return Guard(pilsen, day.begins).watch(cue, pilsen.network.feeds[0])


def test_scan_guessing_and_the_taken_stream_are_found_by_the_rules_and_models(found):
    kinds = {item.event.kind for item in found}
    assert {"cyber.scan", "cyber.bruteforce", "cyber.stream-redirected"} <= kinds
    assert all(item.event.attributes["exercise"] == "scored" for item in found)


def test_findings_have_the_times_of_the_exercise_and_are_told_after_they_happened(found, day, cue):
    for item in found:
        observed_s = (item.event.observed_at - day.begins).total_seconds()
        assert cue.at_s <= observed_s <= cue.end_s + 180
        assert observed_s <= item.at_s
    taken = next(one for one in found if one.event.kind == "cyber.stream-redirected")
    assert taken.at_s > cue.taken_at_s
    assert taken.event.attributes["carries"] == cue.camera


def test_findings_bring_the_evidence_that_they_name(found):
    for item in found:
        assert item.event.evidence
        for piece in item.event.evidence:
            assert digest_of(item.evidence[piece.sha256]) == piece.sha256
