from html.parser import HTMLParser

import pytest

from training.comparison.page import page_of
from training.comparison.reporting import report_of

EVIL = "<script>alert('x')</script>"


class Tags(HTMLParser):
    """Collects elements and what they refer to."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.refers = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.refers += [value for name, value in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def page(run_file, compared):
    def made(**changes):
        path = run_file(**changes)
        return page_of(report_of(compared(path)), path.read_text())

    return made


def test_it_is_one_whole_file_that_needs_no_other(page):
    text = page()
    read = Tags()
    read.feed(text)
    assert read.open == []
    assert read.refers == []
    assert "@media print" in text
    assert {"table", "svg", "figure"} <= read.tags


def test_it_shows_scores_ranks_intervals_and_formulas(page):
    text = page()
    for words in ("HOTA", "#1", "0.750", "95 % intervals", "Counts over time", "Luiten et al.",
                  "Clopper", "12 of 16"):  # fmt: skip
        assert words in text, words


def test_words_of_a_run_are_never_markup(page):
    box = {"system": EVIL, "format": "motchallenge", "path": "box.txt",
           "kind": "person"}  # fmt: skip
    gone = box | {"system": f"{EVIL}2", "path": f"{EVIL}.txt"}
    text = page(title=EVIL, about=EVIL, exports=[{"export": box}, {"export": gone}])
    read = Tags()
    read.feed(text)
    assert "script" not in read.tags
    assert "&lt;script&gt;" in text
