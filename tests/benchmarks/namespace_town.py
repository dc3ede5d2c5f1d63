"""Hosts in network namespaces that talk over real protocols: `namespace_town SECONDS CSV`.

Runs in namespaces that are its own; see `namespaces`. Each host is a namespace behind a bridge,
which is where the capture listens, as on a switch's mirror port.
"""

import ctypes
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from catalogs import sites
from hlaska.errors import SourceError
from hlaska.network import flows as f
from serving.cyber.capture import IDLE_S, Capture
from serving.cyber.parsed import Parsed, together

CAMERAS = {"cam-square-east": 1500, "cam-stadium-gate": 900}
"""Assets of the site file that send video, and what, kbit/s."""
MICROPHONES = ("mic-americka-1", "mic-americka-2")
OTHERS = ("recorder", "server", "broker", "desk", "gateway")
SITE = "pilsen"
BRIDGE = "switch"
SYSTEM_PYTHON = "/usr/bin/python3"
RECONNECTS_AT = 0.75
"""At this share of the time the recorder asks for its streams anew."""
HTTP_EVERY_S, TELLS_EVERY_S, CLOCK_EVERY_S = 5.0, 1.0, 30.0
NAMES_EVERY_S, LOOKS_EVERY_S = 12.0, 15.0
"""On average: between them is chance."""
CLONE_NEWNET = 0x4000_0000
"""Of setns(2)."""


def _addresses() -> dict[str, str]:
    """Of each host that takes part."""
    known = {asset.id: asset.ip for asset in sites.named(SITE).assets}
    return {name: known[name] for name in (*CAMERAS, *MICROPHONES, *OTHERS)}


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise SourceError(f"{' '.join(words)}: {done.stderr.strip()}")


