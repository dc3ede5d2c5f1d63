import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from catalogs import seeds
from hlaska.errors import ModelError
from hlaska.settings import Settings
from serving.audio.scorer import SoundScorer
from serving.cyber.scorer import FlowScorer
from serving.models import FOLDER_SHA256, folder_sha256, resolve, weights_sha256
from serving.video.scorer import DetectorScorer
from training.registry import register
from training.runs import EXPERIMENT, registry

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)


def seen_by(model):
    picture = np.zeros((64, 64, 3), np.uint8)
    return DetectorScorer.load(model, threads=1).score([picture])[0]


def test_a_registered_model_is_loaded_by_its_alias_and_the_version_is_recorded(
    tmp_path, settings, write_model
):
    first = register(write_model(tmp_path / "a", score=0.6), "walkers", settings)
    second = register(write_model(tmp_path / "b", score=0.9), "walkers", settings)
    registry(settings).set_registered_model_alias("walkers", "champion", first)

    champion = resolve("models:/walkers@champion", settings)
    candidate = resolve("models:/walkers@candidate", settings)

    assert (champion.ref.name, champion.ref.version) == ("walkers", first)
    assert (candidate.ref.name, candidate.ref.version) == ("walkers", second)
    assert seen_by(champion).scores == pytest.approx([0.6])
    assert seen_by(candidate).scores == pytest.approx([0.9])
    np.testing.assert_allclose(seen_by(champion).boxes_px, [[24, 16, 40, 48]])


def test_an_alias_that_moves_is_followed_at_the_next_resolve(tmp_path, settings, write_model):
    first = register(write_model(tmp_path / "a"), "moving", settings)
    assert resolve("models:/moving@candidate", settings).ref.version == first
    second = register(write_model(tmp_path / "b"), "moving", settings)
    assert resolve("models:/moving@candidate", settings).ref.version == second
    assert resolve(f"models:/moving/{first}", settings).ref.version == first


def test_a_version_fetched_once_lies_in_the_cache_and_is_checked_again(
    tmp_path, settings, write_model
):
    version = register(write_model(tmp_path / "a"), "cached", settings)
    weights = resolve(f"models:/cached/{version}", settings).weights
    assert weights.is_relative_to(settings.cache)
    weights.write_bytes(b"changed")
    with pytest.raises(ModelError, match="sha256"):
        resolve(f"models:/cached/{version}", settings)


def test_the_version_bears_licence_digest_and_a_run_that_says_what_it_is_from(
    tmp_path, settings, write_model
):
    folder = write_model(tmp_path / "a")
    version = register(folder, "tagged", settings, alias="nightly")
    client = registry(settings)
    made = client.get_model_version_by_alias("tagged", "nightly")
    assert made.version == version
    assert made.tags["licence"] == "Apache-2.0"
    assert made.tags["sha256"] == weights_sha256(folder / "network.xml")
    run = client.get_run(made.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["input.shape"] == "[1, 3, 32, 32]"
    assert client.get_experiment(run.info.experiment_id).name == EXPERIMENT


def test_a_model_without_weights_can_be_registered_too(tmp_path, settings):
    folder = tmp_path / "hog"
    folder.mkdir()
    (folder / "card.json").write_text(seeds.card("hog").model_dump_json())
    register(folder, "baseline", settings)
    assert resolve("models:/baseline@candidate", settings).weights is None


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        pytest.param("models:/nobody@champion", "nobody", id="unknown model"),
        pytest.param("models:/nobody/3", "nobody", id="unknown version"),
        pytest.param("models:/nobody", "write models:/name@alias", id="neither alias nor version"),
        pytest.param("models:/nobody/latest", "write models:/name@alias", id="a stage"),
        pytest.param("models:/a/b/../1", "write models:/name@alias", id="a path"),
    ],
)
def test_what_the_registry_does_not_hold_is_a_clear_error(uri, why, settings):
    with pytest.raises(ModelError, match=why):
        resolve(uri, settings)


def test_an_absent_server_is_said_at_once(tmp_path):
    nowhere = Settings(home=tmp_path, mlflow_port=9)
    with pytest.raises(ModelError, match="hlaska up"):
        resolve("models:/walkers@champion", nowhere)


def test_a_pickle_anywhere_in_the_folder_is_refused(tmp_path, settings, write_model):
    folder = write_model(tmp_path / "a")
    (folder / "optimiser.pkl").write_bytes(b"")
    with pytest.raises(ModelError, match="pickle"):
        register(folder, "unsafe", settings)


def test_a_folder_in_the_folder_is_refused(tmp_path, settings, write_model):
    folder = write_model(tmp_path / "a")
    (folder / "notes").mkdir()
    with pytest.raises(ModelError, match="files only"):
        register(folder, "nested", settings)


def test_a_card_without_digest_is_refused_and_told_which_it_is(tmp_path, settings, write_model):
    folder = write_model(tmp_path / "a", sha256=None)
    with pytest.raises(ModelError, match=weights_sha256(folder / "network.xml")):
        register(folder, "unsigned", settings)


