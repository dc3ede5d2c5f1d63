import socket

import pytest

from hlaska.errors import SourceError
from serving.cyber import udp
from serving.cyber.udp import UdpPort


@pytest.fixture
def port():
    port = UdpPort("127.0.0.1", 0)
    yield port
    port.close()


def send(port, *datagrams):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, ("127.0.0.1", port.port))


def test_what_was_sent_comes_with_who_sent_it(port):
    send(port, b"one", b"", b"three")
    assert port.receive(5) == [("127.0.0.1", data) for data in (b"one", b"", b"three")]


def test_nothing_comes_of_silence(port):
    assert port.receive(0) == []
    assert port.receive(0.01) == []


def test_so_many_come_at_once_at_most(port, monkeypatch):
    monkeypatch.setattr(udp, "MOST_DATAGRAMS", 2)
    send(port, b"1", b"2", b"3")
    assert [len(port.receive(5)) for _ in range(2)] == [2, 1]


def test_of_a_closed_port_nothing_comes(port):
    port.close()
    assert port.receive(0.01) == []


def test_a_port_that_is_taken_is_named(port):
    with pytest.raises(SourceError, match=f"UDP port {port.port} of 127.0.0.1 cannot be listened"):
        UdpPort("127.0.0.1", port.port)


@pytest.mark.parametrize("host", ["192.0.2.7", "no such host", "\0"])
def test_an_address_that_is_not_of_this_machine_is_named(host):
    with pytest.raises(SourceError, match=r"name one of this machine|address of this machine"):
        UdpPort(host, 0)


def test_ipv6_is_listened_on_too():
    port = UdpPort("::1", 0)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("::1", port.port))
    assert port.receive(5) == [("::1", b"x")]
    port.close()
