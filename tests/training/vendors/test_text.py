import bz2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import DataError
from training.vendors import text
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.text import Numbers, content, decoded, fitted, rows, separator


@pytest.fixture
def reading(tmp_path):
    """`reading(content, **mapping)`: a file that is being read."""

    def of(raw=b"", **said):
        path = tmp_path / "box.csv"
        path.write_bytes(raw)
        return Reading(path, Mapping(system="b", format="coco", path="box.csv", **said))

    return of


CZECH = "Směr;Počet\nPlzeň → Žatec\n"


@pytest.mark.parametrize(
    ("encoded", "encoding"),
    [
        pytest.param(CZECH.encode("utf-8"), None, id="UTF-8"),
        pytest.param(CZECH.encode("utf-8-sig"), None, id="UTF-8 with a mark"),
        pytest.param(CZECH.encode("utf-16"), None, id="UTF-16 with a mark"),
        pytest.param(b"\xfe\xff" + CZECH.encode("utf-16-be"), None, id="UTF-16, big end first"),
        pytest.param(CZECH.encode("utf-32"), None, id="UTF-32 with a mark"),
        pytest.param(CZECH.encode("utf-16-le"), "utf-16-le", id="UTF-16 without a mark, said"),
        pytest.param(CZECH.encode("utf-16"), "utf-16-le", id="UTF-16 with a mark, said"),
    ],
)
def test_text_is_the_same_in_every_encoding(encoded, encoding, reading):
    read = reading(encoded, encoding=encoding)
    assert decoded(content(read), read) == CZECH
    assert read.done().repairs == ()


def test_windows_text_is_read_when_the_mapping_says_so(reading):
    read = reading("Směr;Počet\n".encode("cp1250"), encoding="cp1250")
    assert decoded(content(read), read) == "Směr;Počet\n"


def test_text_of_another_encoding_is_an_error_with_the_line_and_what_to_write(reading):
    read = reading("Od;Do\nSměr;1\n".encode("cp1250"))
    with pytest.raises(DataError, match=r"box\.csv, line 2: the byte 0xec is not utf-8; .*cp1250"):
        decoded(content(read), read)


def test_wide_text_without_a_mark_is_an_error_that_says_so(reading):
    read = reading("Od;Do\n".encode("utf-16-le"))
    with pytest.raises(DataError, match=r"line 1: a zero byte.*`encoding: utf-16-le`"):
        decoded(content(read), read)


def test_a_mark_outweighs_the_mapping_and_that_is_told(reading):
    read = reading("Směr\n".encode("utf-16"), encoding="cp1250")
    assert decoded(content(read), read) == "Směr\n"
    assert read.done().repairs == ("read as utf-16, as its first bytes say, and not as cp1250",)


@pytest.mark.parametrize("encoding", ["klingon", "idna", "base64", "unicode_escape"])
def test_only_real_encodings_can_be_said(encoding, reading):
    with pytest.raises(ValueError, match=r"no such encoding"):
        reading(encoding=encoding)


def test_a_packed_file_is_unpacked_whatever_its_name(reading):
    assert content(reading(bz2.compress(b"one\n") + bz2.compress(b"two\n"))) == b"one\ntwo\n"


def test_a_packed_file_that_is_cut_off_is_an_error(reading):
    with pytest.raises(
        DataError, match=r"box\.csv: the bz2 is cut off: .* copy or export it again"
    ):
        content(reading(bz2.compress(b"one\n" * 9000)[:-20]))


def test_a_packed_file_that_is_damaged_is_an_error(reading):
    packed = bytearray(bz2.compress(bytes(range(256)) * 40))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(DataError, match=r"box\.csv: the bz2 is (damaged|cut off)"):
        content(reading(bytes(packed)))


def test_a_packed_file_that_unpacks_to_more_than_we_read_is_an_error(reading, monkeypatch):
    monkeypatch.setattr(text, "MOST_BYTES", 2**20)
    with pytest.raises(DataError, match=r"unpacks to more than 0\.000976562 GiB; export less"):
        content(reading(bz2.compress(bytes(2**21))))


