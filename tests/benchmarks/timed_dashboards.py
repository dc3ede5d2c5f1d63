"""`hlaska dashboards`, but how long its sessions' callbacks take is written down.

Run as `python -m tests.benchmarks.timed_dashboards FILE`: each line of FILE is one callback, ms.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboards.live_threat import LiveThreat
from dashboards.pump import Pump
from dashboards.serve import serve
from hlaska.settings import Settings


def main(path: Path) -> None:
    """Serve until interrupted."""
    with path.open("w", buffering=1) as file:

        def timed(callback: Callable[..., None]) -> Callable[..., None]:
            def run(*args: Any) -> None:
                begun_s = time.perf_counter()
                callback(*args)
                file.write(f"{(time.perf_counter() - begun_s) * 1000:.2f}\n")

            return run

        Pump._run = timed(Pump._run)  # type: ignore[method-assign]
        LiveThreat._look_at_clock = timed(LiveThreat._look_at_clock)  # type: ignore[method-assign]
        settings = Settings.load()
        serve(settings, port=settings.dashboards_port)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
