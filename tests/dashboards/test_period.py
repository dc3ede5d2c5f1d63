"""The time that a page looks back on: what is meant, or what is wrong with it."""

from datetime import timedelta

import pytest

from dashboards.period import LONGEST, Chosen, Period, read_period, wall_clock

ZONE = "Europe/Prague"


def test_own_times_are_on_the_clocks_of_the_site(noon):
    chosen = Chosen(choice="own", since="2026-05-01T06:00", until="2026-05-01T08:30")
    found = read_period(chosen, ZONE, noon)
    assert found == Period(since=noon - timedelta(hours=8), until=noon - timedelta(hours=5.5))
    assert wall_clock(found.since, ZONE) == "2026-05-01T06:00"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        pytest.param(Chosen(choice="x"), "Choose one", id="no hours"),
        pytest.param(Chosen(choice="1e400"), "Choose one", id="endless hours"),
        pytest.param(Chosen(choice="nan"), "Choose one", id="not a number"),
        pytest.param(Chosen(choice="-2"), "Choose one", id="negative hours"),
        pytest.param(Chosen(choice="own"), "Give a date", id="no times"),
        pytest.param(Chosen(choice="own", since="2026-05-01T06:00", until="soon"), "Give a date",
                     id="no time"),
        pytest.param(Chosen(choice="own", since="0001-01-01T00:00", until="2026-05-01T06:00"),
                     "Give a date", id="before all clocks"),
        pytest.param(Chosen(choice="own", since="2026-05-01T06:00", until="2026-05-01T06:00"),
                     "not later", id="no length"),
        pytest.param(Chosen(choice="own", since="2026-03-01T06:00", until="2026-05-01T06:00"),
                     "31 days", id="too long"),
        pytest.param(Chosen(choice="own", since="2026-06-01T06:00", until="2026-06-01T16:00"),
                     "future", id="the future"),
    ],
)  # fmt: skip
def test_a_time_that_makes_no_sense_says_what_to_do(chosen, words, noon):
    found = read_period(chosen, ZONE, noon)
    assert isinstance(found, str) and words in found


@pytest.mark.parametrize("hours", ["1", "12", "0.5", "168"])
def test_hours_end_now(hours, noon):
    found = read_period(Chosen(choice=hours), ZONE, noon)
    assert found.until == noon and timedelta(0) < found.lasts <= LONGEST
