import time

import pytest

from hlaska.errors import ModelError
from serving.models import from_folder
from training.registry import cost
from training.registry.cost import Work, memory, speed, weights
from training.registry.verdict import Outcome


def test_both_take_turns_and_do_as_much_of_the_work():
    done = []
    work = Work("a picture", lambda: done.append("a"), lambda: done.append("b"))
    speed(work, most_slower=1.25, repeats=5)
    assert done.count("a") == done.count("b") == 5 + cost.WARM_UP
    # Neither is always the first of a pair.
    assert {done[number] for number in range(0, len(done), 2)} == {"a", "b"}


def test_a_model_that_is_many_times_slower_fails_and_one_that_is_quicker_passes():
    slow, quick = (lambda: time.sleep(0.02)), (lambda: None)
    failed = speed(Work("a picture", slow, quick), most_slower=1.25, repeats=5)
    assert (failed.outcome, failed.champion < failed.candidate) == (Outcome.FAILED, True)
    assert speed(Work("a picture", quick, slow), most_slower=1.25, repeats=5).outcome == "passed"


def test_without_a_champion_speed_is_told_and_decides_nothing():
    assert speed(Work("x", lambda: None, None), most_slower=1, repeats=3).outcome == "not tried"


def test_weights_are_all_files_of_them(tmp_path, write_model, monkeypatch):
    model = from_folder(write_model(tmp_path / "a"))
    size = sum(path.stat().st_size for path in (tmp_path / "a").glob("network.*"))
    assert weights(model).candidate == pytest.approx(size / 1e6)
    assert weights(model).outcome == Outcome.PASSED
    monkeypatch.setattr(cost, "MOST_WEIGHTS_MB", size / 1e6 / 2)
    assert weights(model).outcome == Outcome.FAILED


def test_memory_is_that_of_a_process_of_its_own(tmp_path, write_model, monkeypatch):
    folder = write_model(tmp_path / "a")
    grown = memory(folder)
    assert grown.outcome == Outcome.PASSED
    assert grown.candidate > 1
    monkeypatch.setattr(cost, "MOST_MEMORY_MB", 0.5)
    assert memory(folder).outcome == Outcome.FAILED


def test_a_model_that_does_not_run_in_a_process_of_its_own_is_an_error(tmp_path, write_model):
    folder = write_model(tmp_path / "a")
    (folder / "network.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="process of its own"):
        memory(folder)
