import hashlib

import pytest
from typer.testing import CliRunner

from catalogs import datasets
from catalogs.commands import data

NAMES = datasets.names()


@pytest.fixture
def hlaska_data(tmp_path, settings, monkeypatch):
    """Run `hlaska data …` with a HLASKA_DATA whose calibration is right."""
    monkeypatch.setenv("HLASKA_HOME", str(settings.home))
    monkeypatch.setenv("HLASKA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "400")

    def run(*words):
        return CliRunner().invoke(data, list(words))

    return run


@pytest.fixture
def truth(tmp_path, monkeypatch):
    """Stands in for the real truth: an entry of the catalog whose file is generated here."""
    content = b"<dataset/>"
    folder = tmp_path / "data" / "video" / "pets09_s2l1"
    folder.mkdir(parents=True)
    (folder / "PETS2009-S2L1.xml").write_bytes(content)
    entry = datasets.entry("pets-view1-truth")
    file = entry.files["PETS2009-S2L1.xml"].model_copy(
        update={"sha256": hashlib.sha256(content).hexdigest()}
    )
    generated = entry.model_copy(update={"files": {"PETS2009-S2L1.xml": file}})
    known = datasets.load_entries() | {"pets-view1-truth": generated}
    monkeypatch.setattr(datasets, "load_entries", lambda: known)
    return folder / "PETS2009-S2L1.xml"


def test_the_list_has_every_entry_and_where_it_would_come_from(hlaska_data):
    shown = hlaska_data("list")
    assert shown.exit_code == 0
    for name in NAMES:
        assert name in shown.output
    assert "raw.githubusercontent.com, else Debian package opencv-doc" in shown.output
    assert "not here; only under HLASKA_DATA" in shown.output


def test_the_list_says_what_is_here(hlaska_data, truth):
    [line] = [one for one in hlaska_data("list").output.splitlines() if "pets-view1-truth" in one]
    assert "HLASKA_DATA" in line
    assert "would come" not in line


def test_getting_what_is_here_prints_its_path(hlaska_data, truth):
    done = hlaska_data("get", "pets-view1-truth")
    assert (done.exit_code, done.output) == (0, f"pets-view1-truth: {truth}\n")


def test_getting_goes_on_after_what_cannot_be_had_and_fails_in_the_end(hlaska_data, truth):
    done = hlaska_data("get", "nothing", "yolo11n-int8", "pets-view1-truth")
    assert done.exit_code == 1
    assert "no data set 'nothing'" in done.output
    assert "yolo11n-int8: no source answers" in done.output
    assert str(truth) in done.output


def test_checking_passes_over_what_is_not_here(hlaska_data, truth):
    done = hlaska_data("check")
    assert done.exit_code == 0
    assert f"pets-view1-truth: OK {truth}" in done.output
    assert "yolox-s: not here" in done.output


def test_checking_by_name_what_is_not_here_fails(hlaska_data):
    assert hlaska_data("check", "yolox-s").exit_code == 1


def test_checking_a_wrong_file_fails_and_names_it(hlaska_data, truth):
    truth.write_bytes(b"<dataset></dataset>")
    done = hlaska_data("check")
    assert done.exit_code == 1
    assert f"pets-view1-truth: WRONG {truth}: sha256 is" in done.output


def test_a_wrong_setting_is_told_before_anything_is_done(hlaska_data, monkeypatch):
    monkeypatch.setenv("HLASKA_HOMES", "x")
    done = hlaska_data("list")
    assert done.exit_code == 2
    assert "did you mean 'HLASKA_HOME'" in done.output
