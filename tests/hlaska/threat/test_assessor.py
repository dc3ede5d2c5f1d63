"""Levels in cases of which one can say by hand what comes out."""

import math
from datetime import timedelta

import pytest

from hlaska.errors import EventError
from hlaska.threat import told
from hlaska.threat.exposure import BY_DAY
from hlaska.threat.weighing import THRESHOLDS, level_of, worth

DAY_S = 86_400


def levels(threats):
    return [threats.whole.level, *(zone.level for zone in threats.zones)]


def test_a_shot_and_a_scream_counted_by_hand(place):
    # In the square, by day, now. mic-1 heard a gunshot just now, surely: 4 nats, whole.
    # mic-2 heard a scream 300 s ago, surely: 1.5 nats, halved by its half-life of 300 s; halved
    # again as the second sensor of its sense: 0.75 / 2 = 0.375.
    # cam-square saw people run 300 s ago, surely: 1.0 nat, halved by its half-life: 0.5.
    # 100 people by day: 0.5 log10(100 / 10) = 0.5.        4 + 0.375 + 0.5 + 0.5 = 5.375.
    # ln(p / (1 - p)) = ln(0.005 / 0.995) + 5.375 = -5.2933 + 5.375 = 0.0817: p = 0.5204.
    threats = place.threats(
        [
            place.event("audio.gunshot", 0, "mic-1", id="shot"),
            place.event("audio.scream", -300, "mic-2", id="scream"),
            place.event("video.running", -300, "cam-square", id="run"),
        ]
    )
    square = threats.zones[0]
    assert square.score == pytest.approx(5.375)
    assert square.probability == pytest.approx(0.5204, abs=5e-5)
    assert (square.level, square.people, square.people_why) == (3, BY_DAY, "usual by day")
    parts = {one.event: (one.alone, one.adds) for one in square.contributions}
    assert parts["shot"] == pytest.approx((4.0, 4.0))
    assert parts["scream"] == pytest.approx((0.75, 0.375))
    assert parts["run"] == pytest.approx((0.5, 0.5))
    assert square.missing == pytest.approx(7.4905 - 5.375, abs=5e-5)
    # 400 - 50 - 20 = 310 m east of mic-1: the gate, 310 m off, hears 2^-(310/300)^2 of the shot.
    gate = threats.zones[1]
    (far,) = [one for one in gate.contributions if one.event == "shot"]
    assert far.distance_m == pytest.approx(330, abs=0.5)
    assert far.alone == pytest.approx(4.0 * 2 ** -((far.distance_m / 300) ** 2))


def test_two_senses_corroborate(place):
    shot = place.event("audio.gunshot", 0, "mic-1", 0.5)
    scream = place.event("video.running", 0, "cam-square", 0.9)
    alone, both = place.threats([shot]).zones[0], place.threats([shot, scream]).zones[0]
    assert both.score == pytest.approx(alone.score + worth(1.0, 0.9))


def test_a_thousand_screams_of_one_microphone_are_worth_less_than_two_sure_ones(place):
    screams = [place.event("audio.scream", -number / 10, "mic-1") for number in range(1000)]
    square = place.threats(screams).zones[0]
    assert square.score - square.exposure < 2 * 1.5
    assert len(square.contributions) == 3
    assert square.level == 1


def test_devices_of_a_detector_are_sensors_of_their_own_if_the_site_knows_them(place):
    def gas(*devices):
        return place.threats(
            place.event("gas.exceedance", 0, "gas", 0.5, id=f"{n}", attributes={"device": device})
            for n, device in enumerate(devices)
        )

    def second(threats):
        return threats.whole.contributions[1].adds / threats.whole.contributions[1].alone

    assert second(gas("g1", "g2")) == second(gas("g1", "g1")) == 0.5
    four = [("g1", "g1", "g2", "g2"), ("made-up-1", "made-up-2", "made-up-3", "made-up-4")]
    known, made_up = (len(gas(*devices).whole.contributions) for devices in four)
    assert (known, made_up) == (4, 3)


def test_sources_that_the_site_does_not_know_are_one_sensor_together(place):
    strangers = [place.event("audio.scream", 0, f"stranger-{number}") for number in range(100)]
    assert len(place.threats(strangers).whole.contributions) == 3


def test_a_year_old_event_is_no_evidence_and_leaves_nothing_behind(place):
    assert levels(place.threats([place.event("gas.exceedance", -365 * DAY_S)])) == [0] * 4


def test_what_comes_from_the_future_counts_from_a_minute_before_its_time(place):
    ahead = place.event("audio.gunshot", 3600)
    assessor = place.assessor([ahead])
    scores = [assessor.assess(place.at(s), ()).zones[0].score for s in (0, 3539, 3540, 3600)]
    assert scores == pytest.approx([0, 0, 4.5, 4.5])


def test_an_event_without_a_place_counts_for_the_whole_site_only(place):
    threats = place.threats([place.event("cyber.flood", 0, "flows")])
    assert threats.whole.score > 0
    assert [zone.score for zone in threats.zones] == [0, 0, 0]


def test_what_a_sensor_carries_says_where_a_network_finding_is(place):
    about = place.event("cyber.flood", 0, "flows", attributes={"carries": "cam-gate"})
    square, gate, _ = place.threats([about]).zones
    assert gate.score > 0 == square.score


