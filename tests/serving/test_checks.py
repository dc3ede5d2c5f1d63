from hlaska.settings import Settings
from serving.checks import checks
from serving.models import resolve


def test_without_weights_the_doctor_names_the_baseline_and_how_to_get_better():
    (check,) = checks()
    assert (check.status, check.found.split(",")[0]) == ("warn", "hog")
    assert "hlaska data get" in check.remedy


def test_the_doctor_names_the_detector_that_would_run(tmp_path, monkeypatch):
    cached = tmp_path / "hlaska-home/cache/datasets/yolox-nano/yolox_nano.onnx"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"weights")
    monkeypatch.setenv("HLASKA_HOME", str(tmp_path / "hlaska-home"))
    (check,) = checks()
    assert (check.status, check.found) == ("ok", "yolox-nano")


def test_the_baseline_can_always_be_had():
    assert resolve("seed:hog", Settings.load()).ref.name == "hog"
