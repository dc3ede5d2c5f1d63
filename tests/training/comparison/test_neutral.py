from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import DataError, HlaskaError
from training.comparison import neutral

WANTED = {"line": neutral.word, "count": neutral.whole}
OPTIONAL = {"at": neutral.or_nothing(neutral.moment), "to": str}


def rows(path, text, **more):
    path.write_text(text, encoding=more.pop("encoding", "utf-8"))
    return list(neutral.rows_of(path, WANTED, OPTIONAL, **more))


def test_rows_come_with_their_lines_and_what_is_not_there_is_nothing(tmp_path):
    text = "\ufeffcount,line,at\n3,gate,2026-05-01T14:00:00+02:00\n\n4,gate,\n"
    found = rows(tmp_path / "a.csv", text)
    assert found == [
        (2, {"count": 3, "line": "gate", "at": datetime(2026, 5, 1, 12, tzinfo=UTC), "to": None}),
        (4, {"count": 4, "line": "gate", "at": None, "to": None}),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "line 1: the columns are none", id="empty"),
        pytest.param("line;count\ngate;3\n", "line is missing", id="semicolons"),
        pytest.param("line,count,colour\n", "'colour' is unknown", id="a column nobody knows"),
        pytest.param("line,count,count\n", "there twice", id="a column twice"),
        pytest.param("line,count\ngate,1,5\n", "line 2: 3 cells under 2", id="decimal comma"),
        pytest.param("line,count\ngate,1.5\n", "line 2, count: '1.5'", id="half a count"),
        pytest.param("line,count\ngate,-1\n", "0 or more", id="less than nothing"),
        pytest.param("line,count\ngate,1e300\n", "finite", id="huge"),
        pytest.param("line,count\ngate,nan\n", "finite", id="no number"),
        pytest.param("line,count\n,1\n", "line 2, line: '': a word", id="no word"),
        pytest.param("line,count,at\ngate,1,2026-05-01 12:00\n", "no UTC offset", id="no zone"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_remedy(tmp_path, text, words):
    path = tmp_path / "a.csv"
    with pytest.raises(DataError) as told:
        rows(path, text)
    assert words in str(told.value)
    assert str(told.value).startswith(f"{path}, line ")


def test_of_two_columns_one_must_be_there(tmp_path):
    with pytest.raises(DataError, match="at or to is missing"):
        rows(tmp_path / "a.csv", "line,count\n", either=("at", "to"))


def test_another_encoding_and_a_missing_file_are_told(tmp_path):
    with pytest.raises(DataError, match="save it as UTF-8"):
        rows(tmp_path / "a.csv", "line,count\nžižkov,1\n", encoding="cp1250")
    with pytest.raises(DataError, match="correct the path"):
        list(neutral.rows_of(tmp_path / "none.csv", WANTED, OPTIONAL))


@given(st.text(max_size=200))
def test_any_text_gives_rows_or_our_error(text):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        try:
            rows(Path(folder) / "a.csv", "line,count\n" + text.encode("utf-8", "ignore").decode())
        except HlaskaError as error:
            assert "line " in str(error)
