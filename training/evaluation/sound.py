"""The audio protocol: recordings through the served listener, and what it told against the truth.

Three questions, each with its own data: how much is found among other sounds at which loudness
(made scenes), what becomes of real recordings (of which is known what is in them, not when), and
how often there is an alarm about nothing (hours of confusers).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from hlaska.measures import Hits, average_precision, poisson_rate_interval
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, SoundEvent
from training.evaluation.listening import Ear, Hearing
from training.evaluation.progress import Step, silent
from training.evaluation.sound_data import LEAD_S, Scene
from training.evaluation.sound_events import (
    EventErrors,
    Matching,
    between,
    class_hits,
    match,
    sounding,
)

THRESHOLDS = (
    *(0.998, 0.995, 0.99, 0.98, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1),
    *(0.05, 0.02, 0.01, 0.005, 0.002, 0.001),
)
"""At which precision and recall are measured; general taggers give low scores."""

Band = tuple[float, float] | None
_NOTHING: dict[str, int] = {}
Key = tuple[str, Band]
"""A class, and the band of SNR in which it is heard."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One class in one kind of recordings: at its operating point, and as the threshold falls."""

    hits: Hits
    at_thresholds: tuple[Hits, ...]
    """For each threshold that was tried, the highest first."""
    others: int | None = None
    """Recordings without the sound, where recordings count as wholes: of 0, none is told apart."""

    @property
    def average_precision(self) -> float:
        """Area under precision and recall; 0..1, NaN where nothing was to be found."""
        return average_precision((one.recall, one.precision) for one in self.at_thresholds)


