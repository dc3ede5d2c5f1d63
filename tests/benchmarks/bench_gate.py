"""How often the gate lets a truly worse model pass, and how often an equal or better one.

Units are real: what the committed models make of the gate's own scenes and days. A model that is
worse by a known amount is made of them by dropping some of what was found, each with the same
chance, and an equal or a better one by drawing other units of the same kind, or finding some of
what was missed. Each trial draws its own set of units, so that the gate sees other data each time.
"""

import numpy as np
from numpy.typing import NDArray

from catalogs import seeds
from hlaska.results import Column, ResultTable, Value
from serving.models import from_folder
from tests.benchmarks.plan import Plan
from training.registry import flow_units, sound_units
from training.registry.measured import GateArgs
from training.registry.verdict import Compared, Outcome, compare

SOUNDS, FLOWS = NAMES = "gate-power-sounds", "gate-power-flows"
CHANGES = (-0.2, -0.1, -0.06, -0.03, 0.0, 0.03, 0.06)
"""Of the share that is found: how much worse, or better, the candidate truly is."""
UNITS = (16, 192, 512)
"""The gate judges 192 scenes of sound, or 16 days of 8 attacks, unless told otherwise."""
TRIALS, RESAMPLES = 200, 300
POOL = GateArgs(scenes_each=3, quiet_hours=0.02, days=20, day_hours=1.0, attacks=8)
"""From which units are drawn; false alarms are not tried here."""
_SEED = 15
_SOUND_COLUMNS = 3

Counts = NDArray[np.float64]


def run(plan: Plan) -> list[ResultTable]:
    """A table for sounds and one for flows."""
    args = GateArgs().smaller() if plan.quick else POOL
    trials = 20 if plan.quick else TRIALS
    ears, flows = (from_folder(seeds.folder(name)) for name in ("street-sounds", "flow-attacks"))
    sound = sound_units.measured(ears, None, plan.settings, args, plan.announce)
    days = flow_units.measured(flows, None, args, plan.announce)
    return [
        _table(SOUNDS, sound.compared[0], sound.data, args, trials),
        _table(FLOWS, days.compared[0], days.data, args, trials),
    ]


def _table(name: str, one: Compared, data: str, args: GateArgs, trials: int) -> ResultTable:
    rows = [_row(one, units, change, args, trials) for units in UNITS for change in CHANGES]
    return ResultTable(
        name=name,
        title=f"Gate power, {one.what}",
        note=f"{trials} trials a row, seed {_SEED}; units are drawn from {data}. The margin is "
        f"{args.margin}. A candidate whose true difference is below minus the margin must not pass "
        "(at most one in forty by the bounds' own chance).",
        columns=(
            Column("difference", "true difference", 3),
            Column("passed", "passed, of 100", 1),
            Column("failed", "failed", 1),
            Column("refused", "refused", 1),
        ),
        rows=tuple(rows),
    )


def _row(one: Compared, units: int, change: float, args: GateArgs, trials: int) -> dict[str, Value]:
    rng = np.random.default_rng([_SEED, units, round(1000 * (change + 1))])
    outcomes: list[Outcome] = []
    for _ in range(trials):
        champion = one.candidate[rng.integers(0, len(one.candidate), units)]
        made = Compared(
            one.what, one.unit, changed(champion, change, rng), champion, one.measure,
            args.margin, asked(champion), main=True,
        )  # fmt: skip
        outcomes.append(compare(made, baseline=False, rng=rng, resamples=RESAMPLES).outcome)
    whole = one.candidate.sum(axis=0)
    many = np.tile(one.candidate, (200, 1))
    true = one.measure(changed(many, change, rng).sum(axis=0)) - one.measure(whole)
    row: dict[str, Value] = {"what": f"{units} units, {change:+.2f}", "difference": float(true)}
    return row | {
        str(which): 100 * outcomes.count(which) / trials
        for which in (Outcome.PASSED, Outcome.FAILED, Outcome.REFUSED)
    }


def changed(counts: Counts, change: float, rng: np.random.Generator) -> Counts:
    """The counts of a system that finds more, or less, of the same units.

    A share `-change` of what was found is dropped at random, or of what was missed found; as
    systems differ in detail even where they are as good, as much is both dropped and found besides.

    Args:
        counts: n x (found, false, missed), or n x (found, there).
        change: From -1 to 1.
        rng: All chance.
    """
    found = counts[:, 0].astype(np.int64)
    triple = counts.shape[1] == _SOUND_COLUMNS
    missed = (counts[:, 2] if triple else counts[:, 1] - counts[:, 0]).astype(np.int64)
    total = max(found.sum(), 1)
    stir = min(0.03, missed.sum() / total)
    lost = rng.binomial(found, min(1.0, max(0.0, -change) + stir))
    gained = max(0.0, change) * total + stir * total
    won = rng.binomial(missed, min(1.0, gained / max(missed.sum(), 1)))
    now = (found - lost + won).astype(float)
    if triple:
        return np.stack([now, counts[:, 1], (found + missed) - now], axis=1)
    return np.stack([now, counts[:, 1]], axis=1)


def asked(counts: Counts) -> float:
    """How many things were to be found."""
    triple = counts.shape[1] == _SOUND_COLUMNS
    return float((counts[:, [0, 2]] if triple else counts[:, [1]]).sum())
