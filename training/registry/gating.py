"""The gate: a candidate beside the champion, on the same data, and what is written of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from hlaska.errors import HlaskaError, ModelError
from hlaska.results import Value
from hlaska.settings import Settings
from serving.audio.scorer import SoundScorer
from serving.cyber.scorer import FlowScorer
from serving.models import LoadedModel, registry, resolve
from serving.video.scorer import DetectorScorer
from training.evaluation.progress import Announce
from training.registry import (
    behaviours_flows,
    behaviours_sound,
    behaviours_video,
    cost,
    flow_units,
    sound_units,
    video_units,
)
from training.registry.behaviours import Behaviour, tried
from training.registry.measured import GateArgs, Measured
from training.registry.moving import repair
from training.registry.standing import (
    CHALLENGER,
    GATE,
    GATE_CHAMPION,
    GATE_QUICK,
    NOBODY,
    VOID,
    asking,
    locked,
    newest,
    standing,
    who,
)
from training.registry.telling import keep, new_id
from training.registry.verdict import Check, Outcome, Verdict, compare, overall
from training.reporting import Say, send
from training.runs import open_run

NEWEST = "newest"
_LOCK_PATIENCE_S = 60.0
_MOST_LETTERS = 4000


@dataclass(frozen=True, slots=True)
class Given:
    """Data of the user's own, in place of the usual."""

    recordings: str | None = None
    """Of sounds: an entry of the catalog or a folder, with a labels.csv."""
    clip: Path | None = None
    truth: Path | None = None
    fps: float = 10.0


def gate(
    name: str,
    settings: Settings,
    *,
    candidate: str = NEWEST,
    args: GateArgs | None = None,
    given: Given | None = None,
    by: str | None = None,
    say: Say,
    announce: Announce,
) -> Verdict:
    """Judges a version beside the champion; one that passes becomes `challenger`.

    The verdict is kept on this machine before the registry is asked to keep it, so that a server
    that died meanwhile costs no work; the version's tags are written so that `gate` comes last.

    Args:
        name: Of the model.
        settings: Where registry and data are.
        candidate: A version, or `newest`.
        args: How much and how strictly; default: the usual.
        given: Data of the user's own.
        by: Who; default: the account.
        say: Told what else happens, for people.
        announce: Told how far it is.

    Raises:
        ModelError: there is nothing to judge, a model does not run, or the server does not answer;
            where the verdict was reached already, it says in which file that is.
        DataError: data cannot be had.
        SourceError: a clip cannot be decoded.
    """
    args, given = args or GateArgs(), given or Given()
    client = registry(settings)
    with asking(settings, f"looking for {name}"):
        with locked(name, settings, patience_s=_LOCK_PATIENCE_S):
            repair(client, name)
        champion = standing(client, name).champion
        number = str(newest(client, name).version) if candidate == NEWEST else candidate
    if number == champion:
        raise ModelError(
            f"{name}: version {number} is the champion; register another one to judge: "
            f"hlaska register FOLDER {name}"
        )
    mine = resolve(f"models:/{name}/{number}", settings)
    theirs = None if champion is None else resolve(f"models:/{name}/{champion}", settings)
    if theirs is not None and theirs.card.task != mine.card.task:
        raise ModelError(
            f"{name}: version {number} is made for {mine.card.task}, the champion for "
            f"{theirs.card.task}; register it under a name of its own"
        )
    measured = _measured(mine, theirs, settings, args, given, announce)
    checks = _checks(mine, theirs, measured, args, settings, announce)
    at = datetime.now(UTC)
    verdict = Verdict(
        id=new_id("gate", name, number, at),
        name=name,
        candidate=mine.ref,
        champion=None if theirs is None else theirs.ref,
        outcome=overall(checks),
        checks=tuple(checks),
        at=at,
        by=who(by),
        data=measured.data,
        data_sha256=measured.data_sha256,
        about=_about(args),
    )
    kept = keep(verdict.report(), settings)
    try:
        link = _written(verdict, args, settings)
    except (HlaskaError, MlflowException) as error:
        raise ModelError(
            f"the gate says {verdict.outcome}, but the registry could not be told: {error}. The "
            f"report is kept in {kept}; the version has not changed: run the gate again"
        ) from error
    report = verdict.report(link)
    keep(report, settings)
    send(report, (), settings, say=say)
    return verdict


