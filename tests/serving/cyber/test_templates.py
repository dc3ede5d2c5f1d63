import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.cyber import templates as t
from serving.cyber.templates import MalformedError, Template, read_templates

PAIR = ((t.SRC4, 4), (t.DST4, 4))


def fields(*pairs):
    return b"".join(struct.pack("!HH", *pair) for pair in pairs)


def test_a_record_of_netflow_5_has_48_bytes():
    assert t.V5.least == 48


def test_only_the_wanted_fields_of_records_are_kept():
    template = Template(((t.SRC4, 4), (9, 1), (t.DST4, 4), (t.BYTES, 2), (t.BYTES, 4)))
    record = b"\x0a\x1f\x01\x02" + b"?" + b"\x0a\x1f\x00\x01" + b"\x01\x00" + b"????"
    kept, count = template.records(record * 3 + b"\0\0")
    assert count == 3
    records = template.columns(kept)
    assert records.whole(t.BYTES).tolist() == [256] * 3
    assert records.packed(t.SRC4) == [b"\x0a\x1f\x01\x02"] * 3


@given(st.integers(1, 8), st.data())
def test_numbers_may_be_of_any_length(length, data):
    number = data.draw(st.integers(0, 256**length - 1))
    template = Template(((t.BYTES, length),))
    kept, _ = template.records(number.to_bytes(length, "big"))
    assert template.columns(kept).whole(t.BYTES).tolist() == [number]


def test_what_stands_behind_fields_of_variable_length_is_found():
    template = Template(((82, t.VARIABLE), (t.SRC4, 4), (95, t.VARIABLE), (t.BYTES, 2)))
    short = b"\x03abc" + b"\x0a\x1f\x01\x02" + b"\x00" + b"\x00\x07"
    long = b"\xff\x01\x2c" + b"x" * 300 + b"\x0a\x1f\x01\x03" + b"\x01y" + b"\x00\x08"
    kept, count = template.records(short + long + b"\0\0\0")
    assert count == 2
    assert template.columns(kept).whole(t.BYTES).tolist() == [7, 8]
    assert template.columns(kept).packed(t.SRC4)[1] == b"\x0a\x1f\x01\x03"


@pytest.mark.parametrize("body", [b"\x50abc" + b"?" * 8, b"\xff\xff\xff" + b"?" * 8])
def test_a_record_that_reaches_beyond_its_set_is_malformed(body):
    with pytest.raises(MalformedError, match="beyond its set"):
        Template(((82, t.VARIABLE), (t.SRC4, 4))).records(body)


@pytest.mark.parametrize(
    ("pairs", "flows"),
    [
        (PAIR, True),
        (((t.SRC6, 16), (t.DST6, 16)), True),
        (((t.SRC4, 4), (t.DST6, 16)), False),
        (((t.SRC4, 4), (t.DST4, 3)), False),
        (((t.SRC4, 4), (t.BYTES, 4)), False),
    ],
)
def test_only_a_pair_of_addresses_makes_a_flow(pairs, flows):
    assert Template(pairs).tells_of_flows is flows


def test_templates_of_options_tell_of_no_flows():
    ((number, template),) = read_templates(
        struct.pack("!HHH", 256, 4, 8) + fields((1, 4), *PAIR), ipfix=False, options=True
    )
    assert (number, template.tells_of_flows, template.least) == (256, False, 12)
    ((_, template),) = read_templates(
        struct.pack("!HHH", 257, 3, 1) + fields((149, 4), *PAIR), ipfix=True, options=True
    )
    assert (template.tells_of_flows, template.least) == (False, 12)


def test_several_templates_and_padding_come_in_one_set():
    body = struct.pack("!HH", 256, 2) + fields(*PAIR) + struct.pack("!HH", 300, 1) + fields((1, 4))
    for padding in (b"", b"\0\0", b"\0\0\0\0"):
        found = read_templates(body + padding, ipfix=True, options=False)
        assert [number for number, _ in found] == [256, 300]


def test_fields_of_other_enterprises_are_stepped_over_and_the_way_back_is_known():
    other = struct.pack("!HHI", 0x8000 | t.BYTES, 4, 9)
    back = struct.pack("!HHI", 0x8000 | t.BYTES, 8, t.BACK_ENTERPRISE)
    body = struct.pack("!HH", 256, 4) + fields(*PAIR) + other + back
    ((_, template),) = read_templates(body, ipfix=True, options=False)
    assert template.least == 4 + 4 + 4 + 8
    assert set(template.wanted) == {t.SRC4, t.DST4, t.BACK + t.BYTES}


def test_in_ipfix_a_template_may_be_withdrawn():
    assert read_templates(b"\x01\x00\0\0", ipfix=True, options=False) == [(256, None)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(struct.pack("!HH", 256, 2) + fields((1, 4)), id="breaks off"),
        pytest.param(struct.pack("!HH", 256, 0), id="no fields"),
        pytest.param(struct.pack("!HH", 256, 60_000) + fields(*PAIR), id="too many fields"),
        pytest.param(struct.pack("!HH", 256, 1) + fields((1, 0)), id="records of no bytes"),
        pytest.param(struct.pack("!HH", 5, 1) + fields((1, 4)), id="number of a header"),
        pytest.param(struct.pack("!HH", 256, 2) + fields((1, 60_000), (2, 60_000)), id="too long"),
        pytest.param(struct.pack("!HH", 256, 1) + fields((1, t.VARIABLE)), id="variable in v9"),
    ],
)
def test_malformed_templates_are_refused(body):
    with pytest.raises(MalformedError):
        read_templates(body, ipfix=False, options=False)


@given(st.binary(max_size=200), st.booleans(), st.booleans(), st.binary(max_size=300))
def test_no_bytes_are_too_much(body, ipfix, options, data):
    try:
        found = read_templates(body, ipfix=ipfix, options=options)
    except MalformedError:
        return
    for _, template in found:
        if template is None:
            continue
        try:
            kept, count = template.records(data)
        except MalformedError:
            continue
        assert count <= len(data)
        if template.wanted:
            columns = template.columns(kept)
            assert all(len(columns.packed(element)) == count for element in template.wanted)
