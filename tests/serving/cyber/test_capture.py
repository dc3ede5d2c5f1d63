"""Captures and interfaces as the rest of Hlaska reads them: through the metering child."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import dpkt
import psutil
import pytest

from hlaska.errors import SourceError
from hlaska.network import flows as f
from serving.cyber.capture import Capture
from serving.cyber.parsed import together
from tests.benchmarks.captures import write_capture
from tests.serving.cyber.packets import CAMERA, RECORDER, T, icmp, tcp, udp, write

PATIENCE_S = 30
FRAME = udp(RECORDER, 50_000, CAMERA, 554)


def whole(path, **options):
    """All that is told of a capture."""
    return together(list(Capture(str(path), live=False, **options).told()))


def gone(pid):
    """Whether a process comes to its end soon."""
    deadline = time.monotonic() + PATIENCE_S
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A capture that takes some seconds."""
    path = tmp_path_factory.mktemp("captures") / "long.pcap"
    write_capture(path, 100_000_000)
    yield path
    path.unlink()


def test_a_capture_becomes_a_flow_table(tmp_path):
    packets = [
        (0, tcp(RECORDER, 50_000, CAMERA, 554, 2)),
        (0.5, tcp(CAMERA, 554, RECORDER, 50_000, 0x14)),
        (1, icmp(RECORDER, CAMERA, 8, 0)),
        (2, b"\xff" * 12 + b"\x08\x06" + b"\0" * 46),
    ]
    parsed = whole(write(tmp_path / "a.pcap", packets))
    assert (parsed.unreadable, parsed.skipped, parsed.lost, parsed.complaint) == (0, 1, 0, "")
    first, second = parsed.flows.to_dict("records")
    assert (first[f.SRC], first[f.DST_PORT], first[f.STATE]) == (RECORDER, 554, "rejected")
    assert (first[f.SERVICE], first[f.DURATION_S]) == ("rtsp", 0.5)
    assert first[f.STARTED_AT].timestamp() == T
    assert (second[f.PROTOCOL], second[f.SRC_PORT], second[f.SERVICE]) == ("icmp", 8, "")


def test_how_flows_are_cut_can_be_chosen(tmp_path):
    packets = [(second, FRAME) for second in range(0, 30, 3)]
    path = write(tmp_path / "a.pcap", packets)
    assert len(whole(path).flows) == 1
    assert len(whole(path, idle_s=2).flows) == 10
    assert len(whole(path, active_s=10).flows) == 3


def test_a_capture_of_nothing_has_no_flows(tmp_path):
    parsed = whole(write(tmp_path / "a.pcap", []))
    assert (len(parsed.flows), parsed.complaint) == (0, "")


def test_a_capture_without_ip_is_complained_of(tmp_path):
    parsed = whole(write(tmp_path / "a.pcap", [(0, b"\xff" * 60)] * 3))
    assert parsed.complaint == "none of the 3 packets is a whole one of IP"


def test_a_capture_that_breaks_off_gives_what_there_is(tmp_path):
    path = write(tmp_path / "a.pcap", [(0, FRAME), (1, FRAME)])
    path.write_bytes(path.read_bytes()[:-5])
    parsed = whole(path)
    assert (parsed.flows[f.SRC_PACKETS].tolist(), parsed.unreadable) == ([1], 1)
    assert "the capture breaks off; what came before was read" in parsed.complaint


def test_lengths_that_cannot_be_end_a_capture(tmp_path):
    path = write(tmp_path / "a.pcap", [(0, FRAME), (1, FRAME)])
    data = bytearray(path.read_bytes())
    struct.pack_into("<II", data, 24 + 16 + len(FRAME) + 8, 2**31, 2**31)
    path.write_bytes(data)
    parsed = whole(path)
    assert (len(parsed.flows), parsed.unreadable) == (1, 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "is no capture: pcap and pcapng can be read$", id="empty"),
        pytest.param(b"#separator \\x09", "is no capture", id="a log"),
        pytest.param(b"\x1f\x8b\x08", r"is no capture: .* unpack it first \(gunzip\)", id="packed"),
        pytest.param(b"\xd4\xc3\xb2\xa1\2\0", "breaks off in its first line", id="a head alone"),
        pytest.param(
            struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 276),
            r"packets of link type 276, .* 113 \(Linux cooked\)",
            id="a link that cannot be read",
        ),
    ],
)
def test_what_is_no_capture_is_refused(tmp_path, content, words):
    path = tmp_path / "a.pcap"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=words):
        Capture(str(path), live=False)


def test_a_capture_that_is_not_there_is_refused(tmp_path):
    for path in (tmp_path / "none.pcap", tmp_path):
        with pytest.raises(SourceError, match="there is no file"):
            Capture(str(path), live=False)


def test_a_pcapng_that_only_begins_like_one_is_refused(tmp_path):
    path = tmp_path / "a.pcapng"
    path.write_bytes(bytes.fromhex("0a0d0d0a") + b"\0" * 30)
    with pytest.raises(SourceError, match=r"a\.pcapng: "):
        whole(path)


