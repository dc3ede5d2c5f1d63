from pathlib import Path

import pytest

from hlaska import environments

METADATA = """\
Metadata-Version: 2.1
Name: hlaska
Version: 9.9
Provides-Extra: lean
Provides-Extra: full
Requires-Dist: a-core-thing
Requires-Dist: pytest<100,>=2; extra == 'lean'
Requires-Dist: gone-thing[fast]==2.60.*; extra == "lean"
Requires-Dist: Other.Gone-thing ; python_version > '3' and extra == 'full'
Requires-Dist: hlaska[lean]; extra == 'full'
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real installed distribution of our name, before the true one on the path."""
    info = tmp_path / "hlaska-9.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    monkeypatch.syspath_prepend(tmp_path)


def test_what_an_extra_lacks_is_named(installed):
    assert environments.missing("lean") == ["gone-thing"]


def test_an_extra_lacks_what_the_extras_in_it_lack(installed):
    assert environments.missing("full") == ["Other.Gone-thing", "gone-thing"]


def test_nothing_is_missing_from_an_extra_that_does_not_exist(installed):
    assert environments.missing("none") == []


def test_extras_and_version_are_read_from_the_distribution(installed):
    assert (environments.extras(), environments.version()) == (["full", "lean"], "9.9")


def test_every_requirement_of_this_distribution_is_understood():
    requirements = environments.metadata.requires("hlaska") or []
    assert len(requirements) > 20
    for requirement in requirements:
        match = environments._REQUIREMENT.fullmatch(requirement)
        assert match
        assert ("extra" in requirement) == (match["extra"] is not None), requirement
