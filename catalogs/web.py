"""One file from the open web, in as many pieces as the line needs."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import httpx

from hlaska.errors import UnavailableError

Progress = Callable[[str, int, int | None], None]
"""Called with what is being fetched, bytes so far, and bytes in all (None when nobody said)."""

ATTEMPTS_WITHOUT_PROGRESS = 3


def silent(_what: str, _done: int, _total: int | None) -> None:
    """The progress of those who do not ask for it."""


def timeout(*, connect_s: float = 5.0, read_s: float = 20.0) -> httpx.Timeout:
    """Short to connect: a machine without the web must learn so at once, not after minutes."""
    return httpx.Timeout(read_s, connect=connect_s)


def download(
    url: str,
    part: Path,
    *,
    keep_part: bool,
    what: str,
    progress: Progress = silent,
    client: httpx.Client | None = None,
) -> None:
    """Fetch `url` into `part`, going on where the connection broke (RFC 9110, section 14.2).

    Args:
        url: The file.
        part: Where its bytes go; the caller renames it when they are right.
        keep_part: Whether to continue a part that an earlier run left. Only sound when a checksum
            is known: nothing else tells whether its head belongs to the same file.
        what: Words for the progress line.
        progress: Called after each piece.
        client: Of the caller's making; default: a fresh one.

    Raises:
        UnavailableError: the server cannot be reached, refuses, or breaks off again and again.
    """
    if not keep_part:
        part.unlink(missing_ok=True)
    with client or httpx.Client(timeout=timeout(), follow_redirects=True) as session:
        _Transfer(session, url, part, what, progress).run()


class _Transfer:
    """What must be remembered from one attempt to the next."""

    def __init__(
        self, session: httpx.Client, url: str, part: Path, what: str, progress: Progress
    ) -> None:
        self._session = session
        self._url = url
        self._part = part
        self._what = what
        self._progress = progress
        self._validator: str | None = None

    def run(self) -> None:
        """Attempt until the file is whole; only attempts that brought nothing are counted."""
        fruitless = 0
        while True:
            before = self._have()
            try:
                self._attempt(before)
                return
            except httpx.HTTPStatusError as error:
                raise UnavailableError(
                    f"{self._url}: the server answers {error.response.status_code}"
                ) from error
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise UnavailableError(f"{self._url}: cannot connect: {error}") from error
            except httpx.HTTPError as error:
                fruitless = 0 if self._have() > before else fruitless + 1
                if fruitless == ATTEMPTS_WITHOUT_PROGRESS:
                    raise UnavailableError(f"{self._url}: breaks off: {error}") from error

    def _have(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _attempt(self, have: int) -> None:
        # Compressed on the way, a range of the bytes would not be a range of the file.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self._validator:
                headers["If-Range"] = self._validator
        with self._session.stream("GET", self._url, headers=headers) as response:
            if have and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                self._part.unlink()
                raise httpx.ReadError("the part that was here is not the file's beginning")
            response.raise_for_status()
            go_on = have and response.status_code == HTTPStatus.PARTIAL_CONTENT
            self._validator = _validator(response)
            done = have if go_on else 0
            length = response.headers.get("Content-Length", "")
            total = done + int(length) if length.isdigit() else None
            with self._part.open("ab" if go_on else "wb") as file:
                # Pieces as they come: gathered ones are lost when the connection breaks.
                for chunk in response.iter_raw():
                    file.write(chunk)
                    done += len(chunk)
                    self._progress(self._what, done, total)


def _validator(response: httpx.Response) -> str | None:
    """What If-Range may carry: a weak tag does not promise the same bytes (RFC 9110, 13.1.5)."""
    tag: str = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")
