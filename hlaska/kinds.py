"""The one registry of event kinds. A new kind is one entry of `KINDS`."""

from collections.abc import Mapping
from enum import StrEnum
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
        "exercise": str,  # nothing happened: `scored` by a real scorer, or `scripted`
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


class Family(StrEnum):
    """What an event is a sign of: events of one family, at one place and time, are one alert."""

    ATTACK = "attack"
    CROWD = "crowd"
    INTRUSION = "intrusion"
    TRAFFIC = "traffic"
    SABOTAGE = "sabotage"
    GAS = "gas"
    HEALTH = "health"
    MOBILITY = "mobility"


LIFE_SAFETY = 4
"""The severity of what endangers lives."""


class Kind(Record):
    """What all events of one kind have in common."""

    name: str = Field(pattern=r"^[a-z]+\.[a-z]+(-[a-z]+)*$", description="`domain.thing`.")
    title: str = Field(description="What a dispatcher reads.")
    family: Family
    severity: int = Field(ge=0, le=4, description="0 for information … 4 for danger to life.")
    weight: float = Field(
        ge=0, description="Log likelihood ratio of a threat, given the event; an expert prior."
    )
    half_life_s: float = Field(
        gt=0, description="After so long it weighs half as much; an expert prior."
    )
    reach_m: float = Field(gt=0, description="So far away it weighs half as much; an expert prior.")
    playbook: str = Field(description="Name of the recommended actions; empty: there are none.")
    attributes: tuple[str, ...] = Field(
        default=(), description="Attributes that every event of this kind carries."
    )

    @property
    def modality(self) -> str:
        """By which sense it was noticed: video, audio, cyber, gas, health or mobility."""
        return self.name.split(".")[0]

    @property
    def life_safety(self) -> bool:
        """Whether lives are in danger: nobody silences it alone."""
        return self.severity >= LIFE_SAFETY


def _kind(
    name: str,
    title: str,
    severity: int,
    weight: float,
    family: Family,
    half_life_s: float,
    reach_m: float,
    playbook: str,
    *attributes: str,
) -> Kind:
    return Kind(
        name=name,
        title=title,
        severity=severity,
        weight=weight,
        family=family,
        half_life_s=half_life_s,
        reach_m=reach_m,
        playbook=playbook,
        attributes=attributes,
    )


_F = Family
# Weights, half-lives and reaches are stated expert priors until validation data replaces them.
# fmt: off
_ALL = (
    # name, title, severity, weight (nats), family, half-life (s), reach (m), playbook, attributes
    _kind("video.intrusion", "Person in a closed area", 2, 1.5, _F.INTRUSION, 600, 50, "intrusion", "object_class"),
    _kind("video.loitering", "Somebody stays unusually long", 1, 0.7, _F.INTRUSION, 600, 50, "intrusion", "object_class", "dwell_s"),
    _kind("video.crowding", "Dangerously dense crowd", 3, 2.0, _F.CROWD, 300, 50, "crowd-pressure", "people_per_m2", "people"),
    _kind("video.unattended-object", "Object left behind", 2, 1.2, _F.ATTACK, 600, 50, "unattended-object"),
    _kind("video.running", "People run", 2, 1.0, _F.ATTACK, 300, 50, "attack"),
    _kind("video.vehicle-in-pedestrian-zone", "Vehicle among pedestrians", 3, 2.5, _F.TRAFFIC, 600, 50, "vehicle"),
    _kind("video.wrong-way", "Vehicle against the direction", 2, 1.0, _F.TRAFFIC, 600, 50, "vehicle"),
    _kind("video.tampering", "Camera covered, turned or blurred", 2, 1.0, _F.SABOTAGE, 600, 50, "sabotage", "what"),
    _kind("video.frozen", "Picture stands still", 2, 1.0, _F.SABOTAGE, 600, 50, "sabotage", "still_s"),
    _kind("video.looped", "Picture repeats itself", 3, 2.0, _F.SABOTAGE, 600, 50, "sabotage", "period_s"),
    _kind("video.unusual", "Unusual movement", 1, 0.3, _F.INTRUSION, 300, 50, "intrusion", "object_class", "what", "measured", "usual"),
    _kind("audio.gunshot", "Gunshot", 4, 4.0, _F.ATTACK, 900, 300, "attack"),
    _kind("audio.explosion", "Explosion", 4, 4.0, _F.ATTACK, 1800, 500, "attack"),
    _kind("audio.scream", "Scream", 3, 1.5, _F.ATTACK, 300, 100, "scream"),
    _kind("audio.glass-break", "Breaking glass", 2, 1.0, _F.ATTACK, 600, 80, "glass"),
    _kind("cyber.scan", "Network scan", 2, 1.0, _F.SABOTAGE, 1800, 50, "network"),
    _kind("cyber.flood", "Network flood", 3, 1.5, _F.SABOTAGE, 1800, 50, "network"),
    _kind("cyber.bruteforce", "Password guessing", 3, 1.5, _F.SABOTAGE, 1800, 50, "network"),
    _kind("cyber.exfiltration", "Data leaves the network", 3, 1.5, _F.SABOTAGE, 1800, 50, "network"),
    _kind("cyber.beaconing", "Regular calls to an outside host", 2, 1.0, _F.SABOTAGE, 1800, 50, "network"),
    _kind("cyber.new-asset", "Unknown device", 1, 0.5, _F.SABOTAGE, 1800, 50, "network"),
    _kind("cyber.new-peer", "Sensor talks to a new host", 1, 0.5, _F.SABOTAGE, 1800, 50, "network"),
    _kind("cyber.stream-redirected", "Camera stream moved to another host", 3, 2.5, _F.SABOTAGE, 1800, 50, "sabotage"),
    _kind("cyber.anomaly", "Unusual traffic", 1, 0.5, _F.SABOTAGE, 1800, 50, "network"),
    _kind("health.down", "Source lost", 2, 0.0, _F.HEALTH, 600, 50, "source", "state"),
    _kind("health.degraded", "Source impaired", 1, 0.0, _F.HEALTH, 600, 50, "source", "state"),
    _kind("health.restored", "Source works again", 0, 0.0, _F.HEALTH, 600, 50, "", "state"),
    # A calibrated sensor above its limit is hardly ever wrong: it weighs more than a sound.
    _kind("gas.exceedance", "Gas above the limit", 4, 5.0, _F.GAS, 1800, 500, "gas-leak"),
    _kind("mobility.count", "Crossing counted", 0, 0.0, _F.MOBILITY, 600, 50, "", "object_class", "direction", "count"),
)
# fmt: on

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
