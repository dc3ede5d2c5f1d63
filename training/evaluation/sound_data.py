"""What sound models are judged on: made scenes, real recordings, and hours of what is nothing.

No recording and no stream of chance of the test is in training or calibration. Real screams and
real breaking glass were not to be had: where figures for them stand, they are for made sounds.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalogs.readers import load_recordings
from catalogs.sounds import SOUNDS
from hlaska.errors import DataError, unknown
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, SoundEvent
from serving.audio.listener import ListenerArgs
from training.audio.material import Material
from training.audio.recordings import OTHER, read_mono
from training.audio.synthesis import soundscape
from training.evaluation.sound_events import volleys

BANDS_DB = ((-5.0, 0.0), (0.0, 10.0), (10.0, 20.0), (20.0, 30.0))
"""Power of a sound over all else at the same time, in which scenes are made and figures told."""
SCENE_S = 14.0
EDGE_S = 2.0
"""At either end of a scene, nothing is counted: fewer windows hold what happens there."""
LEAD_S = 4.0
"""Of quiet before and after a recording that is heard alone."""
PIECE_S = 60.0
"""Hours of confusers are heard in pieces of this length."""
CONFUSERS_PER_PIECE = 8

LABELS = "labels.csv"
LABEL_COLUMNS = ("file", "onset_s", "offset_s", "sound")

_QUIETEST_S = 0.1
_FADE_S = 0.02
_FLOOR, _CEILING = 1e-4, 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A recording of which is known what happens when."""

    name: str
    samples: NDArray[np.float32]
    """Mono, -1..1, `RATE_HZ` a second."""
    events: tuple[SoundEvent, ...]
    """Those that are listened for, volleys joined; and what they must not be taken for."""
    band_db: tuple[float, float] | None = None
    """Bounds of the SNR of what is listened for; none where nobody knows it."""
    edge_s: float = EDGE_S

    @property
    def wanted(self) -> list[SoundEvent]:
        """Its events that are to be told."""
        return [event for event in self.events if event.sound in SOUND_CLASSES]

    @property
    def counted_s(self) -> tuple[float, float]:
        """Between these times events count."""
        return self.edge_s, len(self.samples) / RATE_HZ - self.edge_s


def scenes(stock: Material, *, each: int, seed: int) -> Iterator[Scene]:
    """Made scenes: one sound of each class in each band of SNR, with up to two confusers.

    Args:
        stock: Of the test split.
        each: Scenes a class and band.
        seed: The same one makes the same scenes.
    """
    for number in range(each):
        for place, sound in enumerate(SOUND_CLASSES):
            for band, bounds in enumerate(BANDS_DB):
                rng = np.random.default_rng([seed, 1, number, place, band])
                others = rng.choice(stock.confusers, rng.integers(0, 3)).tolist()
                # What was there first is what the sound is measured against.
                made = soundscape(
                    rng,
                    stock=stock,
                    duration_s=SCENE_S,
                    sounds=(*others, sound),
                    snr_db=bounds,
                )
                name = f"{sound}, {bounds[0]:g} to {bounds[1]:g} dB, {number}"
                yield Scene(name, made.samples, _joined(made.events), bounds)


def confusers(stock: Material, *, hours: float, seed: int) -> Iterator[Scene]:
    """Pieces of a street in which nothing happens that is listened for, and much that is not."""
    for number in range(math.ceil(hours * 3600 / (PIECE_S - 2 * EDGE_S))):
        rng = np.random.default_rng([seed, 2, number])
        others = tuple(rng.choice(stock.confusers, CONFUSERS_PER_PIECE).tolist())
        made = soundscape(rng, stock=stock, duration_s=PIECE_S, sounds=others)
        yield Scene(f"confusers {number}", made.samples, _joined(made.events))


def within_silence(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A recording with `LEAD_S` of quiet before and after it: every window that holds it is heard.

    The quiet is noise as loud as the recording's quietest tenth of a second (-80 to -40 dBFS), and
    the recording fades in and out, so that it does not begin with a bang of its own.
    """
    size = round(_QUIETEST_S * RATE_HZ)
    parts = samples[: len(samples) // size * size].reshape(-1, size)
    level = np.sqrt((parts**2).mean(axis=1).min()) if len(parts) else 0.0
    lead, fade = round(LEAD_S * RATE_HZ), min(round(_FADE_S * RATE_HZ), len(samples) // 2)
    noise = rng.standard_normal(len(samples) + 2 * lead)
    whole = (np.clip(level, _FLOOR, _CEILING) * noise).astype(np.float32)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    faded = samples.copy()
    faded[:fade] *= ramp
    faded[len(faded) - fade :] *= ramp[::-1]
    whole[lead : lead + len(faded)] = faded
    return whole


def labelled(folder: Path) -> list[Scene]:
    """Recordings whose events stand in a `labels.csv` beside them: file, onset_s, offset_s, sound.

    A recording without a line there holds nothing that is listened for.

    Raises:
        DataError: the file is missing, a line of it is wrong, or a recording cannot be read.
    """
    files = {path.name: path for path in load_recordings(folder)["path"]}
    events = _labels(folder / LABELS, files)
    rng = np.random.default_rng(0)
    found = []
    for name, path in files.items():
        shifted = [
            replace(event, onset_s=event.onset_s + LEAD_S, offset_s=event.offset_s + LEAD_S)
            for event in events.get(name, [])
        ]
        samples = within_silence(read_mono(path), rng)
        found.append(Scene(name, samples, _joined(shifted), edge_s=LEAD_S))
    return found


def check_sound(name: str) -> None:
    """Stops a name that no sound has, before it is taken for one that means nothing.

    Raises:
        DataError: nobody knows it; says which are known.
    """
    if name not in (*SOUNDS, OTHER):
        raise DataError(unknown("sound", name, (*SOUNDS, OTHER)))


def _labels(path: Path, files: Mapping[str, Path]) -> dict[str, list[SoundEvent]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            columns = reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read ({error}); write {','.join(LABEL_COLUMNS)}, one line an event"
        ) from error
    missing = set(LABEL_COLUMNS) - set(columns)
    if missing:
        raise DataError(f"{path}, line 1: lacks {', '.join(sorted(missing))}")
    found: dict[str, list[SoundEvent]] = {}
    for number, row in enumerate(rows, start=2):
        try:
            onset_s, offset_s = float(row["onset_s"]), float(row["offset_s"])
        except (TypeError, ValueError):
            onset_s = offset_s = math.nan
        # Written so that a NaN fails as well.
        if not 0 <= onset_s <= offset_s < math.inf:
            raise DataError(
                f"{path}, line {number}: from {row['onset_s']} to {row['offset_s']} s; onset_s and "
                "offset_s are seconds from the beginning, in this order"
            )
        if row["file"] not in files:
            raise DataError(f"{path}, line {number}: {unknown('recording', row['file'], files)}")
        try:
            check_sound(row["sound"] or "")
        except DataError as error:
            raise DataError(f"{path}, line {number}: {error}") from error
        found.setdefault(row["file"], []).append(SoundEvent(row["sound"], onset_s, offset_s))
    return found


def _joined(events: tuple[SoundEvent, ...] | list[SoundEvent]) -> tuple[SoundEvent, ...]:
    return tuple(volleys(events, gap_s=ListenerArgs().volley_gap_s))
