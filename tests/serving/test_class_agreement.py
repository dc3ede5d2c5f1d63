from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from serving.class_agreement import MOST_KEPT, ClassAgreement, Scores

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CLASSES = ("scan", "flood", "normal")
POINTS = {"scan": 0.5, "flood": 0.25}
APART = timedelta(seconds=10)


def scores(*rows, classes=CLASSES, points=POINTS):
    values = np.array(rows, np.float32).reshape(-1, len(classes))
    return Scores(values, classes, points)


def nobody(row):
    return "", NOON


def each_its_own(row):
    return f"row {row}", NOON


def agreed(champion, shadow, where=each_its_own):
    found = ClassAgreement(APART)
    found.add(champion, shadow, where)
    return found


def figures(agreement):
    return {
        name: (tally.both, tally.only_champion, tally.only_shadow)
        for name, tally in agreement.tallies.items()
    }


def matrices(rows):
    return arrays.arrays(
        np.float32, (rows, len(CLASSES)), elements=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
    )


some_rows = st.integers(0, 30)
pairs_of_scores = some_rows.flatmap(lambda n: st.tuples(matrices(n), matrices(n)))


@given(pairs_of_scores)
def test_tallies_are_what_counting_row_by_row_gives(pair):
    champion, shadow = (Scores(values, CLASSES, POINTS) for values in pair)
    found = figures(agreed(champion, shadow))
    for column, name in enumerate(CLASSES[:2]):
        rows = [
            (one[column] >= POINTS[name], two[column] >= POINTS[name])
            for one, two in zip(*pair, strict=True)
        ]
        wanted = (rows.count((True, True)), rows.count((True, False)), rows.count((False, True)))
        assert found[name] == wanted


@given(pairs_of_scores, st.integers(0, 30))
def test_two_looks_count_as_much_as_one_look_at_both(pair, cut):
    whole = agreed(*(Scores(values, CLASSES, POINTS) for values in pair))
    parts = ClassAgreement(APART)
    for part in (slice(None, cut), slice(cut, None)):
        parts.add(*(Scores(values[part], CLASSES, POINTS) for values in pair), each_its_own)
    assert figures(parts) == figures(whole) and parts.rows == whole.rows
    assert parts.whole.share == whole.whole.share


@given(pairs_of_scores)
def test_who_is_champion_only_swaps_sides(pair):
    one, other = (Scores(values, CLASSES, POINTS) for values in pair)
    there, back = agreed(one, other), agreed(other, one)
    assert figures(back) == {name: (b, s, c) for name, (b, c, s) in figures(there).items()}
    assert there.whole.share == back.whole.share
    assert [each.size for each in there.differences] == [each.size for each in back.differences]


@given(pairs_of_scores)
def test_differences_are_the_largest_and_each_counts_for_one_only(pair):
    found = agreed(*(Scores(values, CLASSES, POINTS) for values in pair))
    sizes = [each.size for each in found.differences]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) <= MOST_KEPT
    for each in found.differences:
        point = POINTS[each.what]
        assert (each.champion >= point) != (each.shadow >= point)
    differing = found.whole.only_champion + found.whole.only_shadow
    assert len(sizes) == min(differing, MOST_KEPT)


def test_each_model_counts_by_its_own_operating_point():
    one = scores((0.4, 0, 0), points={"scan": 0.3})
    other = scores((0.4, 0, 0), points={"scan": 0.5})
    assert figures(agreed(one, other)) == {"scan": (0, 1, 0)}


def test_a_class_that_one_does_not_know_is_its_alone_who_does():
    one = scores((0.9, 0, 0))
    other = scores((0.9, 0.1), classes=("flood", "normal"), points={"flood": 0.5})
    assert figures(agreed(one, other)) == {"flood": (0, 0, 1), "scan": (0, 1, 0)}


def test_columns_are_found_by_their_names():
    one = scores((0.9, 0, 0.1))
    other = scores((0.1, 0.9, 0), classes=("normal", "scan", "flood"))
    assert figures(agreed(one, other))["scan"] == (1, 0, 0)


def test_neighbours_are_told_once_by_the_largest_and_later_ones_again():
    found = ClassAgreement(APART)
    for second, score in ((0, 0.6), (4, 0.9), (8, 0.7), (60, 0.8)):
        at = NOON + timedelta(seconds=second)
        found.add(scores((score, 0, 0)), scores((0, 0, 0)), lambda row, at=at: ("", at))
    told = [(each.champion, each.at.second + 60 * each.at.minute) for each in found.differences]
    assert told == [(pytest.approx(0.9), 4), (pytest.approx(0.8), 60)]


def test_the_tables_name_classes_and_what_differs():
    found = agreed(scores((0.9, 0, 0), (0.9, 0.1, 0)), scores((0.2, 0, 0), (0.8, 0.1, 0)))
    table = found.table("windows")
    rows = {row["what"]: row for row in table.rows}
    assert rows["scan"] == {
        "what": "scan",
        "share": 0.5,
        "both": 1,
        "only_champion": 1,
        "only_shadow": 0,
        "windows": 2,
    }
    assert rows["flood"]["share"] is None
    assert {column.key for column in table.columns} == rows["scan"].keys() - {"what"}
    named = found.differences_table("conversation", "note")
    (row,) = named.rows
    assert (row["what"], row["who"], row["at"]) == ("scan", "row 0", "2026-05-01T12:00:00+00:00")
    assert [column.key for column in named.columns] == ["who", "champion", "shadow", "at"]
    unnamed = agreed(scores((0.9, 0, 0)), scores((0, 0, 0)), nobody).differences_table("", "note")
    assert "who" not in unnamed.rows[0] and "who" not in {each.key for each in unnamed.columns}


def test_nothing_seen_has_no_share():
    found = agreed(scores(), scores())
    assert found.whole.share is None and found.differences == []
