"""What can happen on the day, each with what a dispatcher should see of it.

How often sensors repeat themselves, how sure and how late they are: estimates of what such sensors
do, drawn anew for each day.
"""

from typing import NamedTuple

import numpy as np

from catalogs.exercise import truth
from catalogs.exercise.cues import AttackCue, Cue, FilmCue, SoundCue, Telling
from catalogs.exercise.places import (
    BREWERY,
    EARS,
    FEED,
    GAS,
    GATES,
    LAWN,
    SQUARE,
    SQUARE_CAMERA,
    STADIUM,
    Places,
)
from catalogs.exercise.truth import Activity, Tell

VIDEO_DELAY_S, EAR_DELAY_S, GAS_DELAY_S = (0.3, 1.5), (0.8, 2.5), (0.5, 3.0)
"""From what happened to the event: estimates."""
GATE = "stadium-gate"
FILM_S = (36.0, 60.0)
"""The piece of the clip in which people cross the closed lawn."""
CROWD_DB, STREET_DB = 78.0, 56.0
"""RMS levels around a full stadium (an estimate) and in a street by day."""


class Written(NamedTuple):
    """A part of the script and its truth."""

    activity: Activity
    cues: tuple[Cue, ...]


def lawn(rng: np.random.Generator, places: Places, at_s: float) -> Written:
    """People walk over the closed lawn of the square."""
    name, lasts_s = "lawn", FILM_S[1] - FILM_S[0]
    steps = Telling(
        at_s + lasts_s / 2, rng.uniform(*VIDEO_DELAY_S), name, SQUARE_CAMERA, "video.intrusion",
        0.8, LAWN, attributes={"object_class": "person"},
    )  # fmt: skip
    end_s = at_s + lasts_s
    return Written(
        Activity(
            name, "People on the closed lawn of the square", "intrusion", (LAWN, SQUARE), at_s,
            end_s, Tell.ONCE, real=False, ranges=truth.maybe((LAWN, SQUARE), at_s, end_s),
        ),
        (FilmCue(at_s, name, SQUARE_CAMERA, *FILM_S, otherwise=(steps,)),),
    )  # fmt: skip


def parked_car(rng: np.random.Generator, places: Places, at_s: float, camera: str) -> Written:
    """A car stands where none should; one camera reports it a hundred times."""
    name, zone, times = "parked-car", GATES[camera], 100
    place = places.before(camera, rng.uniform(10, 30), rng.uniform(-5, 5), 3.0)
    moments = at_s + np.cumsum(rng.uniform(20, 40, times))
    cues = tuple(
        Telling(
            float(moment), rng.uniform(*VIDEO_DELAY_S), name, camera, "video.unattended-object",
            rng.uniform(0.6, 0.9), zone, place, attributes={"object_class": "car"},
        )
        for moment in moments
    )  # fmt: skip
    begin_s, end_s = float(moments[0]), float(moments[-1])
    return Written(
        Activity(
            name, f"A parked car, reported {times} times by {camera}", "attack", (zone,), begin_s,
            end_s, Tell.ONCE, real=False, ranges=truth.look(zone, begin_s, end_s),
        ),
        cues,
    )  # fmt: skip


def crowd(rng: np.random.Generator, places: Places, at_s: float) -> Written:
    """The spectators come, too many at a time for the approach."""
    name, lasts_s = "crowd", rng.uniform(900, 1500)
    place = places.before(GATE, 25.0, 0.0, 10.0)
    peak = rng.uniform(3.2, 4.5)
    cues = []
    for moment in np.arange(at_s, at_s + lasts_s, 45.0):
        share = np.sin(np.pi * (moment - at_s + 90) / (lasts_s + 180))
        dense = 2.0 + (peak - 2.0) * share
        cues.append(
            Telling(
                float(moment), rng.uniform(*VIDEO_DELAY_S), name, GATE, "video.crowding",
                rng.uniform(0.75, 0.95), STADIUM, place,
                attributes={
                    "people_per_m2": round(dense, 2), "people": round(dense * 180),
                },
            )
        )  # fmt: skip
    end_s = cues[-1].at_s
    return Written(
        Activity(
            name, "The spectators arrive, too dense", "crowd", (STADIUM,), at_s, end_s,
            Tell.ONCE, real=True, ranges=truth.act((STADIUM,), at_s, end_s),
        ),
        tuple(cues),
    )  # fmt: skip


def false_scream(rng: np.random.Generator, places: Places, at_s: float) -> Written:
    """Children scream for fun near one of the ears."""
    name = "false-scream"
    device = places.site.detector(EARS).devices[int(rng.integers(len(places.devices(EARS))))]
    place = places.beside(device.position.lon, device.position.lat, rng, 25.0)
    alarm = Telling(
        at_s, rng.uniform(*EAR_DELAY_S), name, EARS, "audio.scream", rng.uniform(0.5, 0.7),
        device=device.id,
    )  # fmt: skip
    return Written(
        Activity(
            name, "Children scream for fun", "attack", (STADIUM,), at_s, at_s + 5.0,
            Tell.MAYBE, real=False,
        ),
        (
            SoundCue(
                at_s, name, "scream", place, EARS, 66.0, int(rng.integers(2**31)),
                otherwise=(alarm,),
            ),
        ),
    )  # fmt: skip


