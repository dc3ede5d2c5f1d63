"""Reports are kept in a real MLflow and sent to a real gateway; who does not answer is named."""

import json
import math
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from pydantic import BaseModel

from catalogs import sites
from catalogs.journal import Journal
from hlaska.results import INTERVALS, Column, ReportKind, ResultTable
from serving.client import Gateway
from serving.evidence import EvidenceStore
from serving.gateway import create_app
from training.reporting import Exhibit, evaluation, hand_on, plain, send
from training.runs import registry

pytestmark = pytest.mark.timeout(500)

JPEG = Exhibit("image/jpeg", b"\xff\xd8 a picture", "gunshot missed")
FLAC = Exhibit("audio/flac", b"fLaC a sound", "gunshot missed")


class Params(BaseModel):
    hours: float = 0.5


@pytest.fixture
def gateway_port(tmp_path, settings):
    journal = Journal.open(f"sqlite:///{tmp_path}/journal.sqlite", settings)
    app = create_app(
        journal=journal,
        evidence=EvidenceStore(tmp_path / "evidence"),
        sites=[sites.named("pilsen")],
    )
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=0, ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def report(**more):
    table = ResultTable(
        "hears", "Hears", "", (Column("f1", "F1", 2),), ({"what": "us", "f1": 0.5},)
    )
    rows = [
        {"what": "seed:us", "metric": "recall, all", "value": 0.5, "low": math.nan, "high": 1},
        {"what": "seed:us", "metric": "off", "value": math.nan},
    ]
    fields = {"points": {INTERVALS: rows}, "about": {"data": "made", "seed": 3}}
    return evaluation("sounds", "Sound events", [table], **(fields | more))


def test_an_evaluation_has_an_id_of_its_own_and_no_number_that_is_none():
    one, other = report(), report()
    assert one.id != other.id
    assert one.id.startswith("evaluation-sounds-")
    assert one.kind is ReportKind.EVALUATION
    assert one.points[INTERVALS][0]["low"] is None
    assert plain({"a": math.inf, "b": 1.5, "c": "x"}) == {"a": None, "b": 1.5, "c": "x"}


def test_a_report_is_kept_and_sent_with_a_link_to_its_run(settings, gateway_port):
    here = settings.model_copy(update={"gateway_port": gateway_port})
    said: list[str] = []
    made = report()
    hand_on(made, [JPEG, FLAC], here, params=Params(), say=said.append)
    with Gateway(here.gateway_url) as gateway:
        kept = gateway.report(made.id)
        contents = [gateway.evidence(one.evidence.sha256) for one in kept.shown]
    assert contents == [JPEG.content, FLAC.content]
    assert [one.caption for one in kept.shown] == ["gunshot missed"] * 2
    assert said == [f"report {made.id}: see Pilot evaluation in the dashboards"]
    run = registry(settings).get_run(kept.link.rpartition("/")[2])
    assert kept.link.startswith(f"{settings.mlflow_url}/#/experiments/")
    assert run.data.metrics == {"seed:us/recall_ all": 0.5}
    assert run.data.params == {"hours": "0.5"}
    assert (run.data.tags["report"], run.data.tags["data"]) == (made.id, "made")
    path = registry(settings).download_artifacts(run.info.run_id, "report.json")
    assert json.loads(Path(path).read_text(encoding="utf-8"))["id"] == made.id


def test_who_does_not_answer_is_named_and_nothing_is_raised(settings):
    nowhere = settings.model_copy(update={"gateway_port": 9, "mlflow_port": 9})
    said: list[str] = []
    hand_on(report(), [JPEG], nowhere, params=Params(), say=said.append)
    kept, sent = said
    assert kept.startswith("not kept in MLflow: ") and "hlaska up" in kept
    assert sent.startswith("not sent to the dashboards: ") and "hlaska up" in sent


def test_a_refusal_is_told_in_the_gateways_words(settings, gateway_port):
    here = settings.model_copy(update={"gateway_port": gateway_port})
    said: list[str] = []
    assert not send(report(site="atlantis"), [], here, say=said.append)
    assert "no site 'atlantis'" in said[0]
