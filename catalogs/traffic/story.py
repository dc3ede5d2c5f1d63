"""The attack of the day that is replayed: one device, from its first word to a camera's stream."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from catalogs.traffic.attacks import newcomer
from catalogs.traffic.attacks.activity import Activity
from catalogs.traffic.attacks.beaconing import beacon
from catalogs.traffic.attacks.bruteforce import guess
from catalogs.traffic.attacks.redirection import between_them
from catalogs.traffic.attacks.scan import of_hosts
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.day import DAY_HOURS, MadeDay, with_attacks
from catalogs.traffic.timeline import HOUR_S
from catalogs.traffic.video import Lens
from hlaska.sites import Site

IMPOSTOR = 166
"""Last number of the device's address."""
CAMERA = "cam-square-east"
MINUTES: Mapping[str, float] = MappingProxyType(
    {
        newcomer.FAMILY: 14.0,
        "scan": 12.5,
        "rtsp": 10.5,
        "ssh": 8.5,
        "beaconing": 8.0,
        "stream-redirected": 6.0,
    }
)
"""When each part begins, before the day's end. All but the stream are over a minute before it."""


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """A day that ends badly."""

    day: MadeDay
    impostor: str
    camera: str


def story(site: Site, seed: int) -> Story:
    """A quiet day, and in its last minutes an unknown device that takes a camera's stream over.

    It asks for an address, looks for cameras, guesses the password of one (over RTSP, then SSH),
    calls home again and again, takes the camera's stream, and gives the recorder one of its own.

    Raises:
        ValueError: the site lacks an asset that traffic is made for, or the camera.
    """
    chance = Chance(np.random.default_rng(seed))
    cast = Cast.of(site)
    cameras = {asset.id: asset.ip for asset in site.assets if asset.role == "camera"}
    if CAMERA not in cameras:
        raise ValueError(f"{site.id} has no camera {CAMERA!r} among its assets")
    camera, who = cameras[CAMERA], f"{cast.prefix}{IMPOSTOR}"
    end_s = DAY_HOURS * HOUR_S

    def at_s(part: str) -> float:
        return end_s - 60 * MINUTES[part]

    left_s = end_s - at_s("stream-redirected")
    parts: list[Activity] = [
        newcomer.board(chance, cast, at_s(newcomer.FAMILY), src=who),
        of_hosts(chance, cast, at_s("scan"), src=who, hosts=cast.cameras, ports_each=120),
        guess(chance, cast, at_s("rtsp"), service="rtsp", victim=camera, src=who, most_s=100),
        guess(chance, cast, at_s("ssh"), service="ssh", victim=camera, src=who, most_s=100),
        beacon(chance, cast, at_s("beaconing"), kind="tls", src=who, period_s=25, lasts_s=460),
        between_them(chance, cast, at_s("stream-redirected"), camera=camera, src=who,
                     lasts_s=left_s, lens=replace(Lens.drawn(chance), by_datagram=False)),
    ]  # fmt: skip
    return Story(with_attacks(chance, cast, parts, DAY_HOURS), who, camera)
