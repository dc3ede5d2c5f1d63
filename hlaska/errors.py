"""Everything that Hlaska raises on purpose, as one tree.

    HlaskaError
    ├── SettingsError       an option or HLASKA_* variable that is unknown or out of bounds
    ├── SiteError           a site file: names file, key and line
    ├── PlaybookError       a file of recommended actions: names file, key and line
    ├── DataError           the catalog of data sets
    │   ├── UnknownEntryError   no entry of that name
    │   ├── ChecksumError       the bytes are not those the catalog promises
    │   └── UnavailableError    no source of the entry answers
    ├── EventError          a message that is not an event
    ├── ModelError          a model or its card: missing, unreadable, not allowed
    │   ├── DetectorBusyError   it has more to do than it can: this frame is shed
    │   ├── RegistryError       the registry of models does not answer: later may be better
    │   └── ModelConflictError  somebody else moves the same model's aliases: look, then try again
    ├── SourceError         a camera, microphone or feed that cannot be read
    ├── JournalError        the store of events and alerts
    ├── AlertError          an order about an alert or a silence that cannot be carried out
    │   └── ConflictError       somebody changed the alert meanwhile: look again, then try again
    └── GatewayError        the gateway cannot be reached, or has trouble of its own
        └── RefusedError        it understood and refuses: sending again is no use

Each message says what came, what is allowed, and what to do next. Catch `HlaskaError` to catch all.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class HlaskaError(Exception):
    """Base of every error that Hlaska raises on purpose."""


class SettingsError(HlaskaError):
    """An option or `HLASKA_*` variable is unknown or out of bounds."""


class SiteError(HlaskaError):
    """A site file is wrong; the message names file, key and line."""


class PlaybookError(HlaskaError):
    """A file of recommended actions is wrong; the message names file, key and line."""


class DataError(HlaskaError):
    """Something about the catalog of data sets."""


class UnknownEntryError(DataError):
    """The catalog has no entry of that name."""


class ChecksumError(DataError):
    """A file's sha256 is not the one that the catalog promises."""


class UnavailableError(DataError):
    """No source of a catalog entry answers."""


class EventError(HlaskaError):
    """A message is not an event that Hlaska understands."""


class ModelError(HlaskaError):
    """A model or its card is missing, unreadable or of a kind that is never loaded."""


class DetectorBusyError(ModelError):
    """The detector has more to do than it can; this frame is shed."""


class ModelConflictError(ModelError):
    """Somebody else moved the same model's aliases meanwhile; nothing of this has happened."""


class RegistryError(ModelError):
    """The registry of models does not answer; what is known of it may be old."""


class SourceError(HlaskaError):
    """A camera, microphone or feed cannot be read."""


class JournalError(HlaskaError):
    """The store of events cannot be opened, read or written."""


class AlertError(HlaskaError):
    """An order about an alert or silence cannot be carried out; nothing of it has happened."""


class ConflictError(AlertError):
    """An alert was changed meanwhile: what was made from the old one may be right for the new."""


class GatewayError(HlaskaError):
    """The gateway cannot be reached, or has trouble of its own; later may be better."""


class RefusedError(GatewayError):
    """The gateway understood a request and refuses it; the same request will be refused again."""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """The sentence for a name nobody knows: what came, the nearest known name, all known names."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"no {what} {name!r}{hint} Known: {', '.join(names) or 'none'}"
