"""What evidence is worth: the open formula behind a threat level, in nats of log odds.

The odds that a zone is threatened are those before anything was noticed, times one factor for each
observation; as logarithms they add up (Good, Probability and the Weighing of Evidence, 1950). Where
observations are not independent of each other, they count less: `weigh`.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from hlaska.kinds import Kind

PRIOR = 1 / 200
"""Probability that a zone is threatened, before anything was noticed there; an expert prior."""
POSTERIORS = (0.05, 0.20, 0.50, 0.90)
"""From such a probability on the level is 1, 2, 3, 4; chosen by expert judgement."""
NOTHING = 0.01
"""Evidence of fewer nats counts as none: it would change the odds by less than one in a hundred."""
STRONGEST = 3
"""So many events of one sensor and kind count: a fourth of the same tells nothing new."""
AHEAD_S = 60
"""A clock may be so far ahead: what it tells counts as happening now. An expert prior."""


def log_odds(probability: float) -> float:
    """The logarithm of p / (1 - p), in nats; p between 0 and 1, without them."""
    return math.log(probability / (1 - probability))


THRESHOLDS = tuple(log_odds(p) - log_odds(PRIOR) for p in POSTERIORS)
"""Scores from which the level is 1, 2, 3, 4, in nats: what takes the prior to the posterior."""


def level_of(score: float) -> int:
    """The level, 0..4, of a score in nats."""
    return bisect_right(THRESHOLDS, score)


def probability_of(score: float) -> float:
    """The probability of a threat, 0..1, given a score in nats (0 or more) of evidence."""
    return 1 / (1 + math.exp(-(log_odds(PRIOR) + score)))


def worth(weight: float, confidence: float) -> float:
    """What an observation is worth that is itself true with a probability, in nats.

    ln(1 + p (e^w - 1)): the log of the likelihood ratio p e^w + (1 - p), as an observation that is
    false says nothing either way (Jeffrey, The Logic of Decision, 1965, chapter 11).

    Args:
        weight: Log likelihood ratio of the observation where it is true, w.
        confidence: Probability that it is true, p.
    """
    return math.log1p(confidence * math.expm1(weight))


def nearness(distance_m: float, reach_m: float) -> float:
    """Share of its worth that an event has for a zone so far off: 2^(-(d / reach)^2).

    A half at the reach, next to nothing at three times the reach; the form is an expert prior.
    """
    return float(2.0 ** -((distance_m / reach_m) ** 2))


@dataclass(frozen=True, slots=True)
class Heard:
    """What an assessment needs to know of an event."""

    id: str
    source: str
    sensor: str
    """Whose repeats it saturates with."""
    kind: Kind
    modality: str
    """Of the kind."""
    at: datetime
    at_s: int
    """The first whole second since 1970 at which it had happened. Half-lives are minutes: a part
    of a second makes no difference, and whole ones bound what must be remembered of a flood."""
    confidence: float
    whole: float
    """Nats that it is worth where it happened, while it is fresh."""
    people: int
    """That it counted; 0 where it counts none."""


class Piece(NamedTuple):
    """An event as evidence of one zone."""

    rank: float
    """Grows with what it is worth, whenever one looks after it happened: as all of one kind fade
    alike, the stronger of two stays the stronger."""
    id: str
    peak: float
    """Nats that it is worth while it is fresh."""
    distance_m: float
    heard: Heard

    def value(self, at_s: float) -> float:
        """Nats that it is worth at a time, alone: `peak` times 2^(-age / half-life), or nothing."""
        age_s = at_s - self.heard.at_s
        if age_s < -AHEAD_S:
            return 0.0
        value = self.peak * fading(age_s, self.heard.kind.half_life_s)
        return value if value >= NOTHING else 0.0


def fading(age_s: float, half_life_s: float) -> float:
    """Share of its worth that is left after a time; all of it before it happened."""
    return float(2.0 ** (-age_s / half_life_s)) if age_s > 0 else 1.0


def piece(heard: Heard, distance_m: float) -> Piece | None:
    """An event as evidence of a zone so far off; None where it is none."""
    kind = heard.kind
    peak = heard.whole * nearness(distance_m, kind.reach_m)
    if peak < NOTHING:
        return None
    rank = math.log2(peak) + heard.at_s / kind.half_life_s
    return Piece(rank, heard.id, peak, distance_m, heard)


Valued = tuple[float, Piece]
"""A piece of evidence, with the nats that it is worth alone."""


class Weighed(NamedTuple):
    """A piece of evidence at one time, in nats."""

    counts: float
    """What is left of it beside all others."""
    value: float
    """What it is worth alone."""
    piece: Piece


def weigh(valued: Iterable[Valued]) -> list[Weighed]:
    """What each piece of evidence of a zone adds to its score; none that adds nothing.

    What one sensor repeats is hardly independent, what two sensors of a kind tell is partly so, and
    what two senses tell (almost) wholly: of one sensor and kind the `STRONGEST` count; those of one
    sensor and sense, sorted downwards, count whole, half, a quarter …; so do the sensors of one
    sense; senses add up. So a sensor, and a sense, is worth at most twice its strongest part, and
    nothing that comes on top makes the sum smaller. The halving is an expert prior.

    What was put together from other events (a located sound from what microphones heard, a finding
    of the picture guard from a picture and the network) counts as told by one more sensor of its
    sense, beside its parts. It is not independent of them, so this is too much, but not by much:
    beside two microphones that are as sure, a located sound adds a quarter of its worth. Were it
    to take the place of its parts, then a part that is stronger, or that comes late, could lower a
    level.
    """
    heard: dict[str, dict[str, dict[str, list[Valued]]]] = {}
    for value, each in valued:
        if value > 0:
            told = each.heard
            of_sensor = heard.setdefault(told.modality, {}).setdefault(told.sensor, {})
            of_sensor.setdefault(told.kind.name, []).append((value, each))
    weighed = []
    for sensors in heard.values():
        ranked = []
        for sensor, kinds in sensors.items():
            strongest = [
                one for same in kinds.values() for one in sorted(same, key=_first)[:STRONGEST]
            ]
            strongest.sort(key=_first)
            ranked.append((-saturated([value for value, _ in strongest]), sensor, strongest))
        for rank, (_, _, strongest) in enumerate(sorted(ranked, key=lambda one: one[:2])):
            for repeat, (value, each) in enumerate(strongest):
                weighed.append(Weighed(value * 0.5 ** (rank + repeat), value, each))
    return weighed


def _first(one: Valued) -> tuple[float, str]:
    """The strongest comes first; of equals the lesser id, whichever came first."""
    return -one[0], one[1].id


def saturated(values: Sequence[float]) -> float:
    """The sum of values sorted downwards, of which the first counts whole, each next half that."""
    return math.fsum(value * 0.5**rank for rank, value in enumerate(values))


def total(weighed: Iterable[Weighed]) -> float:
    """All that the evidence of a zone adds up to, in nats."""
    return math.fsum(each.counts for each in weighed)


def with_another(weighed: Iterable[Weighed], kind: Kind) -> float:
    """What the evidence would add up to with one sure, fresh event of a kind, in nats.

    Args:
        weighed: The evidence as it is.
        kind: Of the event, which a sensor tells that has told nothing yet.
    """
    others = []
    told: dict[str, list[float]] = {}
    for each in weighed:
        heard = each.piece.heard
        if heard.modality == kind.modality:
            told.setdefault(heard.sensor, []).append(each.value)
        else:
            others.append(each.counts)
    sensors = [saturated(sorted(values, reverse=True)) for values in told.values()]
    sensors.append(worth(kind.weight, 1.0))
    return math.fsum(others) + saturated(sorted(sensors, reverse=True))
