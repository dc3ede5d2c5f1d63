"""Where each track has just been: a short tail that shows which way it goes."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboards.geometry import mercator
from hlaska.tracks import StreamStatus

TAIL = 12
"""Places of a tail; at two reports a second, six seconds."""


class Trails:
    """The tails of all tracks of a site; a track that is gone takes its tail with it."""

    def __init__(self) -> None:
        self._tails: dict[tuple[str, int], deque[tuple[float, float]]] = {}
        self._seen: dict[str, datetime] = {}

    def after(self, statuses: Mapping[str, StreamStatus]) -> dict[str, Any]:
        """The tails after these reports; a report that is shown again adds nothing.

        Returns:
            Columns `xs` and `ys`: lists of Web Mercator coordinates, a tail each.
        """
        present = set()
        for source, status in statuses.items():
            fresh = self._seen.get(source) != status.at
            self._seen[source] = status.at
            for track in status.tracks:
                if track.lon is None or track.lat is None:
                    continue
                key = (source, track.id)
                present.add(key)
                if fresh:
                    ((x, y),) = mercator([(track.lon, track.lat)])
                    self._tails.setdefault(key, deque(maxlen=TAIL)).append((float(x), float(y)))
        self._tails = {key: tail for key, tail in self._tails.items() if key in present}
        tails = [list(tail) for tail in self._tails.values() if len(tail) > 1]
        return {
            "xs": [[x for x, _ in tail] for tail in tails],
            "ys": [[y for _, y in tail] for tail in tails],
        }
