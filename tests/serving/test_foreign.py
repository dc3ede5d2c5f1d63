"""From another maker's alert to an event: whatever comes, an event or a reason why not."""

import math
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hlaska.errors import EventError
from hlaska.events import Event
from hlaska.sites import Site
from serving.foreign import to_event

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DETECTOR: dict[str, Any] = {
    "id": "ears",
    "name": "Ears",
    "vendor": "Acme",
    "position": {"lon": 13.0, "lat": 49.0},
    "devices": [{"id": "box-7", "position": {"lon": 13.001, "lat": 49.002}}],
    "range_m": 150,
    "mapping": {
        "word": "alerts.0.type",
        "kinds": {
            "GUN_SHOT": "audio.gunshot",
            "GAS_NH3": "gas.exceedance",
            "BATTERY": "health.degraded",
            "17": "audio.scream",
        },
        "time": "at",
        "confidence": "percent",
        "confidence_scale": 100,
        "device": "box.name",
        "lon": "box.lon",
        "lat": "box.lat",
        "message_id": "id",
    },
}
ALERT: dict[str, Any] = {
    "id": "a-1",
    "at": "2026-05-01T12:00:00Z",
    "percent": 87,
    "alerts": [{"type": "GUN_SHOT"}],
    "box": {"name": "box-7", "lon": 13.0005, "lat": 49.0005},
}


def site_of(**mapping: Any) -> Site:
    """The site, with some of the mapping put otherwise; None leaves a key out."""
    detector = deepcopy(DETECTOR)
    detector["mapping"] = {
        key: value for key, value in (detector["mapping"] | mapping).items() if value is not None
    }
    return Site.model_validate(
        {
            "id": "testville",
            "name": "Testville",
            "centre": {"lon": 13.0, "lat": 49.0},
            "time_zone": "Europe/Prague",
            "sources": ["made up for a test"],
            "detectors": [detector],
        }
    )


def changed(path: str, value: Any) -> dict[str, Any]:
    """The alert with one value put otherwise; None takes the key out."""
    alert = deepcopy(ALERT)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner: Any = alert
    for step in steps:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return alert


def read(payload: Any, received_at: datetime = NOON, *, site: Site | None = None, **more) -> Event:
    site = site or site_of()
    return to_event(site.detector("ears"), site, payload, received_at, **more)


def test_everything_that_the_mapping_names_is_in_the_event():
    event = read(ALERT, NOON + timedelta(seconds=2))
    assert (event.site, event.source, event.kind) == ("testville", "ears", "audio.gunshot")
    assert (event.observed_at, event.confidence) == (NOON, 0.87)
    assert event.location.model_dump() == {
        "lon": 13.0005,
        "lat": 49.0005,
        "uncertainty_m": 25.0,
        "ellipse": None,
    }
    assert event.attributes == {"vendor": "Acme", "what": "GUN_SHOT", "device": "box-7"}


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("iso", "2026-05-01T14:00:00.250+02:00"),
        ("unix-s", 1777636800.25),
        ("unix-s", "1777636800.25"),
        ("unix-ms", 1777636800250),
    ],
)
def test_a_time_may_be_written_in_three_ways(form, value):
    event = read(changed("at", value), site=site_of(time_format=form))
    assert event.observed_at == NOON + timedelta(seconds=0.25)


def test_a_word_may_be_a_number_and_a_gas_is_an_event_too():
    assert read(changed("alerts.0.type", 17)).kind == "audio.scream"
    assert read(changed("alerts.0.type", "GAS_NH3")).kind == "gas.exceedance"


def test_a_kind_with_a_state_takes_the_detectors_own_word_for_it():
    event = read(changed("alerts.0.type", "BATTERY"))
    assert (event.kind, event.attributes["state"]) == ("health.degraded", "BATTERY")


@pytest.mark.parametrize(
    ("alert", "place", "within_m", "reason"),
    [
        pytest.param(
            changed("box.lon", None),
            (13.001, 49.002),
            150,
            "box.lon (mapping.lon) is null",
            id="half",
        ),
        pytest.param(
            ALERT | {"box": {"name": "box-7"}}, (13.001, 49.002), 150, None, id="no place"
        ),
        pytest.param(
            ALERT | {"box": {"name": "box-8"}}, (13.0, 49.0), 150, "its device 'box-8'", id="device"
        ),
        pytest.param(ALERT | {"box": {}}, (13.0, 49.0), 150, None, id="neither"),
        pytest.param(
            ALERT | {"box": {"name": "box-7", "lon": 0, "lat": 0}},
            (13.001, 49.002),
            150,
            "km from the centre of the site",
            id="no fix",
        ),
        pytest.param(
            ALERT | {"box": {"name": "box-7", "lon": 1e308, "lat": -1e308}},
            (13.001, 49.002),
            150,
            "not on Earth",
            id="huge",
        ),
        pytest.param(
            ALERT | {"box": {"name": "box-7", "lon": math.nan, "lat": 49}},
            (13.001, 49.002),
            150,
            "wanted is a finite number",
            id="NaN",
        ),
    ],
)
def test_a_place_that_cannot_be_believed_costs_no_alert(alert, place, within_m, reason):
    event = read(alert)
    assert (event.location.lon, event.location.lat) == place
    assert event.location.uncertainty_m == within_m
    said = event.attributes.get("reason")
    if reason is None:
        assert said is None
    else:
        assert reason in said


