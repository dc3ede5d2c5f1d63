from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.events import Event
from hlaska.rules.picture_health import PictureHealth, PictureHealthArgs, PictureNumbers

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
WELL = PictureNumbers(
    captured_at=START,
    brightness=110,
    contrast=24,
    usual_contrast=25,
    sharpness=1,
    likeness=0.9,
    shift=0,
    steadiness=0.95,
    change=1.5,
)
COVERED = {"contrast": 0.5, "likeness": 0.0, "sharpness": 0.1}
BLACK = {**COVERED, "brightness": 3}
BLURRED = {"sharpness": 0.1}
TURNED = {"shift": 0.2, "likeness": 0.5}
STRANGE = {"likeness": 0.0}
FROZEN = {"change": 0.0}
LOOPED = {"loop_period_s": 20.04, "loop_likeness": 0.9}


def at(seconds):
    return START + timedelta(seconds=seconds)


def run(*stretches, step_s=0.5, **options):
    """Findings over stretches of (seconds, what is not well)."""
    health, now, found = PictureHealth(PictureHealthArgs(**options)), 0.0, []
    for seconds, what in stretches:
        for _ in range(round(seconds / step_s)):
            found += health.update(replace(WELL, captured_at=at(now), **what))
            now += step_s
    return found


@pytest.mark.parametrize(
    ("what", "kind", "attributes", "sure_s"),
    [
        pytest.param(COVERED, "video.tampering", {"what": "covered"}, 5, id="covered"),
        pytest.param(BLACK, "video.tampering", {"what": "black"}, 5, id="black"),
        pytest.param(BLURRED, "video.tampering", {"what": "defocused"}, 5, id="blurred"),
        pytest.param(TURNED, "video.tampering", {"what": "moved"}, 5, id="turned"),
        pytest.param(STRANGE, "video.tampering", {"what": "moved"}, 20, id="another view"),
        pytest.param(FROZEN, "video.frozen", {"still_s": 10.0}, 10, id="frozen"),
        pytest.param(LOOPED, "video.looped", {"period_s": 20.0}, 3, id="looped"),
    ],
)
def test_each_fault_is_found_once_and_again_after_it_was_well(what, kind, attributes, sure_s):
    first, second = run((30, {}), (60, what), (30, {}), (60, what))
    for found, began in ((first, 30), (second, 120)):
        assert found.kind == kind
        assert found.attributes == attributes
        assert abs((found.started_at - at(began)).total_seconds()) <= 0.5
        assert abs((found.observed_at - found.started_at).total_seconds() - sure_s) <= 0.5
        Event(
            id="x",
            site="s",
            source="c",
            kind=kind,
            observed_at=found.observed_at,
            confidence=found.confidence,
            attributes=found.attributes,
        )


@pytest.mark.parametrize(
    "what",
    [
        pytest.param({}, id="well"),
        pytest.param({"contrast": 1.5, "usual_contrast": 1.6, "brightness": 5}, id="night"),
        pytest.param({"contrast": 2, "likeness": 0.8, "brightness": 8}, id="the lights went out"),
        pytest.param({"likeness": 0.4}, id="half hidden"),
        pytest.param({"likeness": 0.0, "steadiness": 0.1}, id="a moving crowd fills it"),
        pytest.param({"shift": 0.02}, id="wind"),
        pytest.param({"sharpness": 0.5}, id="fog"),
        pytest.param({"change": 0.05}, id="still, but compressed"),
        pytest.param({"loop_period_s": 7, "loop_likeness": 0.5}, id="a swinging sign"),
    ],
)
def test_what_is_merely_unusual_is_no_fault(what):
    assert run((30, {}), (300, what)) == []


@pytest.mark.parametrize("what", [COVERED, BLURRED, TURNED, LOOPED])
def test_what_passes_soon_is_no_fault(what):
    assert run(*[(30, {}), (2, what)] * 5) == []


def test_a_fault_that_flickers_is_one():
    assert len(run((30, {}), *[(4, BLURRED), (1, {})] * 30)) == 1


def test_a_lorry_that_stops_before_the_lens_and_drives_on_is_no_fault():
    assert run((30, {}), (15, STRANGE), (30, {})) == []


def test_a_covered_lens_is_not_blurred_turned_and_frozen_as_well():
    everything = {**COVERED, **FROZEN, "shift": 0.3}
    assert [f.attributes for f in run((30, {}), (100, everything))] == [{"what": "covered"}]


def test_a_view_found_turned_is_not_found_strange_as_well():
    assert len(run((30, {}), (10, TURNED), (100, STRANGE), (10, TURNED))) == 1


def test_a_turned_camera_that_is_then_covered_is_two_faults():
    found = run((30, {}), (30, TURNED), (30, COVERED))
    assert [f.attributes["what"] for f in found] == ["moved", "covered"]


def test_showing_each_picture_several_times_is_not_frozen():
    assert run(*[(0.5, {}), (1.5, FROZEN)] * 60) == []


def test_a_fade_too_slow_for_a_single_picture_is_not_frozen():
    assert run((120, {"change": 0.004})) == []


def test_a_frozen_picture_that_shows_a_rest_of_change_is_frozen():
    assert len(run((120, {"change": 0.0005}))) == 1


def test_nothing_is_learned_while_a_view_is_suspect_until_it_is_accepted():
    health = PictureHealth(PictureHealthArgs(accept_s=60))

    def show(second, what):
        health.update(replace(WELL, captured_at=at(second), **what))
        return health.learns

    assert show(0, {})
    assert not show(1, TURNED)
    assert [show(second, TURNED) for second in range(2, 61)] == [False] * 59
    assert show(62, TURNED)
    assert show(63, {}) and show(70, {})
    assert not show(71, TURNED)


numbers = st.builds(
    dict,
    contrast=st.floats(0, 30),
    sharpness=st.floats(0, 2),
    likeness=st.floats(-1, 1),
    shift=st.floats(0, 1),
    steadiness=st.floats(-1, 1),
    change=st.sampled_from([0.0, 0.001, 2.0]),
    brightness=st.floats(0, 255),
    loop_period_s=st.none() | st.floats(2, 60),
    loop_likeness=st.floats(0, 1),
)


@given(st.lists(st.tuples(numbers, st.integers(1, 40)), max_size=12))
def test_no_two_findings_of_a_kind_have_the_same_start(stretches):
    found = run(*((steps / 2, what) for what, steps in stretches))
    identities = [(f.kind, f.started_at) for f in found]
    assert len(identities) == len(set(identities))
    assert all(f.started_at <= f.observed_at and 0 <= f.confidence <= 1 for f in found)


@pytest.mark.parametrize(
    "options", [{"frozen_s": 0}, {"loop_likeness": 2}, {"quiet_s": -1}, {"unknown": 1}]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        PictureHealthArgs(**options)
