"""Foreign detectors in a site file: read as written, or told with file, line and key."""

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from catalogs import site_commands, sites
from hlaska.errors import SiteError
from hlaska.sites import Site

PARTS = [
    site_commands.MINIMAL,
    site_commands.MICROPHONE,
    site_commands.DETECTOR,
    site_commands.NETWORK,
]
WHOLE = """\
id: town
name: Town
centre: {lon: 13.3776, lat: 49.7475}
time_zone: Europe/Prague
sources: [made up for this test]
microphones:
  - {id: ear, name: Ear, position: {lon: 13.378, lat: 49.7476}}
detectors:
  - id: square-ears
    name: Square
    vendor: Acme
    position: {lon: 13.3777, lat: 49.7476}
    devices:
      - {id: box 7, position: {lon: 13.3778, lat: 49.7477}}
    mqtt:
      host: broker.example
      topic: acme/+/alerts
      username: hlaska
      password_variable: ACME_PASSWORD
      tls: true
      port: 8883
    mapping:
      word: alert.type
      kinds:
        GUN_SHOT: audio.gunshot
        17: gas.exceedance
      time: alert.time
      time_format: unix-ms
      device: box
      message_id: id
assets:
  - {id: box, ip: 10.0.0.2, role: microphone, carries: square-ears}
"""


@pytest.fixture
def town(tmp_path):
    """Writes the site with one text put in place of another, and gives its path."""

    def write(old="", new=""):
        assert WHOLE.count(old) == 1 or not old, f"{old!r} must stand once in the site"
        path = tmp_path / "town.yaml"
        path.write_text(WHOLE.replace(old, new) if old else WHOLE, encoding="utf-8")
        return path

    return write


def test_a_site_with_a_foreign_detector_is_read(town):
    detector = sites.load(town()).detector("square-ears")
    assert (detector.mqtt.port, detector.mqtt.tls) == (8883, True)
    # A number is a word, too.
    assert detector.mapping.kinds == {"GUN_SHOT": "audio.gunshot", "17": "gas.exceedance"}


def wrong(old, new, key, message, where=None, **more):
    return pytest.param(old, new, f"detectors[0]{key}", message, where or new or old, **more)


@pytest.mark.parametrize(
    ("old", "new", "key", "message", "where"),
    [
        wrong(
            "GUN_SHOT: audio.gunshot",
            "GUN_SHOT: audio.gunshoot",
            ".mapping.kinds.GUN_SHOT",
            "did you mean 'audio.gunshot'",
            id="an unknown kind",
        ),
        wrong(
            "17: gas.exceedance",
            "17: mobility.count",
            ".mapping.kinds.17",
            "needs count, direction, object_class",
            id="a kind that an alert cannot be",
        ),
        wrong(
            "      word: alert.type\n",
            "",
            ".mapping.word",
            "is missing",
            "mapping:",
            id="no word",
        ),
        wrong(
            "time_format: unix-ms",
            "time_fromat: unix-ms",
            ".mapping.time_fromat",
            "did you mean 'time_format'?",
            id="an unknown key of the mapping",
        ),
        wrong(
            "username: hlaska",
            "password: secret",
            ".mqtt.password",
            "did you mean 'password_variable'?",
            id="a password in the file",
        ),
        wrong(
            "      username: hlaska\n",
            "",
            ".mqtt.password_variable",
            "no password without a username",
            "password_variable",
            id="a password without a username",
        ),
        wrong(
            "topic: acme/+/alerts",
            "topic: acme/#/alerts",
            ".mqtt.topic",
            "it says 'acme/#/alerts'",
            id="a topic filter that is none",
        ),
        wrong(
            "id: box 7, position: {lon: 13.3778",
            "id: box 7, position: {lon: 49.7778",
            ".devices[0].id",
            "are lon and lat swapped?",
            id="a device far away",
        ),
        wrong(
            "position: {lon: 13.3778, lat: 49.7477}",
            "position: {lon: 13.3778, lat: 49.7477, height_m: 4}",
            ".devices[0].position.height_m",
            "no key 'height_m'",
            id="an unknown key of a device's position",
        ),
        wrong(
            "      device: box\n",
            "",
            ".id",
            "mapping.device does not say",
            "- id: square-ears",
            id="devices that no alert names",
        ),
        wrong(
            "- id: square-ears",
            "- id: ear",
            ".id",
            "sensor named twice: ear",
            id="the name of a microphone",
        ),
    ],
)
def test_a_mistake_in_a_detector_is_told_with_file_line_and_key(
    town, old, new, key, message, where
):
    path = town(old, new)
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if where.strip() in text)
    with pytest.raises(SiteError) as caught:
        sites.load(path)
    told = str(caught.value).splitlines()[0]
    assert told.startswith(f"{path}, line {line}, {key}: ")
    assert message in told


def places(value, at=()):
    yield at
    parts = value.items() if isinstance(value, dict) else ()
    parts = enumerate(value) if isinstance(value, list) else parts
    for key, part in parts:
        yield from places(part, (*at, key))


PLACES = [place for place in places(yaml.safe_load(WHOLE)) if place[:1] == ("detectors",)]
JUNK = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JUNK |= st.sampled_from(["ear", [], {}, [[]], {"id": "x"}, {"lon": 0, "lat": 0}, "audio.gunshot"])


@settings(max_examples=200)
@given(place=st.sampled_from(PLACES), how=st.sampled_from(["delete", "rename", "junk"]), junk=JUNK)
def test_any_mutation_of_a_detector_loads_or_is_told_with_its_line(
    tmp_path_factory, place, how, junk
):
    tree = yaml.safe_load(WHOLE)
    parent = tree
    for key in place[:-1]:
        parent = parent[key]
    if how == "delete":
        del parent[place[-1]]
    elif how == "rename" and isinstance(parent, dict):
        parent[f"{place[-1]}_"] = parent.pop(place[-1])
    else:
        parent[place[-1]] = junk
    path = tmp_path_factory.getbasetemp() / "detectors.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    count = len(path.read_bytes().splitlines())
    try:
        assert isinstance(sites.load(path), Site)
    except SiteError as error:
        for told in str(error).splitlines():
            found = re.match(re.escape(str(path)) + r", line (\d+)", told)
            assert found and 1 <= int(found[1]) <= count, told


def test_the_sensors_that_the_help_teaches_are_right(tmp_path):
    path = tmp_path / "townsquare.yaml"
    path.write_text("".join(PARTS))
    site = sites.load(path)
    assert site.detector("square-ears").vendor == "Acme"
    assert [microphone.id for microphone in site.microphones] == ["square-mic"]
    assert site.feed("taps").uri.startswith("zeek:") and site.addresses.inside("10.31.1.99")


def test_the_help_shows_them_line_by_line():
    said = CliRunner().invoke(site_commands.site, ["--help"], env={"COLUMNS": "200"}).output
    for line in "".join(PARTS[1:]).splitlines():
        assert line.strip() in said
