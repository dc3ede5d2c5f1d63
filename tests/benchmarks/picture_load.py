"""Events of an ordinary, very busy city, sent at a steady rate by a process of its own.

Run as `python -m tests.benchmarks.picture_load GATEWAY RATE SECONDS`; writes how many a second were
stored. It shares its machine with what it measures, so it does little by itself: what it sends is
made before, and only who, when and where of it are filled in.
"""

import http.client
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlsplit
from uuid import uuid4

from hlaska.events import CLOUDEVENTS_MEDIA_TYPE, Event, Location

SITE = "pilsen"
KINDS = ("video.loitering", "video.intrusion", "cyber.anomaly")
"""None of the family of the probes: that would join their alert, and be counted with them."""
ATTRIBUTES = {
    "video.loitering": {"object_class": "person", "dwell_s": 40.0},
    "video.intrusion": {"object_class": "person"},
}
MADE = 2000
"""Events that are made before."""
PAUSE_S = 0.05
"""So often what is due is sent; as many at a time as the gateway takes when it is late."""
MOST = 500
TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the time at which it is sent."""
NAME = "f" * 32
"""Stands for the id."""


def events(rng: random.Random) -> Iterator[Event]:
    """Crossings mostly; one in ten is something that may make an alert, of 50 sensors."""
    while True:
        place = Location(lon=13.3776 + rng.gauss(0, 0.004), lat=49.7475 + rng.gauss(0, 0.002))
        kind, attributes = "mobility.count", {"object_class": "person", "direction": "in"}
        crossed: dict[str, str | int | float] = {**attributes, "count": 1}
        if rng.random() < 0.1:
            kind = rng.choice(KINDS)
            crossed = dict(ATTRIBUTES.get(kind, {}))
        yield Event(
            id=NAME,
            site=SITE,
            source=f"load-{rng.randrange(50)}",
            kind=kind,
            observed_at=TIME,
            confidence=rng.uniform(0.3, 1.0),
            location=place,
            attributes=crossed,
        )


def texts(rng: random.Random) -> list[str]:
    """Events in their envelopes, JSON, to be filled in by `body`."""
    return [json.dumps(event.to_cloudevent()) for event in islice(events(rng), MADE)]


def body(made: Sequence[str], first: int, number: int, run: str) -> bytes:
    """One request.

    Args:
        made: What `texts` has made.
        first: How many were sent before.
        number: How many it holds.
        run: Eight letters, of which no two runs have the same.
    """
    now = datetime.now(UTC).isoformat()[: len("2000-01-01T00:00:00")]
    filled = (
        made[at % len(made)].replace(NAME, f"{run}{at:024}") for at in range(first, first + number)
    )
    return f"[{','.join(filled)}]".replace("2000-01-01T00:00:00", now).encode()


def main(url: str, rate: float, seconds: float) -> None:
    """Send."""
    made, run = texts(random.Random(1)), uuid4().hex[:8]
    headers = {"Content-Type": CLOUDEVENTS_MEDIA_TYPE.replace("events+", "events-batch+")}
    gateway = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    sent = stored = 0
    begun_s = time.monotonic()
    while (gone_s := time.monotonic() - begun_s) < seconds:
        due = min(round(gone_s * rate) - sent, MOST)
        if due > 0:
            gateway.request("POST", "/events", body(made, sent, due, run), headers)
            answer = gateway.getresponse()
            said = answer.read()
            if answer.status != http.client.OK:
                sys.exit(f"{answer.status} {said.decode(errors='replace')}")
            sent += due
            stored += json.loads(said)["stored"]
        if due < MOST:
            time.sleep(max(0.0, PAUSE_S - (time.monotonic() - begun_s - gone_s)))
    sys.stdout.write(str(stored / (time.monotonic() - begun_s)))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
