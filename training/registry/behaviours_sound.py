"""What a model of sounds must do: a shot nearby is told, silence is not; louder is no less."""

from collections.abc import Sequence
from functools import cache, partial
from itertools import pairwise

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from catalogs.sounds import SOUNDS
from catalogs.sounds.noise import street_noise
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.audio.scorer import SoundScorer
from training.audio.material import Material
from training.audio.synthesis import soundscape
from training.evaluation.listening import Hearing, ModelEar
from training.evaluation.progress import Step, silent
from training.evaluation.sound_data import Scene
from training.registry.behaviours import Behaviour, Kind
from training.registry.sound_units import stock_of

EACH = 4
"""Scenes a sound."""
LOUD_DB = (20.0, 30.0)
"""Over the street; nothing else sounds in them."""
LOUD_S = 9.0
LEAST_TOLD = 0.25
"""Share of loud sounds, of each class that the model knows. The committed network tells two
to four of four, whichever the seed; who tells none has lost the class."""
LEAST_SAME = 0.8
"""Share of scenes of which the same classes are told after a change that means nothing."""
SHIFT_S = 0.1
SNR_DB = (-10, 0, 10, 20, 30)
SCORE_TOLERANCE = 0.1
_HEADROOM = 0.4
_SEED = 72


def behaviours(scorer: SoundScorer) -> list[Behaviour]:
    """Of one model."""
    ask = partial(partial, scorer=scorer)
    known = [name for name in SOUND_CLASSES if name in scorer.card.operating_point]
    return [
        *(
            Behaviour(Kind.MINIMUM, f"a loud {name} is told", partial(_told_loud, scorer, name))
            for name in known
        ),
        Behaviour(Kind.MINIMUM, "silence and plain noise give nothing", ask(_silence)),
        Behaviour(Kind.INVARIANCE, "6 dB louder is the same sound", ask(_louder)),
        Behaviour(Kind.INVARIANCE, "0.1 s later is the same sound", ask(_later)),
        Behaviour(Kind.DIRECTION, "a gunshot mixed louder never scores lower", ask(_mixed)),
    ]


def _told_loud(scorer: SoundScorer, name: str) -> tuple[bool, str]:
    heard = [name in _classes(scorer, one.samples) for one in _loud() if _sound(one) == name]
    return sum(heard) >= LEAST_TOLD * len(heard), f"{sum(heard)} of {len(heard)} scenes"


def _silence(scorer: SoundScorer) -> tuple[bool, str]:
    rng = np.random.default_rng([_SEED, 1])
    length = round(LOUD_S * RATE_HZ)
    hiss = (0.01 * rng.standard_normal(length)).astype(np.float32)
    told = _classes(scorer, np.zeros(length, np.float32)) | _classes(scorer, hiss)
    return not told, f"told: {', '.join(sorted(told)) or 'nothing'}"


def _louder(scorer: SoundScorer) -> tuple[bool, str]:
    return _same(scorer, [(one.samples, 2 * one.samples) for one in _loud()])


def _later(scorer: SoundScorer) -> tuple[bool, str]:
    some = round(SHIFT_S * RATE_HZ)
    # The street goes on before it: its own beginning, backwards.
    pairs = [
        (one.samples, np.concatenate([one.samples[:some][::-1], one.samples])) for one in _loud()
    ]
    return _same(scorer, pairs)


def _same(
    scorer: SoundScorer, pairs: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]
) -> tuple[bool, str]:
    same = sum(_classes(scorer, one) == _classes(scorer, other) for one, other in pairs)
    return same >= LEAST_SAME * len(pairs), f"the same in {same} of {len(pairs)} scenes"


def _mixed(scorer: SoundScorer) -> tuple[bool, str]:
    rng = np.random.default_rng([_SEED, 2])
    length = scorer.window_samples
    noise = street_noise(rng, length / RATE_HZ)[:length]
    noise = noise / np.sqrt(np.mean(noise**2))
    # Through the street between the houses, as every shot is heard.
    dry = SOUNDS["gunshot"].make(rng)
    shot = scipy.signal.fftconvolve(dry, _stock().responses[0])[: length // 2]
    placed = np.zeros(length)
    placed[length // 4 : length // 4 + len(shot)] = shot
    placed /= np.sqrt(np.mean(shot**2))
    peaks = []
    for snr_db in SNR_DB:
        mix = noise + 10 ** (snr_db / 20) * placed
        window = (_HEADROOM * mix / np.abs(mix).max()).astype(np.float32)
        scores = scorer.score(window[None])[0]
        peaks.append(float(scores[:, SOUND_CLASSES.index("gunshot")].max()))
    fall = max(a - b for a, b in pairwise(peaks))
    shown = ", ".join(f"{snr} dB {peak:.2f}" for snr, peak in zip(SNR_DB, peaks, strict=True))
    return fall <= SCORE_TOLERANCE, shown


def _classes(scorer: SoundScorer, samples: NDArray[np.float32]) -> set[str]:
    return {one.event.sound for one in Hearing(ModelEar(scorer), samples).told()}


def _sound(scene: Scene) -> str:
    return scene.name.partition(",")[0]


@cache
def _stock() -> Material:
    return stock_of(_SEED, _unannounced, streets=8)


@cache
def _loud() -> tuple[Scene, ...]:
    """Scenes with one loud sound each, with room for 6 dB more."""
    made = []
    for place, name in enumerate(SOUND_CLASSES):
        for number in range(EACH):
            rng = np.random.default_rng([_SEED, 3, place, number])
            one = soundscape(rng, stock=_stock(), duration_s=LOUD_S, sounds=(name,), snr_db=LOUD_DB)
            samples = one.samples * np.float32(_HEADROOM / np.abs(one.samples).max())
            made.append(Scene(f"{name}, {number}", samples, one.events))
    return tuple(made)


def _unannounced(_what: str, _total: int | None) -> Step:
    return silent
