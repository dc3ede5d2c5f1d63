"""Two minutes of a real street that never happened: several microphones, and the truth.

A scene is made to be played in a loop: what sounds at its end goes on at its beginning.

The digital scale is that of one real microphone: full scale is a peak of `FULL_SCALE_DB`, and what
is louder is clipped there. A gunshot 100 m away stays below it; one at 50 m may not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from catalogs.sounds import SOUNDS
from catalogs.sounds.gunshot import SOUND as GUNSHOT
from catalogs.sounds.gunshot import volley, weapon
from catalogs.sounds.noise import street_noise
from catalogs.sounds.sound import Samples, Wave, decibels
from catalogs.sounds.street import Street, heard, with_reverberation
from hlaska.microphones import Microphone
from hlaska.sites import Site
from hlaska.sound.scores import RATE_HZ

DURATION_S = 120.0
FULL_SCALE_DB = 120.0
"""Peak sound pressure level at digital full scale: where small microphones overload (data sheets of
MEMS microphones give an acoustic overload point of 120 dB and more)."""
ROOM_AT_THE_SIDES_M = 3.0
"""Between a microphone and the façade behind it, at least."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What happens in a scene, and about where and when."""

    sound: str
    at_s: float
    along: float
    """Between which microphones: 1.5 is half-way from the second to the third."""
    across: float
    """Share of the street's width."""
    height_m: float = 1.5
    shots: int = 0
    """How many, of gunshots; 0 for all else."""


@dataclass(frozen=True, slots=True)
class Programme:
    """A scene before chance has filled it in."""

    cues: tuple[Cue, ...]
    noise_db: float
    """RMS level of the street without the events."""
    extra_m: float
    """By how much the street is wider than its microphones need."""


PROGRAMMES: Mapping[str, Programme] = {
    "americka": Programme(
        cues=(
            Cue("gunshot", at_s=15.0, along=2.45, across=0.45, shots=3),
            Cue("tram", at_s=40.0, along=1.6, across=0.5, height_m=1.0),
            Cue("firework", at_s=65.0, along=3.3, across=0.6, height_m=10.0),
            Cue("siren", at_s=92.0, along=2.1, across=0.4, height_m=2.0),
        ),
        noise_db=60.0,
        extra_m=4.0,
    ),
    "cukrovarska": Programme(
        cues=(
            Cue("glass-break", at_s=15.0, along=2.12, across=0.3, height_m=1.2),
            Cue("scream", at_s=36.0, along=2.5, across=0.4, height_m=1.6),
            Cue("dog", at_s=56.0, along=1.4, across=0.6, height_m=0.6),
            Cue("hammering", at_s=76.0, along=3.2, across=0.7, height_m=1.2),
            Cue("cheering", at_s=96.0, along=2.8, across=0.5, height_m=1.6),
        ),
        noise_db=54.0,
        extra_m=6.0,
    ),
}
"""By the first part of their microphones' names."""


@dataclass(frozen=True, slots=True)
class MadeEvent:
    """The truth about one event of a scene."""

    sound: str
    lon: float
    lat: float
    height_m: float
    when_s: float
    """When it begins at its source, in seconds from the scene's beginning."""
    duration_s: float
    shots: int
    """How many, of gunshots; 0 for all else."""
    onsets_s: tuple[float, ...]
    """When each shot is fired, or the one sound begins: the first is `when_s`."""
    arrivals_s: Mapping[str, float]
    """When its beginning reaches each microphone."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What every microphone of a street hears, and what there was to hear."""

    street: str
    samples: Mapping[str, Samples]
    """By microphone, 16 kHz, -1..1."""
    events: tuple[MadeEvent, ...]


def scene(site: Site, street: str, seed: int) -> Scene:
    """A scene of one street, another for each seed.

    Args:
        site: Where its microphones are.
        street: A name of `PROGRAMMES`; the microphones are those whose names begin with it.
        seed: Of all its chance.

    Raises:
        ValueError: no such street, or fewer than two microphones in it.
    """
    if street not in PROGRAMMES:
        raise ValueError(f"no scene {street!r}; there are {', '.join(sorted(PROGRAMMES))}")
    programme = PROGRAMMES[street]
    rng = np.random.default_rng(seed)
    frame = _Frame.through(site, street, programme)
    n = round(DURATION_S * RATE_HZ)
    sounds = {microphone.id: np.zeros(n) for microphone in frame.microphones}
    events = tuple(_play(rng, cue, frame, sounds) for cue in programme.cues)
    _add_noise(rng, frame, sounds, programme.noise_db)
    samples = {name: np.clip(wave, -1, 1).astype(np.float32) for name, wave in sounds.items()}
    return Scene(street=street, samples=samples, events=events)


