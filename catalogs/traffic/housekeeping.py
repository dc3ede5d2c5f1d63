"""What devices do by themselves: polls, clocks, names, leases, announcements, telemetry.

`Routine`s are a table: who asks whom about what, how often, and how much is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from catalogs.traffic.cast import CLOUD, MONITORING, RESOLVER, VENDOR, WEB_SERVER, Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import (
    EPHEMERAL,
    SYN_BYTES,
    Sizes,
    rows,
    spread,
    tcp,
    ticks,
    udp,
)
from catalogs.traffic.timeline import HOUR_S, Outage, gone
from hlaska.network.flows import FlowState

MDNS, SSDP = "224.0.0.251", "239.255.255.250"
"""Groups of RFC 6762, and of the UPnP Device Architecture (also of WS-Discovery, OASIS 2009)."""
LONG_S = 60.0
"""A connection that stays open is told of once a minute, as of streams."""
NTP_BYTES = 48
"""RFC 5905, figure 8."""
DHCP_BYTES = 300
"""The least that BOOTP relays pass on (RFC 1542, 2.1)."""


CLOUD_SHARE = 0.3
"""Of cameras that keep in touch with their maker; an estimate."""
WEBCAM_SHARE = 0.2
"""Of cameras of which a picture a minute goes to the city's web site; an estimate."""


@dataclass(frozen=True, slots=True)
class Routine:
    """Something that a timer starts."""

    src: str
    dst: str
    port: int
    period_s: float
    up: float
    """Payload of the asking side, bytes, on average."""
    down: float
    """… and of the other; 0: nobody answers."""
    protocol: str = "tcp"
    lasts_s: float = 0.05
    jitter: float = 0.02
    """Of the period: how unpunctual the timer is; above 1, it is chance alone."""
    packets: int = 1
    """Datagrams of the asking side."""
    src_port: int | None = None
    share: float = 0.1
    """How sizes scatter: deviation of the logarithm."""
    opens: bool = True
    """Whether a TCP connection is opened and closed for it."""


def routines(chance: Chance, cast: Cast) -> Iterator[Routine]:
    """All routines of a day. Periods and sizes without a source are estimates."""
    yield from _of_cameras(chance, cast)
    yield from _of_microphones(chance, cast)
    yield from _of_servers(chance, cast)
    for device in cast.devices:
        if device == cast.gateway:
            continue
        # RFC 5905: from 64 s (MINPOLL) to 1,024 s (MAXPOLL).
        every_s = float(chance.one_of((64, 128, 256, 512), (1024,)))
        yield Routine(device, cast.gateway, 123, every_s, NTP_BYTES, NTP_BYTES, "udp", 0.002,
                      share=0.0)  # fmt: skip
        every_s = chance.between((150, 1200), (60, 150))
        yield Routine(device, cast.gateway, 53, every_s, 45, 120, "udp", 0.02, 1.5, share=0.3)
    yield Routine(cast.gateway, RESOLVER, 53, chance.between((20, 60), (8, 20)), 48, 130, "udp",
                  0.03, 1.5, share=0.3)  # fmt: skip


