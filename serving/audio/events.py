"""From a listener's finding to the event that leaves the house."""

from collections.abc import Sequence
from datetime import datetime

from hlaska.events import (
    MOST_LETTERS,
    Event,
    Evidence,
    Location,
    ModelRef,
    Scalar,
    as_attribute,
    event_id,
)
from hlaska.microphones import Microphone
from hlaska.sites import Site
from hlaska.tracks import StreamState
from serving.audio.finding import SoundFinding
from serving.evidence import digest_of
from serving.health import health_event

HEARD_M = {"gunshot": 500.0, "explosion": 1000.0, "scream": 150.0, "glass-break": 80.0}
"""How far from a microphone a sound may have been that it heard: one alone cannot tell more.

Sound loses 20 dB with each tenfold distance. A scream of 108 dB at 1 m, and a pane of 103 dB, are
down to the 65 dB of a busy street after 140 m and 80 m. A shot of 150 dB and more would carry for
kilometres over a field; between houses it bends around two or three corners, each of which costs it
10 to 20 dB. These two are estimates, and so stated."""
AUDIO, PICTURE = "audio/flac", "image/jpeg"


class Reporter:
    """Writes the events of one microphone.

    Args:
        site: The site.
        microphone: The microphone.
        epoch: When its stream was opened: the same recording played again gives new events.
        model: The model whose scores the events rest on.
    """

    def __init__(
        self, site: Site, microphone: Microphone, epoch: datetime, model: ModelRef
    ) -> None:
        self._site = site
        self._microphone = microphone
        self._epoch = epoch
        self._model = model

    def event(
        self,
        finding: SoundFinding,
        evidence: Sequence[tuple[str, bytes]] = (),
        *,
        redacted_s: float = 0.0,
        reason: str = "",
    ) -> Event:
        """The event of a finding.

        Args:
            finding: What was heard.
            evidence: Media type and content of each piece.
            redacted_s: Seconds of speech that were taken out of the evidence.
            reason: Why there is no evidence; empty when there is.
        """
        kind = f"audio.{finding.sound}"
        attributes: dict[str, Scalar] = {
            "count": len(finding.onsets_s),
            "onsets_s": as_attribute(f"{onset:.4f}" for onset in finding.onsets_s),
            "windows_agreed": finding.windows_agreed,
            "windows_asked": finding.windows_asked,
            "peak_dbfs": round(finding.peak_dbfs, 1),
            "redacted_s": round(redacted_s, 2),
        }
        if reason:
            attributes["reason"] = reason[:MOST_LETTERS]
        return Event(
            id=event_id(
                site=self._site.id,
                source=self._microphone.id,
                kind=kind,
                started_at=finding.observed_at,
                epoch=self._epoch,
            ),
            site=self._site.id,
            source=self._microphone.id,
            kind=kind,
            observed_at=finding.observed_at,
            confidence=round(min(1.0, max(0.0, finding.confidence)), 4),
            location=Location(
                lon=self._microphone.position.lon,
                lat=self._microphone.position.lat,
                uncertainty_m=HEARD_M[finding.sound],
            ),
            model=self._model,
            evidence=tuple(_evidence(*piece) for piece in evidence),
            attributes=attributes,
        )

    def health(self, state: StreamState, reason: str, at: datetime, *, what: str = "") -> Event:
        """The event of a change in the stream's health; see `health_event`."""
        return health_event(
            self._site.id,
            self._microphone,
            epoch=self._epoch,
            state=state,
            reason=reason,
            at=at,
            what=what,
        )


def _evidence(media_type: str, content: bytes) -> Evidence:
    digest = digest_of(content)
    return Evidence(uri=f"/evidence/{digest}", media_type=media_type, sha256=digest)
