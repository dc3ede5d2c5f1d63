import hashlib
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import datasets, seeds
from hlaska.errors import HlaskaError, ModelError, UnavailableError
from hlaska.settings import Settings
from serving.models import (
    BEST_DETECTORS,
    PICKLES,
    STUDENTS,
    from_folder,
    resolve,
    weights_sha256,
)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


@pytest.fixture
def cut_off(monkeypatch, tmp_path):
    """A machine with neither the web nor Debian's packages: nobody answers at the proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def write_model(folder, *, weights="network.onnx", content=b"weights", **changes):
    folder.mkdir(exist_ok=True)
    card = json.loads(seeds.card("yolox-nano").model_dump_json())
    card |= {"weights": weights, "name": "mine", "version": "7"} | changes
    (folder / "card.json").write_text(json.dumps(card))
    if content is not None:
        (folder / weights).write_bytes(content)
    return folder


def test_a_folder_is_a_model(tmp_path, settings):
    model = resolve(str(write_model(tmp_path / "m")), settings)
    assert model.weights == tmp_path / "m" / "network.onnx"
    assert (model.ref.name, model.ref.version) == ("mine", "7")
    assert model.passed_over == ()


def test_a_seed_without_weights_needs_nothing(settings):
    model = resolve("seed:hog", settings)
    assert model.weights is None
    assert (model.ref.name, model.ref.version) == ("hog", seeds.card("hog").version)


def test_a_seed_may_keep_its_weights_beside_its_card(settings):
    model = resolve("seed:street-sounds", settings)
    assert model.weights == seeds.folder("street-sounds") / model.card.weights
    assert weights_sha256(model.weights) == model.card.sha256
    assert model.ref.name == "street-sounds"


def test_weights_that_are_not_those_of_the_card_are_refused(tmp_path, settings):
    right = hashlib.sha256(b"weights").hexdigest()
    folder = write_model(tmp_path / "m", sha256=right)
    assert resolve(str(folder), settings).card.sha256 == right
    (folder / "network.onnx").write_bytes(b"others")
    with pytest.raises(ModelError, match=f"expected {right}"):
        resolve(str(folder), settings)


def test_the_digest_of_an_openvino_network_covers_both_its_files(tmp_path):
    (tmp_path / "n.xml").write_bytes(b"a")
    (tmp_path / "n.bin").write_bytes(b"b")
    assert weights_sha256(tmp_path / "n.xml") == hashlib.sha256(b"ab").hexdigest()
    (tmp_path / "n.bin").unlink()
    with pytest.raises(ModelError, match=r"n\.bin cannot be read"):
        weights_sha256(tmp_path / "n.xml")


def test_missing_weights_are_a_clear_error(tmp_path, settings):
    folder = write_model(tmp_path / "m", content=None)
    with pytest.raises(ModelError, match=r"network\.onnx cannot be read"):
        resolve(str(folder), settings)


@pytest.mark.parametrize("suffix", sorted(PICKLES))
def test_a_pickle_is_never_loaded(suffix, tmp_path, settings):
    folder = write_model(tmp_path / "m", weights=f"network{suffix}")
    with pytest.raises(ModelError, match="pickle"):
        resolve(str(folder), settings)


def test_weights_of_another_runtime_are_refused(tmp_path, settings):
    folder = write_model(tmp_path / "m", weights="network.tflite")
    with pytest.raises(ModelError, match=r"onnxruntime opens; allowed is \.onnx"):
        resolve(str(folder), settings)


@pytest.mark.parametrize("weights", ["network.tflite", "network.onnx"])
def test_openvino_reads_files_of_others_whose_digest_is_that_of_the_file(
    weights, tmp_path, settings
):
    digest = hashlib.sha256(b"weights").hexdigest()
    folder = write_model(tmp_path / "m", weights=weights, runtime="openvino", sha256=digest)
    assert resolve(str(folder), settings).weights == folder / weights


@pytest.mark.parametrize(
    "weights", ["../network.onnx", "/etc/network.onnx", "deep/network.onnx", "dataset:network.onnx"]
)
def test_weights_lie_beside_the_card_and_nowhere_else(weights, tmp_path, settings):
    (tmp_path / "network.onnx").write_bytes(b"")
    folder = write_model(tmp_path / "m", weights=weights, content=None)
    with pytest.raises(ModelError, match="beside the card"):
        from_folder(folder)


@given(uri=st.text(max_size=40))
def test_whatever_is_asked_for_the_answer_is_a_model_or_one_of_our_errors(uri, tmp_path_factory):
    home = tmp_path_factory.getbasetemp() / "anything"
    settings = Settings(home=home, mlflow_port=9)
    try:
        model = resolve(f"seed:{uri}", settings)
    except HlaskaError:
        return
    assert model.card.name == uri


@pytest.mark.parametrize("uri", ["", "nowhere", "seed:", "seed:nothing", "models:/", "champion"])
def test_what_is_no_model_is_answered_with_what_there_is(uri, settings):
    with pytest.raises(ModelError) as caught:
        resolve(uri or "nothing at all", settings)
    assert "hog" in str(caught.value) or "models:/name@alias" in str(caught.value)


def test_the_best_that_a_cut_off_machine_has_is_hog_and_it_says_why(cut_off, settings, caplog):
    caplog.set_level(logging.INFO, "serving.models")
    model = resolve("best", settings)
    assert model.card.name == "hog"
    assert [reason.partition(":")[0] for reason in model.passed_over] == list(BEST_DETECTORS[:-1])
    assert all("HLASKA_DATA" in reason for reason in model.passed_over)
    assert len(caplog.records) == 2


def test_a_cut_off_machine_takes_the_student_of_the_one_camera_that_is_watched(cut_off, settings):
    model = resolve("best", settings, shown=["dataset:pets-view1"])
    assert model.card.name == "square-east-student"
    assert "for it only" in model.card.summary
    assert [reason.partition(":")[0] for reason in model.passed_over] == list(BEST_DETECTORS[:-1])


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(["rtsp://camera/1"], id="another camera"),
        pytest.param(["dataset:pets-view1", "rtsp://camera/1"], id="another one beside it"),
        pytest.param([], id="nobody says which"),
    ],
)
def test_before_any_other_camera_no_student_is_taken(shown, cut_off, settings):
    assert resolve("best", settings, shown=shown).card.name == "hog"


@pytest.mark.parametrize(("uri", "name"), STUDENTS.items())
def test_a_student_is_a_seed_and_what_it_has_seen_is_in_the_catalog(uri, name):
    assert uri.removeprefix("dataset:") in datasets.names()
    assert "has seen this scene and is for it only" in seeds.card(name).training_data


def test_a_seed_whose_weights_nobody_has_is_unavailable(cut_off, settings):
    with pytest.raises(UnavailableError, match="yolo11n-int8"):
        resolve("seed:yolo11n-int8", settings)
