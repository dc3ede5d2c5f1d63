"""Times of foreign making, as UTC: local ones with both daylight-saving hours, seconds, frames."""

import re
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.vendors.mapping import Mapping
from training.vendors.reading import Place, Reading

EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_MIDNIGHT = time()
_US = 1_000_000
_TEXT = re.compile(
    r"(?P<a>\d{1,4})(?P<between>[-./]) ?(?P<b>\d{1,2})(?P=between) ?(?P<c>\d{1,4})[T ] *"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(:(?P<second>\d\d)([.,](?P<part>\d{1,9}))?)?"
    r" ?(?P<half>[AaPp][Mm])? ?(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_AS_SUCH = "write times such as 2026-05-01T12:00:00+02:00 or, with `time_zone:`, 2026-05-01 12:00"


class Clock:
    """Turns the times of one export into UTC.

    Where `fold: by order` is said, a night's doubled hour is told by the order of rows: a series
    (say a line, direction and class) whose local times step back has come to the second pass.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._mapping = reading.mapping
        self._zone = reading.mapping.zone
        self._passes: dict[object, tuple[datetime, bool]] = {}
        self._last: tuple[str, tuple[datetime, timezone | None]] | None = None

    def utc(
        self, text: str, place: Place, *, series: object = None, once: bool = False
    ) -> datetime:
        """A written time as UTC.

        Args:
            text: Year first; or day first with points; or with slashes as `date_order:` says.
            place: Where it stands.
            series: Rows that follow each other in time.
            once: Whether a time stands in its series only once, so that again means the second.

        Raises:
            DataError: it is no time, lacks a zone, does not exist, or exists twice.
        """
        naive, zone = self._parsed(text, place)
        at = (
            self._local(naive, place, series, once)
            if zone is None
            else naive.replace(tzinfo=zone).astimezone(UTC)
        )
        return self._sane(at, text, place)

    def span(
        self, start: str, end: str, place: Place, *, series: object = None
    ) -> tuple[datetime, datetime]:
        """The beginning and end of an interval of a count, as UTC.

        Where an end would be in a doubled hour, or in none, the length on the local clock counts.
        An end at 0:00 may be written with the date of the day that it ends.
        """
        begins = self.utc(start, place, series=series, once=True)
        first, first_zone = self._parsed(start, place)
        last, last_zone = self._parsed(end, place)
        if last <= first and last.time() == _MIDNIGHT:
            last += timedelta(days=1)
        if last_zone is not None:
            ends = last.replace(tzinfo=last_zone).astimezone(UTC)
        elif first_zone is not None or (self._plain(first) and self._plain(last)):
            ends = self._local(last, place, None, once=False)
        else:
            length = last - first
            ends = begins + (length if length > timedelta() else length + _HOUR)
        if ends <= begins:
            raise self._reading.wrong(place, f"the interval ends, {end!r}, before it begins")
        return begins, ends

    def epoch(self, seconds: float, place: Place) -> datetime:
        """Seconds since 1970 as UTC.

        Raises:
            DataError: they are of no time between 1980 and 2100, as milliseconds are.
        """
        try:
            at = _EPOCH + timedelta(seconds=seconds)
        except (OverflowError, ValueError):
            at = _EPOCH
        return self._sane(at, f"{seconds:.17g}", place)

    def since(self, seconds: float, place: Place) -> datetime:
        """Seconds since the beginning as UTC.

        Raises:
            DataError: the run file does not say when that was, or they are more than ten years.
        """
        begins = self._mapping.starts_at
        if begins is None:
            raise self._reading.wrong(
                place, "times are seconds since the beginning; write `starts_at:` in the mapping"
            )
        if not abs(seconds) < 3.2e8:
            raise self._reading.wrong(place, f"{seconds:g} s since the beginning are too many")
        return (begins + timedelta(seconds=seconds)).astimezone(UTC)

    def _sane(self, at: datetime, text: str, place: Place) -> datetime:
        if EARLIEST <= at < LATEST:
            return at
        raise self._reading.wrong(
            place, f"{text[:40]!r} is no time between 1980 and 2100; {_AS_SUCH}, or seconds of 1970"
        )

    def _parsed(self, text: str, place: Place) -> tuple[datetime, timezone | None]:
        # Many rows in turn have the same time.
        if self._last is not None and self._last[0] == text:
            return self._last[1]
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise self._reading.wrong(place, f"{text[:40]!r} is no time; {_AS_SUCH}")
        year, month, day = self._date(match, text, place)
        hour = int(match["hour"])
        if match["half"]:
            hour = hour % 12 + 12 * (match["half"].upper() == "PM") if 1 <= hour <= 12 else 99
        part = round(int((match["part"] or "0").ljust(9, "0")) / 1000)
        try:
            naive = datetime(
                year, month, day, hour, int(match["minute"]), int(match["second"] or 0)
            )
            found = naive + timedelta(microseconds=part), _zone(match["zone"])
            if not EARLIEST.year <= year < LATEST.year:
                raise ValueError(f"no time from {EARLIEST.year} to {LATEST.year - 1}")
        except (ValueError, OverflowError) as error:
            raise self._reading.wrong(place, f"{text[:40]!r}: {error}; {_AS_SUCH}") from error
        self._last = text, found
        return found

    def _date(self, match: re.Match[str], text: str, place: Place) -> tuple[int, int, int]:
        first, second, third = match["a"], int(match["b"]), match["c"]
        if len(first) == 4 and len(third) <= 2:
            return int(first), second, int(third)
        if len(first) > 2 or len(third) != 4:
            raise self._reading.wrong(place, f"{text[:40]!r} is no time; {_AS_SUCH}")
        order = "day first" if match["between"] == "." else self._mapping.date_order
        if order is None:
            raise self._reading.wrong(
                place,
                f"is {text[:40]!r} day or month first? Write `date_order: day first` or "
                "`date_order: month first` in the mapping",
            )
        day, month = (int(first), second) if order == "day first" else (second, int(first))
        return int(third), month, day

    def _plain(self, naive: datetime) -> bool:
        """Whether a local time exists once."""
        if self._zone is None:
            return True
        early, late = _offsets(naive, self._zone)
        return early == late

    def _local(self, naive: datetime, place: Place, series: object, once: bool) -> datetime:
        if self._zone is None:
            raise self._reading.wrong(
                place,
                f"the time {naive} has no zone; write `time_zone:` in the mapping, such as "
                "`time_zone: Europe/Prague`, where the clock stood that wrote it",
            )
        early, late = _offsets(naive, self._zone)
        if early == late:
            self._passes.pop(series, None)
            return (naive - early).replace(tzinfo=UTC)
        if early < late:
            raise self._reading.wrong(
                place,
                f"{naive} did not exist in {self._zone.key}, where clocks were put forward; if "
                f"this one never was, write `time_zone: {_fixed(early)}` in the mapping",
            )
        second = self._second(naive, place, series, once)
        return (naive - (late if second else early)).replace(tzinfo=UTC)

    def _second(self, naive: datetime, place: Place, series: object, once: bool) -> bool:
        """Whether a doubled hour is meant the second time."""
        fold = self._mapping.fold
        if fold is None:
            assert self._zone is not None
            raise self._reading.wrong(
                place,
                f"{naive} was twice in {self._zone.key}, as clocks were put back; write `fold: "
                "first`, `fold: second` or `fold: by order` in the mapping",
            )
        if fold == "by order":
            last, second = self._passes.get(series, (naive, False))
            known = series in self._passes
            second = second or (known and (naive < last or (once and naive == last)))
            self._passes[series] = naive, second
            which = "by the order of rows"
        else:
            second = fold == "second"
            which = f"as the {fold}"
        self._reading.repair(f"times of an hour that was twice are read {which}", place)
        return second


def at_frames(frames: NDArray[np.float64], mapping: Mapping) -> pd.DatetimeIndex:
    """When frames were taken, UTC, to the microsecond; NaT where that cannot be told."""
    if mapping.starts_at is None or mapping.fps is None:
        return pd.DatetimeIndex([pd.NaT] * len(frames), dtype="datetime64[ns, UTC]")
    since = pd.to_timedelta(np.rint(frames * _US / mapping.fps), unit="us")
    return pd.DatetimeIndex(pd.Timestamp(mapping.starts_at).tz_convert(UTC) + since)


def _offsets(naive: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """The two offsets from UTC that a local time may have; PEP 495."""
    early = naive.replace(tzinfo=zone, fold=0).utcoffset()
    late = naive.replace(tzinfo=zone, fold=1).utcoffset()
    assert early is not None and late is not None
    return early, late


def _fixed(offset: timedelta) -> str:
    """The IANA name of a zone of fixed offset; their signs are those of POSIX, the other way."""
    hours = -offset // _HOUR
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    length = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-length if text[0] == "-" else length)
