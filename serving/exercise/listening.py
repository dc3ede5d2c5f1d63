"""Sounds of an exercise: made, carried to every ear that is near, and heard by the sound model.

The ears of a site are its own microphones, and the devices of a foreign detector: there our sound
model plays the maker's, and what it hears is told in the maker's JSON.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from catalogs.exercise.cues import SoundCue
from catalogs.sounds import SOUNDS
from catalogs.sounds.gunshot import volley
from catalogs.sounds.noise import street_noise
from catalogs.sounds.scenes import FULL_SCALE_DB
from catalogs.sounds.sound import Samples, decibels
from catalogs.sounds.street import heard, with_reverberation
from hlaska.events import Event, ModelRef
from hlaska.microphones import Microphone
from hlaska.places import Point
from hlaska.settings import Settings
from hlaska.sites import Site
from hlaska.sound.position import sound_speed_mps
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, Chunk
from serving.audio.events import Reporter
from serving.audio.finding import SoundFinding
from serving.audio.listener import Listener
from serving.audio.located import Finder
from serving.audio.scorer import SoundScorer
from serving.exercise.performed import SCORED, Performed, marked, moment
from serving.exercise.telling import foreign_event
from serving.models import resolve

MODEL = "seed:street-sounds"
BEFORE_S, AFTER_S = 6.0, 6.0
"""Of the place alone: before it, the listener learns what is usual there."""
CHUNK_S = 0.1
FAR_M = 500.0
"""Ears that are farther away are not asked."""
NETWORK_S = 0.3
"""From an ear to the gateway; an estimate."""
LOCATED_AFTER_S = 2.0
"""The locator waits about so long for other microphones."""


@dataclass(frozen=True, slots=True)
class _Ear:
    """One that hears."""

    id: str
    position: Point
    height_m: float
    microphone: Microphone | None
    """None: a device of a foreign detector."""


DEVICE_HEIGHT_M = 4.0
"""Of a foreign device, whose height nobody told us."""
MOUTH_M = 1.5
"""Where a sound is made above the ground."""


class Ears:
    """Listens to the sounds of an exercise.

    Args:
        site: Whose ears they are.
        begins: When the day begins, UTC.
        settings: Where models are.

    Raises:
        ModelError: the sound model cannot be had.
    """

    def __init__(self, site: Site, begins: datetime, settings: Settings) -> None:
        model = resolve(MODEL, settings)
        self._site, self._begins, self._ref = site, begins, model.ref
        self._scorer = SoundScorer.load(model, threads=1)
        self._finder = Finder(site)

    @property
    def model(self) -> ModelRef:
        """Which model listens."""
        return self._ref

    def hear(self, cue: SoundCue) -> list[Performed]:
        """What all ears make of a sound; nothing, where it is taken for nothing."""
        dry, gain = _made(cue)
        items = []
        for number, ear in enumerate(self._near(cue)):
            samples = self._arriving(cue, dry, gain, ear, number)
            items += [
                Performed(marked(event, SCORED), at_s, cue.activity)
                for event, at_s in self._events(cue, ear, samples)
            ]
        own = [item for item in items if self._finder.uses(item.event)]
        # Such an event needs at least two microphones; one alone gives none.
        for event in self._finder.located(item.event for item in own):
            at_s = max(item.at_s for item in own) + LOCATED_AFTER_S
            items.append(Performed(marked(event, SCORED), at_s, cue.activity))
        return items

    def _near(self, cue: SoundCue) -> list[_Ear]:
        ears = [
            _Ear(one.id, one.position, one.height_m, one)
            for one in self._site.microphones
            if one.id.startswith(f"{cue.ears}-")
        ]
        if not ears:
            devices = self._site.detector(cue.ears).devices
            ears = [_Ear(one.id, one.position, DEVICE_HEIGHT_M, None) for one in devices]
        return [ear for ear in ears if self._way_m(cue, ear) <= FAR_M]

    def _way_m(self, cue: SoundCue, ear: _Ear) -> float:
        made, hangs = self._site.plane.to_metres(
            [(cue.place.lon, cue.place.lat), (ear.position.lon, ear.position.lat)]
        )
        return max(1.0, float(np.hypot(np.linalg.norm(made - hangs), ear.height_m - MOUTH_M)))

    def _arriving(
        self, cue: SoundCue, dry: Samples, gain: float, ear: _Ear, number: int
    ) -> NDArray[np.float32]:
        """What an ear hears from `BEFORE_S` before the sound is made, at its digital scale."""
        rng = np.random.default_rng([cue.seed, number])
        way_m = self._way_m(cue, ear)
        late = round(way_m / sound_speed_mps(self._site.air_temperature_c) * RATE_HZ)
        click = np.zeros(late + 1, np.float32)
        click[late] = 1 / way_m
        response = with_reverberation(
            rng, click, decay_s=rng.uniform(0.6, 1.3), level_db=rng.uniform(-12, -5)
        )
        wave = gain * heard(dry, response)
        length = round((BEFORE_S + AFTER_S) * RATE_HZ) + len(wave)
        room = street_noise(rng, length / RATE_HZ, cars=True, gusts=False).astype(np.float64)
        room = room[:length] * decibels(cue.noise_db - FULL_SCALE_DB)
        begin = round(BEFORE_S * RATE_HZ)
        room[begin : begin + len(wave)] += wave[: len(room) - begin]
        return np.clip(room, -1, 1).astype(np.float32)

    def _events(
        self, cue: SoundCue, ear: _Ear, samples: NDArray[np.float32]
    ) -> Iterator[tuple[Event, float]]:
        start_s = cue.at_s - BEFORE_S
        for finding, after_s in self._findings(ear, samples, start_s):
            at_s = start_s + after_s + NETWORK_S
            if ear.microphone is None:
                event = foreign_event(
                    self._site,
                    cue.ears,
                    device=ear.id,
                    kind=f"audio.{finding.sound}",
                    at=finding.observed_at,
                    received_at=moment(self._begins, at_s),
                    confidence=min(1.0, max(0.0, finding.confidence)),
                )
                yield event.model_copy(update={"model": self._ref}), at_s
            else:
                reporter = Reporter(self._site, ear.microphone, self._begins, self._ref)
                yield reporter.event(finding, reason="an exercise keeps no recording"), at_s

    def _findings(
        self, ear: _Ear, samples: NDArray[np.float32], start_s: float
    ) -> Iterator[tuple[SoundFinding, float]]:
        """What is found, and after how many seconds of sound."""
        scorer = self._scorer
        sounds = SOUND_CLASSES if ear.microphone is None else ear.microphone.sounds
        listener = Listener(scorer.card, scorer.window_samples, scorer.frame_s, sounds)
        step = round(CHUNK_S * RATE_HZ)
        for begin in range(0, len(samples), step):
            part = samples[begin : begin + step]
            chunk = Chunk(moment(self._begins, start_s + begin / RATE_HZ), part)
            after_s = (begin + len(part)) / RATE_HZ
            for window in listener.hear(chunk):
                scores = scorer.score(window.samples[np.newaxis])[0]
                for finding in listener.judge(window, scores):
                    yield finding, after_s
        for finding in listener.finish():
            yield finding, len(samples) / RATE_HZ


def _made(cue: SoundCue) -> tuple[Samples, float]:
    """The sound as it is at 1 m, peak 1, and what that peak is on the digital scale."""
    rng = np.random.default_rng(cue.seed)
    sound = SOUNDS[cue.sound]
    dry = volley(rng, cue.shots)[0] if cue.shots else sound.make(rng)
    return dry, decibels(sound.level_db - FULL_SCALE_DB)
