"""What the gateway sends and takes besides events: the records of its live stream and answers."""

import json
from base64 import b64encode
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Base64Bytes, Field

from hlaska.errors import EventError
from hlaska.events import Event, StoredEvent
from hlaska.records import Name, Record
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
    line: Name
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


class NewEvent(Record):
    """An event that has just been committed to the journal."""

    type: Literal["event"] = "event"
    seq: int
    event: Event

    @classmethod
    def of(cls, stored: StoredEvent) -> "NewEvent":
        """The message about a stored event."""
        return cls(seq=stored.seq, event=stored.event)


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


class Lost(Record):
    """Made by the client: the gateway cannot be reached; it keeps trying."""

    type: Literal["lost"] = "lost"
    reason: str


Message = Hello | NewEvent | NewStatus | NewPicture | Lost


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
