"""A challenger that listens to what the champion listens to, in the champion's own process.

Windows are not redacted: people may speak in them. So they stay where they are, and what is told of
them is numbers: no sound and no spectrogram leaves the process.
"""

import time
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from serving.audio.scorer import SoundScorer
from serving.beside import Asked, Beside, Words, beside
from serving.champion import InService
from serving.class_agreement import Scores
from serving.handover import Since
from serving.models import LoadedModel

Sound = NDArray[np.float32]
SoundShadow = Beside[SoundScorer]

WORDS = Words(
    unit="windows",
    who="",
    note="The highest score of a window from each of the two, where it counts for one of them "
    "only, and about when it was heard. Which microphone it was is not known where both listen. "
    "Nothing of it can be heard or seen here: windows are not redacted, people may speak in them, "
    "so no sound and no spectrogram leaves the process.",
    apart=timedelta(seconds=10),
)


def sound_shadow(uri: str, settings: Settings) -> SoundShadow | None:
    """Who listens beside the model that `uri` means; None: it is no `models:/NAME@ALIAS`."""
    load = partial(SoundScorer.load, threads=1)
    return beside(uri, settings, load, peaks, WORDS, classes=SOUND_CLASSES)


def peaks(scorer: SoundScorer, windows: Sound) -> Sound:
    """The highest score of each window and sound: n x 4."""
    return _highest(scorer.score(windows))


def scored(
    by: InService[SoundScorer],
    windows: Sound,
    shadow: SoundShadow | None,
    *,
    crowded: bool = False,
) -> Sound:
    """The champion's scores, which the shadow is offered as well; nobody waits for it.

    Args:
        by: The champion.
        windows: See `SoundScorer.score`.
        shadow: Who listens too.
        crowded: Whether other windows wait.

    Raises:
        ModelError: the champion cannot score them.
        SourceError: the windows are wrong.
    """
    began_s = time.monotonic()
    scores = by.scorer.score(windows)
    took_s = time.monotonic() - began_s
    # With a window of silence hosts ask whether the model works.
    if shadow is not None and (len(windows) > 1 or windows.any()):
        shadow.offer(partial(_asked, by.model, windows, scores, took_s), took_s, crowded=crowded)
    return scores


def _asked(model: LoadedModel, windows: Sound, scores: Sound, took_s: float, since: Since) -> Asked:
    heard_at = datetime.now(UTC)
    return Asked(
        rows=windows,
        scores=Scores(_highest(scores), SOUND_CLASSES, model.card.operating_point),
        champion=model.ref,
        took_s=took_s,
        where=lambda row: ("", heard_at),
        since=since,
    )


def _highest(scores: Sound) -> Sound:
    highest: Sound = scores.max(axis=1)
    return highest
