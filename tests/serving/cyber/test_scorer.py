import json
import pickle
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.mixture import GaussianMixture

from catalogs import seeds
from hlaska.errors import ModelError, SourceError
from hlaska.models import ModelCard, ModelInput
from hlaska.network.features import FEATURES, HOST_FEATURES, WINDOW_S
from hlaska.settings import Settings
from serving.cyber.drift import LEAST_ROWS, Reference
from serving.cyber.scorer import (
    DRIFT_LIMIT,
    EDGES,
    ESTIMATOR,
    SCALE,
    SHARES,
    THRESHOLD,
    FlowScorer,
)
from serving.models import from_folder, resolve, weights_sha256

CLASSES = ("normal", "scan")
RNG = np.random.default_rng(1)
TALKS = RNG.normal(size=(400, len(FEATURES))).astype(np.float32)
HOSTS = RNG.normal(size=(400, len(HOST_FEATURES))).astype(np.float32)


def card(task="flow-attacks", **changes):
    features = FEATURES if task == "flow-attacks" else HOST_FEATURES
    fields = {
        "name": "small",
        "version": "1",
        "summary": "for tests",
        "task": task,
        "classes": CLASSES if task == "flow-attacks" else ("anomaly",),
        "input": ModelInput(shape=(-1, len(features)), features=features, window_s=WINDOW_S),
        "output": "scores",
        "runtime": "skops",
        "weights": "small.skops",
        "operating_point": {"scan" if task == "flow-attacks" else "anomaly": 0.5},
        "licence": "Apache-2.0",
        "training_data": "none",
        "made_by": "a test",
    }
    return ModelCard(**{**fields, **changes})


@pytest.fixture(scope="module")
def held():
    """What the file of each task holds."""
    wanted = np.where(TALKS[:, 0] > 0, "scan", "normal")
    trees = HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(TALKS, wanted)
    mixture = GaussianMixture(1, random_state=0).fit(HOSTS)
    found = {}
    for task, model, rows in (
        ("flow-attacks", trees, TALKS),
        ("flow-anomaly", mixture, HOSTS),
    ):
        reference = Reference.of(rows)
        found[task] = {
            ESTIMATOR: model, EDGES: reference.edges, SHARES: reference.shares, DRIFT_LIMIT: 0.3,
        }  # fmt: skip
    surprise = -mixture.score_samples(HOSTS)
    found["flow-anomaly"] |= {THRESHOLD: float(np.quantile(surprise, 0.9)), SCALE: 5.0}
    return found


@pytest.fixture
def folder(tmp_path, held):
    """`folder(task, held=…, **changes of the card)`: a model's folder."""

    def make(task="flow-attacks", content=None, **changes):
        skops.io.dump(held[task] if content is None else content, tmp_path / "small.skops")
        sha256 = weights_sha256(tmp_path / "small.skops")
        made = card(task, **{"sha256": sha256, **changes})
        (tmp_path / "card.json").write_text(made.model_dump_json())
        return tmp_path

    return make


@pytest.fixture
def load(folder):
    return lambda *args, **changes: FlowScorer.load(from_folder(folder(*args, **changes)))


@pytest.mark.parametrize("many", [0, 1, 300])
def test_as_many_rows_as_come_are_answered_in_order(load, many):
    scores = load().score(TALKS[:many])
    assert scores.shape == (many, 2) and scores.dtype == np.float32
    assert np.allclose(scores.sum(axis=1), 1)
    if many == 300:
        assert ((scores[:, 1] > 0.5) == (TALKS[:300, 0] > 0)).mean() > 0.95
        assert np.allclose(load().score(TALKS[:300][::-1]), scores[::-1])


def test_columns_are_in_the_order_of_the_card(load):
    swapped = load(classes=CLASSES[::-1]).score(TALKS[:50])
    assert np.allclose(swapped, load().score(TALKS[:50])[:, ::-1])


@pytest.mark.parametrize("many", [1, 300])
def test_an_anomaly_is_one_half_where_the_threshold_is(load, held, many):
    scores = load("flow-anomaly").score(HOSTS[:many])
    assert scores.shape == (many, 1)
    over = -held["flow-anomaly"][ESTIMATOR].score_samples(HOSTS[:many])
    assert list(scores[:, 0] >= 0.5) == list(over >= held["flow-anomaly"][THRESHOLD])


def test_no_host_has_no_anomaly(load):
    assert load("flow-anomaly").score(HOSTS[:0]).shape == (0, 1)


def test_what_was_never_seen_is_as_high_as_it_goes_and_no_overflow(load):
    far = np.full((1, len(HOST_FEATURES)), 1e6, np.float32)
    assert load("flow-anomaly").score(far)[0, 0] == pytest.approx(1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(load, value):
    rows = TALKS[:3].copy()
    rows[1, 4] = value
    with pytest.raises(SourceError, match="row 1 holds what is no number"):
        load().score(rows)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(TALKS[:, :-1], id="too few columns"),
        pytest.param(HOSTS, id="rows of hosts"),
        pytest.param(TALKS[0], id="one row without its brackets"),
        pytest.param(TALKS.astype(np.float64), id="64 bits"),
    ],
)
def test_other_rows_are_refused(load, rows):
    with pytest.raises(ModelError, match=f"takes n x {len(FEATURES)} of float32"):
        load().score(rows)


