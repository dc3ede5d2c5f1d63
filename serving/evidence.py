"""Evidence on disk, each file named after the SHA-256 of what it holds."""

import hashlib
import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile

from hlaska.errors import DataError

MEDIA_TYPES = {
    "image/jpeg": ".jpg",
    "audio/flac": ".flac",
    "video/mp4": ".mp4",
    "application/json": ".json",
}
"""What evidence may be, and the ending of its file."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(content: bytes) -> str:
    """SHA-256 of some content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class EvidenceStore:
    """A folder of evidence."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, digest: str, media_type: str, content: bytes) -> None:
        """Keep some evidence; keeping it twice changes nothing.

        Raises:
            DataError: it is not what its digest says, or of a type that is never evidence.
        """
        ending = MEDIA_TYPES.get(media_type)
        if ending is None:
            raise DataError(f"evidence of type {media_type!r}; allowed: {', '.join(MEDIA_TYPES)}")
        if digest_of(content) != digest:
            raise DataError(f"evidence {digest[:64]!r} has another SHA-256: {digest_of(content)}")
        path = self._folder / digest[:2] / (digest + ending)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(path)

    def get(self, digest: str) -> tuple[str, bytes] | None:
        """Media type and content of some evidence; None when never kept, or expired."""
        if not _DIGEST.fullmatch(digest):
            return None
        for media_type, ending in MEDIA_TYPES.items():
            path = self._folder / digest[:2] / (digest + ending)
            if path.exists():
                return media_type, path.read_bytes()
        return None
