import json
from datetime import datetime

import pytest

from catalogs import datasets, recipes
from catalogs.traffic.attacks import FAMILIES
from hlaska.errors import UnavailableError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from hlaska.settings import Settings

    settings = Settings(home=tmp_path_factory.mktemp("home"), data=None)
    return datasets.fetch("camera-network-day", settings)


def test_the_log_is_as_large_as_the_catalog_says(folder):
    for name, file in datasets.entry("camera-network-day").files.items():
        assert (folder / name).stat().st_size == pytest.approx(file.size_bytes, rel=0.2)


def test_the_truth_says_what_who_and_when(folder):
    truth = json.loads((folder / "truth.json").read_text())
    assert truth["synthetic"] is True
    assert {one["family"] for one in truth["attacks"]} <= set(FAMILIES)
    lines = (folder / "conn.log").read_text().splitlines()
    assert sum(truth["impostor"] in line for line in lines) > 700
    for one in truth["attacks"]:
        start, end = (datetime.fromisoformat(one[key]) for key in ("start", "end"))
        assert start < end and start.utcoffset().total_seconds() == 0
        assert truth["impostor"] in one["hosts"] and one["flows"] > 0


def test_a_recipe_that_makes_no_such_file_says_which_it_makes(tmp_path):
    with pytest.raises(UnavailableError, match=r"makes no ssl\.log, only conn\.log, truth\.json"):
        recipes.make("camera-network-day", {"ssl.log": tmp_path / "ssl.log.part"})
