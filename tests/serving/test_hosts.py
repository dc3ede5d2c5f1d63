from pathlib import Path

import pytest

from catalogs import datasets
from hlaska.errors import DataError, UnknownEntryError
from hlaska.settings import Settings
from hlaska.sites import Site
from serving.hosts import HostArgs, duties, open_uri


def site(
    name: str, *, cameras: int = 0, microphones: int = 0, mute: int = 0, feeds: int = 0
) -> Site:
    place = {"lon": 13.0, "lat": 49.0}
    camera = {
        "position": place,
        "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 50},
        "size_px": [128, 96],
        "uri": "file:///clip.mp4",
    }
    heard = [{"id": f"mic-{n}", "uri": f"file:///{n}.wav"} for n in range(microphones)]
    heard += [{"id": f"mute-{n}"} for n in range(mute)]
    return Site.model_validate(
        {
            "id": name,
            "name": name,
            "centre": place,
            "time_zone": "Europe/Prague",
            "sources": ["made up for a test"],
            "cameras": [camera | {"id": f"camera-{n}", "name": "c"} for n in range(cameras)],
            "microphones": [each | {"name": "m", "position": place} for each in heard],
            "network": {
                "feeds": [{"id": f"feed-{n}", "name": "f", "uri": "zeek:/"} for n in range(feeds)]
            },
        }
    )


def test_cameras_and_microphones_share_as_few_hosts_as_can_be():
    sites = [site("one", cameras=3, microphones=5), site("two", cameras=2, microphones=2)]
    hosts = duties(sites, HostArgs(streams_per_host=4, microphones_per_host=3))
    assert [len(host.cameras) for host in hosts] == [4, 1, 0]
    assert [len(host.microphones) for host in hosts] == [3, 3, 1]
    everything = [(s.id, name) for host in hosts for s, name in (*host.cameras, *host.microphones)]
    assert len(set(everything)) == 12


def test_each_site_that_hears_is_located_by_one_host():
    sites = [site("deaf", cameras=9), site("one", microphones=5), site("two", microphones=2)]
    hosts = duties(sites, HostArgs(streams_per_host=2, microphones_per_host=2))
    assert sorted(s.id for host in hosts for s in host.located) == ["one", "two"]


def test_a_site_of_cameras_alone_or_microphones_alone_has_one_host():
    (seeing,) = duties([site("seen", cameras=2)], HostArgs())
    (hearing,) = duties([site("heard", microphones=2)], HostArgs())
    assert (len(seeing.cameras), len(seeing.microphones), len(seeing.located)) == (2, 0, 0)
    assert (len(hearing.cameras), len(hearing.microphones), len(hearing.located)) == (0, 2, 1)


def test_a_microphone_without_an_address_is_not_listened_to():
    (host,) = duties([site("half", microphones=1, mute=3)], HostArgs())
    assert [name for _, name in host.microphones] == ["mic-0"]


def test_flow_feeds_have_a_host_of_their_own_which_guards_the_pictures_too():
    sites = [site("one", cameras=2, feeds=1), site("two", feeds=2), site("three", cameras=1)]
    seeing, watching = duties(sites, HostArgs())
    assert len(seeing.cameras) == 3 and not seeing.networks
    assert [(s.id, name) for s, name in watching.networks] == [
        ("one", "feed-0"),
        ("two", "feed-0"),
        ("two", "feed-1"),
    ]
    assert [s.id for s in watching.guarded] == ["one"] and not watching.cameras


def test_a_site_without_sensors_needs_no_host():
    assert not duties([site("empty")], HostArgs())


RECORDED = "street-sounds-americka"


@pytest.fixture
def recordings(tmp_path) -> Settings:
    """Settings of a machine that has made that data set before."""
    settings = Settings.load(home=tmp_path / "home")
    for name in datasets.entry(RECORDED).files:
        path = settings.cache / "datasets" / RECORDED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound")
    return settings


@pytest.mark.parametrize("uri", ["rtsp://10.0.0.7/sound", "file:///street.wav"])
def test_an_address_is_opened_as_it_is(uri, recordings):
    assert open_uri(uri, recordings) == uri


def test_a_file_of_a_data_set_is_opened_where_it_lies(recordings):
    name = next(iter(datasets.entry(RECORDED).files))
    path = Path(open_uri(f"dataset:{RECORDED}/{name}", recordings))
    assert (path.name, path.read_bytes()) == (name, b"sound")


@pytest.mark.parametrize("name", ["attic.flac", "../../../../etc/hostname"])
def test_a_file_that_is_none_of_the_data_set_is_an_error_that_names_some(name, recordings):
    with pytest.raises(DataError, match=rf"{RECORDED}.*holds no file.*It holds .*\.flac"):
        open_uri(f"dataset:{RECORDED}/{name}", recordings)


def test_a_data_set_nobody_knows_is_an_error(recordings):
    with pytest.raises(UnknownEntryError, match="no-such-set"):
        open_uri("dataset:no-such-set/north.flac", recordings)
