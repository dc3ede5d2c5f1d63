"""Microphones that one core hears in real time, the memory of each, and from sound to event.

Everything that a stream host does with sound takes part: listening, the seed model in batches,
confirmation, evidence without speech, its drawing. Left out are the decoder child (a loop is
decoded once) and the gateway: what would be sent is counted. A figure is seconds of sound over
seconds of this process's own time, all its threads together, so that it holds for one core whatever
else the machine does.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import soundfile

from catalogs import datasets
from hlaska.errors import HlaskaError
from hlaska.events import Event
from hlaska.microphones import Microphone
from hlaska.places import Point
from hlaska.results import Column, ResultTable, Value
from hlaska.settings import Settings
from hlaska.sites import Site
from hlaska.sound.scores import RATE_HZ, Chunk
from hlaska.tracks import StreamStatus
from serving.audio.clerk import Clerk
from serving.audio.deployment import SoundArgs, inside
from serving.audio.ears import BATCH, Ears
from serving.audio.finding import Window
from serving.audio.listener import ListenerArgs
from serving.audio.source import read_recording
from serving.audio.stream import MicrophoneStream, SoundModel
from serving.connection import Patience
from tests.benchmarks.plan import Plan

RECORDED = "street-sounds-americka"
"""Two minutes of a street with shots, a tram, a firework and a siren."""
TOGETHER = 50
"""Microphones that are heard side by side in a timed pass."""
LIVE = (8, 100)
"""… and in real time, for the time from sound to event."""
CHUNK = RATE_HZ // 10
START = datetime(2026, 5, 1, tzinfo=UTC)

STREAMS = (
    Column("per_core", "microphones per core"),
    Column("scored", "windows scored, %"),
    Column("events", "events per microphone and minute", 2),
    Column("memory_mb", "memory of each, MB", 2),
)
LATENCY = (
    Column("median_s", "sound to event, median s", 2),
    Column("p95_s", "sound to event, 95 % s", 2),
    Column("events", "events"),
)


class Sent:
    """Stands where the outbox would: counts what is sent, and when."""

    waiting = 0

    def __init__(self) -> None:
        self.alarms: list[tuple[Event, datetime]] = []

    def event(self, event: Event, _evidence: dict[str, bytes]) -> None:
        """Count an event."""
        if event.kind.startswith("audio."):
            self.alarms.append((event, datetime.now(UTC)))

    def status(self, _status: StreamStatus) -> None:
        """Nobody looks."""


def run(plan: Plan) -> list[ResultTable]:
    """The two tables.

    Raises:
        DataError: the recording cannot be had.
        ModelError: the seed cannot be had.
    """
    model = inside(SoundArgs())
    with TemporaryDirectory() as folder:
        street = _street(plan.settings)
        recorded = Path(folder) / "street.flac"
        soundfile.write(recorded, street, RATE_HZ)
        rows = (
            _pass_row(plan, "every window scored", model, recorded, ListenerArgs(gate=False)),
            _pass_row(plan, "energy gate on", model, recorded, ListenerArgs()),
        )
        latency = tuple(_latency_row(plan, count, model, recorded) for count in LIVE)
    seconds = _seconds(plan)
    return [
        ResultTable(
            "streams",
            "Microphones",
            f"{TOGETHER} microphones, {seconds} s of {RECORDED} each; "
            f"{model.ref.name} {model.ref.version} on one thread, evidence redacted and drawn; "
            f"medians over {plan.repeats} passes.",
            STREAMS,
            rows,
        ),
        ResultTable(
            "hearing-latency",
            "From sound to event",
            "Microphones in real time, all of them hearing the same shots at once: with many, the "
            "worst that can be asked of evidence, which is made one after another. An event waits "
            "until two seconds of windows have been heard.",
            LATENCY,
            latency,
        ),
    ]


def _street(settings: Settings) -> np.ndarray:
    folder = datasets.fetch(RECORDED, settings)
    return read_recording(sorted(folder.glob("*.flac"))[0])


def _seconds(plan: Plan) -> int:
    return 10 if plan.quick else 120


def _site(count: int, recorded: Path) -> Site:
    place = Point(lon=13.0, lat=49.0)
    return Site(
        id="bench",
        name="Bench",
        centre=place,
        time_zone="Europe/Prague",
        sources=("made for a benchmark",),
        microphones=tuple(
            Microphone(id=f"mic-{n}", name=f"{n}", uri=f"file://{recorded}", position=place)
            for n in range(count)
        ),
    )


@contextmanager
def _streams(
    count: int, model: SoundModel, recorded: Path, args: ListenerArgs
) -> Iterator[tuple[list[MicrophoneStream], Sent]]:
    site, sent = _site(count, recorded), Sent()
    clerk = Clerk(sent, model.card.operating_point)  # type: ignore[arg-type] # it is what an outbox is to a clerk
    clerk.start()
    yield (
        [
            MicrophoneStream(
                site,
                microphone,
                model=model,
                outbox=sent,  # type: ignore[arg-type]
                clerk=clerk,
                args=args,
                patience=Patience(),
                company=count,
                now_s=0.0,
            )
            for microphone in site.microphones
        ],
        sent,
    )
    clerk.close()


def _pass_row(
    plan: Plan, what: str, model: SoundModel, recorded: Path, args: ListenerArgs
) -> dict[str, Value]:
    seconds = _seconds(plan)
    step = plan.announce(f"streams: {what}", plan.repeats)
    per_core, memory_mb = [], []
    scored = events = 0
    for turn in range(plan.repeats):
        gc.collect()
        before = psutil.Process().memory_info().rss
        with _streams(TOGETHER, model, recorded, args) as (streams, sent):
            began_s = time.process_time()
            scored = _hear(streams, model, recorded, seconds)
            memory_mb.append((psutil.Process().memory_info().rss - before) / TOGETHER / 1e6)
        # Closed by now: what the clerk had still to write is in it.
        per_core.append(TOGETHER * seconds / (time.process_time() - began_s))
        events = len(sent.alarms)
        step(turn + 1)
    return {
        "what": what,
        "per_core": median(per_core),
        "scored": 100 * scored / (TOGETHER * max(1, seconds / 0.4 - 4)),
        "events": events / TOGETHER / seconds * 60,
        # The very first pass alone: later ones find room that it has left.
        "memory_mb": memory_mb[0] if not args.gate else None,
    }


def _hear(streams: list[MicrophoneStream], model: SoundModel, recorded: Path, seconds: int) -> int:
    """Everything that a host does with so much sound; how many windows were scored."""
    due: list[tuple[MicrophoneStream, Window]] = []
    scored = 0
    sound = read_recording(recorded)
    for number in range(seconds * 10):
        now_s = number / 10
        for stream in streams:
            begin = number * CHUNK % (len(sound) - CHUNK)
            chunk = Chunk(START + timedelta(seconds=now_s), sound[begin : begin + CHUNK])
            due += ((stream, window) for window in stream.hear(chunk, now_s))
            stream.look(now_s, unread=0)
        while len(due) >= BATCH or (due and number % 2):
            batch, due = due[:BATCH], due[BATCH:]
            scores = model.score(np.stack([window.samples for _, window in batch]))
            for (stream, window), its in zip(batch, scores, strict=True):
                stream.judge(window, its, now_s)
            scored += len(batch)
    for stream in streams:
        stream.close(now_s)
    return scored


def _latency_row(plan: Plan, count: int, model: SoundModel, recorded: Path) -> dict[str, Value]:
    what = f"{count} microphones"
    step = plan.announce(f"streams: latency, {what}", 1)
    sent = Sent()
    site = _site(count, recorded)
    ears = Ears(
        [(site, microphone) for microphone in site.microphones],
        open_uri=str,
        model=model,
        outbox=sent,  # type: ignore[arg-type]
    )
    ears.start()
    time.sleep(_seconds(plan) + 5)
    ears.close()
    step(1)
    waits_s = [(at - event.observed_at).total_seconds() for event, at in sent.alarms]
    if not waits_s:
        raise HlaskaError("nothing was heard in real time; the recording holds three shots")
    return {
        "what": what,
        "median_s": median(waits_s),
        "p95_s": float(np.quantile(waits_s, 0.95)),
        "events": len(waits_s),
    }
