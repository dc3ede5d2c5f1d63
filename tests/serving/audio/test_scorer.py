import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from catalogs import seeds
from hlaska.errors import ModelError, SourceError
from hlaska.events import ModelRef
from hlaska.models import ModelInput
from hlaska.settings import Settings
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.audio.scorer import SoundScorer
from serving.models import LoadedModel, resolve

FRAME = 1600
FRAMES = 5


def write_level_meter(folder, *, columns=4, batch=-1, samples=FRAME * FRAMES, frames=True):
    """A network whose column c tells c + 1 hundredths of the mean of a frame, or of all."""
    size = "n" if batch == -1 else batch
    weights = np.arange(1, columns + 1, dtype=np.float32)[None, None] / 100
    shape = [-1, samples // FRAME, FRAME] if frames else [-1, 1, samples]
    out = [size, samples // FRAME if frames else 1, columns] if frames else [size, columns]
    graph = helper.make_graph(
        [
            helper.make_node("Reshape", ["sound", "shape"], ["parts"]),
            helper.make_node("ReduceMean", ["parts"], ["level"], axes=[2], keepdims=1),
            helper.make_node("Mul", ["level", "weights"], ["all"]),
            *(
                [helper.make_node("Identity", ["all"], ["scores"])]
                if frames
                else [helper.make_node("Squeeze", ["all", "one"], ["scores"])]
            ),
        ],
        "level",
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, [size, samples])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, out)],
        [
            numpy_helper.from_array(np.array(shape, np.int64), "shape"),
            numpy_helper.from_array(np.array([1], np.int64), "one"),
            numpy_helper.from_array(weights, "weights"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, folder / "network.onnx")
    return folder / "network.onnx"


def level_meter(folder, *, rate_hz=RATE_HZ, frames=True, batch=-1, width=4, **changes):
    samples = FRAME * FRAMES
    card = seeds.card("yamnet").model_copy(
        update={
            "input": ModelInput(shape=(batch, samples), sample_rate_hz=rate_hz),
            "output": "frame-scores" if frames else "scores",
            "columns": None,
            "runtime": "onnxruntime",
        }
        | changes
    )
    weights = write_level_meter(folder, batch=batch, frames=frames, columns=width)
    return LoadedModel(card, weights, ModelRef(name=card.name, version=card.version))


def windows(*levels, samples=FRAME * FRAMES):
    return np.repeat(np.array(levels, np.float32)[:, None], samples, axis=1)


@pytest.mark.parametrize("batch", [1, -1])
@pytest.mark.parametrize("frames", [True, False])
@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_n_windows_give_n_answers_in_order(batch, frames, count, tmp_path):
    scorer = SoundScorer.load(level_meter(tmp_path, batch=batch, frames=frames), threads=1)
    levels = [number / 20 for number in range(count)]
    scores = scorer.score(windows(*levels) if count else windows(1)[:0])
    assert scores.shape == (count, FRAMES if frames else 1, len(SOUND_CLASSES))
    assert scores.dtype == np.float32
    for level, one in zip(levels, scores, strict=True):
        expected = np.broadcast_to(level * np.array([0.01, 0.02, 0.03, 0.04]), one.shape)
        np.testing.assert_allclose(one, expected, atol=1e-6)


def test_frames_are_told_apart(tmp_path):
    scorer = SoundScorer.load(level_meter(tmp_path), threads=1)
    sound = windows(0.0)
    sound[0, 2 * FRAME : 3 * FRAME] = 1
    (scores,) = scorer.score(sound)
    np.testing.assert_allclose(scores[:, 0], [0, 0, 0.01, 0, 0], atol=1e-6)
    assert scorer.frame_s == pytest.approx(FRAME / RATE_HZ)


def test_one_score_for_all_is_a_frame_as_long_as_the_window(tmp_path):
    scorer = SoundScorer.load(level_meter(tmp_path, frames=False), threads=1)
    assert scorer.frame_s == scorer.window_samples / RATE_HZ == pytest.approx(0.5)


def test_of_several_columns_that_mean_a_sound_the_greatest_counts(tmp_path):
    card = level_meter(tmp_path, width=9).card.model_copy(
        update={"classes": ("scream", "gunshot"), "columns": {"scream": (8, 2), "gunshot": (4,)}}
    )
    model = LoadedModel(card, tmp_path / "network.onnx", ModelRef(name="m", version="1"))
    scorer = SoundScorer.load(model, threads=1)
    (scores,) = scorer.score(windows(1.0))
    np.testing.assert_allclose(scores[0], [0.05, 0, 0.09, 0])


def test_classes_in_another_order_or_not_listened_for_are_sorted_out(tmp_path):
    model = level_meter(tmp_path, classes=("siren", "explosion", "glass-break", "gunshot"))
    (scores,) = SoundScorer.load(model, threads=1).score(windows(1.0))
    np.testing.assert_allclose(scores[0], [0.04, 0.02, 0, 0.03])


@pytest.mark.parametrize(("rate_hz", "samples"), [(32_000, 4000), (8000, 16_000)])
def test_a_model_of_another_rate_gets_the_same_sound(rate_hz, samples, tmp_path):
    scorer = SoundScorer.load(level_meter(tmp_path, rate_hz=rate_hz), threads=1)
    assert scorer.window_samples == samples
    scores = scorer.score(windows(0.25, 1.0, samples=samples))
    # Where a constant sound begins and ends, any filter rings.
    np.testing.assert_allclose(scores[:, 2, 0], [0.0025, 0.01], atol=1e-5)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(8000, np.float32), id="no batch"),
        pytest.param(np.zeros((1, 7999), np.float32), id="too short"),
        pytest.param(np.zeros((1, 8000, 2), np.float32), id="stereo"),
        pytest.param(np.zeros((1, 8000), np.int16), id="whole numbers"),
        pytest.param(np.zeros((1, 8000), np.float64), id="double precision"),
        pytest.param(np.zeros((3, 0), np.float32), id="empty"),
    ],
)
def test_what_are_no_windows_is_refused_with_what_is_needed(sound, tmp_path):
    scorer = SoundScorer.load(level_meter(tmp_path), threads=1)
    with pytest.raises(SourceError, match=r"have shape .*n x 8000 of float32 are needed"):
        scorer.score(sound)


