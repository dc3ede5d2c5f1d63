import numpy as np
import pandas as pd

from catalogs.traffic.day import NORMAL
from hlaska.network import flows as f
from hlaska.network.conversations import KEYS, conversations
from hlaska.network.features import WINDOW_S, conversation_features, host_features
from training.cyber.windows import Rows, rows_of, together, window_numbers, windowed


def test_windows_begin_with_the_minutes_of_the_clock(town):
    rows = [town.flow(at_s, town.recorder, town.camera, 80) for at_s in (0, 59.8, 59.95, 120.5)]
    # The third one ends in the next minute.
    assert list(window_numbers(town.table(rows))) == [0, 0, 1, 2]
    assert len(window_numbers(town.table([]))) == 0
    assert WINDOW_S == 60


def test_many_windows_at_once_are_what_serving_sums_one_by_one(short_day, guarded):
    flows = short_day.flows.iloc[:4000]
    numbers = window_numbers(flows)
    table, windows, of_flow = windowed(flows, numbers)
    for number in np.unique(numbers):
        alone = conversations(flows[numbers == number])
        mine = table[windows == number].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            mine.sort_values(list(KEYS), ignore_index=True),
            alone.sort_values(list(KEYS), ignore_index=True),
            check_dtype=False,
        )
    assert (table[f.SRC].to_numpy()[of_flow] == flows[f.SRC].to_numpy()).all()
    assert (windows[of_flow] == numbers).all()


def test_features_are_those_that_serving_makes_of_a_minute(short_day, guarded, talks, hosts):
    numbers = window_numbers(short_day.flows)
    for number in (20, 60):
        alone = conversations(short_day.flows[numbers == number])
        told = conversation_features(alone, guarded)
        mine = talks.values[talks.windows == number]
        assert np.allclose(_ordered(told), _ordered(mine), atol=1e-4)
        found = host_features(alone, guarded)
        assert np.allclose(
            _ordered(found.values), _ordered(hosts.values[hosts.windows == number]), atol=1e-4
        )


def _ordered(values):
    return values[np.lexsort(values.round(3).T)]


def test_a_conversation_is_an_attack_when_one_of_its_flows_is(short_day, talks):
    flows = short_day.flows
    numbers = window_numbers(flows)
    attacked = set(zip(numbers, flows[f.SRC], flows[f.DST], strict=True)) & {
        (number, src, dst)
        for number, src, dst, label in zip(
            numbers, flows[f.SRC], flows[f.DST], short_day.labels, strict=True
        )
        if label != NORMAL
    }
    mine = set(zip(talks.windows, talks.hosts, talks.peers, strict=True))
    assert attacked <= mine
    told = {
        (window, src, dst)
        for window, src, dst, label in zip(
            talks.windows, talks.hosts, talks.peers, talks.labels, strict=True
        )
        if label != NORMAL
    }
    assert told == attacked


def test_what_attacked_hosts_say_besides_is_neither_right_nor_false(talks):
    assert talks.beside.any()
    assert not (talks.beside & talks.attack).any()
    assert (talks.quiet == ~talks.attack & ~talks.beside).all()
    hit = set(zip(talks.windows[talks.attack], talks.hosts[talks.attack], strict=True))
    hit |= set(zip(talks.windows[talks.attack], talks.peers[talks.attack], strict=True))
    for window, src, dst in zip(
        talks.windows[talks.quiet], talks.hosts[talks.quiet], talks.peers[talks.quiet], strict=True
    ):
        assert (window, src) not in hit and (window, dst) not in hit


def test_a_host_minute_is_of_an_attack_when_the_host_takes_part(hosts, short_day):
    attackers = {host for one in short_day.activities for host in one.hosts}
    inside = set(hosts.hosts)
    assert {host for host in attackers if host.startswith("10.31.1.")} <= inside
    assert hosts.attack.any() and (~hosts.attack).any()


def test_days_together_stay_apart(talks):
    both = together([talks, talks])
    assert len(both) == 2 * len(talks)
    assert len(np.unique(both.windows)) == 2 * len(np.unique(talks.windows))
    known = len(np.unique(talks.activities[talks.activities >= 0]))
    assert len(np.unique(both.activities[both.activities >= 0])) == 2 * known
    half = both.take(np.arange(len(both)) < len(talks))
    assert isinstance(half, Rows) and len(half) == len(talks)


def test_a_quiet_day_has_no_attack(quiet_hosts):
    assert not quiet_hosts.attack.any()
    assert (quiet_hosts.activities == -1).all()


def test_flows_of_no_day_make_no_row(guarded, short_day):
    from dataclasses import replace

    empty = replace(short_day, flows=f.no_flows(), labels=short_day.labels[:0],
                    numbers=short_day.numbers[:0])  # fmt: skip
    some, others = rows_of(empty, guarded)
    assert len(some) == len(others) == 0
