import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from hlaska.errors import EventError
from hlaska.events import Event, Evidence, Location, ModelRef, event_id
from hlaska.kinds import ATTRIBUTES, KINDS

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PLAIN = {
    "id": "a1",
    "site": "pilsen",
    "source": "square-east",
    "kind": "video.intrusion",
    "observed_at": NOON,
    "confidence": 0.75,
    "attributes": {"object_class": "person"},
}

names = st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)*", fullmatch=True).filter(lambda n: len(n) <= 64)
moments = st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC))
scalars = (
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
)


OF_TYPE = {
    str: st.text(max_size=20),
    int: st.integers(0, 1000),
    float: st.floats(0, 1000) | st.integers(0, 9),
}


@st.composite
def events(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(sorted(KINDS.values(), key=lambda kind: kind.name)))
    extra = draw(st.dictionaries(st.text(min_size=1, max_size=20), scalars, max_size=3))
    return Event(
        id=draw(st.from_regex(r"[\x21-\x7e]{1,40}", fullmatch=True)),
        site=draw(names),
        source=draw(names),
        kind=kind.name,
        observed_at=draw(moments),
        received_at=draw(st.none() | moments),
        confidence=draw(st.floats(0, 1)),
        location=draw(
            st.none()
            | st.builds(
                Location,
                lon=st.floats(-180, 180),
                lat=st.floats(-90, 90),
                uncertainty_m=st.floats(0, 100_000),
            )
        ),
        zone=draw(st.none() | names),
        line=draw(st.none() | names),
        model=draw(st.none() | st.builds(ModelRef, name=names, version=st.just("3"))),
        evidence=draw(
            st.lists(
                st.builds(
                    Evidence,
                    uri=st.just("/evidence/1"),
                    media_type=st.just("image/jpeg"),
                    sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
                ),
                max_size=2,
            )
        ),
        attributes={n: v for n, v in extra.items() if n not in ATTRIBUTES}
        | {name: draw(OF_TYPE[ATTRIBUTES[name]]) for name in kind.attributes},
    )


@given(events())
def test_an_event_survives_the_wire(event):
    on_the_wire = json.dumps(event.to_cloudevent(), allow_nan=False)
    assert Event.from_cloudevent(json.loads(on_the_wire)) == event


@given(events())
def test_what_is_sent_satisfies_the_published_schema(event):
    schema = Event.model_json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(event.to_cloudevent()["data"])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_comes_is_an_event_or_an_event_error(envelope):
    with pytest.raises(EventError):
        Event.from_cloudevent(envelope)


@given(
    st.sampled_from(["specversion", "id", "source", "type", "data"]),
    st.none() | st.integers() | st.text() | st.lists(st.integers()),
)
def test_an_envelope_with_one_wrong_part_is_refused(key, junk):
    envelope = Event(**PLAIN).to_cloudevent()
    with pytest.raises(EventError):
        Event.from_cloudevent(envelope | {key: junk})


@pytest.mark.parametrize("key", ["specversion", "id", "source", "type", "data"])
def test_an_envelope_needs_all_that_cloudevents_require(key):
    envelope = Event(**PLAIN).to_cloudevent()
    del envelope[key]
    with pytest.raises(EventError, match=key):
        Event.from_cloudevent(envelope)


def test_an_error_names_the_field_inside_the_data():
    envelope = Event(**PLAIN).to_cloudevent()
    envelope["data"]["confidence"] = 1.5
    with pytest.raises(EventError, match=r"data\.confidence: .*less than or equal to 1"):
        Event.from_cloudevent(envelope)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"kind": "video.intrusio"}, "did you mean 'video.intrusion'", id="kind"),
        pytest.param(
            {"attributes": {"object_class": 3}}, "object_class is 3, wanted is str", id="type"
        ),
        pytest.param({"attributes": {}}, "needs the attributes object_class", id="attributes"),
        pytest.param({"observed_at": NOON.replace(tzinfo=None)}, "timezone", id="naive time"),
        pytest.param(
            {"observed_at": NOON.astimezone(timezone(timedelta(hours=2)))}, "UTC", id="local time"
        ),
        pytest.param({"confidence": float("nan")}, "finite", id="confidence"),
        pytest.param(
            {"attributes": {"object_class": "person", "x": float("inf")}}, "finite", id="infinite"
        ),
        pytest.param({"site": "Plzeň"}, "pattern", id="site"),
        pytest.param({"colour": "red"}, "Extra inputs", id="unknown field"),
        pytest.param({"id": "two words"}, "pattern", id="id"),
    ],
)
def test_an_event_refuses(change, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Event(**(PLAIN | change))


def test_an_event_cannot_change():
    with pytest.raises(ValidationError, match="frozen"):
        Event(**PLAIN).confidence = 1.0  # type: ignore[misc]


@pytest.mark.parametrize("value", [True, 1, 1.0, "1", "true"], ids=repr)
def test_an_attribute_keeps_its_type(value):
    event = Event(**(PLAIN | {"attributes": {"object_class": "person", "x": value}}))
    back = Event.from_cloudevent(json.loads(json.dumps(event.to_cloudevent())))
    assert (type(back.attributes["x"]), back.attributes["x"]) == (type(value), value)


FACTS = {
    "site": "pilsen",
    "source": "square-east",
    "kind": "mobility.count",
    "started_at": NOON,
    "epoch": NOON - timedelta(hours=1),
    "place": "west-path",
    "object_class": "person",
    "direction": "west",
}
OTHER = {
    "site": "bilbao",
    "source": "square-west",
    "kind": "video.loitering",
    "started_at": NOON + timedelta(microseconds=1),
    "epoch": NOON,
    "place": "north-east-road",
    "object_class": "car",
    "direction": "east",
}


def test_the_same_facts_give_the_same_identity_everywhere():
    # By hand: printf 'pilsen\x1fsquare-east\x1f…' | sha256sum | head -c 32
    assert event_id(**FACTS) == "78931927cfc618aca7c362140700b0a6"


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_another_fact_gives_another_identity(fact):
    assert event_id(**(FACTS | {fact: OTHER[fact]})) != event_id(**FACTS)


@given(st.integers(-23, 23))
def test_the_clock_face_does_not_change_the_identity(hours):
    there = timezone(timedelta(hours=hours))
    moved = FACTS | {name: FACTS[name].astimezone(there) for name in ("started_at", "epoch")}
    assert event_id(**moved) == event_id(**FACTS)


@pytest.mark.parametrize("fact", ["started_at", "epoch"])
def test_a_time_without_zone_has_no_identity(fact):
    with pytest.raises(EventError, match="aware"):
        event_id(**(FACTS | {fact: NOON.replace(tzinfo=None)}))
