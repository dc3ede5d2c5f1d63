"""Who guesses passwords."""

import pytest

from hlaska.network.rules.bruteforce import BruteForce


@pytest.mark.parametrize(("port", "service"), [(22, "ssh"), (23, "telnet"), (554, "rtsp")])
def test_short_visits_to_a_login_are_guesses(town, told, port, service):
    rows = [town.flow(n * 2, town.stranger, town.camera, port) for n in range(100)]
    (finding,) = told(BruteForce(), rows)
    assert (finding.kind, finding.host, finding.place) == (
        "cyber.bruteforce",
        town.stranger,
        town.camera,
    )
    assert f"short visits to the {service} login of cam-gate" in finding.words
    assert finding.attributes["service"] == service


@pytest.mark.parametrize(("port", "times"), [(80, 5), (443, 5), (1883, 2)])
def test_what_machines_poll_needs_more_visits(town, told, port, times):
    rows = [town.flow(n, town.stranger, town.camera, port) for n in range(20 * times)]
    assert told(BruteForce(), rows[:-1]) == []
    assert len(told(BruteForce(), rows)) == 1


def test_whoever_moves_much_has_got_in(town, told):
    rows = [town.flow(n, town.recorder, town.camera, 554, dst_bytes=900_000) for n in range(100)]
    assert told(BruteForce(), rows) == []


def test_visits_that_nobody_answers_are_no_guesses(town, told):
    rows = [town.knock(n, town.stranger, town.camera, 22) for n in range(100)]
    assert told(BruteForce(), rows) == []


def test_a_port_without_a_login_is_not_guessed_at(town, told):
    rows = [town.flow(n, town.stranger, town.camera, 53, protocol="udp") for n in range(100)]
    assert told(BruteForce(), rows) == []


def test_a_poller_that_was_learnt_is_no_guesser(town, told):
    polls = [town.flow(n * 2, town.recorder, town.camera, 80) for n in range(4000)]
    assert len(told(BruteForce(), polls[:1000])) == 1
    assert [f for f in told(BruteForce(), polls, learn_s=3600) if f.observed_at.hour > 12] == []
