from catalogs.checks import checks
from catalogs.journal import Journal
from hlaska.settings import Settings


def named(name):
    return next(check for check in checks() if check.name == name)


def test_data_that_is_not_here_is_named_with_the_way_to_get_it():
    assert named("data sets").status == "warn"
    assert "pets-view1" in named("data sets").found


def test_a_machine_that_has_not_started_yet_has_no_journal_and_that_is_fine():
    assert (named("journal").status, named("journal").found[:8]) == ("ok", "none yet")
    assert not Settings.load().home.exists()


def test_a_journal_is_opened_and_a_broken_one_is_a_failure():
    settings = Settings.load()
    Journal.open(None, settings).close()
    assert "newest event 0" in named("journal").found
    (settings.home / "journal.sqlite").write_bytes(b"no database " * 100)
    assert named("journal").status == "fail"
