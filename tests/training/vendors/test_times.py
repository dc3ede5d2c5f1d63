from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import DataError
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.times import Clock, at_frames

PRAGUE = "Europe/Prague"


def reading(**said):
    return Reading(Path("box.csv"), Mapping(system="b", format="coco", path="box.csv", **said))


def clock(**said):
    return Clock(reading(**said))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("2026-05-01T12:00:00Z", {}, id="ISO, UTC"),
        pytest.param("2026-05-01 14:00:00.000+02:00", {}, id="ISO with its offset"),
        pytest.param("2026-05-01T10:00-0200", {}, id="an offset without colon"),
        pytest.param("2026-05-01 14:00", {"time_zone": PRAGUE}, id="local"),
        pytest.param("1.5.2026 14:00:00", {"time_zone": PRAGUE}, id="Czech"),
        pytest.param("01. 05. 2026 14:00:00,000", {"time_zone": PRAGUE}, id="Czech with spaces"),
        pytest.param("2026/05/01 14:00:00", {"time_zone": PRAGUE}, id="slashes, year first"),
        pytest.param(
            "5/1/2026 2:00:00 PM",
            {"time_zone": PRAGUE, "date_order": "month first"},
            id="American",
        ),
        pytest.param(
            "01/05/2026 14:00", {"time_zone": PRAGUE, "date_order": "day first"}, id="British"
        ),
    ],
)
def test_noon_is_noon_however_it_is_written(text, said):
    assert clock(**said).utc(text, 1) == utc("2026-05-01T12:00")


def test_parts_of_a_second_are_kept_to_the_microsecond():
    assert clock().utc("2026-05-01T12:00:00.1234567Z", 1).microsecond == 123457


@pytest.mark.parametrize(("text", "hour"), [("12:30 AM", 0), ("12:30 PM", 12), ("1:30 am", 1)])
def test_twelve_comes_before_one_on_a_clock_of_half_days(text, hour):
    assert clock().utc(f"2026-05-01 {text} Z", 1).hour == hour


def test_a_local_time_without_a_zone_is_an_error_that_says_to_set_it():
    with pytest.raises(DataError, match=r"box\.csv, line 7: .*no zone; write `time_zone:`.*Prague"):
        clock().utc("2026-05-01 12:00", 7)


def test_dates_that_could_be_read_both_ways_are_an_error():
    with pytest.raises(DataError, match=r"day or month first.*`date_order: day first`"):
        clock(time_zone=PRAGUE).utc("03/04/2026 12:00", 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "2026-13-01 12:00",
        "2026-02-30 12:00",
        "2026-05-01 25:00",
        "2026-05-01 13:00 PM",
        "0001-01-01 00:00",
        "9999-12-31 23:59",
        "2026-05-01T12:00+99:00",
        "1.5.26 12:00",
        "12:00",
        "20260-05-01 12:00",
    ],
)
def test_what_is_no_time_is_an_error_with_its_line(text):
    with pytest.raises(DataError, match=r"line 3: "):
        clock(time_zone=PRAGUE).utc(text, 3)


def test_an_hour_that_did_not_exist_is_an_error_that_names_the_zone_without_summer_time():
    with pytest.raises(
        DataError, match=r"line 4: 2026-03-29 02:30:00 did not exist.*`time_zone: Etc/GMT-1`"
    ):
        clock(time_zone=PRAGUE).utc("2026-03-29 02:30", 4)
    winter = clock(time_zone="Etc/GMT-1")
    assert winter.utc("2026-03-29 02:30", 4) == utc("2026-03-29T01:30")


def test_an_hour_that_was_twice_is_an_error_until_the_mapping_chooses():
    with pytest.raises(DataError, match=r"was twice in Europe/Prague.*`fold: by order`"):
        clock(time_zone=PRAGUE).utc("2026-10-25 02:30", 4)


@pytest.mark.parametrize(("fold", "hour"), [("first", 0), ("second", 1)])
def test_the_mapping_chooses_the_hour_that_was_twice(fold, hour):
    read = reading(time_zone=PRAGUE, fold=fold)
    assert Clock(read).utc("2026-10-25 02:30", 4) == utc(f"2026-10-25T0{hour}:30")
    assert read.done().repairs == (
        f"line 4: times of an hour that was twice are read as the {fold}",
    )


