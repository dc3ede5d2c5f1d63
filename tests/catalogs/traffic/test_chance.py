import pytest


@pytest.mark.parametrize("shifted", [False, True])
def test_a_number_is_of_its_world(chance, shifted):
    low, high = (100, 200) if shifted else (1, 10)
    drawn = [chance(seed, shifted=shifted).between((1, 10), (100, 200)) for seed in range(50)]
    assert all(low <= number <= high for number in drawn)
    assert len(set(drawn)) > 40


def test_ranges_may_begin_at_nothing(chance):
    assert 0 <= chance().between((0, 0.15), (0.15, 0.3)) <= 0.15


def test_ranges_that_overlap_would_make_shifted_days_ordinary(chance):
    with pytest.raises(ValueError, match="overlap"):
        chance().between((1, 10), (9, 20))


def test_nothing_is_in_the_lists_of_both_worlds(chance):
    assert chance(shifted=True).one_of((22, 23), (2222,)) == 2222
    with pytest.raises(ValueError, match="overlap"):
        chance().one_of((22, 23), (23, 2323))


def test_moments_are_those_of_a_poisson_process_within_the_day(chance):
    counts = [len(chance(seed).moments(48, 12)) for seed in range(200)]
    assert 22 < sum(counts) / len(counts) < 26
    at_s = chance().moments(200, 12)
    assert at_s == sorted(at_s)
    assert 0 <= at_s[0] and at_s[-1] <= 12 * 3600
