"""The one message everything exchanges, and its CloudEvents 1.0 envelope.

An `Event` never changes. Its `id` follows from what happened, where and when (`event_id`), so that
sending it twice stores it once. On the wire it is structured-mode CloudEvents JSON
(https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md): a foreign detector that can
send that needs nothing else.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, StrictBool, StrictInt, ValidationError, model_validator

from hlaska.errors import EventError
from hlaska.kinds import ATTRIBUTES, kind_of
from hlaska.records import Name, Record

CLOUDEVENTS_VERSION = "1.0"
CLOUDEVENTS_MEDIA_TYPE = "application/cloudevents+json"
TYPE_PREFIX = "city.hlaska."
MOST_LETTERS = 500
"""Of a text in an attribute."""

Scalar = StrictBool | StrictInt | float | Annotated[str, Field(max_length=MOST_LETTERS)]


def _in_utc(moment: datetime | None) -> bool:
    return moment is None or moment.utcoffset() == timedelta(0)


class Ellipse(Record):
    """An area around a place that holds the truth in 9 of 10 cases."""

    semi_major_m: float = Field(gt=0, le=100_000)
    semi_minor_m: float = Field(gt=0, le=100_000)
    bearing_deg: float = Field(ge=0, lt=180, description="Of the major axis, from north.")


class Location(Record):
    """A place on Earth (WGS 84) and how far off it may be."""

    lon: float = Field(ge=-180, le=180, description="Longitude, degrees east.")
    lat: float = Field(ge=-90, le=90, description="Latitude, degrees north.")
    uncertainty_m: float = Field(
        default=0.0, ge=0, le=100_000, description="Radius that holds the truth in 9 of 10 cases."
    )
    ellipse: Ellipse | None = Field(
        default=None, description="The same more closely, where directions differ."
    )


class Evidence(Record):
    """Something to look at or listen to, addressed by what it contains."""

    uri: str = Field(max_length=500, description="Where the gateway serves it.")
    media_type: str = Field(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ModelRef(Record):
    """The exact model that gave the scores behind an event."""

    name: Name
    version: str = Field(min_length=1, max_length=100)


class Event(Record):
    """Something observed by one source at one time."""

    id: str = Field(pattern=r"^[\x21-\x7e]+$", max_length=200, description="See `event_id`.")
    site: Name
    source: Name = Field(description="The sensor.")
    kind: str = Field(description="`domain.thing`, one of `hlaska.kinds.KINDS`.")
    observed_at: AwareDatetime = Field(description="When it happened, UTC.")
    received_at: AwareDatetime | None = Field(
        default=None, description="When the gateway took it, UTC; absent before."
    )
    confidence: float = Field(ge=0, le=1, description="Calibrated probability that it is true.")
    location: Location | None = None
    zone: Name | None = None
    line: Name | None = None
    track_id: str | None = Field(default=None, max_length=100)
    model: ModelRef | None = None
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=10)
    attributes: dict[str, Scalar] = Field(default_factory=dict, max_length=20)

    @model_validator(mode="after")
    def _agrees_with_its_kind(self) -> Self:
        try:
            kind = kind_of(self.kind)
        except EventError as error:
            raise ValueError(str(error)) from None
        missing = [name for name in kind.attributes if name not in self.attributes]
        if missing:
            raise ValueError(f"{self.kind} needs the attributes {', '.join(missing)}")
        for name, value in self.attributes.items():
            wanted = ATTRIBUTES.get(name, object)
            # A whole number is a number too, but True is none.
            fits = isinstance(value, (float, int) if wanted is float else wanted)
            if not fits or (wanted in (int, float) and isinstance(value, bool)):
                raise ValueError(f"attribute {name} is {value!r}, wanted is {wanted.__name__}")
        if not (_in_utc(self.observed_at) and _in_utc(self.received_at)):
            raise ValueError("times must be in UTC (offset +00:00)")
        return self

    def to_cloudevent(self) -> dict[str, Any]:
        """The event in its CloudEvents 1.0 envelope, ready for JSON."""
        return {
            "specversion": CLOUDEVENTS_VERSION,
            **self._named(),
            "time": self.observed_at.isoformat(),
            "datacontenttype": "application/json",
            "data": self.model_dump(mode="json", exclude_none=True),
        }

    def _named(self) -> dict[str, str]:
        """What the envelope repeats of the event."""
        return {
            "id": self.id,
            "source": f"/sites/{self.site}/sources/{self.source}",
            "type": TYPE_PREFIX + self.kind,
        }

    @classmethod
    def from_cloudevent(cls, envelope: Any) -> "Event":  # noqa: ANN401 - whatever JSON came
        """Read an event out of its envelope; when it happened is read from the data alone.

        Raises:
            EventError: the envelope or the event is not valid, or the two contradict each other.
        """
        if not isinstance(envelope, dict):
            raise EventError(f"a {type(envelope).__name__} came; send one CloudEvents JSON object")
        if envelope.get("specversion") != CLOUDEVENTS_VERSION:
            raise EventError(
                f"specversion is {envelope.get('specversion')!r}; send CloudEvents "
                f"{CLOUDEVENTS_VERSION} ({CLOUDEVENTS_MEDIA_TYPE})"
            )
        data = envelope.get("data")
        if not isinstance(data, dict):
            raise EventError("the envelope has no `data` object; put the event's fields there")
        try:
            event = cls.model_validate(data)
        except ValidationError as error:
            raise EventError(
                "; ".join(
                    f"data.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
                )
            ) from error
        for key, mine in event._named().items():
            if envelope.get(key) != mine:
                raise EventError(
                    f"the envelope says {key}={envelope.get(key)!r}, its data {mine!r}; "
                    "make them agree"
                )
        return event


class StoredEvent(Record):
    """An event as the journal keeps it."""

    seq: int = Field(ge=1, description="Its place in the journal: later ones have greater numbers.")
    event: Event


def event_id(
    *,
    site: str,
    source: str,
    kind: str,
    started_at: datetime,
    epoch: datetime,
    place: str = "",
    object_class: str = "",
    direction: str = "",
) -> str:
    """The identity of an activity: the same facts give the same id, on any machine.

    Args:
        site: The site.
        source: The sensor.
        kind: The event kind.
        started_at: When the activity began, aware.
        epoch: When the source's stream was opened, aware: a clip replayed tomorrow is new.
        place: Zone or line, so that two lines counting in one second stay two events.
        object_class: What was seen.
        direction: Which way it went.

    Returns:
        32 hexadecimal digits, the head of a SHA-256.

    Raises:
        EventError: a time is not aware: it would mean another moment on another machine.
    """
    for name, moment in (("started_at", started_at), ("epoch", epoch)):
        if moment.utcoffset() is None:
            raise EventError(f"{name}={moment.isoformat()} is not aware; give it a time zone")
    facts = (
        site,
        source,
        kind,
        place,
        object_class,
        direction,
        started_at.astimezone(UTC).isoformat(),
        epoch.astimezone(UTC).isoformat(),
    )
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:32]


def as_attribute(words: Iterable[str]) -> str:
    """As many of the words as fit into an attribute, with spaces between."""
    text = ""
    for word in words:
        longer = f"{text} {word}" if text else word
        if len(longer) > MOST_LETTERS:
            break
        text = longer
    return text
