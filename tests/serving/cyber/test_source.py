"""The door: every address, what becomes of it, and what is said when it is wrong."""

import json
import os
import socket
from pathlib import Path

import pandas as pd
import pytest

from hlaska.errors import SourceError
from hlaska.network import flows as f
from serving.cyber import source
from serving.cyber.parsed import together
from serving.cyber.source import open_feed
from tests.serving.cyber import encoders as e
from tests.serving.cyber.packets import CAMERA, RECORDER, udp, write

ZEEK = e.zeek_header()


def line(port, **changes):
    record = {
        "ts": 1_700_000_000.0 + port, "uid": "C1", "id.orig_h": RECORDER, "id.orig_p": port,
        "id.resp_h": CAMERA, "id.resp_p": 554, "proto": "tcp", "conn_state": "SF", "orig_pkts": 1,
        "resp_pkts": 1, "orig_ip_bytes": 40, "resp_ip_bytes": 40, "duration": 1.0,
    }  # fmt: skip
    return e.zeek_line(record | changes)


def log(path, *lines):
    path.write_text("".join(f"{each}\n" for each in lines))
    return path


def table():
    """Of one flow."""
    columns = {
        f.STARTED_AT: pd.Timestamp(e.BOOTED_S, unit="s", tz="UTC"), f.DURATION_S: 1.0,
        f.SRC: RECORDER, f.DST: CAMERA, f.SRC_PORT: 50_000, f.DST_PORT: 554, f.PROTOCOL: "tcp",
        f.SRC_BYTES: 40, f.DST_BYTES: 40, f.SRC_PACKETS: 1, f.DST_PACKETS: 1,
        f.STATE: "established",
        f.COMMUNITY_ID: f.community_id("tcp", RECORDER, CAMERA, 50_000, 554),
    }  # fmt: skip
    return f.flow_table(pd.DataFrame([columns]))


def whole(uri):
    feed = open_feed(uri, follow=False)
    parts = list(feed.told())
    feed.close()
    assert not feed.live
    return together(parts)


def ports(parsed):
    return parsed.flows[f.SRC_PORT].tolist()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(source, "WAIT_S", 0.01)


def test_a_folder_of_zeeks_is_read_in_the_order_of_its_names(tmp_path):
    log(tmp_path / "conn.log", *ZEEK, line(3))
    log(tmp_path / "conn.2026-11-24-01.log", *ZEEK, line(2))
    log(tmp_path / "conn.2026-11-24-00.log", *e.zeek_header(tuple(reversed(e.ZEEK_FIELDS))))
    log(tmp_path / "conn-summary.log", "not for us")
    log(tmp_path / "dns.log", "#path\tdns")
    assert ports(whole(f"zeek:{tmp_path}")) == [2, 3]


def test_one_log_of_zeeks_may_be_named(tmp_path):
    assert ports(whole(f"zeek:{log(tmp_path / 'some.log', *ZEEK, line(7))}")) == [7]


def test_suricatas_events_are_read(tmp_path):
    path = log(tmp_path / "eve.json", json.dumps(e.eve_record(e.rows(table())[0])))
    assert ports(whole(f"eve:{path}")) == [50_000]


def test_csv_is_read(tmp_path):
    path = tmp_path / "a.csv"
    table().to_csv(path, index=False)
    pd.testing.assert_frame_equal(whole(f"csv:{path}").flows, table())


def test_a_capture_is_read(tmp_path):
    path = write(tmp_path / "a.pcap", [(0, udp(RECORDER, 50_000, CAMERA, 554))])
    assert ports(whole(f"pcap:{path}")) == [50_000]


def test_exporters_are_listened_to():
    feed = open_feed(f"netflow://127.0.0.1:{_free_port()}", follow=True)
    told = feed.told()
    assert feed.live
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as exporter:
        for datagram in (b"nonsense", *e.netflow9(table())):
            exporter.sendto(datagram, ("127.0.0.1", feed.port))
    parts = [next(told)]
    while not len(parts[-1].flows):
        parts.append(next(told))
    feed.close()
    assert list(told) == []
    parsed = together(parts)
    assert (ports(parsed), parsed.unreadable) == ([50_000], 1)
    assert "no NetFlow" in parsed.complaint


def _free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


def test_a_log_is_followed_over_its_rotation(tmp_path, impatient):
    path = log(tmp_path / "conn.log", *ZEEK, line(1))
    log(tmp_path / "conn.00.log", *ZEEK, line(99))
    feed = open_feed(f"zeek:{tmp_path}", follow=True)
    assert feed.live
    told = feed.told()
    assert ports(next(told)) == [1]
    assert ports(next(told)) == []
    with path.open("a") as file:
        file.write(line(2) + "\n" + line(3)[:20])
    assert ports(next(told)) == [2]
    path.rename(tmp_path / "conn.01.log")
    log(path, *e.zeek_header(tuple(reversed(e.ZEEK_FIELDS))))
    cut = next(told)
    assert (ports(cut), cut.unreadable) == ([], 1)
    assert cut.complaint.startswith(f"{path}: line 10: ")
    with path.open("a") as file:
        fields = tuple(reversed(e.ZEEK_FIELDS))
        file.write(e.zeek_line(_record(4), fields) + "\n")
    parts = [next(told) for _ in range(3)]
    assert ports(together(parts)) == [4]
    feed.close()
    assert all(not len(part.flows) for part in told)


