"""Throws made-up input at one parser: `python -m tests.fuzz.fuzz_parsers NAME -runs=1000 FOLDER`.

What follows the name is libFuzzer's: https://llvm.org/docs/LibFuzzer.html#options.
Atheris watches which lines of Hlaska an input reaches, and changes those that reach new ones. A
parser may say `SourceError`; anything else that it raises ends the run with an error.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["serving.cyber", "hlaska.network"]):
    from hlaska.errors import SourceError
    from serving.cyber.capture import Capture
    from serving.cyber.eve import EveParser
    from serving.cyber.netflow import NetFlowDecoder
    from serving.cyber.pairing import Pairing
    from serving.cyber.tables import BinetflowParser, CsvParser
    from serving.cyber.tail import Tail
    from serving.cyber.zeek import ZeekParser

PLACE = Path(tempfile.mkdtemp(prefix="hlaska-fuzz-"))


def text(parser):
    """Lines, in two pieces."""

    def run(data):
        lines = data.decode("utf-8", errors="replace").split("\n")
        reader = parser()
        half = len(lines) // 2
        reader.read(lines[:half])
        parsed = reader.read(lines[half:], half + 1)
        assert parsed.complaint.isprintable()

    return run


def netflow(data):
    """Datagrams, each behind two bytes that tell its length."""
    datagrams = []
    while len(data) > 2:
        size = int.from_bytes(data[:2], "big") % 1500
        datagrams.append(("10.31.0.9", data[2 : 2 + size]))
        data = data[2 + size :]
    received = NetFlowDecoder().read(datagrams)
    pairing = Pairing()
    pairing.join(received.halves, 0.0)
    assert pairing.rest().complaint.isprintable()


def tail(data):
    """A file that is written in two pieces, the second perhaps over the first."""
    path = PLACE / "some.log"
    half = len(data) // 2
    path.write_bytes(data[:half])
    source = Tail(path, follow=True)
    source.read_new(3)
    with path.open("wb" if data[:1] < b"\x40" else "ab") as file:
        file.write(data[half:])
    while source.read_new(3)[1]:
        continue
    source.close()


def capture(data):
    """The first bytes of a file; what follows is read by a child that may die."""
    path = PLACE / "some.pcap"
    path.write_bytes(data)
    Capture(str(path), live=False)


def broken(data):
    """Not a parser: what the run must find."""
    if data[:2] == b"#s":
        raise ValueError("found")


TARGETS = {
    "zeek": text(ZeekParser),
    "eve": text(EveParser),
    "csv": text(CsvParser),
    "binetflow": text(BinetflowParser),
    "netflow": netflow,
    "tail": tail,
    "capture": capture,
    "broken": broken,
}


def main():
    target = TARGETS[sys.argv[1]]
    # A number that overflows is a warning of numpy's, and a mistake of ours.
    warnings.simplefilter("error", RuntimeWarning)

    def run(data):
        try:
            target(data)
        except SourceError:
            return

    atheris.Setup([sys.argv[0], *sys.argv[2:]], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
