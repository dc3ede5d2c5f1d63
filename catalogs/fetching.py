"""From an entry to files on this machine: what lies here, else what a source gives.

A file is used only after its checksum was found right, every time. It appears in the cache whole or
not at all: it comes as `.part` and is renamed when it is right.
"""

from dataclasses import dataclass
from pathlib import Path

from catalogs import debian, web
from catalogs.checksums import check_file, pin, pinned, set_aside, sha256_of, unpin
from catalogs.entries import DataSource, DebianSource, Entry, MadeSource, Source, WebSource
from catalogs.locks import exclusive
from catalogs.web import Progress, silent
from hlaska.errors import ChecksumError, DataError, UnavailableError
from hlaska.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of this machine that has all files of an entry."""

    name: str
    """`HLASKA_DATA` or `cache`."""
    folder: Path
    expected: dict[str, set[str]]
    """Checksums that each file may have there."""
    ours: bool
    """Whether we filled it, and so may move a wrong file out of it."""

    def path_of(self, entry: Entry) -> Path:
        """The file of an entry that has one, the folder of an entry that has several."""
        return self.folder / next(iter(entry.files)) if len(entry.files) == 1 else self.folder


def cache_of(entry: Entry, settings: Settings) -> Path:
    """Where an entry's files are kept once they were fetched."""
    return settings.cache / "datasets" / entry.name


def place_of(entry: Entry, settings: Settings) -> Place | None:
    """Where the entry lies on this machine; None when it must be fetched. Nothing is checked."""
    for source in entry.sources:
        if isinstance(source, DataSource) and settings.data is not None:
            expected = {name: {digest or ""} for name, digest in entry.expected(source).items()}
            place = Place("HLASKA_DATA", settings.data / source.folder, expected, ours=False)
            if _has_all(place.folder, entry):
                return place
    folder = cache_of(entry, settings)
    if not _has_all(folder, entry):
        return None
    return Place("cache", folder, {n: _cached(entry, folder, n) for n in entry.files}, ours=True)


def _has_all(folder: Path, entry: Entry) -> bool:
    return all((folder / name).is_file() for name in entry.files)


def _cached(entry: Entry, folder: Path, name: str) -> set[str]:
    """The checksums that a cached file may have: its sources', or the one that was pinned."""
    promised = {entry.expected(source)[name] for source in entry.sources}
    promised.add(pinned(folder / name))
    return {digest for digest in promised if digest is not None}


def check_place(entry: Entry, place: Place) -> None:
    """Check every file of a place; pin one that was put into the cache by hand and has no checksum.

    Raises:
        ChecksumError: a file is not the promised one. One of ours is moved aside, one under
            `$HLASKA_DATA` is left where its owner put it.
    """
    for name, expected in place.expected.items():
        path = place.folder / name
        if not expected:
            pin(path, sha256_of(path))
            continue
        remedy = (
            f"moved to {path.name}.bad: fetch it again (hlaska data get {entry.name})"
            if place.ours
            else "put the right file there, or unset HLASKA_DATA to have it fetched"
        )
        try:
            check_file(path, expected, remedy=remedy)
        except ChecksumError:
            if place.ours:
                set_aside(path)
            raise


def obtain(entry: Entry, settings: Settings, *, progress: Progress = silent) -> Path:
    """The entry's file, or the folder of its files, on this machine; fetched when it is not here.

    Raises:
        ChecksumError: what lies here, or all that could be fetched, is not what was promised.
        UnavailableError: no source answers; lists each with its reason, and what to do.
        DataError: the cache cannot be written.
    """
    place = place_of(entry, settings)
    if place is None:
        try:
            with exclusive(settings.cache / "datasets" / f".{entry.name}.lock"):
                # Another process may have fetched it while this one waited.
                place = place_of(entry, settings) or _fetched(entry, settings, progress)
        except OSError as error:
            raise DataError(
                f"cannot write {error.filename or settings.cache}: {error.strerror}; "
                "make room, or set HLASKA_HOME to a folder that can be written"
            ) from error
    check_place(entry, place)
    return place.path_of(entry)


