"""Feeds of a site file: followed while they are written, or played."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from hlaska.errors import SourceError
from hlaska.network import flows as f
from hlaska.network.conversations import ended_at
from serving.cyber.feeds import Played, connect, in_order
from serving.cyber.parsed import Parsed
from serving.cyber.source import TextFeed

HEAD = (
    "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\torig_bytes\t"
    "resp_bytes\tconn_state\torig_pkts\tresp_pkts\n"
)


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "conn.log"
    rows = [
        f"{1000 + n}.0\t10.31.1.2\t4000\t10.31.1.11\t554\ttcp\t0.5\t10\t20\tSF\t3\t3\n"
        for n in range(500)
    ]
    path.write_text(HEAD + "".join(rows))
    return path


def opened(uri, tmp_path):
    return connect(uri, open_uri=lambda uri: str(tmp_path / uri.partition("/")[2]), live_s=1e6)


def test_a_log_is_followed(log, tmp_path):
    feed = opened(f"zeek:{tmp_path}", tmp_path)
    assert isinstance(feed, TextFeed) and feed.live
    told = feed.told()
    assert len(next(told).flows) == 500
    with log.open("a") as end:
        end.write("2000.0\t10.31.1.2\t1\t10.31.1.11\t80\ttcp\t0.5\t1\t2\tSF\t1\t1\n")
    assert sum(len(part.flows) for part in islice(told, 3)) == 1
    feed.close()


def test_a_file_of_a_data_set_is_played_as_if_it_were_live(log, tmp_path):
    feed = opened("dataset:day/conn.log", tmp_path)
    assert isinstance(feed, Played) and not feed.live
    told = feed.told()
    assert len(next(told).flows) == 0, "first, what could not be read"
    feed.close()
    assert list(told) == []


def test_what_a_data_set_holds_beside_flows_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"allowed are files that end in \.log"):
        opened("dataset:day/truth.txt", tmp_path)


def test_an_unknown_kind_of_feed_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(SourceError, match="zeek"):
        opened("syslog:/var/log", tmp_path)


@pytest.mark.parametrize("held", [10, 100, 10_000])
def test_a_recording_is_put_in_the_order_in_which_its_flows_ended(town, held):
    rng = np.random.default_rng(3)
    at = np.arange(1000) + rng.uniform(0, 5, 1000)
    flows = town.table([town.flow(float(at_s), town.recorder, town.camera, 80) for at_s in at])
    parts = [Parsed(flows=flows.iloc[n : n + 90]) for n in range(0, 1000, 90)]
    sorted_parts = list(in_order(iter(parts), held=held))
    ends = [end for part in sorted_parts for end in ended_at(part.flows)]
    assert len(ends) == 1000 and ends == sorted(ends)


def test_what_could_not_be_read_is_still_told(town):
    parts = [Parsed(unreadable=2, complaint="line 7"), Parsed(flows=f.no_flows(), unreadable=1)]
    (whole,) = in_order(iter(parts))
    assert whole.unreadable == 3 and whole.complaint == "line 7"
    assert list(in_order(iter([]))) == []
