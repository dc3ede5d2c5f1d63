import numpy as np

from training.cyber.anomalies import calibrate, fit
from training.cyber.operating import alarms, hours


def test_quiet_days_are_hardly_surprising_and_attacks_are(quiet_hosts, hosts):
    model = calibrate(fit(quiet_hosts, seed=1, components=4), quiet_hosts)
    surprise = -model.estimator.score_samples(quiet_hosts.values)
    assert alarms(quiet_hosts, surprise >= model.threshold) <= hours(quiet_hosts.windows)
    attacked = -model.estimator.score_samples(hosts.values[hosts.attack])
    assert np.median(attacked) > np.median(surprise)
    assert model.scale > 0


def test_the_same_seed_learns_the_same(quiet_hosts):
    first, again = (fit(quiet_hosts, seed=3, components=2) for _ in range(2))
    assert np.array_equal(
        first.score_samples(quiet_hosts.values), again.score_samples(quiet_hosts.values)
    )
