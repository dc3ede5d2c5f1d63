"""A bounded fuzz run of every parser, the same one each time.

For longer: `python -m tests.fuzz.fuzz_parsers zeek -runs=1000000 FOLDER`.
"""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from hlaska.network import flows as f
from tests.serving.cyber import encoders as e
from tests.serving.cyber.packets import CAMERA, RECORDER, udp, write

ROOT = Path(__file__).parents[2]
FLOW = {
    f.STARTED_AT: pd.Timestamp(e.BOOTED_S, unit="s", tz="UTC"), f.DURATION_S: 1.5,
    f.SRC: RECORDER, f.DST: CAMERA, f.SRC_PORT: 50_000, f.DST_PORT: 554, f.PROTOCOL: "tcp",
    f.STATE: "established", f.SERVICE: "rtsp", f.COMMUNITY_ID: "", f.SRC_BYTES: 40,
    f.DST_BYTES: 400, f.SRC_PACKETS: 1, f.DST_PACKETS: 9,
}  # fmt: skip
PING = FLOW | {f.PROTOCOL: "icmp", f.SRC_PORT: 8, f.DST_PORT: 0, f.SERVICE: ""}
ARGUS = """\
StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,TotPkts,TotBytes,SrcBytes,SrcPkts
2026/11/24 09:00:00.25,2.5,tcp,10.31.1.2,5000,  <-,10.31.0.1,554,S_RA,7,300,100,3
2026/11/24 09:00:00.25,2.5,icmp,10.31.1.2,0x0303,   ->,10.31.0.1,0x1,URP,7,300,100,3
"""
RUNS = {
    "zeek": 5000, "eve": 5000, "csv": 4000, "binetflow": 4000, "netflow": 3000, "tail": 20_000,
    "capture": 20_000,
}  # fmt: skip
"""Some ten seconds each, most of them spent on making tables."""


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """What each parser should read, to begin with."""
    table = f.flow_table(pd.DataFrame([FLOW, PING]))
    datagrams = [*e.netflow9(table), *e.ipfix(table)]
    text = "\n".join(e.zeek_text(table))
    capture = write(
        tmp_path_factory.mktemp("capture") / "a.pcap", [(0, udp(RECORDER, 1, CAMERA, 2))]
    )
    return {
        "zeek": [text, "\n".join(e.zeek_json(table))],
        "eve": ["\n".join(json.dumps(e.eve_record(row)) for row in e.rows(table))],
        "csv": [table.to_csv(index=False)],
        "binetflow": [ARGUS],
        "netflow": [b"".join(struct.pack("!H", len(one)) + one for one in datagrams)],
        "tail": [text],
        "capture": [capture.read_bytes()],
        "broken": [text],
    }


def fuzz(name, seeds, folder, runs):
    for number, seed in enumerate(seeds):
        (folder / f"{number}").write_bytes(seed.encode() if isinstance(seed, str) else seed)
    options = [f"-runs={runs}", "-seed=31", "-max_len=2000", "-timeout=20", "-rss_limit_mb=2000",
               f"-artifact_prefix={folder.parent}/", str(folder)]  # fmt: skip
    # The fuzzer's memory is bounded by the most that its process ever had, and Linux counts in what
    # the process had that started it: tests grow, a shell does not.
    between = ["sh", "-c", '"$@"; exit $?', "sh"]
    return subprocess.run(
        [*between, sys.executable, "-m", "tests.fuzz.fuzz_parsers", name, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
    )


@pytest.mark.parametrize("name", RUNS)
def test_no_input_is_too_much_for_a_parser(name, seeds, tmp_path):
    (tmp_path / "corpus").mkdir()
    done = fuzz(name, seeds[name], tmp_path / "corpus", RUNS[name])
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {RUNS[name]} runs" in done.stderr, done.stderr[-3000:]


def test_a_parser_that_raises_is_found(seeds, tmp_path):
    (tmp_path / "corpus").mkdir()
    done = fuzz("broken", seeds["broken"], tmp_path / "corpus", 2000)
    assert done.returncode != 0
    assert "ValueError: found" in done.stdout + done.stderr
