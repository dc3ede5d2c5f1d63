import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from catalogs import site_commands, sites
from hlaska.errors import SiteError
from hlaska.sites import Site

WHOLE = """\
id: town
name: Town
centre: {lon: 13.3776, lat: 49.7475}
time_zone: Europe/Prague
sources: [made up for this test]
streets:
  - {name: Long street, path: [[13.37, 49.74], [13.38, 49.74]]}
waters:
  - {name: River, width_m: 12, path: [[13.37, 49.75], [13.38, 49.75]]}
buildings:
  - {name: Church, outline: [[13.37, 49.74], [13.38, 49.74], [13.38, 49.75], [13.37, 49.74]]}
zones:
  - id: square
    name: Square
    kind: pedestrian
    geometry:
      type: Polygon
      coordinates: [[[13.37, 49.74], [13.38, 49.74], [13.38, 49.75], [13.37, 49.74]]]
cameras:
  - id: gate
    name: Gate
    uri: rtsp://camera.example/1
    position: {lon: 13.3778, lat: 49.7476}
    view: {bearing_deg: 90, angle_deg: 60, range_m: 40}
    size_px: [640, 480]
    homography: [[0.1, 0.0, 0.0], [0.0, -1.0, 90.0], [0.0, 0.01, 1.0]]
    lines:
      - {id: door, name: Door, points: [[100, 200], [300, 200]]}
    zones:
      - id: yard
        name: Yard
        zone: square
        polygon: [[0, 100], [600, 100], [600, 400], [0, 400]]
        rules:
          - {rule: intrusion, classes: [person]}
          - {rule: loitering, dwell_s: 30}
          - {rule: crowding, people_per_m2: 2.0}
microphones:
  - {id: ear, name: Ear, position: {lon: 13.378, lat: 49.7476}}
assets:
  - {id: cam, ip: 10.0.0.2, role: camera, carries: gate}
planned_events:
  - name: Market
    start: 2026-12-05T15:00:00+01:00
    end: 2026-12-05T19:00:00+01:00
    zone: square
    expected_people: 500
"""


@pytest.fixture
def town(tmp_path):
    """Writes the site with one text put in place of another, and gives its path."""

    def write(old="", new="", text=WHOLE):
        assert text.count(old) == 1 or not old, f"{old!r} must stand once in the site"
        path = tmp_path / "town.yaml"
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        return path

    return write


def line_of(text, path):
    return next(
        number
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if text in line
    )


def test_a_whole_site_is_read(town):
    site = sites.load(town())
    assert (site.id, site.camera("gate").zones[0].rules[2].rule) == ("town", "crowding")
    assert site.planned_events[0].start.utcoffset().total_seconds() == 3600


def wrong(old, new, key, message, where=None, **more):
    return pytest.param(old, new, key, message, where or new or old, **more)


