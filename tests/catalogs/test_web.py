import random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalogs.web import ATTEMPTS_WITHOUT_PROGRESS, download
from hlaska.errors import UnavailableError

CONTENT = random.Random(7).randbytes(200_000)


def fetch(web, part, **more):
    download(f"{web.address}/files/clip", part, **{"keep_part": True, "what": "clip", **more})


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drops=st.lists(st.integers(1, 60_000), max_size=4),
    left=st.integers(0, 2_000),
    ranges=st.booleans(),
)
def test_whatever_breaks_off_the_file_comes_whole(drops, left, ranges, web, tmp_path):
    # A server without ranges starts over each time, and is given up after some breaks.
    web.files["clip"], web.understands_ranges = CONTENT, ranges
    web.drop_after = drops if ranges else drops[: ATTEMPTS_WITHOUT_PROGRESS - 1]
    part = tmp_path / "clip.part"
    part.write_bytes(CONTENT[:left])
    fetch(web, part)
    assert part.read_bytes() == CONTENT


def test_a_file_that_changes_between_two_pieces_is_fetched_from_its_start(web, tmp_path):
    web.files["clip"], web.etag, web.drop_after = b"old" * 50_000, '"old"', [60_000]
    part = tmp_path / "clip.part"

    def change(what, done, total):
        web.files["clip"], web.etag = CONTENT, '"new"'

    fetch(web, part, progress=change)
    assert part.read_bytes() == CONTENT
    assert [asked for _, asked in web.asked] == [None, "bytes=60000-"]


def test_a_part_longer_than_the_file_is_thrown_away(web, tmp_path):
    web.files["clip"] = CONTENT
    part = tmp_path / "clip.part"
    part.write_bytes(CONTENT + b"and more")
    fetch(web, part)
    assert part.read_bytes() == CONTENT


def test_a_server_that_always_breaks_off_is_given_up(web, tmp_path):
    web.files["clip"], web.drop_after = CONTENT, [0] * 20
    with pytest.raises(UnavailableError, match="breaks off"):
        fetch(web, tmp_path / "clip.part")
    assert len(web.asked) == ATTEMPTS_WITHOUT_PROGRESS


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/clip", "http://nowhere.invalid/clip"])
def test_an_address_where_nobody_listens_is_told_at_once(url, tmp_path):
    with pytest.raises(UnavailableError, match="cannot connect"):
        download(url, tmp_path / "clip.part", keep_part=False, what="clip")


def test_a_refusal_names_address_and_status(web, tmp_path):
    with pytest.raises(UnavailableError, match=r"/files/clip: the server answers 404"):
        fetch(web, tmp_path / "clip.part")


def test_progress_counts_up_to_the_size_of_the_file(web, tmp_path):
    web.files["clip"] = CONTENT
    steps = []
    fetch(web, tmp_path / "clip.part", progress=lambda *step: steps.append(step))
    assert steps[-1] == ("clip", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