def test_a_model_that_contradicts_its_card_is_not_registered(tmp_path, settings, write_model):
    folder = write_model(tmp_path / "a", classes=["person", "car", "bus"])
    with pytest.raises(ModelError, match="correct output or classes"):
        register(folder, "liar", settings)
    with pytest.raises(ModelError):
        resolve("models:/liar@candidate", settings)


def seed_model(folder, seed="street-sounds", **changes):
    """A seed, as a model of one's own; with another card than is true where asked."""
    shutil.copytree(seeds.folder(seed), folder)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | changes))
    return folder


def test_a_model_of_sounds_is_shown_silence_and_registered(tmp_path, settings):
    version = register(seed_model(tmp_path / "ears"), "ears", settings)
    model = resolve(f"models:/ears/{version}", settings)
    silence = np.zeros((1, 32000), np.float32)
    assert SoundScorer.load(model, threads=1).score(silence).shape == (1, 50, 4)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"input": {"shape": [-1, 16000], "sample_rate_hz": 16000}}, id="window"),
        pytest.param({"classes": ["gunshot", "b", "c", "d", "scream"]}, id="classes"),
        pytest.param({"input": {"shape": [-1, 32000]}}, id="no sample rate"),
    ],
)
def test_a_model_of_sounds_that_contradicts_its_card_is_not_registered(changes, tmp_path, settings):
    changes |= {"operating_point": {"gunshot": 0.5}}
    with pytest.raises(ModelError):
        register(seed_model(tmp_path / "liar", **changes), "deaf-liar", settings)
    with pytest.raises(ModelError):
        resolve("models:/deaf-liar@candidate", settings)


@pytest.mark.parametrize("seed", ["flow-attacks", "flow-anomaly"])
def test_a_flow_model_is_run_and_registered(seed, tmp_path, settings):
    version = register(seed_model(tmp_path / "flows", seed), f"my-{seed}", settings)
    model = resolve(f"models:/my-{seed}/{version}", settings)
    scorer = FlowScorer.load(model)
    assert len(scorer.score(np.zeros((2, scorer.columns), np.float32))) == 2


def test_a_flow_model_that_contradicts_its_card_is_not_registered(tmp_path, settings):
    folder = seed_model(tmp_path / "liar", "flow-attacks", classes=["normal", "scan"])
    with pytest.raises(ModelError):
        register(folder, "flow-liar", settings)


def test_a_name_that_no_event_could_carry_is_refused(tmp_path, settings, write_model):
    with pytest.raises(ModelError, match="lower case"):
        register(write_model(tmp_path / "a"), "My Model", settings)


def test_those_who_fetch_at_the_same_time_all_get_the_model(tmp_path, settings, write_model):
    version = register(write_model(tmp_path / "a"), "wanted", settings)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(resolve, f"models:/wanted/{version}", settings) for _ in range(3)]
    folders = {one.result().weights.parent for one in asked}
    assert len(folders) == 1
    assert [folder.name for folder in (settings.cache / "models" / "wanted").iterdir()] == [
        folder.name for folder in folders
    ]


def test_a_version_is_signed_with_the_digest_of_its_whole_folder(tmp_path, settings, write_model):
    folder = write_model(tmp_path / "a")
    version = register(folder, "signed", settings)
    made = registry(settings).get_model_version("signed", version)
    assert made.tags[FOLDER_SHA256] == folder_sha256(folder)
    (folder / "card.json").write_text((folder / "card.json").read_text() + " ")
    assert made.tags[FOLDER_SHA256] != folder_sha256(folder)


def test_an_unsigned_version_is_not_loaded(tmp_path, settings, write_model):
    version = register(write_model(tmp_path / "a"), "unsigned-one", settings)
    registry(settings).delete_model_version_tag("unsigned-one", version, FOLDER_SHA256)
    with pytest.raises(ModelError, match="unsigned"):
        resolve(f"models:/unsigned-one/{version}", settings)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        pytest.param("card.json", None, id="another operating point on its card"),
        pytest.param("run-me.pkl", "x", id="a pickle beside it"),
    ],
)
def test_files_changed_in_the_registry_are_not_loaded(
    file, content, tmp_path, settings, write_model
):
    folder = write_model(tmp_path / "a")
    name = f"changed-{file.partition('.')[0]}"
    version = register(folder, name, settings)
    client = registry(settings)
    changed = content or (folder / file).read_text().replace("0.5", "0.1")
    client.log_text(client.get_model_version(name, version).run_id, changed, f"model/{file}")
    with pytest.raises(ModelError, match="not what was registered"):
        resolve(f"models:/{name}/{version}", settings)


def test_a_fetched_card_that_was_changed_on_this_machine_is_not_loaded(
    tmp_path, settings, write_model
):
    version = register(write_model(tmp_path / "a"), "edited", settings)
    card = resolve(f"models:/edited/{version}", settings).weights.with_name("card.json")
    card.write_text(card.read_text().replace("0.5", "0.1"))
    with pytest.raises(ModelError, match="not what was registered"):
        resolve(f"models:/edited/{version}", settings)
