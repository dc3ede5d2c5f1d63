"""The unsupervised model: how surprising it is what a host did in a minute, after quiet days.

A mixture of Gaussians over standardised rows: a network has some kinds of hosts (cameras, one
recorder …), and each its habits. What is odd here is odd together (a camera that asks, a recorder
that does not), and an isolation forest cuts one column at a time. Tried on the days of the
calibration split, thresholds set by its quiet days to half a false alarm an hour:

    average precision over minutes of hosts, attacks told of 88
    mixture of 20      0.72   84          fifth neighbour          0.36   21
    mixture of 10      0.68   80          10 principal components  0.32   58
    mixture of 30      0.70   70          isolation forest         0.34   41 (300 trees; 100: 0.16)
    ECOD               0.06   16          LOF, 20 neighbours       0.10    2
"""

from dataclasses import dataclass

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training.cyber.operating import FALSE_ALARMS_PER_HOUR, hours, threshold
from training.cyber.windows import Rows

COMPONENTS = 20
RIDGE = 1e-2
"""Added to the variances of standardised columns: one that never changed may change a little."""
MARGIN = 0.5
"""Share of the allowed false alarms that calibration may have, as other days differ."""
WIDTH = 0.25
"""Of the way from an ordinary surprise to the threshold: over so much, the score rises from 0.5 to
0.73. A choice of ours, for people who look at the score."""


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyModel:
    """What `serving.cyber.scorer` needs to score."""

    estimator: Pipeline
    threshold: float
    """Surprise (minus the logarithm of the density) that is a score of 0.5."""
    scale: float


def fit(rows: Rows, *, seed: int, components: int = COMPONENTS) -> Pipeline:
    """The mixture, learnt from quiet days."""
    mixture = GaussianMixture(components, reg_covar=RIDGE, random_state=seed)
    return make_pipeline(StandardScaler(), mixture).fit(rows.values)


def calibrate(estimator: Pipeline, rows: Rows) -> AnomalyModel:
    """The mixture with its threshold, from quiet days that it did not learn from."""
    surprise = -estimator.score_samples(rows.values)
    allowed = MARGIN * FALSE_ALARMS_PER_HOUR * hours(rows.windows)
    point = threshold(rows, surprise, allowed)
    ordinary = float(np.median(surprise))
    return AnomalyModel(estimator, point, max(WIDTH * (point - ordinary), 1e-6))
