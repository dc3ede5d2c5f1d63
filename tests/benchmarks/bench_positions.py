"""How far off shots are placed in Pilsen's streets, by how many microphones; beside least squares.

`training.evaluation.street_shots` says what goes wrong there (`TEST`).
"""

import numpy as np

from catalogs import sites
from hlaska.measures import wilson_interval
from hlaska.results import Column, ResultTable, Value
from tests.benchmarks.plan import Plan
from training.evaluation.positions import TEST_SEED, PositionScores, plain, pooled, score, served
from training.evaluation.street_shots import TEST

SITE, ZONES = "pilsen", ("americka", "cukrovarska")
SHOTS = 1000
MICROPHONES = (3, 4, 5, 6)

COLUMNS = (
    Column("shots", "shots"),
    Column("placed", "placed", 3),
    Column("median_m", "off, median m", 1),
    Column("p90_m", "90 % m", 1),
    Column("major_m", "ellipse, long half-axis, median m", 1),
    Column("covered", "in the ellipse (95 %)"),
)
NOTE = (
    "Simulated shots in Americká and Cukrovarská, between their microphones and up to 30 m beyond. "
    "Four are the site's own; of three, one of them is left out; a fifth and sixth are put between."
)


def run(plan: Plan) -> list[ResultTable]:
    """The one table.

    Raises:
        SiteError: the site is not what it was.
    """
    site = sites.named(SITE)
    count = 40 if plan.quick else SHOTS
    rows: list[dict[str, Value]] = []
    for name, solver in (("ours", served(site)), ("least squares", plain(site))):
        each: list[PositionScores] = []
        for microphones in MICROPHONES:
            what = f"{name}, {microphones} microphones"
            scores = score(
                solver,
                site,
                TEST,
                zones=ZONES,
                microphones=microphones,
                count=count,
                seed=TEST_SEED,
                progress=plan.announce(f"positions: {what}", count),
            )
            rows.append({"what": what, **_cells(scores)})
            each.append(scores)
        rows.append({"what": f"{name}, 3 to 6 microphones", **_cells(pooled(each))})
    return [ResultTable("positions", "Positions", NOTE, COLUMNS, tuple(rows))]


def _cells(scores: PositionScores) -> dict[str, Value]:
    cells: dict[str, Value] = {"shots": scores.shots, "placed": scores.placed / scores.shots}
    if not scores.placed:
        return cells
    cells["median_m"] = float(np.median(scores.off_m))
    cells["p90_m"] = float(np.quantile(scores.off_m, 0.9))
    if np.isfinite(scores.reach).all():
        low, high = wilson_interval(hits=scores.covered, trials=scores.placed)
        cells["major_m"] = float(np.median(scores.major_m))
        cells["covered"] = f"{scores.covered / scores.placed:.3f} ({low:.3f}–{high:.3f})"
    return cells
