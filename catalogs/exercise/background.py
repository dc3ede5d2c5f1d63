"""What happens on any day: nothing that a dispatcher has to act on.

How often: estimates for a quiet site, the same for every seed; which, where and when is drawn.
"""

from collections.abc import Callable, Iterator

import numpy as np

from catalogs.exercise import truth
from catalogs.exercise.cues import SoundCue, Telling
from catalogs.exercise.incidents import STREET_DB, VIDEO_DELAY_S, Written
from catalogs.exercise.places import EARS, FEED, GATES, SQUARE_CAMERA, Places
from catalogs.exercise.truth import Activity, Tell
from hlaska.cameras import Camera
from hlaska.microphones import Microphone

HARMLESS = ("dog", "hammering", "siren", "cheering", "children", "door-slam", "tram", "backfire")
"""Sounds that are none of those listened for; each day plays some of them."""
STREETS = ("americka", "cukrovarska")

Everyday = Callable[[np.random.Generator, Places, float, str], Written]


def loitering(rng: np.random.Generator, places: Places, at_s: float, name: str) -> Written:
    """Somebody waits for somebody."""
    camera = str(rng.choice([*GATES]))
    told = Telling(
        at_s, rng.uniform(*VIDEO_DELAY_S), name, camera, "video.loitering", rng.uniform(0.5, 0.9),
        GATES[camera], places.before(camera, rng.uniform(8, 25), rng.uniform(-6, 6), 2.0),
        attributes={"object_class": "person", "dwell_s": round(rng.uniform(31, 120), 1)},
    )  # fmt: skip
    return _harmless(name, "Somebody waits", "intrusion", told, (GATES[camera],))


def new_peer(rng: np.random.Generator, places: Places, at_s: float, name: str) -> Written:
    """A sensor asks another time server than usual."""
    assets = [one for one in places.site.assets if one.carries]
    asset = assets[int(rng.integers(len(assets)))]
    told = Telling(
        at_s, rng.uniform(5, 60), name, FEED, "cyber.new-peer", rng.uniform(0.5, 0.8),
        attributes={"asset": asset.id, "carries": str(asset.carries),
                    "words": f"{asset.id} talks to a host for the first time"},
    )  # fmt: skip
    return _harmless(name, "A sensor talks to a new host", "sabotage", told)


def unusual_traffic(rng: np.random.Generator, places: Places, at_s: float, name: str) -> Written:
    """A backup runs at another hour than usual."""
    told = Telling(
        at_s, rng.uniform(30, 90), name, FEED, "cyber.anomaly", rng.uniform(0.3, 0.6),
        attributes={"asset": "server", "words": "server behaves unlike its quiet days"},
    )  # fmt: skip
    return _harmless(name, "A backup at another hour", "sabotage", told)


def impaired(rng: np.random.Generator, places: Places, at_s: float, name: str) -> Written:
    """A sensor stutters, and is all right again."""
    return _outage(rng, places, at_s, name, down=False)


def outage(rng: np.random.Generator, places: Places, at_s: float, name: str) -> Written:
    """A sensor is gone for some minutes."""
    return _outage(rng, places, at_s, name, down=True)


def firework(rng: np.random.Generator, places: Places, at_s: float, name: str) -> Written:
    """A firework that one microphone half takes for a shot; nobody can be sure."""
    street = STREETS[0]
    ears = [one for one in places.site.microphones if one.id.startswith(street)]
    ear = ears[int(rng.integers(len(ears)))]
    told = Telling(
        at_s, rng.uniform(1, 3), name, ear.id, "audio.gunshot", rng.uniform(0.2, 0.4),
        place=places.beside(ear.position.lon, ear.position.lat, rng, 1.0),
        attributes={"count": 1},
    )  # fmt: skip
    return Written(
        Activity(
            name, "A firework, half taken for a shot", "attack", (street,), at_s, at_s,
            Tell.MAYBE, real=False,
            ranges=truth.maybe((street, *places.near(street)), at_s, at_s),
        ),
        (told,),
    )  # fmt: skip


def broken_bottle(rng: np.random.Generator, places: Places, at_s: float, name: str) -> Written:
    """Glass breaks in a street, for the sound model."""
    street = str(rng.choice(STREETS))
    return _sound(rng, places, at_s, name, "glass-break", street, "A bottle breaks", Tell.MAYBE)


def harmless_sound(rng: np.random.Generator, places: Places, at_s: float, name: str) -> Written:
    """A sound that is none of those listened for, for the sound model."""
    sound = name.partition(".")[0]
    where = str(rng.choice([*STREETS, EARS]))
    return _sound(rng, places, at_s, name, sound, where, f"A sound: {sound}", Tell.NEVER)


