"""What a rule or model says of a host's traffic."""

from dataclasses import dataclass, field
from datetime import datetime

from hlaska.events import Scalar

MOST_PEERS = 20
"""Named in a finding; evidence shows the others."""


@dataclass(frozen=True, slots=True)
class NetworkFinding:
    """The beginning of one activity on the network."""

    kind: str
    """`cyber.scan` …"""
    host: str
    """The address it is about: of an attack, who does it."""
    observed_at: datetime
    """When it was sure."""
    started_at: datetime
    """When the first of it was seen."""
    confidence: float
    words: str
    """One line that a dispatcher understands, numbers and names in it, without the final stop."""
    measured: float
    """The number that decided …"""
    usual: float
    """… what it usually is for this host (0 when it is not known) …"""
    limit: float
    """… and what it must reach."""
    peers: tuple[str, ...] = ()
    """The other addresses, those with most flows first; at most `MOST_PEERS`."""
    place: str = ""
    """Tells activities of one kind and host apart: a peer, a service."""
    quiet_s: float = 0.0
    """It may go on although it was not seen for so long."""
    attributes: dict[str, Scalar] = field(default_factory=dict)
