import json

import numpy as np
import pytest
import soundfile

from catalogs import datasets, recipes
from catalogs.checksums import pinned
from catalogs.entries import MadeSource
from catalogs.fetching import cache_of, obtain, place_of
from catalogs.sounds.scenes import DURATION_S
from hlaska.errors import ChecksumError, UnavailableError
from hlaska.sound.scores import RATE_HZ

MADE = [
    (name, source.recipe)
    for name in datasets.names()
    for source in datasets.entry(name).sources
    if isinstance(source, MadeSource)
]


@pytest.fixture
def cake(monkeypatch):
    """A recipe that is quick, counts its makings and can be changed."""
    state = {"made": 0, "flour": "white", "fails": False}

    def bake(parts, name, progress):
        state["made"] += 1
        for file, part in parts.items():
            part.write_text(f"{file} of {state['flour']} flour")
            progress(name, 1, 2)
            if state["fails"]:
                raise UnavailableError("the oven is cold")

    monkeypatch.setitem(recipes.RECIPES, "cake", bake)
    return state


@pytest.fixture
def entry(make_entry):
    return make_entry({"a.flac": None, "b.flac": None}, {"kind": "made", "recipe": "cake"})


def test_there_are_entries_that_are_made_and_each_recipe_exists():
    assert len(MADE) >= 2
    assert {recipe for _, recipe in MADE} <= set(recipes.RECIPES)


def test_a_street_is_made_as_readable_recordings_with_their_truth(settings):
    said = []
    folder = datasets.fetch(
        "street-sounds-cukrovarska", settings, progress=lambda *p: said.append(p)
    )
    names = set(datasets.entry("street-sounds-cukrovarska").files)
    assert {path.name for path in folder.iterdir() if path.suffix != ".sha256"} == names
    truth = json.loads((folder / "truth.json").read_text())
    assert truth["synthetic"] is True
    assert truth["rate_hz"] == RATE_HZ
    for name in sorted(names - {"truth.json"}):
        facts = soundfile.info(folder / name)
        assert (facts.samplerate, facts.channels) == (RATE_HZ, 1)
        assert (facts.format, facts.subtype) == ("FLAC", "PCM_16")
        assert facts.duration == DURATION_S
        assert name.removesuffix(".flac") in truth["events"][0]["arrivals_s"]
    scream = next(event for event in truth["events"] if event["sound"] == "scream")
    nearest = min(scream["arrivals_s"], key=scream["arrivals_s"].get)
    samples, _ = soundfile.read(folder / f"{nearest}.flac")
    at = round(scream["arrivals_s"][nearest] * RATE_HZ)
    during, before = samples[at : at + 6400], samples[at - 2 * RATE_HZ : at - RATE_HZ]
    assert np.abs(during).max() > 5 * np.sqrt(np.mean(before**2))
    what, done, total = said[-1]
    assert "made here" in what
    assert done == total


def test_what_was_made_is_pinned_and_not_made_again(entry, cake, settings):
    folder = obtain(entry, settings)
    assert all(pinned(folder / name) for name in entry.files)
    assert obtain(entry, settings) == folder
    assert cake["made"] == 1
    assert not list(folder.glob("*.part"))


def test_a_made_file_that_went_bad_is_moved_aside_and_all_are_made_anew(entry, cake, settings):
    folder = obtain(entry, settings)
    (folder / "a.flac").write_text("spilt")
    with pytest.raises(ChecksumError, match=r"a\.flac\.bad"):
        obtain(entry, settings)
    cake["flour"] = "brown"  # a later version of the recipe: other bytes than were pinned
    obtain(entry, settings)
    assert {(folder / name).read_text() for name in entry.files} == {
        "a.flac of brown flour",
        "b.flac of brown flour",
    }
    obtain(entry, settings)
    assert cake["made"] == 2


def test_a_making_that_fails_leaves_nothing_that_could_be_taken_for_whole(entry, cake, settings):
    cake["fails"] = True
    with pytest.raises(UnavailableError, match=r"recipe cake: the oven is cold"):
        obtain(entry, settings)
    assert place_of(entry, settings) is None
    cake["fails"] = False
    assert obtain(entry, settings) == cache_of(entry, settings)


def test_an_unknown_recipe_is_answered_with_the_nearest_one(make_entry, settings):
    entry = make_entry({"a.flac": None}, {"kind": "made", "recipe": "street-sounds-americka1"})
    with pytest.raises(UnavailableError, match="did you mean 'street-sounds-americka'"):
        obtain(entry, settings)


def test_a_recipe_that_makes_no_such_file_says_which_it_makes(tmp_path):
    with pytest.raises(UnavailableError, match=r"makes no cake\.flac, only americka-mic-1\.flac"):
        recipes.make("street-sounds-americka", {"cake.flac": tmp_path / "cake.flac.part"})