def test_it_says_how_many_columns_it_takes_and_what_it_is(load):
    scorer = load()
    assert scorer.columns == len(FEATURES)
    assert scorer.card.name == "small"


def test_drift_is_told_against_its_limit(load):
    scorer = load()
    same = np.tile(TALKS, (2, 1))
    assert scorer.drift(same) < scorer.drift_limit < scorer.drift(same + 3)
    assert np.isnan(scorer.drift(same[: LEAST_ROWS - 1]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"output": "yolo"}, "gives yolo in skops", id="another output"),
        pytest.param({"runtime": "onnxruntime"}, "nothing that onnxruntime opens", id="runtime"),
        pytest.param(
            {"input": ModelInput(shape=(-1, 2), features=("flows", "age"), window_s=WINDOW_S)},
            "trained on other columns", id="other features",
        ),
        pytest.param(
            {"input": ModelInput(shape=(-1, len(FEATURES)), features=FEATURES, window_s=5)},
            r"5\.0 s, now 60\.0 s", id="another window",
        ),
        pytest.param({"classes": ("normal", "flood"), "operating_point": {"flood": 0.5}},
                     r"disagree about the classes \['flood', 'scan'\]", id="other classes"),
        pytest.param({"sha256": "0" * 64}, "not what its card promises", id="other weights"),
    ],
)  # fmt: skip
def test_a_card_that_is_another_s_is_found_out_at_once(load, changes, message):
    with pytest.raises(ModelError, match=message):
        load(**changes)


@pytest.mark.parametrize("name", [ESTIMATOR, EDGES, DRIFT_LIMIT])
def test_a_file_that_lacks_something_says_what(load, held, name):
    less = {key: value for key, value in held["flow-attacks"].items() if key != name}
    with pytest.raises(ModelError, match=f"lacks {name}"):
        load(content=less)


def test_a_model_of_another_size_is_found_out_at_once(load, held):
    narrow = HistGradientBoostingClassifier(max_iter=2).fit(TALKS[:, :3], TALKS[:, 0] > 0)
    with pytest.raises(ModelError, match="train it again"):
        load(content=held["flow-attacks"] | {ESTIMATOR: narrow})


def test_a_model_that_listens_is_refused():
    heard = resolve("seed:street-sounds", Settings())
    with pytest.raises(ModelError, match="made for sound-events; a model of flows is needed"):
        FlowScorer.load(heard)


def test_a_file_without_names_is_refused(load, held):
    with pytest.raises(ModelError, match="a dictionary is needed"):
        load(content=held["flow-attacks"][ESTIMATOR])


class Evil:
    """Would run code when it is read."""

    def __reduce__(self):
        return (print, ("read",))


def test_types_that_are_not_named_are_never_made(load, held):
    with pytest.raises(ModelError, match="types that are never loaded"):
        load(content=held["flow-attacks"] | {"more": Evil()})


def test_a_pickle_is_refused_by_its_name(folder):
    where = folder(weights="small.pkl", sha256=None)
    (where / "small.pkl").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelError, match="is a pickle"):
        from_folder(where)


@pytest.mark.parametrize(
    "content",
    [pytest.param(b"", id="empty"), pytest.param(b"PK\x03\x04 and no more", id="no archive")],
)
def test_a_damaged_file_is_an_error_of_ours(folder, content):
    where = folder(sha256=None)
    (where / "small.skops").write_bytes(content)
    with pytest.raises(ModelError, match="nothing that skops can load"):
        FlowScorer.load(from_folder(where))


def test_an_archive_with_another_content_is_an_error_of_ours(folder):
    where = folder(sha256=None)
    with zipfile.ZipFile(where / "small.skops", "w") as archive:
        archive.writestr("schema.json", json.dumps({"__class__": "dict"}))
    with pytest.raises(ModelError, match="nothing that skops can load"):
        FlowScorer.load(from_folder(where))


def test_a_model_of_another_scikit_learn_is_to_be_trained_again(folder, monkeypatch):
    model = from_folder(folder())
    monkeypatch.setattr("sklearn.base.__version__", "0.1")
    with pytest.raises(ModelError, match=r"here is 0\.1; train it again: a test"):
        FlowScorer.load(model)


@pytest.mark.parametrize(
    ("seed", "features"), [("flow-attacks", FEATURES), ("flow-anomaly", HOST_FEATURES)]
)
def test_the_seeds_run(seed, features, tmp_path):
    model = resolve(f"seed:{seed}", Settings(home=tmp_path))
    assert model.weights.stat().st_size < 2_000_000
    scorer = FlowScorer.load(model)
    scores = scorer.score(np.zeros((2, len(features)), np.float32))
    assert scores.shape == (2, len(model.card.classes))
    assert model.card.made_by.startswith("hlaska train cyber")
    assert 0 < scorer.drift_limit < 1


def test_the_seed_of_attacks_knows_every_family_but_that_of_newcomers():
    known = seeds.card("flow-attacks")
    assert known.classes[0] == "normal"
    assert set(known.operating_point) == set(known.classes) - {"normal"}
