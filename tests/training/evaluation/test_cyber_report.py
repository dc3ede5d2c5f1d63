import pytest

from hlaska.results import Column, ResultTable
from hlaska.settings import Settings
from training.evaluation.cyber import CyberArgs
from training.evaluation.cyber_report import models_of, share_intervals


def table(name, *rows):
    return ResultTable(name, "t", "", (Column("recall", "told"),), rows)


def test_counted_attacks_become_shares_with_their_interval():
    counted = table("cyber-attacks-shifted", {"what": "ours", "recall": "7 of 10", "points": "–"})
    [row] = share_intervals([counted])
    assert (row["what"], row["value"], row["better"]) == ("ours", 0.7, "more")
    assert row["metric"] == "attacks, shifted days: told at 1 false alarm an hour"
    assert row["low"] == pytest.approx(0.397, abs=0.001)
    assert row["high"] == pytest.approx(0.892, abs=0.001)


def test_other_tables_and_what_was_not_counted_have_none():
    rows = (
        {"what": "a", "recall": None},
        {"what": "b", "reason": "?"},
        {"what": "c", "recall": "0 of 0"},
    )
    assert share_intervals([table("cyber-attacks-ordinary", *rows)]) == []
    assert share_intervals([table("cyber-captures", {"what": "a", "recall": "1 of 2"})]) == []


def test_the_committed_models_are_named_and_what_is_not_there_is_left_out(tmp_path):
    settings = Settings(home=tmp_path)
    names = [one.name for one in models_of(CyberArgs(), settings)]
    assert names == ["flow-attacks", "flow-anomaly"]
    gone = CyberArgs(attack_model="seed:nobody")
    assert [one.name for one in models_of(gone, settings)] == ["flow-anomaly"]