def test_a_whole_and_its_parts_saturate_in_their_sense(place):
    parts = [place.event("audio.gunshot", 0, mic, 0.9, id=mic) for mic in ("mic-1", "mic-2")]
    whole = place.event(
        "audio.gunshot",
        0,
        "sound-locator",
        0.9,
        place=(25, 25),
        zone="square",
        attributes={"heard_by": "mic-1 mic-2"},
    )
    one = worth(4.0, 0.9)
    heard, located = place.threats(parts).zones[0], place.threats([*parts, whole]).zones[0]
    assert located.score - heard.score == pytest.approx(one / 4)


def test_a_crowd_alone_is_no_threat_and_makes_one_graver(place):
    counted = place.event("mobility.count", 0, zone="square", attributes={"people": 100_000})
    shot = place.event("audio.gunshot", 0, "mic-1", 0.5)
    assert levels(place.threats([counted])) == [0] * 4
    alone, crowded = place.threats([shot]).zones[0], place.threats([shot, counted]).zones[0]
    assert (crowded.people, crowded.exposure) == (100_000, 2.0)
    assert crowded.score - alone.score == pytest.approx(1.5)
    there = place.threats([shot, counted])
    assert [zone.people for zone in (*there.zones, there.whole)] == [100_000, 100, 100, 100_000]


def test_a_zone_that_nobody_watches_is_unknown_and_a_blind_one_is_not_calm(place):
    def known(*lost):
        threats = place.threats(working=set(place.sensors) - set(lost))
        return [threats.whole.known, *(zone.known for zone in threats.zones)]

    assert known() == [True, True, True, False]
    assert known("mic-2") == [True, True, True, False]
    assert known("cam-square") == [True, False, True, False]
    assert known("mic-1", "mic-2", "mic-3") == [False, False, False, False]
    assert known(*place.sensors) == [False] * 4


def test_who_works_changes_no_level(place):
    shot = [place.event("audio.gunshot")]
    assert levels(place.threats(shot, working=place.sensors)) == levels(place.threats(shot))


def test_a_level_is_held_for_two_minutes_after_it_was_lower(place):
    # 1.5 + 0.5 from a scream and a crowding of 2.0 with 20 people: 4.0 nats, just above 3.907.
    taken = [place.event("audio.scream", 0, "mic-1"), place.event("video.crowding", 0)]
    # 3.5 * 2^(-age / 300) + 0.5 = 3.907 at 300 * log2(3.5 / 3.407) = 11.7 s.
    below_s = 300 * math.log2(3.5 / (THRESHOLDS[1] - 0.5))
    assert below_s == pytest.approx(11.7, abs=0.1)
    shown = [place.threats(taken, s).zones[0] for s in (0, below_s + 1, below_s + 119)]
    assert [zone.level for zone in shown] == [2, 2, 2]
    assert [level_of(zone.score) for zone in shown] == [2, 1, 1]
    assert place.threats(taken, below_s + 121).zones[0].level == 1
    assert abs(shown[0].falls_at - place.at(below_s + 120)) <= timedelta(seconds=2)


def test_the_level_does_not_fall_where_people_come_in_time(place):
    # At 15:00 UTC, an hour before the match, 10,000 people are expected at the gate: 1.5 nats.
    taken = [place.event("audio.glass-break", 3 * 3600 - 300, "mic-3", 0.9)]
    taken += [place.event("video.running", 3 * 3600 - 300, "cam-gate", 1.0)]
    taken += [place.event("cyber.scan", 3 * 3600 - 300, attributes={"carries": "cam-gate"})]
    before = place.threats(taken, 3 * 3600 - 300).zones[1]
    assert before.level == 1
    assert before.falls_at > place.at(3 * 3600 + 120)


def test_a_flood_is_forgotten_but_for_what_counts(place):
    assessor = place.assessor()
    assessor.assess(place.at(0), ())
    screams = [
        place.event("audio.scream", number / 8, "mic-1", (number % 97 + 3) / 100, id=f"s{number}")
        for number in range(6000)
    ]
    for number, scream in enumerate(screams):
        assessor.take(scream)
        if number % 400 == 0:
            assessor.assess(place.at(number / 8), ())
    now = place.at(750)
    assert assessor.assess(now, ()) == place.threats(screams, 750)
    # What goes is remembered behind what counts: many can be taken back, and it is still exact.
    gone = {scream.id for scream in screams[-told.MOST_TOLD + 3 :]}
    assessor.take_back(gone)
    wanted = place.threats([one for one in screams if one.id not in gone], 750)
    assert [one.score for one in assessor.assess(now, ()).zones] == pytest.approx(
        [one.score for one in wanted.zones]
    )


def test_an_event_of_another_site_is_refused(place):
    event = place.event().model_copy(update={"site": "elsewhere"})
    with pytest.raises(EventError, match=r"of site 'elsewhere', assessed is 'town'"):
        place.assessor([event])


def test_the_record_says_when_and_up_to_which_event(place):
    threats = place.assessor().assess(place.noon, (), up_to_seq=7)
    assert (threats.site, threats.at, threats.up_to_seq) == ("town", place.noon, 7)
    assert [zone.zone for zone in threats.zones] == ["square", "gate", "field"]
    assert threats.whole.zone is None
