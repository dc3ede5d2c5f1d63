"""From nothing to a model of sound events that can be registered, as one run of MLflow."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from catalogs.web import Progress
from hlaska.errors import ModelError
from hlaska.models import ModelCard
from hlaska.records import Name, Record
from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from serving.audio.scorer import SoundScorer
from serving.models import ARTIFACT_FOLDER, from_folder
from training.audio.corpus import Corpus, corpus
from training.audio.export import WINDOW, calibrate, export
from training.audio.fitting import fit, logits
from training.audio.material import gather
from training.audio.operating import LEAST_SNR_DB, Choice, choose
from training.audio.pictures import confusion, confusion_figure, example_figure
from training.audio.recordings import SPLIT_SEED, recordings
from training.audio.synthesis import soundscape
from training.evaluation.listening import ModelEar
from training.evaluation.sound_events import ONSET_COLLAR_S
from training.runs import Run, open_run
from training.server import tracking_server

LISTENED_S = 30.0
"""Length of the soundscapes on which operating points are chosen."""
_CHOOSING = 7
"""Keeps the soundscapes of the operating points apart from those of the corpora."""

Say = Callable[[str], None]


class TrainArgs(Record):
    """How a model of sound events is trained."""

    name: Name = Field(default="street-sounds", description="Of the model.")
    epochs: int = Field(default=24, ge=1, le=1000, description="Times the corpus is gone through.")
    soundscapes: int = Field(
        default=16_000, ge=20, le=1_000_000, description="Of six seconds each, to learn from."
    )
    calibration: int = Field(
        default=700, ge=20, le=100_000, description="Of six seconds, to choose and calibrate by."
    )
    listened: int = Field(
        default=400, ge=1, le=10_000, description="Of thirty seconds, for the operating points."
    )
    windows: int = Field(default=2, ge=1, le=100, description="Of each soundscape, an epoch.")
    batch_size: int = Field(default=32, ge=1, le=4096, description="Windows a step.")
    threads: int = Field(default=2, ge=1, le=256, description="CPU threads of torch.")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Of the sounds and of the weights.")


QUICK = TrainArgs(epochs=1, soundscapes=32, calibration=32, listened=2, windows=1, batch_size=8)
"""Proves in a minute that everything works; hears nothing."""
_NOT_ASKED = {"calibration", "listened", "windows", "batch_size"}
"""Options without one on the command line."""


def train(
    args: TrainArgs,
    out: Path,
    settings: Settings,
    *,
    say: Say,
    progress: Progress | None = None,
) -> ModelCard:
    """Trains, calibrates and exports a model to the new folder `out`; logs all of it to MLflow.

    Args:
        args: How.
        out: Must not exist yet; it appears whole or not at all.
        settings: Where data, cache and MLflow are. Where no server answers, one is started for as
            long as this takes.
        say: Told what happens, for people.
        progress: Told how far the long steps are.

    Returns:
        The card of the model in `out`.

    Raises:
        ModelError: `out` exists, MLflow does not come up, or the network cannot be exported.
        DataError: the soundscapes cannot be kept, or a recording is none.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    say("putting soundscapes together, or finding them in the cache")
    learnt = corpus(
        "train", size=args.soundscapes, seed=args.seed, settings=settings, progress=progress
    )
    chosen_by = corpus(
        "calibration", size=args.calibration, seed=args.seed, settings=settings, progress=progress
    )
    if not learnt.recordings:
        say("no recordings here, learning from made sounds alone: `hlaska data get sesa` says why")
    digest = hashlib.sha256(f"{learnt.digest}{chosen_by.digest}".encode()).hexdigest()
    with (
        tracking_server(settings, say),
        open_run(
            f"train {args.name}",
            params=args,
            settings=settings,
            data="sesa, made sounds" if learnt.recordings else "made sounds",
            data_sha256=digest,
            split_seed=SPLIT_SEED,
            tags={
                "recordings.train": str(len(learnt.recordings)),
                "recordings.calibration": str(len(chosen_by.recordings)),
            },
        ) as run,
    ):
        return _run(args, out, settings, learnt, chosen_by, run, say, progress)


