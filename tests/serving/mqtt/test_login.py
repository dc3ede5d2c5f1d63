"""Into a real Mosquitto with password, rights and TLS: what is wrong is told, a secret is not."""

import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from hlaska.tracks import StreamState

INSTALL_MOSQUITTO = "no mosquitto_passwd here: apt-get install mosquitto"


@pytest.fixture
def locked(new_broker, tmp_path):
    """A broker that lets in `hlaska` with the password `right`, to one topic only."""
    passwords, rights = tmp_path / "passwords", tmp_path / "rights"
    passwords.touch(0o600)
    program = shutil.which("mosquitto_passwd")
    if program is None:
        pytest.skip(INSTALL_MOSQUITTO)
    subprocess.run([program, "-b", passwords, "hlaska", "right"], check=True)
    rights.write_text("user hlaska\ntopic readwrite acme/#\n")
    return new_broker("allow_anonymous false", f"password_file {passwords}", f"acl_file {rights}")


LOGIN = {"username": "hlaska", "password_variable": "ACME_PASSWORD"}


def test_the_right_password_comes_from_the_environment(locked, watch, until, monkeypatch, site_of):
    monkeypatch.setenv("ACME_PASSWORD", "right")
    one = watch(site_of(locked.port, **LOGIN))
    until(lambda: one.state() is StreamState.HEALTHY)


@pytest.mark.parametrize(
    ("password", "mqtt", "reason"),
    [
        pytest.param(
            "wrong",
            LOGIN,
            "check mqtt.username (hlaska) and the password in ACME_PASSWORD",
            id="wrong",
        ),
        pytest.param(None, LOGIN, "the variable ACME_PASSWORD is not set", id="not set"),
        pytest.param(None, {}, "refuses us", id="none"),
    ],
)
def test_a_wrong_password_is_told_and_the_secret_is_not(
    locked, watch, until, monkeypatch, password, mqtt, reason, site_of
):
    if password is not None:
        monkeypatch.setenv("ACME_PASSWORD", password)
    one = watch(site_of(locked.port, **mqtt))
    until(lambda: one.state() is StreamState.RECONNECTING)
    assert reason in one.status().reason
    assert password is None or f"'{password}'" not in one.status().reason
    assert one.feed.alive


def test_a_topic_that_we_may_not_read_is_told(watch, until, site_of):
    # Mosquitto's list of rights lets everyone subscribe and then sends nothing; others answer 128.
    def refuse(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"\x20\x02\x00\x00")
            packet = connection.recv(1000)
            connection.sendall(b"\x90\x03" + packet[2:4] + b"\x80")
            connection.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=refuse, args=[server], daemon=True).start()
        one = watch(site_of(server.getsockname()[1]))
        until(lambda: one.state() is StreamState.RECONNECTING)
        assert "does not let us read acme/+/alerts (mqtt.topic)" in one.status().reason
        one.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here: apt-get install openssl")
    path = tmp_path_factory.mktemp("tls") / "broker.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=broker", "-keyout", path, "-out", path]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path


# 2026-11: paho-mqtt 2 leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("trusted", [True, False])
def test_with_tls_the_brokers_certificate_is_checked(
    new_broker, certificate, watch, until, monkeypatch, trusted, site_of
):
    lines = [f"certfile {certificate}", f"keyfile {certificate}", "allow_anonymous true"]
    broker = new_broker(*lines)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    one = watch(site_of(broker.port, tls=True))
    if trusted:
        until(lambda: one.state() is StreamState.HEALTHY)
    else:
        until(lambda: one.state() is StreamState.RECONNECTING)
        assert "CERTIFICATE_VERIFY_FAILED" in one.status().reason