@pytest.mark.parametrize(
    ("old", "new", "key", "message", "where"),
    [
        wrong(
            "[600, 400], [0, 400]]",
            "[0, 400], [600, 400]]",
            "cameras[0].zones[0].polygon",
            "not a simple polygon: Self-intersection",
            id="a self-intersecting zone",
        ),
        wrong(
            "dwell_s: 30",
            "dwel_s: 30",
            "cameras[0].zones[0].rules[1].dwel_s",
            "did you mean 'dwell_s'?",
            id="an unknown option of a rule",
        ),
        wrong(
            "    size_px:",
            "    retention_day: 3\n    size_px:",
            "cameras[0].retention_day",
            "did you mean 'retention_days'?",
            "retention_day: 3",
            id="an unknown key of a camera",
        ),
        wrong(
            "bearing_deg: 90",
            "bearing_deg: 400",
            "cameras[0].view.bearing_deg",
            "less than 360; it says 400",
            id="a number out of bounds",
        ),
        wrong(
            "        name: Yard\n",
            "",
            "cameras[0].zones[0].name",
            "is missing",
            "- id: yard",
            id="a missing key",
        ),
        wrong(
            "zone: square\n        polygon",
            "zone: sqare\n        polygon",
            "cameras[0].zones[0].zone",
            "refers to zone 'sqare'; known: square",
            "zone: sqare",
            id="a zone that the site has not",
        ),
        wrong(
            "carries: gate",
            "carries: gait",
            "assets[0].carries",
            "which is no sensor here; known: gate, ear",
            id="an asset that carries nothing known",
        ),
        wrong(
            "id: ear",
            "id: gate",
            "microphones[0].id",
            "sensor named twice: gate",
            "name: Ear",
            id="a name twice",
        ),
        wrong(
            "[[0.1, 0.0, 0.0], [0.0, -1.0, 90.0], [0.0, 0.01, 1.0]]",
            "[[0.1, 0.0, 0.0], [0.0, -1.0, 90.0], [0.0, 0.01, -2.0]]",
            "cameras[0].zones[0].id",
            "above the horizon",
            "- id: yard",
            id="a zone in the sky",
        ),
        wrong(
            "rule: intrusion",
            "rule: intrusio",
            "cameras[0].zones[0].rules[0]",
            "'intrusion', 'loitering', 'crowding'",
            id="an unknown rule",
        ),
        wrong(
            "start: 2026-12-05T15:00:00+01:00",
            "start: 2026-12-05T15:00:00",
            "planned_events[0].start",
            "timezone",
            id="a time without its offset",
        ),
        wrong(
            "start: 2026-12-05T15:00:00+01:00",
            "start: 2026-13-05T15:00:00+01:00",
            "planned_events[0].start",
            "month must be in 1..12",
            id="a month that does not exist",
        ),
        wrong(
            "time_zone: Europe/Prague",
            "time_zone: Europe/Praha",
            "time_zone",
            "use an IANA name",
            id="an unknown time zone",
        ),
        wrong(
            "name: Town",
            "name: Town\nname: City",
            "name",
            "stands twice (first in line 2)",
            "name: City",
            id="a key twice",
        ),
        wrong("id: town", "id: town\n[a]: b", "", "one plain word", "[a]: b", id="a list as a key"),
        wrong("name: Town", "name: *town", "", "aliases", id="an alias"),
        wrong("name: Town", "name: &a Town", "", "anchors", id="an anchor"),
        wrong("name: Town", "name: !!python/name:os.system", "", "tags", id="a tag"),
        wrong("name: Town", "name: [Town", "", "expected ',' or ']'", "centre", id="broken YAML"),
        wrong("name: Town", "name: To\x01wn", "", "control character", id="a control character"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(town, old, new, key, message, where):
    path = town(old, new)
    with pytest.raises(SiteError) as caught:
        sites.load(path)
    (told,) = str(caught.value).splitlines()
    assert told.startswith(f"{path}, line {line_of(where, path)}")
    assert (f", {key}: " if key else ": ") in told
    assert message in told


def test_swapped_coordinates_are_found(town):
    with pytest.raises(SiteError, match=r"id: gate is [\d,]+ km from the centre.*swapped"):
        sites.load(town("lon: 13.3778, lat: 49.7476", "lon: 49.7476, lat: 13.3778"))


def test_a_misspelt_rule_is_one_mistake_not_two(town):
    old = """          - {rule: intrusion, classes: [person]}
          - {rule: loitering, dwell_s: 30}
          - {rule: crowding, people_per_m2: 2.0}
"""
    with pytest.raises(SiteError) as error:
        sites.load(town(old, "          - {rule: intrussion}\n"))
    assert len(str(error.value).splitlines()) == 1
    assert "'intrussion'" in str(error.value) and "'intrusion'" in str(error.value)


def test_all_mistakes_are_told_in_the_order_of_the_file(town):
    text = WHOLE.replace("range_m: 40", "range_m: 0").replace("lat: 49.7475", "lat: 149.7475")
    text = text.replace("role: camera", "role: toaster")
    with pytest.raises(SiteError) as caught:
        sites.load(town(text=text))
    keys = [told.split(", ")[2].split(":")[0] for told in str(caught.value).splitlines()]
    assert keys == ["centre.lat", "cameras[0].view.range_m", "assets[0].role"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "line 1: the file is empty", id="empty"),
        pytest.param(b"# nothing yet\n", "line 1: the file is empty", id="only a comment"),
        pytest.param(b"\n- id: town\n", "line 2: a site starts with keys", id="a list"),
        pytest.param(b"just words\n", "line 1: a site starts with keys", id="words"),
        pytest.param("id: a\nname: Plzeň\n".encode("cp1250"), "line 2: the byte 0xf2", id="cp1250"),
        pytest.param(b"id: a\n---\nid: b\n", "line 2: ", id="two documents"),
        pytest.param(b"a: " + b"[" * 5000, "nested without end", id="endless nesting"),
    ],
)
def test_a_file_that_is_no_site_is_refused(tmp_path, content, message):
    path = tmp_path / "town.yaml"
    path.write_bytes(content)
    with pytest.raises(
        SiteError, match=re.escape(f"{path}, {message}" if "line" in message else message)
    ):
        sites.load(path)


@pytest.mark.parametrize(
    "make", [pytest.param(None, id="missing"), pytest.param("dir", id="folder")]
)
def test_what_cannot_be_read_is_told_with_its_path(tmp_path, make):
    path = tmp_path / "nowhere.yaml"
    if make:
        path.mkdir()
    with pytest.raises(SiteError, match=re.escape(str(path))):
        sites.load(path)


def places(value, at=()):
    yield at
    parts = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, part in parts:
        yield from places(part, (*at, key))


TREE = yaml.safe_load(WHOLE)
PLACES = [place for place in places(TREE) if place]
JUNK = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["square", "gate", "person", [], {}, [[]], {"id": "x"}, [0, 1], "2026-01-01"])
)


