import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hlaska.errors import SourceError
from serving.cyber import tail
from serving.cyber.tail import MOST_LINE, Tail

MANY = 10_000


@pytest.fixture
def log(tmp_path):
    return tmp_path / "conn.log"


@pytest.fixture
def follow(log):
    tails = []

    def start():
        tails.append(Tail(log, follow=True))
        return tails[-1]

    yield start
    for each in tails:
        each.close()


def append(path, text):
    with path.open("ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def whole(path, most=MANY):
    """All lines of a recording."""
    source, found = Tail(path, follow=False), []
    while not source.ended:
        found += source.read_new(most)[1]
    source.close()
    return found


def test_a_recording_is_read_to_its_end(log):
    log.write_text("a\nb\n\nc\n")
    assert whole(log) == ["a", "b", "", "c"]


def test_the_last_line_of_a_recording_counts_without_an_end(log):
    log.write_text("a\nb")
    assert whole(log) == ["a", "b"]


def test_an_empty_recording_has_no_lines(log):
    log.touch()
    assert whole(log) == []


def test_lines_come_in_pieces_with_the_number_of_the_first(log):
    log.write_text("".join(f"{number}\n" for number in range(1, 8)))
    source = Tail(log, follow=False)
    pieces = [source.read_new(3) for _ in range(4)]
    source.close()
    assert pieces == [(1, ["1", "2", "3"]), (4, ["4", "5", "6"]), (7, ["7"]), (8, [])]
    assert source.ended


def test_what_is_appended_comes_when_its_line_is_whole(log, follow):
    log.write_text("a\n")
    source = follow()
    assert source.read_new(MANY) == (1, ["a"])
    assert source.read_new(MANY) == (2, [])
    append(log, "half of ")
    assert source.read_new(MANY) == (2, [])
    append(log, "it\nand")
    assert source.read_new(MANY) == (2, ["half of it"])
    assert not source.ended


def test_a_letter_may_be_cut_in_two(log, follow):
    source = follow()
    letter = "Ř".encode()
    append(log, letter[:1])
    assert source.read_new(MANY)[1] == []
    append(log, letter[1:] + b"\n")
    assert source.read_new(MANY)[1] == ["Ř"]


def test_a_file_may_come_later(log, follow):
    source = follow()
    assert source.read_new(MANY) == (1, [])
    log.write_text("a\n")
    assert source.read_new(MANY) == (1, ["a"])


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(log, follow):
    log.write_text("a\n")
    source = follow()
    source.read_new(MANY)
    old = log.rename(log.with_name("conn.1.log"))
    append(old, "written after it was renamed\n")
    assert source.read_new(MANY) == (2, ["written after it was renamed"])
    log.touch()
    assert source.read_new(MANY) == (3, [])
    append(old, "the writer has not noticed yet\n")
    assert source.read_new(MANY) == (3, ["the writer has not noticed yet"])
    append(log, "new\n")
    assert source.read_new(MANY) == (1, ["new"])


def test_half_a_line_at_the_end_of_a_renamed_file_is_told(log, follow):
    log.write_text("a\nhalf")
    source = follow()
    source.read_new(MANY)
    log.rename(log.with_name("conn.1.log"))
    log.write_text("new\n")
    assert source.read_new(MANY) == (2, ["half"])
    assert source.read_new(MANY) == (1, ["new"])


def test_a_file_that_was_removed_for_a_while_is_found_again(log, follow):
    log.write_text("a\n")
    source = follow()
    source.read_new(MANY)
    log.unlink()
    assert source.read_new(MANY)[1] == []
    log.write_text("b\n")
    assert source.read_new(MANY) == (1, ["b"])


def test_a_file_that_was_cut_off_is_read_from_its_beginning(log, follow):
    log.write_text("a\nb\n")
    source = follow()
    source.read_new(MANY)
    log.write_text("c\n")
    assert source.read_new(MANY) == (1, ["c"])


def test_a_file_that_was_cut_off_and_is_longer_again_is_noticed_by_its_beginning(log, follow):
    log.write_text("a\nhalf")
    source = follow()
    source.read_new(MANY)
    log.write_text("other\nlines, and more of them\n")
    assert source.read_new(MANY) == (2, ["half"])
    assert source.read_new(MANY) == (1, ["other", "lines, and more of them"])


def test_the_hole_that_an_unaware_writer_leaves_is_no_line(log, follow):
    log.write_text("a\nb\n")
    source = follow()
    source.read_new(MANY)
    os.truncate(log, 0)
    append(log, b"\0" * 4 + b"c\n")
    assert source.read_new(MANY)[1] == ["c"]


def test_lines_of_two_files_never_come_together(log, follow):
    log.write_text("".join(f"{number}\n" for number in range(5)))
    source = follow()
    source.read_new(3)
    log.rename(log.with_name("conn.1.log"))
    log.write_text("new\n")
    assert [source.read_new(3) for _ in range(2)] == [(4, ["3", "4"]), (1, ["new"])]


@pytest.mark.parametrize("size", [MOST_LINE + 1, MOST_LINE + tail.BLOCK // 2, 5 * MOST_LINE])
def test_a_line_that_is_too_long_is_skipped_and_counted(log, size):
    log.write_bytes(b"a\n" + b"x" * size + b"\nb\n" + b"y" * size)
    source = Tail(log, follow=False)
    assert source.read_new(MANY)[1] == ["a", "", "b", ""]
    source.close()
    assert source.too_long == 2


def test_the_longest_line_that_is_allowed_is_read(log):
    log.write_bytes(b"x" * MOST_LINE + b"\na\n")
    assert [len(line) for line in whole(log)] == [MOST_LINE, 1]


def test_ends_and_marks_of_other_systems_are_no_part_of_a_line(log):
    log.write_bytes("\ufeffa\r\nb\r\nc\rd\n\ufeff\n".encode())
    assert whole(log) == ["a", "b", "c\rd", "\ufeff"]


def test_bytes_that_are_no_text_are_replaced(log):
    log.write_bytes(b"a\xff\xfeb\nc\n")
    assert whole(log) == ["a\ufffd\ufffdb", "c"]


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(1, 4))
def test_in_whatever_pieces_it_is_written_the_lines_are_the_same(tmp_path_factory, pieces, most):
    log = tmp_path_factory.mktemp("log") / "a.log"
    log.touch()
    source, found = Tail(log, follow=True), []
    for piece in pieces:
        append(log, piece)
        while lines := source.read_new(most)[1]:
            found += lines
    source.close()
    read_at_once = whole(log)
    # Whoever follows does not know that the last line is over.
    assert found == (read_at_once if b"".join(pieces).endswith(b"\n") else read_at_once[:-1])


@pytest.mark.parametrize("follow", [True, False])
def test_what_cannot_be_opened_is_named(tmp_path, follow):
    with pytest.raises(SourceError, match=r"there is no folder .*nowhere; name one that exists"):
        Tail(tmp_path / "nowhere" / "conn.log", follow=follow)
    with pytest.raises(SourceError, match="is no file; name one with lines of text"):
        Tail(tmp_path, follow=follow)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="is no file"):
        Tail(tmp_path / "pipe", follow=follow)


def test_a_recording_that_is_not_there_is_named(log):
    with pytest.raises(SourceError, match=r"there is no file .*conn\.log; name one that exists"):
        Tail(log, follow=False)


def test_trouble_with_reading_is_told_and_over_when_it_is_over(log, follow, monkeypatch):
    log.write_text("a\n")
    source = follow()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", _broken)
        with pytest.raises(SourceError, match="cannot be read: Input/output error"):
            source.read_new(MANY)
    assert source.read_new(MANY) == (1, ["a"])


def _broken(number):
    raise OSError(5, "Input/output error")


def test_a_file_that_nobody_may_read_is_named(log, monkeypatch):
    log.touch()

    def forbidden(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tail, "FileIO", forbidden)
    with pytest.raises(SourceError, match=r"conn\.log cannot be read: Permission denied"):
        Tail(log, follow=False)
