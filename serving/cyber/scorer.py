"""The flow models as everybody calls them: plain, without Ray, one in serving and in training."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import ModelError, SourceError
from hlaska.models import ModelCard
from hlaska.network.features import FEATURES, HOST_FEATURES, WINDOW_S
from serving.cyber.drift import Reference
from serving.models import LoadedModel
from serving.runtimes import open_skops

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"flow-attacks": FEATURES, "flow-anomaly": HOST_FEATURES}
)
"""What each task is told of: conversations, or hosts."""
ESTIMATOR, EDGES, SHARES = "estimator", "reference_edges", "reference_shares"
DRIFT_LIMIT = "drift_limit"
THRESHOLD, SCALE = "threshold", "scale"
"""What a file of weights holds by name: a model of scikit-learn, the reference of its columns and
how far an hour may be from it; of anomalies also which surprise is a score of 0.5, and by how much
more it is 0.73."""


class FlowScorer:
    """Any flow model that Hlaska serves. Stateless, and safe to call from several threads.

    Args:
        card: Says what it was trained on and what its columns mean.
        held: What its file holds; see `ESTIMATOR` and the names beside it.

    Raises:
        ModelError: the card describes no flow model or one of other columns, or something is
            missing in the file.
    """

    def __init__(self, card: ModelCard, held: Mapping[str, Any]) -> None:
        self._card = card
        self._features = _features(card)
        needed = [ESTIMATOR, EDGES, SHARES, DRIFT_LIMIT]
        needed += [THRESHOLD, SCALE] if card.task == "flow-anomaly" else []
        missing = [name for name in needed if name not in held]
        if missing:
            raise ModelError(
                f"{card.name}: its file lacks {', '.join(missing)}; train it: hlaska train cyber"
            )
        self._held = held
        self._reference = Reference(held[EDGES], held[SHARES])
        # Asked once, so that a model that is not the card's is found out before it is needed.
        self.score(np.zeros((1, self.columns), np.float32))

    @classmethod
    def load(cls, model: LoadedModel) -> "FlowScorer":
        """Makes a resolved model ready to run.

        Args:
            model: From `serving.models.resolve`.

        Raises:
            ModelError: it is made for something else, or its weights cannot be loaded.
        """
        card = model.card
        _features(card)
        if model.weights is None:
            raise ModelError(f"{card.name}: its card names no weights; {card.runtime} needs them")
        return cls(card, open_skops(card, model.weights))

    @property
    def card(self) -> ModelCard:
        """The card of the model that runs."""
        return self._card

    @property
    def columns(self) -> int:
        """How many numbers a row has."""
        return len(self._features)

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """What each row looks like, in order.

        Args:
            rows: n x `columns`, of `conversation_features` or `host_features`; n may be 0.

        Returns:
            n x classes of the card: probabilities that sum to 1; or of anomalies one column, 0..1,
            which is 0.5 where a host is as surprising as the threshold allows.

        Raises:
            ModelError: the rows have another number of columns, or model and card disagree.
            SourceError: the rows hold what is no number.
        """
        self._check(rows)
        if not len(rows):
            return np.zeros((0, len(self._card.classes)), np.float32)
        try:
            found = self._surprise(rows) if self._is_of_anomalies else self._probabilities(rows)
        except (AttributeError, ValueError) as error:
            raise ModelError(
                f"{self._card.name} cannot score {rows.shape} ({error}); its file is not what its "
                "card says: train it again"
            ) from error
        scores = np.asarray(found, np.float32)
        # Written so that a NaN fails as well.
        if scores.shape != (len(rows), len(self._card.classes)) or not (
            scores.min() >= 0 and scores.max() <= 1
        ):
            raise ModelError(
                f"{self._card.name} answered {len(rows)} rows with {scores.shape}, its card "
                f"promises {len(self._card.classes)} probabilities each; train it again"
            )
        return scores

    @property
    def drift_limit(self) -> float:
        """The largest drift with which it is to be trusted.

        Somewhat above that of any hour of the days that it was calibrated on.
        """
        return float(self._held[DRIFT_LIMIT])

    def drift(self, rows: NDArray[np.float32]) -> float:
        """How far these rows are from those it was trained on, on average over the columns.

        Ask it of an hour's rows, and compare with `drift_limit`. See `Reference.drift`.

        Returns:
            0 and more; NaN for fewer than `LEAST_ROWS` rows, of which nothing can be said.

        Raises:
            ModelError: the rows have another number of columns.
            SourceError: the rows hold what is no number.
        """
        self._check(rows)
        return float(self._reference.drift(rows).mean())

    @property
    def _is_of_anomalies(self) -> bool:
        return self._card.task == "flow-anomaly"

    def _probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        estimator = self._held[ESTIMATOR]
        places = {str(name): place for place, name in enumerate(estimator.classes_)}
        missing = set(self._card.classes) ^ set(places)
        if missing:
            raise ModelError(
                f"{self._card.name}: card and file disagree about the classes {sorted(missing)}; "
                "train it again"
            )
        return estimator.predict_proba(rows)[:, [places[name] for name in self._card.classes]]

    def _surprise(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        surprise = -np.asarray(self._held[ESTIMATOR].score_samples(rows), np.float64)
        over = (surprise - float(self._held[THRESHOLD])) / float(self._held[SCALE])
        # Beyond 30 the exponential is nothing beside 1, or overflows.
        return 1 / (1 + np.exp(-np.clip(over, -30, 30)))[:, None]

    def _check(self, rows: NDArray[np.float32]) -> None:
        if rows.ndim != 2 or rows.shape[1] != self.columns or rows.dtype != np.float32:
            raise ModelError(
                f"rows have shape {rows.shape} and type {rows.dtype}; {self._card.name} takes n x "
                f"{self.columns} of float32"
            )
        if not np.isfinite(rows).all():
            row = int(np.argmax(~np.isfinite(rows).all(axis=1)))
            raise SourceError(f"row {row} holds what is no number; features are finite")


def _features(card: ModelCard) -> tuple[str, ...]:
    expected = COLUMNS.get(card.task)
    if expected is None:
        raise ModelError(
            f"{card.name} is made for {card.task}; a model of flows is needed "
            f"({' or '.join(COLUMNS)})"
        )
    if card.output != "scores" or card.runtime != "skops":
        raise ModelError(
            f"{card.name} gives {card.output} in {card.runtime}; a model of flows gives scores in "
            "skops"
        )
    if card.input.features != expected or card.input.window_s != WINDOW_S:
        others = sorted(set(card.input.features) ^ set(expected))
        raise ModelError(
            f"{card.name} was trained on other columns or windows than are made now "
            f"({', '.join(others[:5]) or f'{card.input.window_s} s, now {WINDOW_S} s'}); train it "
            "again: hlaska train cyber"
        )
    return expected
