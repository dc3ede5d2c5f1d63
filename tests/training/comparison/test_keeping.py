"""A comparison is kept in a real MLflow: a run of all of it, and one of each system below it."""

import json
from pathlib import Path

import pytest

from hlaska.errors import ModelError
from training.comparison.keeping import keep
from training.comparison.reporting import report_of
from training.runs import registry

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)
BOX = {"system": "A box", "format": "motchallenge", "path": "box.txt", "kind": "person"}


@pytest.fixture
def found(run_file, compared):
    gone = BOX | {"system": "Gone", "path": "gone.txt"}
    return compared(run_file(exports=[{"export": BOX}, {"export": gone}]))


def test_there_is_a_run_of_all_and_a_run_of_each_system(settings, found):
    report = report_of(found)
    link = keep(found, report, "<html>", "name: street", settings)
    client = registry(settings)
    parent = client.get_run(link.rpartition("/")[2])
    assert parent.data.tags["report"] == report.id
    assert parent.data.tags["data_sha256"] == found.sha256
    assert parent.data.params["interval_s"] == "10"
    kept = client.download_artifacts(parent.info.run_id, "report.json")
    assert json.loads(Path(kept).read_text(encoding="utf-8"))["id"] == report.id
    assert {one.path for one in client.list_artifacts(parent.info.run_id)} == {
        "report.json", "report.html", "run.yaml",
    }  # fmt: skip
    below = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    runs = {one.data.tags["system"]: one for one in below}
    assert runs.keys() == {"oracle", "constant", "A box", "Gone"}
    assert runs["A box"].data.metrics["crossings found"] == 0.75
    assert runs["oracle"].data.metrics["HOTA"] == 1
    assert runs["A box"].info.status == "FINISHED"
    assert runs["Gone"].info.status == "FAILED"
    assert "gone.txt" in runs["Gone"].data.tags["failure"]


def test_who_does_not_answer_is_told(settings, found):
    nowhere = settings.model_copy(update={"mlflow_port": 9})
    with pytest.raises(ModelError, match="hlaska up"):
        keep(found, report_of(found), "", "", nowhere)