def test_by_order_both_hours_are_told_apart_where_times_step_back():
    read = clock(time_zone=PRAGUE, fold="by order")
    local = ["01:45", "02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:45", "03:00"]
    found = [read.utc(f"2026-10-25 {text}", 1, series="a").strftime("%H:%M") for text in local]
    assert found == "23:45 00:00 00:15 00:30 00:45 01:00 01:15 01:45 02:00".split()


def test_by_order_each_series_has_its_own():
    read = clock(time_zone=PRAGUE, fold="by order")
    for series in "ab":
        hours = [read.utc("2026-10-25 02:00", 1, series=series, once=True).hour for _ in range(2)]
        assert hours == [0, 1]


def test_rows_of_the_same_moment_do_not_mean_the_second_hour():
    read = clock(time_zone=PRAGUE, fold="by order")
    assert [read.utc("2026-10-25 02:00", 1).hour for _ in range(3)] == [0, 0, 0]


@given(st.integers(0, 12 * 3600))
def test_both_hours_of_an_autumn_night_come_back_as_they_were(second):
    zone = ZoneInfo(PRAGUE)
    at = datetime(2026, 10, 24, 20, tzinfo=UTC) + timedelta(seconds=second)
    later = at.astimezone(zone)
    read = clock(time_zone=PRAGUE, fold="second" if later.fold else "first")
    assert read.utc(later.strftime("%Y-%m-%d %H:%M:%S"), 1) == at


QUARTERS = 16


def test_quarters_of_an_hour_of_an_autumn_night_are_all_as_long():
    zone, read = ZoneInfo(PRAGUE), clock(time_zone=PRAGUE, fold="by order")
    start = datetime(2026, 10, 24, 23, tzinfo=UTC)
    for number in range(QUARTERS):
        at = start + timedelta(minutes=15 * number)
        ends = at + timedelta(minutes=15)
        local, until = (moment.astimezone(zone).strftime("%d.%m.%Y %H:%M") for moment in (at, ends))
        assert read.span(local, until, number, series="a") == (at, ends)


def test_quarters_of_an_hour_of_a_spring_night_are_all_as_long():
    read = clock(time_zone=PRAGUE)
    at = utc("2026-03-29T00:45")
    for end in ("2026-03-29 03:00", "2026-03-29 02:00"):
        assert read.span("2026-03-29 01:45", end, 1) == (at, at + timedelta(minutes=15))


def test_an_interval_may_end_at_midnight_of_its_own_day():
    starts, ends = clock(time_zone=PRAGUE).span("1.5.2026 23:45", "1.5.2026 0:00", 1)
    assert ends - starts == timedelta(minutes=15)


def test_an_interval_that_ends_before_it_begins_is_an_error():
    with pytest.raises(DataError, match=r"line 1: the interval ends.*before it begins"):
        clock(time_zone=PRAGUE).span("1.5.2026 12:00", "1.5.2026 11:00", 1)


def test_milliseconds_are_not_taken_for_seconds():
    assert clock().epoch(1607123955.5, 1) == datetime(2020, 12, 4, 23, 19, 15, 500_000, tzinfo=UTC)
    for strange in (1607123955475.0, -5.0, 1e300):
        with pytest.raises(DataError, match=r"no time between 1980 and 2100"):
            clock().epoch(strange, 1)


def test_seconds_since_the_beginning_need_a_beginning():
    noon = utc("2026-05-01T12:00")
    assert clock(starts_at=noon).since(1.5, 1) == noon + timedelta(seconds=1.5)
    with pytest.raises(DataError, match=r"line 2: .*write `starts_at:`"):
        clock().since(1.5, 2)
    with pytest.raises(DataError, match=r"are too many"):
        clock(starts_at=noon).since(1e11, 2)


def test_frames_have_times_where_their_pace_is_known():
    said = Mapping(
        system="b", format="coco", path="x", starts_at="2026-05-01T14:00:00+02:00", fps=3
    )
    found = at_frames(np.array([0.0, 1.0, 3.0]), said)
    assert list(found.strftime("%H:%M:%S.%f")) == [
        "12:00:00.000000",
        "12:00:00.333333",
        "12:00:01.000000",
    ]
    assert at_frames(np.array([1.0]), said.model_copy(update={"fps": None})).isna().all()


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_an_error(text):
    try:
        assert clock(time_zone=PRAGUE).utc(text, 1).tzinfo is UTC
    except DataError as error:
        assert "line 1" in str(error)
