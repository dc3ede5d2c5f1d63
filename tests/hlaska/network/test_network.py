"""Which addresses are inside, and what they are."""

import pytest
from pydantic import ValidationError

from hlaska.network.network import NetworkSection


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.31.1.11", True),
        ("10.31.1.200", True),
        ("10.31.2.1", False),
        ("fd00:31::5", True),
        ("fd00:32::5", False),
        ("no address", False),
        ("", False),
    ],
)
def test_an_address_is_inside_its_ranges(town, address, inside):
    assert town.network.inside(address) is inside


def test_an_asset_is_inside_although_no_range_holds_it():
    from hlaska.network.network import Device, Network

    network = Network([], {"192.0.2.1": Device("far-camera", "camera")})
    assert network.inside("192.0.2.1") and not network.inside("192.0.2.2")
    assert network.is_sensor("192.0.2.1") and network.name("192.0.2.1") == "far-camera"
    assert network.name("192.0.2.2") == "192.0.2.2" and not network.is_sensor("192.0.2.2")


@pytest.mark.parametrize("text", ["10.31.1.7/24", "10.31.1", "cameras", "10.0.0.0/33"])
def test_what_is_no_range_is_refused_with_what_to_write(text):
    with pytest.raises(ValidationError, match=r"write it as 10\.31\.1\.0/24"):
        NetworkSection.model_validate({"ranges": [text]})
