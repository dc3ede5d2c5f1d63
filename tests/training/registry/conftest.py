"""Models that are small and real, and a registry with some of them in it."""

import json

import numpy as np
import openvino as ov
import pytest
from openvino import opset13

from serving.models import weights_sha256
from training.runs import registry


def _write_model(folder, *, version="1", score=0.8, **changes):
    """A detector that sees one person in every picture, in OpenVINO, with its card."""
    folder.mkdir()
    found = np.zeros((1, 6, 8), np.float32)
    found[0, :, 0] = [16, 16, 8, 16, score, 0]
    picture = opset13.parameter([1, 3, 32, 32], np.float32, name="x")
    nothing = opset13.multiply(opset13.reduce_sum(picture, [0, 1, 2, 3]), np.float32(0))
    network = ov.Model([opset13.add(opset13.constant(found), nothing)], [picture])
    ov.save_model(network, folder / "network.xml", compress_to_fp16=False)
    card = {
        "name": "one-person",
        "version": version,
        "summary": "Sees one person.",
        "task": "detect",
        "classes": ["person", "car"],
        "input": {"shape": [1, 3, 32, 32], "colour_order": "rgb", "letterbox": "centre"},
        "output": "yolo",
        "runtime": "openvino",
        "weights": "network.xml",
        "sha256": weights_sha256(folder / "network.xml"),
        "operating_point": {"person": 0.5},
        "licence": "Apache-2.0",
        "training_data": "none",
        "made_by": "this test",
        **changes,
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture
def write_model():
    """Writes a detector's folder: `write_model(folder, score=0.8, **changes_of_its_card)`."""
    return _write_model


@pytest.fixture
def versions(settings):
    """Makes so many empty versions of a model, the first of them champion; gives the client."""

    def made(name, count):
        client = registry(settings)
        run = client.create_run("0").info.run_id
        client.create_registered_model(name)
        for _ in range(count):
            client.create_model_version(name, source=f"runs:/{run}/model", run_id=run)
        client.set_registered_model_alias(name, "champion", "1")
        return client

    return made
