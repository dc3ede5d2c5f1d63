"""Captures of any size, written as fast as the disk takes them."""

from pathlib import Path

import numpy as np

CAMERAS = 50
"""That stream all the time …"""
ASKING = 150
"""… and hosts that ask something once a second, each time from another port."""
PAYLOAD_BYTES = 900
PACKET = np.dtype(
    [
        ("seconds", "<u4"), ("microseconds", "<u4"), ("kept", "<u4"), ("length", "<u4"),
        ("macs", "S12"), ("ether_type", ">u2"),
        ("version", "u1"), ("tos", "u1"), ("ip_length", ">u2"), ("id", ">u2"), ("fragment", ">u2"),
        ("ttl", "u1"), ("protocol", "u1"), ("checksum", ">u2"), ("src", ">u4"), ("dst", ">u4"),
        ("src_port", ">u2"), ("dst_port", ">u2"), ("udp_length", ">u2"), ("udp_checksum", ">u2"),
        ("payload", f"S{PAYLOAD_BYTES}"),
    ]
)  # fmt: skip
HEAD = np.array([(0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)], "<u4,<u2,<u2,<i4,<u4,<u4,<u4").tobytes()
RECORDER = 0x0A1F0001
"""10.31.0.1, to which all send."""


def write_capture(path: Path, size_bytes: int, *, flood: int = 0) -> tuple[int, int]:
    """Write a capture of at least this size, in little memory.

    Args:
        path: The file.
        size_bytes: How long it has to be.
        flood: Further packets each second, each from an address and port of its own.

    Returns:
        How many packets there are, and how many pairs of endpoints.
    """
    streaming = np.repeat(np.arange(CAMERAS), 20)
    packets = np.zeros(len(streaming) + ASKING + flood, PACKET)
    size = PACKET.itemsize - 16
    packets["kept"] = packets["length"] = size
    packets["ether_type"], packets["version"], packets["ttl"] = 0x0800, 0x45, 64
    packets["protocol"] = 17
    packets["ip_length"], packets["udp_length"] = size - 14, size - 34
    packets["dst"], packets["dst_port"] = RECORDER, 5004
    packets["microseconds"] = np.linspace(0, 999_999, len(packets)).astype(int)
    cameras, asking, flooding = np.split(packets, [len(streaming), len(streaming) + ASKING])
    cameras["src"], cameras["src_port"] = RECORDER + 1 + streaming, 5004
    asking["src"], asking["dst_port"] = RECORDER + 1000 + np.arange(ASKING), 53
    flooding["dst_port"] = 80
    with path.open("wb") as file:
        file.write(HEAD)
        second = 0
        while file.tell() < size_bytes:
            packets["seconds"] = 1_700_000_000 + second
            asking["src_port"] = 10_000 + second % 50_000
            flooding["src"] = 0xC6120000 + (np.arange(flood) + second * flood) % 2**17
            flooding["src_port"] = 1024 + second % 60_000
            file.write(packets.tobytes())
            second += 1
    return second * len(packets), CAMERAS + second * (ASKING + flood)
