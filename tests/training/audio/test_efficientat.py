import csv

import numpy as np
import pytest
import torch
import torchaudio

from catalogs import datasets
from hlaska.errors import ModelError, UnavailableError
from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from serving.audio.scorer import SoundScorer
from serving.models import from_folder
from training.audio.efficientat import (
    COLUMNS,
    NAME,
    NETWORK,
    OPERATING_POINT,
    TOLERANCE,
    WINDOW,
    Frontend,
    Tagger,
    export,
    exported,
    kaldi_mel_bands,
    load,
)

pytestmark = [
    pytest.mark.timeout(500),
    # 2026-11: the exporter that needs no further package is called old by torch 2.12.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Constant folding:UserWarning"),
]


def test_the_mel_bands_are_those_of_kaldi():
    theirs, _ = torchaudio.compliance.kaldi.get_mel_banks(
        128, 1024, 32_000.0, 0.0, 15_000.0, 100.0, -500.0, 1.0
    )
    np.testing.assert_allclose(kaldi_mel_bands()[:, :512], theirs.numpy(), atol=1e-4)


def test_the_frontend_is_the_spectrogram_that_the_network_was_trained_on():
    sound = 0.1 * torch.from_numpy(
        np.random.default_rng(1).standard_normal((2, 8000)).astype(np.float32)
    )
    sharp = sound[:, 1:] - 0.97 * sound[:, :-1]
    spectrum = torch.stft(
        sharp,
        1024,
        hop_length=320,
        win_length=800,
        window=torch.hann_window(800, periodic=False),
        center=True,
        return_complex=True,
    )
    mel = torch.from_numpy(kaldi_mel_bands()) @ spectrum.abs().square()
    expected = ((mel + 1e-5).log() + 4.5) / 5
    torch.testing.assert_close(Frontend()(sound)[:, 0], expected, atol=1e-3, rtol=0)


@pytest.fixture
def untrained(tmp_path):
    torch.manual_seed(3)
    tagger = Tagger()
    path = tmp_path / "untrained.pt"
    learnt = {k: v for k, v in tagger.state_dict().items() if "frontend" not in k}
    torch.save(learnt, path)
    return path


def test_an_exported_tagger_is_a_model_that_serving_loads(untrained, tmp_path):
    card = export(untrained, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"card.json", NETWORK}
    scorer = SoundScorer.load(from_folder(tmp_path / "out"), threads=1)
    assert scorer.card == card
    assert (scorer.window_samples, scorer.frame_s) == (32_000, 2.0)
    sound = (0.1 * np.random.default_rng(2).standard_normal((3, 32_000))).astype(np.float32)
    assert scorer.score(sound).shape == (3, 1, 4)


def test_a_folder_that_exists_is_left_alone(untrained, tmp_path):
    with pytest.raises(ModelError, match="exists already"):
        export(untrained, tmp_path)


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 cut off"])
def test_a_file_that_holds_no_weights_is_a_clear_error(content, tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.pt holds no weights of efficientat-mn04"):
        export(path, tmp_path / "out")
    assert [left.name for left in tmp_path.iterdir()] == ["weights.pt"]


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save({"features.0.0.weight": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match="holds no weights"):
        load(tmp_path / "other.pt")


class Trap:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('ran the code in the file')",))


def test_code_in_a_file_of_weights_is_not_run(tmp_path):
    torch.save({"features": Trap()}, tmp_path / "trap.pt")
    with pytest.raises(ModelError, match="holds no weights"):
        load(tmp_path / "trap.pt")


def test_weights_that_nobody_has_are_unavailable(tmp_path, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match=NAME):
        exported(Settings(home=tmp_path))


def test_it_operates_on_our_sounds():
    assert tuple(COLUMNS) == tuple(OPERATING_POINT) == SOUND_CLASSES


@pytest.mark.network
def test_the_published_weights_say_in_onnx_what_they_say_in_torch(tmp_path):
    settings = Settings.load(home=tmp_path / "home")
    folder = exported(settings)
    assert exported(settings) == folder
    tagger = load(datasets.fetch(NAME, settings))
    rng = np.random.default_rng(6)
    sound = (0.2 * rng.standard_normal((3, WINDOW))).astype(np.float32)
    sound[1] *= np.exp(-np.arange(WINDOW) % 16_000 / 400)
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / NETWORK)
    told = session.run(None, {"sound": sound})[0]
    with torch.inference_mode():
        expected = tagger(torch.from_numpy(sound)).numpy()
    assert told.shape == (3, 527)
    assert np.abs(told - expected).max() <= TOLERANCE


@pytest.mark.network
def test_the_columns_are_the_sounds_that_they_are_said_to_be():
    # AudioSet's own list of classes lies beside the weights; the catalog need not carry it.
    path = Settings.load().data / "audio" / "class_labels_indices.csv"
    with path.open(newline="") as file:
        names = [row["display_name"] for row in csv.DictReader(file)]
    assert {sound: tuple(names[c] for c in columns) for sound, columns in COLUMNS.items()} == {
        "gunshot": ("Gunshot, gunfire", "Machine gun", "Fusillade"),
        "explosion": ("Artillery fire", "Boom"),
        "scream": ("Screaming",),
        "glass-break": ("Glass", "Shatter", "Breaking"),
    }
