"""How often something happens, lately."""

from collections import deque


class Rate:
    """Happenings per second over the last few seconds."""

    def __init__(self, window_s: float = 3.0) -> None:
        self._window_s = window_s
        self._times: deque[float] = deque()

    def tick(self, now_s: float, times: int = 1) -> None:
        """It happened."""
        self._times.extend([now_s] * times)

    def per_s(self, now_s: float) -> float:
        """How often, lately."""
        while self._times and self._times[0] <= now_s - self._window_s:
            self._times.popleft()
        return len(self._times) / self._window_s
