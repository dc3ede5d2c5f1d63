"""Who is on the camera network, and whom it knows outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from catalogs.traffic.chance import Chance
from hlaska.sites import Site

SINGLE = ("recorder", "switch", "server", "broker", "desk", "gateway")
"""Assets of the site file that traffic is made for, by id, beside its cameras and microphones."""
LINUX, WINDOWS, NETWORK_GEAR = 64, 128, 255
"""Hop limits (TTL) that their packets begin with; RFC 1700 recommends 64."""
ADMIN = "10.20.0.17"
"""The city's administrator, in the network of its offices."""
# On the internet: addresses of documentation (RFC 5737), so that nobody is blamed.
MONITORING = "198.51.100.20"
"""Where the server tells that it lives."""
VENDOR = "198.51.100.80"
"""Has updates."""
POLICE = "198.51.100.110"
"""Gets evidence."""
RESOLVER = "198.51.100.53"
CLOUD = "198.51.100.150"
"""Of the cameras' maker: lets them be reached from outside."""
WEB_SERVER = "198.51.100.140"
"""Shows pictures of the town to everybody."""
STORE = "198.51.100.170"
"""Holds copies, rented."""
OFFICES = tuple(f"10.20.0.{last}" for last in range(40, 60))
"""Where others of the city may look at pictures."""
STRANGERS, SHIFTED_STRANGERS = range(100, 250), (*range(16, 30), *range(50, 100))
"""Last numbers of addresses that no asset has, of ordinary and of shifted days: behind all assets,
and between them."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Addresses by what they do."""

    cameras: tuple[str, ...]
    microphones: tuple[str, ...]
    recorder: str
    switch: str
    server: str
    broker: str
    desk: str
    gateway: str
    prefix: str
    """Of addresses of the network: `10.31.1.`."""
    ttls: Mapping[str, int] = field(default_factory=dict)
    """Hop limit with which packets of a known host arrive."""

    @classmethod
    def of(cls, site: Site) -> "Cast":
        """The cast of a site.

        Raises:
            ValueError: it lacks an asset that traffic is made for, or one is no IPv4 host.
        """
        named = {asset.id: asset.ip for asset in site.assets}
        by_role = {
            role: tuple(asset.ip for asset in site.assets if asset.role == role)
            for role in ("camera", "microphone")
        }
        missing = [name for name in SINGLE if name not in named]
        missing += [f"a {role}" for role, hosts in by_role.items() if not hosts]
        if missing:
            raise ValueError(f"{site.id} lacks {', '.join(missing)} among its assets")
        if ip_address(named["recorder"]).version != 4:
            raise ValueError(f"{site.id}: traffic is made for IPv4; the recorder has another")
        network = ip_network(f"{named['recorder']}/24", strict=False)
        ttls = dict.fromkeys(named.values(), LINUX)
        ttls |= {named["desk"]: WINDOWS, named["switch"]: NETWORK_GEAR}
        ttls |= {ADMIN: WINDOWS - 2, MONITORING: 52, VENDOR: 50, POLICE: 54, RESOLVER: 56}
        ttls |= {CLOUD: 49, WEB_SERVER: 55, STORE: 53} | dict.fromkeys(OFFICES, WINDOWS - 2)
        return cls(
            cameras=by_role["camera"],
            microphones=by_role["microphone"],
            prefix=str(network.network_address).removesuffix("0"),
            ttls=ttls,
            **{name: named[name] for name in SINGLE},
        )

    @property
    def devices(self) -> tuple[str, ...]:
        """All hosts of the network."""
        single = (self.recorder, self.switch, self.server, self.broker, self.desk, self.gateway)
        return (*self.cameras, *self.microphones, *single)

    def stranger(self, chance: Chance) -> str:
        """An address of the network that no asset has."""
        return f"{self.prefix}{chance.one_of(STRANGERS, SHIFTED_STRANGERS)}"

    def outsider(self, chance: Chance) -> str:
        """An address somewhere on the internet."""
        # TEST-NET-3 and the range for benchmarks (RFC 5737, RFC 2544).
        block = chance.one_of(("203.0.113.",), ("198.18.7.",))
        return f"{block}{int(chance.rng.integers(1, 255))}"

    def intruder(self, chance: Chance) -> str:
        """Who attacks from within: a device that was plugged in, or a sensor that was taken over.

        An estimate: six of ten are plugged in.
        """
        if chance.happens(0.6):
            return self.stranger(chance)
        return chance.any_of((*self.cameras, *self.microphones))
