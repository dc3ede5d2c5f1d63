"""From verdicts to a report that proposes, and to a version of the model that heeds it."""

import json
import shutil
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hlaska.errors import ModelError
from hlaska.kinds import KINDS
from hlaska.results import Column, Report, ReportKind, ResultTable, Value
from serving.models import LoadedModel
from training.learning.thresholds import Change, Refusal, propose
from training.learning.verdicts import Alarm, of_kind

COLUMNS = (
    Column("words", "expected"),
    Column("now", "threshold now", 2),
    Column("then", "then", 2),
    Column("removed", "false alarms removed"),
    Column("false", "of"),
    Column("lost", "true alarms lost"),
    Column("true", "of"),
    Column("lost_high", "true alarms lost, share at most (95 %)", 2),
)


def class_of(kind: str, model: LoadedModel) -> str | None:
    """The class of a model whose operating point decides about a kind; None: not one alone.

    Sounds and attacks have the kind's own name. Alarms of a camera rule rest on the boxes of
    people or vehicles, which other rules and the counts use too: a threshold for one rule is none
    of the detector's.
    """
    thing = kind.split(".")[1]
    return thing if thing in model.card.operating_point else None


def proposals(judged: Sequence[Alarm], *, most_lost: float) -> list[Change | Refusal]:
    """One for each kind that was judged."""
    kinds = sorted({alarm.kind for alarm in judged})
    return [propose(kind, of_kind(judged, kind), most_lost=most_lost) for kind in kinds]


def words_of(change: Change) -> str:
    """What a change does, in a sentence."""
    seen = change.seen
    return (
        f"would have removed {seen.removed} of {seen.false} false alarms, "
        f"lost {seen.lost} of {seen.true} true"
    )


def report_of(
    found: Sequence[Change | Refusal],
    model: LoadedModel,
    *,
    site: str | None,
    at: datetime,
    about: dict[str, Value],
) -> Report:
    """The proposals as a report; figures are those of thresholds chosen without the alarm."""
    rows: list[dict[str, Value]] = []
    for one in found:
        title = KINDS[one.kind].title if one.kind in KINDS else one.kind
        if isinstance(one, Refusal):
            rows.append({"what": title, "reason": one.reason})
            continue
        name = class_of(one.kind, model)
        rows.append(
            {
                "what": title,
                "words": words_of(one),
                "now": model.card.operating_point[name] if name else None,
                "then": one.threshold,
                "removed": one.expected.removed,
                "false": one.expected.false,
                "lost": one.expected.lost,
                "true": one.expected.true,
                "lost_high": one.expected.lost_interval[1],
            }
        )
    changes = [one for one in found if isinstance(one, Change)]
    summary = (
        "; ".join(f"{KINDS[one.kind].title}: {words_of(one)}" for one in changes)
        or "Nothing is proposed: " + "; ".join(o.reason for o in found if isinstance(o, Refusal))
        if found
        else "Nothing is proposed: no alarm of this model was judged true or false."
    )
    table = ResultTable(
        "proposal",
        "What dispatchers' verdicts would change",
        "Counts are of alarms that were each judged by a threshold chosen without them. Only told "
        "alarms are judged: what was missed is not in it.",
        COLUMNS,
        tuple(rows),
    )
    return Report(
        id=f"proposal-{model.ref.name[:24].rstrip('._-')}-{at:%Y%m%dt%H%M%S}-{uuid.uuid4().hex[:6]}",
        kind=ReportKind.PROPOSAL,
        made_at=at,
        title=f"Verdicts on {model.ref.name} {model.ref.version}"[:200],
        summary=summary[:2000],
        site=site,
        model=model.ref.name,
        models=(model.ref,),
        about=about,
        tables=(table,),
    )


def write_changed(
    model: LoadedModel, found: Sequence[Change | Refusal], folder: Path, *, why: str
) -> dict[str, float]:
    """Put a model with the proposed operating points into the new `folder`.

    Returns:
        The new operating points, by class; empty when nothing changes, and nothing is written.

    Raises:
        ModelError: `folder` exists.
    """
    now = model.card.operating_point
    then = {
        name: round(one.threshold, 4)
        for one in found
        if isinstance(one, Change)
        and (name := class_of(one.kind, model)) is not None
        and one.threshold > now[name]
    }
    if not then:
        return {}
    if folder.exists():
        raise ModelError(f"{folder} exists already; name a new folder")
    folder.mkdir(parents=True)
    card = model.card.model_dump(mode="json")
    card["operating_point"] = now | then
    card["made_by"] = f"{card['made_by']}; then {why}"
    # What was measured holds for the old operating points only.
    card["measured"] = []
    if model.weights is not None:
        card["weights"] = model.weights.name
        for part in model.weights.parent.glob(f"{model.weights.stem}.*"):
            if part.suffix in {model.weights.suffix, ".bin"}:
                shutil.copy2(part, folder / part.name)
    (folder / "card.json").write_text(
        json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return then
