import pytest

from training.cyber.days import CLASSES, LEARNT, made_day, network, site


def test_no_day_is_in_two_splits():
    days = [
        made_day(split, number, seed=1, hours=1).flows["started_at"].iloc[1]
        for split in ("train", "calibration", "test")
        for number in (0, 1)
    ]
    assert len(set(days)) == len(days)


def test_a_day_is_the_same_again():
    first, again = (made_day("test", 3, seed=2, hours=1, attacks=3).flows for _ in range(2))
    assert first.equals(again)


@pytest.mark.parametrize("split", ["train", "calibration"])
def test_shifted_days_are_for_tests_only(split):
    with pytest.raises(ValueError, match="for tests only"):
        made_day(split, 0, seed=1, shifted=True)


def test_the_model_is_not_asked_who_is_new():
    assert "new-asset" not in CLASSES
    assert CLASSES[0] == "normal" and len(LEARNT) == 6


def test_the_network_has_the_range_of_its_assets_inside():
    guarded = network()
    assert all(guarded.inside(asset.ip) for asset in site().assets)
    assert guarded.inside("10.31.1.200")
    assert not guarded.inside("10.20.0.17")
