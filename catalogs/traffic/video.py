"""Streams of cameras: the recorder takes the main one, the server the small one; desks look in.

A flow exporter tells of a long connection once a minute (the "active timeout" of NetFlow; Cisco's
guides set it to one minute), so each row is a minute of pictures.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs.traffic.cast import OFFICES, Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import (
    EPHEMERAL,
    SYN_BYTES,
    UDP_HEADERS,
    Sizes,
    rows,
    tcp,
)
from catalogs.traffic.timeline import HOUR_S, Outage, Silence, bustle, daylight, gone
from hlaska.network.flows import FlowState

RTSP = 554
ACTIVE_TIMEOUT_S = 60.0
RTP_BYTES = 1400
"""Payload of a packet of video: what fits an Ethernet frame with some room (RFC 6184, 5.8)."""
KEEP_ALIVE_S = 30.0
"""A client speaks within RTSP's session timeout of 60 s (RFC 2326, 12.37): after half of it."""
UDP_SHARE = 0.4
"""Of cameras whose pictures come in datagrams rather than in the RTSP connection; an estimate."""
LIVE_VIEWS_PER_DAY = 14.0
"""A dispatcher looks at a live picture, of the recorder or of the camera itself; an estimate."""


@dataclass(frozen=True, slots=True)
class Lens:
    """What a camera's stream is like that day."""

    main_bps: float
    """1080p in H.264: 2 to 6 Mbit/s in the tables that makers of cameras publish for recorders."""
    sub_bps: float
    """640x360: 0.25 to 0.8 Mbit/s there."""
    night: float
    """Bit rate at night as a share of the day's: noise in the dark, or infrared without colour."""
    scene: float
    """How much more a busy scene takes than an empty one."""
    by_datagram: bool
    recognised: bool
    """Whether those datagrams are known for RTP: Zeek and NetFlow do not, nDPI does."""

    @classmethod
    def drawn(cls, chance: Chance) -> "Lens":
        """Some camera's. Spans beyond the makers' tables are of shifted days only."""
        return cls(
            main_bps=chance.between((2e6, 5e6), (5e6, 9e6)),
            sub_bps=chance.between((2.5e5, 7e5), (7e5, 1.4e6)),
            night=chance.between((0.7, 1.3), (0.3, 0.7)),
            scene=chance.between((0.1, 0.5), (0.5, 0.9)),
            by_datagram=chance.happens(UDP_SHARE),
            recognised=chance.happens(0.5),
        )

    def factor(self, chance: Chance, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """What light, people and chance make of the bit rate."""
        light = daylight(at_s)
        lit = light + self.night * (1 - light)
        # Scenes change slowly: half of a minute's deviation is left in the next.
        noise = chance.rng.normal(0, 0.08, len(at_s))
        for minute in range(1, len(noise)):
            noise[minute] += 0.5 * noise[minute - 1]
        return lit * (1 + self.scene * bustle(at_s)) * np.exp(noise)


def stream(
    chance: Chance,
    begin_s: float,
    end_s: float,
    *,
    client: str,
    camera: str,
    lens: Lens,
    small: bool = False,
) -> pd.DataFrame:
    """A client takes a camera's pictures between two times.

    Args:
        chance: All chance.
        begin_s: When it asks for them.
        end_s: When it or the camera stops.
        client: Who asks.
        camera: Who sends; a camera, or somebody who plays one.
        lens: What the stream is like.
        small: Whether it is the small stream.
    """
    edges = np.append(np.arange(begin_s, end_s, ACTIVE_TIMEOUT_S), end_s)
    at_s, lasts_s = edges[:-1], np.diff(edges)
    kept = lasts_s > 0.5
    at_s, lasts_s = at_s[kept], lasts_s[kept]
    if not len(at_s):
        return rows(chance, [], src=client, dst=camera, port=RTSP, sizes=tcp(0, 0))
    bps = (lens.sub_bps if small else lens.main_bps) * lens.factor(chance, at_s)
    payload = bps / 8 * lasts_s
    # DESCRIBE, SETUP and PLAY with an SDP are some kilobytes; then OPTIONS again and again.
    asked = 180.0 * np.ceil(lasts_s / KEEP_ALIVE_S) + np.where(at_s == begin_s, 1400, 0)
    answered = 160.0 * np.ceil(lasts_s / KEEP_ALIVE_S) + np.where(at_s == begin_s, 2600, 0)
    if lens.by_datagram:
        spoken = tcp(asked, answered, opens=False)
    else:
        # RTP in RTSP has four bytes of frame and twelve of header a packet (RFC 2326, 10.12).
        spoken = tcp(asked, answered + payload * (1 + 16 / RTP_BYTES), opens=False)
    control = rows(chance, at_s, src=client, dst=camera, port=RTSP, sizes=spoken,
                   duration_s=lasts_s, src_port=int(chance.rng.integers(*EPHEMERAL)))  # fmt: skip
    if not lens.by_datagram:
        return control
    packets = np.ceil(payload / RTP_BYTES)
    # A receiver reports every five seconds or so (RTCP, RFC 3550, 6.2).
    reports = np.ceil(lasts_s / 5)
    media = Sizes(
        payload + packets * (UDP_HEADERS + 12), reports * (UDP_HEADERS + 60), packets, reports
    )
    # RTP has even ports (RFC 3550, 11).
    ports = 2 * chance.rng.integers(10_000, 32_000, 2)
    pictures = rows(chance, at_s, src=camera, dst=client, port=int(ports[0]), sizes=media,
                    protocol="udp", src_port=int(ports[1]), duration_s=lasts_s,
                    service="rtp" if lens.recognised else "")  # fmt: skip
    return pd.concat([control, pictures], ignore_index=True)


def tries(
    chance: Chance, begin_s: float, end_s: float, *, client: str, camera: str
) -> pd.DataFrame:
    """A client asks for a camera that is gone: after one second, two, four … at most a minute."""
    moments, wait_s, at_s = [], 1.0, begin_s + 1.0
    while at_s < end_s:
        moments.append(at_s)
        wait_s = min(60.0, 2 * wait_s)
        at_s += wait_s * chance.rng.uniform(0.9, 1.1)
    # A SYN that nobody answers is sent again after one and three seconds (RFC 6298, 2 and 5).
    sizes = Sizes(3 * SYN_BYTES, 0, 3, 0)
    return rows(chance, moments, src=client, dst=camera, port=RTSP, sizes=sizes,
                duration_s=3.0, state=FlowState.UNANSWERED)  # fmt: skip


def video(
    chance: Chance,
    cast: Cast,
    hours: float,
    outages: list[Outage],
    silences: tuple[Silence, ...] = (),
) -> list[pd.DataFrame]:
    """All streams of a day, with what their receivers do when one breaks."""
    found = []
    lenses = {camera: Lens.drawn(chance) for camera in cast.cameras}
    end_s = hours * HOUR_S
    for camera, lens in lenses.items():
        for client, small in ((cast.recorder, False), (cast.server, True)):
            broken = [(out.begin_s, out.end_s, True) for out in outages if out.camera == camera]
            broken += [
                (one.begin_s, one.end_s, False)
                for one in silences
                if (one.camera, one.receiver) == (camera, client)
            ]
            begin_s = 0.0
            for stop_s, back_s, asks in [*sorted(broken), (end_s, end_s, False)]:
                if stop_s > begin_s:
                    found.append(
                        stream(chance, begin_s, min(stop_s, end_s), client=client,
                               camera=camera, lens=lens, small=small)
                    )  # fmt: skip
                if asks:
                    found.append(
                        tries(chance, stop_s, min(back_s, end_s), client=client, camera=camera)
                    )
                begin_s = max(begin_s, back_s)
    return found + _live_views(chance, cast, hours, lenses, outages)


def _live_views(
    chance: Chance, cast: Cast, hours: float, lenses: dict[str, Lens], outages: list[Outage]
) -> list[pd.DataFrame]:
    found = []
    for at_s in chance.moments(LIVE_VIEWS_PER_DAY, hours):
        camera = chance.any_of(cast.cameras)
        lasts_s = chance.between((20, 900), (900, 2700))
        if gone(outages, camera, [at_s, at_s + lasts_s]).any():
            continue
        # Mostly the recorder passes the picture on.
        source = cast.recorder if chance.happens(0.7) else camera
        client = cast.desk if chance.happens(0.7) else chance.any_of(OFFICES)
        found.append(
            stream(chance, at_s, at_s + lasts_s, client=client, camera=source,
                   lens=lenses[camera], small=chance.happens(0.5))
        )  # fmt: skip
    return found
