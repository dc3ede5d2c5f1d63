"""What `hlaska doctor` asks of the catalogs: which data is here, and a journal to write to."""

from catalogs import datasets
from catalogs.journal import Journal
from hlaska.checks import Check
from hlaska.errors import JournalError
from hlaska.settings import Settings


def checks() -> list[Check]:
    """Which data sets are here, and whether the journal opens."""
    settings = Settings.load()
    away = [name for name in datasets.names() if datasets.available(name, settings) is None]
    data = Check(
        name="data sets",
        status="warn" if away else "ok",
        found=f"not here: {', '.join(away)}" if away else "all here",
        remedy="hlaska data get NAME; or HLASKA_DATA=FOLDER" if away else "",
    )
    return [data, _journal(settings)]


def _journal(settings: Settings) -> Check:
    if settings.journal_url is None and not (settings.home / "journal.sqlite").exists():
        return Check(name="journal", status="ok", found="none yet; made at the first start")
    try:
        with Journal.open(None, settings) as journal:
            journal.check()
            newest = journal.last_seq()
    except JournalError as error:
        return Check(name="journal", status="fail", found=str(error), remedy="as it says")
    return Check(name="journal", status="ok", found=f"can be written; newest event {newest}")
