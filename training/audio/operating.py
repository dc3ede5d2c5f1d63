"""From which score on a sound counts: chosen on the calibration set, through serving's listener."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalogs.web import Progress
from hlaska.measures import Hits
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, SoundEvent
from serving.audio.listener import ListenerArgs
from training.audio.synthesis import Soundscape
from training.evaluation.listening import Ear, Hearing
from training.evaluation.sound_data import EDGE_S
from training.evaluation.sound_events import best_threshold, between, match, sounding, volleys

POINTS = (0.97, 0.95, 0.92, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3,
          0.25, 0.2, 0.15, 0.1)  # fmt: skip
"""Operating points that are tried."""
RECALL_WEIGHT = 2.0
"""A shot that nobody told is worse than an alarm that a look at its evidence ends, and three
microphones must tell it before it has a place."""
LEAST_SNR_DB = -5.0
"""What is fainter is neither asked for, nor wrong when it is told."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a class, and what it comes to on the calibration set."""

    point: float
    hits: Hits
    taken_for_it: Mapping[str, int]
    """False alarms by what sounded then; `nothing` when nothing did."""


def choose(
    ear: Ear, soundscapes: Sequence[Soundscape], progress: Progress | None = None
) -> dict[str, Choice]:
    """The operating point of each class with the best event F2: recall counts twice.

    Args:
        ear: The model; what its card says of operating points does not matter.
        soundscapes: Of the calibration set, much longer than twice `EDGE_S`.
        progress: Told how far it is.
    """
    counted: dict[str, list[list[tuple[Hits, list[str]]]]] = {name: [] for name in SOUND_CLASSES}
    for number, one in enumerate(soundscapes):
        hearing = Hearing(ear, one.samples, one.events)
        told = [[each.event for each in hearing.told(point)] for point in POINTS]
        for name in SOUND_CLASSES:
            counted[name].append([hits(one, found, name) for found in told])
        if progress is not None:
            progress("operating points", number + 1, len(soundscapes))
    return {name: _best(rows) for name, rows in counted.items()}


def hits(
    heard: Soundscape,
    told: Sequence[SoundEvent],
    name: str,
    *,
    least_snr_db: float = LEAST_SNR_DB,
    edge_s: float = EDGE_S,
) -> tuple[Hits, list[str]]:
    """How many sounds of a class were told, and what sounded at each false alarm.

    A volley is one sound, as loud as its loudest. Sounds under `least_snr_db` are no misses, nor is
    telling them false.
    """
    truth = volleys(
        (event for event in heard.events if event.sound == name),
        gap_s=ListenerArgs().volley_gap_s,
    )
    of_name = [event for event in told if event.sound == name]
    end_s = len(heard.samples) / RATE_HZ - edge_s
    matching = between(truth, of_name, match(truth, of_name), edge_s, end_s)
    asked = {number for number, event in enumerate(truth) if _snr_db(heard, event) >= least_snr_db}
    return (
        Hits(
            found=len(asked & {one for one, _ in matching.found}),
            false=len(matching.inserted),
            missed=len(asked & set(matching.deleted)),
        ),
        [sounding(heard.events, of_name[number]) for number in matching.inserted],
    )


def _best(rows: Sequence[Sequence[tuple[Hits, list[str]]]]) -> Choice:
    """Of one class: rows are soundscapes, columns `POINTS`."""
    columns = list(zip(*rows, strict=True))
    sums = [sum((one for one, _ in column), Hits(0, 0, 0)) for column in columns]
    best = best_threshold(sums, RECALL_WEIGHT)
    wrong = Counter(what for _, names in columns[best] for what in names)
    return Choice(POINTS[best], sums[best], dict(wrong.most_common()))


def _snr_db(heard: Soundscape, volley: SoundEvent) -> float:
    return max(
        snr_db
        for event, snr_db in zip(heard.events, heard.snr_db, strict=True)
        if event.sound == volley.sound
        and volley.onset_s <= event.onset_s <= event.offset_s <= volley.offset_s
    )