def comings_and_goings(
    rng: np.random.Generator, places: Places, begin_s: float, end_s: float
) -> Written:
    """People cross the counting lines of the square: more by day than at night."""
    name = "comings-and-goings"
    lines = places.site.camera(SQUARE_CAMERA).lines
    cues = []
    at_s = begin_s
    while (at_s := at_s + rng.exponential(240.0)) < end_s:
        line = lines[int(rng.integers(len(lines)))]
        way = line.forward if rng.uniform() < 0.5 else line.backward
        cues.append(
            Telling(
                at_s, rng.uniform(*VIDEO_DELAY_S), name, SQUARE_CAMERA, "mobility.count", 0.9,
                line=line.id,
                attributes={"object_class": "person", "direction": way, "count": 1},
            )
        )  # fmt: skip
    activity = Activity(
        name, "People come and go on the square", "mobility", (), begin_s, end_s, Tell.NEVER,
        real=False,
    )  # fmt: skip
    return Written(activity, tuple(cues))


ON_ANY_DAY: tuple[tuple[Everyday, tuple[int, int]], ...] = (
    (loitering, (4, 8)),
    (new_peer, (2, 4)),
    (unusual_traffic, (1, 3)),
    (impaired, (2, 4)),
    (outage, (1, 2)),
    (firework, (1, 2)),
    (broken_bottle, (1, 3)),
)
"""How often each happens in a day, at least and at most."""


def everyday(
    rng: np.random.Generator, places: Places, begin_s: float, end_s: float
) -> Iterator[Written]:
    """All of a day's background, each at some time between those given."""
    for make, (least, most) in ON_ANY_DAY:
        for number in range(int(rng.integers(least, most + 1))):
            name = f"{make.__name__.replace('_', '-')}.{number + 1}"
            yield make(rng, places, float(rng.uniform(begin_s, end_s)), name)
    for sound in sorted(str(one) for one in rng.choice(HARMLESS, 4, replace=False)):
        yield harmless_sound(rng, places, float(rng.uniform(begin_s, end_s)), f"{sound}.1")
    yield comings_and_goings(rng, places, begin_s, end_s)


def _harmless(
    name: str, title: str, family: str, told: Telling, zones: tuple[str, ...] = ()
) -> Written:
    activity = Activity(
        name, title, family, zones, told.at_s, told.at_s, Tell.NEVER, real=False
    )  # fmt: skip
    return Written(activity, (told,))


def _outage(
    rng: np.random.Generator, places: Places, at_s: float, name: str, *, down: bool
) -> Written:
    sensors: list[Camera | Microphone] = [*places.site.microphones, *places.site.cameras]
    sensor = sensors[int(rng.integers(len(sensors)))]
    back_s = at_s + rng.uniform(60, 600)
    place = places.beside(sensor.position.lon, sensor.position.lat, rng, 0.1)
    kind, state = ("health.down", "lost") if down else ("health.degraded", "stalled")
    cues = tuple(
        Telling(moment, rng.uniform(0.1, 1.0), name, sensor.id, which, 1.0, place=place,
                attributes={"state": word, "reason": "scripted"})
        for moment, which, word in ((at_s, kind, state), (back_s, "health.restored", "healthy"))
    )  # fmt: skip
    activity = Activity(
        name, f"{sensor.id} is {'lost' if down else 'impaired'}, and back", "health", (), at_s,
        back_s, Tell.ONCE if down else Tell.NEVER, real=down,
    )  # fmt: skip
    return Written(activity, cues)


def _sound(
    rng: np.random.Generator, places: Places, at_s: float, name: str, sound: str, where: str,
    title: str, tell: Tell,
) -> Written:  # fmt: skip
    """A sound some metres from one of those that hear it."""
    if where == EARS:
        stands = [one.position for one in places.site.detector(EARS).devices]
    else:
        stands = [one.position for one in places.site.microphones if one.id.startswith(f"{where}-")]
    near = stands[int(rng.integers(len(stands)))]
    place = places.beside(near.lon, near.lat, rng, 12.0)
    cue = SoundCue(at_s, name, sound, place, where, STREET_DB, int(rng.integers(2**31)))
    activity = Activity(
        name, title, "attack", ("stadium",) if where == EARS else (where,), at_s, at_s + 5.0, tell,
        real=False,
    )  # fmt: skip
    return Written(activity, (cue,))
