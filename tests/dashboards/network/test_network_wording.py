"""What is found on the network is said in words that fit and that nobody can misuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.network_wording import (
    OUTCOMES,
    address_words,
    byte_words,
    camera_of,
    counted,
    figures,
    finding_words,
    network_lines,
    network_place,
    number_words,
    one_line,
    outcome_words,
    rests_on,
)
from hlaska.network.flows import FlowState


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_951, "100 kB"),
        (999_600, "1.0 MB"),
        (1_400_000_000, "1.4 GB"),
        (2**63, "9,223,372.0 TB"),
    ],
)
def test_amounts_are_said_in_a_unit_that_fits(count, said):
    assert byte_words(count) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0"), (2.0, "2"), (0.123456, "0.123"), (412, "412"), (1204, "1,204"),
     (1.4e9, "1.4 billion"), (5e7, "50 million"), (-3e12, "-3 trillion")],
)  # fmt: skip
def test_figures_stay_short(number, said):
    assert number_words(number) == said


def test_one_is_not_many():
    assert [counted(number, "flow") for number in (0, 1, 1203)] == [
        "0 flows", "1 flow", "1,203 flows",
    ]  # fmt: skip


@given(text=st.text(max_size=200), most=st.integers(5, 60))
def test_words_from_the_network_are_one_line_that_fits(text, most):
    line = one_line(text, most)
    assert len(line) <= most
    assert line.isprintable() and line == line.strip()


def test_of_a_long_address_both_ends_stay():
    assert one_line("2001:db8:85a3::8a2e:370:7334", 11) == "2001:…:7334"


def test_every_outcome_has_words_of_its_own():
    assert set(OUTCOMES) == set(FlowState)
    assert len(set(OUTCOMES.values())) == len(OUTCOMES)
    assert outcome_words("S1\n") == "S1"


def test_a_device_is_called_by_its_name_or_by_what_it_is_not(site):
    assert address_words("10.0.0.11", site) == "cam-gate"
    assert address_words("10.0.0.99", site) == "unknown device 10.0.0.99"
    assert address_words("203.0.113.7", site) == "outside host 203.0.113.7"
    assert address_words("<b>", site) == "outside host <b>"


def test_where_it_was_is_a_device_and_its_sensor(scan, site):
    assert network_place(scan(), site) == "cam-gate · Příkopy, brána"
    unknown = {"asset": None, "carries": None, "host": "10.0.0.99"}
    assert network_place(scan(attributes=unknown), site) == "unknown device 10.0.0.99"
    attack = unknown | {"peer": "10.0.0.12"}
    assert network_place(scan(attributes=attack), site) == "unknown device 10.0.0.99 → Dvůr"
    assert network_place(scan(attributes=unknown | {"host": None}), site) == "Core switch"


def test_the_camera_of_a_finding_is_found_by_its_device_its_victim_or_its_parts(
    scan, event, attack_on_video, site
):
    nothing = {"asset": None, "carries": None, "host": "10.0.0.99"}
    assert camera_of(scan(), site, ()).id == "gate"
    assert camera_of(scan(attributes={"carries": None}), site, ()).id == "gate"
    assert camera_of(scan(attributes=nothing | {"peer": "10.0.0.12"}), site, ()).id == "yard"
    assert camera_of(scan(attributes=nothing), site, ()) is None
    assert camera_of(scan(attributes=nothing), site, (event(source="yard"),)).id == "yard"
    assert camera_of(scan(attributes={"carries": "ear"}), site, ()) is None
    assert camera_of(event(), site, ()) is None


def test_what_is_usual_but_not_known_is_not_said_to_be_nothing(scan):
    assert dict(figures(scan(attributes={"usual": 0})))["usual"] == "–"
    assert figures(scan(attributes=dict.fromkeys(("measured", "usual", "limit")))) == []


def test_of_other_events_nothing_is_said(event, site, noon):
    other = event(attributes={"words": "hello", "measured": 1.0})
    assert finding_words(other, site) == "" and figures(other) == []
    assert rests_on(other, site, (), noon) == []


def test_an_unknown_device_and_its_peer_are_said(scan, site):
    told = {"asset": None, "host": "10.0.0.99", "peer": "10.0.0.2", "service": "ssh"}
    lines = dict(network_lines(scan(attributes=told), site))
    assert lines["other host"] == "recorder"
    assert lines["service"] == "ssh"
    assert "device" not in lines


@given(text=st.text(max_size=500))
def test_any_attributes_can_be_told(text, scan, site):
    told = {"host": text, "peer": text, "asset": text, "carries": text, "words": text}
    found = scan(attributes=told)
    network_place(found, site)
    assert finding_words(found, site) == text
    assert all(isinstance(part, str) for line in network_lines(found, site) for part in line)


def test_in_another_language_a_finding_is_said_by_its_figures(scan, site):
    unknown = {"asset": None, "host": "10.0.0.99", "ports": 1412}
    assert finding_words(scan(attributes=unknown), site, "cs") == (
        "neznámé zařízení 10.0.0.99 zkouší zařízení (31) a porty (1\u202f412), málokdo odpovídá"
    )
    sent = {"bytes": 1_400_000_000, "peer": "203.0.113.7"}
    leak = scan(kind="cyber.exfiltration", attributes=sent)
    assert finding_words(leak, site, "cs") == (
        "cam-gate odeslalo ven 1,4 GB, příjemce: počítač mimo síť 203.0.113.7"
    )


def test_a_finding_that_lacks_a_figure_keeps_its_own_sentence(scan, site):
    bare = scan(attributes={"ports": None})
    assert finding_words(bare, site, "cs") == bare.attributes["words"]


def test_numbers_and_amounts_are_written_as_the_language_does():
    assert byte_words(1_400_000_000, "cs") == "1,4 GB"
    assert number_words(1204, "cs") == "1\u202f204"
    assert number_words(1.4e9, "cs") == "1,4 miliard"
    assert counted(1203, "flow", "cs") == "toky: 1\u202f203"
