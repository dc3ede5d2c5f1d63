"""When the samples of a live microphone were taken, told from when they arrive.

Networks delay, and never hasten: of all arrivals of the last minute, the one that was delayed least
tells when sampling began. So a late packet moves nothing, and a sampling clock that is off is
followed. (The lower envelope of arrivals, as in Moon, Skelly and Towsley, Estimation and removal of
clock skew from network delay measurements, INFOCOM 1999.)
"""

from collections import deque

ENVELOPE_S = 60.0
"""How far back the least delay is looked for."""
LOST_S = 0.25
"""Delay that never goes away for `SURE_S` is none: samples were lost, or the clock was set."""
SURE_S = 5.0
SLEW_S = 0.001
"""A chunk is moved by so much at most, so that the sound between two chunks is not torn."""
CLOCK_SET_S = 2.0
"""Only a clock that was set back by this much takes the times back with it."""


class _Lowest:
    """The lowest value of the last so many seconds."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._rising: deque[tuple[float, float]] = deque()

    def add(self, now: float, value: float) -> float:
        """Take in a value; the lowest is the result."""
        while self._rising and self._rising[-1][1] >= value:
            self._rising.pop()
        self._rising.append((now, value))
        while self._rising[0][0] < now - self._window_s:
            self._rising.popleft()
        return self._rising[0][1]


class LiveClock:
    """Times of one live source. Times are Unix seconds; they never run back unless the clock does.

    Args:
        rate_hz: Samples per second that the source claims to send.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._arrived = self._told = 0
        self._sampling_began = 0.0
        self._next: float | None = None
        self._forget()

    def _forget(self) -> None:
        self._envelope, self._recent = _Lowest(ENVELOPE_S), _Lowest(SURE_S)
        self._since: float | None = None

    def arrived(self, samples: int, now: float) -> None:
        """So many samples came in just now."""
        self._arrived += samples
        began = now - self._arrived / self._rate_hz
        self._since = now if self._since is None else self._since
        lowest, recent = self._envelope.add(now, began), self._recent.add(now, began)
        if recent - lowest > LOST_S and now - self._since > SURE_S:
            self._forget()
            lowest = recent
            self._envelope.add(now, recent)
        self._sampling_began = lowest

    def next(self, samples: int) -> float:
        """When the first of the next `samples` was taken, in Unix seconds."""
        told = self._sampling_began + self._told / self._rate_hz
        started = told
        if self._next is not None and -CLOCK_SET_S < told - self._next < LOST_S:
            started = self._next + min(SLEW_S, max(-SLEW_S, told - self._next))
        self._told += samples
        self._next = started + samples / self._rate_hz
        return started
