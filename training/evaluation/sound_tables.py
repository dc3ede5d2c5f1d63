"""The figures of the audio protocol as tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hlaska.errors import HlaskaError
from hlaska.measures import Hits, wilson_interval
from hlaska.models import ModelCard
from hlaska.results import Column, ResultTable, Value
from hlaska.sound.scores import SOUND_CLASSES
from training.evaluation.sound import Band, Curve, FalseAlarms, SceneScores, median_s

NOT_HAD = "Real screams and real breaking glass were not to be had: theirs are made sounds."


@dataclass(slots=True)
class SystemScores:
    """All that was measured of one system."""

    scenes: SceneScores | None = None
    labelled: SceneScores | None = None
    clips: dict[tuple[str, str], Curve] = field(default_factory=dict)
    clip_alarms: dict[str, FalseAlarms] = field(default_factory=dict)
    quiet: FalseAlarms | None = None
    card: ModelCard | None = None


Outcome = SystemScores | HlaskaError
Row = dict[str, Value]


def event_table(outcomes: Mapping[str, Outcome], *, labelled: str | None = None) -> ResultTable:
    """F1, error rate and their parts; of made scenes, or of the labelled recordings so named."""

    def row(scores: SystemScores) -> Row:
        told = scores.labelled if labelled else scores.scenes
        if told is None:
            return {}
        errors = told.errors
        true = errors.true or float("nan")
        return {
            "f1": errors.hits.f1,
            "error_rate": errors.error_rate,
            "substituted": errors.substituted / true,
            "deleted": errors.deleted / true,
            "inserted": errors.inserted / true,
            "precision": errors.hits.precision,
            "recall": errors.hits.recall,
            "events": errors.true,
            "onset_s": median_s(told.onsets_off_s),
            "after_s": median_s(told.told_after_s),
        }

    columns = (
        Column("f1", "event F1", 3),
        Column("error_rate", "error rate", 3),
        Column("substituted", "… substitutions", 3),
        Column("deleted", "… deletions", 3),
        Column("inserted", "… insertions", 3),
        Column("precision", "precision", 3),
        Column("recall", "recall", 3),
        Column("events", "true events"),
        Column("onset_s", "onset off, median s", 2),
        Column("after_s", "told after, median s", 1),
    )
    if labelled:
        return ResultTable(
            "sound-labelled",
            f"Events of {labelled}",
            "As its labels.csv says, in quiet. Onset collar 0.5 s, volleys are one event.",
            columns,
            _rows(outcomes, row),
        )
    return ResultTable(
        "sound-events",
        "Events in made scenes",
        "One sound in a street, -5 to 30 dB over all else, with up to two others that it must not "
        "be taken for. Onset collar 0.5 s, volleys are one event. " + NOT_HAD,
        columns,
        _rows(outcomes, row),
    )


def class_table(outcomes: Mapping[str, Outcome], *, labelled: str | None = None) -> ResultTable:
    """Each class in the made scenes, or in the labelled recordings so named."""
    known = [_curves(one) for one in outcomes.values() if isinstance(one, SystemScores)]
    sounds = [
        sound
        for sound in SOUND_CLASSES
        if any(_true(curves[sound, None].hits) for curves in known if curves)
    ]

    def row(scores: SystemScores) -> Row:
        cells: Row = {}
        curves = _curves(scores)
        for sound in sounds if curves else ():
            curve = curves[sound, None]
            cells |= {
                f"{sound}, AP": curve.average_precision,
                f"{sound}, F1": curve.hits.f1,
                f"{sound}, precision": curve.hits.precision,
                f"{sound}, recall": _share(curve.hits),
            }
        return cells

    where = f"As the labels.csv of {labelled} says." if labelled else f"Made scenes. {NOT_HAD}"
    return ResultTable(
        "sound-labelled-classes" if labelled else "sound-classes",
        f"Classes of {labelled}" if labelled else "Classes",
        f"{where} AP is the area under precision and recall as the threshold falls; the rest is at "
        "the operating point, recall with its 95 % interval (Wilson).",
        tuple(
            Column(f"{sound}, {figure}", f"{sound}: {figure}", 3)
            for sound in sounds
            for figure in ("AP", "F1", "precision", "recall")
        ),
        _rows(outcomes, row),
    )


def loudness_table(outcomes: Mapping[str, Outcome]) -> ResultTable:
    """Each class in the made scenes, by band of SNR."""
    bands = sorted(
        {
            band
            for scores in outcomes.values()
            if isinstance(scores, SystemScores)
            for _, band in _curves(scores)
            if band is not None
        }
    )

    def row(scores: SystemScores) -> Row:
        cells: Row = {}
        for sound in SOUND_CLASSES:
            for band in bands:
                curve = _curves(scores).get((sound, band))
                if curve is not None:
                    cells[f"{sound}, {_words(band)}, AP"] = curve.average_precision
                    cells[f"{sound}, {_words(band)}, recall"] = curve.hits.recall
        return cells

    return ResultTable(
        "sound-loudness",
        "Classes by loudness",
        "Made scenes, by the sound's power over all else while it can be heard. A false alarm "
        "counts in the band of its scene. " + NOT_HAD,
        tuple(
            Column(f"{sound}, {_words(band)}, {figure}", f"{sound}, {_words(band)}: {figure}", 3)
            for figure in ("AP", "recall")
            for sound in SOUND_CLASSES
            for band in bands
        ),
        _rows(outcomes, row),
    )


def clip_table(outcomes: Mapping[str, Outcome]) -> ResultTable:
    """What became of real recordings."""
    keys = sorted(
        {
            key
            for scores in outcomes.values()
            if isinstance(scores, SystemScores)
            for key, curve in scores.clips.items()
            if _true(curve.hits)
        }
    )

    def row(scores: SystemScores) -> Row:
        cells: Row = {}
        for key in keys:
            curve = scores.clips.get(key)
            if curve is not None:
                name = ", ".join(key)
                hits = curve.hits
                cells[f"{name}, AP"] = curve.average_precision if curve.others else None
                cells[f"{name}, F1"] = hits.f1
                cells[f"{name}, precision"] = hits.precision
                cells[f"{name}, recall"] = _share(hits)
                cells[f"{name}, recordings"] = _true(hits)
        return cells

    figures = (("AP", 3), ("F1", 3), ("precision", 3), ("recall", 3), ("recordings", 0))
    columns = tuple(
        Column(f"{', '.join(key)}, {figure}", f"{', '.join(key)}: {figure}", digits)
        for key in keys
        for figure, digits in figures
    )
    return ResultTable(
        "sound-recordings",
        "Real recordings",
        "Each recording as a whole, in quiet: is the sound told that is in it, and not of others? "
        "Recall with its 95 % interval (Wilson). AP needs recordings without the sound in the same "
        "data set. " + NOT_HAD,
        columns,
        _rows(outcomes, row),
    )


def alarm_table(outcomes: Mapping[str, Outcome]) -> ResultTable:
    """False alarms per hour, and the bound that the hours support."""
    names = sorted(
        {
            name
            for scores in outcomes.values()
            if isinstance(scores, SystemScores)
            for name in scores.clip_alarms
        }
    )

    def row(scores: SystemScores) -> Row:
        real = sum(scores.clip_alarms.values(), FalseAlarms(0, {}))
        cells: Row = {}
        parts = {f"{name}, real": scores.clip_alarms.get(name) for name in names}
        parts |= {"all real": real if names else None, "made": scores.quiet}
        for name, alarms in parts.items():
            if alarms is not None:
                low, high = alarms.interval
                cells[f"{name}, hours"] = alarms.hours
                cells[f"{name}, alarms"] = alarms.count
                cells[f"{name}, per hour"] = f"{alarms.per_hour:.2f} ({low:.2f}–{high:.2f})"
        if scores.quiet is not None:
            cells["told as"] = _counted(scores.quiet.by_sound)
            cells["caused by"] = _counted(scores.quiet.by_cause)
        return cells

    columns = tuple(
        Column(f"{name}, {figure}", f"{name}: {figure}", digits)
        for name in (*(f"{name}, real" for name in names), *(["all real"] if names else []), "made")
        for figure, digits in (("hours", 2), ("alarms", 0), ("per hour", 2))
    )
    return ResultTable(
        "sound-false-alarms",
        "False alarms",
        "Per hour of recordings of other sounds, close together and so far worse than a street; in "
        "brackets the rates that these hours leave possible (95 %, exact).",
        (*columns, Column("told as", "made: told as"), Column("caused by", "made: caused by")),
        _rows(outcomes, row),
    )


def curve_points(outcomes: Mapping[str, Outcome], thresholds: Sequence[float]) -> list[Row]:
    """Precision and recall of each system, class and band at each threshold, in scenes."""
    return [
        {
            "what": name,
            "sound": sound,
            "snr": "all" if band is None else _words(band),
            "threshold": threshold,
            "precision": hits.precision,
            "recall": hits.recall,
        }
        for name, scores in outcomes.items()
        if isinstance(scores, SystemScores)
        for (sound, band), curve in _curves(scores).items()
        for threshold, hits in zip(thresholds, curve.at_thresholds, strict=True)
    ]


def _rows(outcomes: Mapping[str, Outcome], row: Callable[[SystemScores], Row]) -> tuple[Row, ...]:
    return tuple(
        {"what": name, **row(scores)}
        if isinstance(scores, SystemScores)
        else {"what": name, "reason": str(scores)}
        for name, scores in outcomes.items()
    )


def _curves(scores: SystemScores) -> Mapping[tuple[str, Band], Curve]:
    told = scores.scenes or scores.labelled
    return told.curves if told else {}


def _words(band: tuple[float, float]) -> str:
    return f"{band[0]:g} to {band[1]:g} dB"


def _true(hits: Hits) -> int:
    return hits.found + hits.missed


def _share(hits: Hits) -> str:
    low, high = wilson_interval(hits=hits.found, trials=_true(hits))
    return f"{hits.recall:.3f} ({low:.2f}–{high:.2f})"


def _counted(counts: Mapping[str, int]) -> str | None:
    ordered: Iterable[tuple[str, int]] = Counter(counts).most_common(5)
    return ", ".join(f"{name} {count}" for name, count in ordered) or None
