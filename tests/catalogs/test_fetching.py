import errno
import hashlib
import subprocess
import sys

import pytest

from catalogs import web as web_module
from catalogs.fetching import cache_of, check_place, obtain, place_of
from hlaska.errors import ChecksumError, DataError, UnavailableError
from hlaska.settings import Settings

CLIP = b"the clip " * 50_000
CLIP_SHA = hashlib.sha256(CLIP).hexdigest()
DATA = {"kind": "data", "folder": "video"}


@pytest.fixture
def with_data(tmp_path, settings):
    """Settings whose HLASKA_DATA holds the clip."""
    folder = tmp_path / "data" / "video"
    folder.mkdir(parents=True)
    (folder / "clip.avi").write_bytes(CLIP)
    return Settings.load(home=settings.home, data=tmp_path / "data")


def test_a_file_under_hlaska_data_is_used_where_it_lies(make_entry, with_data, web):
    entry = make_entry({"clip.avi": CLIP_SHA}, DATA, web.source())
    assert obtain(entry, with_data) == with_data.data / "video" / "clip.avi"
    assert web.asked == []
    assert not cache_of(entry, with_data).exists()


def test_a_file_that_is_nowhere_is_fetched_once_and_then_taken_from_the_cache(
    make_entry, settings, web
):
    web.files["clip.avi"] = CLIP
    entry = make_entry({"clip.avi": CLIP_SHA}, DATA, web.source())
    path = obtain(entry, settings)
    assert path == cache_of(entry, settings) / "clip.avi"
    assert path.read_bytes() == CLIP
    assert obtain(entry, settings) == path
    assert len(web.asked) == 1
    assert path.is_relative_to(settings.home)


def test_of_several_files_the_folder_is_given(make_entry, settings, web):
    web.files |= {"net.xml": b"x", "net.bin": b"b"}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in web.files.items()}
    folder = obtain(make_entry(digests, web.source()), settings)
    assert {path.name for path in folder.iterdir()} == {"net.xml", "net.bin"}


def test_sources_are_tried_in_order_and_the_first_that_answers_is_used(make_entry, settings, web):
    web.files["clip.avi"] = CLIP
    gone = {"kind": "web", "folder": f"{web.address}/elsewhere"}
    entry = make_entry({"clip.avi": CLIP_SHA}, DATA, gone, web.source())
    assert obtain(entry, settings).read_bytes() == CLIP
    assert [path for path, _ in web.asked] == ["/elsewhere/clip.avi", "/files/clip.avi"]


def test_when_no_source_answers_each_is_listed_with_its_reason_and_a_remedy(
    make_entry, settings, web
):
    nobody = {"kind": "web", "folder": "http://127.0.0.1:1/files"}
    entry = make_entry({"clip.avi": CLIP_SHA}, DATA, web.source(), nobody)
    with pytest.raises(UnavailableError) as refusal:
        obtain(entry, settings)
    said = str(refusal.value)
    for part in (
        "HLASKA_DATA is not set",
        "answers 404",
        "cannot connect",
        f"Put clip.avi into {cache_of(entry, settings)}",
        "video/clip.avi",
    ):
        assert part in said


def test_a_folder_in_hlaska_data_without_the_file_is_named(make_entry, settings, tmp_path):
    entry = make_entry({"clip.avi": CLIP_SHA}, DATA)
    with pytest.raises(UnavailableError, match=r"no clip\.avi in .*nothing/video"):
        obtain(entry, Settings.load(home=settings.home, data=tmp_path / "nothing"))


def test_a_wrong_file_under_hlaska_data_is_refused_and_left_alone(make_entry, with_data, web):
    web.files["clip.avi"] = CLIP
    path = with_data.data / "video" / "clip.avi"
    path.write_bytes(b"another clip")
    with pytest.raises(ChecksumError) as refusal:
        obtain(make_entry({"clip.avi": CLIP_SHA}, DATA, web.source()), with_data)
    for part in (str(path), CLIP_SHA, hashlib.sha256(b"another clip").hexdigest()):
        assert part in str(refusal.value)
    assert path.read_bytes() == b"another clip"


