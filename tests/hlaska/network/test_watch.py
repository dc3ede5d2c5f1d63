"""All rules on one feed: slices, time, activities."""

import itertools
from datetime import timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from hlaska.network import conversations as c
from hlaska.network.finding import NetworkFinding
from hlaska.network.watch import Activities, rules


def quiet_day(town, hours=2):
    """Streams, polls and the time, with nothing wrong."""
    rows = []
    for minute in range(60 * hours):
        for camera in (town.camera, town.other_camera):
            rows.append(town.stream(minute * 60, camera, town.recorder))
            rows.append(town.flow(minute * 60 + 70, town.recorder, camera, 80))
        rows.append(town.flow(minute * 60 + 75, town.camera, "10.31.1.1", 123, protocol="udp"))
    return rows


def test_all_rules_are_listed():
    assert len(rules()) == 7 and len({type(rule) for rule in rules()}) == 7


def test_a_quiet_day_is_quiet(town, new_watch, looks):
    looks = looks(new_watch(learn_s=1800), quiet_day(town))
    assert [finding for look in looks for finding in look.began] == []


def test_an_attack_is_told_step_by_step_and_each_once(town, new_watch, looks):
    rows = quiet_day(town)
    rows += [town.flow(7300, town.stranger, town.recorder, 80)]
    rows += [town.knock(7400 + n * 0.1, town.stranger, town.camera, 1000 + n) for n in range(400)]
    rows += [town.flow(7500 + n, town.stranger, town.camera, 554) for n in range(120)]
    rows += [town.stream(7700 + n * 60, town.camera, town.stranger) for n in range(5)]
    looks = looks(new_watch(learn_s=3600), rows)
    told = [finding.kind for look in looks for finding in look.began]
    assert told == [
        "cyber.new-asset",
        "cyber.scan",
        "cyber.bruteforce",
        "cyber.stream-redirected",
    ]


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, 180), max_size=10))
def test_it_does_not_matter_how_flows_are_batched(town, cuts, new_watch, looks):
    rows = quiet_day(town, hours=1)[:80]
    rows += [town.knock(1200 + n * 0.1, town.stranger, town.camera, 1000 + n) for n in range(100)]
    whole = new_watch(learn_s=600)
    wanted = [look.began for look in looks(whole, rows) if look.began]
    parts = new_watch(learn_s=600)
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    looks = [
        look
        for begin, end in itertools.pairwise(edges)
        for look in parts.take(town.table(rows[begin:end]))
    ]
    looks += parts.finish()
    assert [look.began for look in looks if look.began] == wanted


def test_every_flow_is_in_some_slice_however_late(town, new_watch, looks):
    rows = quiet_day(town, hours=1)
    rows[100], rows[5] = rows[5], rows[100]
    watch = new_watch()
    looks = looks(watch, rows)
    assert sum(look.slice.table[c.FLOWS].sum() for look in looks) == len(rows)


def test_a_clock_that_is_set_back_starts_anew_and_is_counted(town, noon, new_watch):
    watch = new_watch(learn_s=0)
    watch.take(town.table(quiet_day(town, hours=3)))
    assert watch.jumps == 0
    looks = watch.take(
        town.table([town.flow(n * 10, town.recorder, town.camera, 80) for n in range(30)])
    )
    assert watch.jumps == 1
    assert watch.now is not None and watch.now < noon + timedelta(minutes=6)
    assert looks[-1].window.span_s <= 300


def test_one_wrong_time_far_ahead_does_not_carry_the_clock_away(town, noon, new_watch):
    watch = new_watch()
    rows = quiet_day(town, hours=1)
    rows[50] = rows[50] | {"started_at": noon + timedelta(days=4000)}
    watch.take(town.table(rows))
    assert watch.now is not None and watch.now < noon + timedelta(hours=3)


def test_time_goes_on_without_flows(town, noon, new_watch):
    watch = new_watch()
    assert watch.tick(noon) == []
    watch.take(town.table([town.flow(0, town.recorder, town.camera, 80)]))
    (look,) = watch.tick(noon + timedelta(seconds=30))
    assert len(look.slice) == 1
    assert watch.tick(noon) == []


def test_nothing_comes_of_nothing(town, new_watch):
    watch = new_watch()
    assert watch.take(town.table([])) == [] and watch.finish() == [] and watch.now is None


def finding(noon, kind, host="10.0.0.1", *, place="", peers=(), quiet_s=0.0):
    return NetworkFinding(
        kind=kind, host=host, observed_at=noon, started_at=noon, confidence=0.5, words="",
        measured=1, usual=0, limit=1, place=place, peers=peers, quiet_s=quiet_s,
    )  # fmt: skip


def test_an_activity_is_told_again_when_it_was_over(noon):
    activities = Activities(timedelta(minutes=10))
    scan = finding(noon, "cyber.scan")
    assert activities.begun([scan], noon) == [scan]
    assert activities.begun([scan], noon + timedelta(minutes=9)) == []
    assert activities.of("10.0.0.1") == ("cyber.scan",)
    assert activities.begun([scan], noon + timedelta(minutes=20)) == [scan]


def test_what_comes_rarely_is_waited_for_longer(noon):
    activities = Activities(timedelta(minutes=10))
    beacon = finding(noon, "cyber.beaconing", quiet_s=7200)
    assert activities.begun([beacon], noon) == [beacon]
    assert activities.begun([beacon], noon + timedelta(minutes=100)) == []


def test_what_is_only_new_or_unusual_is_not_told_of_a_suspect(noon):
    activities = Activities(timedelta(minutes=10))
    scan = finding(noon, "cyber.scan", "10.0.0.9")
    peer = finding(noon, "cyber.new-peer", "10.0.0.1", place="10.0.0.9", peers=("10.0.0.9",))
    other = finding(noon, "cyber.new-peer", "10.0.0.1", place="10.0.0.8", peers=("10.0.0.8",))
    assert activities.begun([peer, scan, other], noon) == [scan, other]


def test_time_stamps_of_the_table_are_utc(town, new_watch, looks):
    looks = looks(new_watch(), quiet_day(town, hours=1))
    assert looks[0].window.table[c.FIRST_AT].dtype == pd.DatetimeTZDtype("us", "UTC")


def test_minutes_are_put_together_for_models(town, new_watch, looks):
    rows = quiet_day(town, hours=1)
    minutes = [look.minute for look in looks(new_watch(), rows) if look.minute is not None]
    assert sum(minute.table[c.FLOWS].sum() for minute in minutes) == len(rows)
    assert all(minute.begins.second == 0 and minute.span_s >= 60 for minute in minutes)
    assert len({minute.begins for minute in minutes}) == len(minutes)
