"""A challenger that watches live: what it would have found, and where that is something else.

It raises no event and changes nothing. Every minute its tally goes to the gateway as one report,
which the next replaces, with the pictures on which the two differ most.
"""

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hlaska.events import Evidence, ModelRef
from hlaska.results import Column, Report, ResultTable, Shown, Value
from hlaska.tracks import Detections
from serving.champion import Served
from serving.evidence import digest_of
from serving.shadow_report import Told, Watch, Watches, latency_table, shadow_report
from serving.video.agreement import LEAST_IOU, Agreement, Tally, agreement, drawn
from serving.video.scorer import DetectorScorer
from serving.video.sighting import Sighting, counted

MOST_SHOWN = 6
"""Pictures of a report."""
APART = timedelta(seconds=10)
"""Two pictures of one camera are so far from each other: neighbours show the same."""

Send = Callable[[Report, dict[str, bytes]], None]
"""Sends a report and the evidence that it names."""

_AGREEMENT = (
    Column("frames", "frames"),
    Column("alike", "frames alike"),
    Column("both", "boxes of both"),
    Column("only_champion", "only champion"),
    Column("only_shadow", "only shadow"),
    Column("share", "boxes of both, of all", 3),
)


@dataclass(frozen=True, slots=True, order=True)
class _Picture:
    """A frame on which the two differ; the least comes first."""

    differing: int
    captured_at: datetime
    where: str
    caption: str = field(compare=False)
    jpeg: bytes = field(compare=False)


@dataclass(slots=True)
class _Watch(Watch):
    site: str | None = None
    """None: several, or nothing was seen yet."""
    tallies: dict[str, Tally] = field(default_factory=dict)
    pictures: list[_Picture] = field(default_factory=list)

    @property
    def looked_at(self) -> int:
        return sum(tally.frames for tally in self.tallies.values())


class Shadow:
    """Watches with a challenger. Safe to call from several threads; it looks at one frame a time.

    Args:
        service: The challenger, where there is one.
        send: Where reports go; what it raises is for whoever calls `report`.
        pause_s: How long whoever shows it frames is to pause after each.
    """

    def __init__(
        self, service: Served[DetectorScorer], send: Send, *, pause_s: float = 0.0
    ) -> None:
        self._service, self._send, self._pause_s = service, send, pause_s
        self._lock = threading.Lock()
        self._watches = Watches(_Watch)

    def see(self, sighting: Sighting) -> float | None:
        """Look at a frame too.

        Returns:
            Seconds until the next one is wanted; None: there is no challenger, show nothing.

        Raises:
            ModelError: the challenger cannot score it.
        """
        by = self._service.held
        # A challenger that has become the champion has nothing more to show.
        if by is None or by.model.ref == sighting.champion:
            return None
        with self._lock:
            frame, classes = sighting.frame, sighting.classes
            (found,) = by.scorer.score([frame.image], [sighting.asked.regions_px])
            found = counted(found, by.model.card, classes)
            self._note(sighting, by.model.ref, found, agreement(sighting.found, found))
        return self._pause_s

    def report(self) -> int:
        """Send what was seen so far where there is anything new; how many reports that were."""
        with self._lock:
            fresh = [(watch, watch.looked_at, *_report(watch)) for watch in self._watches.fresh()]
        for watch, frames, report, evidence in fresh:
            self._send(report, evidence)
            watch.told = frames
        return len(fresh)

    def _note(
        self, sighting: Sighting, shadow: ModelRef, found: Detections, agreed: Agreement
    ) -> None:
        watch = self._watches.of(sighting.champion, shadow)
        if not watch.tallies:
            watch.site = sighting.site
        if watch.site != sighting.site:
            watch.site = None
        where = f"{sighting.site}/{sighting.camera}"
        watch.tallies.setdefault(where, Tally()).add(agreed)
        watch.passed_over += sighting.since.passed_over
        watch.champion_s.append(sighting.asked.took_s)
        if sighting.since.took_s is not None:
            watch.shadow_s.append(sighting.since.took_s)
        if self._is_worth_showing(watch, where, sighting.frame.captured_at, agreed.differing):
            caption = (
                f"{where}: {len(agreed.both)} boxes of both, {len(agreed.only_champion)} only of "
                f"the champion (blue), {len(agreed.only_shadow)} only of the shadow (red)"
            )
            jpeg = drawn(sighting.frame.image, sighting.found, found, agreed)
            picture = _Picture(agreed.differing, sighting.frame.captured_at, where, caption, jpeg)
            _keep(watch.pictures, picture)

    def _is_worth_showing(self, watch: _Watch, where: str, at: datetime, differing: int) -> bool:
        near = _near(watch.pictures, where, at)
        if near is not None:
            return differing > near.differing
        if len(watch.pictures) < MOST_SHOWN:
            return differing > 0
        return differing > watch.pictures[0].differing


def _near(pictures: list[_Picture], where: str, at: datetime) -> _Picture | None:
    for picture in pictures:
        if picture.where == where and abs(picture.captured_at - at) < APART:
            return picture
    return None


def _keep(pictures: list[_Picture], picture: _Picture) -> None:
    near = _near(pictures, picture.where, picture.captured_at)
    if near is not None:
        pictures.remove(near)
        heapq.heapify(pictures)
    heapq.heappush(pictures, picture)
    while len(pictures) > MOST_SHOWN:
        heapq.heappop(pictures)


def _report(watch: _Watch) -> tuple[Report, dict[str, bytes]]:
    """The report so far, and its pictures by digest."""
    whole = Tally.sum(watch.tallies.values())
    worst = sorted(watch.pictures, reverse=True)
    evidence = {digest_of(picture.jpeg): picture.jpeg for picture in worst}
    shown = tuple(
        Shown(
            evidence=Evidence(uri=f"/evidence/{digest}", media_type="image/jpeg", sha256=digest),
            caption=picture.caption,
        )
        for digest, picture in zip(evidence, worst, strict=False)
    )
    share = "nothing was seen" if whole.share is None else f"{whole.share:.0%} of the boxes agree"
    told = Told(
        unit="frames",
        summary=f"{share} in {whole.frames} frames; {whole.only_champion} only the champion has, "
        f"{whole.only_shadow} only the shadow. {watch.passed_over} frames were passed over.",
        site=watch.site,
        tables=(
            _agreement_table(watch, whole),
            latency_table(
                watch,
                "frames",
                "As the stream host sees it, with the way there and back. The shadow has the "
                "lowest priority, so its times are not what it would need in service.",
            ),
        ),
        shown=shown,
    )
    return shadow_report(watch, told), evidence


def _agreement_table(watch: _Watch, whole: Tally) -> ResultTable:
    tallies = sorted(watch.tallies.items())
    if len(tallies) > 1:
        tallies.append(("all cameras", whole))
    return ResultTable(
        "agreement",
        "Champion and shadow",
        f"Boxes of one class that overlap by {LEAST_IOU}, each at its own operating point. Who of "
        "the two is right, nobody has said.",
        _AGREEMENT,
        tuple(_tally_row(what, tally) for what, tally in tallies),
    )


def _tally_row(what: str, tally: Tally) -> dict[str, Value]:
    return {
        "what": what,
        "frames": tally.frames,
        "alike": tally.alike,
        "both": tally.both,
        "only_champion": tally.only_champion,
        "only_shadow": tally.only_shadow,
        "share": tally.share,
    }
