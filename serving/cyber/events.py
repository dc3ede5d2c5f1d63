"""From a finding on the network to the event that leaves the house, with its conversations."""

from datetime import UTC, datetime

import pandas as pd

from hlaska.events import MOST_LETTERS, Event, Evidence, ModelRef, Scalar, event_id
from hlaska.network.evidence import MEDIA_TYPE, flow_evidence
from hlaska.network.finding import NetworkFinding
from hlaska.network.network import FlowFeed, Network
from hlaska.sites import Site
from hlaska.tracks import StreamState
from serving.evidence import digest_of
from serving.health import health_event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Of all feeds: a log tells when each flow was, so that an activity that is found again as it was
found before is the same event."""


class Reporter:
    """Writes the events of one flow feed.

    Args:
        site: The site.
        feed: The feed.
        network: What addresses are.
    """

    def __init__(self, site: Site, feed: FlowFeed, network: Network) -> None:
        self._site, self._feed, self._network = site, feed, network

    def event(
        self, finding: NetworkFinding, window: pd.DataFrame, model: ModelRef | None = None
    ) -> tuple[Event, dict[str, bytes]]:
        """The event of a finding and its evidence, by SHA-256.

        Args:
            finding: What was found.
            window: The conversations that it was found in.
            model: Whose scores it rests on; None: a rule found it.
        """
        content = flow_evidence(finding, window, self._network).model_dump_json().encode()
        digest = digest_of(content)
        evidence = Evidence(uri=f"/evidence/{digest}", media_type=MEDIA_TYPE, sha256=digest)
        event = Event(
            id=event_id(
                site=self._site.id,
                source=self._feed.id,
                kind=finding.kind,
                place=f"{finding.host} {finding.place}",
                started_at=finding.started_at,
                epoch=EPOCH,
            ),
            site=self._site.id,
            source=self._feed.id,
            kind=finding.kind,
            observed_at=finding.observed_at,
            confidence=round(min(1.0, max(0.0, finding.confidence)), 4),
            model=model,
            evidence=(evidence,),
            attributes=self._attributes(finding),
        )
        return event, {digest: content}

    def health(self, state: StreamState, reason: str, at: datetime, *, what: str = "") -> Event:
        """The event of a change in the feed's health; see `health_event`."""
        return health_event(
            self._site.id, self._feed, epoch=EPOCH, state=state, reason=reason, at=at, what=what
        )

    def _attributes(self, finding: NetworkFinding) -> dict[str, Scalar]:
        attributes: dict[str, Scalar] = {
            "words": finding.words[:MOST_LETTERS],
            "host": finding.host,
            "measured": round(float(finding.measured), 3),
            "usual": round(float(finding.usual), 3),
            "limit": round(float(finding.limit), 3),
        }
        # Of an attack on a sensor people ask first which one it is.
        about = [finding.host, finding.place, *finding.peers]
        device = next(
            (self._network.devices[one] for one in about if one in self._network.devices), None
        )
        if device is not None:
            attributes["asset"] = device.name
            if device.carries is not None:
                attributes["carries"] = device.carries
        return attributes | finding.attributes
