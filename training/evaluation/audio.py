"""The evaluation of sound models from end to end: data, systems, tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from catalogs import datasets
from catalogs.readers import load_recordings
from hlaska.errors import HlaskaError
from hlaska.records import Record
from hlaska.results import ResultTable
from hlaska.settings import Settings
from serving.audio.scorer import SoundScorer
from serving.models import from_folder, resolve
from training.audio import efficientat
from training.audio.material import gather
from training.audio.recordings import OTHER, read_mono, recordings
from training.evaluation.listening import ConstantEar, Ear, ModelEar, OracleEar
from training.evaluation.progress import Announce, Step
from training.evaluation.sound import (
    THRESHOLDS,
    Clip,
    judge_clips,
    judge_quiet,
    judge_scenes,
)
from training.evaluation.sound_data import (
    LABELS,
    Scene,
    check_sound,
    confusers,
    labelled,
    scenes,
    within_silence,
)
from training.evaluation.sound_report import exhibits_of, worst
from training.evaluation.sound_tables import (
    Outcome,
    SystemScores,
    alarm_table,
    class_table,
    clip_table,
    event_table,
    loudness_table,
)
from training.reporting import Exhibit

MODELS = ("seed:street-sounds", "seed:yamnet", efficientat.NAME, "constant", "oracle")
"""What is judged unless something else is asked for."""
BASELINES: Mapping[str, Callable[[], Ear]] = {"constant": ConstantEar, "oracle": OracleEar}


class AudioArgs(Record):
    """How much is judged."""

    each: int = Field(default=20, ge=1, description="Made scenes of each class and band of SNR.")
    hours: float = Field(default=1.0, gt=0, le=1000, description="Of made confusers.")
    seed: int = Field(default=20, ge=0, description="The same one makes the same scenes.")
    streets: int = Field(default=60, ge=1, description="Ways from a source to a microphone.")
    every: int = Field(default=1, ge=1, description="Of the real recordings, every so manieth.")
    thresholds: tuple[float, ...] = Field(
        default=THRESHOLDS, description="At which precision and recall are measured; falling."
    )
    sound: str = Field(
        default=OTHER, description="What is in recordings of `--data` that have no labels.csv."
    )


QUICK = AudioArgs(each=1, hours=0.05, streets=8, every=12, thresholds=(0.9, 0.5, 0.1))
"""A few minutes, to see that it works."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundData:
    """All that systems are judged on."""

    made: Sequence[Scene] = ()
    quiet: Sequence[Scene] = ()
    clips: Sequence[Clip] = ()
    named: Sequence[Scene] = ()
    """Labelled recordings of the user's own."""


def gathered(settings: Settings, args: AudioArgs, announce: Announce) -> SoundData:
    """The made scenes and the real recordings of the test split.

    Raises:
        DataError: a recording cannot be read, or is not the one that the catalog promises.
    """
    step = announce("streets of the test", args.streets)
    stock = gather(
        np.random.default_rng([args.seed, 0]),
        split="test",
        # Scenes hold made sounds only, so that real ones stand apart.
        recordings=(),
        responses=args.streets,
        progress=lambda _what, done, _total: step(done),
    )
    step = announce("scenes", None)
    made = []
    for scene in scenes(stock, each=args.each, seed=args.seed):
        made.append(scene)
        step(len(made))
    quiet = []
    for piece in confusers(stock, hours=args.hours, seed=args.seed):
        quiet.append(piece)
        step(len(made) + len(quiet))
    rng = np.random.default_rng([args.seed, 3])
    clips = [
        # Its two entries are the two halves of one set: the second is what the first is told from.
        Clip(
            one.data.removesuffix("-guns").removesuffix("-others"),
            one.sound,
            within_silence(one.samples, rng),
        )
        for one in recordings(settings, "test")[:: args.every]
    ]
    return SoundData(made, quiet, clips)


