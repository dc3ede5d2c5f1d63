"""The audio protocol's figures for a report: intervals, curves, and the worst mistakes to hear."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from hlaska.events import ModelRef
from hlaska.measures import Hits, wilson_interval
from hlaska.results import INTERVALS, OPERATING, THRESHOLDS, Value
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.audio.finding import SoundFinding
from serving.audio.privacy import redact, to_flac
from serving.audio.spectrogram import picture
from training.evaluation.listening import Ear, Hearing
from training.evaluation.sound import Curve, FalseAlarms, Mistake
from training.evaluation.sound_tables import Outcome, SystemScores
from training.reporting import Exhibit

Row = dict[str, Value]
RATE = "false alarms per hour"
MOST_CASES = 6
AROUND_S = 3.0
"""Of sound before and after a mistake that is shown."""

_AT = datetime(2000, 1, 1, tzinfo=UTC)


def sound_points(
    outcomes: Mapping[str, Outcome], thresholds: Sequence[float]
) -> dict[str, list[Row]]:
    """Points of a report; see `hlaska.results`. Recall and precision are of scenes."""
    had = {name: one for name, one in outcomes.items() if isinstance(one, SystemScores)}
    return {
        INTERVALS: [row for name, one in had.items() for row in _intervals(name, one)],
        THRESHOLDS: [
            row for name, one in had.items() for row in _curve_rows(name, one, thresholds)
        ],
        OPERATING: [row for name, one in had.items() for row in _operating(name, one)],
    }


def models_of(outcomes: Mapping[str, Outcome]) -> tuple[ModelRef, ...]:
    """The exact models that were judged, in their order."""
    cards = [one.card for one in outcomes.values() if isinstance(one, SystemScores)]
    return tuple(ModelRef(name=card.name, version=card.version) for card in cards if card)


def worst(scores: SystemScores) -> list[Mistake]:
    """The mistakes that say most: the loudest that were missed, the surest that were wrong."""
    told = scores.scenes or scores.labelled
    mistakes = told.mistakes if told else ()
    missed = sorted((one for one in mistakes if one.true), key=_loudness, reverse=True)
    false = sorted(
        (one for one in mistakes if not one.true), key=lambda one: one.event.score, reverse=True
    )
    half = MOST_CASES // 2
    return [
        *missed[: max(half, MOST_CASES - len(false))],
        *false[: max(half, MOST_CASES - len(missed))],
    ]


def exhibits_of(ear: Ear, mistakes: Sequence[Mistake]) -> list[Exhibit]:
    """A spectrogram and a player for each mistake; speech is silenced as in any evidence.

    Raises:
        ModelError: the network and its card disagree.
    """
    return [exhibit for one in mistakes for exhibit in _exhibits(ear, one)]


def _loudness(mistake: Mistake) -> float:
    return mistake.scene.band_db[0] if mistake.scene.band_db else 0.0


def _intervals(name: str, scores: SystemScores) -> Iterator[Row]:
    for sound, curve in _curves(scores).items():
        hits = curve.hits
        for metric, part, whole in (
            ("recall", hits.found, hits.found + hits.missed),
            ("precision", hits.found, hits.found + hits.false),
        ):
            if whole:
                low, high = wilson_interval(hits=part, trials=whole)
                yield _interval(name, f"{sound}: {metric}", part / whole, low, high, "more")
    if scores.quiet is not None and scores.quiet.hours:
        low, high = scores.quiet.interval
        yield _interval(name, RATE, scores.quiet.per_hour, low, high, "less")


def _interval(name: str, metric: str, value: float, low: float, high: float, better: str) -> Row:
    return {
        "what": name,
        "metric": metric,
        "value": value,
        "low": low,
        "high": high,
        "better": better,
    }


def _curve_rows(name: str, scores: SystemScores, thresholds: Sequence[float]) -> Iterator[Row]:
    quiet = scores.quiet or FalseAlarms(0, {})
    for sound, curve in _curves(scores).items():
        for number, (threshold, hits) in enumerate(
            zip(thresholds, curve.at_thresholds, strict=True)
        ):
            known = quiet.hours and number < len(quiet.at_thresholds)
            count = quiet.at_thresholds[number].get(sound, 0) if known else 0
            rate = count / quiet.hours if known else None
            yield _point(name, sound, threshold, hits, rate)


def _operating(name: str, scores: SystemScores) -> Iterator[Row]:
    points = scores.card.operating_point if scores.card else {}
    for sound, curve in _curves(scores).items():
        if sound in points:
            quiet = scores.quiet
            rate = quiet.by_sound.get(sound, 0) / quiet.hours if quiet and quiet.hours else None
            yield _point(name, sound, points[sound], curve.hits, rate)


def _point(name: str, sound: str, threshold: float, hits: Hits, rate: float | None) -> Row:
    return {
        "what": name,
        "class": sound,
        "threshold": threshold,
        "precision": hits.precision,
        "recall": hits.recall,
        "rate": rate,
    }


def _curves(scores: SystemScores) -> dict[str, Curve]:
    """Of all scenes together, of the sounds that are in them or were told."""
    told = scores.scenes or scores.labelled
    curves = told.curves if told else {}
    return {
        sound: curve
        for (sound, band), curve in curves.items()
        if band is None and curve.hits != Hits(0, 0, 0)
    }


def _exhibits(ear: Ear, mistake: Mistake) -> tuple[Exhibit, Exhibit]:
    scene, event = mistake.scene, mistake.event
    begin_s = max(0.0, event.onset_s - AROUND_S)
    end_s = min(len(scene.samples) / RATE_HZ, event.offset_s + AROUND_S)
    samples = scene.samples[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)]
    clean = redact(samples, [(event.onset_s - begin_s, event.offset_s - begin_s)])
    finding = _drawn_as(ear, mistake)
    drawing = picture(
        clean.samples,
        start_s=begin_s - event.onset_s,
        finding=finding,
        removed=clean.removed,
        points=ear.card.operating_point,
    )
    words = _caption(ear, mistake, finding.confidence)
    return (
        Exhibit("image/jpeg", drawing, words),
        Exhibit("audio/flac", to_flac(clean.samples), words),
    )


def _caption(ear: Ear, mistake: Mistake, score: float) -> str:
    point = ear.card.operating_point.get(mistake.event.sound, 1.0)
    sure = f"best score {score:.2f}, counts from {point:.2f}"
    if not mistake.true:
        return f"{mistake.event.sound} told where there was none ({sure}); {mistake.scene.name}"
    done = "missed" if mistake.told is None else f"taken for {mistake.told}"
    return f"{mistake.event.sound} {done} ({sure}); {mistake.scene.name}"


def _drawn_as(ear: Ear, mistake: Mistake) -> SoundFinding:
    """The event as if it had been found, with the scores that it got."""
    event = mistake.event
    scores = _scores(Hearing(ear, mistake.scene.samples, mistake.scene.events))
    first = max(0, round((event.onset_s - AROUND_S) / ear.frame_s))
    last = round((event.offset_s + AROUND_S) / ear.frame_s)
    inside = scores[
        round(event.onset_s / ear.frame_s) : round(event.offset_s / ear.frame_s) + 1,
        SOUND_CLASSES.index(event.sound),
    ]
    onset = round(event.onset_s * RATE_HZ)
    loud = np.abs(mistake.scene.samples[onset : round(event.offset_s * RATE_HZ) + 1])
    return SoundFinding(
        sound=event.sound,
        observed_at=_AT + timedelta(seconds=event.onset_s),
        onset_s=event.onset_s,
        offset_s=event.offset_s,
        onsets_s=(0.0,),
        confidence=float(inside.max()) if len(inside) else 0.0,
        windows_agreed=0,
        windows_asked=0,
        peak_dbfs=float(20 * np.log10(max(loud.max(initial=0.0), 1e-5))),
        scores=scores[first:last],
        scores_start_s=first * ear.frame_s - event.onset_s,
        scores_step_s=ear.frame_s,
    )


def _scores(hearing: Hearing) -> NDArray[np.float32]:
    """Mean of the scores of all windows that hold a frame, frames x classes."""
    hearing.told()
    windows = hearing.answers
    frame_s = hearing.ear.frame_s
    length = max(round(start / frame_s) + len(one) for start, one in windows.items())
    total = np.zeros((length, len(SOUND_CLASSES)), np.float32)
    counts = np.zeros((length, 1), np.float32)
    for start_s, one in windows.items():
        first = round(start_s / frame_s)
        kept = one[max(0, -first) :]
        first = max(0, first)
        total[first : first + len(kept)] += kept
        counts[first : first + len(kept)] += 1
    return np.asarray(total / np.maximum(counts, 1), np.float32)
