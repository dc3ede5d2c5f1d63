"""`cyber.stream-redirected`: a camera's pictures go to, or come from, somebody else."""

from dataclasses import dataclass

import numpy as np

from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.rules.rule import Scene, confidence, size
from hlaska.network.window import Rows, Window

FETCHED = frozenset({"rtsp", "rtp"})
"""Video that whoever is asked sends."""
MOST_NAMED = 5
"""Receivers of a stream that a sentence names."""
PUSHED = frozenset({"rtmp", "srt"})
"""Video that whoever asks sends."""


@dataclass(frozen=True, slots=True)
class RedirectionArgs:
    """What is a stream.

    An estimate: the smallest substream worth looking at is 100 kbit/s, 3.7 MB in five minutes.
    """

    least_bytes: float = 1.5e6
    """That a camera sends to one host in the window."""
    share_of_usual: float = 0.2
    """… and this share of what it usually sends in that time."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    sender: str
    receiver: str
    moved: float
    """Bytes in the window."""
    rows: Rows
    """Its conversations."""


class Redirection:
    """A stream that goes to whom it never went, or comes from whom it never came.

    That is bulk that a camera sends to a host that never got its pictures; or bulk over a protocol
    for video that a camera's receiver gets from another, while the camera sends it nothing.
    """

    def __init__(self, args: RedirectionArgs | None = None) -> None:
        self._args = args or RedirectionArgs()

    def update(self, scene: Scene) -> list[NetworkFinding]:
        """Which streams go where they never went."""
        window, inventory = scene.window, scene.inventory
        bulk = self._bulk(window)
        flowing = {(stream.sender, stream.receiver) for stream in bulk}
        findings = []
        for stream in bulk:
            seen = inventory.hosts.get(stream.sender)
            if seen is not None and stream.receiver in seen.streams:
                continue
            if inventory.learns(window.ends):
                if seen is not None:
                    seen.streams.add(stream.receiver)
                continue
            known = sorted(seen.streams) if seen is not None else []
            usual = inventory.usual_bytes(stream.sender, window.ends)[0] * window.span_s / 60
            limit = max(self._args.least_bytes, self._args.share_of_usual * usual)
            if stream.moved < limit:
                continue
            if _is_camera(window, stream.sender):
                findings.append(_taken(window, stream, known, usual, limit))
                continue
            # Whose place it takes: the camera that has fallen silent towards the receiver.
            for camera in inventory.streams_to(stream.receiver):
                if _is_camera(window, camera) and (camera, stream.receiver) not in flowing:
                    findings.append(_replaced(window, stream, camera, usual, limit))
                    break
        return findings

    def _bulk(self, window: Window) -> list[_Stream]:
        cameras = np.array([_is_camera(window, host) for host in window.hosts], bool)
        service = window.text(f.SERVICE)
        ways = (
            (window.src, window.dst, window.numbers(f.SRC_BYTES), PUSHED),
            (window.dst, window.src, window.numbers(f.DST_BYTES), FETCHED),
        )
        many = len(window.hosts)
        streams = []
        for here, there, amount, video in ways if len(window) else ():
            # Of a camera all bulk counts; of others what is spoken as video.
            counts = cameras[here] | np.isin(service, tuple(video))
            rows = np.flatnonzero(counts & (amount > 0))
            pairs, pair = np.unique(here[rows] * many + there[rows], return_inverse=True)
            moved = np.bincount(pair, amount[rows], len(pairs))
            for number in np.flatnonzero(moved >= self._args.least_bytes):
                sender, receiver = divmod(int(pairs[number]), many)
                mine = rows[pair == number]
                names = window.hosts[sender], window.hosts[receiver]
                streams.append(_Stream(*names, float(moved[number]), mine))
        return streams


def _is_camera(window: Window, host: str) -> bool:
    device = window.network.devices.get(host)
    return device is not None and device.role == "camera"


def _taken(
    window: Window, stream: _Stream, known: list[str], usual: float, limit: float
) -> NetworkFinding:
    name = window.network.name
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    instead = f"; usual: to {', '.join(map(name, known[:MOST_NAMED]))}{more}" if known else ""
    words = (
        f"{name(stream.sender)} sends its stream ({size(stream.moved)}) to "
        f"{name(stream.receiver)}{instead}"
    )
    return _finding(window, stream, stream.sender, stream.receiver, words, usual, limit)


def _replaced(
    window: Window, stream: _Stream, camera: str, usual: float, limit: float
) -> NetworkFinding:
    name = window.network.name
    words = (
        f"{name(stream.receiver)} gets a video stream ({size(stream.moved)}) from "
        f"{name(stream.sender)}, and none from {name(camera)} any more"
    )
    return _finding(window, stream, camera, stream.sender, words, usual, limit)


def _finding(
    window: Window,
    stream: _Stream,
    camera: str,
    peer: str,
    words: str,
    usual: float,
    limit: float,
) -> NetworkFinding:
    return NetworkFinding(
        kind="cyber.stream-redirected",
        host=camera,
        observed_at=window.last_at(stream.rows),
        started_at=window.first_at(stream.rows),
        confidence=confidence(stream.moved, limit),
        words=words,
        measured=stream.moved,
        usual=usual,
        limit=limit,
        peers=(peer,),
        place=peer,
        attributes={"bytes": int(stream.moved), "peer": peer},
    )
