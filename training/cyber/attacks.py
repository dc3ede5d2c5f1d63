"""The supervised model: which family of attacks a conversation is of, as a calibrated probability.

Trees on a histogram, boosted (Friedman, Greedy function approximation, 2001; Ke et al., LightGBM,
NIPS 2017): they take counts and shares on any scale, and are as quick as the network needs.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator

from catalogs.traffic.day import NORMAL
from hlaska.errors import ModelError
from training.cyber.days import CLASSES, LEARNT, NORMAL_CLASS
from training.cyber.operating import FALSE_ALARMS_PER_HOUR, alarms, hours, threshold
from training.cyber.windows import Rows, Texts

NORMAL_SHARE = 0.3
"""Of the normal rows that is learnt from: they are much alike."""
MOST_ROWS = 400
"""Of one attack, so that a flood does not weigh more than all others."""
LEAST_POINT = 0.5
"""Operating points are not below it: where calibration has no false alarm, it says little of how
low one could go."""
MARGIN = 0.5
"""Share of the allowed false alarms that calibration may have, as other days differ."""


def targets(labels: Texts) -> Texts:
    """The class of each label; what is not learnt is normal."""
    return np.where(np.isin(labels, LEARNT), labels, NORMAL_CLASS)


def thinned(rows: Rows, rng: np.random.Generator) -> Rows:
    """What of a day's rows is learnt from."""
    order = rng.permutation(len(rows))
    mixed = rows.take(order)
    kept = (mixed.labels == NORMAL) & (rng.random(len(rows)) < NORMAL_SHARE)
    for number in np.unique(mixed.activities[mixed.activities >= 0]):
        kept[np.flatnonzero(mixed.activities == number)[:MOST_ROWS]] = True
    return mixed.take(kept)


def fit(rows: Rows, *, seed: int, iterations: int = 60) -> HistGradientBoostingClassifier:
    """The model, not yet calibrated.

    Raises:
        ModelError: the rows are all of one class.
    """
    wanted = targets(rows.labels)
    if len(np.unique(wanted)) < 2:
        raise ModelError(
            f"{len(rows)} rows, all {wanted[:1]}: nothing to tell apart; make more days"
        )
    model = HistGradientBoostingClassifier(
        max_iter=iterations,
        max_leaf_nodes=15,
        learning_rate=0.15,
        min_samples_leaf=30,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    return model.fit(rows.values, wanted.astype(str))


def calibrate(model: HistGradientBoostingClassifier, rows: Rows) -> CalibratedClassifierCV:
    """The model with one temperature for all classes, on days it did not learn from.

    Guo et al., On calibration of modern neural networks, ICML 2017: it changes no decision.
    """
    known = np.isin(targets(rows.labels), model.classes_)
    shown = rows.take(known)
    calibrated = CalibratedClassifierCV(FrozenEstimator(model), method="temperature")
    return calibrated.fit(shown.values, targets(shown.labels).astype(str))


def probabilities(
    model: CalibratedClassifierCV | HistGradientBoostingClassifier, rows: Rows
) -> NDArray[np.float64]:
    """Of each row and each of `CLASSES`; 0 for a class that the model never saw."""
    scores = np.zeros((len(rows), len(CLASSES)))
    if len(rows):
        places = [CLASSES.index(str(name)) for name in model.classes_]
        scores[:, places] = model.predict_proba(rows.values)
    return scores


def operating_points(scores: NDArray[np.floating], rows: Rows) -> Mapping[str, float]:
    """The lowest probability that counts, of each family; together they have few false alarms.

    Args:
        scores: n x `CLASSES`.
        rows: Of the calibration days.
    """
    allowed = MARGIN * FALSE_ALARMS_PER_HOUR * hours(rows.windows)
    still = rows.take(rows.quiet)
    own = {name: scores[rows.quiet, CLASSES.index(name)] for name in LEARNT}
    false = {name: alarms(still, own[name] >= LEAST_POINT) for name in LEARNT}
    # As many for each as all together may have: who has few leaves the others more.
    most = max(false.values())
    while most > 0 and sum(min(most, count) for count in false.values()) > allowed:
        most -= 1
    return {
        name: LEAST_POINT
        if false[name] <= most
        else min(1.0, max(LEAST_POINT, threshold(still, own[name], most)))
        for name in LEARNT
    }