@dataclass(frozen=True, slots=True)
class SceneScores:
    """What became of the events of made, or labelled, scenes."""

    errors: EventErrors
    curves: dict[Key, Curve]
    """By class and band of SNR; the band None holds all scenes."""
    onsets_off_s: tuple[float, ...]
    """Distances of true and told onsets of what was found."""
    told_after_s: tuple[float, ...]
    """From the onset of what was found until it was told."""
    mistakes: tuple["Mistake", ...] = ()
    """All that went wrong at the operating point."""


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """An event of a scene that was not told, was told as another, or was told and not there."""

    scene: Scene
    event: SoundEvent
    """The true one; where nothing was, the told one."""
    told: str | None
    """As what it was told; none: it was missed."""
    true: bool
    """Whether it was there."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A real recording of which is known what is in it, somewhere."""

    data: str
    sound: str
    """One of `SOUND_CLASSES`, or anything else: then nothing of them is in it."""
    samples: NDArray[np.float32]
    """With quiet around it."""


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """What was told where nothing was that is listened for."""

    hours: float
    by_sound: dict[str, int]
    """As what it was told."""
    by_cause: dict[str, int] = field(default_factory=dict)
    """What sounded then, by whoever knows it; `nothing` where nothing did."""
    at_thresholds: tuple[dict[str, int], ...] = ()
    """As `by_sound`, for each threshold that was tried."""

    @property
    def count(self) -> int:
        """How many."""
        return sum(self.by_sound.values())

    @property
    def per_hour(self) -> float:
        """Their rate; NaN without time."""
        return self.count / self.hours if self.hours else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Rates per hour that these hours leave possible, 95 %."""
        return poisson_rate_interval(count=self.count, exposure=self.hours)

    def __add__(self, other: "FalseAlarms") -> "FalseAlarms":
        return FalseAlarms(
            self.hours + other.hours,
            dict(Counter(self.by_sound) + Counter(other.by_sound)),
            dict(Counter(self.by_cause) + Counter(other.by_cause)),
            tuple(
                dict(Counter(one) + Counter(two))
                for one, two in zip_longest(
                    self.at_thresholds, other.at_thresholds, fillvalue=_NOTHING
                )
            ),
        )


def judge_scenes(
    ear: Ear,
    scenes: Iterable[Scene],
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    progress: Step = silent,
) -> SceneScores:
    """Events of scenes, one by one.

    Raises:
        ModelError: the network and its card disagree.
    """
    errors = EventErrors()
    counts: dict[Key, list[Hits]] = {}
    off_s: list[float] = []
    after_s: list[float] = []
    mistakes: list[Mistake] = []
    for number, scene in enumerate(scenes, start=1):
        hearing = Hearing(ear, scene.samples, scene.events)
        truth = scene.wanted
        told = hearing.told()
        events = [one.event for one in told]
        part = between(truth, events, match(truth, events), *scene.counted_s)
        errors += part.errors
        off_s += [abs(truth[i].onset_s - events[j].onset_s) for i, j in part.found]
        after_s += [told[j].after_s for _, j in part.found]
        mistakes += _mistakes(scene, truth, events, part)
        outcomes = [_by_class(truth, events, scene)]
        for threshold in thresholds:
            again = [one.event for one in hearing.told(threshold)]
            outcomes.append(_by_class(truth, again, scene))
        for band in {None, scene.band_db}:
            for sound in SOUND_CLASSES:
                row = [outcome[sound] for outcome in outcomes]
                known = counts.setdefault((sound, band), [Hits(0, 0, 0)] * len(row))
                counts[sound, band] = [a + b for a, b in zip(known, row, strict=True)]
        progress(number)
    curves = {key: Curve(row[0], tuple(row[1:])) for key, row in counts.items()}
    return SceneScores(errors, curves, tuple(off_s), tuple(after_s), tuple(mistakes))


def judge_clips(
    ear: Ear,
    clips: Iterable[Clip],
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    progress: Step = silent,
) -> tuple[dict[tuple[str, str], Curve], dict[str, FalseAlarms]]:
    """Recordings as wholes: is the sound told that is in them, and is it told of others?

    Returns:
        By data set and class, how many recordings of the class it was told of (found, missed), and
        of how many others (false). By data set, all that was told of recordings without any of the
        classes, per hour of them without the quiet around.

    Raises:
        ModelError: the network and its card disagree.
    """
    counts: dict[tuple[str, str], list[Hits]] = {}
    others: Counter[tuple[str, str]] = Counter()
    alarms: dict[str, FalseAlarms] = {}
    for number, clip in enumerate(clips, start=1):
        hearing = Hearing(ear, clip.samples, _everywhere(clip))
        told = hearing.told()
        sets = [{one.event.sound for one in told}]
        sets += [{one.event.sound for one in hearing.told(point)} for point in thresholds]
        for sound in SOUND_CLASSES:
            row = [_clip_hits(sound, clip.sound, heard) for heard in sets]
            known = counts.setdefault((clip.data, sound), [Hits(0, 0, 0)] * len(row))
            counts[clip.data, sound] = [a + b for a, b in zip(known, row, strict=True)]
            others[clip.data, sound] += clip.sound != sound
        if clip.sound not in SOUND_CLASSES:
            hours = (len(clip.samples) / RATE_HZ - 2 * LEAD_S) / 3600
            found = Counter(one.event.sound for one in told)
            here = FalseAlarms(hours, dict(found), {clip.sound: found.total()} if told else {})
            alarms[clip.data] = alarms.get(clip.data, FalseAlarms(0, {})) + here
        progress(number)
    curves = {key: Curve(row[0], tuple(row[1:]), others[key]) for key, row in counts.items()}
    return curves, alarms


def judge_quiet(
    ear: Ear,
    pieces: Iterable[Scene],
    *,
    thresholds: Sequence[float] = (),
    progress: Step = silent,
) -> FalseAlarms:
    """All that is told of pieces in which nothing is to be found.

    Raises:
        ModelError: the network and its card disagree.
    """
    alarms = FalseAlarms(0, {})
    for number, piece in enumerate(pieces, start=1):
        begin_s, end_s = piece.counted_s
        hearing = Hearing(ear, piece.samples, piece.events)
        told, *lower = (
            [one.event for one in heard if begin_s <= one.event.onset_s < end_s]
            for heard in map(hearing.told, (None, *thresholds))
        )
        alarms += FalseAlarms(
            (end_s - begin_s) / 3600,
            dict(Counter(event.sound for event in told)),
            dict(Counter(sounding(piece.events, event) for event in told)),
            tuple(dict(Counter(event.sound for event in heard)) for heard in lower),
        )
        progress(number)
    return alarms


def median_s(values: Sequence[float]) -> float:
    """The median; NaN of nothing."""
    return float(np.median(values)) if values else float("nan")


def _by_class(
    truth: Sequence[SoundEvent], told: Sequence[SoundEvent], scene: Scene
) -> dict[str, Hits]:
    part = between(truth, told, match(truth, told), *scene.counted_s)
    return {sound: class_hits(truth, told, part, sound) for sound in SOUND_CLASSES}


def _mistakes(
    scene: Scene, truth: Sequence[SoundEvent], told: Sequence[SoundEvent], part: Matching
) -> list[Mistake]:
    return [
        *(Mistake(scene, truth[i], None, true=True) for i in part.deleted),
        *(Mistake(scene, truth[i], told[j].sound, true=True) for i, j in part.substituted),
        *(Mistake(scene, told[j], told[j].sound, true=False) for j in part.inserted),
    ]


def _everywhere(clip: Clip) -> tuple[SoundEvent, ...]:
    """For the oracle: nobody knows when it is, so it is all along."""
    end_s = len(clip.samples) / RATE_HZ - LEAD_S
    return (SoundEvent(clip.sound, LEAD_S, end_s),)


def _clip_hits(sound: str, there: str, heard: set[str]) -> Hits:
    told = sound in heard
    if sound == there:
        return Hits(found=int(told), false=0, missed=int(not told))
    return Hits(found=0, false=int(told), missed=0)
