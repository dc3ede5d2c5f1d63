"""Whatever is kept as evidence of the network is a table or a sentence, never a crash."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.flow_evidence import names_in, read_evidence, service_words, talk_table
from hlaska.errors import DataError

HOSTILE = "<img src=x onerror=alert(1)>"


def test_evidence_comes_back_as_it_was_sent(conversations, talk):
    sent = conversations([talk(), talk("203.0.113.7")])
    assert read_evidence(sent.model_dump_json().encode()) == sent


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"[1]", b"\xff\xd8", b'{"talks": 3}'])
def test_what_is_no_evidence_is_said_to_be_none(content):
    with pytest.raises(DataError, match="another version"):
        read_evidence(content)


@given(content=st.binary(max_size=200))
def test_no_content_does_any_harm(content):
    with pytest.raises(DataError):
        read_evidence(content)


@pytest.mark.parametrize(
    "changes",
    [
        {"last_at": datetime.max.replace(tzinfo=UTC)},
        {"first_at": datetime.min.replace(tzinfo=UTC)},
    ],
    ids=["the end of time", "its beginning"],
)
def test_times_that_no_network_has_are_refused(conversations, talk, changes):
    content = conversations([talk(), talk(**changes)]).model_dump_json().encode()
    with pytest.raises(DataError, match="conversation 2"):
        read_evidence(content)


def test_the_table_says_who_asked_whom_for_what_and_how_that_went(conversations, talk, noon):
    few = talk("203.0.113.7", dst_port=443, service="tls", state="established", dst_bytes=2_000_000)
    many = talk(flows=1203, src_bytes=400_000)
    table = talk_table(conversations([few, many]), "", "Europe/Prague", noon)
    assert [row["flows"] for row in table["rows"]] == ["1,203", "1"], "those with most flows first"
    assert table["rows"][0] == {
        "who": "cam-gate",
        "whom": "recorder",
        "addresses": "10.0.0.11 → 10.0.0.2",
        "service": "rtsp 554",
        "outcome": "refused",
        "state": "rejected",
        "flows": "1,203",
        "sent": "400 kB",
        "received": "40 B",
        "first": "14:00:00",
        "last": "14:00:40",
    }
    assert table["rows"][1]["whom"] == "203.0.113.7"
    assert (table["more"], table["words"]) == ("", "")


def test_an_older_day_is_told_with_its_date(conversations, talk, noon):
    table = talk_table(conversations([talk()]), "", "UTC", noon + timedelta(days=2))
    assert table["rows"][0]["first"] == "01 May 12:00:00"


def test_what_was_left_out_is_counted(conversations, talk, noon):
    table = talk_table(conversations([talk()], left_out=1212), "", "UTC", noon)
    assert table["more"] == "and 1,212 more that were not kept"


def test_without_evidence_there_are_words(conversations, noon):
    assert talk_table(None, "it is gone", "UTC", noon)["words"] == "it is gone"
    assert talk_table(conversations(), "", "UTC", noon)["words"] == "No conversations in its window"


def test_a_service_without_a_name_is_told_by_its_protocol(talk):
    assert service_words(talk(service="")) == "tcp 554"
    assert service_words(talk(protocol="icmp", service="", dst_port=8)) == "icmp"


def test_hostile_words_stay_words_of_one_line(conversations, talk, noon):
    evil = talk(HOSTILE + "\n" * 9, service=HOSTILE, state=HOSTILE)
    evidence = conversations([evil])
    (row,) = talk_table(evidence, "", "UTC", noon)["rows"]
    assert row["whom"] == HOSTILE
    assert "\n" not in "".join(row.values())
    assert names_in(evidence)[evil.dst] == HOSTILE