def test_a_cached_file_that_went_bad_is_refused_moved_aside_and_fetched_anew(
    make_entry, settings, web
):
    web.files["clip.avi"] = CLIP
    entry = make_entry({"clip.avi": CLIP_SHA}, web.source())
    path = obtain(entry, settings)
    path.write_bytes(CLIP[:-1] + b"?")
    with pytest.raises(ChecksumError, match=r"clip\.avi\.bad"):
        obtain(entry, settings)
    assert not path.exists()
    assert path.with_name("clip.avi.bad").exists()
    assert obtain(entry, settings).read_bytes() == CLIP


def test_a_fetched_file_with_a_wrong_checksum_is_never_used(make_entry, settings, web):
    web.files["clip.avi"] = b"<html>please log in</html>"
    entry = make_entry({"clip.avi": CLIP_SHA}, web.source())
    with pytest.raises(ChecksumError, match=f"expected {CLIP_SHA}"):
        obtain(entry, settings)
    folder = cache_of(entry, settings)
    assert [path.name for path in folder.iterdir()] == ["clip.avi.bad"]
    assert place_of(entry, settings) is None


def test_a_source_with_wrong_bytes_does_not_keep_the_next_from_being_asked(
    make_entry, settings, web
):
    web.files |= {"clip.avi": CLIP, "fake/clip.avi": b"wrong"}
    fake = {"kind": "web", "folder": f"{web.address}/files/fake"}
    entry = make_entry({"clip.avi": CLIP_SHA}, fake, web.source())
    assert obtain(entry, settings).read_bytes() == CLIP


def test_a_checksum_may_differ_per_source(make_entry, with_data, web):
    web.files["clip.avi"] = b"another export"
    other = hashlib.sha256(b"another export").hexdigest()
    entry = make_entry({"clip.avi": CLIP_SHA}, DATA, web.source(sha256={"clip.avi": other}))
    assert obtain(entry, with_data).read_bytes() == CLIP
    without = Settings.load(home=with_data.home)
    assert obtain(entry, without).read_bytes() == b"another export"
    assert obtain(entry, without).read_bytes() == b"another export"


def test_an_unknown_checksum_is_pinned_at_the_first_fetch_and_said_so(make_entry, settings, web):
    web.files["clip.avi"] = CLIP
    entry = make_entry({"clip.avi": None}, web.source())
    said = []
    path = obtain(entry, settings, progress=lambda what, *_: said.append(what))
    assert "pinned at first fetch" in said[0]
    assert path.with_name("clip.avi.sha256").read_text() == f"{CLIP_SHA}  clip.avi\n"

    path.unlink()
    web.files["clip.avi"] = b"something else"
    with pytest.raises(ChecksumError, match=f"expected {CLIP_SHA}"):
        obtain(entry, settings)

    web.files["clip.avi"] = CLIP
    assert obtain(entry, settings).read_bytes() == CLIP


def test_a_file_put_into_the_cache_by_hand_is_pinned_when_no_checksum_is_known(
    make_entry, settings, web
):
    entry = make_entry({"clip.avi": None}, web.source())
    cache_of(entry, settings).mkdir(parents=True)
    path = cache_of(entry, settings) / "clip.avi"
    path.write_bytes(CLIP)
    assert obtain(entry, settings) == path
    path.write_bytes(b"changed")
    with pytest.raises(ChecksumError):
        obtain(entry, settings)


def test_a_download_that_breaks_off_goes_on_where_it_stopped(make_entry, settings, web):
    web.files["clip.avi"] = CLIP
    web.drop_after = [100_000, 50_000]
    steps = []
    entry = make_entry({"clip.avi": CLIP_SHA}, web.source())
    path = obtain(entry, settings, progress=lambda _, done, total: steps.append((done, total)))
    assert path.read_bytes() == CLIP
    assert [asked for _, asked in web.asked] == [None, "bytes=100000-", "bytes=150000-"]
    assert steps[-1] == (len(CLIP), len(CLIP))