def test_an_alert_from_nowhere_is_an_event_without_a_place():
    site = site_of()
    homeless = site.detector("ears").model_copy(update={"position": None})
    for box, reason in (({}, "names no device"), ({"name": "box-8"}, "its device 'box-8'")):
        event = to_event(homeless, site, ALERT | {"box": box}, NOON)
        assert event.location is None
        assert reason in event.attributes["reason"]


@pytest.mark.parametrize(
    ("alert", "complaint"),
    [
        pytest.param(None, "null came; send one JSON object", id="null"),
        pytest.param([ALERT], "a list of 1 came", id="a list"),
        pytest.param("gunshot", "'gunshot' came", id="a text"),
        pytest.param({}, r"nothing stands at alerts.0.type \(mapping.word\)", id="empty"),
        pytest.param(changed("alerts.0.type", None), "nothing stands at alerts.0.type", id="word"),
        pytest.param(ALERT | {"alerts": []}, "nothing stands at alerts.0.type", id="no alerts"),
        pytest.param(changed("alerts.0.type", "MEOW"), "'MEOW', a word that mapping", id="unknown"),
        pytest.param(
            changed("alerts.0.type", [["GUN_SHOT"]]), "is a list of 1; wanted", id="lists"
        ),
        pytest.param(changed("alerts.0.type", True), "is true; wanted is a text", id="true"),
        pytest.param(changed("alerts.0.type", 10**400), "is a huge number", id="a huge word"),
        pytest.param(changed("at", None), r"nothing stands at at \(mapping.time\)", id="no time"),
        pytest.param(changed("at", "2026-05-01T12:00:00"), "with its offset", id="no offset"),
        pytest.param(changed("at", "noon"), "'noon'; wanted is a time such as", id="noon"),
        pytest.param(changed("at", 5), "is 5; wanted is a time such as", id="a number for a time"),
        pytest.param(changed("at", "9999-12-31T23:59:59-23:00"), "wanted is a time", id="9999"),
        pytest.param(changed("percent", None), r"nothing stands at percent", id="no confidence"),
        pytest.param(changed("percent", 101), "0 to 100; set mapping.confidence_scale", id="101 %"),
        pytest.param(changed("percent", -1), "is -1; wanted is 0 to 100", id="-1 %"),
        pytest.param(changed("percent", math.nan), "is NaN; wanted is a finite", id="NaN"),
        pytest.param(changed("percent", math.inf), "is Infinity; wanted is a finite", id="inf"),
        pytest.param(
            changed("percent", 10**400), "is a huge number; wanted is a finite", id="10^400"
        ),
        pytest.param(changed("percent", "9" * 5000), "wanted is a finite number", id="long digits"),
        pytest.param(changed("percent", {"value": 1}), "is an object; wanted", id="an object"),
        pytest.param(changed("id", [1]), r"id \(mapping.message_id\) is a list of 1", id="id list"),
        pytest.param(
            {"specversion": "0.3"}, "specversion is '0.3'; send CloudEvents 1.0", id="0.3"
        ),
        pytest.param(
            {"specversion": "1.0", "data": "x"}, "data is 'x'; send a JSON", id="text data"
        ),
        pytest.param({"specversion": "1.0", "data_base64": "e30="}, "data is base64", id="base64"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_path(alert, complaint):
    with pytest.raises(EventError, match=complaint):
        read(alert)


@pytest.mark.parametrize("form", ["unix-s", "unix-ms"])
@pytest.mark.parametrize("value", [1e300, -1e300, math.nan, "soon", 10**400, True])
def test_a_time_in_seconds_that_is_none_is_told(form, value):
    with pytest.raises(EventError, match=r"at \(mapping.time\)"):
        read(changed("at", value), site=site_of(time_format=form))


def test_a_clock_ten_minutes_off_is_told_and_reception_counts():
    event = read(ALERT, NOON + timedelta(minutes=10))
    assert event.observed_at == NOON + timedelta(minutes=10)
    assert event.attributes["clock_off_s"] == -600
    fast = read(ALERT, NOON - timedelta(minutes=10))
    assert fast.attributes["clock_off_s"] == 600


def test_a_delay_up_to_the_bound_is_no_wrong_clock():
    for off_s in (-30, 30):
        event = read(ALERT, NOON + timedelta(seconds=off_s))
        assert (event.observed_at, "clock_off_s" in event.attributes) == (NOON, False)
        assert "clock_off_s" in read(ALERT, NOON + timedelta(seconds=off_s * 1.01)).attributes


def test_an_alert_that_may_have_waited_is_believed_its_time_but_not_one_from_the_future():
    later = NOON + timedelta(hours=2)
    assert read(ALERT, later, waited_since=NOON).observed_at == NOON
    assert "clock_off_s" in read(ALERT, later, waited_since=NOON + timedelta(hours=1)).attributes
    early = NOON - timedelta(hours=1)
    assert "clock_off_s" in read(ALERT, early, waited_since=early - timedelta(hours=9)).attributes


def test_a_repeat_has_the_same_id_whenever_it_comes_and_another_alert_has_not():
    one = read(ALERT).id
    assert read(ALERT, NOON + timedelta(hours=3)).id == one
    assert read(changed("percent", 12)).id == one
    assert read(changed("id", "a-2")).id != one
    assert read(changed("alerts.0.type", "GAS_NH3")).id != one
    assert read(changed("box.name", "box-8")).id != one


def test_without_a_message_id_the_own_time_tells_repeats():
    for site, alert in ((site_of(message_id=None), ALERT), (site_of(), changed("id", None))):
        one = read(alert, site=site).id
        assert read(alert, NOON + timedelta(hours=3), site=site).id == one
        later = alert | {"at": "2026-05-01T12:00:01Z"}
        assert read(later, site=site).id != one
        assert read(ALERT).id != one


def test_without_a_time_the_message_id_is_needed_and_reception_counts():
    site = site_of(time=None)
    assert read(ALERT, site=site).observed_at == NOON
    with pytest.raises(EventError, match=r"nothing stands at id \(mapping.message_id\)"):
        read(changed("id", None), site=site)


def test_what_a_cloudevent_says_in_its_envelope_can_be_mapped():
    site = site_of(word="cloudevent.type", time="cloudevent.time", message_id="cloudevent.id")
    envelope = {
        "specversion": "1.0",
        "id": "c-1",
        "source": "acme/box-7",
        "type": "GUN_SHOT",
        "time": "2026-05-01T12:00:00Z",
    }
    event = read(envelope | {"data": {"percent": 50}}, site=site)
    assert (event.kind, event.observed_at, event.confidence) == ("audio.gunshot", NOON, 0.5)
    assert read(envelope | {"data": {"percent": 60}}, site=site).id == event.id


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 100_000, id="long"),
        pytest.param("\ud800\udfff", id="half characters"),
        pytest.param("\x00\x1b[2J\u202e\n", id="control characters"),
        pytest.param("<script>alert(1)</script>", id="HTML"),
    ],
)
def test_a_hostile_text_is_kept_as_a_bounded_text(text):
    event = read(changed("box.name", text))
    kept = event.attributes["device"]
    assert len(kept) <= 100 and kept.isprintable()
    assert Event.model_validate_json(event.model_dump_json()) == event
    with pytest.raises(EventError) as caught:
        read(changed("alerts.0.type", text))
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "at", "percent", "alerts", "type", "box", "name", "lon", "lat"])
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
VALUES = JSON | st.sampled_from(
    ["GUN_SHOT", "17", 17, 1e308, -1e308, 10**30, "1e999", "2026-05-01T12:00:00Z", "NaN", "\ud800"]
)


@settings(max_examples=500)
@given(JSON)
def test_any_json_is_an_event_or_told(payload):
    holds(payload)


@settings(max_examples=500)
@given(st.sampled_from(["id", "at", "percent", "alerts", "alerts.0.type", "box"]), VALUES)
def test_any_value_in_a_good_alert_is_an_event_or_told(path, value):
    holds(changed(path, value))


@settings(max_examples=300)
@given(VALUES, VALUES, VALUES)
def test_any_device_and_place_in_a_good_alert_is_an_event_or_told(name, lon, lat):
    holds(ALERT | {"box": {"name": name, "lon": lon, "lat": lat}})


def holds(payload: Any) -> None:
    for form in ("iso", "unix-ms"):
        try:
            event = read(payload, site=site_of(time_format=form))
        except EventError as error:
            assert 0 < len(str(error)) < 1000
            str(error).encode()
        else:
            assert Event.model_validate_json(event.model_dump_json()) == event
