"""What a model costs to run: time for a unit of work beside the champion, weights, memory."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hlaska.errors import ModelError
from serving.models import LoadedModel
from training.registry.verdict import Check, Outcome

MOST_WEIGHTS_MB = 200.0
MOST_MEMORY_MB = 1000.0
"""What a process grows by when it loads the model and uses it: a small box has 4 GiB in all."""
WARM_UP, TIMED = 3, 31

_LOADS = """
import sys
from pathlib import Path
import numpy as np
from serving.models import from_folder

def highest_mb():
    # The peak of this process alone: what getrusage tells begins with that of its parent.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(one.split()[1]) for one in lines if one.startswith("VmHWM")) / 1024

model = from_folder(Path(sys.argv[1]))
if model.card.task == "detect":
    from serving.video.scorer import DetectorScorer
    before = highest_mb()
    DetectorScorer.load(model, threads=1).score([np.full((480, 640, 3), 114, np.uint8)])
elif model.card.task == "sound-events":
    from serving.audio.scorer import SoundScorer
    before = highest_mb()
    scorer = SoundScorer.load(model, threads=1)
    scorer.score(np.zeros((4, scorer.window_samples), np.float32))
else:
    from serving.cyber.scorer import FlowScorer
    before = highest_mb()
    scorer = FlowScorer.load(model)
    scorer.score(np.zeros((1000, scorer.columns), np.float32))
print(highest_mb() - before)
"""


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work, such as a picture, done by both models."""

    unit: str
    candidate: Callable[[], object]
    champion: Callable[[], object] | None


def speed(work: Work, *, most_slower: float, repeats: int = TIMED) -> Check:
    """The candidate's median time beside the champion's, in turns, so that load hits both.

    Args:
        work: What both do.
        most_slower: Times the champion's median that the candidate's may be.
        repeats: How often each does it.
    """
    what = f"time for {work.unit}"
    mine: list[float] = []
    theirs: list[float] = []
    for number in range(WARM_UP + repeats):
        pairs = [(work.candidate, mine)]
        if work.champion is not None:
            pairs.append((work.champion, theirs))
        # Who goes first finds a colder cache: they take turns at that, too.
        for act, times in pairs if number % 2 else reversed(pairs):
            began_s = time.perf_counter()
            act()
            if number >= WARM_UP:
                times.append(time.perf_counter() - began_s)
    mine_ms = float(np.median(mine)) * 1000
    if work.champion is None:
        return Check(what=what, outcome=Outcome.NOT_TRIED, why="no champion to compare with (ms)",
                     candidate=mine_ms)  # fmt: skip
    theirs_ms = float(np.median(theirs)) * 1000
    times_ = mine_ms / theirs_ms
    outcome = Outcome.PASSED if times_ <= most_slower else Outcome.FAILED
    why = f"median {mine_ms:.2f} ms, {times_:.2f} times the champion's; allowed {most_slower:.2f}"
    return Check(what=what, outcome=outcome, why=why, candidate=mine_ms, champion=theirs_ms)


def weights(model: LoadedModel) -> Check:
    """How large the files are that a camera's box would have to hold."""
    size_mb = 0.0
    if model.weights is not None:
        parts = {model.weights, model.weights.with_suffix(".bin")}
        size_mb = sum(part.stat().st_size for part in parts if part.is_file()) / 1e6
    outcome = Outcome.PASSED if size_mb <= MOST_WEIGHTS_MB else Outcome.FAILED
    why = f"{size_mb:.1f} MB, allowed is {MOST_WEIGHTS_MB:.0f}"
    return Check(what="size of the weights", outcome=outcome, why=why, candidate=size_mb)


def memory(folder: Path) -> Check:
    """By how much a fresh process grows when it loads the model and uses it.

    Raises:
        ModelError: the process does not get to its end.
    """
    done = subprocess.run(
        [sys.executable, "-c", _LOADS, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ModelError(
            f"{folder} does not run in a process of its own: {done.stderr.strip()[-500:]}"
        )
    grown_mb = float(done.stdout.split()[-1])
    outcome = Outcome.PASSED if grown_mb <= MOST_MEMORY_MB else Outcome.FAILED
    why = f"{grown_mb:.0f} MB more, allowed is {MOST_MEMORY_MB:.0f}"
    return Check(what="memory", outcome=outcome, why=why, candidate=grown_mb)
