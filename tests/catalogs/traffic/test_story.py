import pandas as pd
import pytest

from catalogs.traffic.day import BEGINS
from catalogs.traffic.story import CAMERA, IMPOSTOR, story
from hlaska.network import flows as f

SEED = 1


@pytest.fixture(scope="module")
def told(pilsen):
    return story(pilsen, SEED)


def test_one_device_does_it_all_in_the_last_quarter_of_an_hour(told):
    families = [one.family for one in told.day.activities]
    assert families == [
        "new-asset", "scan", "bruteforce", "bruteforce", "beaconing", "stream-redirected",
    ]  # fmt: skip
    begins = [one.begin_s for one in told.day.activities]
    assert begins == sorted(begins)
    assert begins[0] >= (24 * 60 - 15) * 60
    assert {host for one in told.day.activities for host in one.hosts} == {told.impostor}


def test_nothing_is_heard_of_it_before(told, pilsen):
    table = told.day.flows
    # It is asked for earlier, as all addresses are, and does not answer.
    answers = (table[f.DST] == told.impostor) & (table[f.DST_PACKETS] > 0)
    here = (table[f.SRC] == told.impostor) | answers
    first = table[f.STARTED_AT][here].min()
    assert (first - table[f.STARTED_AT].min()).total_seconds() > 23.7 * 3600
    assert told.impostor.endswith(f".{IMPOSTOR}")
    assert told.impostor not in {asset.ip for asset in pilsen.assets}


def test_the_recorder_gets_the_stream_of_the_impostor_and_none_of_the_camera(told, cast):
    table = told.day.flows
    end = pd.Timestamp(BEGINS) + pd.Timedelta(hours=24)
    last = table[table[f.STARTED_AT] >= end - pd.Timedelta(minutes=4)]
    bulk = last[(last[f.SRC_BYTES] + last[f.DST_BYTES]) > 3e6]
    pairs = {frozenset(pair) for pair in zip(bulk[f.SRC], bulk[f.DST], strict=True)}
    assert frozenset((cast.recorder, told.impostor)) in pairs
    assert frozenset((cast.recorder, told.camera)) not in pairs


def test_a_site_without_that_camera_has_no_such_story(pilsen):
    less = pilsen.model_copy(
        update={"assets": tuple(one for one in pilsen.assets if one.id != CAMERA)}
    )
    with pytest.raises(ValueError, match=CAMERA):
        story(less, SEED)
