"""Models that listen, on made scenes and made confusers: events by scene, false alarms by piece."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from catalogs import datasets
from hlaska.bootstrap import f1, ratio
from hlaska.errors import DataError
from hlaska.settings import Settings
from hlaska.sound.scores import RATE_HZ
from serving.audio.scorer import SoundScorer
from serving.models import LoadedModel
from training.audio.material import Material, gather
from training.evaluation.listening import ConstantEar, Ear, ModelEar
from training.evaluation.progress import Announce
from training.evaluation.sound import judge_quiet, judge_scenes
from training.evaluation.sound_data import LABELS, Scene, confusers, labelled, scenes
from training.registry.cost import Work
from training.registry.measured import GateArgs, Measured, digest_of
from training.registry.verdict import Compared

MOST_ALARMS_MORE = 6.0
"""False alarms more in an hour of confusers, one every few seconds: there the committed network
has some thirty."""
_STREETS = 24


def measured(
    candidate: LoadedModel,
    champion: LoadedModel | None,
    settings: Settings,
    args: GateArgs,
    announce: Announce,
    data: str | None = None,
) -> Measured:
    """Both models through the served listener; without a champion, beside one that hears all.

    Args:
        candidate: That is judged.
        champion: That runs; or None.
        settings: Where data are.
        args: How much.
        announce: Told how far it is.
        data: Labelled recordings instead of made scenes: an entry of the catalog, or a folder with
            a labels.csv. Made confusers are heard in any case.

    Raises:
        DataError: the recordings cannot be had or read, or have no labels.
        ModelError: a model and its card disagree.
    """
    scorer = SoundScorer.load(candidate, threads=1)
    other = None if champion is None else SoundScorer.load(champion, threads=1)
    ear: Ear = ModelEar(scorer)
    known: Ear = ConstantEar() if other is None else ModelEar(other)
    stock = stock_of(args.seed, announce)
    if data is None:
        heard: Sequence[Scene] = list(scenes(stock, each=args.scenes_each, seed=args.seed))
    else:
        heard = _recordings(data, settings)
    quiet = list(confusers(stock, hours=args.quiet_hours, seed=args.seed))
    step = announce("scenes", len(heard) + len(quiet))
    events, alarms = [], []
    for number, scene in enumerate(heard, start=1):
        events.append([_events(one, scene) for one in (ear, known)])
        step(number)
    for number, piece in enumerate(quiet, start=1):
        alarms.append([_alarms(one, piece) for one in (ear, known)])
        step(len(heard) + number)
    found, false = np.array(events, float), np.array(alarms, float)
    what = f"{len(heard)} made scenes" if data is None else f"{len(heard)} recordings of {data}"
    window = heard[0].samples[: scorer.window_samples][None]
    theirs = None if other is None else heard[0].samples[: other.window_samples][None]
    return Measured(
        data=f"{what}, {len(quiet)} min of confusers, seed {args.seed}",
        data_sha256=digest_of(
            part
            for one in (*heard, *quiet)
            for part in (one.name, one.samples, repr([(e.sound, e.onset_s) for e in one.events]))
        ),
        compared=(
            Compared("F1 of events", "scenes", found[:, 0], found[:, 1], f1, args.margin,
                     found[:, 0, [0, 2]].sum(), main=True),
            Compared("false alarms per hour", "minutes of confusers", false[:, 0], false[:, 1],
                     ratio, MOST_ALARMS_MORE, false[:, 0, 1].sum(), better="lower"),
        ),
        work=Work(
            "a window of sound",
            lambda: scorer.score(window),
            None if other is None or theirs is None else lambda: other.score(theirs),
        ),
    )  # fmt: skip


def stock_of(seed: int, announce: Announce, streets: int | None = None) -> Material:
    """Streets and made sounds of the test split: the same wherever the gate runs."""
    streets = streets or _STREETS
    step = announce("streets", streets)
    return gather(
        np.random.default_rng([seed, 5]),
        split="test",
        recordings=(),
        responses=streets,
        progress=lambda _what, done, _total: step(done),
    )


def _recordings(data: str, settings: Settings) -> list[Scene]:
    folder = Path(data) if Path(data).is_dir() else datasets.fetch(data, settings)
    if not (folder / LABELS).is_file():
        raise DataError(
            f"{folder} has no {LABELS}: the gate needs to know what happens when; write "
            "file,onset_s,offset_s,sound, one line an event"
        )
    return [one for one in labelled(folder) if len(one.samples) > RATE_HZ]


def _events(ear: Ear, scene: Scene) -> tuple[int, int, int]:
    hits = judge_scenes(ear, [scene], thresholds=()).errors.hits
    return hits.found, hits.false, hits.missed


def _alarms(ear: Ear, piece: Scene) -> tuple[float, float]:
    alarms = judge_quiet(ear, [piece])
    return alarms.count, alarms.hours