def named(name: str, settings: Settings, args: AudioArgs) -> SoundData:
    """The recordings of one entry of the catalog, or of a folder: labelled, or of one sound.

    Raises:
        UnknownEntryError: there is neither such an entry nor such a folder.
        DataError: a recording, a label or `args.sound` is wrong, or the entry cannot be had.
    """
    folder = Path(name) if Path(name).is_dir() else datasets.fetch(name, settings)
    if (folder / LABELS).is_file():
        return SoundData(named=labelled(folder)[:: args.every])
    check_sound(args.sound)
    rng = np.random.default_rng([args.seed, 3])
    paths = list(load_recordings(folder)["path"])[:: args.every]
    return SoundData(
        clips=[
            Clip(Path(name).name, args.sound, within_silence(read_mono(path), rng))
            for path in paths
        ]
    )


def ear_of(model: str, settings: Settings) -> Ear:
    """A model by its URI, a baseline by its name, or EfficientAT, exported when it is asked for.

    Raises:
        ModelError: there is no such model, or it is none of sounds.
        DataError: its weights cannot be had.
    """
    if model in BASELINES:
        return BASELINES[model]()
    if model == efficientat.NAME:
        loaded = from_folder(efficientat.exported(settings))
    else:
        loaded = resolve(model, settings)
    return ModelEar(SoundScorer.load(loaded, threads=1))


def evaluate(
    models: Sequence[str],
    data: SoundData,
    settings: Settings,
    args: AudioArgs,
    announce: Announce,
) -> dict[str, Outcome]:
    """What each system makes of all data; or why it could not be had."""
    outcomes: dict[str, Outcome] = {}
    for model in models:
        try:
            outcomes[model] = _judged(model, data, settings, args, announce)
        except HlaskaError as error:
            outcomes[model] = error
    return outcomes


def tables(outcomes: dict[str, Outcome], *, name: str | None = None) -> list[ResultTable]:
    """All tables that there are figures for.

    Args:
        outcomes: Of `evaluate`.
        name: Of the user's own recordings, if those were judged.
    """
    had = [one for one in outcomes.values() if isinstance(one, SystemScores)]
    found = []
    if not had or any(one.scenes for one in had):
        found += [event_table(outcomes), class_table(outcomes), loudness_table(outcomes)]
    if any(one.labelled for one in had):
        name = name or "recordings"
        found += [event_table(outcomes, labelled=name), class_table(outcomes, labelled=name)]
    if any(one.clips for one in had):
        found.append(clip_table(outcomes))
    if any(one.quiet or one.clip_alarms for one in had):
        found.append(alarm_table(outcomes))
    return found


def cases(outcomes: Mapping[str, Outcome], settings: Settings) -> list[Exhibit]:
    """The worst mistakes of the first model that was had, to look at and to hear."""
    for name, outcome in outcomes.items():
        if isinstance(outcome, SystemScores) and name not in BASELINES:
            return exhibits_of(ear_of(name, settings), worst(outcome))
    return []


def _judged(
    model: str, data: SoundData, settings: Settings, args: AudioArgs, announce: Announce
) -> SystemScores:
    ear = ear_of(model, settings)
    scores = SystemScores(card=ear.card)

    def step(what: str, count: int) -> Step:
        return announce(f"{model}: {what}", count)

    if data.made:
        scores.scenes = judge_scenes(
            ear,
            data.made,
            thresholds=args.thresholds,
            progress=step("scenes", len(data.made)),
        )
    if data.named:
        scores.labelled = judge_scenes(
            ear,
            data.named,
            thresholds=args.thresholds,
            progress=step("labelled recordings", len(data.named)),
        )
    if data.clips:
        scores.clips, scores.clip_alarms = judge_clips(
            ear,
            data.clips,
            thresholds=args.thresholds,
            progress=step("recordings", len(data.clips)),
        )
    if data.quiet:
        scores.quiet = judge_quiet(
            ear,
            data.quiet,
            thresholds=args.thresholds,
            progress=step("confusers", len(data.quiet)),
        )
    return scores