def _run(
    args: TrainArgs,
    out: Path,
    settings: Settings,
    learnt: Corpus,
    chosen_by: Corpus,
    run: Run,
    say: Say,
    progress: Progress | None,
) -> ModelCard:
    def told(name: str, value: float, epoch: int) -> None:
        run.client.log_metric(run.id, name, value, step=epoch)
        say(f"epoch {epoch + 1} of {args.epochs}: {name} {value:.4f}")

    network = fit(
        learnt,
        chosen_by,
        epochs=args.epochs,
        windows=args.windows,
        batch_size=args.batch_size,
        seed=args.seed,
        told=told,
        progress=progress,
    )
    say("calibrating")
    found = logits(network, chosen_by)
    own = len(SOUND_CLASSES)
    lines = calibrate(
        found[:, :, :own].reshape(-1, own), chosen_by.targets[:, :, :own].reshape(-1, own)
    )
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".training-") as scratch:
        folder = Path(scratch) / "model"
        card = export(
            network,
            lines,
            folder,
            name=args.name,
            operating_point=dict.fromkeys(SOUND_CLASSES, 0.5),
            training_data=_training_data(args, learnt, chosen_by),
            made_by=_command(args),
            version=run.id[:12],
            examples=_examples(chosen_by),
        )
        say("choosing operating points")
        choices = _choices(args, folder, settings, progress)
        points = {name: choice.point for name, choice in choices.items()}
        card = card.model_copy(update={"operating_point": points})
        (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n")
        run.client.log_artifacts(run.id, str(folder), ARTIFACT_FOLDER)
        _log_choices(run, choices, say)
        _log_pictures(run, chosen_by, found)
        folder.rename(out)
    return card


def _command(args: TrainArgs) -> str:
    """What makes the same model again."""
    quick = args.model_dump(include=_NOT_ASKED) == QUICK.model_dump(include=_NOT_ASKED)
    return (
        f"hlaska train audio --epochs {args.epochs} --soundscapes {args.soundscapes} "
        f"--seed {args.seed}"
        + f" --name {args.name}" * (args.name != TrainArgs().name)
        + " --quick" * quick
    )


def _choices(
    args: TrainArgs, folder: Path, settings: Settings, progress: Progress | None
) -> dict[str, Choice]:
    rng = np.random.default_rng([args.seed, _CHOOSING])
    stock = gather(rng, split="calibration", recordings=recordings(settings, "calibration"))
    heard = []
    for _ in range(args.listened):
        # Rarer than in training: where much is heard, false alarms weigh too little.
        others = rng.choice(stock.confusers, rng.poisson(3)).tolist()
        wanted = rng.choice(SOUND_CLASSES, rng.poisson(2)).tolist()
        heard.append(soundscape(rng, stock=stock, duration_s=LISTENED_S, sounds=(*others, *wanted)))
    ear = ModelEar(SoundScorer.load(from_folder(folder), threads=args.threads))
    return choose(ear, heard, progress)


def _examples(chosen_by: Corpus) -> NDArray[np.float32]:
    """Windows for the comparison with torch: sounds, silence, noise at full scale."""
    sounds = [chosen_by.waveform(index, 0, WINDOW) for index in range(min(16, len(chosen_by)))]
    loud = np.random.default_rng(0).uniform(-1, 1, WINDOW).astype(np.float32)
    return np.stack([*sounds, np.zeros(WINDOW, np.float32), loud])


def _training_data(args: TrainArgs, learnt: Corpus, chosen_by: Corpus) -> str:
    made = (
        f"{args.soundscapes} soundscapes of 6 s with sounds made by catalogs.sounds, "
        f"{args.calibration} more to calibrate"
    )
    if not learnt.recordings:
        return f"{made}; no recordings"
    return (
        f"{made}; {len(learnt.recordings)} recordings of SESA in the first, "
        f"{len(chosen_by.recordings)} others in the second (T. Spadini, 2019, Zenodo 3519845, "
        "CC BY 4.0): gunshots, explosions, sirens, everyday sounds"
    )


def _log_choices(run: Run, choices: dict[str, Choice], say: Say) -> None:
    for name, choice in choices.items():
        hits = choice.hits
        for measure in ("f1", "precision", "recall"):
            run.client.log_metric(run.id, f"{measure}/{name}", getattr(hits, measure))
        run.client.log_metric(run.id, f"operating_point/{name}", choice.point)
        say(
            f"{name}: from {choice.point} on; event F1 {hits.f1:.3f} on the calibration set "
            f"(onset within {ONSET_COLLAR_S} s, SNR from {LEAST_SNR_DB:.0f} dB), {hits.false} false"
            + (f", when there was {dict(choice.taken_for_it)}" if hits.false else "")
        )
    run.client.log_dict(
        run.id,
        {name: dict(choice.taken_for_it) for name, choice in choices.items()},
        "false_alarms.json",
    )


def _log_pictures(run: Run, chosen_by: Corpus, found: NDArray[np.float32]) -> None:
    scores = (1 / (1 + np.exp(-found))).astype(np.float32)
    table = confusion(chosen_by, scores)
    run.client.log_text(run.id, table.round(4).to_csv(), "confusion.csv")
    run.client.log_figure(run.id, confusion_figure(table), "confusion.png")
    shown = [index for index, events in enumerate(chosen_by.events) if len(events) >= 2][:8]
    if shown:
        run.client.log_figure(run.id, example_figure(chosen_by, scores, shown), "examples.png")
