import numpy as np
import pytest

from hlaska.errors import ModelError
from hlaska.network.features import HOST_FEATURES, WINDOW_S
from serving.cyber.drift import Reference
from serving.cyber.scorer import DRIFT_LIMIT, ESTIMATOR, SCALE, THRESHOLD, FlowScorer
from serving.models import from_folder
from training.cyber.anomalies import calibrate, fit
from training.cyber.export import export

CARD = {
    "name": "flow-anomaly",
    "version": "1",
    "summary": "for tests",
    "task": "flow-anomaly",
    "classes": ("anomaly",),
    "operating_point": {"anomaly": 0.5},
    "licence": "Apache-2.0",
    "training_data": "none",
    "made_by": "a test",
}


@pytest.fixture(scope="module")
def held(quiet_hosts):
    model = calibrate(fit(quiet_hosts, seed=1, components=2), quiet_hosts)
    return {
        ESTIMATOR: model.estimator, THRESHOLD: model.threshold, SCALE: model.scale,
        DRIFT_LIMIT: 0.4,
    }  # fmt: skip


def test_what_is_written_is_what_serving_loads(held, quiet_hosts, tmp_path):
    out = tmp_path / "new" / "model"
    rows = quiet_hosts.values
    card = export(held, out, card=CARD, examples=rows[:50], reference=Reference.of(rows))
    assert card.input.features == HOST_FEATURES and card.input.window_s == WINDOW_S
    assert {path.name for path in out.iterdir()} == {"card.json", "flow-anomaly.skops"}
    scorer = FlowScorer.load(from_folder(out))
    over = -held[ESTIMATOR].score_samples(rows) >= held[THRESHOLD]
    assert list(scorer.score(rows)[:, 0] >= 0.5) == list(over)
    assert scorer.drift(rows) < 0.01 and scorer.drift_limit == 0.4


def test_a_folder_that_is_there_is_left_alone(held, quiet_hosts, tmp_path):
    rows = quiet_hosts.values
    with pytest.raises(ModelError, match="exists already"):
        export(held, tmp_path, card=CARD, examples=rows[:1], reference=Reference.of(rows))
    assert not list(tmp_path.iterdir())


def test_a_model_that_cannot_score_leaves_nothing(held, quiet_hosts, tmp_path):
    narrow = fit(quiet_hosts.__class__(*(
        getattr(quiet_hosts, name)[:, :3] if name == "values" else getattr(quiet_hosts, name)
        for name in quiet_hosts.__slots__
    )), seed=1, components=1)  # fmt: skip
    rows = quiet_hosts.values
    with pytest.raises(ModelError, match="train it again"):
        export(held | {ESTIMATOR: narrow}, tmp_path / "model", card=CARD,
               examples=rows[:5], reference=Reference.of(rows))  # fmt: skip
    assert not np.array(list(tmp_path.iterdir())).size
