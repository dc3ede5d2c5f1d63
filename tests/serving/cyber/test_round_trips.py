"""A flow table written as a source would write it, and read, is the same table."""

import json

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from hlaska.network import flows as f
from serving.cyber.eve import EveParser
from serving.cyber.netflow import NetFlowDecoder
from serving.cyber.pairing import Pairing
from serving.cyber.parsed import together
from serving.cyber.tables import CsvParser
from serving.cyber.zeek import ZeekParser
from tests.serving.cyber import encoders

EXAMPLES = settings(max_examples=40)


def same(parsed, table):
    assert not parsed.complaint
    assert (parsed.unreadable, parsed.skipped, parsed.lost) == (0, 0, 0)
    order = [f.SRC, f.DST, f.STARTED_AT]
    found, expected = (
        each.sort_values(order).reset_index(drop=True) for each in (parsed.flows, table)
    )
    pd.testing.assert_frame_equal(found, expected, rtol=0, atol=1e-6)


def from_netflow(datagrams):
    decoder, pairing = NetFlowDecoder(), Pairing()
    received = decoder.read([("10.31.0.9", datagram) for datagram in datagrams])
    assert (received.unreadable, received.skipped, received.lost) == (0, 0, 0)
    assert not received.complaint
    return together([pairing.join(received.halves, 0.0), pairing.rest()])


@EXAMPLES
@given(encoders.tables())
def test_zeeks_text(table):
    same(ZeekParser().read(encoders.zeek_text(table)), table)


@EXAMPLES
@given(encoders.tables(), st.permutations(encoders.ZEEK_FIELDS), st.sampled_from(["\t", "|", ";"]))
def test_zeeks_text_with_other_fields_and_separators(table, fields, separator):
    layout = {"fields": (*fields, "new_in_zeek_99"), "separator": separator, "unset": "?"}
    same(ZeekParser().read(encoders.zeek_text(table, **layout)), table)


@EXAMPLES
@given(encoders.tables())
def test_zeeks_json(table):
    same(ZeekParser().read(encoders.zeek_json(table)), table)


@EXAMPLES
@given(encoders.tables())
def test_suricatas_events(table):
    lines = [json.dumps(encoders.eve_record(row)) for row in encoders.rows(table)]
    same(EveParser().read(lines), table)


@EXAMPLES
@given(encoders.tables(), st.permutations(list(f.FLOW_DTYPES)))
def test_csv_of_our_own_with_its_columns_in_any_order(table, columns):
    same(CsvParser().read(table[columns].to_csv(index=False).split("\n")), table)


@EXAMPLES
@given(encoders.tables(netflow=True))
def test_netflow_9(table):
    same(from_netflow(encoders.netflow9(table)), table)


@EXAMPLES
@given(encoders.tables(netflow=True))
def test_ipfix(table):
    same(from_netflow(encoders.ipfix(table)), table)
