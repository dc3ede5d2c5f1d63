"""A challenger that looks at what the flow models look at: counted, named, and never told."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from hlaska.errors import DetectorBusyError
from hlaska.events import ModelRef
from hlaska.network.conversations import conversations
from hlaska.network.features import FEATURES
from hlaska.network.inventory import Inventory
from hlaska.network.watch import WatchArgs
from hlaska.settings import Settings
from serving.beside import Beside
from serving.champion import InService
from serving.cyber import deployment
from serving.cyber.deployment import FlowArgs, pairs
from serving.cyber.judge import Judge
from serving.cyber.shadow import WORDS, asked, flow_shadows, of_conversations
from serving.cyber.stream import FlowStream
from serving.handover import Since

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Challenger:
    """Takes everything for the last of its classes, as sure as it is told to be."""

    def __init__(self, card, sure):
        self.card, self.sure = card, sure
        self.free, self.began = threading.Event(), threading.Event()
        self.free.set()

    def score(self, rows):
        self.began.set()
        assert self.free.wait(20)
        scores = np.zeros((len(rows), len(self.card.classes)), np.float32)
        scores[:, -1] = self.sure
        return scores


@pytest.fixture
def sent():
    return []


@pytest.fixture
def watched(sent):
    """`watched(model, sure, name)`: the model with a challenger beside it."""
    ends = []

    def make(model, sure=0.75, name="attacks"):
        challenger = Challenger(model.card, sure)
        held = InService(
            SimpleNamespace(card=model.card, ref=ModelRef(name=model.ref.name, version="2")),
            challenger,
        )
        service = SimpleNamespace(held=held, close=lambda: None)
        shadow = Beside(service, Challenger.score, WORDS[name], sent.append, report_s=3600)
        ends.extend([challenger.free.set, shadow.close])
        return replace(model, shadow=shadow), challenger

    yield make
    for end in ends:
        end()


@pytest.fixture
def judge(town):
    return lambda **models: Judge(
        town.network, Inventory(learn_s=0), WatchArgs(learn_s=0), **models
    )


def minute(town, number=0, flows=3):
    rows = [town.flow(60 * number + n, town.camera, town.other_camera, 9000) for n in range(flows)]
    return rows, town.table(rows)


def told(judge, table):
    return [
        (case.finding.kind, case.finding.host, case.finding.words, case.model)
        for case in (*judge.take(table), *judge.finish())
    ]


def busy(town):
    return town.table(
        [town.flow(n / 2, town.camera, town.other_camera, 9000) for n in range(120 * 8)]
    )


def test_a_shadow_that_takes_all_for_attacks_raises_nothing(
    town, judge, attack_model, anomaly_model, watched
):
    attacks, one = watched(attack_model)
    anomalies, other = watched(anomaly_model, name="anomaly")
    plain = judge(attack_model=attack_model, anomaly_model=anomaly_model)
    beside = judge(attack_model=attacks, anomaly_model=anomalies)
    table = busy(town)
    assert told(beside, table) == told(plain, table)
    assert one.began.wait(20) and other.began.wait(20)
    assert (beside.anomalies, beside.trouble) == (plain.anomalies, "")


def test_the_answer_is_the_same_bits_though_the_shadow_never_comes_back(
    town, judge, attack_model, watched
):
    answers = []

    def noted(rows):
        answers.append(attack_model.score(rows))
        return answers[-1].copy()

    model, challenger = watched(replace(attack_model, score=noted))
    challenger.free.clear()
    for _ in range(3):
        rows = np.zeros((4, len(FEATURES)), np.float32)
        assert model.answer(rows, None).tobytes() == answers[-1].tobytes()
        assert challenger.began.wait(20)
    assert not challenger.free.is_set()
    cases = told(judge(attack_model=model), busy(town))
    assert cases == told(judge(attack_model=attack_model), busy(town))


def test_a_family_is_counted_and_its_conversation_named(
    town, judge, attack_model, watched, sent, until
):
    model, _ = watched(attack_model)
    told(judge(attack_model=model), minute(town)[1])
    until(lambda: model.shadow.report())
    (report,) = sent
    (row,) = report.tables[0].rows
    assert (row["what"], row["only_shadow"], row["both"]) == ("beaconing", 1, 0)
    assert row["conversations"] == 1 and report.about["shadow"] == "2"
    (differing,) = report.tables[2].rows
    assert differing["who"] == f"{town.camera} → {town.other_camera} port 9000"
    assert (differing["champion"], differing["shadow"]) == (0.0, 0.75)
    assert differing["at"].startswith("2026-05-01T12:00:0")
    assert not report.shown


def test_the_answer_may_be_changed_by_whoever_asked(attack_model, watched, sent, until):
    model, challenger = watched(attack_model)
    challenger.free.clear()
    rows = np.full((2, len(FEATURES)), 9, np.float32)
    model.answer(rows, lambda row: ("", NOON))[:] = 0
    challenger.free.set()
    until(lambda: model.shadow.report())
    assert sent[0].tables[0].rows[0]["both"] == 2


def test_a_host_is_named_with_the_end_of_its_minute(
    town, judge, anomaly_model, watched, sent, until
):
    model, _ = watched(anomaly_model, name="anomaly")
    told(judge(anomaly_model=model), minute(town)[1])
    until(lambda: model.shadow.report())
    (row,) = sent[0].tables[0].rows
    assert row["what"] == "anomaly" and row["only_shadow"] == row["host-minutes"] >= 1
    named = {row["who"]: row["at"] for row in sent[0].tables[2].rows}
    assert named[town.camera] == "2026-05-01T12:01:00+00:00"


def test_the_same_conversation_is_named_once_an_hour(town, attack_model, watched, sent):
    model, _ = watched(attack_model)
    for number in (0, 1, 59, 61, 62):
        talks = conversations(minute(town, number)[1])
        rows = np.zeros((len(talks), len(FEATURES)), np.float32)
        where = of_conversations(talks)
        scores = model.score(rows)
        since = Since(0, None)
        model.shadow._see(asked(model.card, model.ref, rows, scores, 0.1, where, since))
    assert model.shadow.report() == 1
    (row,) = sent[0].tables[0].rows
    assert row["only_shadow"] == 5
    hours = [row["at"][11:13] for row in sent[0].tables[2].rows]
    assert hours == ["12", "13"]


def test_while_a_model_has_too_much_to_do_its_shadow_and_the_other_s_look_at_nothing(
    town, judge, attack_model, anomaly_model, watched
):
    def too_much(rows):
        raise DetectorBusyError("overloaded")

    attacks, one = watched(replace(attack_model, score=too_much))
    anomalies, other = watched(anomaly_model, name="anomaly")
    watching = judge(attack_model=attacks, anomaly_model=anomalies)
    told(watching, minute(town)[1])
    assert watching.trouble == "overloaded"
    # The next minute goes well; they rest for some seconds more.
    watching.attack_model = replace(attacks, score=attack_model.score)
    told(watching, minute(town, 2)[1])
    for model in (attacks, anomalies):
        model.shadow.close()  # after what is under way
    assert not one.began.is_set() and not other.began.is_set()


def test_while_flows_are_thinned_out_the_shadow_looks_at_nothing(
    town, site, attack_model, watched, tmp_path
):
    model, challenger = watched(attack_model)
    outbox = SimpleNamespace(status=lambda status: None, event=lambda *of: None, waiting=0)
    stream = FlowStream(
        site,
        site.feed("taps"),
        connect=lambda uri: None,
        outbox=outbox,
        folder=tmp_path,
        attack_model=model,
    )
    stream.backlog.sampled = lambda: 0.5
    stream._look_after(stream._rate[0] + 5)
    assert stream.status().overloaded
    told(stream._judge, minute(town)[1])
    model.shadow.close()  # after what is under way
    assert not challenger.began.is_set()


def test_without_a_shadow_there_is_none_to_spare(judge, attack_model):
    judge(attack_model=attack_model).spare_shadows()
    judge().spare_shadows()


def test_of_two_models_those_that_follow_an_alias_are_watched(tmp_path):
    settings = Settings(home=tmp_path, mlflow_port=9)
    args = FlowArgs(attack_model="models:/families@champion")
    shadows = flow_shadows(args.uris, settings)
    assert shadows["anomaly"] is None
    assert shadows["attacks"]._service._uri == "models:/families@shadow"
    shadows["attacks"].close()


def test_the_feeds_of_a_host_share_what_watches(attack_model, monkeypatch):
    here, there = object(), object()
    monkeypatch.setattr(
        deployment, "flow_shadows", lambda uris, settings: {"attacks": here, "anomaly": there}
    )
    by = SimpleNamespace(model=SimpleNamespace(card=attack_model.card, ref=attack_model.ref))
    services = {name: SimpleNamespace(now=by) for name in ("attacks", "anomaly")}
    monkeypatch.setattr(deployment, "served", lambda args: services)
    inside = pairs(FlowArgs())
    assert [model.shadow for model in (*inside(), *inside())] == [here, there] * 2
    known = (attack_model.card, attack_model.ref)
    answers = {"uris": FlowArgs().uris, "models": {"attacks": known, "anomaly": known}}
    handle = SimpleNamespace(
        **{
            name: SimpleNamespace(
                remote=lambda answer=answer: SimpleNamespace(result=lambda timeout_s: answer)
            )
            for name, answer in answers.items()
        }
    )
    shared = pairs(handle)
    assert [model.shadow for model in (*shared(), *shared())] == [here, there] * 2
    assert [model.shadow for model in deployment.inside(FlowArgs())] == [None, None], "a replay"
