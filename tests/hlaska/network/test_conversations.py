"""Sums over who talked to whom about what."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.conversations import conversations, together

HOSTS = st.sampled_from(["10.0.0.1", "10.0.0.2", "fd00::1"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            f.STARTED_AT: st.integers(0, 10**9).map(
                lambda us: pd.Timestamp(us, unit="us", tz="UTC")
            ),
            f.DURATION_S: st.floats(0, 1000).map(lambda value: round(value, 3)),
            f.SRC: HOSTS,
            f.DST: HOSTS,
            f.SRC_PORT: st.integers(0, 65_535),
            f.DST_PORT: st.sampled_from([22, 554, 9000]),
            f.PROTOCOL: st.sampled_from(["tcp", "udp"]),
            f.SRC_BYTES: st.integers(0, 10**12),
            f.DST_BYTES: st.integers(0, 10**12),
            f.SRC_PACKETS: st.integers(0, 10**9),
            f.DST_PACKETS: st.integers(0, 10**9),
            f.STATE: st.sampled_from(["established", "unanswered"]),
        }
    ),
    max_size=30,
)


def table(rows):
    if not rows:
        return f.no_flows()
    return f.flow_table({name: [row[name] for row in rows] for name in rows[0]})


def ordered(conversations):
    return conversations.sort_values(list(c.KEYS)).reset_index(drop=True)


@given(rows=ROWS)
def test_sums_are_those_of_pandas(rows):
    flows = table(rows)
    found = ordered(conversations(flows))
    assert list(found.columns) == list(c.COLUMNS)
    plain = flows.assign(
        flows=1,
        duration_sum_s=flows[f.DURATION_S],
        first_at=flows[f.STARTED_AT],
        last_at=c.ended_at(flows),
    )
    how = dict.fromkeys(c.SUMS, "sum") | {c.FIRST_AT: "min", c.LAST_AT: "max"}
    wanted = plain.groupby(list(c.KEYS)).agg(how).reset_index()
    pd.testing.assert_frame_equal(found, ordered(wanted), check_dtype=False)


@given(rows=ROWS, parts=st.integers(1, 5))
def test_slices_put_together_are_the_whole(rows, parts):
    flows = table(rows)
    slices = [
        conversations(flows.iloc[part::parts].reset_index(drop=True)) for part in range(parts)
    ]
    whole, sums = ordered(conversations(flows)), ordered(together(slices))
    pd.testing.assert_frame_equal(whole, sums)


def test_nothing_is_a_table_without_rows():
    assert together([]).empty and list(together([]).columns) == list(c.COLUMNS)
    assert conversations(f.no_flows()).dtypes.equals(together([]).dtypes)


def test_a_flow_ends_when_its_last_packet_was_seen(town, noon):
    flows = town.table([town.flow(1.5, town.recorder, town.camera, 554, duration_s=2.25)])
    assert c.ended_at(flows)[0] == pd.Timestamp(noon) + pd.Timedelta("3.75s")


def test_what_strangers_claim_to_have_sent_does_not_overflow(town):
    rows = [town.flow(0, town.outside, town.camera, 80, src_bytes=2**48)] * 40_000
    (sent,) = conversations(town.table(rows))[f.SRC_BYTES]
    assert sent == 2**62
