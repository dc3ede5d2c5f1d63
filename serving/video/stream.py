"""One camera from its address to its events: a thread that never ends by itself.

It opens the source, runs the pipeline, tells how it does, and opens the source again when that
breaks.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hlaska.cameras import Camera
from hlaska.errors import DetectorBusyError, HlaskaError, ModelError, SourceError
from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.normality.usual import Usual
from hlaska.rules.finding import Finding
from hlaska.rules.unusual import Unusual
from hlaska.sites import Site
from hlaska.tracks import Detections, Frame, Scene, StreamState, StreamStatus
from serving.backoff import Backoff
from serving.connection import Connection, Patience
from serving.evidence import digest_of
from serving.handover import HandOver, Since
from serving.outbox import Outbox
from serving.rate import Rate
from serving.video.decode import Order
from serving.video.draw import Artist
from serving.video.events import Reporter
from serving.video.pipeline import Detect, Pipeline
from serving.video.sighting import Asked, Sighting, counted
from serving.video.source import EndOfClip, VideoSource, order_for, resumed
from serving.video.stills import bare_still

_LOG = logging.getLogger(__name__)

STATUS_EVERY_S = 0.5
FIRST_FRAME_S = 15.0
"""How long a source may take to show its first frame."""
HEALTHY_SPELL_S = 10.0
"""After so long with a picture the next reconnect is quick again."""
UNILLUSTRATED = ("mobility.count",)
"""Kinds that come too often for a still each."""


@dataclass
class StreamDetector:
    """The detector as one stream uses it: each has its own, since the version may change."""

    detect: Detect
    card: ModelCard
    """Of the model that gave the last answer, as is `ref`."""
    ref: ModelRef
    note: str = ""
    """See `serving.champion.User`."""


class Stream:
    """A camera's stream.

    Args:
        site: The site.
        camera: The camera.
        open_uri: Turns the camera's uri into one that can be decoded (fetches `dataset:` clips).
        model: The detector.
        outbox: Where events, pictures and statuses go.
        loop: Whether a clip starts again at its end.
        picture_fps: Annotated pictures per second, at most.
        patience: How long the source may be quiet.
        shadow: Shows a challenger what the detector was shown; None when there is none.
        usual: What is usual there; None when nobody learnt it.
    """

    def __init__(
        self,
        site: Site,
        camera: Camera,
        *,
        open_uri: Callable[[str], str],
        model: StreamDetector,
        outbox: Outbox,
        loop: bool = True,
        picture_fps: float = 5.0,
        patience: Patience | None = None,
        shadow: HandOver[Sighting] | None = None,
        usual: Usual | None = None,
    ) -> None:
        self.camera = camera
        self.epoch = datetime.now(UTC)
        self._site = site
        self._open_uri = open_uri
        self._model, self._shadow = model, shadow
        self._known = model.ref
        self._took_s: deque[float] = deque(maxlen=50)
        self._asked = Asked(np.empty((0, 4), np.float32), 0.0)
        self._outbox = outbox
        self._loop = loop
        self._picture_s = 1 / picture_fps
        rules = () if usual is None else (Unusual(usual),)
        self._pipeline = Pipeline(camera, model.card, fps=camera.fps, rules=rules)
        self._reporter = Reporter(site, camera, self.epoch, model.ref)
        self._artist = Artist(camera)
        self._connection = Connection(patience or Patience(), time.monotonic())
        self._closed = threading.Event()
        self._backoff = Backoff()
        self._scene = Scene(self.epoch)
        self._last_frame_at: datetime | None = None
        self._order: Order | None = None
        self._position_s = -1.0
        self._shown_since_s: float | None = None
        self._next_index = 0
        self._dropped = 0
        self._in, self._done = Rate(), Rate()
        self._trouble = self._busy = ""
        self._next_status_s = self._next_picture_s = 0.0
        self.decoder_pid: int | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"stream {camera.id}")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, and wait for the decoder child to be gone."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    @property
    def alive(self) -> bool:
        """Whether the thread runs, or the clip is over; otherwise something is broken."""
        return self._thread.is_alive() or self._connection.state is StreamState.ENDED

    def _run(self) -> None:
        while not self._closed.is_set():
            self._shown_since_s = None
            try:
                with self._open() as source:
                    self._watch(source)
            except EndOfClip:
                self._change(self._connection.ended())
                self._publish(force=True)
                return
            except HlaskaError as error:
                _LOG.warning("%s: %s", self.camera.id, error)
                self._change(self._connection.failed(time.monotonic(), str(error)))
            if self._shown_since_s and time.monotonic() - self._shown_since_s > HEALTHY_SPELL_S:
                self._backoff.reset()
            self._wait(self._backoff.next_s())

    def _open(self) -> VideoSource:
        uri = self._open_uri(self.camera.uri)
        if self._order is None:
            self._order = order_for(
                uri,
                size_px=self.camera.size_px,
                fps=self.camera.fps,
                base=self.epoch,
                speed=self.camera.speed,
                loop=self._loop,
            )
        order = resumed(self._order, position_s=self._position_s)
        source = VideoSource(
            order,
            name=self.camera.id,
            first_index=self._next_index,
            after=self._last_frame_at or self.epoch,
        )
        self.decoder_pid = source.pid
        return source

    def _watch(self, source: VideoSource) -> None:
        decoded = dropped = 0
        opened_s = time.monotonic()
        while not self._closed.is_set():
            frame = source.read(timeout_s=0.25)
            now_s = time.monotonic()
            self._in.tick(now_s, source.decoded - decoded)
            if source.dropped > dropped:
                self._dropped += source.dropped - dropped
                self._spare_shadow()
            decoded, dropped = source.decoded, source.dropped
            if frame is not None:
                self._shown_since_s = self._shown_since_s or now_s
                self._change(self._connection.frame(now_s))
                self._take(frame)
                self._position_s = source.position_s
            else:
                self._change(self._connection.quiet(now_s))
                if now_s - opened_s > FIRST_FRAME_S and not decoded:
                    raise SourceError(f"no picture within {FIRST_FRAME_S:.0f} s of opening")
                gone = self._connection.state in {StreamState.RECONNECTING, StreamState.LOST}
                if decoded and gone:
                    raise SourceError("the picture has stopped; the camera is opened again")
            self._publish()

    def _take(self, frame: Frame) -> None:
        self._next_index = frame.index + 1
        try:
            outcome = self._pipeline.process(frame, self._detect)
        except DetectorBusyError as error:
            self._dropped += 1
            self._busy = str(error)
            self._spare_shadow()
            return
        except ModelError as error:
            self._dropped += 1
            self._set_trouble(str(error))
            return
        self._busy = ""
        self._set_trouble("")
        self._scene = outcome.scene
        self._last_frame_at = frame.captured_at
        self._done.tick(time.monotonic())
        self._artist.see(outcome.scene)
        if self._shadow is not None and outcome.detected:
            self._shadow.offer(partial(self._sighting, frame, outcome.detections))
        for finding in outcome.findings:
            self._report(frame, outcome.scene, finding)
        if time.monotonic() >= self._next_picture_s:
            self._next_picture_s = time.monotonic() + self._picture_s
            jpeg = self._artist.picture(frame, outcome.scene)
            self._outbox.picture(self._site.id, self.camera.id, frame.captured_at, jpeg)
            # Tracks on the map belong to the picture beside it.
            self._publish(force=True)

    def _detect(self, image: NDArray[np.uint8], regions_px: NDArray[np.float32]) -> Detections:
        """Ask the detector; what follows rests on the version that has answered."""
        began_s = time.monotonic()
        found = self._model.detect(image, regions_px)
        self._asked = Asked(regions_px, time.monotonic() - began_s)
        self._took_s.append(self._asked.took_s)
        if self._model.ref != self._known:
            _LOG.info("%s: %s -> %s", self.camera.id, self._known, self._model.ref)
            self._known = self._model.ref
            self._pipeline.use(self._model.card)
            self._reporter.use(self._known)
        return found

    def _sighting(self, frame: Frame, found: Detections, since: Since) -> Sighting:
        return Sighting(
            site=self._site.id,
            camera=self.camera.id,
            classes=(classes := tuple(self.camera.object_classes)),
            frame=frame,
            asked=self._asked,
            champion=self._known,
            found=counted(found, self._model.card, classes),
            since=since,
        )

    def _spare_shadow(self) -> None:
        if self._shadow is not None:
            self._shadow.rest()

    def _report(self, frame: Frame, scene: Scene, finding: Finding) -> None:
        still = bare = None
        if finding.kind not in UNILLUSTRATED:
            still = self._artist.picture(frame, scene, finding)
            # Of what the camera sees, and not of the camera: to learn from once it is judged.
            bare = bare_still(frame.image, scene, finding) if finding.track_ids else None
        event = self._reporter.event(finding, scene, still, bare)
        kept = [one for one in (still, bare) if one is not None]
        self._outbox.event(event, {digest_of(one): one for one in kept})

    def _set_trouble(self, reason: str) -> None:
        """A detector that is gone is the stream's trouble too: say so once, and when it is over."""
        changed = bool(reason) != bool(self._trouble)
        self._trouble = reason
        if not changed:
            return
        state = StreamState.STALLED if reason else StreamState.HEALTHY
        self._tell_health(state, reason or "the detector works again")

    def _change(self, connection: Connection) -> None:
        before, self._connection = self._connection, connection
        if before.state is connection.state:
            return
        _LOG.info(
            "%s: %s -> %s %s", self.camera.id, before.state, connection.state, connection.reason
        )
        # The first frame of a stream is nothing to report.
        if (before.state, connection.state) != (StreamState.CONNECTING, StreamState.HEALTHY):
            self._tell_health(connection.state, connection.reason)
        self._publish(force=True)

    def _tell_health(self, state: StreamState, reason: str) -> None:
        self._outbox.event(self._reporter.health(state, reason, datetime.now(UTC)), {})

    def _wait(self, pause_s: float) -> None:
        until = time.monotonic() + pause_s
        while not self._closed.is_set() and (left := until - time.monotonic()) > 0:
            self._change(self._connection.quiet(time.monotonic()))
            self._publish()
            self._closed.wait(min(left, STATUS_EVERY_S))

    def _publish(self, *, force: bool = False) -> None:
        now_s = time.monotonic()
        if now_s < self._next_status_s and not force:
            return
        self._next_status_s = now_s + STATUS_EVERY_S
        self._outbox.status(self.status())

    def status(self) -> StreamStatus:
        """How it does now."""
        now_s, now = time.monotonic(), datetime.now(UTC)
        fresh = now - self._scene.captured_at < timedelta(seconds=2)
        return StreamStatus(
            site=self._site.id,
            source=self.camera.id,
            state=self._connection.state,
            reason=self._connection.reason or self._trouble or self._busy,
            epoch=self.epoch,
            at=now,
            last_frame_at=self._last_frame_at,
            fps_in=self._in.per_s(now_s),
            fps_processed=self._done.per_s(now_s),
            dropped=self._dropped,
            waiting=self._outbox.waiting,
            detector=f"{self._model.ref.name} {self._model.ref.version}",
            answer_ms=1000 * float(np.median(list(self._took_s) or [0])),
            models=(self._model.ref,),
            note=self._model.note,
            overloaded=bool(self._busy),
            tracks=tuple(map(self._reporter.live_track, self._scene.tracks)) if fresh else (),
        )
