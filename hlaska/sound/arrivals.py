"""Which shot at one microphone is which at another.

Each microphone reports a volley as the times of its onsets. The same volley sounds at another
microphone with the same rhythm, later or earlier by no more than sound needs from the one to the
other. Two volleys at a time are told apart by their rhythms; two single shots at a time are not.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

TOLERANCE_S = 0.02
"""How far the rhythm of a volley may differ between microphones. Less than half the shortest time
between two shots of one weapon."""
CLOCK_SLACK_S = 0.15
"""How much longer than the way between two microphones one of them may take: clocks, reflections.
"""
MOST_FITS = 4
"""Lags of two microphones that are looked at: those of several volleys at a time."""
FEWEST_SHOTS, FEWEST_MICROPHONES = 2, 3
"""What is left over of reports must share so much to be a volley of its own; less is an echo."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A volley as one microphone reported it."""

    id: str
    """Of the report."""
    microphone: str
    place_m: tuple[float, float]
    sound: str
    onsets_s: tuple[float, ...]
    """When each shot came; seconds after any moment that is the same for all."""


@dataclass(frozen=True, slots=True)
class Volley:
    """Shots from one place, as several microphones heard them."""

    heard: tuple[Heard, ...]
    """The report of each microphone, with those onsets that belong to this volley."""
    lags_s: Mapping[str, float]
    """How much later than the first of `heard` each microphone hears this volley."""
    shots: tuple[Mapping[str, float], ...]
    """Of each shot, in order: when it came to which microphone. One may have missed some."""

    @property
    def arrivals_s(self) -> dict[str, float]:
        """When the first shot came to each microphone, by all the shots that it heard."""
        first_s = _middle(self.shots[0], self.lags_s)
        return {name: first_s + lag_s for name, lag_s in self.lags_s.items()}


class _Fit(NamedTuple):
    """One way in which a report is a later copy of the reference; the greatest is the best."""

    pairs: int
    nearness_s: float
    """Less than 0: how far the pairs are apart."""
    lag_s: float
    paired: frozenset[int]
    """Which onsets of the reference."""


def volleys(reports: Iterable[Heard], *, speed_mps: float) -> tuple[Volley, ...]:
    """The volleys behind some reports, those that most onsets agree on first.

    Args:
        reports: In any order; those without onsets are left out.
        speed_mps: Of sound.

    Returns:
        Each volley has two microphones or more; what only one heard is not among them.
    """
    left = sorted((report for report in reports if report.onsets_s), key=lambda report: report.id)
    fresh = {report.id for report in left}
    found: list[Volley] = []
    while True:
        candidates = [one for reference in left for one in _around(reference, left, speed_mps)]
        possible = [one for one in candidates if _is_one(one, fresh)]
        if not possible:
            return tuple(found)
        best = max(possible, key=_agreement)
        found.append(best)
        fresh -= {heard.id for heard in best.heard}
        left = _without(left, best)


def _is_one(volley: Volley, fresh: Collection[str]) -> bool:
    """Whether it is made of reports not yet used, or of more than echoes would agree on."""
    if sum(heard.id in fresh for heard in volley.heard) >= 2:
        return True
    shared = [shot for shot in volley.shots if len(shot) >= FEWEST_MICROPHONES]
    return len(shared) >= FEWEST_SHOTS


def _agreement(volley: Volley) -> tuple[int, float]:
    """The more onsets agree the better; and then, the more closely."""
    apart_s = 0.0
    for shot in volley.shots:
        times_s = [at_s - volley.lags_s[name] for name, at_s in shot.items()]
        apart_s += max(times_s) - min(times_s)
    return sum(map(len, volley.shots)), -apart_s


