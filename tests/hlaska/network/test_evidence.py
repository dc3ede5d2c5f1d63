"""What a dispatcher can look at behind a finding."""

import pytest

from hlaska.network.evidence import MOST_ROWS, FlowEvidence, flow_evidence
from hlaska.network.rules.bruteforce import BruteForce
from hlaska.network.rules.scan import Scan


@pytest.fixture
def looked(town, new_watch, looks):
    def look(rows):
        watch = new_watch(Scan(), BruteForce())
        (one,) = [each for each in looks(watch, rows) if each.began]
        (finding,) = one.began
        return flow_evidence(finding, one.window.table, town.network)

    return look


def test_it_holds_the_conversations_of_the_host_and_who_the_others_are(town, looked):
    rows = [town.knock(n / 10, town.stranger, town.camera, 100 + n) for n in range(50)]
    rows += [town.flow(0, town.recorder, town.other_camera, 554)]
    evidence = looked(rows)
    assert {(talk.src, talk.dst) for talk in evidence.talks} == {(town.stranger, town.camera)}
    assert len(evidence.talks) == 50 and evidence.left_out == 0
    hosts = {host.ip: host for host in evidence.hosts}
    assert hosts[town.camera].carries == "gate" and hosts[town.stranger].asset is None
    assert hosts[town.stranger].inside
    assert evidence == FlowEvidence.model_validate_json(evidence.model_dump_json())


def test_of_many_the_busiest_are_shown_and_the_others_counted(town, looked):
    rows = [town.knock(n / 100, town.stranger, town.camera, 100 + n) for n in range(500)]
    rows += [town.knock(6 + n / 100, town.stranger, town.camera, 101) for n in range(9)]
    evidence = looked(rows)
    assert len(evidence.talks) == MOST_ROWS and evidence.left_out == 300
    assert evidence.talks[0].dst_port == 101


def test_of_two_hosts_only_what_they_said_to_each_other_is_shown(town, looked):
    rows = [town.flow(n / 10, town.stranger, town.camera, 22) for n in range(50)]
    rows += [town.flow(1, town.recorder, town.camera, 554)]
    assert {talk.src for talk in looked(rows).talks} == {town.stranger}


def test_a_conversation_that_went_on_over_several_slices_is_one_row(town, looked):
    rows = [town.flow(n, town.stranger, town.camera, 22) for n in range(25)]
    (talk,) = looked(rows).talks
    assert talk.flows == 20, "told in the second slice"
