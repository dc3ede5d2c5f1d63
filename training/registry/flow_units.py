"""Flow models on made test days: attacks told and false alarms, day by day."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hlaska.bootstrap import ratio
from serving.cyber.scorer import FlowScorer
from serving.models import LoadedModel
from training.cyber.days import LEARNT, made_day, network
from training.cyber.operating import alarms, found, hours
from training.cyber.windows import Rows, rows_of
from training.evaluation.progress import Announce
from training.registry.cost import Work
from training.registry.measured import GateArgs, Measured, digest_of
from training.registry.verdict import Compared

MOST_ALARMS_MORE = 0.5
"""False alarms an hour more than the champion's: half of what a dispatcher bears at most."""
_BATCH = 1000


def measured(
    candidate: LoadedModel, champion: LoadedModel | None, args: GateArgs, announce: Announce
) -> Measured:
    """Both models on the same made days; without a champion, beside one that tells of nothing.

    Raises:
        ModelError: a model and its card disagree.
    """
    scorer = FlowScorer.load(candidate)
    other = None if champion is None else FlowScorer.load(champion)
    step = announce("made days", args.days)
    mine, theirs = [], []
    read: list[NDArray[np.generic]] = []
    batch = np.zeros((0, scorer.columns), np.float32)
    for number in range(args.days):
        rows = day_rows(scorer.card.task, number, args)
        read += [rows.values, rows.windows, rows.activities]
        mine.append(_counts(rows, scorer))
        theirs.append(_counts(rows, other))
        batch = np.concatenate([batch, rows.values])[:_BATCH]
        step(number + 1)
    one, two = np.array(mine), np.array(theirs)
    told = f"{args.days} made test days of {args.day_hours:g} h with {args.attacks} attacks each"
    return Measured(
        data=f"{told}, seed {args.seed}",
        data_sha256=digest_of(read),
        compared=(
            Compared("attacks told", "made days", one[:, :2], two[:, :2], ratio,
                     args.margin, one[:, 1].sum(), main=True),
            Compared("false alarms per hour", "made days", one[:, 2:], two[:, 2:], ratio,
                     MOST_ALARMS_MORE, one[:, 3].sum(), better="lower"),
        ),
        work=Work(
            f"{len(batch)} rows",
            lambda: scorer.score(batch),
            None if other is None else lambda: other.score(batch),
        ),
    )  # fmt: skip


@cache
def day_rows(task: str, number: int, args: GateArgs) -> Rows:
    """The rows of one day that count: of conversations, or of hosts for models of anomalies.

    Days are those of the test split under a seed of the gate's own: no model learnt from them. Each
    takes seconds to make, and is kept.
    """
    day = made_day("test", number, seed=args.seed, attacks=args.attacks, hours=args.day_hours)
    talks, hosts = rows_of(day, network())
    rows = talks if task == "flow-attacks" else hosts
    wanted = np.isin(rows.labels, LEARNT) if task == "flow-attacks" else rows.attack
    # What is not asked for is neither right nor a false alarm, like what is beside an attack.
    return rows.take((wanted | rows.quiet) & ~rows.beside)


def told(scorer: FlowScorer, values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Of each row, whether it is told at the card's operating points."""
    scores = scorer.score(values)
    card = scorer.card
    hits = [
        scores[:, card.classes.index(name)] >= point for name, point in card.operating_point.items()
    ]
    return np.logical_or.reduce(hits)


def _counts(rows: Rows, scorer: FlowScorer | None) -> tuple[float, float, float, float]:
    """Attacks found, attacks there, false alarms, hours."""
    hit = np.zeros(len(rows), bool) if scorer is None else told(scorer, rows.values)
    attacks, there = found(rows.take(rows.attack), hit[rows.attack])
    false = alarms(rows.take(rows.quiet), hit[rows.quiet])
    return float(attacks), float(there), float(false), hours(rows.windows)
