import json
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from hlaska.errors import SettingsError, SiteError
from hlaska.sites import Site
from serving import apps, system
from serving.apps import AppArgs

FILES = sorted(Path(apps.__file__).parent.glob("*.yaml"))


def test_there_are_option_files_to_check():
    assert {path.name for path in FILES} == {"cluster.yaml", "local.yaml"}


def test_the_local_options_are_valid_and_leave_room_on_two_cores():
    args = AppArgs.model_validate(system.read_args(Path(apps.__file__).with_name("local.yaml")))
    models = (args.detector, args.sound, args.flows)
    # Sensors in one host, flow feeds in another.
    cpus = sum(model.cpus * model.replicas for model in models) + 2 * args.hosts.cpus
    cpus += len(args.guarded()) * args.picture.cpus
    assert cpus + 0.2 + 0.05 <= 2


def test_the_cluster_options_are_what_serve_deploy_takes():
    path = Path(apps.__file__).with_name("cluster.yaml")
    (application,) = yaml.safe_load(path.read_text())["applications"]
    assert application["import_path"] == "serving.apps:build"
    AppArgs.model_validate(application["args"])


def test_every_site_has_a_picture_of_its_own_behind_the_gateway(tmp_path):
    args = AppArgs.model_validate(
        {"sites": ["pilsen", heard_site(tmp_path)], "picture": {"cpus": 0.3}}
    )
    ingress = apps.build(args)._bound_deployment
    (_, supervisor, *pictures), _ = ingress.init_args, ingress.init_kwargs
    behind = [application._bound_deployment for application in pictures]
    assert supervisor._bound_deployment.name == "Supervisor"
    assert [one.name for one in behind] == ["Picture-pilsen", "Picture-testville"]
    assert [one.init_args[0].id for one in behind] == ["pilsen", "testville"]
    assert {one.ray_actor_options["num_cpus"] for one in behind} == {0.3}


def test_an_unknown_option_is_an_error():
    with pytest.raises(ValidationError, match="detectors"):
        AppArgs.model_validate({"detectors": {}})


def test_a_camera_that_does_not_exist_is_named_beside_those_that_do():
    with pytest.raises(SettingsError, match=r"no camera attic.*Known: .*square-east"):
        AppArgs(cameras=("attic",)).guarded()


def test_only_the_cameras_that_are_to_start_are_guarded_and_the_site_stays_valid():
    (whole,) = AppArgs().guarded()
    (site,) = AppArgs(cameras=("square-east",)).guarded()
    assert len(whole.cameras) > 1
    assert [camera.id for camera in site.cameras] == ["square-east"]
    assert Site.model_validate_json(site.model_dump_json()) == site


def heard_site(tmp_path) -> str:
    """A site file with two microphones, of which one has no address, and no camera."""
    place = {"lon": 13.0, "lat": 49.0}
    site = {
        "id": "testville",
        "name": "Testville",
        "centre": place,
        "time_zone": "Europe/Prague",
        "sources": ["made up for a test"],
        "microphones": [
            {"id": "near", "name": "Near", "position": place, "uri": "file:///near.wav"},
            {"id": "mute", "name": "Mute", "position": place},
        ],
    }
    path = tmp_path / "testville.yaml"
    path.write_text(json.dumps(site))
    return str(path)


def test_a_microphone_that_is_named_starts_and_no_camera_with_it(tmp_path):
    names = ("pilsen", heard_site(tmp_path))
    pilsen, heard = AppArgs(sites=names, microphones=("near",)).guarded()
    assert not pilsen.cameras
    assert not pilsen.microphones
    assert [microphone.id for microphone in heard.microphones] == ["near"]


def test_a_camera_that_is_named_starts_and_no_microphone_with_it(tmp_path):
    names = ("pilsen", heard_site(tmp_path))
    pilsen, heard = AppArgs(sites=names, cameras=("square-east",)).guarded()
    assert len(pilsen.cameras) == 1
    assert not heard.microphones


def test_where_nothing_is_named_even_mute_microphones_stay_on_the_map(tmp_path):
    (site,) = AppArgs(sites=(heard_site(tmp_path),)).guarded()
    assert [microphone.id for microphone in site.microphones] == ["near", "mute"]
    assert apps.heard([site]) == ["file:///near.wav"]


def test_a_microphone_without_an_address_cannot_be_started(tmp_path):
    with pytest.raises(SettingsError, match=r"no microphone that is heard mute.*Known: near"):
        AppArgs(sites=(heard_site(tmp_path),), microphones=("mute",)).guarded()


def test_a_site_nobody_knows_is_an_error_before_anything_starts():
    with pytest.raises(SiteError, match="pilsen"):
        AppArgs(sites=("pilse",)).guarded()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("- a list", "no options", id="a list"),
        pytest.param("a: [", "while parsing", id="broken YAML"),
    ],
)
def test_an_option_file_that_is_none_is_a_clear_error(tmp_path, text, complaint):
    path = tmp_path / "options.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=complaint) as error:
        system.read_args(path)
    assert str(path) in str(error.value)


def test_a_missing_option_file_is_a_clear_error(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        system.read_args(tmp_path / "none.yaml")
