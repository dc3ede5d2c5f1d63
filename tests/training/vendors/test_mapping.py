import pytest
from pydantic import ValidationError

from training.vendors.mapping import METRES_PER_S, Mapping

LEAST = {"system": "A box", "format": "coco", "path": "box.json"}


def test_a_mapping_needs_a_system_a_format_and_a_path():
    assert Mapping.model_validate(LEAST).constructed is False
    for key in LEAST:
        with pytest.raises(ValidationError, match=r"Field required"):
            Mapping.model_validate({name: LEAST[name] for name in LEAST if name != key})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"format": "excel"}, r"Input should be 'briefcam', 'certicon'", id="format"),
        pytest.param({"klasses": {}}, r"Extra inputs are not permitted", id="an unknown key"),
        pytest.param({"time_zone": "CEST"}, r"write one such as Europe/Prague", id="zone"),
        pytest.param({"time_zone": "../../etc/passwd"}, r"no such time zone", id="no zone at all"),
        pytest.param({"fold": "first"}, r"`fold:` chooses an hour of a `time_zone:`", id="fold"),
        pytest.param({"starts_at": "2026-05-01T12:00:00"}, r"timezone", id="a start without zone"),
        pytest.param({"fps": 0}, r"greater than 0", id="fps"),
        pytest.param({"speed_unit": "kn"}, r"'m/s', 'km/h' or 'mph'", id="knots"),
        pytest.param({"classes": {"Car": "A car"}}, r"pattern", id="a class that is no name"),
        pytest.param({"size_px": [0, 10]}, r"greater than or equal to 1", id="size"),
    ],
)
def test_what_a_mapping_cannot_say(wrong, message):
    with pytest.raises(ValidationError, match=message):
        Mapping.model_validate(LEAST | wrong)


def test_units_of_speed_agree():
    assert 50 * METRES_PER_S["km/h"] == pytest.approx(13.888889)
    assert 30 * METRES_PER_S["mph"] == pytest.approx(48.28032 * METRES_PER_S["km/h"])


def test_every_key_says_what_it_is():
    assert all(field.description for field in Mapping.model_fields.values())
