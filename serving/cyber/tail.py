"""Whole lines of a text file, also of one that grows, is renamed and begun anew, or cut off.

It is asked for news and never waits: it has no thread and no clock.
"""

import os
import stat
from io import FileIO
from pathlib import Path

from hlaska.errors import SourceError

BLOCK = 256 * 1024
"""Bytes read at once."""
MOST_LINE = 1_000_000
"""Bytes of a line. A longer one is skipped: no record of a flow is as long."""
HEAD = 256
"""So many bytes at the beginning of a file tell whether it is still the same."""
BOM = "\ufeff"


class Tail:
    """One text file, by its name.

    When the name comes to stand for another file (the log was rotated), what is left of the old one
    is read first: until the new one is written to, the old one may be. A file that became shorter,
    or begins otherwise than it did, was cut off and is read from its beginning.

    Args:
        path: The file.
        follow: Whether it may grow, change, or not be there yet. Otherwise it is read once, and
            its last line counts even without an end.

    Raises:
        SourceError: there is no such file (or, to follow, no such folder), or it cannot be read.
    """

    def __init__(self, path: Path, *, follow: bool) -> None:
        self._path = path
        self._follow = follow
        self._file: FileIO | None = None
        self._begin()
        self._lines: list[str] = []
        self._over = False
        self.too_long = 0
        """Lines that were longer than `MOST_LINE`, so far."""
        if not path.parent.is_dir():
            raise SourceError(f"there is no folder {path.parent}; name one that exists")
        self._open()
        if self._file is None and not follow:
            raise SourceError(f"there is no file {path}; name one that exists")

    @property
    def ended(self) -> bool:
        """Whether nothing more will come: never of a file that is followed."""
        return self._over and not self._lines

    def read_new(self, most: int) -> tuple[int, list[str]]:
        """The next whole lines, without their ends; none when there is nothing new for now.

        After an error it may be asked again, and goes on where it was.

        Args:
            most: So many lines at most.

        Returns:
            Number of the first one in its file, and the lines. Those of two files never come
            together; one that was too long is empty.

        Raises:
            SourceError: the file cannot be read.
        """
        try:
            if not self._lines and self._is_the_one():
                while len(self._lines) < most and self._read_more():
                    continue
        except OSError as error:
            raise SourceError(f"{self._path} cannot be read: {error.strerror}") from error
        first, lines = self._first, self._lines[:most]
        self._first += len(lines)
        self._lines = self._lines[most:]
        return first, lines

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._at = 0
        self._first = 1
        self._head = b""
        self._rest = b""
        self._skipping = False

    def _open(self) -> None:
        """Open what the name stands for, if it is there."""
        try:
            # Opening a pipe would wait until somebody writes into it.
            if not stat.S_ISREG(self._path.stat().st_mode):
                raise SourceError(f"{self._path} is no file; name one with lines of text")
            self._file = FileIO(self._path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise SourceError(f"{self._path} cannot be read: {error.strerror}") from error
        self._begin()

    def _is_the_one(self) -> bool:
        """Whether there is a file to go on with; another one is opened, one cut off rewound."""
        if self._file is None:
            self._open()
        if self._file is None or not self._follow:
            return self._file is not None
        mine = os.fstat(self._file.fileno())
        self._file.seek(0)
        cut = mine.st_size < self._at or self._file.read(len(self._head)) != self._head
        self._file.seek(self._at)
        renamed = not cut and self._at == mine.st_size and self._has_successor(mine)
        if not cut and not renamed:
            return True
        if self._rest or self._skipping:
            # Half a line, of which the other half never came.
            self._take(b"\n")
            return False
        if renamed:
            self._file.close()
            self._file = None
            self._open()
        else:
            self._file.seek(0)
            self._begin()
        return self._file is not None

    def _has_successor(self, mine: os.stat_result) -> bool:
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        return named.st_size > 0 and (named.st_dev, named.st_ino) != (mine.st_dev, mine.st_ino)

    def _read_more(self) -> bool:
        """Read a block; whether there was one."""
        assert self._file is not None
        block = self._file.read(BLOCK)
        if block:
            self._head += block[: max(0, HEAD - self._at)]
            self._at += len(block)
            self._take(block)
        elif not self._follow and not self._over:
            self._over = True
            if self._rest or self._skipping:
                self._take(b"\n")
        return bool(block)

    def _take(self, block: bytes) -> None:
        """Take over the lines that are whole now."""
        whole, end, rest = block.rpartition(b"\n")
        if not end:
            self._rest += rest
            if len(self._rest) > MOST_LINE:
                self._skipping, self._rest = True, b""
            return
        first, *others = whole.split(b"\n")
        if self._skipping or len(self._rest) + len(first) > MOST_LINE:
            self.too_long += 1
            self._skipping, first = False, b""
        else:
            first = self._rest + first
        self._rest = rest
        text = b"\n".join((first, *others)).decode("utf-8", errors="replace")
        lines = text.split("\n")
        if "\r" in text:
            lines = [line.removesuffix("\r") for line in lines]
        if "\0" in text:
            # Whoever writes on at its old place after the file was cut leaves a hole before it.
            lines = [line.lstrip("\0") for line in lines]
        if not self._lines and self._first == 1:
            lines[0] = lines[0].removeprefix(BOM)
        self._lines += lines
