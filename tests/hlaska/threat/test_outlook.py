"""One place over time: what it is at, what it was lately, and when that falls."""

import math

import pytest

from hlaska.threat.exposure import Exposure
from hlaska.threat.outlook import HOLDS_S, Outlook
from hlaska.threat.told import Repeats
from hlaska.threat.weighing import THRESHOLDS, piece


@pytest.fixture
def look(place):
    def made(*screams, now_s=0.0, zone="square"):
        repeats = Repeats(300.0)
        for scream in screams:
            repeats.add(piece(place.heard(scream), 0.0), -math.inf)
        exposure = Exposure(place.site, zone)
        return Outlook([repeats] if screams else [], exposure, place.noon.timestamp() + now_s)

    return made


def test_without_evidence_people_add_nothing_and_no_level_falls(look):
    quiet = look()
    assert (quiet.score, quiet.exposed, quiet.level, quiet.falls_at_s()) == (0, 0, 0, None)
    assert quiet.people.number == 100


def test_a_level_ends_two_minutes_after_its_score_does(place, look):
    screams = [place.event(at_s=at_s) for at_s in (0, 0, 0)]
    # 1.5 (1 + 1/2 + 1/4) = 2.625 and 0.5 for 100 people; 2.349 is reached for 150.7 s.
    ends_s = 300 * math.log2(2.625 / (THRESHOLDS[0] - 0.5))
    now = look(*screams)
    assert (now.level, now.score) == (1, pytest.approx(3.125))
    falls_s = now.falls_at_s() - place.noon.timestamp()
    assert 0 <= falls_s - (ends_s + HOLDS_S) <= 2
    held = look(*screams, now_s=ends_s + 100)
    assert held.level == 1
    assert held.score < THRESHOLDS[0]
    assert abs(held.falls_at_s() - now.falls_at_s()) <= 1
    assert look(*screams, now_s=falls_s).level == 0


def test_a_peak_between_other_moments_is_found(place, look):
    # Three screams at once on top of forty weak ones, each of which is a moment to look at.
    weak = [place.event(at_s=at_s, confidence=0.03) for at_s in range(-40, 40)]
    strong = [place.event(at_s=-3) for _ in range(3)]
    # At its best it has 3.125; 220 s later 2.625 / 2^(220/300) + 0.5 = 2.079, below 2.349.
    later = look(*weak, *strong, now_s=217)
    assert later.score < THRESHOLDS[0]
    assert later.level == 1
    assert look(*weak, now_s=217).level == 0


def test_morning_and_crowds_raise_what_the_night_left(place, look):
    # At 4:50 UTC it is ten to seven in Prague: the night's 10 people become 100 at seven.
    night_s = -7 * 3600 - 600
    screams = [place.event(at_s=night_s + 300) for _ in range(3)]
    # 2.625 until 4:55; at five 1/2^(300/300) of it, 1.31, and 0.5: no level any more.
    now = look(*screams, now_s=night_s + 300)
    assert (now.people.number, now.level) == (10, 1)
    first_s = place.noon.timestamp() + night_s + 300
    faded_s = 300 * math.log2(2.625 / THRESHOLDS[0])
    assert 0 <= now.falls_at_s() - first_s - faded_s - HOLDS_S <= 2
    # Fresh ones at a minute to seven: at seven 2.625 / 2^(60/300) = 2.285, less than the first
    # threshold, and with 100 people 2.785, more. So it lasts until 2.625 fades to 1.849.
    late = [place.event(at_s=-7 * 3600 - 60) for _ in range(3)]
    before_dawn = look(*late, now_s=-7 * 3600 - 60)
    lasts_s = 300 * math.log2(2.625 / (THRESHOLDS[0] - 0.5))
    expected_s = place.noon.timestamp() - 7 * 3600 - 60 + lasts_s + HOLDS_S
    assert 0 <= before_dawn.falls_at_s() - expected_s <= 2


def test_a_level_that_people_bring_back_too_late_falls_first(place, look):
    # An hour before the match, at 15:00 UTC, 10,000 are expected at the gate instead of 100.
    match_s = 3 * 3600
    screams = [place.event(at_s=match_s - 300) for _ in range(3)]
    now = look(*screams, now_s=match_s - 300, zone="gate")
    # 2.625 fades to 1.849 in 151.7 s; two minutes later, at 271.7 s, it falls. At 300 s it is
    # back: 1.31 and 1.5.
    falls_s = now.falls_at_s() - place.noon.timestamp()
    assert 0 <= falls_s - (match_s - 300 + 271.7) <= 2
    assert look(*screams, now_s=falls_s, zone="gate").level == 0
    assert look(*screams, now_s=match_s, zone="gate").level == 1
    # Told 100 s later it does not fall at the match, but when it has faded to 0.849.
    late = [place.event(at_s=match_s - 200) for _ in range(3)]
    expected_s = match_s - 200 + 300 * math.log2(2.625 / (THRESHOLDS[0] - 1.5)) + HOLDS_S
    told_s = look(*late, now_s=match_s - 200, zone="gate").falls_at_s()
    assert 0 <= told_s - place.noon.timestamp() - expected_s <= 2
