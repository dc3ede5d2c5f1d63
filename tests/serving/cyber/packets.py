"""Packets as they stand in a capture, one after another."""

import socket

import dpkt

CAMERA, RECORDER = "10.31.1.2", "10.31.0.1"
CAMERA6, RECORDER6 = "fd00:31::2", "fd00:31::1"
T = 1_700_000_000.0


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def frame(src, dst, number, transport):
    payload = bytes(transport)
    if ":" in src:
        ip = dpkt.ip6.IP6(nxt=number, plen=len(payload), hlim=64, data=payload)
    else:
        ip = dpkt.ip.IP(p=number, len=20 + len(payload), data=payload)
    ip.src, ip.dst = packed(src), packed(dst)
    kind = dpkt.ethernet.ETH_TYPE_IP6 if ":" in src else dpkt.ethernet.ETH_TYPE_IP
    return bytes(dpkt.ethernet.Ethernet(type=kind, data=bytes(ip)))


def tcp(src, sport, dst, dport, flags, data=b""):
    return frame(src, dst, 6, dpkt.tcp.TCP(sport=sport, dport=dport, flags=flags, data=data))


def udp(src, sport, dst, dport, data=b"x"):
    size = 8 + len(data)
    return frame(src, dst, 17, dpkt.udp.UDP(sport=sport, dport=dport, ulen=size, data=data))


def icmp(src, dst, kind, code):
    number = 58 if ":" in src else 1
    return frame(src, dst, number, bytes((kind, code)) + b"\0" * 12)


def write(path, packets, *, link=1):
    """A capture of pairs: seconds since `T`, and the frame."""
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file, linktype=link)
        for at, packet in packets:
            writer.writepkt(packet, ts=T + at)
    return path
