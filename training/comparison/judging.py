"""A comparison: every system and both yardsticks on one truth, by the same measures."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hlaska.cameras import Camera
from hlaska.errors import HlaskaError
from hlaska.events import ModelRef
from hlaska.settings import Settings
from training.comparison.alarms import alert_figures
from training.comparison.boxes import box_figures, kinds_of
from training.comparison.counting import (
    Counted,
    cells_of,
    compared,
    count_figures,
    crossing_figures,
)
from training.comparison.exported import facts_of
from training.comparison.facts import Absent, Facts
from training.comparison.figures import METRICS, Figure, Figures
from training.comparison.following import track_figures
from training.comparison.live import watched
from training.comparison.ranking import Standing, standings
from training.comparison.run import CONSTANT, ORACLE, Run, System, located
from training.comparison.scene import camera_of
from training.comparison.spans import Spans
from training.comparison.speeds import speed_figures
from training.comparison.splits import Split, split_figures, split_of
from training.comparison.truth import read_truth
from training.comparison.turning import movements_of, turn_figures
from training.comparison.yardsticks import constant, oracle
from training.evaluation.progress import Announce
from training.vendors import read_export

Parts = dict[tuple[str, str], Figures]
"""Figures under conditions, by what differs and the condition's name."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a system said."""

    name: str
    what: str
    """In words: a yardstick, an export and of what format, a detector and how it was run."""
    facts: Facts
    notes: tuple[str, ...] = ()
    """Repairs of its file, and what of it was left out."""
    system: System | None = None
    model: ModelRef | None = None
    faster: float | None = None
    """How many times faster than the camera, of what was run here."""
    sha256: str = ""
    """Of its file."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A system that could not be judged, and why."""

    name: str
    what: str
    reason: str
    system: System


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """How a system did."""

    answer: Answer
    figures: Figures
    counted: Counted | Absent
    movements: Counted | Absent
    parts: Parts


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """All of it."""

    run: Run
    camera: Camera
    spans: Spans
    truth: Facts
    kinds: tuple[str, ...]
    """Classes that were judged."""
    judged: tuple[Judged, ...]
    """The oracle and the constant first, then the systems in the order of the run file."""
    failed: tuple[Failed, ...]
    ranks: Mapping[str, Mapping[str, Standing]]
    """By metric and system; the yardsticks have none."""
    undivided: tuple[str, ...]
    """Conditions that do not divide this truth, and why."""
    sha256: str
    """Of the truth's files."""
    made_at: datetime
    took_s: float
    """Of judging, without running detectors."""

    @property
    def contestants(self) -> list[Judged]:
        """Those that are no yardsticks."""
        return [one for one in self.judged if one.answer.system is not None]


def compare(run: Run, base: Path, settings: Settings, announce: Announce) -> Comparison:
    """Reads the truth and every system, and judges them.

    Args:
        run: The run file.
        base: Its folder, to which paths are relative.
        settings: Where data and models are.
        announce: Told how far it is.

    Raises:
        DataError: the truth cannot be had or read. What is wrong with a system is its row.
        SiteError: the run's site does not exist.
    """
    camera = camera_of(run.scene, run.site)
    spans = run.scene.spans(run.truth.every)
    truth = read_truth(run.truth, base, settings, spans, camera)
    kinds = run.scene.kinds or _kinds(truth)
    answers = [
        Answer(ORACLE, "a yardstick: the truth itself", oracle(truth)),
        Answer(CONSTANT, "a yardstick: always says the same", constant(truth, spans)),
    ]
    failed: list[Failed] = []
    for system in run.systems:
        got = _answer(run, system, base, settings, spans, camera, kinds, announce)
        answers.append(got) if isinstance(got, Answer) else failed.append(got)
    started = time.perf_counter()
    splits: dict[tuple[str, str], Split | Absent] = {
        (one.by, one.name): split_of(one, truth, spans, camera) for one in run.conditions
    }
    divided = {key: one for key, one in splits.items() if isinstance(one, Split)}
    step = announce("judged", len(answers))
    judged = []
    for done, answer in enumerate(answers, start=1):
        judged.append(_judged(run, answer, truth, spans, camera, kinds, divided))
        step(done)
    return Comparison(
        run=run,
        camera=camera,
        spans=spans,
        truth=truth,
        kinds=kinds,
        judged=tuple(judged),
        failed=tuple(failed),
        ranks=_ranks(judged),
        undivided=tuple(
            f"{by}, {name}: {one.reason}"
            for (by, name), one in splits.items()
            if isinstance(one, Absent)
        ),
        sha256=_digest(_truth_files(run, base, settings)),
        made_at=datetime.now(UTC),
        took_s=time.perf_counter() - started,
    )