def _fetched(entry: Entry, settings: Settings, progress: Progress) -> Place:
    folder = cache_of(entry, settings)
    folder.mkdir(parents=True, exist_ok=True)
    reasons: list[str] = []
    wrong: ChecksumError | None = None
    for source in entry.sources:
        try:
            _fetch(entry, source, folder, settings, progress)
        except ChecksumError as error:
            wrong = error
            reasons.append(f"{source}: {error}")
        except UnavailableError as error:
            reasons.append(f"{source}: {error}")
        else:
            place = place_of(entry, settings)
            if place is not None:
                return place
    ours = [source for source in entry.sources if isinstance(source, DataSource)]
    under = [entry.few(f"{source.folder}/{name}" for name in entry.files) for source in ours]
    said = (
        f"{entry.name}: no source answers.\n"
        + "".join(f"  - {reason}\n" for reason in reasons)
        + f"Put {entry.few()} into {folder}"
        + (f", or point HLASKA_DATA at a folder with {', '.join(under)}" if under else "")
        + ", and try again."
    )
    if wrong is not None:
        raise ChecksumError(said) from wrong
    raise UnavailableError(said)


def _fetch(
    entry: Entry, source: Source, folder: Path, settings: Settings, progress: Progress
) -> None:
    """Bring what is missing from one source into the cache."""
    missing = {n: d for n, d in entry.expected(source).items() if not (folder / n).is_file()}
    match source:
        case DataSource():
            raise UnavailableError(_why_not_in_data(source, entry, settings))
        case WebSource():
            for name, digest in missing.items():
                part = _part(folder, name)
                # A part is worth going on with only if a checksum will tell whether that was right.
                web.download(
                    source.url(name),
                    part,
                    keep_part=digest is not None or pinned(folder / name) is not None,
                    what=_words(name, source, digest or pinned(folder / name)),
                    progress=progress,
                )
                _accept(part, folder / name, digest)
        case DebianSource():
            members = {f"{source.folder}/{name}": _part(folder, name) for name in missing}
            work = settings.cache / "debian" / source.package
            with exclusive(work.with_name(f".{source.package}.lock")):
                debian.extract(source.package, members, work=work, progress=progress)
            for name, digest in missing.items():
                _accept(_part(folder, name), folder / name, digest)
        case MadeSource():
            _make(entry, source, folder, progress)


def _make(entry: Entry, source: MadeSource, folder: Path, progress: Progress) -> None:
    """Make all files of an entry, those that are here as well: they belong to one another."""
    # Not above: who only lists data sets needs no simulator.
    from catalogs import recipes

    parts = {name: _part(folder, name) for name in entry.files}
    recipes.make(source.recipe, parts, progress=progress)
    for name, digest in entry.expected(source).items():
        # What was pinned belongs to an earlier making, perhaps by an earlier version of the recipe.
        unpin(folder / name)
        _accept(parts[name], folder / name, digest)


def _part(folder: Path, name: str) -> Path:
    part = folder / f"{name}.part"
    # A data set may have folders of its own.
    part.parent.mkdir(parents=True, exist_ok=True)
    return part


def _words(name: str, source: WebSource, digest: str | None) -> str:
    return f"{name} from {source.folder.host}" + ("" if digest else " (pinned at first fetch)")


def _why_not_in_data(source: DataSource, entry: Entry, settings: Settings) -> str:
    if settings.data is None:
        return "HLASKA_DATA is not set"
    folder = settings.data / source.folder
    missing = [name for name in entry.files if not (folder / name).is_file()]
    return f"no {entry.few(missing)} in {folder}"


def _accept(part: Path, path: Path, digest: str | None) -> None:
    """Give a fetched file its name, if it is the right one."""
    expected = digest or pinned(path)
    if expected is None:
        pin(path, sha256_of(part))
    else:
        try:
            check_file(part, {expected}, remedy=f"moved to {path.name}.bad, not used")
        except ChecksumError:
            part.replace(path.with_name(f"{path.name}.bad"))
            raise
    part.replace(path)
