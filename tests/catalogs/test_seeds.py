import hashlib
import json

import pytest

from catalogs import datasets, seeds
from hlaska.errors import ModelError
from hlaska.kinds import KINDS
from hlaska.sound.scores import SOUND_CLASSES
from hlaska.tracks import OBJECT_CLASSES

NAMES = seeds.names()


def test_there_are_seeds_to_check():
    assert "hog" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_named_as_its_folder(name):
    assert seeds.card(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_of_a_seed_are_in_the_catalog_beside_it_or_built_in(name):
    weights = seeds.card(name).weights
    if weights is not None and weights.startswith("dataset:"):
        assert weights.removeprefix("dataset:") in datasets.names()
    elif weights is not None:
        assert (seeds.folder(name) / weights).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_weights_beside_a_card_are_small_and_those_that_the_card_promises(name):
    card = seeds.card(name)
    if card.weights is not None and not card.weights.startswith("dataset:"):
        weights = seeds.folder(name) / card.weights
        assert weights.stat().st_size <= 2_000_000
        assert hashlib.sha256(weights.read_bytes()).hexdigest() == card.sha256


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_operates_on_what_is_looked_or_listened_for(name):
    card = seeds.card(name)
    wanted = {
        "detect": OBJECT_CLASSES,
        "sound-events": SOUND_CLASSES,
        # Each is the name of a kind of event.
        "flow-attacks": [name.removeprefix("cyber.") for name in KINDS],
        "flow-anomaly": [name.removeprefix("cyber.") for name in KINDS],
    }[card.task]
    assert set(card.operating_point) <= set(wanted)


@pytest.mark.parametrize("name", NAMES)
def test_the_licence_of_a_card_agrees_with_that_of_its_weights(name):
    card = seeds.card(name)
    if card.weights is not None and card.weights.startswith("dataset:"):
        entry = datasets.entry(card.weights.removeprefix("dataset:"))
        assert card.licence.split()[0] == entry.licence.split()[0]


def test_a_seed_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(ModelError, match="did you mean 'yolox-nano'"):
        seeds.card("yolox-nan")


@pytest.mark.parametrize("name", ["../seeds/hog", "", "."])
def test_a_seed_is_a_name_and_no_path(name):
    with pytest.raises(ModelError, match="no seed"):
        seeds.card(name)


def test_a_missing_card_says_what_a_folder_holds(tmp_path):
    with pytest.raises(ModelError, match=r"no model card at .*card\.json"):
        seeds.read_card(tmp_path / "card.json")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "file: Invalid JSON", id="empty"),
        pytest.param(b"{", "file: Invalid JSON", id="cut off"),
        pytest.param(b"\xff\xfe", "file: Invalid JSON", id="not UTF-8"),
        pytest.param(b"[]", "file: Input should be an object", id="a list"),
        pytest.param(b"{}", "name: Field required", id="nothing in it"),
    ],
)
def test_a_file_that_is_no_card_is_a_clear_error(content, why, tmp_path):
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=why):
        seeds.read_card(path)


def test_a_wrong_key_is_named(tmp_path):
    path = tmp_path / "card.json"
    card = json.loads(seeds.card("hog").model_dump_json())
    card["input"]["letterbox"] = "left"
    path.write_text(json.dumps(card))
    with pytest.raises(ModelError, match=r"input\.letterbox: Input should be 'centre'"):
        seeds.read_card(path)