class _Town:
    """The hosts and what they say to each other, until `over`."""

    def __init__(self, seconds: int, folder: Path) -> None:
        self._seconds, self._folder = seconds, folder
        self.ips = _addresses()
        self.over = threading.Event()
        self._programs: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self.troubles: list[str] = []
        self._rng = random.Random(7)

    def build(self) -> None:
        """Lay the wires."""
        # Names of namespaces are files in there: ours alone, as mounts are.
        _run("mount", "-t", "tmpfs", "tmpfs", "/run")
        prefix = self.ips["gateway"].rpartition(".")[0]
        for words in (
            ("link", "add", BRIDGE, "type", "bridge"),
            ("addr", "add", f"{prefix}.1/24", "dev", BRIDGE),
            ("link", "set", BRIDGE, "up"),
        ):
            _run("ip", *words)
        for number, (name, ip) in enumerate(self.ips.items()):
            # One segment a packet, as on a wire: none is put together by offloading.
            single = ("gso_max_segs", "1")
            for words in (
                ("netns", "add", name),
                ("link", "add", f"port{number}", "type", "veth", "peer", "eth0", "netns", name),
                ("link", "set", f"port{number}", "master", BRIDGE, *single, "up"),
                ("-n", name, "addr", "add", f"{ip}/24", "dev", "eth0"),
                ("-n", name, "link", "set", "eth0", *single, "up"),
                ("-n", name, "link", "set", "lo", "up"),
            ):
                _run("ip", *words)

    def start(self) -> None:
        """All that serve, then all that ask."""
        self._serve()
        ips = self.ips
        for name in CAMERAS:
            self._thread("recorder", lambda at=ips[name]: self._watch(at))
            self._thread("recorder", lambda at=ips[name]: self._often(HTTP_EVERY_S, _page, at))
            self._thread("desk", lambda at=ips[name]: self._often(-LOOKS_EVERY_S, _page, at))
        for name in MICROPHONES:
            self._thread(name, lambda who=name: self._tell(who))
        self._thread("server", self._listen)
        for name in ips:
            if name != "gateway":
                for every_s, question, port in (
                    (-NAMES_EVERY_S, _name, 53),
                    (CLOCK_EVERY_S, _clock, 123),
                ):
                    ask = (every_s, _ask, ips["gateway"], port, question)
                    self._thread(name, lambda ask=ask: self._often(*ask))

    def stop(self) -> None:
        """Those that ask first, so that connections are closed as they are in life."""
        self.over.set()
        for thread in self._threads:
            thread.join(5)
        for program in self._programs:
            program.terminate()

    def _serve(self) -> None:
        for name, kbit_per_s in CAMERAS.items():
            script = str(Path(__file__).with_name("namespace_camera.py"))
            self._program(name, SYSTEM_PYTHON, script, self.ips[name], str(kbit_per_s))
        config = self._folder / "mosquitto.conf"
        owner = "user root\n" if os.geteuid() == 0 else ""
        config.write_text(f"listener 1883 {self.ips['broker']}\nallow_anonymous true\n{owner}")
        self._program("broker", "mosquitto", "-c", str(config))
        for port, answer in ((53, _named), (123, _timed)):
            self._thread("gateway", lambda at=port, say=answer: self._answer(at, say))
        for name, port in (*((name, 554) for name in CAMERAS), ("broker", 1883)):
            self._await(name, port)

    def _await(self, name: str, port: int) -> None:
        # From its own host, by whose loopback nothing passes the bridge.
        script = f"import socket; socket.create_connection(({self.ips[name]!r}, {port})).close()"
        for _ in range(100):
            words = _within(name, SYSTEM_PYTHON, "-c", script)
            if subprocess.run(words, capture_output=True).returncode == 0:
                return
            if any(program.poll() is not None for program in self._programs):
                break
            time.sleep(0.1)
        raise SourceError(f"nobody listens on port {port} of {name}")

    def _program(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        program = subprocess.Popen(_within(name, *words), stdin=subprocess.DEVNULL)
        self._programs.append(program)
        return program

    def _thread(self, name: str, does: Callable[[], None]) -> None:
        """Run it in the host's namespace: sockets that a thread makes are those of its own."""

        def run() -> None:
            libc = ctypes.CDLL(None, use_errno=True)
            with Path(f"/run/netns/{name}").open() as there:
                if libc.setns(there.fileno(), CLONE_NEWNET):
                    self.troubles.append(f"setns: {os.strerror(ctypes.get_errno())}")
                    return
            try:
                does()
            except (OSError, HTTPException, subprocess.SubprocessError) as error:
                self.troubles.append(f"{name}: {error!r}")

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def _often(self, every_s: float, does: Callable[..., None], *args: object) -> None:
        """Again and again: each so many seconds, or, where that is below 0, so on average."""
        if self.over.wait(self._rng.uniform(0, abs(every_s))):
            return
        while True:
            does(*args)
            gap_s = every_s if every_s > 0 else min(self._rng.expovariate(-1 / every_s), 60)
            if self.over.wait(gap_s):
                return

    def _watch(self, camera: str) -> None:
        first_s = self._seconds * RECONNECTS_AT + self._rng.uniform(-2, 2)
        begun_s = time.monotonic()
        for lasts_s in (first_s, None):
            left_s = self._seconds - (time.monotonic() - begun_s) - 1
            # It is stopped by ffmpeg's own clock, and so says goodbye.
            subprocess.run(
                ["ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp",
                 "-i", f"rtsp://{camera}/camera", "-t", f"{lasts_s or left_s:.1f}",
                 "-c", "copy", "-f", "null", "-"],
                check=True, timeout=self._seconds + 30,
            )  # fmt: skip

    def _tell(self, name: str) -> None:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        client.connect(self.ips["broker"])
        client.loop_start()
        while not self.over.wait(TELLS_EVERY_S):
            level = round(self._rng.gauss(52, 4), 1)
            state = {"at": time.time(), "level_db": level, "temperature_c": 21.5, "state": "ok"}
            client.publish(f"microphones/{name}", json.dumps(state), qos=1)
        client.disconnect()
        client.loop_stop()

    def _listen(self) -> None:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="server")
        client.connect(self.ips["broker"])
        client.subscribe("microphones/#", qos=1)
        client.loop_start()
        self.over.wait()
        client.disconnect()
        client.loop_stop()

    def _answer(self, port: int, answer: Callable[[bytes], bytes]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            door.bind(("0.0.0.0", port))
            door.settimeout(0.5)
            while not self.over.is_set():
                try:
                    question, asker = door.recvfrom(2000)
                except TimeoutError:
                    continue
                door.sendto(answer(question), asker)


def _within(name: str, *words: str) -> list[str]:
    return ["nsenter", f"--net=/run/netns/{name}", *words]


def _page(at: str) -> None:
    connection = HTTPConnection(at, timeout=5)
    connection.request("GET", "/onvif/device_service")
    connection.getresponse().read()
    connection.close()


def _ask(at: str, port: int, question: Callable[[], bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.settimeout(5)
        door.connect((at, port))
        door.send(question())
        door.recv(2000)


def _name() -> bytes:
    """A question for an address: RFC 1035, 4.1."""
    labels = b"".join(bytes([len(part)]) + part for part in (b"updates", b"example", b"org"))
    head = struct.pack("!6H", random.randrange(65_536), 0x0100, 1, 0, 0, 0)
    return head + labels + b"\0" + struct.pack("!2H", 1, 1)


def _named(question: bytes) -> bytes:
    found = struct.pack("!3HLH4B", 0xC00C, 1, 1, 300, 4, 198, 51, 100, 80)
    return question[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0) + question[12:] + found


def _clock() -> bytes:
    """A client's question for the time: RFC 5905, 7.3 (version 4, mode 3)."""
    return bytes([0x23]).ljust(48, b"\0")


def _timed(_question: bytes) -> bytes:
    now = struct.pack("!I", int(time.time() + 2_208_988_800) % 2**32).ljust(8, b"\0")
    return bytes([0x24, 2, 6, 0xEC]).ljust(16, b"\0") + now * 4


def main(arguments: Sequence[str]) -> None:
    """Within: build, talk, listen until the last flow is told, write."""
    seconds, path = int(arguments[0]), Path(arguments[1])
    parts: list[Parsed] = []
    with TemporaryDirectory() as folder:
        town = _Town(seconds, Path(folder))
        town.build()
        # Long flows are told in two pieces, so that each half has its own.
        capture = Capture(BRIDGE, live=True, active_s=seconds // 2)
        ends_s = time.monotonic() + 1e9
        started = False
        for told in capture.told():
            parts.append(told)
            if not started:
                # It listens before anybody says a word.
                threading.Thread(target=_leave_with_the_parent, daemon=True).start()
                town.start()
                ends_s, started = time.monotonic() + seconds, True
            if time.monotonic() >= ends_s and not town.over.is_set():
                town.stop()
                ends_s = time.monotonic() + IDLE_S + 2
            elif time.monotonic() >= ends_s:
                break
        capture.close()
    if town.troubles:
        raise SourceError("; ".join(dict.fromkeys(town.troubles)))
    whole = together(parts)
    whole.flows[list(f.FLOW_DTYPES)].to_csv(path, index=False)


def _leave_with_the_parent() -> None:
    # Not by its buffer, whose lock would be held when Python ends.
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SourceError as error:
        sys.exit(str(error))
