import torch

from tests.training.video.student.conftest import SIZE_HW, street, walked
from training.video.student.fitting import Lesson, fit

FRAMES, LABELS = walked(20)
LESSON = Lesson(FRAMES, street(), LABELS, 1.0, crop_hw=(96, 96))


def test_it_learns_to_see_and_the_best_epoch_is_kept():
    told, merits = [], iter([0.1, 0.7, 0.3])
    states = []

    def judge(network):
        states.append({name: value.clone() for name, value in network.state_dict().items()})
        return next(merits)

    best = fit(LESSON, judge, epochs=3, samples=48, seed=1, told=lambda *one: told.append(one))
    middles = [value for name, value, _ in told if name == "loss/middles"]
    assert middles[-1] < 0.8 * middles[0]
    for name, value in best.state_dict().items():
        assert torch.equal(value, states[1][name])


def test_the_same_seed_makes_the_same_network():
    one, other, third = (
        fit(LESSON, lambda _: 0.0, epochs=1, samples=16, seed=seed, told=lambda *_: None)
        for seed in (3, 3, 4)
    )
    pictures = torch.rand(1, 3, *(side // 32 * 32 for side in SIZE_HW))
    assert torch.allclose(one.eval()(pictures), other.eval()(pictures), atol=1e-5)
    assert not torch.allclose(one.eval()(pictures), third.eval()(pictures), atol=1e-4)
