from datetime import UTC, datetime

import numpy as np
import pytest

from hlaska.results import ReportKind
from training.learning.drift import LEAST, compare, report_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def sample(seed, *, brightness=120.0, tracks=4.0, looks=60, sensors=10):
    rng = np.random.default_rng(seed)
    return {
        f"camera-{n}": {
            "brightness": rng.normal(brightness if n == 0 else 120.0, 10, looks),
            "tracks": rng.poisson(tracks, looks),
        }
        for n in range(sensors)
    }


def test_a_street_as_it_was_does_not_drift():
    drifted = [
        one
        for seed in range(20)
        for one in compare(sample(seed), sample(seed + 100))
        if one.drifted
    ]
    assert drifted == []


def test_a_camera_that_went_dark_is_found_and_only_that():
    found = compare(sample(1), sample(2, brightness=80))
    assert [(one.sensor, one.figure) for one in found if one.drifted] == [
        ("camera-0", "brightness")
    ]
    report = report_of(found, "testville", "camera-0", since=NOON, at=NOON)
    assert report.kind is ReportKind.DRIFT and report.passed is False
    assert report.summary.startswith("has drifted: brightness 12")
    assert report.tables[0].rows[0]["what"] == "brightness"


def test_a_sensor_that_is_as_it_was_passes():
    found = compare(sample(1), sample(2))
    assert report_of(found, "testville", "camera-3", since=NOON, at=NOON).passed is True


@pytest.mark.parametrize("looks", [0, LEAST - 1])
def test_of_too_few_looks_nothing_is_known(looks):
    found = compare(sample(1), sample(2, brightness=10, looks=looks))
    assert not any(one.drifted for one in found)
    report = report_of(found, "testville", "camera-0", since=NOON, at=NOON)
    assert report.passed is None and "not known" in report.summary


def test_a_sensor_that_only_one_sample_has_is_left_out():
    assert {one.sensor for one in compare(sample(1, sensors=2), sample(2, sensors=1))} == {
        "camera-0"
    }


def test_what_is_no_number_is_left_out():
    now = sample(2)
    now["camera-0"]["brightness"] = np.full(60, np.nan)
    (one,) = (
        o for o in compare(sample(1), now) if (o.sensor, o.figure) == ("camera-0", "brightness")
    )
    assert one.p is None and not one.drifted
