"""Data sets and weights by name: `fetch("pets-view1", settings)` gives a file on this machine.

Why `datasets.yaml` has a form of our own, and the intake catalog (`version: 2`) is generated from
it: one of our entries has several sources in order, a checksum at each, and facts about licence and
owner that must be there. intake's hand-written form (v1, `sources:`) has one address and one legacy
driver an entry; its `version: 2` is made for machines, joined by hashes, where a slip of the hand
shows when it is read. Here a slip is an error that names the key, and notebooks still get intake
readers: `open_catalog(settings)["pets-view1-truth"].read()`. The tests read every entry so.
"""

from pathlib import Path

from intake.readers.entry import Catalog, ReaderDescription

from catalogs.entries import Entry, load_entries
from catalogs.fetching import check_place, obtain, place_of
from catalogs.web import Progress, silent
from hlaska.errors import UnknownEntryError, unknown
from hlaska.settings import Settings


def names() -> list[str]:
    """All entries, in the order of the catalog."""
    return list(load_entries())


def entry(name: str) -> Entry:
    """What the catalog says about one entry.

    Raises:
        UnknownEntryError: there is none of that name; says which there are.
    """
    try:
        return load_entries()[name]
    except KeyError:
        raise UnknownEntryError(unknown("data set", name, load_entries())) from None


def fetch(name: str, settings: Settings, *, progress: Progress | None = None) -> Path:
    """The entry on this machine: its file, or the folder of its files where it has several.

    Looks under `$HLASKA_DATA`, then in the cache, then asks the entry's other sources in order.

    Args:
        name: The entry.
        settings: Where `$HLASKA_DATA` and the cache are.
        progress: Called with words, bytes so far and bytes in all while something is fetched.

    Raises:
        UnknownEntryError: there is no such entry.
        ChecksumError: the bytes are not those the catalog promises.
        UnavailableError: no source answers; lists each with its reason, and what to do.
        DataError: the cache cannot be written.
    """
    return obtain(entry(name), settings, progress=progress or silent)


def available(name: str, settings: Settings) -> Path | None:
    """Where the entry lies on this machine, unchecked; None when it would have to be fetched.

    Raises:
        UnknownEntryError: there is no such entry.
    """
    place = place_of(entry(name), settings)
    return None if place is None else place.path_of(entry(name))


def check(name: str, settings: Settings) -> Path | None:
    """Check what lies on this machine of an entry; None when nothing does.

    Raises:
        UnknownEntryError: there is no such entry.
        ChecksumError: a file is not the promised one; one of the cache is moved aside.
    """
    place = place_of(entry(name), settings)
    if place is None:
        return None
    check_place(entry(name), place)
    return place.path_of(entry(name))


def open_catalog(settings: Settings) -> Catalog:
    """All entries as an intake catalog: `catalog[name].read()` fetches if needed, and reads.

    What `read()` gives is said by the entry's `reads_as` (see `catalogs.readers`). `metadata` of
    each reader holds description, origin, licence, owner, citation and retention.
    """
    catalog = Catalog(metadata={"description": "The data sets that Hlaska knows."})
    for name, one in load_entries().items():
        facts = one.model_dump(mode="json", exclude={"name", "files", "sources", "reads_as"})
        catalog[name] = ReaderDescription(
            reader="catalogs.readers:DatasetReader",
            kwargs={
                "name": name,
                "home": str(settings.home),
                "data_folder": None if settings.data is None else str(settings.data),
            },
            metadata=facts,
        )
        # intake 2.0.9 lists a catalog by its aliases, and makes none for an entry set by name.
        catalog.aliases[name] = name
    return catalog
