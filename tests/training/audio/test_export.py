import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from hlaska.errors import ModelError
from hlaska.sound.scores import SOUND_CLASSES
from serving.audio.scorer import SoundScorer
from serving.models import from_folder
from training.audio.export import WINDOW, Calibration, Served, calibrate, check_equal, export

LINES = Calibration((1.5, 0.8, 1.0, 2.0), (0.3, -0.2, 0.0, -1.0))
WINDOWS = np.random.default_rng(1).normal(0, 0.05, (3, WINDOW)).astype(np.float32)


@pytest.fixture
def folder(network, tmp_path):
    out = tmp_path / "models" / "mine"
    export_to(out, network)
    return out


def export_to(out, network):
    return export(
        network,
        LINES,
        out,
        name="mine",
        operating_point=dict.fromkeys(SOUND_CLASSES, 0.5),
        training_data="none",
        made_by="this test",
        version="1",
        examples=WINDOWS,
    )


def test_the_exported_network_says_what_torch_says(folder, network):
    served = Served(network, LINES).eval()
    assert check_equal(served, folder / "street-sounds.onnx", WINDOWS) <= 1e-4


def test_it_runs_in_serving_with_any_number_of_windows(folder, network):
    scorer = SoundScorer.load(from_folder(folder), threads=1)
    assert scorer.window_samples == WINDOW
    assert scorer.frame_s == pytest.approx(0.04)
    for number in (0, 1, 3):
        assert scorer.score(WINDOWS[:number]).shape == (number, 50, 4)
    with torch.inference_mode():
        expected = Served(network, LINES).eval()(torch.from_numpy(WINDOWS)).numpy()
    np.testing.assert_allclose(scorer.score(WINDOWS), expected, atol=1e-4)


def test_it_is_one_small_file_that_says_what_it_is(folder):
    weights = folder / "street-sounds.onnx"
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "street-sounds.onnx"]
    assert weights.stat().st_size < 1_000_000
    model = onnx.load(weights, load_external_data=False)
    assert [one.name for one in model.graph.input] == ["sound"]
    assert "glass-break" in model.doc_string


def test_a_file_that_says_something_else_is_refused(folder, network):
    served = Served(network, Calibration((3.0,) * 4, (1.0,) * 4)).eval()
    with pytest.raises(ModelError, match="differs from torch"):
        check_equal(served, folder / "street-sounds.onnx", WINDOWS)


def test_a_folder_that_is_there_is_left_alone(folder, network):
    with pytest.raises(ModelError, match="exists already"):
        export_to(folder, network)
    assert onnxruntime.InferenceSession(folder / "street-sounds.onnx")


def test_a_failed_export_leaves_nothing(network, tmp_path, monkeypatch):
    monkeypatch.setattr("training.audio.export.TOLERANCE", -1.0)
    with pytest.raises(ModelError, match="differs"):
        export_to(tmp_path / "out", network)
    assert list(tmp_path.iterdir()) == []


def test_scaling_finds_the_line_that_spoilt_the_probabilities():
    rng = np.random.default_rng(0)
    true = rng.normal(-1, 2, 40_000)
    there = rng.random(len(true)) < 1 / (1 + np.exp(-true))
    spoilt = ((true - 0.7) / 1.8).astype(np.float32)[:, None]
    lines = calibrate(spoilt, there[:, None].astype(np.int8))
    assert lines.slopes[0] == pytest.approx(1.8, rel=0.05)
    assert lines.offsets[0] == pytest.approx(0.7, abs=0.06)


def test_scaling_stays_finite_where_nothing_is_mistaken():
    there = np.repeat([0, 1], 50)[:, None]
    lines = calibrate((there * 10.0 - 5).astype(np.float32), there.astype(np.int8))
    assert 0 < lines.slopes[0] <= 20


@pytest.mark.parametrize("there", [0, 1])
def test_a_class_that_is_never_or_always_there_cannot_be_calibrated(there):
    with pytest.raises(ModelError, match="more soundscapes"):
        calibrate(np.zeros((10, 1), np.float32), np.full((10, 1), there, np.int8))
