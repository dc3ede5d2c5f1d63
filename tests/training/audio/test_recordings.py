from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import DataError
from hlaska.settings import Settings
from hlaska.sound.scores import RATE_HZ
from training.audio.recordings import BLOCK, BLOCKS, SHARES, SPLITS, TOGETHER, recordings, split_of

SOUNDS = ("casual", "gunshot", "explosion", "siren")
of_sound = pytest.mark.parametrize("sound", SOUNDS)


@of_sound
def test_every_class_is_in_every_split(sound):
    assert {split_of(f"{sound}_{number:03}") for number in range(90)} == set(SPLITS)


@given(st.sampled_from(SOUNDS), st.integers(0, 50))
def test_neighbours_that_may_be_cuts_of_one_recording_stay_together(sound, block):
    assert len({split_of(f"{sound}_{block * BLOCK + step:03}") for step in range(BLOCK)}) == 1


@of_sound
def test_cuts_of_one_recording_stay_together(sound):
    groups = TOGETHER[sound].split(", ")
    assert len(groups) >= 3
    for group in groups:
        assert len({split_of(f"{sound}_{int(number):03}") for number in group.split()}) == 1


@of_sound
def test_each_split_has_about_its_share_of_every_class(sound):
    splits = Counter(split_of(f"{sound}_{number:03}") for number in range(BLOCKS[sound] * BLOCK))
    for split, share in SHARES.items():
        assert splits[split] / splits.total() == pytest.approx(share, abs=0.08)


@pytest.mark.parametrize("name", ["track 7", "thunder_001", "siren_014.flac"])
def test_another_name_than_sesas_is_refused(name):
    with pytest.raises(DataError, match="they are like siren_014"):
        split_of(name)


def test_without_data_there_are_none(tmp_path):
    assert recordings(Settings.load(home=tmp_path), "train") == []


@pytest.mark.network
@pytest.mark.parametrize("split", SPLITS)
def test_recordings_are_mono_at_our_rate(split):
    found = recordings(Settings.load(), split)
    counts = Counter(one.sound for one in found)
    assert set(counts) == {"gunshot", "explosion", "siren", "other"}
    for one in found:
        assert one.samples.dtype == np.float32
        assert one.samples.ndim == 1
        assert 0.1 < len(one.samples) / RATE_HZ < 35


@pytest.mark.network
def test_nothing_is_in_two_splits_and_the_unlicensed_only_in_the_test():
    by_split = {split: recordings(Settings.load(), split) for split in SPLITS}
    names = [one.name for found in by_split.values() for one in found]
    assert len(names) == len(set(names)) == 480 + 86 + 61
    for split in ("train", "calibration"):
        assert {one.data for one in by_split[split]} == {"sesa"}
