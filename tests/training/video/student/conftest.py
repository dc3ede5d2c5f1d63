"""A street in which red figures walk, and a teacher that sees red.

The teacher is a real network in ONNX, made by hand: it needs no weights that somebody trained.
"""

import json
import warnings

import cv2
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from serving.models import weights_sha256
from training.video.student.labels import Labels

SIZE_HW = (144, 192)
FIGURE_HW = (40, 16)
SPEED_PX = 3


def mean_around(red, height, width):
    """Of a window around each pixel; first along, then across, which is much less work."""
    along = functional.avg_pool2d(red, (height, 1), 1, (height // 2, 0))
    return functional.avg_pool2d(along, (1, width), 1, (0, width // 2))


class SeesRed(nn.Module):
    """Upright red figures on anything that is not red, of two sizes, as `yolo-end2end`.

    In a quarter of the picture figures are larger.
    """

    def forward(self, pictures):
        # Blue-green-red, 0..255.
        red = (pictures[:, 2:3] - pictures[:, :2].amax(1, keepdim=True)).clamp(min=0) / 200
        found = [
            self.of(red, *(round(zoom * side) | 1 for side in FIGURE_HW)) for zoom in (1, 1.66)
        ]
        told = torch.cat(found, dim=1)
        _, order = told[..., 4].topk(20, dim=1)
        return told.gather(1, order.unsqueeze(2).expand(-1, -1, 6))

    def of(self, red, height, width):
        inner = mean_around(red, height, width)
        high, wide = round(1.4 * height) | 1, round(1.4 * width) | 1
        outer = mean_around(red, high, wide)
        area, whole = height * width, high * wide
        around = (outer * whole - inner * area) / (whole - area)
        score = (inner - 2 * around).clamp(0, 1)
        best = functional.max_pool2d(score, (31, 15), 1, (15, 7))
        scores, cells = (score * (score >= best)).flatten(1).topk(20, dim=1)
        rows, columns = cells // score.shape[3], cells % score.shape[3]
        x, y = columns.float() + 0.5, rows.float() + 0.5
        sides = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        return torch.stack([*sides, scores, torch.zeros_like(scores)], dim=2)


@pytest.fixture(scope="session")
def teacher(tmp_path_factory):
    """Folder of a model that sees red figures."""
    folder = tmp_path_factory.mktemp("teacher")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            SeesRed(),
            (torch.zeros(1, 3, *SIZE_HW),),
            str(folder / "network.onnx"),
            opset_version=17,
            dynamo=False,
        )
    card = {
        "name": "sees-red",
        "version": "1",
        "summary": "Red figures.",
        "task": "detect",
        "classes": ["person"],
        "input": {"shape": [1, 3, *SIZE_HW], "colour_order": "bgr", "letterbox": "top-left"},
        "output": "yolo-end2end",
        "runtime": "onnxruntime",
        "weights": "network.onnx",
        "sha256": weights_sha256(folder / "network.onnx"),
        "operating_point": {"person": 0.4},
        "licence": "Apache-2.0",
        "training_data": "none",
        "made_by": "this test",
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def street():
    """The empty picture."""
    rng = np.random.default_rng(5)
    paving = rng.normal(120, 6, (*SIZE_HW, 1)) + rng.normal(0, 2, (*SIZE_HW, 3))
    paving[:40] -= 50
    return paving.clip(0, 255).astype(np.uint8)


def walked(count, *, figures=2):
    """So many pictures of that street, and where the figures are in each."""
    rng = np.random.default_rng(6)
    starts = rng.uniform(0, SIZE_HW[1], figures)
    # One above the other, so that none hides another.
    tops = np.linspace(45, SIZE_HW[0] - FIGURE_HW[0] - 5, figures).astype(int)
    pictures, labels = [], []
    for number in range(count):
        picture, boxes = street(), []
        for start, top, way in zip(starts, tops, np.resize([1, -1], figures), strict=True):
            left = int((start + way * SPEED_PX * number) % (SIZE_HW[1] - FIGURE_HW[1]))
            box = (left, top, left + FIGURE_HW[1], top + FIGURE_HW[0])
            middle = (left + FIGURE_HW[1] // 2, int(top) + FIGURE_HW[0] // 2)
            half = (FIGURE_HW[1] // 2 - 1, FIGURE_HW[0] // 2 - 1)
            cv2.ellipse(picture, middle, half, 0, 0, 360, (20, 20, 220), -1)
            boxes.append(box)
        pictures.append(picture)
        labels.append(
            Labels(np.array(boxes, np.float32).reshape(-1, 4), np.empty((0, 4), np.float32))
        )
    return np.stack(pictures), labels


@pytest.fixture
def site(tmp_path):
    """Makes the file of a site whose camera `gate` plays pictures."""

    def of(pictures):
        clip = tmp_path / "clip"
        clip.mkdir(exist_ok=True)
        for number, picture in enumerate(pictures):
            cv2.imwrite(str(clip / f"{number:05}.png"), picture)
        path = tmp_path / "town.yaml"
        path.write_text(
            f"""
id: town
name: Town
centre: {{lon: 13.0, lat: 49.0}}
time_zone: Europe/Prague
sources: [made for a test]
zones:
  - id: all
    name: All
    kind: pedestrian
    geometry: {{type: Polygon, coordinates: [[[13, 49], [13.01, 49], [13.01, 49.01], [13, 49]]]}}
cameras:
  - id: gate
    name: Gate
    uri: file://{clip}
    position: {{lon: 13.0, lat: 49.0}}
    view: {{bearing_deg: 0, angle_deg: 60, range_m: 30}}
    size_px: [{SIZE_HW[1]}, {SIZE_HW[0]}]
    fps: 10
"""
        )
        return str(path)

    return of
