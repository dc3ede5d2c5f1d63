import json
import shutil
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from catalogs import seeds
from hlaska.errors import ModelError
from hlaska.results import Report
from hlaska.settings import Settings
from serving.models import weights_sha256
from training.registry import register
from training.registry.gating import gate
from training.registry.measured import GateArgs
from training.registry.promotion import promote
from training.registry.standing import standing
from training.registry.verdict import Outcome
from training.runs import registry
from training.server import tracking_server

# Servers start slowly on a busy machine, and so do days of made traffic.
pytestmark = pytest.mark.timeout(1800)

# Nothing here may hang on how quick the machine is.
QUICK = GateArgs(days=10, day_hours=1.0, attacks=4, most_slower=1000, margin=0.1)
TOO_LITTLE = QUICK.model_copy(update={"days": 2})


def announce(_what, _total):
    return lambda _done: None


@pytest.fixture
def flows(tmp_path):
    """Writes a copy of the committed model of flows, with other operating points on its card."""

    def made(name, **points):
        folder = tmp_path / name
        shutil.copytree(seeds.folder("flow-attacks"), folder)
        card = json.loads((folder / "card.json").read_text())
        card["summary"] = name
        card["operating_point"] |= points
        (folder / "card.json").write_text(json.dumps(card))
        return folder

    return made


def judged(name, settings, args=QUICK, **more):
    said = []
    verdict = gate(
        name, settings, args=args, by="ann", say=said.append, announce=announce, **more
    )  # fmt: skip
    return verdict, said


def outcomes(verdict):
    return {one.what: one.outcome for one in verdict.checks}


DEAF = dict.fromkeys(seeds.card("flow-attacks").operating_point, 1.0)


def test_the_first_version_is_judged_beside_a_constant_and_its_equal_beside_it(flows, settings):
    register(flows("first"), "guards", settings)
    client = registry(settings)
    verdict, said = judged("guards", settings)
    assert verdict.outcome == Outcome.PASSED, verdict.why
    assert "constant baseline" in verdict.why
    assert outcomes(verdict)["false alarms per hour"] == Outcome.NOT_TRIED
    assert any("dashboards" in one for one in said)
    assert standing(client, "guards").challenger == "1"
    promote("guards", settings, why="first", by="ann", say=said.append)

    register(flows("second"), "guards", settings)
    verdict, _ = judged("guards", settings)
    assert verdict.outcome == Outcome.PASSED, verdict.why
    assert (verdict.champion.version, verdict.candidate.version) == ("1", "2")
    assert set(outcomes(verdict).values()) == {Outcome.PASSED}
    assert standing(client, "guards").challenger == "2"
    tags = client.get_model_version("guards", "2").tags
    assert (tags["gate"], tags["gate_champion"], tags["gate_by"]) == ("passed", "1", "ann")
    assert "attacks told" in tags["gate_why"]
    # The report is an artefact of the run that the version names, and lies on this machine too.
    run = client.get_run(tags["gate_run"])
    assert run.data.tags["data_sha256"] == verdict.data_sha256 == tags["gate_data_sha256"]
    path = client.download_artifacts(tags["gate_run"], "gate.json", str(settings.home))
    kept = Report.model_validate_json(Path(path).read_text())
    assert kept.passed is True
    assert tags["gate_run"] in kept.link
    assert (settings.home / "registry" / "reports" / f"{verdict.id}.json").is_file()
    promote("guards", settings, why="equal, smaller", by="ann", say=said.append)
    assert standing(client, "guards").champion == "2"

    # The same days once more: the digest says so.
    register(flows("deaf", **DEAF), "guards", settings)
    again, _ = judged("guards", settings)
    assert again.data_sha256 == verdict.data_sha256
    assert again.outcome == Outcome.FAILED
    assert outcomes(again)["attacks told"] == Outcome.FAILED
    assert outcomes(again)["minimum function: a scan of 600 ports is told"] == Outcome.FAILED
    assert standing(client, "guards").challenger is None


def test_too_little_data_refuses_and_takes_the_place_of_an_earlier_pass(flows, settings):
    register(flows("a"), "scarce", settings)
    register(flows("b"), "scarce", settings)
    client = registry(settings)
    client.set_registered_model_alias("scarce", "champion", "1")
    client.set_registered_model_alias("scarce", "challenger", "2")
    client.set_model_version_tag("scarce", "2", "gate", "passed")
    verdict, _ = judged("scarce", settings, TOO_LITTLE)
    assert verdict.outcome == Outcome.REFUSED
    assert "8 more" in verdict.why
    assert client.get_model_version("scarce", "2").tags["gate"] == "refused"
    assert standing(client, "scarce").challenger is None
    with pytest.raises(ModelError, match="refused"):
        promote("scarce", settings, version="2", why="x", by="ann", say=print)


def test_what_cannot_be_judged_is_said(flows, tmp_path, settings):
    with pytest.raises(ModelError, match="not found"):
        judged("nobody", settings)
    register(flows("only"), "alone", settings, alias="champion")
    with pytest.raises(ModelError, match="is the champion"):
        judged("alone", settings)
    shutil.copytree(seeds.folder("street-sounds"), tmp_path / "ears")
    register(tmp_path / "ears", "alone", settings)
    with pytest.raises(ModelError, match="a name of its own"):
        judged("alone", settings)
    with pytest.raises(ModelError, match="hlaska up"):
        judged("alone", Settings(home=tmp_path, mlflow_port=9))


def test_a_registry_that_dies_meanwhile_costs_no_report_and_sets_nothing(flows, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = Settings(home=tmp_path / "home", mlflow_port=free.getsockname()[1])
    with ExitStack() as stack:
        stack.enter_context(tracking_server(own, print))
        register(flows("a"), "orphans", own, alias="champion")
        register(flows("b"), "orphans", own)

        def killing(what, _total):
            if what.startswith("behaviours"):
                stack.close()
            return lambda _done: None

        with pytest.raises(ModelError, match="the registry could not be told") as caught:
            gate("orphans", own, args=TOO_LITTLE, by="ann", say=print, announce=killing)
    (kept,) = (own.home / "registry" / "reports").iterdir()
    assert str(kept) in str(caught.value)
    assert Report.model_validate_json(kept.read_text()).about["outcome"] == "refused"

    with tracking_server(own, print):
        client = registry(own)
        assert "gate" not in client.get_model_version("orphans", "2").tags
        assert standing(client, "orphans").challenger is None


def test_a_model_that_was_changed_in_the_registry_is_not_judged(flows, settings):
    register(flows("a"), "tampered", settings)
    client = registry(settings)
    run = client.get_model_version("tampered", "1").run_id
    card = json.loads((seeds.folder("flow-attacks") / "card.json").read_text())
    card["sha256"] = weights_sha256(seeds.folder("flow-attacks") / "flow-attacks.skops")
    client.log_text(run, json.dumps(card), "model/card.json")
    with pytest.raises(ModelError, match="not what was registered"):
        judged("tampered", settings)
    assert "gate" not in client.get_model_version("tampered", "1").tags
