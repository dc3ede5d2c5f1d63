"""What the gateway sends without end: live messages (server-sent events) and moving pictures."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import datetime

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from serving.live import Live
from serving.messages import Hello, NewAlert, NewEvent

SIGN_OF_LIFE_S = 5.0
"""A stream without news says so this often, so that the client can tell quiet from broken."""
BOUNDARY = "frame"
PAGE = 200
"""Events or alerts read from the journal, and sent, at a time."""
REST_S = 0.05
"""A listener is told news at most once in so long: under a load it gets many at once, which costs
everybody much less than each by itself. What comes after a quiet time goes at once."""


def _sse(data: str, seq: int | None = None) -> str:
    # The place comes last: who has read it has read all before it.
    return f"data: {data}\n" + (f"id: {seq}\n" if seq is not None else "") + "\n"


async def messages(
    release: str,
    live: Live,
    journal: Journal,
    store: AlertStore,
    *,
    pictures: bool,
    after_seq: int | None,
    after_rev: int | None,
    kinds: Collection[str] = (),
) -> AsyncIterator[str]:
    """Hello, then what is new: events, alerts, and the last word of streams and sites.

    Events after `after_seq` (or new ones) come in order and each once. Alerts that changed after
    `after_rev` (or now) come in the order of their last change, each as it then is. Of all else
    only the newest. Who names kinds gets events of these alone, and nothing else.
    """
    newest = await asyncio.to_thread(journal.last_seq)
    changed = await asyncio.to_thread(store.last_rev)
    # Who has seen more than there is has outlived a journal, and starts with this one.
    seq = newest if after_seq is None else min(after_seq, newest)
    rev = changed if after_rev is None else min(after_rev, changed)
    with live.listen(pictures=pictures, events_alone=bool(kinds)) as listener:
        yield _sse(Hello(version=release, last_seq=newest, last_rev=changed).model_dump_json())
        listener.tell_of_events()
        listener.tell_of_alerts()
        while True:
            events, alerts, waiting = listener.take()
            while events:
                page = await asyncio.to_thread(journal.bodies, after_seq=seq, limit=PAGE)
                if page:
                    seq = page[-1][0]
                    told = [row for row in page if not kinds or row[1] in kinds]
                    text = "".join(_sse(NewEvent.text(at, body), at) for at, _, body in told)
                    # Without data it is no message: it says up to where there was nothing to tell.
                    yield text if told and told[-1][0] == seq else f"{text}id: {seq}\n\n"
                events = len(page) == PAGE
            while alerts:
                changes = await asyncio.to_thread(
                    store.alerts, after_rev=rev, newest_first=False, limit=PAGE
                )
                if changes:
                    rev = changes[-1][0]
                    changed_now = (NewAlert(rev=at, alert=alert) for at, alert in changes)
                    yield "".join(_sse(one.model_dump_json()) for one in changed_now)
                alerts = len(changes) == PAGE
            if waiting:
                yield "".join(map(_sse, waiting))
            await asyncio.sleep(REST_S)
            if not await listener.wait(SIGN_OF_LIFE_S):
                yield ": nothing new\n\n"


async def mjpeg(live: Live, key: tuple[str, str]) -> AsyncIterator[bytes]:
    """The pictures of one camera as they come, each a part of a multipart answer."""
    shown: datetime | None = None
    with live.listen(pictures=True) as listener:
        while True:
            picture = live.picture(key)
            if picture is not None and picture.captured_at != shown:
                shown = picture.captured_at
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: "
                yield f"{head}{len(picture.jpeg)}\r\n\r\n".encode() + picture.jpeg + b"\r\n"
            await listener.wait(SIGN_OF_LIFE_S)
            listener.take()