def microphones_of(site: Site, street: str) -> tuple[Microphone, ...]:
    """The microphones of a street: those whose names begin with its name."""
    return tuple(m for m in site.microphones if m.id.startswith(f"{street}-"))


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """A site's metres turned into those of a street: along, across, up."""

    site: Site
    microphones: tuple[Microphone, ...]
    middle_m: Wave
    turned: Wave
    """Rows: unit vectors along and across, in metres east and north."""
    width_m: float
    canyon: Street

    @classmethod
    def through(cls, site: Site, street: str, programme: Programme) -> "_Frame":
        """The street that runs through its microphones."""
        microphones = microphones_of(site, street)
        if len(microphones) < 2:
            raise ValueError(
                f"{site.id} has {len(microphones)} microphones named {street}-…; a scene needs 2"
            )
        places = site.plane.to_metres([(m.position.lon, m.position.lat) for m in microphones])
        middle = places.mean(axis=0)
        along = np.linalg.svd(places - middle)[2][0]
        along = along * np.sign((places[-1] - places[0]) @ along)
        turned = np.array([along, [-along[1], along[0]]])
        across_m = float(np.abs((places - middle) @ turned[1]).max())
        width_m = 2 * (across_m + ROOM_AT_THE_SIDES_M) + programme.extra_m
        canyon = Street(width_m=width_m, temperature_c=site.air_temperature_c)
        return cls(site, microphones, middle, turned, width_m, canyon)

    def place_of(self, microphone: Microphone) -> Wave:
        """Where it hangs: along, across, up."""
        east_north = self.site.plane.to_metres((microphone.position.lon, microphone.position.lat))
        along, across = self.turned @ (east_north - self.middle_m)
        return np.array([along, across + self.width_m / 2, microphone.height_m])

    def place_between(self, along: float, across: float, height_m: float) -> Wave:
        """A place between microphones, counted from 1."""
        at_m = [self.place_of(microphone)[0] for microphone in self.microphones]
        order = np.arange(1, len(at_m) + 1)
        return np.array([np.interp(along, order, at_m), across * self.width_m, height_m])

    def degrees(self, place_m: Wave) -> tuple[float, float]:
        """Longitude and latitude of a place in the street."""
        flat = np.array([place_m[0], place_m[1] - self.width_m / 2])
        lon, lat = self.site.plane.to_degrees(self.middle_m + flat @ self.turned)
        return float(lon), float(lat)


def _play(
    rng: np.random.Generator, cue: Cue, frame: _Frame, sounds: Mapping[str, Wave]
) -> MadeEvent:
    """Let an event happen, and every microphone hear it."""
    when_s = cue.at_s + rng.uniform(-0.5, 0.5)
    place = frame.place_between(
        cue.along + rng.uniform(-0.08, 0.08), cue.across + rng.uniform(-0.05, 0.05), cue.height_m
    )
    onsets_s: tuple[float, ...] = (0.0,)
    if cue.shots:
        # Slower than sound: the bullet's own shock does not come from where the shooter stands.
        arm = weapon(rng, supersonic=False)
        dry, onsets_s = volley(rng, cue.shots, RATE_HZ, automatic=False, arm=arm)
        level_db = GUNSHOT.level_db
    else:
        dry, level_db = SOUNDS[cue.sound].make(rng, RATE_HZ), SOUNDS[cue.sound].level_db
    gain = decibels(level_db - FULL_SCALE_DB)
    decay_s, tail_db = rng.uniform(0.6, 1.3), rng.uniform(-12, -5)
    arrivals_s = {}
    for microphone in frame.microphones:
        there = frame.place_of(microphone)
        response = frame.canyon.impulse_response(place, there, RATE_HZ)
        response = with_reverberation(rng, response, decay_s=decay_s, level_db=tail_db)
        _add(sounds[microphone.id], gain * heard(dry, response), when_s)
        way_s = float(np.linalg.norm(place - there)) / frame.canyon.speed_mps
        arrivals_s[microphone.id] = round(when_s + onsets_s[0] + way_s, 5)
    lon, lat = frame.degrees(place)
    return MadeEvent(
        sound=cue.sound,
        lon=round(lon, 7),
        lat=round(lat, 7),
        height_m=cue.height_m,
        when_s=round(when_s + onsets_s[0], 5),
        duration_s=round(len(dry) / RATE_HZ - onsets_s[0], 5),
        shots=cue.shots,
        onsets_s=tuple(round(when_s + onset_s, 5) for onset_s in onsets_s),
        arrivals_s=arrivals_s,
    )


def _add(room: Wave, wave: Wave, at_s: float) -> None:
    """Add a sound to a loop: what passes its end comes in at its beginning."""
    at = (round(at_s * RATE_HZ) + np.arange(len(wave))) % len(room)
    room[at] += wave


def _add_noise(
    rng: np.random.Generator, frame: _Frame, sounds: Mapping[str, Wave], level_db: float
) -> None:
    """Traffic that all microphones hear, each at its time, and what each hears alone."""
    shared = street_noise(rng, DURATION_S, RATE_HZ, cars=False, gusts=False)
    for microphone in frame.microphones:
        own = street_noise(rng, DURATION_S, RATE_HZ, cars=True, gusts=False)
        way_s = frame.place_of(microphone)[0] / frame.canyon.speed_mps
        far = np.roll(shared, round(way_s * RATE_HZ))
        # Of the energy, three tenths are shared.
        noise = np.sqrt(0.3) * far + np.sqrt(0.7) * own
        sounds[microphone.id][:] += decibels(level_db - FULL_SCALE_DB) * noise
