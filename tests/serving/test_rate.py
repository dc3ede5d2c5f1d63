import pytest

from serving.rate import Rate


def test_a_rate_is_that_of_the_last_seconds():
    rate = Rate(window_s=2)
    for tenth in range(100):
        rate.tick(tenth / 10)
    assert rate.per_s(9.95) == pytest.approx(10, abs=0.5)
    assert rate.per_s(20) == 0
