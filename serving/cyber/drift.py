"""How far the traffic of today is from what a model has learnt from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
LEAST_ROWS = 500
"""Fewer say nothing: by chance alone the index would be some (bins - 1) x (1/n + 1/m)
(Yurdakul, Statistical properties of population stability index, 2018)."""
_RAREST = 1e-4
"""Share that an empty bin counts as."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What the columns were like that a model learnt from."""

    edges: NDArray[np.float32]
    """Columns x (BINS - 1): between which values the bins of a column lie."""
    shares: NDArray[np.float64]
    """Columns x BINS: share of the rows in each."""

    @classmethod
    def of(cls, rows: NDArray[np.float32]) -> "Reference":
        """The reference of training rows: bins with a tenth of the rows each, where that can be."""
        edges = np.quantile(rows, np.arange(1, BINS) / BINS, axis=0).T.astype(np.float32)
        return cls(edges, _shares(rows, edges))

    def drift(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """The population stability index of each column; NaN for fewer than `LEAST_ROWS` rows.

        The sum of (a - e) ln(a / e) over the bins, a the share of today and e that of the
        reference: Jeffreys' divergence (Proc. Royal Society A 186, 1946), under the name that
        lenders gave it (Siddiqi, Credit Risk Scorecards, 2006). Their limits (0.1, 0.25) are for
        one column of many borrowers; here the limit is measured, see `training.cyber.operating`.
        """
        if len(rows) < LEAST_ROWS:
            return np.full(len(self.edges), np.nan)
        now, then = (np.maximum(one, _RAREST) for one in (_shares(rows, self.edges), self.shares))
        return np.sum((now - then) * np.log(now / then), axis=1)


def _shares(rows: NDArray[np.float32], edges: NDArray[np.float32]) -> NDArray[np.float64]:
    counts = [
        np.bincount(np.searchsorted(edge, column, side="left"), minlength=BINS)
        for edge, column in zip(edges, rows.T, strict=True)
    ]
    return np.array(counts) / max(1, len(rows))
