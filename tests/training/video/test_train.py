import csv
import socket

import pytest

from hlaska.errors import ModelError
from hlaska.settings import Settings
from serving.models import from_folder
from training.registry import register
from training.runs import registry
from training.video.fit import starting_weights
from training.video.train import FP32, INT8, QUICK, TrainArgs, gathered, known_data, train

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = [
    pytest.mark.timeout(500),
    # 2026-11: Ultralytics 8.4 exports ONNX and traces through what torch 2.12 calls old.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:torch"),
]


@pytest.fixture
def nobody_asked(monkeypatch):
    """Fails whoever asks for an address that is not of this machine."""
    ask = socket.getaddrinfo

    def guarded(host, *rest, **options):
        assert host in ("127.0.0.1", "localhost", None), f"asked for {host}"
        return ask(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", guarded)


def test_a_quick_run_ends_in_folders_that_can_be_registered(settings, tmp_path, nobody_asked):
    said = []
    out = tmp_path / "new" / "model"
    card = train(QUICK, out, settings, say=said.append)
    assert card.classes == ("person", "car")
    assert card.made_by == "hlaska train video --quick --seed 1" or card.version.endswith(INT8)
    whole = from_folder(out / FP32)
    assert {one.metric for one in whole.card.measured} == {"mAP@0.5", "mAP@0.5:0.95"}
    assert whole.card.licence.startswith("AGPL-3.0")
    assert whole.card.input.shape == (1, 3, 96, 96)
    assert register(out / FP32, "quick-detector", settings)
    # Whether a network that has hardly learnt survives the rounding is not certain; that it is
    # judged is.
    assert (out / INT8).is_dir() or any("no model in 8 bits" in line for line in said)
    rows = list(csv.DictReader((out / "provenance.csv").read_text().splitlines()))
    assert {row["split"] for row in rows} == {"train", "val"}
    assert {path.name for path in out.iterdir()} <= {FP32, INT8, "provenance.csv"}

    client = registry(settings)
    experiment = client.get_experiment_by_name("hlaska").experiment_id
    (run,) = [
        one
        for one in client.search_runs([experiment])
        if one.info.run_name == "train city-detector"
    ]
    assert run.info.status == "FINISHED"
    assert run.data.params["epochs"] == str(QUICK.epochs)
    assert run.data.tags["started_from"] == "nothing"
    assert {"loss/box_loss", "mAP50/onnx", "mAP50/fp32"} <= set(run.data.metrics)
    artefacts = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert artefacts == {"model", "provenance.csv"}


def test_the_made_street_is_enough_to_learn_from(tmp_path):
    nowhere = Settings(home=tmp_path / "home", mlflow_port=9)
    data = gathered(QUICK, nowhere, tmp_path / "data", say=pytest.fail)
    assert data.classes == ("person", "car")
    assert {"pets-view1", "verdicts", "scene"} <= set(known_data())


def test_a_folder_that_is_there_is_refused_before_anything_is_made(tmp_path):
    nowhere = Settings(home=tmp_path / "home", mlflow_port=9)
    with pytest.raises(ModelError, match="exists already"):
        train(QUICK, tmp_path, nowhere, say=pytest.fail)
    assert not (tmp_path / "home").exists()


def test_without_the_web_training_starts_from_nothing_and_says_so(tmp_path, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    said = []
    assert starting_weights("yolo11n.pt", Settings(home=tmp_path), said.append) is None
    assert said[0].startswith("training from nothing, which takes more data and epochs: yolo11n.pt")


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        pytest.param("yolo11nn.pt", "did you mean 'yolo11n.pt'", id="neither file nor official"),
        pytest.param("https://example.org/yolo11n.pt", "is no file", id="from anywhere"),
        pytest.param("models:/city/1", "is no file", id="from the registry"),
    ],
)
def test_weights_from_elsewhere_are_never_read(weights, said, tmp_path):
    with pytest.raises(ModelError, match=said):
        starting_weights(weights, Settings(home=tmp_path), pytest.fail)


def test_a_file_that_holds_no_weights_is_refused_before_training(tmp_path):
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"not weights")
    with pytest.raises(ModelError, match="holds no weights"):
        starting_weights(str(broken), Settings(home=tmp_path / "home"), pytest.fail)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("epochs", 0, id="no epoch"),
        pytest.param("imgsz", 100, id="no multiple of 32"),
        pytest.param("name", "My Model", id="a name no event carries"),
        pytest.param("data", (), id="no data"),
        pytest.param("contradictions", "ignore", id="another way with contradictions"),
    ],
)
def test_wrong_arguments_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        TrainArgs(**{name: value})