def holds_or_tells(path):
    """A site, or an error of which every line names the file and a line inside it."""
    count = max(1, len(path.read_bytes().splitlines()))
    try:
        site = sites.load(path)
    except SiteError as error:
        for told in str(error).splitlines():
            found = re.match(re.escape(str(path)) + r", line (\d+)", told)
            assert found, told
            assert 1 <= int(found[1]) <= count, told
    else:
        assert isinstance(site, Site)


@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(PLACES), how=st.sampled_from(["delete", "rename", "junk"]), junk=JUNK)
def test_any_mutation_of_a_site_loads_or_is_told_with_its_line(tmp_path_factory, place, how, junk):
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
    path = tmp_path_factory.getbasetemp() / "mutated.yaml"

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data):
            return True

    path.write_text(yaml.dump(tree, Dumper=Dumper, allow_unicode=True), encoding="utf-8")
    holds_or_tells(path)


@settings(max_examples=200, deadline=None)
@given(
    start=st.integers(0, len(WHOLE)),
    length=st.integers(0, 30),
    put=st.binary(max_size=6)
    | st.sampled_from([b"\n", b"\t", b"[", b"}", b": ", b"*a", b"<<", b"="]),
)
def test_any_damage_to_the_bytes_loads_or_is_told_with_its_line(
    tmp_path_factory, start, length, put
):
    raw = WHOLE.encode()
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_bytes(raw[:start] + put + raw[start + length :])
    holds_or_tells(path)


def run(*arguments):
    return CliRunner().invoke(site_commands.site, list(arguments), env={"COLUMNS": "200"})


def test_list_shows_every_site_with_its_file():
    said = run("list")
    assert said.exit_code == 0
    for name in sites.names():
        assert f"{name}.yaml" in said.output


def test_list_shows_the_sites_that_are_right_beside_the_wrong_one(tmp_path, monkeypatch, town):
    monkeypatch.setattr(sites, "FOLDER", tmp_path)
    town()
    (tmp_path / "broken.yaml").write_text("id: broken\n")
    said = run("list")
    assert said.exit_code == 1
    assert "Town" in said.output
    assert "broken.yaml, line 1, name: is missing" in said.output


def test_check_takes_files_and_names(town):
    said = run("check", str(town()), "pilsen")
    assert said.exit_code == 0
    assert said.output.count("OK ") == 2


def test_check_tells_every_mistake_and_fails_yet_checks_the_rest(town):
    said = run("check", "pilzen", str(town("role: camera", "role: toaster")), "bilbao")
    assert said.exit_code == 1
    assert "did you mean 'pilsen'" in said.output
    assert "assets[0].role" in said.output
    assert "OK bilbao" in said.output


def test_the_site_that_the_help_teaches_is_right(tmp_path):
    path = tmp_path / "townsquare.yaml"
    path.write_text(site_commands.MINIMAL)
    assert sites.load(path).id == "townsquare"


def test_the_help_shows_the_minimal_site_line_by_line():
    said = run("--help").output
    for line in site_commands.MINIMAL.splitlines():
        assert line.strip() in said