def shooting(rng: np.random.Generator, places: Places, at_s: float) -> Written:
    """Shots in the crowd outside the stadium; people scream and run."""
    name, shots = "shooting", int(rng.integers(2, 6))
    device = places.site.detector(EARS).devices[int(rng.integers(len(places.devices(EARS))))]
    place = places.beside(device.position.lon, device.position.lat, rng, 40.0)
    seed = int(rng.integers(2**31))
    heard = tuple(
        Telling(
            at_s + rng.uniform(0.1, 0.6), rng.uniform(*EAR_DELAY_S), name, EARS, "audio.gunshot",
            rng.uniform(0.6, 0.95), device=one,
        )
        for one in places.devices(EARS)[:3]
    )  # fmt: skip
    cues: list[Cue] = [
        SoundCue(at_s, name, "gunshot", place, EARS, CROWD_DB, seed, shots, heard),
    ]
    for number in range(int(rng.integers(2, 4))):
        moment = at_s + 6.0 + 9.0 * number + rng.uniform(0, 4)
        alarm = Telling(
            moment, rng.uniform(*EAR_DELAY_S), name, EARS, "audio.scream",
            rng.uniform(0.5, 0.9), device=device.id,
        )  # fmt: skip
        cues.append(
            SoundCue(moment, name, "scream", places.beside(place.lon, place.lat, rng, 15.0), EARS,
                     CROWD_DB, seed + 1 + number, otherwise=(alarm,))
        )  # fmt: skip
    view = places.before(GATE, 20.0, 0.0, 10.0)
    for number in range(4):
        cues.append(
            Telling(
                at_s + 8.0 + 15.0 * number + rng.uniform(0, 3), rng.uniform(*VIDEO_DELAY_S), name,
                GATE, "video.running", rng.uniform(0.6, 0.9), STADIUM, view,
            )
        )  # fmt: skip
    end_s = max(cue.at_s for cue in cues)
    return Written(
        Activity(
            name, f"{shots} shots in the crowd outside the stadium", "attack", (STADIUM,), at_s,
            end_s, Tell.ONCE, real=True,
            ranges=truth.danger(STADIUM, at_s, end_s, near=places.near(STADIUM)),
        ),
        tuple(cues),
    )  # fmt: skip


def camera_attack(rng: np.random.Generator, places: Places, at_s: float, camera: str) -> Written:
    """An unknown device scans, guesses a camera's password, and takes its stream over."""
    name, zone = "camera-attack", GATES[camera]
    taken_s = at_s + rng.uniform(360, 600)
    end_s = taken_s + rng.uniform(600, 1200)
    asset = next(one for one in places.site.assets if one.carries == camera)
    told = {"carries": camera, "asset": asset.id}

    def flow(moment: float, kind: str, confidence: float, sensor: bool) -> Telling:
        delay_s = rng.uniform(5, 20)
        attributes = {"words": f"scripted: {kind}"} | (told if sensor else {})
        return Telling(moment, delay_s, name, FEED, kind, confidence, attributes=attributes)

    network = (
        flow(at_s, "cyber.new-asset", 0.9, sensor=False),
        flow(at_s + 100, "cyber.scan", 0.95, sensor=False),
        flow(at_s + 240, "cyber.bruteforce", 0.95, sensor=True),
        flow(taken_s, "cyber.stream-redirected", 0.95, sensor=True),
    )
    kind = "video.looped" if rng.uniform() < 0.5 else "video.frozen"
    seen: dict[str, str | float | int] = (
        {"period_s": 20.0} if kind == "video.looped" else {"still_s": 20.0}
    )
    picture = Telling(
        taken_s + 25.0, rng.uniform(*VIDEO_DELAY_S), name, camera, kind, rng.uniform(0.7, 0.95),
        zone, places.before(camera, 0.0, 0.0, 1.0), attributes=seen,
    )  # fmt: skip
    return Written(
        Activity(
            name, f"{camera} is attacked over the network, then its stream is taken", "sabotage",
            (zone,), at_s, end_s, Tell.ONCE, real=True,
            ranges=(
                *truth.act((zone, None), taken_s, end_s),
                *truth.maybe((zone, None), at_s, taken_s),
            ),
        ),
        (
            AttackCue(at_s, taken_s, end_s, name, camera, int(rng.integers(2**31)), network),
            picture,
        ),
    )  # fmt: skip


def ammonia(rng: np.random.Generator, places: Places, at_s: float) -> Written:
    """Ammonia leaks from the brewery's cooling plant; its own sensors tell."""
    name, lasts_s = "ammonia", rng.uniform(900, 1800)
    devices = [str(one) for one in rng.permutation(places.devices(GAS))]
    # The first sensor at once, a second when the cloud gets there; each repeats while it lasts.
    cues = []
    for device, after_s in zip(devices[:2], (0.0, rng.uniform(40, 160)), strict=True):
        for moment in np.arange(at_s + after_s, at_s + lasts_s, 60.0):
            cues.append(
                Telling(float(moment), rng.uniform(*GAS_DELAY_S), name, GAS, "gas.exceedance",
                        rng.uniform(0.9, 0.99), device=device)
            )  # fmt: skip
    end_s = max(cue.at_s for cue in cues)
    return Written(
        Activity(
            name, "Ammonia at the brewery", "gas", (BREWERY,), at_s, end_s, Tell.ONCE, real=True,
            ranges=truth.danger(BREWERY, at_s, end_s, near=places.near(BREWERY)),
        ),
        tuple(cues),
    )  # fmt: skip
