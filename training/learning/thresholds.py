"""What a higher operating point would have done to alarms that were judged.

Only what was told was judged: how a lower one would do cannot be known from verdicts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hlaska.measures import wilson_interval
from training.learning.verdicts import Alarm

LEAST_TRUE = 5
LEAST_FALSE = 5
"""With fewer verdicts of either sort nothing is proposed."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Of a threshold on alarms."""

    removed: int
    false: int
    """… of so many false alarms."""
    lost: int
    true: int
    """… of so many true ones."""

    @property
    def removed_interval(self) -> tuple[float, float]:
        """Between which shares of false alarms the removed ones lie, 95 %."""
        return wilson_interval(hits=self.removed, trials=self.false)

    @property
    def lost_interval(self) -> tuple[float, float]:
        """Between which shares of true alarms the lost ones lie, 95 %."""
        return wilson_interval(hits=self.lost, trials=self.true)


@dataclass(frozen=True, slots=True)
class Change:
    """A proposed threshold of one kind."""

    kind: str
    threshold: float
    """Confidence, 0..1, below which an alarm would not have been told."""
    seen: Effect
    """On the verdicts that it was chosen with: too good."""
    expected: Effect
    """Each alarm judged by a threshold that was chosen without it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is proposed for a kind."""

    kind: str
    reason: str


def effect(judged: Sequence[Alarm], threshold: float) -> Effect:
    """What becomes of alarms when those below `threshold` are not told."""
    gone = [alarm for alarm in judged if alarm.confidence < threshold]
    true = sum(alarm.true for alarm in judged)
    lost = sum(alarm.true for alarm in gone)
    return Effect(removed=len(gone) - lost, false=len(judged) - true, lost=lost, true=true)


def best_threshold(judged: Sequence[Alarm], *, most_lost: float = 0.0) -> float:
    """The threshold that removes most false alarms and loses at most that share of true ones.

    It lies in the middle between the last alarm that goes and the first that stays. 0 when none
    removes anything.
    """
    true = sorted(alarm.confidence for alarm in judged if alarm.true)
    if not true:
        return 0.0
    keeps = true[min(int(most_lost * len(true)), len(true) - 1)]
    goes = [a.confidence for a in judged if not a.true and a.confidence < keeps]
    return (max(goes) + keeps) / 2 if goes else 0.0


def propose(kind: str, judged: Sequence[Alarm], *, most_lost: float = 0.0) -> Change | Refusal:
    """A threshold for the alarms of one kind, and what it is expected to do.

    Args:
        kind: `domain.thing`.
        judged: Its alarms.
        most_lost: Share of the true ones that may be lost, 0..1.
    """
    true = sum(alarm.true for alarm in judged)
    false = len(judged) - true
    if true < LEAST_TRUE or false < LEAST_FALSE:
        return Refusal(
            kind,
            f"{true} true and {false} false alarms were judged; {LEAST_TRUE} and {LEAST_FALSE} "
            "are the least: without them nobody can say what a change would cost",
        )
    threshold = best_threshold(judged, most_lost=most_lost)
    if not threshold:
        return Refusal(
            kind,
            f"no threshold parts its {false} false alarms from its {true} true ones; a model "
            "trained with them may (hlaska train)",
        )
    parts = []
    for place, alarm in enumerate(judged):
        others = [*judged[:place], *judged[place + 1 :]]
        parts.append(effect([alarm], best_threshold(others, most_lost=most_lost)))
    return Change(
        kind,
        threshold,
        seen=effect(judged, threshold),
        expected=Effect(
            removed=sum(part.removed for part in parts),
            false=false,
            lost=sum(part.lost for part in parts),
            true=true,
        ),
    )
