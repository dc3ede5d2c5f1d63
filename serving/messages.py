"""What the gateway sends and takes besides events: the records of its live stream and answers."""

import json
from base64 import b64encode
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Base64Bytes, Field

from hlaska.alerts.actions import Order
from hlaska.alerts.alert import Alert, Person
from hlaska.alerts.silences import Silence, SilenceAction
from hlaska.errors import EventError
from hlaska.events import Event
from hlaska.records import Name, Record
from hlaska.threat.levels import Threats
from hlaska.tracks import StreamStatus


class Receipt(Record):
    """What became of events that were sent."""

    stored: int = Field(ge=0, description="New in the journal.")
    duplicates: int = Field(ge=0, description="Already there; nothing changed.")


class Health(Record):
    """How the gateway does."""

    status: Literal["ok", "degraded"]
    reason: str = Field(default="", description="What is degraded.")
    version: str = Field(description="Of Hlaska.")
    last_seq: int = Field(ge=0, description="Number of the newest event in the journal.")
    streams: int = Field(ge=0, description="Streams that have reported lately.")
    subscribers: int = Field(ge=0, description="Open live streams.")


class CountBin(Record):
    """How many crossed a line one way in one interval."""

    source: Name
    line: Name | Literal[""] = Field(description="Empty: counted without a line.")
    object_class: str
    direction: str
    start: AwareDatetime
    count: int = Field(ge=0)


class CountTable(Record):
    """Crossings per interval; empty intervals are left out."""

    up_to_seq: int = Field(description="The newest event that is in it; later ones add.")
    bins: tuple[CountBin, ...]


class Hello(Record):
    """The first message of a live stream."""

    type: Literal["hello"] = "hello"
    version: str
    last_seq: int
    last_rev: int = Field(default=0, ge=0, description="Of the newest change of an alert.")


class NewEvent(Record):
    """An event that has just been committed to the journal."""

    type: Literal["event"] = "event"
    seq: int
    event: Event

    @staticmethod
    def text(seq: int, body: str) -> str:
        """The message about an event whose JSON lies in the journal: it is not read anew."""
        return f'{{"type":"event","seq":{seq},"event":{body}}}'


class NewStatus(Record):
    """How a stream does, about twice a second."""

    type: Literal["status"] = "status"
    status: StreamStatus


class NewPicture(Record):
    """The newest annotated picture of a camera."""

    type: Literal["picture"] = "picture"
    site: Name
    source: Name
    captured_at: AwareDatetime
    jpeg: Base64Bytes = Field(description="Base64 on the wire, bytes here.")

    @classmethod
    def of(cls, site: str, source: str, captured_at: datetime, jpeg: bytes) -> "NewPicture":
        """The message about a picture."""
        return cls(site=site, source=source, captured_at=captured_at, jpeg=b64encode(jpeg))


class NewThreats(Record):
    """The levels of a site, when they changed, and every few seconds."""

    type: Literal["threats"] = "threats"
    threats: Threats


class NewAlert(Record):
    """An alert that is new or has changed; changes between two messages are told as one."""

    type: Literal["alert"] = "alert"
    rev: int = Field(ge=1, description="Later changes, of any alert, have greater numbers.")
    alert: Alert


class NewSilences(Record):
    """All silences of a site that hide something now, or wait for a second person."""

    type: Literal["silences"] = "silences"
    site: Name
    silences: tuple[Silence, ...]


class Orders(Record):
    """What one person orders about some alerts: all of it is done, or nothing."""

    by: Person
    orders: tuple[Order, ...] = Field(min_length=1, max_length=200)


class SilenceOrder(Record):
    """What one person orders about a silence."""

    by: Person
    action: SilenceAction


class Lost(Record):
    """Made by the client: the gateway cannot be reached; it keeps trying."""

    type: Literal["lost"] = "lost"
    reason: str


Message = Hello | NewEvent | NewStatus | NewPicture | NewThreats | NewAlert | NewSilences | Lost


def items_in(body: bytes) -> list[Any]:
    """What somebody sent: the elements of a JSON list, or the one value that came instead.

    Raises:
        EventError: it is no JSON.
    """
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise EventError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise EventError("not JSON that anyone means: nested without end") from error
    return parsed if isinstance(parsed, list) else [parsed]
