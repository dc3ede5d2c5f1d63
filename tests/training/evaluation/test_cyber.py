"""The evaluation of network guarding, on minutes where it takes days."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from hlaska.errors import SourceError
from hlaska.results import written
from hlaska.settings import Settings
from training.evaluate_commands import evaluate as command
from training.evaluation import cyber_captures
from training.evaluation.cyber import CyberArgs, evaluate, nsl_kdd_table
from training.evaluation.cyber_captures import PRIVATE, network_of
from training.evaluation.cyber_recordings import CAPTURES

FEW = CyberArgs(days=1, learning_days=1, hours=1.0, served_hours=1.0, iterations=3, captures=2)


def silent(what, total):
    return lambda done: None


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory):
    # Without captures, wherever they may lie.
    return Settings(home=tmp_path_factory.mktemp("home"), data=None)


@pytest.fixture
def no_web(monkeypatch):
    """Captures that cannot be fetched, at once."""
    from hlaska.errors import UnavailableError

    def fetch(name, settings):
        raise UnavailableError(f"{name}: no source answers")

    monkeypatch.setattr(cyber_captures.datasets, "fetch", fetch)


@pytest.fixture(scope="module")
def tables(nowhere):
    with pytest.MonkeyPatch.context() as patch:
        from hlaska.errors import UnavailableError

        def fetch(name, settings):
            raise UnavailableError(f"{name}: no source answers")

        patch.setattr(cyber_captures.datasets, "fetch", fetch)
        args = FEW.model_copy(update={"anomaly_model": "seed:nobody"})
        found = evaluate(nowhere, args, silent)
    return {table.name: table for table in found}


def test_there_is_a_table_for_every_question(tables):
    assert list(tables) == [
        "cyber-attacks-ordinary",
        "cyber-attacks-shifted",
        "cyber-anomalies-ordinary",
        "cyber-anomalies-shifted",
        "cyber-served",
        "cyber-left-out",
        "cyber-columns",
        "cyber-captures",
        "cyber-transfer",
        "cyber-nsl-kdd",
    ]


def test_the_oracle_is_above_and_the_constant_below_all_others(tables):
    for kind in ("ordinary", "shifted"):
        table = tables[f"cyber-attacks-{kind}"]
        model, stump, constant, oracle = table.rows
        assert model["what"] == "attack model" and stump["what"].startswith("one column: ")
        assert oracle["pr_auc"] == 1 >= model["pr_auc"] > constant["pr_auc"]
        assert oracle["recall"] == "20 of 20" and constant["recall"] == "0 of 20"


def test_a_model_that_cannot_be_had_is_a_row_with_its_reason(tables):
    first, *_ = tables["cyber-anomalies-ordinary"].rows
    assert "no seed 'nobody'" in first["reason"]


def test_every_family_is_left_out_once(tables):
    left = {row["what"] for row in tables["cyber-left-out"].rows}
    assert left == {
        "beaconing", "bruteforce", "exfiltration", "flood", "scan", "stream-redirected",
    }  # fmt: skip


def test_columns_with_and_without_addresses_are_compared(tables):
    table = tables["cyber-columns"]
    assert len(table.rows) == 3
    assert {column.key.partition(",")[0] for column in table.columns} == {"ordinary", "shifted"}


def test_rules_alone_are_judged_where_a_model_is_missing(tables):
    rows = tables["cyber-served"].rows
    assert [row["what"] for row in rows] == ["rules, ordinary", "rules, shifted"]
    assert all(row["told"].endswith(" of 22") for row in rows)


def test_a_capture_that_cannot_be_read_is_a_row_with_the_reason(tables):
    rows = tables["cyber-captures"].rows
    assert len(rows) == 2
    assert all("no source answers" in row["reason"] for row in rows)


def test_nothing_carries_over_from_nsl_kdd_and_that_is_told(tables):
    reasons = [row for row in tables["cyber-transfer"].rows if "NSL-KDD" in str(row["what"])]
    assert len(reasons) == 2
    assert all("cannot be" in row["reason"] for row in reasons)
    boosted, published = tables["cyber-nsl-kdd"].rows
    assert "reason" in boosted
    assert published["KDDTest+.txt, accuracy"] == 0.8202


def test_every_figure_of_a_row_has_its_column(tables):
    for table in tables.values():
        known = {column.key for column in table.columns}
        for row in table.rows:
            assert set(row) - {"what", "reason"} <= known
            for column in table.columns:
                assert written(row.get(column.key), column.digits)


def test_what_is_inside_a_capture_is_private_or_near_the_busiest_host(town):
    network = network_of(
        town.table([town.flow(n, "147.32.80.40", "8.8.8.8", 53) for n in range(3)])
    )
    assert network.inside("147.32.80.1") and not network.inside("8.8.8.8")
    for address in ("10.1.2.3", "192.168.1.1", "fe80::1", "127.0.0.1"):
        assert network.inside(address)
    assert len(PRIVATE) == 7


def test_every_capture_is_in_the_catalog_once():
    from catalogs import datasets

    assert len({(one.entry, one.path) for one in CAPTURES}) == len(CAPTURES) > 40
    for one in CAPTURES:
        files = datasets.entry(one.entry).files
        assert any(name == one.path or name.startswith(f"{one.path}/") for name in files), one
    assert {one.label for one in CAPTURES} == {"attack", "normal", "mixed", "unclear"}


def test_a_feed_without_a_flow_is_named(tmp_path, monkeypatch):
    feed = SimpleNamespace(told=lambda: iter(()), close=lambda: None)
    monkeypatch.setattr(cyber_captures, "open_feed", lambda uri, follow: feed)
    monkeypatch.setattr(cyber_captures.datasets, "fetch", lambda name, settings: tmp_path)
    with pytest.raises(SourceError, match="no flow in it"):
        cyber_captures.read(CAPTURES[0], Settings())


def test_detectors_judge_captures_beside_models(town, tmp_path, monkeypatch):
    flows = town.table([town.knock(n, town.stranger, town.camera, 100 + n) for n in range(60)])
    monkeypatch.setattr(cyber_captures, "_flows", lambda uri: flows)
    monkeypatch.setattr(cyber_captures.datasets, "fetch", lambda name, settings: tmp_path)
    ((capture, told, heard),) = cyber_captures.judge_captures(
        CAPTURES[:1], Settings(), on_talks={}, on_hosts={},
        detectors={"rules": cyber_captures.rules, "nothing": lambda flows, network: []},
        step=lambda done: None,
    )  # fmt: skip
    assert told["rules"].alarms >= 1 and told["rules"].after_s < 60
    assert told["nothing"].alarms == 0 and np.isnan(told["nothing"].after_s)
    assert heard.talks.attack.all() and capture.label == "attack"
    table = cyber_captures.capture_table([(capture, told, heard)])
    whole = table.rows[-1]
    assert whole["what"] == "all of attack" and whole["rules, alarms"] == "1 of 1 told"


@pytest.fixture
def run():
    app = typer.Typer()
    app.add_typer(command, name="evaluate")
    return lambda *words: CliRunner().invoke(app, ["evaluate", "cyber", *map(str, words)])


def test_help_says_how_it_is_used(run):
    told = " ".join(run("--help").stdout.split())
    assert "hlaska evaluate cyber" in told and "a row with the reason" in told


def test_a_file_that_exists_is_left_alone(run, tmp_path):
    out = tmp_path / "cyber.json"
    out.write_text("{}")
    assert run("--out", out).exit_code == 2
    assert out.read_text() == "{}"


def test_tables_are_printed_and_kept(run, tmp_path, monkeypatch, no_web):
    monkeypatch.setattr("training.evaluation.cyber.QUICK", FEW)
    monkeypatch.delenv("HLASKA_DATA", raising=False)
    out = tmp_path / "results" / "cyber.json"
    told = run("--quick", "--out", out)
    assert told.exit_code == 0, told.output
    assert "PR-AUC" in told.stdout and "Families that were left out" in told.stdout
    kept = json.loads(out.read_text())
    assert kept["about"]["quick"] is True and kept["about"]["days"] == 1
    assert kept["tables"]["cyber-attacks-ordinary"]["rows"][-1]["pr_auc"] == 1


@pytest.mark.parametrize("words", [["--days", "0"], ["--attacks"]])
def test_wrong_options_are_wrong_usage(words, run):
    assert run(*words).exit_code == 2


@pytest.mark.network
@pytest.mark.timeout(500)
def test_real_captures_are_read_and_judged(tmp_path):
    settings = Settings.load(home=tmp_path / "home")
    results = cyber_captures.judge_captures(
        CAPTURES, settings, on_talks={}, on_hosts={}, detectors={"rules": cyber_captures.rules},
        step=lambda done: None,
    )  # fmt: skip
    unread = [capture.path for capture, told, _ in results if not isinstance(told, dict)]
    # nfdump's own format, which is none of the feeds.
    assert unread == ["test1-malicious.nfdump"]
    told = {capture.path: told["rules"] for capture, told, _ in results if isinstance(told, dict)}
    assert told["port-scans/vertical"].alarms and told["test11-portscan.binetflow"].alarms


@pytest.mark.network
def test_nsl_kdd_is_a_table_of_its_own():
    rows = {row["what"]: row for row in nsl_kdd_table(Settings.load()).rows}
    assert rows["boosted trees"]["KDDTest+.txt, accuracy"] > 0.7
    assert rows["majority"]["KDDTest+.txt, precision"] != 0
