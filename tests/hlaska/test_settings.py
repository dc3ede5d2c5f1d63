from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hlaska.errors import SettingsError
from hlaska.settings import Settings


def test_without_variables_everything_lies_under_the_users_home(monkeypatch):
    monkeypatch.delenv("HLASKA_HOME")
    monkeypatch.setenv("HOME", "/somewhere")
    assert Settings.load().home == Path("/somewhere/.hlaska")
    assert Settings.load().cache == Path("/somewhere/.hlaska/cache")


def test_a_variable_wins_over_the_default_and_an_argument_over_both(monkeypatch):
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", "8100")
    assert Settings.load().gateway_url == "http://127.0.0.1:8100"
    assert Settings.load(gateway_port=8200).gateway_url == "http://127.0.0.1:8200"


def test_a_relative_folder_becomes_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Settings.load(data="data").data == tmp_path / "data"


@pytest.mark.parametrize("name", ["HLASKA_HOME", "HLASKA_DATA", "HLASKA_GATEWAY_PORT"])
def test_an_empty_variable_is_as_good_as_none(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    expected = Settings.load()
    monkeypatch.setenv(name, "")
    assert Settings.load() == expected


def test_an_unknown_variable_is_named_with_the_nearest_known_one(monkeypatch):
    monkeypatch.setenv("HLASKA_GATEWAY_PROT", "8000")
    with pytest.raises(SettingsError, match=r"HLASKA_GATEWAY_PROT.*did you mean 'HLASKA_GATEWAY_"):
        Settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HLASKA_GATEWAY_PORT", "0"),
        ("HLASKA_MLFLOW_PORT", "65536"),
        ("HLASKA_DASHBOARDS_PORT", "eight"),
        ("HLASKA_HOME", "~nobody-of-that-name/hlaska"),
    ],
)
def test_a_value_out_of_bounds_is_shown_with_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name}='{value}'"):
        Settings.load()


def test_two_servers_cannot_share_a_port():
    with pytest.raises(SettingsError, match="gateway_port and mlflow_port are both 5000"):
        Settings.load(gateway_port=5000)


def test_an_address_of_the_sixth_version_stands_in_brackets():
    assert Settings.load(gateway_host="::1").gateway_url == "http://[::1]:8000"


def test_mlflow_is_for_this_machine_only_whoever_else_is_served():
    assert Settings.load(gateway_host="192.0.2.1").mlflow_url == "http://127.0.0.1:5000"


def test_a_server_for_everybody_is_reached_from_here_by_loopback():
    assert Settings.load(gateway_host="0.0.0.0").gateway_url == "http://127.0.0.1:8000"


def test_secrets_are_not_printed():
    settings = Settings.load(token="s3cret", journal_url="postgresql://u:s3cret@db/hlaska")
    assert "s3cret" not in repr(settings) + str(settings.model_dump())


def test_settings_cannot_change():
    with pytest.raises(ValueError, match="frozen"):
        Settings.load().gateway_port = 1  # type: ignore[misc]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(Settings.model_fields)),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")),
)
def test_any_value_gives_settings_or_one_clear_error(monkeypatch, field, value):
    with monkeypatch.context() as patch:
        patch.setenv(f"HLASKA_{field.upper()}", value)
        try:
            Settings.load()
        except SettingsError as error:
            assert f"HLASKA_{field.upper()}" in str(error) or "port" in str(error)