def test_the_part_of_an_earlier_run_is_continued_when_the_checksum_is_known(
    make_entry, settings, web
):
    web.files["clip.avi"] = CLIP
    entry = make_entry({"clip.avi": CLIP_SHA}, web.source())
    cache_of(entry, settings).mkdir(parents=True)
    (cache_of(entry, settings) / "clip.avi.part").write_bytes(CLIP[:1000])
    assert obtain(entry, settings).read_bytes() == CLIP
    assert web.asked == [("/files/clip.avi", "bytes=1000-")]


def test_the_part_of_an_earlier_run_is_thrown_away_when_no_checksum_is_known(
    make_entry, settings, web
):
    web.files["clip.avi"] = CLIP
    entry = make_entry({"clip.avi": None}, web.source())
    cache_of(entry, settings).mkdir(parents=True)
    (cache_of(entry, settings) / "clip.avi.part").write_bytes(b"of another file")
    assert obtain(entry, settings).read_bytes() == CLIP
    assert web.asked == [("/files/clip.avi", None)]


FETCHER = """
import sys
from pathlib import Path
from catalogs.entries import Entry
from catalogs.fetching import obtain
from hlaska.settings import Settings
print(obtain(Entry.model_validate_json(sys.argv[1]), Settings.load(home=Path(sys.argv[2]))))
"""


def test_two_processes_that_want_the_same_file_fetch_it_once(make_entry, settings, web):
    web.files["clip.avi"] = CLIP
    entry = make_entry({"clip.avi": CLIP_SHA}, web.source())
    command = [sys.executable, "-c", FETCHER, entry.model_dump_json(), str(settings.home)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = {process.communicate()[0].strip() for process in both}
    assert told == {str(cache_of(entry, settings) / "clip.avi")}
    assert len(web.asked) == 1


def test_a_cache_that_cannot_be_written_is_told(make_entry, tmp_path, web):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="set HLASKA_HOME to a folder that can be written"):
        obtain(
            make_entry({"clip.avi": CLIP_SHA}, web.source()), Settings.load(home=tmp_path / "file")
        )


def test_a_full_disk_is_told_and_the_part_kept_for_later(make_entry, settings, web, monkeypatch):
    web.files["clip.avi"] = CLIP
    entry = make_entry({"clip.avi": CLIP_SHA}, web.source())

    def full(what, done, total):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DataError, match="No space left on device; make room"):
        obtain(entry, settings, progress=full)
    assert (cache_of(entry, settings) / "clip.avi.part").exists()
    assert obtain(entry, settings).read_bytes() == CLIP
    assert web.asked[-1][1] is not None


def test_checking_a_place_finds_one_wrong_byte(make_entry, with_data):
    entry = make_entry({"clip.avi": CLIP_SHA}, DATA)
    place = place_of(entry, with_data)
    check_place(entry, place)
    with (place.folder / "clip.avi").open("r+b") as file:
        file.write(b"T")
    with pytest.raises(ChecksumError):
        check_place(entry, place)


def test_a_machine_without_the_web_learns_so_soon():
    assert web_module.timeout().connect <= 10


def test_a_data_set_may_have_folders_of_its_own(make_entry, settings, web):
    web.files.update({"scans/conn.log": b"one", "scans/more/a+b.log": b"two"})
    entry = make_entry({"scans/conn.log": None, "scans/more/a+b.log": None}, web.source())
    folder = obtain(entry, settings)
    assert (folder / "scans" / "more" / "a+b.log").read_bytes() == b"two"
    assert obtain(entry, settings) == folder
    assert len(web.asked) == 2
    (folder / "scans" / "conn.log").write_bytes(b"another")
    with pytest.raises(ChecksumError, match=r"conn\.log\.bad"):
        obtain(entry, settings)
