import pytest

from hlaska.errors import EventError
from hlaska.kinds import ATTRIBUTES, KINDS, Family, kind_of

# The list of DESIGN: what other systems may count on.
PROMISED = """
video.intrusion video.loitering video.crowding video.unattended-object video.running
video.vehicle-in-pedestrian-zone video.wrong-way video.tampering video.frozen video.looped
audio.gunshot audio.explosion audio.scream audio.glass-break
cyber.scan cyber.flood cyber.bruteforce cyber.exfiltration cyber.beaconing cyber.new-asset
cyber.new-peer cyber.stream-redirected cyber.anomaly
health.down health.degraded health.restored
gas.exceedance mobility.count
""".split()


def test_every_promised_kind_is_registered():
    assert set(PROMISED) <= set(KINDS)


def test_no_kind_is_registered_twice():
    from hlaska.kinds import _ALL

    assert len(_ALL) == len(KINDS) > 0


def test_the_registry_cannot_change():
    with pytest.raises(TypeError):
        KINDS["video.new"] = KINDS["video.running"]  # type: ignore[index]


def test_counts_and_recoveries_threaten_nobody():
    assert [kind_of(name).severity for name in ("mobility.count", "health.restored")] == [0, 0]


def test_an_unregistered_kind_is_an_event_error_that_knows_better():
    with pytest.raises(EventError, match=r"did you mean 'audio.gunshot'"):
        kind_of("audio.gunshots")


def test_every_kind_belongs_to_a_family_and_every_family_has_kinds():
    assert {kind.family for kind in KINDS.values()} == set(Family)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("audio.scream", Family.ATTACK),
        ("video.running", Family.ATTACK),
        ("video.crowding", Family.CROWD),
        ("cyber.stream-redirected", Family.SABOTAGE),
        ("video.looped", Family.SABOTAGE),
        ("gas.exceedance", Family.GAS),
        ("health.restored", Family.HEALTH),
        ("mobility.count", Family.MOBILITY),
    ],
)
def test_signs_of_one_thing_are_of_one_family_by_whatever_sense(name, family):
    assert kind_of(name).family is family


def test_lives_are_in_danger_at_the_greatest_severity_and_at_no_other():
    assert {kind.severity for kind in KINDS.values()} == {0, 1, 2, 3, 4}
    for kind in KINDS.values():
        assert kind.life_safety == (kind.severity == 4)
    endangering = {name for name, kind in KINDS.items() if kind.life_safety}
    assert endangering == {"audio.gunshot", "audio.explosion", "gas.exceedance"}


def test_the_modality_is_the_sense_by_which_it_was_noticed():
    senses = {kind.modality for kind in KINDS.values()}
    assert senses == {"video", "audio", "cyber", "gas", "health", "mobility"}
    assert kind_of("gas.exceedance").modality == "gas"


def test_what_threatens_nobody_weighs_nothing_and_all_else_weighs_something():
    weightless = {name for name, kind in KINDS.items() if kind.weight == 0}
    assert weightless == {"mobility.count", "health.down", "health.degraded", "health.restored"}


def test_whoever_is_called_by_a_kind_finds_what_to_do():
    for kind in KINDS.values():
        assert bool(kind.playbook) == (kind.severity > 0)


def test_every_attribute_that_a_kind_needs_has_a_type():
    assert {name for kind in KINDS.values() for name in kind.attributes} <= set(ATTRIBUTES)
