"""What the gateway sends without end: live messages (server-sent events) and moving pictures."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from catalogs.journal import Journal
from serving.live import Live
from serving.messages import Hello, NewEvent

SIGN_OF_LIFE_S = 5.0
"""A stream without news says so this often, so that the client can tell quiet from broken."""
BOUNDARY = "frame"
PAGE = 200
"""Events read from the journal at a time."""


def _sse(data: str, seq: int | None = None) -> str:
    return (f"id: {seq}\n" if seq is not None else "") + f"data: {data}\n\n"


async def messages(
    release: str, live: Live, journal: Journal, *, pictures: bool, after_seq: int | None
) -> AsyncIterator[str]:
    """Hello, then events from the journal after `after_seq` (or new ones), statuses and pictures.

    Events come in order and each once; of statuses and pictures only the newest.
    """
    newest = await asyncio.to_thread(journal.last_seq)
    # Who has seen more than there is has outlived a journal, and starts with this one.
    seq = newest if after_seq is None else min(after_seq, newest)
    with live.listen(pictures=pictures) as listener:
        yield _sse(Hello(version=release, last_seq=newest).model_dump_json())
        listener.tell_of_events()
        while True:
            events, waiting = listener.take()
            while events:
                page = await asyncio.to_thread(journal.events, after_seq=seq, limit=PAGE)
                for stored in page:
                    seq = stored.seq
                    yield _sse(NewEvent.of(stored).model_dump_json(), seq)
                events = len(page) == PAGE
            for message in waiting:
                yield _sse(message)
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
