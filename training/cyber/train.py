"""From nothing to both flow models in folders that can be registered, as one run of MLflow."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from catalogs.web import Progress
from hlaska.errors import ModelError
from hlaska.models import ModelCard
from hlaska.records import Record
from hlaska.settings import Settings
from serving.cyber.drift import Reference
from serving.cyber.scorer import DRIFT_LIMIT, ESTIMATOR, SCALE, THRESHOLD
from training.cyber import anomalies, attacks
from training.cyber.days import CLASSES, NORMAL_CLASS, Split, made_day, network
from training.cyber.export import export
from training.cyber.operating import drift_limit
from training.cyber.windows import Rows, rows_of, together
from training.evaluation.cyber_measures import calibrated, false_alarms_per_hour, pr_auc
from training.runs import Run, open_run
from training.server import tracking_server

ATTACK_MODEL, ANOMALY_MODEL = "flow-attacks", "flow-anomaly"
EXAMPLES = 500
"""Rows on which the files are compared with the models in memory."""
Say = Callable[[str], None]


class TrainArgs(Record):
    """How flow models are trained."""

    days: int = Field(default=16, ge=1, le=1000, description="Made days to learn attacks from.")
    calibration_days: int = Field(
        default=4, ge=1, le=1000, description="With attacks, to calibrate and choose by."
    )
    quiet_days: int = Field(default=5, ge=1, le=1000, description="Without, to learn habits from.")
    quiet_calibration_days: int = Field(
        default=4, ge=1, le=1000, description="Without attacks, for the threshold."
    )
    attacks: int = Field(default=22, ge=1, le=1000, description="A day, all variants in turn.")
    hours: float = Field(default=24.0, ge=1, le=24, description="Length of a day.")
    iterations: int = Field(default=60, ge=1, le=1000, description="Trees a class.")
    components: int = Field(
        default=anomalies.COMPONENTS, ge=1, le=500, description="Of the mixture."
    )
    seed: int = Field(default=1, ge=0, lt=2**31, description="Of the days and of the models.")


QUICK = TrainArgs(
    days=1, calibration_days=1, quiet_days=1, quiet_calibration_days=1, hours=3.0, iterations=8,
    components=4,
)  # fmt: skip
"""Proves in half a minute that everything works."""


@dataclass(frozen=True, slots=True, eq=False)
class _Material:
    """Rows by what they are for."""

    train: Rows
    calibration: Rows
    quiet: Rows
    quiet_calibration: Rows

    @property
    def digest(self) -> str:
        """Of all numbers."""
        digest = hashlib.sha256()
        for rows in (self.train, self.calibration, self.quiet, self.quiet_calibration):
            digest.update(np.ascontiguousarray(rows.values).tobytes())
        return digest.hexdigest()


def train(
    args: TrainArgs,
    out: Path,
    settings: Settings,
    *,
    say: Say,
    progress: Progress | None = None,
) -> tuple[ModelCard, ModelCard]:
    """Trains both models into the new folder `out`, a folder each; logs all of it to MLflow.

    Args:
        args: How.
        out: Must not exist yet; it appears whole or not at all.
        settings: Where MLflow is. Where no server answers, one is started for as long as this
            takes.
        say: Told what happens, for people.
        progress: Told how far the making of days is.

    Returns:
        The cards of the model of attacks and of that of anomalies.

    Raises:
        ModelError: `out` exists, MLflow does not come up, or a model cannot be exported.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    out.parent.mkdir(parents=True, exist_ok=True)
    say("making days of traffic")
    material = _material(args, progress)
    with (
        tracking_server(settings, say),
        open_run(
            "train cyber",
            params=args,
            settings=settings,
            data="made traffic",
            data_sha256=material.digest,
            split_seed=args.seed,
        ) as run,
        tempfile.TemporaryDirectory(dir=out.parent, prefix=".training-") as scratch,
    ):
        folder = Path(scratch) / "models"
        cards = (
            _attack_model(args, material, folder / ATTACK_MODEL, run, say),
            _anomaly_model(args, material, folder / ANOMALY_MODEL, run, say),
        )
        for card in cards:
            run.client.log_artifacts(run.id, str(folder / card.name), card.name)
        folder.rename(out)
    return cards


