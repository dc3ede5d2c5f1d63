"""What is compared on made days: the served models, and what any model must be better than."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from hlaska.settings import Settings
from serving.cyber.judge import FlowModel
from serving.cyber.scorer import FlowScorer
from serving.models import resolve
from training.cyber.attacks import probabilities, targets
from training.cyber.days import CLASSES, NORMAL_CLASS
from training.cyber.windows import Rows
from training.evaluation.cyber_measures import pr_auc

MOST_ROWS = 60_000
"""Of training, by which a stump is chosen."""

Scores = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a system says of rows."""

    attack: Scores
    """Of each row: the higher, the more like an attack; a probability where `calibrated`."""
    families: Mapping[str, Scores] = field(default_factory=dict)
    """Of each row, the probability of a family; of systems that know them."""
    points: Mapping[str, float] = field(default_factory=dict)
    """From which probability on a family is told."""
    calibrated: bool = False

    @property
    def told(self) -> NDArray[np.bool_] | None:
        """Of each row, whether it is told at its operating points; None where there are none."""
        if not self.points:
            return None
        hits = [self.families[name] >= point for name, point in self.points.items()]
        return np.logical_or.reduce(hits)


class System(Protocol):
    """Something that judges rows."""

    def judge(self, rows: Rows) -> Judged:
        """What it says of rows. Only the oracle looks at the truth in them."""
        ...


class ServedAttacks:
    """The supervised model, through the scorer that serves it.

    Args:
        model: See `serving.models.resolve`.
        settings: Where models are.

    Raises:
        ModelError: there is no such model, or it is of something else.
    """

    def __init__(self, model: str, settings: Settings) -> None:
        self.scorer, self.model = _loaded(model, settings)

    def judge(self, rows: Rows) -> Judged:
        """See `System.judge`."""
        card = self.scorer.card
        scores = self.scorer.score(rows.values)
        return _of_families(scores, card.classes, card.operating_point)


class ServedAnomalies:
    """The unsupervised model, through the scorer that serves it.

    Args:
        model: See `serving.models.resolve`.
        settings: Where models are.

    Raises:
        ModelError: there is no such model, or it is of something else.
    """

    def __init__(self, model: str, settings: Settings) -> None:
        self.scorer, self.model = _loaded(model, settings)

    def judge(self, rows: Rows) -> Judged:
        """See `System.judge`."""
        ((name, point),) = self.scorer.card.operating_point.items()
        scores = self.scorer.score(rows.values)[:, 0]
        return Judged(scores, {name: scores}, {name: point})


class Fitted:
    """A model that was fitted for a comparison, as `training.cyber.attacks.fit` gives it."""

    def __init__(self, model: HistGradientBoostingClassifier) -> None:
        self._model = model

    def judge(self, rows: Rows) -> Judged:
        """See `System.judge`."""
        return Judged(1 - probabilities(self._model, rows)[:, CLASSES.index(NORMAL_CLASS)])


class Stump:
    """The one column that alone ranks attacks best on training rows, and which way round.

    Args:
        rows: Of training, with attacks.
        rng: Which of them, where there are many.
    """

    def __init__(self, rows: Rows, rng: np.random.Generator) -> None:
        some = rows.take(rng.permutation(len(rows))[:MOST_ROWS])
        truth = targets(some.labels) != NORMAL_CLASS
        found = [
            (pr_auc(sign * some.values[:, column], truth), column, sign)
            for column in range(some.values.shape[1])
            for sign in (1, -1)
        ]
        _, self.column, self._sign = max(found)

    def judge(self, rows: Rows) -> Judged:
        """See `System.judge`."""
        return Judged(self._sign * rows.values[:, self.column].astype(np.float64))


class Constant:
    """Says the same of everything."""

    def judge(self, rows: Rows) -> Judged:
        """See `System.judge`."""
        return Judged(np.zeros(len(rows)))


class Oracle:
    """Knows the truth.

    Args:
        families: What is asked for.
    """

    def __init__(self, families: Iterable[str]) -> None:
        self._families = list(families)

    def judge(self, rows: Rows) -> Judged:
        """See `System.judge`."""
        return Judged(np.isin(rows.labels, self._families).astype(float))


def _loaded(model: str, settings: Settings) -> tuple[FlowScorer, FlowModel]:
    """The scorer, and the model as a judge takes it."""
    found = resolve(model, settings)
    scorer = FlowScorer.load(found)
    return scorer, FlowModel(scorer.score, scorer.card, found.ref)


def _of_families(scores: Scores, classes: tuple[str, ...], points: Mapping[str, float]) -> Judged:
    families = {name: scores[:, place] for place, name in enumerate(classes)}
    return Judged(1 - families[NORMAL_CLASS], families, points, calibrated=True)
