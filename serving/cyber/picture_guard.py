"""A camera with trouble on the network and a picture that is not well: one finding of both.

Either alone may be harmless: a picture stands still when nothing moves, a new recorder gets a new
stream. Both at the same camera within minutes are an attack on what the dispatcher sees.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from hlaska.events import MOST_LETTERS, Event, as_attribute, event_id
from hlaska.sites import PICTURE_GUARD, Site
from serving.client import Gateway
from serving.cyber.events import EPOCH
from serving.outbox import Outbox
from serving.subscription import Subscription

TOGETHER = timedelta(minutes=10)
"""The picture's trouble and the network's belong together when they are no farther apart."""
PICTURE: Mapping[str, str] = MappingProxyType(
    {
        "video.frozen": "stands still",
        "video.looped": "repeats itself",
        "video.tampering": "was covered, turned or blurred",
    }
)
"""What is wrong with the picture, in words."""
NETWORK = ("cyber.stream-redirected", "cyber.bruteforce", "cyber.flood", "cyber.new-peer")
"""What is wrong on the network, the gravest first."""
KIND = NETWORK[0]


class PictureGuard:
    """Ties the troubles of pictures to those of the network, at one site.

    Args:
        site: The site.
        connect: Opens a client of the gateway.
        outbox: Where findings go.
        clock: Tells the time, UTC.
    """

    def __init__(
        self,
        site: Site,
        connect: Callable[[], Gateway],
        outbox: Outbox,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._site, self._outbox, self._clock = site, outbox, clock
        self._lock = threading.Lock()
        self._recent: dict[str, Event] = {}
        self._told: dict[str, datetime] = {}
        self._reports = Subscription(
            f"picture guard of {site.id}",
            connect,
            look_back=self._look_back,
            take=self.take,
            kinds=(*PICTURE, *NETWORK),
        )

    def start(self) -> None:
        """Begin."""
        self._reports.start()

    def close(self) -> None:
        """End; nothing is sent any more."""
        self._reports.close()

    @property
    def alive(self) -> bool:
        """Whether its thread runs; when it does not, something is broken."""
        return self._reports.alive

    def take(self, event: Event) -> None:
        """An event was reported."""
        camera, now = self._camera(event), self._clock()
        # What comes from the future would be the newest for ever.
        if camera is None or event.observed_at > now + TOGETHER:
            return
        with self._lock:
            self._recent[event.id] = event
            oldest = now - 2 * TOGETHER
            self._recent = {k: v for k, v in self._recent.items() if v.observed_at >= oldest}
            mine = [
                one
                for one in self._recent.values()
                if self._camera(one) == camera
                and abs(one.observed_at - event.observed_at) <= TOGETHER
            ]
            finding = self._finding(camera, mine)
        if finding is not None:
            self._outbox.event(finding, {})

    def _look_back(self, gateway: Gateway) -> None:
        since = self._clock() - TOGETHER
        for kind in (*PICTURE, *NETWORK):
            for stored in gateway.events(site=self._site.id, kind=kind, since=since, limit=1000):
                if stored.event.source == PICTURE_GUARD:
                    self._told[str(stored.event.attributes["carries"])] = stored.event.observed_at
                else:
                    self.take(stored.event)

    def _camera(self, event: Event) -> str | None:
        """The camera that an event is about, if it matters here."""
        if event.site != self._site.id or event.source == PICTURE_GUARD:
            return None
        if event.kind in PICTURE:
            return event.source
        if event.kind in NETWORK:
            return str(event.attributes.get("carries", "")) or None
        return None

    def _finding(self, camera: str, events: list[Event]) -> Event | None:
        pictures = [one for one in events if one.kind in PICTURE]
        network = [one for one in events if one.kind in NETWORK]
        if not pictures or not network:
            return None
        latest = max(one.observed_at for one in events)
        before = self._told.get(camera)
        if before is not None and abs(latest - before) <= TOGETHER:
            return None
        self._told[camera] = latest
        gravest = min(network, key=lambda one: (NETWORK.index(one.kind), one.observed_at))
        picture = pictures[-1]
        names = {each.id: each.name for each in self._site.cameras}
        words = (
            f"the picture of {names.get(camera, camera)} {PICTURE[picture.kind]}, while "
            f"{gravest.attributes.get('words', gravest.kind)}"
        )
        told = {
            name: gravest.attributes[name]
            for name in ("host", "asset", "peer", "measured", "usual", "limit", "bytes")
            if name in gravest.attributes
        }
        return Event(
            id=event_id(
                site=self._site.id,
                source=PICTURE_GUARD,
                kind=KIND,
                place=camera,
                started_at=min(picture.observed_at, gravest.observed_at),
                epoch=EPOCH,
            ),
            site=self._site.id,
            source=PICTURE_GUARD,
            kind=KIND,
            observed_at=latest,
            # As sure as one that only errs when both err, and independently.
            confidence=round(1 - (1 - picture.confidence) * (1 - gravest.confidence), 4),
            location=picture.location,
            zone=picture.zone,
            evidence=(*picture.evidence, *gravest.evidence)[:10],
            attributes=told
            | {
                "words": words[:MOST_LETTERS],
                "carries": camera,
                "because": as_attribute([picture.id, gravest.id]),
            },
        )
