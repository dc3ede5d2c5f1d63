import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.cyber import values

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("10.31.1.107", "10.31.1.107", id="IPv4"),
        pytest.param("FE80:0:0::74:A6ED", "fe80::74:a6ed", id="IPv6, written otherwise"),
        pytest.param("fe80::1%eth0", "fe80::1", id="with the name of an interface"),
        pytest.param("fe80::1%<script>", "fe80::1", id="with what is none"),
        pytest.param("::ffff:10.31.1.107", "10.31.1.107", id="IPv4 in IPv6"),
        pytest.param("00:11:22:33:44:55", "", id="of hardware"),
        pytest.param("10.31.1.999", "", id="no byte"),
        pytest.param("camera-07", "", id="a name"),
        pytest.param(167_772_161, "", id="a number"),
        pytest.param(None, "", id="nothing"),
        pytest.param(["10.31.1.107"], "", id="a list"),
    ],
)
def test_addresses_are_brought_to_one_form(text, address):
    assert values.addresses([text]) == [address]


@pytest.mark.parametrize(
    ("told", "six", "name"),
    [
        ("TCP", False, "tcp"),
        ("6", False, "tcp"),
        ("017", False, "udp"),
        ("icmp", False, "icmp"),
        ("icmp", True, "icmp6"),
        ("IPv6-ICMP", True, "icmp6"),
        ("gre", False, "47"),
        ("89", False, "89"),
        ("256", False, ""),
        ("-1", False, ""),
        ("²", False, ""),
        ("<b>", False, ""),
        ("", False, ""),
        ("arp", False, None),
        ("man", False, None),
    ],
)
def test_protocols_have_one_name(told, six, name):
    assert values.protocol_name(told, six) == name


@pytest.mark.parametrize(
    ("told", "service"),
    [
        ("ssl", "tls"),
        ("TLS.Google", "tls"),
        ("gssapi,smb,ntlm", "smb"),
        ("opc-ua", "opc-ua"),
        ("failed", ""),
        ("Unknown", ""),
        ("-", ""),
        ("<script>alert(1)</script>", ""),
        ("x" * 33, ""),
        ("dns\u202egnp", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_services_have_our_names_and_nothing_hostile(told, service):
    assert values.services([told]) == [service]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("2021-06-06T15:59:46.457984+0200", 1622987986.457984, id="with a zone"),
        pytest.param("2021-06-06T13:59:46Z", 1622987986.0, id="UTC"),
        pytest.param("2021-06-06 13:59:46", 1622987986.0, id="without a zone: UTC"),
        pytest.param("2021/06/06 13:59:46", 1622987986.0, id="as Argus writes it"),
        pytest.param("2021-13-06T13:59:46Z", math.nan, id="no month"),
        pytest.param("0001-01-01T00:00:00+14:00", -62135647200.0, id="before the first year"),
        pytest.param("yesterday", math.nan, id="none"),
        pytest.param(None, math.nan, id="nothing"),
    ],
)
def test_times(text, seconds):
    assert values.times([text])[0] == pytest.approx(seconds, nan_ok=True, abs=1e-6)


def test_times_may_come_as_seconds():
    assert values.times(["1622987986.5", 22.335172]).tolist() == [1622987986.5, 22.335172]


def test_numbers_may_come_as_text_and_what_is_none_is_not_taken_for_zero():
    found = values.numbers(["7", 8, "nine", None, "", 10**400, [1], "1e3"])
    np.testing.assert_array_equal(found, [7, 8] + [np.nan] * 5 + [1000])


def test_the_first_column_that_tells_a_number_counts():
    found = values.counts(4, ["1", "", None, "x"], ["5", "6", None, "7"])
    np.testing.assert_array_equal(found, [1, 6, 0, np.nan])


def test_a_column_of_lists_is_no_table():
    assert np.isnan(values.numbers([[1], [2]])).all()
    assert values.counts(2, [[1], [2]]).shape == (2,)


@given(st.lists(ANYTHING))
def test_nothing_that_json_can_hold_is_too_much(column):
    for found in (values.numbers(column), values.times(column), values.counts(len(column), column)):
        assert found.shape == (len(column),)
    assert all(isinstance(each, str) for each in values.addresses(column) + values.services(column))


@given(ANYTHING)
def test_what_is_shown_of_a_value_is_short_and_plain(value):
    text = values.shown(value)
    assert text.removesuffix("…").isascii()
    assert text.isprintable()
    assert len(text) <= values.SHOWN