def _of_cameras(chance: Chance, cast: Cast) -> Iterator[Routine]:
    polls_s = chance.between((20, 60), (8, 20))
    announces_s = chance.between((120, 600), (40, 120))
    for camera in cast.cameras:
        # ONVIF PullMessages (ONVIF Core Specification, 9.2): SOAP of about a kilobyte each way.
        yield Routine(cast.recorder, camera, 80, polls_s, 1100, 1400, lasts_s=0.2, share=0.15)
        yield Routine(camera, MDNS, 5353, announces_s, 260, 0, "udp", 1.0, 0.3, packets=3,
                      src_port=5353)  # fmt: skip
        # NOTIFY, several in a burst; UPnP Device Architecture 1.1, 1.2.2: max-age of 1,800 s,
        # told anew before half of it.
        yield Routine(camera, SSDP, 1900, chance.between((600, 900), (240, 600)), 2400, 0, "udp",
                      0.4, 0.1, packets=6)  # fmt: skip
        if chance.happens(CLOUD_SHARE):
            # As regular as a beacon, and wanted, or at least never switched off.
            yield Routine(camera, CLOUD, chance.any_of((443, 8800)),
                          chance.between((25, 90), (90, 200)),
                          chance.between((200, 700), (80, 200)),
                          chance.between((200, 900), (900, 2000)), lasts_s=0.3)  # fmt: skip
        if chance.happens(WEBCAM_SHARE):
            yield Routine(camera, WEB_SERVER, chance.any_of((443, 21)), 60.0,
                          chance.between((8e4, 6e5), (6e5, 1.2e6)), 900, lasts_s=1.5,
                          share=0.2)  # fmt: skip
        # Whether it lives: DESCRIBE, 401, DESCRIBE with a digest, 200; and its web page.
        yield Routine(cast.server, camera, 554, chance.between((10, 40), (5, 10)), 560, 1500,
                      lasts_s=0.1)  # fmt: skip
        yield Routine(cast.server, camera, 80, chance.between((15, 60), (8, 15)), 210, 900)
    # WS-Discovery of ONVIF: a probe for cameras.
    yield Routine(cast.recorder, SSDP, 3702, chance.between((300, 900), (60, 300)), 650, 0, "udp",
                  0.5, 0.05, packets=2)  # fmt: skip


def _of_microphones(chance: Chance, cast: Cast) -> Iterator[Routine]:
    # A level and a state each few seconds, 150 bytes; a ping within MQTT's keep-alive of 60 s.
    messages = LONG_S / chance.between((1, 5), (5, 20))
    for microphone in cast.microphones:
        yield Routine(microphone, cast.broker, 1883, LONG_S, 150 * messages, 4 * messages,
                      lasts_s=LONG_S, jitter=0.001, share=0.05, opens=False)  # fmt: skip
        # Packages of its system.
        yield Routine(microphone, VENDOR, 443, 8 * HOUR_S, 1200, 40_000, lasts_s=1.5, jitter=1.5,
                      share=1.0)  # fmt: skip
        # RFC 2131, 4.4.5: renewed after half of the lease.
        lease_s = chance.between((7200, 86_400), (1800, 7200))
        yield Routine(microphone, cast.gateway, 67, lease_s / 2, DHCP_BYTES, DHCP_BYTES, "udp",
                      0.01, 0.01, src_port=68, share=0.02)  # fmt: skip
    heard = 150 * messages * len(cast.microphones)
    yield Routine(cast.server, cast.broker, 1883, LONG_S, 4 * messages, heard, lasts_s=LONG_S,
                  jitter=0.001, share=0.05, opens=False)  # fmt: skip


def _of_servers(chance: Chance, cast: Cast) -> Iterator[Routine]:
    pings_s = chance.between((45, 90), (20, 45))
    for device in cast.devices:
        if device != cast.server:
            yield Routine(cast.server, device, 0, pings_s, 3 * 36, 3 * 36, "icmp", 0.01,
                          packets=3, src_port=8, share=0.0)  # fmt: skip
    # A walk over the interfaces of a switch with 24 ports, by GETBULK (RFC 3416).
    yield Routine(cast.server, cast.switch, 161, chance.between((60, 300), (20, 60)), 2600, 21_000,
                  "udp", 0.6, packets=30, share=0.05)  # fmt: skip
    yield Routine(cast.switch, cast.server, 514, chance.between((60, 600), (600, 1800)), 160, 0,
                  "udp", 0.0, 1.5, share=0.3)  # fmt: skip
    yield Routine(cast.switch, cast.server, 162, 4 * HOUR_S, 190, 0, "udp", 0.0, 1.5, share=0.3)
    # "I live": as regular as any beacon, and wanted.
    yield Routine(cast.server, MONITORING, 443, chance.between((60, 120), (30, 60)), 900, 3600,
                  lasts_s=0.4, jitter=0.01, share=0.05)  # fmt: skip
    yield Routine(cast.server, VENDOR, 443, 6 * HOUR_S, 1500, 60_000, lasts_s=2.0, share=0.8)
    # The dashboard on the desk: a stream of events, and pictures of alarms.
    yield Routine(cast.desk, cast.server, 8000, LONG_S, 600, 45_000, lasts_s=LONG_S, jitter=0.001,
                  share=0.5, opens=False)  # fmt: skip


