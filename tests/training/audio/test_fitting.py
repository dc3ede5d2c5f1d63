import numpy as np
import pytest
import torch

from hlaska.errors import DataError
from training.audio.corpus import corpus
from training.audio.fitting import fit, logits
from training.audio.labels import CLASSES
from training.audio.network import SoundNet
from training.audio.task import SoundEventDetection, cut


def fitted(learnt, chosen_by, *, epochs):
    told = []
    net = fit(
        learnt,
        chosen_by,
        epochs=epochs,
        windows=2,
        batch_size=8,
        seed=1,
        told=lambda *words: told.append(words),
    )
    return net, told


def test_a_few_steps_lower_the_loss_and_every_epoch_is_told(learnt, chosen_by):
    _, told = fitted(learnt, chosen_by, epochs=4)
    curves = {
        name: [value for one, value, _ in told if one == name]
        for name in ("loss/train", "loss/val")
    }
    assert [len(curve) for curve in curves.values()] == [4, 4]
    assert curves["loss/train"][-1] < 0.8 * curves["loss/train"][0]
    assert curves["loss/val"][-1] < curves["loss/val"][0]
    assert [epoch for name, _, epoch in told if name == "loss/val"] == [0, 1, 2, 3]


def test_the_same_seed_learns_the_same(learnt, chosen_by):
    one, other = (fitted(learnt, chosen_by, epochs=1)[0] for _ in range(2))
    np.testing.assert_array_equal(logits(one, chosen_by), logits(other, chosen_by))


def test_the_network_comes_back_as_it_was_after_the_best_epoch(learnt, chosen_by):
    net, told = fitted(learnt, chosen_by, epochs=3)
    found, labels = logits(net, chosen_by), np.asarray(chosen_by.targets)
    errors = np.logaddexp(0, found) - (labels == 1) * found
    least = min(value for name, value, _ in told if name == "loss/val")
    assert errors[labels != -1].mean() == pytest.approx(least, rel=0.02)


def test_logits_are_told_for_each_frame_of_each_soundscape(network, chosen_by):
    found = logits(network, chosen_by)
    assert found.shape == (24, 150, len(CLASSES))
    assert np.isfinite(found).all()


def test_a_window_has_the_labels_of_its_own_frames(learnt):
    samples, labels = cut(learnt, 3, 640 * 20 + 100)
    np.testing.assert_array_equal(samples, learnt.waveform(3)[12900:44900])
    np.testing.assert_array_equal(labels, learnt.targets[3, 20:70])


def test_half_of_the_windows_are_drawn_where_something_is_heard(network, learnt):
    drawn = network.task.train__iter__()
    heard = [next(drawn)["y"].data[:, :4].any() for _ in range(96)]
    by_chance = np.mean(
        [
            cut(learnt, index, start)[1][:, :4].any()
            for index in range(len(learnt))
            for start in range(0, 64000, 6400)
        ]
    )
    assert np.mean(heard) > by_chance


def test_what_nobody_knows_is_not_learnt_from(network):
    sound, labels = torch.randn(2, 1, 32000) * 0.1, torch.zeros(2, 50, len(CLASSES))
    task = network.task
    network.log = lambda *_, **__: None
    known = task.training_step({"X": sound, "y": labels}, 0)["loss"]
    labels[:, :, 4:] = -1
    fewer = task.training_step({"X": sound, "y": labels}, 0)["loss"]
    labels[:] = -1
    none = task.training_step({"X": sound, "y": labels}, 0)["loss"]
    assert none == 0 < fewer < known


def test_pyannote_sees_the_corpora_as_a_protocol(learnt, chosen_by):
    task = SoundEventDetection(learnt, chosen_by)
    files = list(task.protocol.train())
    assert len(files) == len(learnt)
    assert files[2]["waveform"].shape == (1, 96000)
    assert task.has_validation
    assert task.val_monitor == ("loss/val", "min")


def test_without_a_task_the_network_says_what_it_lacks():
    with pytest.raises(Exception, match="not been assigned a task"):
        _ = SoundNet().dimension


def test_a_damaged_corpus_says_what_to_do(home):
    made = corpus("train", size=1, seed=9, settings=home, recorded=(), responses=1)
    folder = home.cache / "soundscapes" / f"train-{made.digest[:16]}"
    (folder / "about.json").write_text("{")
    with pytest.raises(DataError, match="remove it"):
        corpus("train", size=1, seed=9, settings=home, recorded=(), responses=1)
