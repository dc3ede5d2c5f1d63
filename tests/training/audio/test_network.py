import numpy as np
import pytest
import torch
from torch import nn

from hlaska.sound.scores import RATE_HZ
from training.audio.labels import CLASSES
from training.audio.network import BANDS, DFT, FRAME, LogMel, mel_bands


def multiplications(network, samples):
    """Multiply-accumulates of one window, counted as each layer runs."""
    count = 0

    def add(module, taken, given):
        nonlocal count
        if isinstance(module, (nn.Conv1d, nn.Conv2d)):
            count += given.numel() * module.weight[0].numel()
        elif isinstance(module, nn.Linear):
            count += given.numel() * module.in_features
        elif isinstance(module, nn.GRU):
            steps = taken[0].shape[0] * taken[0].shape[1]
            count += steps * sum(p.numel() for p in module.parameters() if p.dim() == 2)

    hooks = [module.register_forward_hook(add) for module in network.modules()]
    network(torch.zeros(1, 1, samples))
    for hook in hooks:
        hook.remove()
    spectra = samples // 160
    fixed = spectra * (2 * (DFT // 2 + 1) * DFT + BANDS * (DFT // 2 + 1))
    return count + fixed


@pytest.mark.parametrize("seconds", [1.0, 2.0, 4.0])
def test_a_frame_comes_out_every_40_ms(network, seconds):
    samples = round(seconds * RATE_HZ)
    scores = network(torch.zeros(3, 1, samples))
    assert scores.shape == (3, round(seconds / 0.04), len(CLASSES))
    assert network.num_frames(samples) == scores.shape[1]


def test_frames_lie_side_by_side_as_pyannote_understands_them(network):
    field = network.receptive_field
    assert field.step == pytest.approx(0.04)
    assert field.duration == pytest.approx(FRAME / RATE_HZ)
    assert field[0].start == pytest.approx(0, abs=1e-4)


def test_the_network_is_small(network):
    assert sum(one.numel() for one in network.parameters()) <= 100_000


def test_a_window_costs_at_most_thirty_million_multiplications(network):
    assert 10e6 < multiplications(network, 2 * RATE_HZ) <= 30e6


@pytest.mark.parametrize("gain", [0.05, 0.5, 30.0])
def test_the_gain_of_a_microphone_makes_no_difference(gain):
    sound = torch.randn(1, 1, 32000, generator=torch.Generator().manual_seed(1)) * 0.02
    frontend = LogMel()
    torch.testing.assert_close(frontend(sound * gain), frontend(sound), atol=0.05, rtol=0)


def test_a_bang_stays_louder_than_what_surrounds_it():
    sound = torch.randn(1, 1, 32000, generator=torch.Generator().manual_seed(1)) * 0.001
    sound[..., 16000:16400] *= 300
    level = LogMel()(sound).mean(dim=1)[0]
    assert level[100:102].min() > level.median() + 8


def test_a_tone_is_found_in_its_own_band():
    bands = mel_bands()
    for hz in (250, 1000, 4000):
        tone = torch.sin(2 * torch.pi * hz * torch.arange(32000) / RATE_HZ) * 0.1
        loudest = int(LogMel()(tone[None, None])[0].mean(dim=1).argmax())
        assert loudest == int(bands[:, round(hz * DFT / RATE_HZ)].argmax())


def test_every_band_hears_something_and_weighs_one():
    np.testing.assert_allclose(mel_bands().sum(axis=1), 1, rtol=1e-5)
    assert len(np.unique(mel_bands(), axis=0)) == BANDS


@pytest.mark.parametrize("sound", [torch.zeros(1, 1, 32000), torch.ones(1, 1, 32000)])
def test_silence_and_a_broken_microphone_are_heard_without_a_nan(network, sound):
    assert torch.isfinite(network(sound)).all()
