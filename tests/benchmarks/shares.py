"""Which program takes how much of the machine's cores: what is measured, and whatever else runs."""

import psutil

OF_US = {
    "gateway": ("GatewayDeployment", "ProxyActor"),
    "picture": ("Picture-",),
    "dashboards": ("timed_dashboards",),
    "browser": ("chrom",),
    "sender": ("tests.benchmarks.picture_load",),
    "rest": ("",),
}
"""What stands in the command line of each child of this process; the first that fits counts."""


class Shares:
    """CPU time since it was made.

    A child that came or went meanwhile counts as what is not ours: begin after all have started.
    """

    def __init__(self) -> None:
        self._busy_s = _busy_s()
        self._before = _times_s()

    def cores(self) -> dict[str, float]:
        """Cores that each of `OF_US` kept busy, and `others` for all that is not ours."""
        busy_s = _busy_s()
        now = _times_s()
        gone_s = busy_s[0] - self._busy_s[0]
        taken = dict.fromkeys(OF_US, 0.0)
        for pid, (whose, took_s) in now.items():
            if pid in self._before:
                taken[whose] += (took_s - self._before[pid][1]) / gone_s
        busy = (busy_s[1] - self._busy_s[1]) / gone_s
        return {**taken, "others": max(0.0, busy - sum(taken.values()))}


def _busy_s() -> tuple[float, float]:
    """Seconds that have passed, and seconds that all cores together were busy in them."""
    times = psutil.cpu_times()
    idle_s = times.idle + getattr(times, "iowait", 0.0)
    all_s = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return all_s / (psutil.cpu_count() or 1), all_s - idle_s


def _times_s() -> dict[int, tuple[str, float]]:
    found = {}
    for process in psutil.Process().children(recursive=True):
        try:
            command = " ".join(process.cmdline())
            times = process.cpu_times()
        except psutil.Error:
            continue  # it has ended
        whose = next(who for who, marks in OF_US.items() if any(mark in command for mark in marks))
        found[process.pid] = (whose, times.user + times.system)
    return found
