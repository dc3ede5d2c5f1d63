"""The event of a change in a stream's health, the same for all that is a source."""

from datetime import datetime

from hlaska.cameras import Camera
from hlaska.events import Event, Location, Scalar, event_id
from hlaska.microphones import Microphone
from hlaska.network.network import FlowFeed
from hlaska.tracks import StreamState

HEALTH_KINDS = {
    StreamState.HEALTHY: "health.restored",
    StreamState.STALLED: "health.degraded",
    StreamState.RECONNECTING: "health.degraded",
    StreamState.LOST: "health.down",
    StreamState.ENDED: "health.down",
}


def health_event(
    site: str,
    sensor: Camera | Microphone | FlowFeed,
    *,
    epoch: datetime,
    state: StreamState,
    reason: str,
    at: datetime,
    what: str = "",
) -> Event:
    """The event of a change in a stream's health.

    Args:
        site: The site's name.
        sensor: Whose stream it is.
        epoch: When the stream was opened.
        state: Its new state.
        reason: Why, for people.
        at: When it changed, UTC.
        what: What is wrong (or no longer wrong) with what it delivers, such as `clipping`; empty
            when it is about the connection.
    """
    kind = HEALTH_KINDS[state]
    location = None
    if not isinstance(sensor, FlowFeed):
        location = Location(lon=sensor.position.lon, lat=sensor.position.lat)
    attributes: dict[str, Scalar] = {"state": str(state), "reason": reason[:500]}
    if what:
        attributes["what"] = what
    return Event(
        id=event_id(
            site=site,
            source=sensor.id,
            kind=kind,
            place=what or state,
            started_at=at,
            epoch=epoch,
        ),
        site=site,
        source=sensor.id,
        kind=kind,
        observed_at=at,
        confidence=1.0,
        location=location,
        attributes=attributes,
    )