def _record(port):
    return {
        "ts": 1_700_000_000.0, "id.orig_h": RECORDER, "id.orig_p": port, "id.resp_h": CAMERA,
        "id.resp_p": 554, "proto": "tcp", "conn_state": "SF",
    }  # fmt: skip


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path, impatient):
    feed = open_feed(f"zeek:{tmp_path}", follow=True)
    told = feed.told()
    assert ports(next(told)) == []
    log(tmp_path / "conn.log", *ZEEK, line(1))
    assert ports(next(told)) == [1]
    feed.close()


def test_a_long_log_comes_in_tables_of_so_many_rows(tmp_path):
    count = 2 * source.MOST_LINES + 5
    log(tmp_path / "conn.log", *ZEEK, *(line(1) for _ in range(count)))
    sizes = [len(part.flows) for part in open_feed(f"zeek:{tmp_path}", follow=False).told()]
    assert sum(sizes) == count
    assert max(sizes) <= source.MOST_LINES


def test_a_line_that_is_too_long_is_counted(tmp_path):
    path = log(tmp_path / "conn.log", *ZEEK, line(1), "x" * 3_000_000, line(2))
    parsed = whole(f"zeek:{path}")
    assert (ports(parsed), parsed.unreadable) == ([1, 2], 1)
    assert parsed.complaint == f"{path}: a line of more than 1000000 bytes"


def test_a_complaint_names_file_and_line(tmp_path):
    path = log(tmp_path / "conn.log", *ZEEK, line(1), line(2)[:30])
    parsed = whole(f"zeek:{path}")
    assert parsed.complaint.startswith(f"{path}: line 9: ")


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("zeke:/tmp", r"no kind of flow feed 'zeke'; did you mean 'zeek'\? Known: binetflow, csv"),
        ("/var/log/zeek", "no kind of flow feed"),
        ("", "no kind of flow feed"),
        ("zeek:", "'zeek:' names nothing"),
        ("netflow://", "names nothing"),
        ("zeek:{}/none/conn.log", "there is no folder .*none"),
        ("zeek:{}", r"holds no conn\.log"),
        ("eve:{}/eve.json", "there is no file"),
        ("eve:{}", "is no file"),
        ("csv:{}/a.csv", "there is no file"),
        ("pcap:{}/a.pcap", "there is no file"),
        ("interface:eth77", "no network interface 'eth77'"),
        ("netflow://127.0.0.1", r"is no address; write netflow://0\.0\.0\.0:2055"),
        ("netflow://127.0.0.1:port", "is no address"),
        ("netflow://127.0.0.1:99999", "is no address"),
        ("netflow://[::", "is no address"),
        ("netflow://192.0.2.7:2055", r"UDP port 2055 of 192\.0\.2\.7 cannot be listened on"),
    ],
)
def test_an_address_that_leads_nowhere_is_explained(tmp_path, uri, words):
    with pytest.raises(SourceError, match=words):
        open_feed(uri.format(tmp_path), follow=False)


@pytest.mark.parametrize("kind", ["zeek", "eve", "csv", "binetflow"])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"some words\nand more\n", id="text"),
        pytest.param(b'{"some": "JSON"}\n', id="JSON"),
        pytest.param(bytes(range(256)) * 50, id="bytes"),
        pytest.param(b"\xd4\xc3\xb2\xa1" + bytes(900), id="a capture"),
        pytest.param(b"#path\tdns\n", id="another log of Zeek's"),
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path, kind, content):
    path = tmp_path / "conn.log"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=rf"^{path}: "):
        whole(f"{kind}:{path}")


@pytest.mark.parametrize("kind", ["zeek", "eve", "csv", "binetflow"])
def test_an_empty_file_has_no_flows(tmp_path, kind):
    path = tmp_path / "a.log"
    path.touch()
    assert len(whole(f"{kind}:{path}").flows) == 0


SLIPS = {
    "zeek:test10-mixed-zeek-dir": 141,
    "zeek:port-scans/vertical/conn.log": 50,
    "eve:test6-malicious.suricata.json": 3512,
    "binetflow:test2-malicious.binetflow": 6751,
    "binetflow:test5-mixed.binetflow": 296,
    "pcap:test-cc/test-cc-capture-1.pcap": 299,
}


@pytest.mark.network
@pytest.mark.parametrize("uri", SLIPS)
def test_real_recordings_are_read_through_the_door(uri):
    kind, _, name = uri.partition(":")
    parsed = whole(f"{kind}:{Path(os.environ['HLASKA_DATA']) / 'cyber/slips' / name}")
    assert len(parsed.flows) == SLIPS[uri]
    assert (parsed.unreadable, parsed.complaint) == (0, "")
    assert {name: str(kind) for name, kind in parsed.flows.dtypes.items()} == dict(f.FLOW_DTYPES)


@pytest.mark.network
@pytest.mark.parametrize("uri", ["zeek:../nsl-kdd/KDDTest+.txt", "eve:test2-malicious.binetflow"])
def test_a_real_file_of_another_format_is_refused(uri):
    kind, _, name = uri.partition(":")
    with pytest.raises(SourceError, match="nothing in it can be read"):
        whole(f"{kind}:{Path(os.environ['HLASKA_DATA']) / 'cyber/slips' / name}")
