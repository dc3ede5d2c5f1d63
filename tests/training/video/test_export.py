import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from catalogs import seeds
from hlaska.errors import ModelError, UnavailableError
from hlaska.settings import Settings
from serving.models import from_folder
from serving.video.scorer import DetectorScorer
from serving.video.yolo import LOWEST_SCORE, MOST_DETECTIONS, SUPPRESSION_IOU
from training.video.export import ExportArgs, export, prepare_ultralytics

# Ultralytics and torch, imported by the first test, raise these as they are used here.
pytestmark = [
    pytest.mark.timeout(500),
    # 2026-11: Ultralytics 8.4 exports ONNX and traces through what torch 2.12 calls old.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:torch"),
]

SIZE = 96


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(home=tmp_path_factory.mktemp("home"))


def picture(height=SIZE, width=SIZE, seed=0):
    """Coloured patches, large and small."""
    rng = np.random.default_rng(seed)
    layers = [rng.integers(0, 256, (count, count, 3), np.uint8) for count in (3, 8, 20)]
    large = [cv2.resize(layer, (width, height), interpolation=cv2.INTER_CUBIC) for layer in layers]
    return np.mean(large, axis=0).astype(np.uint8)


def untrained(settings, kind="yolo11n.yaml"):
    """A network with random weights whose answers differ from cell to cell."""
    prepare_ultralytics(settings)
    import torch
    from ultralytics import YOLO

    torch.manual_seed(3)
    model = YOLO(kind)
    model.model.names = dict(enumerate(seeds.card("yolox-nano").classes))
    head = model.model.model[-1]
    with torch.no_grad():
        # Normalised on such pictures once, or the signal would fade from layer to layer.
        for layer in model.model.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = 1.0
        shown = np.stack([picture(seed=seed) for seed in range(16)])
        model.model.train()(torch.from_numpy(shown).permute(0, 3, 1, 2) / 255)
        for branch in [*head.cv3, *getattr(head, "one2one_cv3", [])]:
            # So that the scores that count fall on classes that cameras look for.
            branch[-1].bias.fill_(-12)
            branch[-1].bias[:8] = -3
    model.model.eval()
    return model


@pytest.fixture(scope="module")
def weights(settings, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "untrained.pt"
    untrained(settings).save(path)
    return path


def by_ultralytics(weights, image, card):
    from ultralytics import YOLO

    used = [card.classes.index(name) for name in card.operating_point]
    (result,) = YOLO(weights).predict(
        image,
        imgsz=card.input.shape[2:],
        rect=False,
        conf=LOWEST_SCORE,
        iou=SUPPRESSION_IOU["yolo"],
        max_det=MOST_DETECTIONS,
        classes=used,
        device="cpu",
        verbose=False,
    )
    return result.boxes


def assert_same(found, expected, card):
    assert len(expected) > 3
    assert len(found) == len(expected)
    # Equal scores may come in either order.
    order = np.lexsort((found.boxes_px[:, 0], -np.round(found.scores, 3)))
    theirs = np.round(expected.conf.numpy(), 3)
    other = np.lexsort((expected.xyxy.numpy()[:, 0], -theirs))
    np.testing.assert_allclose(found.scores[order], expected.conf.numpy()[other], atol=2e-3)
    np.testing.assert_allclose(found.boxes_px[order], expected.xyxy.numpy()[other], atol=0.3)
    names = [card.classes[int(number)] for number in expected.cls.numpy()[other]]
    assert list(found.classes[order]) == names


@pytest.mark.parametrize(
    ("args", "frame"),
    [
        pytest.param({}, (SIZE, SIZE), id="OpenVINO"),
        pytest.param({"nms": True}, (SIZE, SIZE), id="OpenVINO, suppression inside"),
        pytest.param({"height_px": 64}, (100, 150), id="OpenVINO, oblong"),
        pytest.param({"format": "onnx"}, (150, 100), id="ONNX"),
    ],
)
def test_an_exported_network_finds_what_ultralytics_finds(args, frame, weights, settings, tmp_path):
    size = {"height_px": SIZE, "width_px": SIZE}
    card = export(str(weights), tmp_path / "out", ExportArgs(**(size | args)), settings)
    assert card.output == ("yolo-end2end" if args.get("nms") else "yolo")
    model = from_folder(tmp_path / "out")
    assert model.card == card
    image = picture(*frame)
    (found,) = DetectorScorer.load(model, threads=1, exact=True).score([image])
    assert_same(found, by_ultralytics(weights, image, card), card)


@pytest.mark.parametrize("network", ["yolov10n.yaml", "yolo26n.yaml"])
def test_a_network_with_a_head_of_its_own_against_overlaps_is_exported_with_it(
    network, settings, tmp_path
):
    weights = tmp_path / "own.pt"
    untrained(settings, network).save(weights)
    args = ExportArgs(height_px=64, width_px=64, nms=True)
    card = export(str(weights), tmp_path / "out", args, settings)
    assert card.output == "yolo-end2end"
    graph = (tmp_path / "out" / "network.xml").read_text()
    assert "NonMaxSuppression" not in graph
    scorer = DetectorScorer.load(from_folder(tmp_path / "out"), threads=1)
    assert len(scorer.score([picture(64, 64)])) == 1


def test_the_card_says_where_the_weights_are_from(weights, settings, tmp_path):
    args = ExportArgs(height_px=64, width_px=64, score=0.3, name="mine")
    card = export(str(weights), tmp_path / "out", args, settings)
    assert card.name == "mine"
    assert card.licence.startswith("AGPL-3.0")
    assert card.version in card.made_by
    assert card.operating_point["person"] == 0.3
    assert "dog" not in card.operating_point
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"card.json", "network.xml", "network.bin"}


