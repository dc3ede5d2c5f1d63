import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import DataError
from training.vendors.jsons import Node, document, messages
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading


@pytest.fixture
def reading(tmp_path):
    def of(text):
        path = tmp_path / "box.json"
        path.write_text(text)
        return Reading(path, Mapping(system="b", format="coco", path="box.json"))

    return of


def node(value):
    read = Reading(Path("box.json"), Mapping(system="b", format="coco", path="box.json"))
    return Node(value, "data[3]", read)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('{\n "a": [1, 2', r"line 2: column \d+: ends in the middle", id="cut off"),
        pytest.param('{\n "a": x}', r"line 2: column 7: is no JSON", id="no JSON"),
        pytest.param('{"a": NaN}', r"line 1: NaN is no number of JSON", id="NaN"),
        pytest.param('{"a": -Infinity}', r"-Infinity is no number", id="infinity"),
        pytest.param('{"a": ' + "9" * 5000 + "}", r"line 1: Exceeds the limit", id="many digits"),
        pytest.param("[" * 100_000, r"line 1: (lists or keys are nested|column)", id="nested"),
    ],
)
def test_what_is_no_json_is_an_error_with_its_line(text, message, reading):
    with pytest.raises(DataError, match=message):
        document(reading(text))


def test_messages_are_read_from_a_list_or_from_lines_with_topics(reading):
    assert [m.value for m in messages(reading('[{"a": 1}, {"a": 2}]'))] == [{"a": 1}, {"a": 2}]
    log = 'frigate/events {"a": 1}\n\n{"a": 2}\n'
    found = list(messages(reading(log)))
    assert [(m.place, m.value) for m in found] == [("line 1", {"a": 1}), ("line 3", {"a": 2})]
    with pytest.raises(DataError, match=r"line 2: no message: 'offline'; delete the line"):
        list(messages(reading('{"a": 1}\noffline\n')))


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda n: n.number("x"), r"data\[3\]\.x: nothing, where a number up to 1e\+15"),
        (lambda n: n.number("word"), r"data\[3\]\.word: 'abc', where a number"),
        (lambda n: n.number("huge"), r"data\[3\]\.huge: 1e\+300, where a number"),
        (lambda n: n.number("yes"), r"True, where a number"),
        (lambda n: n.whole("half"), r"0\.5, where a whole number"),
        (lambda n: n.numbers("box", 4), r"data\[3\]\.box: \[1, 2\], where a list of 4 numbers"),
        (lambda n: n.text("box"), r"where a text is wanted"),
        (lambda n: n.node("box"), r"where an object is wanted"),
        (lambda n: list(n.items("word")), r"'abc', where a list is wanted"),
        (lambda n: list(n.items()), r"where a list is wanted"),
        (lambda n: Node(5, "a", n.reading).text("x"), r"a: 5, where an object with 'x' is wanted"),
        (lambda n: list(Node(5, "", n.reading).keys()), r"the whole file: 5, where an object"),
    ],
)
def test_what_is_of_another_kind_is_an_error_with_its_place(read, message):
    held = {"word": "abc", "huge": 1e300, "yes": True, "half": 0.5, "box": [1, 2]}
    with pytest.raises(DataError, match=message):
        read(node(held))


def test_ids_and_numbers_may_be_written_as_text():
    held = node({"id": 7, "x": "1.5", "list": [{"a": 1}]})
    assert (held.text("id"), held.number("x"), held.text("none", "")) == ("7", 1.5, "")
    assert [one.place for one in held.items("list")] == ["data[3].list[0]"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_whatever_json_holds_reading_it_gives_a_value_or_an_error(value):
    held = node(json.loads(json.dumps(value)))
    for read in (
        lambda: held.text("a"),
        lambda: held.number("a"),
        lambda: held.node("a"),
        lambda: list(held.items("a")),
        lambda: held.numbers("a", 2),
        lambda: list(held.keys()),
    ):
        try:
            read()
        except DataError as error:
            assert "wanted" in str(error)
