"""Flow models without a model: what they say follows from a few numbers of their rows."""

from collections.abc import Callable

import numpy as np
import pytest

from hlaska.events import ModelRef
from hlaska.models import ModelCard, ModelInput
from hlaska.network.features import FEATURES, HOST_FEATURES
from hlaska.sites import Site
from serving.cyber.judge import FlowModel


def _model(name: str, classes: tuple[str, ...], counted: str, features, score) -> FlowModel:
    card = ModelCard(
        name=name,
        version="1",
        summary="for tests",
        task="flow-anomaly",
        classes=classes,
        input=ModelInput(shape=(-1, len(features))),
        output="scores",
        runtime="skops",
        weights=None,
        operating_point={counted: 0.5},
        licence="none",
        training_data="none",
        made_by="a test",
    )
    return FlowModel(score, card, ModelRef(name=name, version="1"))


@pytest.fixture
def attack_model() -> FlowModel:
    """Takes conversations of more than 50 flows in a minute for beaconing."""

    def score(rows):
        busy = rows[:, FEATURES.index("flows")] > np.log1p(50)
        return np.stack([~busy, busy], axis=1).astype(np.float32)

    return _model("busy", ("normal", "beaconing"), "beaconing", FEATURES, score)


@pytest.fixture
def anomaly_model() -> FlowModel:
    """Finds hosts unusual that ask more than 50 times in a minute."""

    def score(rows):
        busy = rows[:, HOST_FEATURES.index("asks")] > np.log1p(50)
        return busy.astype(np.float32)[:, None]

    return _model("odd", ("anomaly",), "anomaly", HOST_FEATURES, score)


@pytest.fixture
def broken_model(attack_model) -> Callable[[Exception], FlowModel]:
    """`broken_model(error)`: raises it whenever it is asked."""

    def make(error: Exception) -> FlowModel:
        def score(rows):
            raise error

        return FlowModel(score, attack_model.card, attack_model.ref)

    return make


@pytest.fixture
def site() -> Site:
    """The site of `town`: two cameras, their recorder, and a feed that tells of their network."""
    camera = {
        "uri": "file:///dev/null",
        "position": {"lon": 13.375, "lat": 49.745},
        "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 50},
        "size_px": [128, 96],
    }
    return Site.model_validate(
        {
            "id": "town",
            "name": "Town",
            "centre": {"lon": 13.375, "lat": 49.745},
            "time_zone": "Europe/Prague",
            "sources": ["made up"],
            "cameras": [camera | {"id": name, "name": name.title()} for name in ("gate", "yard")],
            "assets": [
                {"id": "cam-gate", "ip": "10.31.1.11", "role": "camera", "carries": "gate"},
                {"id": "cam-yard", "ip": "10.31.1.12", "role": "camera", "carries": "yard"},
                {"id": "recorder", "ip": "10.31.1.2", "role": "recorder"},
            ],
            "network": {
                "ranges": ["10.31.1.0/24"],
                "feeds": [{"id": "taps", "name": "Taps", "uri": "zeek:/logs"}],
            },
        }
    )