def _around(reference: Heard, reports: Sequence[Heard], speed_mps: float) -> Iterator[Volley]:
    """The volleys that a report may be of."""
    fits: dict[str, list[tuple[_Fit, Heard]]] = {}
    for other in reports:
        if other.microphone != reference.microphone and other.sound == reference.sound:
            way_s = math.dist(reference.place_m, other.place_m) / speed_mps
            for fit in _fits(reference.onsets_s, other.onsets_s, way_s + CLOCK_SLACK_S):
                fits.setdefault(other.microphone, []).append((fit, other))
    # Where two volleys are mixed, microphones must agree on which of them it is.
    for wanted in dict.fromkeys(fit.paired for some in fits.values() for fit, _ in some):

        def wantedness(one: tuple[_Fit, Heard], wanted: frozenset[int] = wanted) -> tuple[int, Any]:
            return len(one[0].paired & wanted), one[0][:3]

        chosen = {name: max(some, key=wantedness) for name, some in fits.items()}
        volley = _volley(reference, chosen)
        if volley is not None:
            yield volley


def _volley(reference: Heard, others: Mapping[str, tuple[_Fit, Heard]]) -> Volley | None:
    """A report and its copies as a volley; None where no shot of it is left."""
    members = {reference.microphone: reference} | {name: one for name, (_, one) in others.items()}
    lags_s = {reference.microphone: 0.0} | {name: fit.lag_s for name, (fit, _) in others.items()}
    shots = _shots(members, lags_s)
    own = {name: tuple(shot[name] for shot in shots if name in shot) for name in members}
    heard = tuple(
        replace(report, onsets_s=own[name]) for name, report in members.items() if own[name]
    )
    if not own[reference.microphone]:
        return None
    lags_s = {one.microphone: lags_s[one.microphone] for one in heard}
    return Volley(heard=heard, lags_s=lags_s, shots=shots)


def _fits(first_s: Sequence[float], second_s: Sequence[float], longest_s: float) -> list[_Fit]:
    """The lags under which most onsets pair up, half of them at least; none where none may."""
    apart = np.subtract.outer(np.asarray(second_s), np.asarray(first_s)).ravel()
    order = np.argsort(apart, kind="stable")
    order = order[np.abs(apart[order]) <= longest_s]
    apart_s, onset = apart[order], order % len(first_s)
    # Onsets of one microphone are farther apart than a window is wide: each pairs up but once.
    ends = np.searchsorted(apart_s, apart_s + TOLERANCE_S, side="right")
    windows = [
        _Fit(
            pairs=int(end - start),
            nearness_s=float(apart_s[start] - apart_s[end - 1]),
            lag_s=float(np.median(apart_s[start:end])),
            paired=frozenset(onset[start:end].tolist()),
        )
        for start, end in enumerate(ends)
        if 2 * (end - start) >= min(len(first_s), len(second_s))
    ]
    found: list[_Fit] = []
    for window in sorted(windows, key=lambda fit: fit[:3], reverse=True):
        if all(abs(window.lag_s - other.lag_s) > TOLERANCE_S for other in found):
            found.append(window)
    return found[:MOST_FITS]


def _shots(
    members: Mapping[str, Heard], lags_s: Mapping[str, float]
) -> tuple[Mapping[str, float], ...]:
    """Onsets that coincide once the lags are taken off, of more than half of the microphones."""
    onsets = sorted(
        (at_s - lags_s[name], name, at_s)
        for name, report in members.items()
        for at_s in report.onsets_s
    )
    shots: list[dict[str, float]] = []
    began_s = -math.inf
    for time_s, name, at_s in onsets:
        if time_s - began_s > TOLERANCE_S or name in shots[-1]:
            shots.append({})
            began_s = time_s
        shots[-1][name] = at_s
    return tuple(shot for shot in shots if 2 * len(shot) > len(members))


def _middle(shot: Mapping[str, float], lags_s: Mapping[str, float]) -> float:
    """When a shot came to the reference, as all who heard it say."""
    return float(np.median([at_s - lags_s[name] for name, at_s in shot.items()]))


def _without(reports: Sequence[Heard], volley: Volley) -> list[Heard]:
    """The reports without the onsets of a volley; an empty one is gone."""
    taken = {heard.id: set(heard.onsets_s) for heard in volley.heard}
    rest = [
        replace(report, onsets_s=tuple(s for s in report.onsets_s if s not in taken[report.id]))
        if report.id in taken
        else report
        for report in reports
    ]
    return [report for report in rest if report.onsets_s]
