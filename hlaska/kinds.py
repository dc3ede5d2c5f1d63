"""The one registry of event kinds. A new kind is one entry of `KINDS`."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from hlaska.errors import EventError, unknown
from hlaska.records import Record

ATTRIBUTES: Mapping[str, type[str | float | int]] = MappingProxyType(
    {
        "asset": str,  # of the network, by its id in the site file
        "because": str,  # ids of the events that a finding was put together from, spaces between
        "bytes": int,
        "carries": str,  # the sensor behind an asset
        "clock_off_s": float,  # how far a foreign detector's clock is from ours
        "count": int,  # crossings of a line; shots of a volley
        "device": str,  # of a foreign detector
        "direction": str,
        "dwell_s": float,
        "flows": int,
        "heard_by": str,  # ids of the events that a position was found from, spaces between
        "host": str,  # the address that a finding is about
        "hosts": int,
        "limit": float,
        "measured": float,
        "members": int,
        "microphones": int,  # that agree on a position
        "object_class": str,
        "onsets_s": str,  # when each shot arrived, seconds after `observed_at`, spaces between
        "peak_dbfs": float,
        "people": int,
        "peer": str,  # the other address that a finding is about
        "people_per_m2": float,
        "period_s": float,
        "ports": int,
        "reason": str,
        "redacted_s": float,  # speech taken out of the evidence
        "state": str,
        "service": str,
        "still_s": float,
        "usual": float,
        "vendor": str,  # of a foreign detector
        "what": str,
        "windows_agreed": int,
        "windows_asked": int,
        "words": str,  # a finding on the network, for a dispatcher
    }
)
"""What the attributes that rules and streams write hold: the same under every kind."""


class Kind(Record):
    """What all events of one kind have in common."""

    name: str = Field(pattern=r"^[a-z]+\.[a-z]+(-[a-z]+)*$", description="`domain.thing`.")
    title: str = Field(description="What a dispatcher reads.")
    severity: int = Field(ge=0, le=4, description="0 for information … 4 for danger to life.")
    weight: float = Field(
        ge=0, description="Log likelihood ratio of a threat, given the event; an expert prior."
    )
    playbook: str | None = Field(default=None, description="Name of the recommended actions.")
    attributes: tuple[str, ...] = Field(
        default=(), description="Attributes that every event of this kind carries."
    )


def _kind(
    name: str,
    title: str,
    severity: int,
    weight: float,
    *attributes: str,
    playbook: str | None = None,
) -> Kind:
    return Kind(
        name=name,
        title=title,
        severity=severity,
        weight=weight,
        playbook=playbook,
        attributes=attributes,
    )


# Weights are stated expert priors until validation data replaces them.
_ALL = (
    _kind("video.intrusion", "Person in a closed area", 2, 1.5, "object_class"),
    _kind("video.loitering", "Somebody stays unusually long", 1, 0.7, "object_class", "dwell_s"),
    _kind("video.crowding", "Dangerously dense crowd", 3, 2.0, "people_per_m2", "people"),
    _kind("video.unattended-object", "Object left behind", 2, 1.2),
    _kind("video.running", "People run", 2, 1.0),
    _kind("video.vehicle-in-pedestrian-zone", "Vehicle among pedestrians", 3, 2.5),
    _kind("video.wrong-way", "Vehicle against the direction", 2, 1.0),
    _kind("video.tampering", "Camera covered, turned or blurred", 2, 1.0, "what"),
    _kind("video.frozen", "Picture stands still", 2, 1.0, "still_s"),
    _kind("video.looped", "Picture repeats itself", 3, 2.0, "period_s"),
    _kind("audio.gunshot", "Gunshot", 4, 4.0),
    _kind("audio.explosion", "Explosion", 4, 4.0),
    _kind("audio.scream", "Scream", 3, 1.5),
    _kind("audio.glass-break", "Breaking glass", 2, 1.0),
    _kind("cyber.scan", "Network scan", 2, 1.0),
    _kind("cyber.flood", "Network flood", 3, 1.5),
    _kind("cyber.bruteforce", "Password guessing", 3, 1.5),
    _kind("cyber.exfiltration", "Data leaves the network", 3, 1.5),
    _kind("cyber.beaconing", "Regular calls to an outside host", 2, 1.0),
    _kind("cyber.new-asset", "Unknown device", 1, 0.5),
    _kind("cyber.new-peer", "Sensor talks to a new host", 1, 0.5),
    _kind("cyber.stream-redirected", "Camera stream moved to another host", 3, 2.5),
    _kind("cyber.anomaly", "Unusual traffic", 1, 0.5),
    _kind("health.down", "Source lost", 2, 0.0, "state"),
    _kind("health.degraded", "Source impaired", 1, 0.0, "state"),
    _kind("health.restored", "Source works again", 0, 0.0, "state"),
    _kind("gas.exceedance", "Gas above the limit", 4, 4.0),
    _kind("mobility.count", "Crossing counted", 0, 0.0, "object_class", "direction", "count"),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})


def kind_of(name: str) -> Kind:
    """The registered kind of that name.

    Raises:
        EventError: nobody registered it.
    """
    try:
        return KINDS[name]
    except KeyError:
        raise EventError(unknown("event kind", name, KINDS)) from None
