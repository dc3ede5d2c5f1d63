"""Rules and models on the same flows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hlaska.errors import ModelError
from hlaska.network.inventory import Inventory
from hlaska.network.watch import WatchArgs
from serving.champion import Reply
from serving.cyber.judge import Judge


@pytest.fixture
def judged(town):
    def run(rows, **models):
        judge = Judge(town.network, Inventory(learn_s=0), WatchArgs(learn_s=0), **models)
        cases = [*judge.take(town.table(rows)), *judge.finish()]
        # Everybody is new here.
        return judge, [case for case in cases if "new" not in case.finding.kind]

    return run


def busy(town, minutes=8):
    """A camera that asks another every half second; nothing that a rule minds."""
    return [
        town.flow(n / 2, town.camera, town.other_camera, 9000, src_bytes=100)
        for n in range(120 * minutes)
    ]


def test_what_the_supervised_model_takes_for_an_attack_is_told_once(town, judged, attack_model):
    _, cases = judged(busy(town), attack_model=attack_model)
    (case,) = cases
    assert (case.finding.kind, case.finding.host) == ("cyber.beaconing", town.camera)
    assert case.model == attack_model.ref and len(case.window) == 1
    assert case.finding.words == (
        "cam-gate: 1 conversation with 1 host look like beaconing to the model, the surest by 100%"
    )


def test_an_attack_that_goes_on_for_half_an_hour_is_told_once_too(town, judged, attack_model):
    _, cases = judged(busy(town, minutes=30), attack_model=attack_model)
    assert len(cases) == 1


def test_what_a_rule_has_told_the_model_does_not_tell_again(town, judged, attack_model):
    rows = [town.flow(n * 10, town.camera, town.outside, 443, src_bytes=100) for n in range(0, 60)]
    rows += [
        town.flow(600 + n / 2, town.camera, town.outside, 443, src_bytes=100) for n in range(300)
    ]
    judge = Judge(
        town.network, Inventory(learn_s=0), WatchArgs(learn_s=0), attack_model=attack_model
    )
    cases = [*judge.take(town.table(rows)), *judge.finish()]
    beacons = [case for case in cases if case.finding.kind == "cyber.beaconing"]
    assert len(beacons) == 1 and beacons[0].model is None


def test_a_host_is_unlike_itself_when_three_of_five_minutes_are(town, judged, anomaly_model):
    judge, cases = judged(busy(town), anomaly_model=anomaly_model)
    (case,) = cases
    assert (case.finding.kind, case.finding.host) == ("cyber.anomaly", town.camera)
    assert case.finding.words == (
        "cam-gate behaves as it never did: in a minute 120 flows with 1 host, 12 kB sent, "
        "84 kB received"
    )
    assert judge.anomalies == {town.camera: 2.0, town.other_camera: 0.0}
    assert judged(busy(town, minutes=2), anomaly_model=anomaly_model)[1] == []


def test_how_far_the_last_hour_is_from_training_is_asked_each_hour(town, judged, anomaly_model):
    asked = []

    def drift(rows):
        asked.append(len(rows))
        return 0.4

    model = replace(anomaly_model, drift=drift)
    rows = [town.flow(n * 60, town.recorder, town.camera, 9000) for n in range(150)]
    judge, _ = judged(rows, anomaly_model=model)
    assert asked == [120, 120] and judge.drift == 0.4 and judge.trusts_models


def test_models_are_not_listened_to_on_traffic_they_do_not_know(town, judged, anomaly_model):
    rows = [town.flow(n * 20, town.recorder, town.camera, 9000) for n in range(3 * 70)]
    rows += [{**row, "started_at": row["started_at"] + timedelta(hours=2)} for row in busy(town)]
    strange = replace(anomaly_model, drift=lambda rows: 3.0)
    assert [case.finding.kind for case in judged(rows, anomaly_model=anomaly_model)[1]] == [
        "cyber.anomaly"
    ]
    judge, cases = judged(rows, anomaly_model=strange)
    assert cases == [] and not judge.trusts_models


def test_without_models_the_rules_look_alone(town, judged):
    rows = [town.knock(n, town.stranger, town.camera, n) for n in range(1, 200)]
    judge, cases = judged(rows)
    assert [case.finding.kind for case in cases] == ["cyber.scan"] and judge.trouble == ""


def test_a_model_that_does_not_answer_is_said_and_the_rules_go_on(
    town, judged, broken_model, attack_model
):
    rows = [town.knock(n, town.stranger, town.camera, n) for n in range(1, 200)]
    judge, cases = judged(rows, attack_model=broken_model(ModelError("the replica has died")))
    assert [case.finding.kind for case in cases] == ["cyber.scan"]
    assert judge.trouble == "the replica has died"
    judge.attack_model = attack_model
    judge.take(town.table([town.flow(1000 + n, town.recorder, town.camera, 80) for n in range(99)]))
    assert judge.trouble == ""


def test_what_a_model_said_of_a_host_in_peace_it_does_not_tell_later(
    town, attack_model, anomaly_model
):
    judge = Judge(
        town.network, Inventory(learn_s=600), WatchArgs(learn_s=600), attack_model, anomaly_model
    )
    told = [*judge.take(town.table(busy(town, minutes=30))), *judge.finish()]
    assert told == []


def test_of_many_forged_senders_the_victim_is_told(town, judged, attack_model):
    rows = [
        town.flow(n / 20, f"198.51.100.{host}", town.camera, 9000, src_bytes=100)
        for n in range(1200)
        for host in range(20)
    ]
    _, cases = judged(rows, attack_model=attack_model)
    modelled = [case.finding for case in cases if case.model is not None]
    assert {finding.host for finding in modelled} == {town.camera}


def test_a_drift_that_is_not_answered_is_asked_again_the_next_hour(town, judged, anomaly_model):
    answers = [ModelError("the replica has died"), 3.0]

    def drift(rows):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    rows = [town.flow(n * 20, town.recorder, town.camera, 9000) for n in range(3 * 130)]
    judge, _ = judged([], anomaly_model=replace(anomaly_model, drift=drift))
    judge.take(town.table(rows[: 3 * 61]))
    assert judge.trouble == "the replica has died" and judge.trusts_models
    judge.take(town.table(rows[3 * 61 :]))
    assert judge.drift == 3.0 and answers == [] and judge.trouble == ""


@pytest.mark.parametrize("kind", ["attack_model", "anomaly_model"])
def test_the_minute_in_which_a_new_version_answers_first_rests_on_it(town, judged, request, kind):
    model = request.getfixturevalue(kind)
    old = model.score
    (counted,) = model.card.operating_point
    card = model.card.model_copy(update={"operating_point": {counted: 1.0}})
    ref = model.ref.model_copy(update={"version": "2"})
    model.score = lambda rows: Reply(old(rows), (card, ref)).told(model)
    _, cases = judged(busy(town), **{kind: model})
    assert {case.model.version for case in cases} == {"2"}
    # Scores are 1 or 0: a version that asks for more than 1 finds nothing.
    card = card.model_copy(update={"operating_point": {counted: 1.5}})
    _, cases = judged(busy(town), **{kind: model})
    assert not cases
