import numpy as np
import pytest

from catalogs.traffic.attacks import FAMILIES
from catalogs.traffic.day import BEGINS, NORMAL, day
from catalogs.traffic.timeline import bustle, daylight
from catalogs.traffic.video import Lens
from hlaska.network import flows as f
from hlaska.network.conversations import ended_at
from hlaska.network.flows import FlowState

HOURS = 2.0


@pytest.fixture(scope="module")
def quiet(pilsen):
    return day(pilsen, 1, hours=HOURS)


@pytest.fixture(scope="module")
def attacked(pilsen):
    return day(pilsen, 1, hours=HOURS, attacks=22)


def test_a_day_is_a_flow_table_in_the_order_in_which_flows_end(attacked):
    table = attacked.flows
    assert {name: str(kind) for name, kind in table.dtypes.items()} == dict(f.FLOW_DTYPES)
    ends = ended_at(table)
    # To the microsecond that rounding may take.
    assert (np.diff(ends.to_numpy("datetime64[us]").astype(int)) >= -1).all()
    assert table[f.STARTED_AT].min() >= BEGINS
    assert (ends.max() - BEGINS).total_seconds() <= HOURS * 3600 + 1e-5
    assert len(attacked.labels) == len(attacked.numbers) == len(table)


def test_the_same_seed_makes_the_same_day(pilsen, attacked):
    again = day(pilsen, 1, hours=HOURS, attacks=22)
    assert again.flows.equals(attacked.flows)
    assert list(again.labels) == list(attacked.labels)
    assert not day(pilsen, 2, hours=HOURS, attacks=22).flows.equals(attacked.flows)


def test_every_flow_of_an_attack_is_labelled_and_no_other(attacked):
    for number, one in enumerate(attacked.activities):
        mine = attacked.numbers == number
        assert set(attacked.labels[mine]) <= {one.family}
        # What lies beyond the day's end is cut off.
        assert 0 < mine.sum() <= len(one.rows)
    assert set(attacked.labels[attacked.numbers == -1]) == {NORMAL}
    assert {one.family for one in attacked.activities} == set(FAMILIES)


def test_a_quiet_day_holds_no_attack_but_much_that_is_not_answered(quiet):
    assert set(quiet.labels) == {NORMAL}
    assert not quiet.activities
    table = quiet.flows
    unanswered = table[table[f.STATE] == FlowState.UNANSWERED]
    assert {"mdns", "ssdp"} <= set(unanswered[f.SERVICE])


def test_a_day_knows_only_the_families_that_are_asked_for(pilsen):
    one = day(pilsen, 3, hours=1, attacks=4, families=["scan"])
    assert {each.family for each in one.activities} == {"scan"}


def test_streams_have_the_bit_rate_of_cameras(quiet, cast):
    table = quiet.flows
    minutes = table[table[f.DURATION_S] == 60]
    main = minutes[
        (minutes[f.SRC] == cast.recorder)
        & (minutes[f.SERVICE] == "rtsp")
        & (minutes[f.DST_BYTES] > 1e6)
    ]
    over_udp = minutes[(minutes[f.DST] == cast.recorder) & (minutes[f.PROTOCOL] == "udp")]
    bps = [*(main[f.DST_BYTES] * 8 / 60), *(over_udp[f.SRC_BYTES] * 8 / 60)]
    assert len(bps) > 0.8 * len(cast.cameras) * HOURS * 60
    assert 5e5 < min(bps) and max(bps) < 1e7


def test_clocks_are_set_with_packets_of_76_bytes(quiet):
    # RFC 5905: 48 bytes, behind headers of 28.
    clocks = quiet.flows[quiet.flows[f.SERVICE] == "ntp"]
    assert set(clocks[f.SRC_BYTES]) == {76}


def test_every_device_is_on_the_network_and_hop_limits_are_known(attacked, cast):
    seen = set(attacked.flows[f.SRC]) | set(attacked.flows[f.DST])
    assert set(cast.devices) <= seen
    attackers = {host for one in attacked.activities for host in one.hosts}
    assert attackers | set(cast.devices) <= set(attacked.ttls)


def test_shifted_days_have_other_streams(chance):
    ordinary = [Lens.drawn(chance(seed)) for seed in range(50)]
    shifted = [Lens.drawn(chance(seed, shifted=True)) for seed in range(50)]
    assert max(one.main_bps for one in ordinary) <= min(one.main_bps for one in shifted)
    assert min(one.night for one in ordinary) >= max(one.night for one in shifted)


def test_a_site_that_lacks_an_asset_says_which(pilsen):
    less = pilsen.model_copy(
        update={"assets": tuple(one for one in pilsen.assets if one.id != "broker")}
    )
    with pytest.raises(ValueError, match="pilsen lacks broker"):
        day(less, 1, hours=1)


def test_light_and_people_come_and_go():
    hours = np.arange(24) * 3600
    assert daylight(hours).argmax() in (12, 13) and daylight(hours)[0] == 0
    assert bustle(hours).argmin() in (3, 4, 5, 0, 1, 2)
    assert ((bustle(hours) >= 0) & (bustle(hours) <= 1)).all()
