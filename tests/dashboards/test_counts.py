"""The chart's sums are the journal's, whenever they were asked for."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.counts import Bin, Counts
from serving.messages import CountBin

with_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
CROSSINGS = st.lists(
    st.tuples(st.integers(0, 600), st.sampled_from(["in", "out"]), st.integers(1, 3)), max_size=40
)


@given(crossings=CROSSINGS, split=st.integers(0, 40))
@with_fixtures
def test_sums_do_not_depend_on_when_the_snapshot_was_taken(crossings, split, crossing, stored):
    events = [
        stored(crossing(second, direction=direction, count=count), seq)
        for seq, (second, direction, count) in enumerate(crossings, start=1)
    ]
    all_live = Counts(bin_s=60)
    for one in events:
        all_live = all_live.plus(one)
    past = Counts(bin_s=60)
    for one in events[:split]:
        past = past.plus(one)
    bins = [
        CountBin(source=b.source, line=b.line, object_class=b.object_class,
                 direction=b.direction, start=b.start, count=count)
        for b, count in past.bins.items()
    ]  # fmt: skip
    mixed = Counts.of(bins, bin_s=60, up_to_seq=min(split, len(events)))
    for one in events:  # the subscription may replay what the snapshot already holds
        mixed = mixed.plus(one)
    assert mixed.bins == all_live.bins
    assert sum(mixed.bins.values()) == sum(count for _, _, count in crossings)


def test_an_interval_begins_at_a_whole_number_of_intervals(noon):
    counts = Counts(bin_s=60)
    assert counts.start_of(noon + timedelta(seconds=59.9)) == noon
    assert counts.start_of(noon + timedelta(seconds=60)) == noon + timedelta(seconds=60)


def test_only_crossings_are_counted(event, stored):
    counts = Counts(bin_s=60)
    assert counts.plus(stored(event(), 1)) is counts


def test_a_line_is_summed_over_its_classes_unless_one_is_named(crossing, stored):
    counts = Counts(bin_s=60).plus(stored(crossing(1), 1))
    bicycle = {"object_class": "bicycle", "direction": "in", "count": 2}
    counts = counts.plus(stored(crossing(2, attributes=bicycle), 2))
    both = counts.per_line(source="gate", line="middle", direction="in")
    assert list(both.values()) == [3]
    one = counts.per_line(source="gate", line="middle", direction="in", object_class="bicycle")
    assert list(one.values()) == [2]
    assert counts.per_line(source="gate", line="middle", direction="out") == {}


def test_intervals_before_a_moment_are_left_out(noon):
    minute_before = noon - timedelta(minutes=1)
    kind = {"source": "gate", "line": "middle", "object_class": "person", "direction": "in"}
    told = [CountBin(**kind, start=minute_before, count=1), CountBin(**kind, start=noon, count=2)]
    counts = Counts.of(told, bin_s=60, up_to_seq=3)
    assert counts.since(noon).bins == {Bin(*kind.values(), noon): 2}
    assert counts.since(minute_before) is counts


def test_one_more_crossing_leaves_the_sums_before_as_they_were(crossing, stored):
    before = Counts(bin_s=60).plus(stored(crossing(1), 1))
    after = before.plus(stored(crossing(2), 2))
    assert (list(before.bins.values()), list(after.bins.values())) == ([1], [2])
