"""From which score on a sound of a tagger counts: chosen on the calibration split.

Our own model's are chosen where it is trained. A tagger of others is given the best it can have:
for gunshots and explosions the threshold with the best F1 over the real recordings of the split,
each as a whole, which is what taggers are made for; for screams and breaking glass, of which there
are no real ones, over events in made scenes.

`python -m training.evaluation.operating_points MODEL` prints them; MODEL as `hlaska evaluate audio`
takes it.
"""

from collections.abc import Sequence

import numpy as np
import typer

from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from training.audio.material import gather
from training.audio.recordings import recordings
from training.evaluation.listening import Ear
from training.evaluation.progress import Step, silent
from training.evaluation.sound import (
    THRESHOLDS,
    Clip,
    Curve,
    judge_clips,
    judge_scenes,
)
from training.evaluation.sound_data import Scene, scenes, within_silence
from training.evaluation.sound_events import best_threshold


def operating_points(
    ear: Ear,
    settings: Settings,
    *,
    each: int = 2,
    seed: int = 11,
    thresholds: Sequence[float] = THRESHOLDS,
    progress: Step = silent,
) -> dict[str, float]:
    """The operating point of each class.

    Args:
        ear: The model; what its card says does not matter.
        settings: Where the recordings are. Without them, made scenes decide for all classes.
        each: Made scenes of each class and band of SNR.
        seed: Of the made scenes.
        thresholds: That are tried, falling.
        progress: Told how many recordings, then how many scenes, are done.

    Raises:
        DataError: a recording cannot be read.
        ModelError: the network and its card disagree.
    """
    rng = np.random.default_rng([seed, 0])
    real = recordings(settings, "calibration")
    clips = [Clip("real", one.sound, within_silence(one.samples, rng)) for one in real]
    curves, _ = judge_clips(ear, clips, thresholds=thresholds, progress=progress)
    stock = gather(rng, split="calibration", recordings=(), responses=40)
    heard = {one.sound for one in real}
    made = [one for one in scenes(stock, each=each, seed=seed) if _asks(one, heard)]
    scored = judge_scenes(ear, made, thresholds=thresholds, progress=progress)
    return {
        sound: best_point(
            curves["real", sound] if sound in heard else scored.curves[sound, None], thresholds
        )
        for sound in SOUND_CLASSES
    }


def best_point(curve: Curve, thresholds: Sequence[float]) -> float:
    """The threshold with the best F1; the highest of those that are about as good."""
    return thresholds[best_threshold(curve.at_thresholds)]


def _main(model: str) -> None:
    # What needs torch comes late, as everywhere on the command line.
    from training.evaluation.audio import ear_of

    settings = Settings.load()
    for sound, point in operating_points(ear_of(model, settings), settings).items():
        typer.echo(f"{sound}: {point}")


def _asks(scene: Scene, known: set[str]) -> bool:
    return any(event.sound not in known for event in scene.wanted)


if __name__ == "__main__":
    typer.run(_main)
