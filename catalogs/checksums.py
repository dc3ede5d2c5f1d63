"""Whether a file is the one that was promised; and the promise made by a first fetch.

Where no checksum can be learnt beforehand, the first fetch pins the one it finds (trust on first
use): a line beside the cached file, as `sha256sum --check` reads it.
"""

import hashlib
from pathlib import Path

from hlaska.errors import ChecksumError, DataError


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _pin(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def pinned(path: Path) -> str | None:
    """What the first fetch of that file pinned; None when there was none."""
    pin = _pin(path)
    return pin.read_text(encoding="ascii").split()[0] if pin.exists() else None


def pin(path: Path, sha256: str) -> None:
    """Remember the checksum of a file that was fetched for the first time."""
    _pin(path).write_text(f"{sha256}  {path.name}\n", encoding="ascii")


def unpin(path: Path) -> None:
    """Forget what was pinned, if anything was."""
    _pin(path).unlink(missing_ok=True)


def check_file(path: Path, expected: set[str], *, remedy: str) -> str:
    """The checksum of a file that is among the expected ones.

    Raises:
        ChecksumError: it is not; names file, expected, got, and the remedy.
    """
    got = sha256_of(path)
    if got not in expected:
        raise ChecksumError(
            f"{path}: sha256 is {got}, expected {' or '.join(sorted(expected))}; {remedy}"
        )
    return got


def set_aside(path: Path) -> Path:
    """Move a wrong file out of the way, where it can be looked at but is never used."""
    return path.replace(path.with_name(f"{path.name}.bad"))
