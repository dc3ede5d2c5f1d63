"""The unusual on the annotated clip: anomalies put into its later part, learnt from its earlier."""

from datetime import UTC, datetime

from hlaska.results import ResultTable
from tests.benchmarks.plan import Plan
from training.evaluation.normality import judge, normality_table, scenes_of
from training.evaluation.pets import footage
from training.video.normality import Footage, NormalityArgs, learn, movements_of

LEARNT = 500
"""Frames before this one are learnt from."""
NAMES = ("normality",)
"""Of its tables."""
FPS = 7.0
"""As it was recorded (PETS 2009); the file says 10."""


def run(plan: Plan) -> list[ResultTable]:
    """One table, of people's true tracks: what a tracker gets wrong is measured elsewhere."""
    clip = footage(plan.settings)
    tracks = clip.truth.tracks
    start = datetime(2009, 1, 1, 12, tzinfo=UTC)
    earlier, later = tracks[tracks["frame"] < LEARNT], tracks[tracks["frame"] >= LEARNT]
    seen = Footage(clip.site.id, clip.camera.id, "the clip's beginning", LEARNT / FPS)
    usual = learn(movements_of(scenes_of(earlier, start=start, fps=FPS)), seen, NormalityArgs())
    found, false_alarms, hours = judge(usual, later, start=start, fps=FPS)
    words = (
        f"the true tracks of PETS frames {LEARNT}–794; learnt from {LEARNT / FPS:.0f} s of "
        "footage, far less than `hlaska train normality` asks for"
    )
    return [normality_table(found, false_alarms, hours, words=words)]