def _kinds(truth: Facts) -> tuple[str, ...]:
    found: set[str] = set()
    for part in (truth.tracks, truth.crossings, truth.counts, truth.movements):
        if not isinstance(part, Absent):
            found |= set(kinds_of(part))
    return tuple(sorted(found))


def _answer(
    run: Run,
    system: System,
    base: Path,
    settings: Settings,
    spans: Spans,
    camera: Camera,
    kinds: tuple[str, ...],
    announce: Announce,
) -> Answer | Failed:
    what = described(system)
    try:
        if system.export is not None:
            path = located(system.export.path, base, settings)
            given = {"starts_at": spans.starts_at, "fps": spans.fps, "size_px": camera.size_px}
            missing = {name: value for name, value in given.items()
                       if getattr(system.export, name, None) is None}  # fmt: skip
            export = read_export(path, system.export.model_copy(update=missing))
            read = facts_of(export, spans, camera, kinds)
            notes = (*export.repairs, *export.left_out, *read.notes)
            return Answer(system.shown, what, read.facts, notes, system, sha256=_digest([path]))
        assert system.ours is not None
        clip = None if run.scene.clip is None else located(run.scene.clip, base, settings)
        got = watched(
            system.ours,
            clip,
            spans=spans,
            camera=camera,
            kinds=kinds,
            settings=settings,
            progress=announce(system.shown, spans.frames.stop),
        )
        return Answer(system.shown, what, got.facts, (), system, got.model, got.faster)
    except HlaskaError as error:
        return Failed(system.shown, what, str(error), system)


def described(system: System) -> str:
    """What a system is, in words."""
    if system.export is not None:
        made = "constructed from documentation, nobody's result" if system.constructed else "export"
        return f"{made}; {system.export.format}"
    assert system.ours is not None
    if system.ours.tracker == "ultralytics":
        return f"{system.ours.detector} by model.track() of Ultralytics, run here"
    gate = "" if system.ours.gated else ", without its motion gate"
    return f"{system.ours.detector} by the served pipeline{gate}, run here"


def _judged(
    run: Run,
    answer: Answer,
    truth: Facts,
    spans: Spans,
    camera: Camera,
    kinds: tuple[str, ...],
    splits: Mapping[tuple[str, str], Split],
) -> Judged:
    seen, frames, stretches = answer.facts, spans.frames, spans.stretches()
    true = truth.counts
    counted: Counted | Absent
    if isinstance(true, Absent):
        counted = true
    else:
        counted = compared(true, seen.counts, spans, cells_of(true, camera, kinds))
    movements = movements_of(truth, seen, spans)
    figures: Figures = {
        **box_figures(truth, seen, frames, stretches),
        **track_figures(truth, seen, frames, stretches),
        **crossing_figures(truth, seen, spans, camera),
        **count_figures(counted),
        **turn_figures(movements),
        **speed_figures(truth, seen, frames, stretches, spans.fps),
        **alert_figures(truth, seen, spans, run.scene.alert_tolerance_s),
    }
    parts = {
        key: split_figures(split, truth, seen, counted, spans) for key, split in splits.items()
    }
    return Judged(answer, figures, counted, movements, parts)


def _ranks(judged: list[Judged]) -> dict[str, dict[str, Standing]]:
    ranks = {}
    for metric in METRICS:
        had = {
            one.answer.name: figure
            for one in judged
            if isinstance(figure := one.figures[metric.key], Figure)
        }
        steady = had.pop(CONSTANT, None)
        had.pop(ORACLE, None)
        ranks[metric.key] = standings(metric, had, steady)
    return ranks


def _truth_files(run: Run, base: Path, settings: Settings) -> Iterator[Path]:
    for where in (run.truth.tracks, run.truth.crossings, run.truth.counts, run.truth.alerts):
        if where is not None:
            yield located(where, base, settings)


def _digest(paths: "Iterator[Path] | list[Path]") -> str:
    digest = hashlib.sha256()
    for path in paths:
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()