def test_a_file_larger_than_we_read_is_an_error(reading, monkeypatch):
    monkeypatch.setattr(text, "MOST_BYTES", 3)
    with pytest.raises(DataError, match=r"larger than .*; export shorter pieces"):
        content(reading(b"1234"))


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("a;b;c", ";"),
        ("a,b,c", ","),
        ("a\tb", "\t"),
        ('"a,b,c";d', ";"),
        ("sep=|\na|b", "|"),
        ("alone", ";"),
    ],
)
def test_the_separator_is_what_the_first_line_has_most(first, found):
    assert separator(first) == found


def test_rows_know_the_line_that_they_begin_in(reading):
    table = 'sep=;\r\na;b\r\n\r\n"two\r\nlines"; 3 \r\n4;5'
    assert list(rows(table, reading())) == [
        (2, ["a", "b"]),
        (4, ["two\r\nlines", "3"]),
        (6, ["4", "5"]),
    ]


def test_a_quote_without_its_pair_is_an_error_with_the_line_it_begins_in(reading):
    with pytest.raises(DataError, match=r"line 2: not a table: .*cut off"):
        list(rows('a;b\n"c;d\ne;f\n', reading()))


def test_a_cell_without_end_is_an_error(reading):
    with pytest.raises(DataError, match=r"line 1: not a table: field larger than"):
        list(rows("x" * 200_000, reading()))


def test_a_decimal_comma_is_read_as_a_point_and_told(reading):
    read = reading()
    numbers = Numbers(read)
    assert [
        numbers.number(cell, line, "x") for line, cell in enumerate(["1,5", "2", "-,5"], 7)
    ] == [
        1.5,
        2,
        -0.5,
    ]
    assert read.done().repairs == ("line 7 and 1 more: decimal comma read as point",)


@pytest.mark.parametrize(("first", "second"), [("1,5", "2.5"), ("2.5", "1,5")])
def test_a_file_with_decimal_commas_and_points_is_an_error(first, second, reading):
    numbers = Numbers(reading())
    numbers.number(first, 3, "x")
    with pytest.raises(DataError, match=r"line 9: .*in line \d.*write `decimal: \",\"`"):
        numbers.number(second, 9, "x")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1.234,5", 1234.5), ("1 234,5", 1234.5), ("1\u00a0234", 1234), ("0,25", 0.25), ("7", 7)],
)
def test_with_decimal_comma_said_thousands_may_be_apart(cell, value, reading):
    assert Numbers(reading(decimal=",")).number(cell, 1, "x") == value


@pytest.mark.parametrize(
    ("cell", "decimal"),
    [
        ("1.5", ","),
        ("1,5", "."),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("1e16", None),
        ("1_000", None),
        ("1,2,3", None),
        ("9" * 400, None),
    ],
)
def test_what_is_no_number_is_an_error_with_line_and_column(cell, decimal, reading):
    with pytest.raises(DataError, match=r"line 5: speed: .*is not a number up to 1e\+15"):
        Numbers(reading(decimal=decimal)).number(cell, 5, "speed")


def test_a_count_must_be_whole(reading):
    numbers = Numbers(reading())
    assert numbers.whole("3.0", 1, "count") == 3
    with pytest.raises(DataError, match=r"line 2: count: '3.5' is not a whole number"):
        numbers.whole("3.5", 2, "count")


@given(st.floats(-1e15, 1e15, allow_nan=False), st.sampled_from([".", ","]))
def test_every_number_that_we_write_is_read(value, decimal):
    read = Reading(None, Mapping(system="b", format="coco", path="x", decimal=decimal))
    assert Numbers(read).number(repr(value).replace(".", decimal), 1, "x") == value


def test_a_row_of_another_width_is_an_error(reading):
    assert fitted(["1", "2", "", ""], 2, 4, reading()) == ["1", "2"]
    with pytest.raises(DataError, match=r"line 4: 3 cells under 2 columns; a decimal comma"):
        fitted(["1", "2", "5"], 2, 4, reading())


@given(st.text(max_size=80))
def test_any_text_is_rows_or_an_error(written):
    read = Reading(None, Mapping(system="b", format="coco", path="x"))
    try:
        for line, cells in rows(written, read):
            assert line >= 1 and any(cells)
    except DataError as error:
        assert "line" in str(error)