def chatter(chance: Chance, cast: Cast, host: str, begin_s: float, end_s: float) -> pd.DataFrame:
    """What any device says besides, between two times: the time, names, here I am."""
    announces_s, asks_s = chance.between((120, 600), (40, 120)), chance.between((40, 400), (20, 40))
    group = Routine(host, MDNS, 5353, announces_s, 260, 0, "udp", 1.0, 0.3, src_port=5353)
    asked = Routine(host, cast.gateway, 53, asks_s, 45, 120, "udp", 0.02)
    clock = Routine(host, cast.gateway, 123, 64.0, NTP_BYTES, NTP_BYTES, "udp", 0.002, share=0.0)
    made = [
        _told(chance, one, ticks(chance, one.period_s, begin_s, end_s, jitter=0.2))
        for one in (group, asked, clock)
    ]
    return pd.concat(made, ignore_index=True)


def housekeeping(
    chance: Chance, cast: Cast, hours: float, outages: list[Outage]
) -> list[pd.DataFrame]:
    """All routines of a day; a camera that is gone asks nothing and does not answer."""
    found = []
    for routine in routines(chance, cast):
        at_s = _moments(chance, routine, hours * HOUR_S)
        at_s = at_s[~gone(outages, routine.src, at_s)]
        silent = gone(outages, routine.dst, at_s)
        found.append(_told(chance, routine, at_s[~silent]))
        if silent.any():
            found.append(_unanswered(chance, routine, at_s[silent]))
    return found


def _moments(chance: Chance, routine: Routine, end_s: float) -> np.ndarray:
    if routine.jitter <= 1:
        return ticks(chance, routine.period_s, 0.0, end_s, jitter=routine.jitter)
    return np.array(chance.moments(86_400 / routine.period_s, end_s / HOUR_S))


def _told(chance: Chance, routine: Routine, at_s: np.ndarray) -> pd.DataFrame:
    up = np.round(spread(chance, routine.up, routine.share, len(at_s)))
    down = np.round(spread(chance, routine.down, routine.share, len(at_s)))
    if routine.protocol == "tcp":
        sizes = tcp(up, down, opens=routine.opens)
    else:
        sizes = udp(up, down, packets=routine.packets)
    return rows(
        chance,
        at_s,
        src=routine.src,
        dst=routine.dst,
        port=routine.port,
        protocol=routine.protocol,
        sizes=sizes,
        duration_s=spread(chance, routine.lasts_s, 0.0 if not routine.opens else 0.3, len(at_s)),
        state=FlowState.ESTABLISHED if routine.down else FlowState.UNANSWERED,
        # What stays open keeps its port.
        src_port=routine.src_port if routine.opens else int(chance.rng.integers(*EPHEMERAL)),
    )


def _unanswered(chance: Chance, routine: Routine, at_s: np.ndarray) -> pd.DataFrame:
    sizes = (
        Sizes(2 * SYN_BYTES, 0, 2, 0)
        if routine.protocol == "tcp"
        else udp(routine.up, packets=routine.packets)
    )
    return rows(
        chance,
        at_s,
        src=routine.src,
        dst=routine.dst,
        port=routine.port,
        protocol=routine.protocol,
        sizes=sizes,
        duration_s=1.0,
        state=FlowState.UNANSWERED,
        src_port=routine.src_port,
    )
