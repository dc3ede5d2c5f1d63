"""Reports of the registry's life, kept on this machine before any server is told."""

import uuid
from datetime import datetime
from pathlib import Path

from hlaska.errors import ModelError
from hlaska.results import Report
from hlaska.settings import Settings


def new_id(kind: str, name: str, version: str, at: datetime) -> str:
    """A name for a report that no other has: what, of which model, when."""
    head = f"{kind}-{name[:24].rstrip('._-')}-{version}-{at:%Y%m%dt%H%M%S}"
    return f"{head}-{uuid.uuid4().hex[:6]}"


def keep(report: Report, settings: Settings) -> Path:
    """The file of a report on this machine: written before any server is asked.

    Raises:
        ModelError: it cannot be written.
    """
    path = settings.home / "registry" / "reports" / f"{report.id}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}") from error
    return path