def _material(args: TrainArgs, progress: Progress | None) -> _Material:
    plan: list[tuple[str, Split, int, int]] = [
        ("train", "train", args.days, args.attacks),
        ("calibration", "calibration", args.calibration_days, args.attacks),
        ("quiet", "train", args.quiet_days, 0),
        ("quiet_calibration", "calibration", args.quiet_calibration_days, 0),
    ]
    total, done = sum(days for _, _, days, _ in plan), 0
    rng = np.random.default_rng(args.seed)
    known = network()
    made: dict[str, list[Rows]] = {name: [] for name, *_ in plan}
    for name, split, days, often in plan:
        for number in range(days):
            day = made_day(split, number, seed=args.seed, attacks=often, hours=args.hours)
            talks, hosts = rows_of(day, known)
            if name == "train":
                talks = attacks.thinned(talks, rng)
            made[name].append(talks if often else hosts)
            done += 1
            if progress is not None:
                progress("days of traffic", done, total)
    return _Material(**{name: together(parts) for name, parts in made.items()})


def _attack_model(args: TrainArgs, material: _Material, out: Path, run: Run, say: Say) -> ModelCard:
    rows = material.calibration
    say(f"learning attacks from {len(material.train)} rows")
    model = attacks.calibrate(
        attacks.fit(material.train, seed=args.seed, iterations=args.iterations), rows
    )
    scores = attacks.probabilities(model, rows)
    points = attacks.operating_points(scores, rows)
    attack, truth = 1 - scores[:, CLASSES.index(NORMAL_CLASS)], np.isin(rows.labels, CLASSES)
    how = calibrated(attack, truth)
    for name, value in {
        "calibration/pr_auc": pr_auc(attack, truth),
        "calibration/brier": how.brier,
        "calibration/error": how.error,
        **{f"operating_point/{name}": point for name, point in points.items()},
    }.items():
        run.client.log_metric(run.id, name, value)
    say(f"calibrated: Brier score {how.brier:.2g}, expected calibration error {how.error:.2g}")
    learnt = tuple(name for name in CLASSES if name in set(model.classes_))
    # Attacks are no part of what a day is usually like.
    reference = Reference.of(material.train.values[~material.train.attack])
    return export(
        {ESTIMATOR: model, DRIFT_LIMIT: drift_limit(reference, rows)},
        out,
        card={
            "name": ATTACK_MODEL,
            "version": run.id[:12],
            "summary": "Says of each conversation of a minute which family of attacks it looks "
            "like. Learnt on made traffic of one made camera network: on other networks it is "
            "worth little before it was measured there.",
            "task": "flow-attacks",
            "classes": learnt,
            "operating_point": {name: point for name, point in points.items() if name in learnt},
            **_always(args),
            "training_data": f"{args.days} made days of {args.hours:g} h with {args.attacks} "
            f"attacks each (catalogs.traffic), {args.calibration_days} others to calibrate",
        },
        examples=rows.values[:: max(1, len(rows) // EXAMPLES)],
        reference=reference,
    )


def _anomaly_model(
    args: TrainArgs, material: _Material, out: Path, run: Run, say: Say
) -> ModelCard:
    rows = material.quiet_calibration
    say(f"learning habits from {len(material.quiet)} minutes of hosts")
    model = anomalies.calibrate(
        anomalies.fit(material.quiet, seed=args.seed, components=args.components), rows
    )
    surprise = -model.estimator.score_samples(rows.values)
    rate = false_alarms_per_hour(rows, surprise, model.threshold)
    run.client.log_metric(run.id, "calibration/anomalies_per_hour", rate)
    say(f"its threshold: {rate:.2f} false alarms an hour on the quiet days of calibration")
    reference = Reference.of(material.quiet.values)
    return export(
        {
            ESTIMATOR: model.estimator,
            THRESHOLD: model.threshold,
            SCALE: model.scale,
            DRIFT_LIMIT: drift_limit(reference, rows),
        },
        out,
        card={
            "name": ANOMALY_MODEL,
            "version": run.id[:12],
            "summary": "Says of each host how unlike quiet days its minute was. Its quiet days "
            "were made: let it learn those of the network that it guards.",
            "task": "flow-anomaly",
            "classes": ("anomaly",),
            "operating_point": {"anomaly": 0.5},
            **_always(args),
            "training_data": f"{args.quiet_days} made quiet days of {args.hours:g} h "
            f"(catalogs.traffic), {args.quiet_calibration_days} others for the threshold",
        },
        examples=rows.values[:: max(1, len(rows) // EXAMPLES)],
        reference=reference,
    )


def _always(args: TrainArgs) -> dict[str, str]:
    quick = args.model_copy(update={"seed": QUICK.seed}) == QUICK
    command = f"hlaska train cyber --seed {args.seed}" + (
        " --quick" if quick else f" --days {args.days}"
    )
    return {"licence": "Apache-2.0", "made_by": command}
