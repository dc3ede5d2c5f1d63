import pytest

from hlaska.errors import EventError
from hlaska.kinds import ATTRIBUTES, KINDS, kind_of

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


def test_every_attribute_that_a_kind_needs_has_a_type():
    assert {name for kind in KINDS.values() for name in kind.attributes} <= set(ATTRIBUTES)
