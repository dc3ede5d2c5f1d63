"""What a model of flows must do: a scan is told, a quiet hour is not; order does not matter."""

from functools import cache, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from catalogs.traffic.attacks.scan import of_hosts
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.day import MadeDay, with_attacks
from serving.cyber.scorer import FlowScorer
from training.cyber.days import NORMAL_CLASS, network, site
from training.cyber.operating import alarms, found
from training.cyber.windows import Rows, rows_of
from training.registry.behaviours import Behaviour, Kind
from training.registry.flow_units import told

PORTS = (20, 60, 200, 600)
"""That somebody scans in one minute, of one host: ever more."""
SUSPICION_TOLERANCE = 0.05
SAME = 1e-6
"""Scores of the same row in another place may differ by rounding."""
MOST_ALARMS = 2
"""In a quiet hour: a dispatcher bears one an hour, and by chance two fall into one."""
_SEED = 71
_HOURS = 1.0
_AT_S = 1800.0


def behaviours(scorer: FlowScorer) -> list[Behaviour]:
    """Of one model, of conversations or of hosts."""
    ask = partial(partial, scorer=scorer)
    return [
        Behaviour(Kind.MINIMUM, "a scan of 600 ports is told", ask(_scan_told)),
        Behaviour(Kind.MINIMUM, "a quiet hour gives no more than two alarms", ask(_quiet)),
        Behaviour(Kind.MINIMUM, "no rows give no scores", ask(_nothing)),
        Behaviour(Kind.INVARIANCE, "the order of rows does not matter", ask(_order)),
        Behaviour(Kind.DIRECTION, "more scanned ports are never less suspicious", ask(_ports)),
    ]


def _scan_told(scorer: FlowScorer) -> tuple[bool, str]:
    rows = _rows(scorer, PORTS[-1])
    some, there = found(rows.take(rows.attack), told(scorer, rows.values[rows.attack]))
    return some == there == 1, f"{some} of {there} told"


def _quiet(scorer: FlowScorer) -> tuple[bool, str]:
    rows = _rows(scorer, 0)
    many = alarms(rows, told(scorer, rows.values))
    return many <= MOST_ALARMS, f"{many} alarms among {len(rows)} rows"


def _nothing(scorer: FlowScorer) -> tuple[bool, str]:
    scores = scorer.score(np.zeros((0, scorer.columns), np.float32))
    return len(scores) == 0, f"{len(scores)} scores"


def _order(scorer: FlowScorer) -> tuple[bool, str]:
    values = _rows(scorer, PORTS[-1]).values
    order = np.random.default_rng(_SEED).permutation(len(values))
    off = np.abs(scorer.score(values[order]) - scorer.score(values)[order]).max()
    return bool(off <= SAME), f"scores differ by {off:.2g} at most"


def _ports(scorer: FlowScorer) -> tuple[bool, str]:
    peaks = []
    for many in PORTS:
        rows = _rows(scorer, many)
        peaks.append(float(_suspicion(scorer, rows.values[rows.attack]).max()))
    fall = max(a - b for a, b in pairwise(peaks))
    shown = ", ".join(f"{many} ports {peak:.2f}" for many, peak in zip(PORTS, peaks, strict=True))
    return fall <= SUSPICION_TOLERANCE, shown


def _suspicion(scorer: FlowScorer, values: NDArray[np.float32]) -> NDArray[np.float32]:
    scores = scorer.score(values)
    if NORMAL_CLASS in scorer.card.classes:
        return 1 - scores[:, scorer.card.classes.index(NORMAL_CLASS)]
    return scores.max(axis=1)


def _rows(scorer: FlowScorer, ports: int) -> Rows:
    talks, hosts = _hour(ports)
    rows = talks if scorer.card.task == "flow-attacks" else hosts
    return rows.take(~rows.beside)


@cache
def _hour(ports: int) -> tuple[Rows, Rows]:
    """An hour of the test's network in which so many ports of one camera are scanned."""
    return rows_of(_made(ports), network())


def _made(ports: int) -> MadeDay:
    chance = Chance(np.random.default_rng([_SEED, 1]), shifted=False)
    cast = Cast.of(site())
    devices = sorted(cast.devices)
    attacks = []
    if ports:
        # Chance of its own, so that the hour around it is always the same one.
        own = Chance(np.random.default_rng([_SEED, 2]), shifted=False)
        attacks = [of_hosts(own, cast, _AT_S, src=devices[0], hosts=(devices[-1],),
                            ports_each=ports)]  # fmt: skip
    return with_attacks(chance, cast, attacks, _HOURS)
