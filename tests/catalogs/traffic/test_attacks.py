"""Every variant of every family, in both worlds."""

import numpy as np
import pytest

from catalogs.traffic.attacks import FAMILIES
from catalogs.traffic.attacks.beaconing import beacon
from catalogs.traffic.attacks.bruteforce import DOORS, guess
from catalogs.traffic.attacks.redirection import impostor
from catalogs.traffic.attacks.scan import horizontal, slow, vertical
from catalogs.traffic.exchanges import AT_S, COLUMNS
from hlaska.network import flows as f
from hlaska.network.flows import FlowState

VARIANTS = [(family, name) for family, variants in FAMILIES.items() for name in variants]


def test_there_are_seven_families_and_most_have_several_variants():
    assert set(FAMILIES) == {
        "scan", "flood", "bruteforce", "exfiltration", "beaconing", "stream-redirected",
        "new-asset",
    }  # fmt: skip
    assert len(VARIANTS) >= 20


@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize(("family", "name"), VARIANTS)
def test_a_variant_makes_flows_that_could_be(chance, cast, family, name, shifted):
    for seed in range(6):
        one = FAMILIES[family][name](chance(seed, shifted=shifted), cast, 5000.0)
        assert one.family == family
        assert set(one.rows) == set(COLUMNS)
        assert one.hosts and all(one.hosts)
        assert 5000 <= one.begin_s <= 5000 + 300
        assert one.end_s >= one.begin_s
        rows = one.rows
        assert (rows[f.SRC_PACKETS] >= 1).all()
        assert (rows[f.DURATION_S] >= 0).all()
        assert set(rows[f.STATE]) <= {state.value for state in FlowState}
        unanswered = rows[rows[f.STATE] == FlowState.UNANSWERED]
        assert not unanswered[f.DST_PACKETS].any()
        assert set(rows[f.SRC]) | set(rows[f.DST]) >= set(one.hosts) or name == "syn"


@pytest.mark.parametrize(("family", "name"), VARIANTS)
def test_the_same_chance_makes_the_same_attack(chance, cast, family, name):
    first, again = (FAMILIES[family][name](chance(3), cast, 0.0) for _ in range(2))
    assert first.rows.equals(again.rows)
    assert not first.rows.equals(FAMILIES[family][name](chance(4), cast, 0.0).rows)


def test_scans_differ_in_what_they_ask_for(chance, cast):
    tall, wide, long = (scan(chance(1), cast, 0.0) for scan in (vertical, horizontal, slow))
    assert tall.rows[f.DST].nunique() == 1 and tall.rows[f.DST_PORT].nunique() >= 60
    assert wide.rows[f.DST].nunique() > 250 and wide.rows[f.DST_PORT].nunique() == 1
    assert np.median(np.diff(np.sort(long.rows[AT_S]))) > 3
    # Nobody has most of the addresses.
    assert (wide.rows[f.STATE] == FlowState.UNANSWERED).mean() > 0.9


@pytest.mark.parametrize("service", DOORS)
def test_guessing_is_many_short_visits_to_one_door(chance, cast, service):
    one = guess(chance(2), cast, 0.0, service=service, victim=cast.cameras[0])
    assert set(one.rows[f.DST]) == {cast.cameras[0]}
    assert one.rows[f.DST_PORT].nunique() == 1
    assert len(one.rows) >= 60
    assert set(one.rows[f.SERVICE]) == {service}


def test_a_beacon_is_as_regular_as_its_jitter_says(chance, cast):
    for seed in range(20):
        for shifted, most in ((False, 0.15), (True, 0.3)):
            one = beacon(chance(seed, shifted=shifted), cast, 0.0, kind="tls", period_s=60)
            gaps = np.diff(one.rows[AT_S])
            assert (np.abs(gaps / 60 - 1) <= most + 1e-9).all()


def test_while_an_impostor_plays_a_camera_the_recorder_gets_nothing_of_it(chance, cast):
    one = impostor(chance(), cast, 100.0, camera=cast.cameras[0], lasts_s=300)
    (silence,) = one.silences
    assert (silence.camera, silence.receiver) == (cast.cameras[0], cast.recorder)
    assert silence.end_s - silence.begin_s == 300
    assert {cast.recorder, *one.hosts} == set(one.rows[f.SRC]) | set(one.rows[f.DST])


def test_attackers_of_shifted_days_have_other_addresses(chance, cast):
    there = {cast.stranger(chance(seed)) for seed in range(300)}
    shifted = {cast.stranger(chance(seed, shifted=True)) for seed in range(300)}
    assert not there & shifted
    assert not (there | shifted) & set(cast.devices)
