"""Frames a second of the pipeline, of the bare detector and of `model.track()`; and their memory.

The passes take turns (A B C A B C …) in one process, so that whatever else the machine does, it
does to all of them; a ratio is the median of the ratios of neighbours.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from statistics import median

import cv2

from hlaska.errors import HlaskaError
from hlaska.results import Column, ResultTable, Value
from serving.models import resolve
from serving.video.motion import Motion
from serving.video.scorer import DetectorScorer
from tests.benchmarks.passes import THREADS, TRACKED, bare, pipeline, tracked
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import ROOT
from training.evaluation.pets import Footage, footage
from training.evaluation.ultralytics_track import UltralyticsTrack
from training.evaluation.video import frames_of

SEEDS = ("yolo11n-int8", "yolox-nano", "hog")
WARM_FRAMES = 10
"""Of each pass, before the clock starts: caches, the background model, the decoder's own start."""

SPEED = (
    Column("pipeline_fps", "pipeline frames/s", 1),
    Column("bare_fps", "bare detector frames/s", 1),
    Column("track_fps", "track() frames/s", 1),
    Column("of_bare", "pipeline / bare", 2),
    Column("of_track", "pipeline / track()", 2),
    Column("gate", "motion gate"),
    Column("passes", "passes"),
)
MEMORY = (Column("rss_mb", "memory, MB"),)

Pass = Callable[[], Generator[None]]


def run(plan: Plan) -> list[ResultTable]:
    """The two tables.

    Raises:
        DataError: the clip cannot be had.
    """
    scene = footage(plan.settings)
    with held_to(THREADS) as held:
        speed = tuple(_speed_row(plan, scene, seed) for seed in SEEDS)
    memory = tuple(_memory_row(plan, what) for what in _memory_cases())
    return [
        ResultTable(
            "speed",
            "Speed",
            f"{plan.timed_frames} frames from frame {WARM_FRAMES} on, {THREADS} threads{held}; "
            "medians over the passes.",
            SPEED,
            speed,
        ),
        ResultTable(
            "memory",
            "Memory",
            "Resident, of a fresh process and its children: the most over 60 frames.",
            MEMORY,
            memory,
        ),
    ]


@contextmanager
def held_to(cores: int) -> Iterator[str]:
    """Keeps this process and its children to so many cores: Ultralytics takes all it sees."""
    if not hasattr(os, "sched_setaffinity"):
        yield " (not held to as many cores: this system cannot)"
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:cores])
    threads = cv2.getNumThreads()
    cv2.setNumThreads(cores)
    try:
        yield f" on {len(os.sched_getaffinity(0))} cores"
    finally:
        os.sched_setaffinity(0, before)
        cv2.setNumThreads(threads)


def _speed_row(plan: Plan, scene: Footage, seed: str) -> dict[str, Value]:
    try:
        model = resolve(f"seed:{seed}", plan.settings)
        scorer = DetectorScorer.load(model, threads=THREADS)
    except HlaskaError as error:
        return {"what": seed, "reason": str(error)}
    count = WARM_FRAMES + plan.timed_frames
    images = [frame.image for frame in frames_of(scene.clip, scene.camera, limit=count)]
    motion = Motion()
    regions = [motion.regions(image).boxes_px for image in images]
    looks: list[bool] = []
    passes: dict[str, Pass] = {
        "pipeline": lambda: pipeline(scene, scorer, model.ref, looks=looks),
        "bare": lambda: bare(images, regions, scorer),
    }
    absent = ""
    if seed == TRACKED:
        try:
            tracker = UltralyticsTrack(model, plan.settings, conf=None)
        except HlaskaError as error:
            absent = str(error)
        else:
            passes["track"] = lambda: tracked(scene, tracker)
    step = plan.announce(f"speed: {seed}", plan.repeats * len(passes))
    fps: dict[str, list[float]] = {name: [] for name in passes}
    for turn in range(plan.repeats):
        for number, (name, begin) in enumerate(passes.items(), start=1):
            fps[name].append(frames_per_s(begin(), plan.timed_frames))
            step(turn * len(passes) + number)
    return {
        "what": seed,
        "pipeline_fps": median(fps["pipeline"]),
        "bare_fps": median(fps["bare"]),
        "track_fps": median(fps["track"]) if "track" in fps else absent or None,
        "of_bare": _ratio(fps, "bare"),
        "of_track": _ratio(fps, "track"),
        "gate": f"on; looked at {sum(looks) / len(looks):.0%}",
        "passes": plan.repeats,
    }


def _ratio(fps: dict[str, list[float]], other: str) -> float | None:
    if other not in fps:
        return None
    return median(ours / its for ours, its in zip(fps["pipeline"], fps[other], strict=True))


def frames_per_s(frames: Generator[None], count: int) -> float:
    """Frames a second over `count` frames, once it is warm."""
    for _ in islice(frames, WARM_FRAMES):
        pass
    began_s = time.perf_counter()
    done = sum(1 for _ in islice(frames, count))
    elapsed_s = time.perf_counter() - began_s
    # A generator left half way closes what it has open only when it is told to.
    frames.close()
    return done / elapsed_s


def _memory_cases() -> list[str]:
    return [
        *(f"pipeline, {seed}" for seed in SEEDS),
        f"bare, {TRACKED}",
        f"track(), {TRACKED}",
    ]


def _memory_row(plan: Plan, what: str) -> dict[str, Value]:
    kind, seed = what.split(", ")
    step = plan.announce(f"memory: {what}", 1)
    command = [sys.executable, "-m", "tests.benchmarks.memory", kind, seed]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    step(1)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return {"what": what, "reason": lines[-1] if lines else f"exit code {done.returncode}"}
    return {"what": what, "rss_mb": json.loads(done.stdout.splitlines()[-1])["rss_bytes"] / 1e6}
