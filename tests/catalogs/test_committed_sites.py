import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from catalogs import sites
from hlaska.errors import SiteError
from hlaska.ground import project


def test_the_committed_sites_are_all_right():
    assert sites.names() == ["bilbao", "pilsen", "trikala"]
    for name in sites.names():
        site = sites.named(name)
        assert site.id == name
        assert site.zones
        assert site.cameras


def test_an_unknown_name_is_told_with_the_nearest_one():
    with pytest.raises(SiteError, match="did you mean 'pilsen'"):
        sites.named("pilzen")


def test_pilsen_holds_its_counting_lines_as_they_were_drawn_before_any_detector_ran():
    lines = {line.id: line.points for line in sites.named("pilsen").camera("square-east").lines}
    assert lines == {
        "west-path": ((235, 170), (190, 330)),
        "north-east-road": ((560, 165), (735, 225)),
        "south-east-road": ((585, 455), (735, 270)),
    }


def test_the_demo_camera_says_that_its_footage_is_not_pilsen():
    demo = [camera for camera in sites.named("pilsen").cameras if camera.uri.startswith("dataset:")]
    assert [camera.id for camera in demo] == ["square-east"]
    assert "not Pilsen" in demo[0].note


def test_what_the_demo_camera_shows_lies_on_the_square_and_off_the_cathedral():
    from shapely import Polygon

    site = sites.named("pilsen")
    camera = site.camera("square-east")
    square = next(zone for zone in site.zones if zone.id == "square")
    cathedral = next(one for one in site.buildings if one.name.startswith("katedrála"))
    paving = Polygon(site.plane.to_metres(square.geometry.coordinates[0])) - Polygon(
        site.plane.to_metres(cathedral.outline)
    )
    for zone in camera.zones:
        assert paving.contains(Polygon(project(camera.homography, zone.polygon)))


def test_the_closed_area_on_the_map_is_the_one_in_the_picture():
    from shapely import Polygon

    site = sites.named("pilsen")
    camera = site.camera("square-east")
    lawn = next(zone for zone in camera.zones if zone.id == "lawn")
    on_map = next(zone for zone in site.zones if zone.id == lawn.zone)
    a = Polygon(project(camera.homography, lawn.polygon))
    b = Polygon(site.plane.to_metres(on_map.geometry.coordinates[0]))
    assert a.intersection(b).area / a.union(b).area > 0.97


def test_the_module_wins_over_the_folder_of_the_same_name_outside_the_repository(tmp_path):
    installed = tmp_path / "catalogs"
    root = Path(sites.__file__).parent
    installed.mkdir()
    for part in ("__init__.py", "documents.py", "sites.py"):
        shutil.copy(root / part, installed / part)
    shutil.copytree(root / "sites", installed / "sites")
    shutil.copytree(root.parent / "hlaska", tmp_path / "hlaska")
    said = subprocess.run(
        [sys.executable, "-P", "-c", "from catalogs import sites; print(sites.named('pilsen').id)"],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "pilsen"
