"""The typed client of the gateway: all that stream hosts, dashboards and notebooks know of it."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Annotated, Any, Self

import httpx
from pydantic import Field, SecretStr, TypeAdapter

from hlaska.errors import GatewayError, RefusedError
from hlaska.events import CLOUDEVENTS_MEDIA_TYPE, Event, StoredEvent
from hlaska.results import Report, ReportKind
from hlaska.sites import Site
from hlaska.tracks import StreamStatus
from serving.backoff import Backoff
from serving.messages import (
    CountTable,
    Health,
    Hello,
    Lost,
    Message,
    NewAlert,
    NewEvent,
    NewPicture,
    NewSilences,
    NewStatus,
    NewThreats,
    Receipt,
)
from serving.picture.calls import PictureCalls, query_of

QUIET_S = 11.0
"""A live stream so long without a word is broken: two signs of life, one every 5 s, are missing."""

_REPORTS = TypeAdapter(list[Report])

REFUSALS = frozenset({400, 409, 413, 422})
"""Answers about the message itself. Others pass: a token is corrected, a route is back (404)."""

_SENT = Hello | NewEvent | NewStatus | NewPicture | NewThreats | NewAlert | NewSilences
_MESSAGE: TypeAdapter[_SENT] = TypeAdapter(Annotated[_SENT, Field(discriminator="type")])


class Gateway(PictureCalls):
    """A gateway somewhere. Safe to use from several threads; close it, or use it in `with`.

    Args:
        url: Its address, such as http://127.0.0.1:8000.
        token: The shared secret, where it asks for one.
        timeout_s: Longest wait for an answer.
    """

    def __init__(
        self, url: str, token: SecretStr | None = None, *, timeout_s: float = 10.0
    ) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def health(self) -> Health:
        """How the gateway does."""
        return Health.model_validate_json(self._ask("GET", "/healthz").content)

    def sites(self) -> list[Site]:
        """The guarded sites, without the secrets of their cameras' addresses."""
        return TypeAdapter(list[Site]).validate_json(self._ask("GET", "/sites").content)

    def streams(self) -> list[StreamStatus]:
        """The last word of every stream."""
        return TypeAdapter(list[StreamStatus]).validate_json(self._ask("GET", "/streams").content)

    def events(
        self,
        *,
        site: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_seq: int | None = None,
        newest_first: bool = True,
        limit: int = 100,
    ) -> list[StoredEvent]:
        """Events of the journal; `kind` may end in a dot to mean a whole family."""
        query = query_of(
            site=site,
            source=source,
            kind=kind,
            since=since,
            until=until,
            after_seq=after_seq,
            newest_first=newest_first,
            limit=limit,
        )
        answer = self._ask("GET", "/events", params=query)
        return TypeAdapter(list[StoredEvent]).validate_json(answer.content)

    def counts(
        self,
        *,
        site: str,
        since: datetime,
        until: datetime,
        source: str | None = None,
        line: str | None = None,
        bin_s: int = 60,
    ) -> CountTable:
        """Crossings per line, class, direction and `bin_s` seconds; empty bins left out."""
        query = query_of(site=site, since=since, until=until, source=source, line=line, bin_s=bin_s)
        answer = self._ask("GET", "/counts", params=query)
        return CountTable.model_validate_json(answer.content)

    def evidence(self, sha256: str) -> bytes:
        """The evidence with that digest."""
        return self._ask("GET", f"/evidence/{sha256}").content

    def snapshot(self, site: str, source: str) -> bytes:
        """The newest annotated picture of a camera, JPEG."""
        return self._ask("GET", f"/streams/{site}/{source}/snapshot").content

    def send_events(self, events: Sequence[Event]) -> Receipt:
        """Send events; when this returns they are in the journal."""
        body = json.dumps([event.to_cloudevent() for event in events]).encode()
        batch = CLOUDEVENTS_MEDIA_TYPE.replace("cloudevents+", "cloudevents-batch+")
        answer = self._ask("POST", "/events", content=body, headers={"Content-Type": batch})
        return Receipt.model_validate_json(answer.content)

    def send_evidence(self, sha256: str, media_type: str, content: bytes) -> None:
        """Store evidence under its digest."""
        self._ask(
            "PUT", f"/evidence/{sha256}", content=content, headers={"Content-Type": media_type}
        )

    def send_report(self, report: Report) -> None:
        """Keep a report, in the place of the one of its id; its evidence is sent by itself."""
        self._send("POST", "/reports", report)

    def reports(
        self,
        *,
        kind: ReportKind | None = None,
        model: str | None = None,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> list[Report]:
        """Reports that fit all conditions, the newest first; fewer where they are very large."""
        query = query_of(kind=kind, model=model, site=site, since=since, until=until, limit=limit)
        return _REPORTS.validate_json(self._ask("GET", "/reports", params=query).content)

    def report(self, name: str) -> Report:
        """The report of that id."""
        return Report.model_validate_json(self._ask("GET", f"/reports/{name}").content)

    def send_status(self, status: StreamStatus) -> None:
        """Tell how a stream does."""
        self._send("PUT", f"/streams/{status.site}/{status.source}", status)

    def send_picture(self, site: str, source: str, captured_at: datetime, jpeg: bytes) -> None:
        """Show the newest annotated picture of a camera."""
        self._ask(
            "PUT",
            f"/streams/{site}/{source}/snapshot",
            content=jpeg,
            headers={"Content-Type": "image/jpeg", "Captured-At": captured_at.isoformat()},
        )

    def subscribe(
        self,
        *,
        pictures: bool = False,
        after_seq: int | None = None,
        after_rev: int | None = None,
        kinds: Sequence[str] = (),
    ) -> Iterator[Message]:
        """Live messages, for ever: after a loss it says `Lost`, reconnects, and misses no event.

        Args:
            pictures: Whether to send camera pictures too.
            after_seq: Replay the journal after this event first; None starts with what is new.
            after_rev: Begin with all alerts that changed after this; None starts with the next.
            kinds: Events of these kinds alone, and no other messages but `Hello` and `Lost`.

        Yields:
            Messages in order. Events come exactly once. Of alerts each change comes, but several
            of one alert may be one; of statuses, pictures, threats and silences only the newest.
        """
        backoff = Backoff()
        seen, known = after_seq, after_rev
        while True:
            try:
                query = query_of(pictures=pictures, after_seq=seen, after_rev=known)
                for message in self._listen(query, kinds):
                    backoff.reset()
                    if isinstance(message, int):
                        seen = message
                        continue
                    if isinstance(message, Hello):
                        # A gateway that knows less than we have seen has begun a new journal.
                        seen = message.last_seq if seen is None else min(seen, message.last_seq)
                        known = message.last_rev if known is None else min(known, message.last_rev)
                    if isinstance(message, NewAlert):
                        known = message.rev
                    yield message
                reason = "the gateway closed the stream"
            except (httpx.HTTPError, GatewayError) as error:
                reason = str(error) or type(error).__name__
            yield Lost(reason=reason)
            backoff.wait()

    def _listen(self, query: dict[str, str], kinds: Sequence[str]) -> Iterator[Message | int]:
        """Messages, and after an event the place in the journal up to which all was told."""
        timeout = httpx.Timeout(5.0, read=QUIET_S)
        asked = {**query, "kind": list(kinds)}
        with self._http.stream("GET", "/stream", params=asked, timeout=timeout) as answer:
            if answer.status_code != httpx.codes.OK:
                answer.read()
                raise GatewayError(_complaint(answer))
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    yield _MESSAGE.validate_json(line[len("data:") :])
                elif line.startswith("id:"):
                    yield int(line[len("id:") :])

    def _ask(self, method: str, path: str, **rest: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        try:
            answer = self._http.request(method, path, **rest)
        except httpx.HTTPError as error:
            raise GatewayError(
                f"no answer from the gateway at {self.url} ({error or type(error).__name__}); "
                "is `hlaska up` running?"
            ) from error
        if answer.is_error:
            final = answer.status_code in REFUSALS
            raise (RefusedError if final else GatewayError)(_complaint(answer))
        return answer


def _complaint(answer: httpx.Response) -> str:
    text = answer.text.strip()[:500]
    return f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {text}"
