"""Figures of the gateway and the streams, for Prometheus, read from the live state when asked."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.events import StoredEvent
from hlaska.tracks import StreamState, StreamStatus
from serving.live import Live
from serving.picture.figures import Figures

_GAUGES = {
    "hlaska_stream_fps_in": ("Decoded frames per second.", lambda s: s.fps_in),
    "hlaska_stream_fps_processed": ("Processed frames per second.", lambda s: s.fps_processed),
    "hlaska_stream_answer_seconds": (
        "From asking a detector to its answer, median of the last 50.",
        lambda s: s.answer_ms / 1000,
    ),
    "hlaska_stream_dropped_frames": ("Frames dropped for newer ones.", lambda s: s.dropped),
    "hlaska_stream_waiting_events": (
        "Events not yet sent, of all streams of the host.",
        lambda s: s.waiting,
    ),
    "hlaska_stream_healthy": (
        "1 when the stream is healthy.",
        lambda s: s.state is StreamState.HEALTHY,
    ),
    "hlaska_stream_model_follows": (
        "0 when a version was refused or the registry of models is away.",
        lambda s: not s.note,
    ),
    "hlaska_stream_last_frame_timestamp_seconds": (
        "Capture time of the last processed frame.",
        lambda s: s.last_frame_at.timestamp() if s.last_frame_at else 0,
    ),
}
_SOUND_GAUGES = {
    "hlaska_microphone_level_dbfs": ("Loudness of the last second.", lambda s: s.level_dbfs),
    "hlaska_microphone_sound": (
        "1 when nothing is wrong with the sound (dead, clipping, windy …).",
        lambda s: not s.condition,
    ),
}


class _Streams(Collector):
    def __init__(self, live: Live) -> None:
        self._live = live

    def collect(self) -> Iterable[Metric]:
        statuses: list[StreamStatus] = self._live.statuses()
        for name, (text, value) in _GAUGES.items():
            gauge = GaugeMetricFamily(name, text, labels=["site", "source"])
            for status in statuses:
                gauge.add_metric([status.site, status.source], float(value(status)))
            yield gauge
        for name, (text, of_sound) in _SOUND_GAUGES.items():
            gauge = GaugeMetricFamily(name, text, labels=["site", "source"])
            for status in statuses:
                if status.sound is not None:
                    gauge.add_metric([status.site, status.source], float(of_sound(status.sound)))
            yield gauge
        models = InfoMetricFamily(
            "hlaska_stream_model", "Models that gave the last answers.", labels=["site", "source"]
        )
        for status in statuses:
            for ref in status.models:
                labels = {"model": ref.name, "version": ref.version}
                models.add_metric([status.site, status.source], labels)
        yield models
        listeners = GaugeMetricFamily("hlaska_live_listeners", "Open live streams.")
        listeners.add_metric([], self._live.listeners)
        yield listeners


class Metrics:
    """All figures of one gateway, apart from any other in the process."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, live: Live, store: AlertStore, journal: Journal) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Streams(live))
        self._figures = Figures(live, store, journal)
        self._registry.register(self._figures)
        self._events = Counter(
            "hlaska_events_stored",
            "Events committed to the journal.",
            ["kind"],
            registry=self._registry,
        )
        self._answers = Counter(
            "hlaska_http_answers", "Answers given.", ["route", "status"], registry=self._registry
        )

    def stored(self, events: Sequence[StoredEvent]) -> None:
        """Count stored events."""
        for kind, number in Tally(stored.event.kind for stored in events).items():
            self._events.labels(kind).inc(number)

    def answered(self, scope: Scope, status: int) -> None:
        """Count an answer, by the route's pattern so that names do not multiply the series."""
        route = scope.get("route")
        self._answers.labels(getattr(route, "path", "unknown"), str(status)).inc()

    def look(self) -> None:
        """Read from the journal what `text` is to tell; takes a while.

        Raises:
            JournalError: it cannot be read.
        """
        self._figures.look()

    def text(self) -> bytes:
        """The figures in Prometheus' text format."""
        return generate_latest(self._registry)


class CountAnswers:
    """ASGI middleware that counts answers.

    Not Starlette's `BaseHTTPMiddleware`: that one stands between a live stream and the news that
    its client has gone.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and note the status of an answer."""

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.answered(scope, message["status"])
            await send(message)

        await self._app(scope, receive, noting if scope["type"] == "http" else send)
