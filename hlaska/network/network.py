"""The guarded network: which addresses are inside, which asset an address is, what it carries."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from hlaska.records import Name, Record


def _is_a_range(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError(
            f"{text!r} is no range of addresses; write it as 10.31.1.0/24 or fd00:31::/64, with no "
            "bits beyond the prefix"
        ) from None


Range = Annotated[str, Field(max_length=49), AfterValidator(_is_a_range)]


class FlowFeed(Record):
    """Something that tells of the traffic on the network."""

    id: Name
    name: str
    uri: str = Field(
        max_length=500,
        description="zeek:FOLDER, eve:FILE, netflow://HOST:PORT, pcap:FILE, interface:NAME, "
        "csv:FILE, binetflow:FILE or dataset:NAME/FILE; see `hlaska site --help`.",
    )
    note: str = Field(default="", description="What to know of it, shown wherever it is.")


class NetworkSection(Record):
    """The part of a site file that describes the network of its sensors."""

    ranges: tuple[Range, ...] = Field(
        default=(),
        max_length=64,
        description="Addresses that belong to it. An unknown one there is a new asset; what is "
        "elsewhere is outside.",
    )
    feeds: tuple[FlowFeed, ...] = ()
    learn_h: float = Field(
        default=24.0,
        ge=0,
        le=1000,
        description="Hours from a feed's first flow in which all that is new is taken for usual.",
    )


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of an address of the site file."""

    name: str
    role: str
    carries: str | None = None


_GROUP = re.compile(r"(22[4-9]|23\d)\.|255\.255\.255\.255$|ff[0-9a-f]{2}:")


def is_group(address: str) -> bool:
    """Whether it is everybody or a multicast group (RFC 919, RFC 5771, RFC 4291)."""
    return _GROUP.match(address) is not None


class Network:
    """Addresses and what they are.

    Args:
        ranges: The ranges that are inside.
        devices: The site's assets, by address in the form of `ipaddress`.
    """

    def __init__(self, ranges: Iterable[str], devices: Mapping[str, Device]) -> None:
        self._ranges = tuple(ip_network(each) for each in ranges)
        self.devices = dict(devices)
        self._asked = lru_cache(maxsize=65_536)(self._belongs)

    def inside(self, address: str) -> bool:
        """Whether the address belongs to the site's network: an asset, or in one of its ranges."""
        return self._asked(address)

    def name(self, address: str) -> str:
        """What people call it: the asset's id, else the address."""
        device = self.devices.get(address)
        return device.name if device else address

    def is_sensor(self, address: str) -> bool:
        """Whether it is a camera or microphone."""
        device = self.devices.get(address)
        return device is not None and device.role in ("camera", "microphone")

    def _belongs(self, address: str) -> bool:
        if address in self.devices:
            return True
        try:
            one = ip_address(address)
        except ValueError:
            return False
        return any(one.version == each.version and one in each for each in self._ranges)
