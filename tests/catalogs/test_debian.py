import hashlib
import shutil
import subprocess

import pytest

from catalogs import debian
from hlaska.errors import UnavailableError

MEMBER = "usr/share/doc/made/examples/clip.avi"
NEEDS_DEBIAN = "only on Debian and its relatives: no dpkg-deb"


@pytest.fixture
def package(tmp_path):
    """A real package, made here."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip(NEEDS_DEBIAN)
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(
        "Package: made\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: made\n"
    )
    (root / MEMBER).parent.mkdir(parents=True)
    (root / MEMBER).write_bytes(b"the clip")
    archive = tmp_path / "made.deb"
    subprocess.run(["dpkg-deb", "--build", root, archive], check=True, capture_output=True)
    return archive


@pytest.fixture
def archive(package, tmp_path, monkeypatch):
    """apt's configuration of an archive on this disk that has the package."""
    folder = tmp_path / "archive"
    folder.mkdir()
    package.rename(folder / "made_1_all.deb")
    control = (tmp_path / "root" / "DEBIAN" / "control").read_text()
    content = (folder / "made_1_all.deb").read_bytes()
    (folder / "Packages").write_text(
        f"{control}Filename: made_1_all.deb\nSize: {len(content)}\n"
        f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
    )
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] copy:{folder} ./\n")
    configuration = tmp_path / "machine.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{tmp_path}/sources.list";\n'
        f'Dir::Etc::sourceparts "{tmp_path}/none";\n'
        f'APT::Update::Post-Invoke-Success {{"touch {tmp_path}/hook-ran";}};\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    return folder


def test_a_file_comes_out_of_a_package_that_is_not_installed(archive, tmp_path):
    steps = []
    debian.extract(
        "made",
        {MEMBER: tmp_path / "clip"},
        work=tmp_path / "work",
        progress=lambda *step: steps.append(step),
    )
    assert (tmp_path / "clip").read_bytes() == b"the clip"
    assert steps[0][0] == "made: package lists"
    assert not (tmp_path / "work").exists()
    assert not (tmp_path / "hook-ran").exists()


def test_an_archive_without_the_package_is_told(archive, tmp_path):
    with pytest.raises(UnavailableError, match=r"other: E: .*other"):
        debian.extract("other", {MEMBER: tmp_path / "clip"}, work=tmp_path / "work")


def test_a_package_without_the_file_is_told(archive, tmp_path):
    with pytest.raises(UnavailableError, match=r"made_1_all\.deb has no usr/nothing"):
        debian.extract("made", {"usr/nothing": tmp_path / "clip"}, work=tmp_path / "work")


def test_a_broken_package_is_told(archive, tmp_path):
    (archive / "made_1_all.deb").write_bytes(b"no package")
    with pytest.raises(UnavailableError, match="made"):
        debian.extract("made", {MEMBER: tmp_path / "clip"}, work=tmp_path / "work")


def test_another_system_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="no apt-get: only on Debian"):
        debian.extract("made", {MEMBER: tmp_path / "clip"}, work=tmp_path / "work")


def test_the_configuration_holds_for_a_folder_with_a_blank_in_its_name(archive, tmp_path):
    work = tmp_path / "my home" / "work"
    debian.extract("made", {MEMBER: tmp_path / "clip"}, work=work)
    assert (tmp_path / "clip").read_bytes() == b"the clip"