def _about(args: GateArgs) -> dict[str, Value]:
    return {key: str(value) for key, value in args.model_dump(mode="json").items()}


def _measured(
    mine: LoadedModel,
    theirs: LoadedModel | None,
    settings: Settings,
    args: GateArgs,
    given: Given,
    announce: Announce,
) -> Measured:
    task = mine.card.task
    if task == "detect":
        clip = video_units.clip_of(settings, clip=given.clip, truth=given.truth, fps=given.fps)
        return video_units.measured(mine, theirs, clip, args, announce)
    if task == "sound-events":
        return sound_units.measured(mine, theirs, settings, args, announce, given.recordings)
    return flow_units.measured(mine, theirs, args, announce)


def _checks(
    mine: LoadedModel,
    theirs: LoadedModel | None,
    measured: Measured,
    args: GateArgs,
    settings: Settings,
    announce: Announce,
) -> list[Check]:
    rng = np.random.default_rng([args.seed, 9])
    checks = [
        compare(one, baseline=theirs is None, rng=rng, resamples=args.resamples)
        for one in measured.compared
    ]
    step = announce("behaviours, speed, memory", 3)
    checks += tried(_behaviours(mine, settings))
    step(1)
    checks += [cost.speed(measured.work, most_slower=args.most_slower), cost.weights(mine)]
    step(2)
    assert mine.folder is not None  # a registered model has one, with or without weights in it
    checks.append(cost.memory(mine.folder))
    step(3)
    return checks


def _behaviours(model: LoadedModel, settings: Settings) -> Sequence[Behaviour]:
    if model.card.task == "detect":
        return behaviours_video.behaviours(DetectorScorer.load(model, threads=1), settings)
    if model.card.task == "sound-events":
        return behaviours_sound.behaviours(SoundScorer.load(model, threads=1))
    return behaviours_flows.behaviours(FlowScorer.load(model))


def _written(verdict: Verdict, args: GateArgs, settings: Settings) -> str:
    """Puts the verdict into a run and onto the version; gives the page of the run."""
    name, number = verdict.name, verdict.candidate.version
    with open_run(
        f"gate {name} {number}",
        params=args,
        settings=settings,
        data=verdict.data,
        data_sha256=verdict.data_sha256,
        split_seed=args.seed,
        tags={"outcome": verdict.outcome, "candidate": f"{name}/{number}"},
    ) as run:
        experiment = run.client.get_run(run.id).info.experiment_id
        link = f"{settings.mlflow_url}/#/experiments/{experiment}/runs/{run.id}"
        run.client.log_text(run.id, verdict.report(link).model_dump_json(indent=2), "gate.json")
        for one in verdict.checks:
            if one.candidate is not None:
                run.client.log_metric(run.id, _key(one.what), one.candidate)
    with locked(name, settings, patience_s=_LOCK_PATIENCE_S):
        _tagged(registry(settings), verdict, run.id)
    return link


def _tagged(client: MlflowClient, verdict: Verdict, run: str) -> None:
    """`gate` is void until all that it rests on is written, and the alias follows the tag."""
    name, number = verdict.name, verdict.candidate.version
    champion = NOBODY if verdict.champion is None else verdict.champion.version
    tags = {
        GATE: VOID,
        GATE_CHAMPION: champion,
        "gate_run": run,
        "gate_by": verdict.by,
        "gate_at": verdict.at.isoformat(timespec="seconds"),
        "gate_why": verdict.why[:_MOST_LETTERS],
        "gate_data_sha256": verdict.data_sha256,
        GATE_QUICK: str(verdict.about["quick"]).lower(),
    }
    for key, value in tags.items():
        client.set_model_version_tag(name, number, key, value)
    client.set_model_version_tag(name, number, GATE, verdict.outcome.value)
    if verdict.outcome == Outcome.PASSED:
        client.set_registered_model_alias(name, CHALLENGER, number)
    elif standing(client, name).challenger == number:
        client.delete_registered_model_alias(name, CHALLENGER)


def _key(what: str) -> str:
    """A name that MLflow takes for a metric."""
    return "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in what)