def test_nothing_runs_before_it_is_asked_and_nothing_when_it_is_over(tmp_path):
    capture = Capture(str(write(tmp_path / "a.pcap", [(0, FRAME)])), live=False)
    assert capture.pid is None
    told = capture.told()
    next(told)
    pid = capture.pid
    list(told)
    assert capture.pid is None
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("leave", ["close", "give up", "both"])
def test_a_capture_that_is_given_up_leaves_no_process(long, leave):
    capture = Capture(str(long), live=False)
    told = capture.told()
    next(told)
    family = [psutil.Process(capture.pid), *psutil.Process(capture.pid).children(recursive=True)]
    assert len(family) == 1
    if leave != "give up":
        capture.close()
    if leave != "close":
        del told
    capture.close()
    assert not psutil.pid_exists(family[0].pid)


def test_the_child_leaves_with_its_parent(long):
    code = (
        "import sys\n"
        "from serving.cyber.capture import Capture\n"
        "capture = Capture(sys.argv[1], live=False)\n"
        "told = capture.told()\n"
        "next(told)\n"
        "print(capture.pid, flush=True)\n"
        "import time; time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(long)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    assert gone(child)


def test_a_child_that_dies_is_an_error(long):
    capture = Capture(str(long), live=False)
    told = capture.told()
    next(told)
    os.kill(capture.pid, signal.SIGSEGV)
    with pytest.raises(SourceError, match=rf"the meter died \(signal {signal.SIGSEGV.value}\)"):
        list(told)


def test_a_large_capture_takes_no_more_memory_than_a_small_one(tmp_path):
    path = tmp_path / "large.pcap"
    packets, endpoints = write_capture(path, 200_000_000)
    capture, used, seen = Capture(str(path), live=False, dissections=0), [], 0
    for told in capture.told():
        seen += int(told.flows[f.SRC_PACKETS].sum())
        assert len(told.flows) <= 5000
        if capture.pid is not None and len(told.flows):
            used.append(psutil.Process(capture.pid).memory_info().rss)
    assert seen == packets
    assert endpoints > 20_000
    # By the time of the first quarter, as many flows are open as ever are.
    settled = max(used[: len(used) // 4])
    assert max(used) < settled + 40_000_000
    path.unlink()


def test_an_interface_that_is_not_there_is_named():
    with pytest.raises(SourceError, match=r"no network interface 'eth77'.* Known: .*\blo\b"):
        Capture("eth77", live=True)


def test_who_may_not_see_an_interface_is_told_the_remedy(monkeypatch):
    def forbidden(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", forbidden)
    with pytest.raises(SourceError, match=r"setcap cap_net_raw\+ep .* or .*--cap-add NET_RAW"):
        Capture("lo", live=True)


def test_an_interface_is_listened_to_where_that_is_allowed():
    try:
        capture = Capture("lo", live=True, idle_s=1)
    except SourceError as error:
        assert "cap_net_raw" in str(error)
        return
    deadline = time.monotonic() + PATIENCE_S
    mine, seen = set(), set()
    for told in capture.told():
        seen = mine.intersection(told.flows[f.SRC_PORT].tolist())
        if seen:
            break
        assert time.monotonic() < deadline
        # Each from a port of its own, to itself, which then is silent.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.sendto(b"x", sender.getsockname())
            mine.add(sender.getsockname()[1])
    capture.close()
    assert seen
    assert capture.pid is None


REAL = {
    "slips/test7-malicious.pcap": 382,
    "slips/test12-icmp-portscan.pcap": 18,
    "slips/test19-malicious-ssh/malicious-ssh-bruteforce.pcap": 67,
    "ics_iti/ModbusTCP/mb2.pcap": 85,
    "ndpi/pcap/icmp-tunnel.pcap": 34,
    "ndpi/pcap/log4j-webapp-exploit.pcap": 8,
    "ndpi/pcap/psiphon3.pcap": 1,
    "ndpi/pcap/rtp.pcapng": 5,
    "ndpi/pcap/mysql.pcapng": 2,
    "ndpi/pcap/dos_win98_smb_netbeui.pcap": 10,
    "ndpi/pcap/malformed_dns.pcap": 1,
}
LINKS = {1: dpkt.ethernet.Ethernet, 113: dpkt.sll.SLL, 101: dpkt.ip.IP}


def counted(path):
    """Packets and bytes of IP, by another reader; and how many others there are."""
    packets = octets = others = 0
    with path.open("rb") as file:
        reader = dpkt.pcap.UniversalReader(file)
        for _, data in reader:
            packet = LINKS[reader.datalink()](data)
            ip = packet if isinstance(packet, dpkt.ip.IP) else packet.data
            if isinstance(ip, dpkt.ip.IP):
                packets, octets = packets + 1, octets + ip.len
            elif isinstance(ip, dpkt.ip6.IP6):
                packets, octets = packets + 1, octets + 40 + ip.plen
            else:
                others += 1
    return packets, octets, others


@pytest.mark.network
@pytest.mark.parametrize("name", REAL)
def test_of_real_captures_every_packet_is_in_a_flow(name):
    path = Path(os.environ["HLASKA_DATA"]) / "cyber" / name
    parsed = whole(path)
    packets, octets, others = counted(path)
    sums = parsed.flows[[f.SRC_PACKETS, f.DST_PACKETS, f.SRC_BYTES, f.DST_BYTES]].sum()
    assert sums[f.SRC_PACKETS] + sums[f.DST_PACKETS] == packets
    assert sums[f.SRC_BYTES] + sums[f.DST_BYTES] == octets
    assert (parsed.skipped, parsed.unreadable) == (others, 0)
    assert len(parsed.flows) == REAL[name]