@given(where=st.integers(0, 3 * 8000 - 1), what=st.sampled_from([np.nan, np.inf, -np.inf]))
def test_a_window_with_what_is_no_number_is_named(where, what, tmp_path_factory):
    scorer = SoundScorer.load(level_meter(tmp_path_factory.mktemp("m")), threads=1)
    sound = windows(0.0, 0.0, 0.0)
    sound.flat[where] = what
    with pytest.raises(SourceError, match=f"window {where // 8000} holds what is no number"):
        scorer.score(sound)


def test_silence_is_no_sound_and_no_error(tmp_path):
    scorer = SoundScorer.load(level_meter(tmp_path), threads=1)
    assert not scorer.score(windows(0.0)).any()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"task": "detect"}, "made for detect; a model of sounds", id="another task"),
        pytest.param({"output": "yolo"}, "gives yolo", id="another output"),
        pytest.param({"classes": ("siren", "dog", "x", "y")}, "knows none of gunshot", id="others"),
        pytest.param(
            {"classes": ("gunshot",), "columns": {"gunshot": (4,)}}, "column 4", id="no such column"
        ),
        pytest.param(
            {"input": ModelInput(shape=(-1, 8000))}, "lacks input.sample_rate_hz", id="no rate"
        ),
        pytest.param(
            {"input": ModelInput(shape=(-1, 8000), sample_rate_hz=44_100)},
            "no whole number of samples",
            id="a rate that does not fit",
        ),
        pytest.param(
            {"input": ModelInput(shape=(-1, 1, 8000), sample_rate_hz=16_000)},
            r"takes \(-1, 8000\), its card says \(-1, 1, 8000\)",
            id="channels",
        ),
        pytest.param({"output": "scores"}, "not the scores of its card", id="frames untold"),
    ],
)
def test_a_card_that_describes_something_else_is_refused(changes, why, tmp_path):
    with pytest.raises(ModelError, match=why):
        SoundScorer.load(level_meter(tmp_path, **changes), threads=1)


def test_scores_that_are_no_probabilities_are_an_error_of_the_model(tmp_path):
    scorer = SoundScorer.load(level_meter(tmp_path), threads=1)
    with pytest.raises(ModelError, match="probabilities of"):
        scorer.score(windows(1000.0))


def test_a_network_without_weights_is_refused():
    card = seeds.card("yamnet").model_copy(update={"weights": None})
    with pytest.raises(ModelError, match="needs them"):
        SoundScorer.load(LoadedModel(card, None, ModelRef(name="m", version="1")), threads=1)


@pytest.mark.network
def test_yamnet_takes_a_batch_that_it_was_not_made_for():
    scorer = SoundScorer.load(resolve("seed:yamnet", Settings.load()), threads=1)
    assert scorer.window_samples == 15_600
    rng = np.random.default_rng(7)
    sound = (0.1 * rng.standard_normal((5, 15_600))).astype(np.float32)
    together = scorer.score(sound)
    assert together.shape == (5, 1, 4)
    for one, scores in zip(sound, together, strict=True):
        np.testing.assert_array_equal(scorer.score(one[None])[0], scores)