def test_a_folder_that_exists_is_left_alone(weights, settings, tmp_path):
    with pytest.raises(ModelError, match="exists already"):
        export(str(weights), tmp_path, ExportArgs(), settings)


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 cut off"])
def test_a_file_that_holds_no_weights_is_a_clear_error(content, settings, tmp_path):
    path = tmp_path / "network.pt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"network\.pt holds no weights"):
        export(str(path), tmp_path / "out", ExportArgs(), settings)
    assert [left.name for left in tmp_path.iterdir()] == ["network.pt"]


def test_weights_that_know_no_class_of_ours_are_refused(settings, tmp_path):
    model = untrained(settings)
    model.model.names = {number: f"thing {number}" for number in range(80)}
    model.save(tmp_path / "things.pt")
    with pytest.raises(ModelError, match="knows none of person"):
        export(
            str(tmp_path / "things.pt"),
            tmp_path / "out",
            ExportArgs(height_px=64, width_px=64),
            settings,
        )


def test_a_name_that_is_neither_file_nor_official_is_answered_with_the_nearest(settings, tmp_path):
    with pytest.raises(ModelError, match=r"did you mean 'yolo11n\.pt'"):
        export("yolo11nn.pt", tmp_path / "out", ExportArgs(), settings)


def test_official_weights_that_cannot_be_had_say_where_to_put_them(settings, tmp_path, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match=r"put it at .*ultralytics/yolo11n\.pt"):
        export("yolo11n.pt", tmp_path / "out", ExportArgs(), settings)
    assert list((settings.cache / "ultralytics").iterdir()) == []


def test_importing_ultralytics_asks_nobody_and_writes_in_our_home_only(tmp_path):
    program = """
import socket, sys
from pathlib import Path
def forbidden(*args, **kwargs):
    raise AssertionError(f"asked the network: {args}")
socket.getaddrinfo = socket.socket.connect = forbidden
from hlaska.settings import Settings
from training.video.export import prepare_ultralytics
prepare_ultralytics(Settings(home=Path(sys.argv[1])))
import ultralytics
from ultralytics.utils import SETTINGS_FILE
print(SETTINGS_FILE)
"""
    home = tmp_path / "home"
    user = tmp_path / "user"
    user.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, str(home)],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(user), "PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip().endswith(str(home / "ultralytics/Ultralytics/settings.json"))
    assert [path for path in user.rglob("*") if path.is_file()] == []


def test_the_arguments_say_what_is_wrong_with_them():
    with pytest.raises(ValueError, match="multiple of 32"):
        ExportArgs(height_px=100)
    with pytest.raises(ValueError, match="less than or equal to 1"):
        ExportArgs(score=2)


def test_a_card_that_was_exported_can_be_read_by_hand(weights, settings, tmp_path):
    export(str(weights), tmp_path / "out", ExportArgs(height_px=64, width_px=64), settings)
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert card["input"]["shape"] == [1, 3, 64, 64]
