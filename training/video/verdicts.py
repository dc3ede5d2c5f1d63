"""Dispatchers' verdicts as pictures to learn from: true alarms teach, false ones are background.

A verdict is about what its alarm was about and nothing else on the picture. So whatever else was
tracked there is painted over, lest it be learnt as nothing. A false alarm teaches only where the
alarm says that something *is* there; one about what people do (loitering, a crowd) may be false
although the people were real.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.alerts.alert import Verdict
from hlaska.columns import ALERT, AT, BODY, BY, EVENT, KIND, OBSERVED_AT, SOURCE, VERDICT
from hlaska.errors import DataError, RefusedError
from hlaska.tracks import OBJECT_CLASSES
from serving.evidence import digest_of
from serving.video.stills import SeenBoxes, boxes_in
from serving.video.yolo import GREY
from training.video.clips import TAUGHT
from training.video.dataset import Picture, Split

PRESENCE = ("video.intrusion", "video.vehicle-in-pedestrian-zone")
"""Kinds whose alarm says no more than that something is there: a false one shows nothing."""
Contradictions = Literal["refuse", "drop"]
MOST_LISTED = 10

JUDGED = (Verdict.TRUE, Verdict.FALSE)
"""A drill was not meant, and who is unsure says nothing."""


@dataclass(frozen=True, slots=True)
class Label:
    """A judged event with stills."""

    event: str
    alert: str
    source: str
    kind: str
    observed_at: pd.Timestamp
    verdict: Verdict
    by: str
    at: pd.Timestamp
    stills: tuple[str, ...]
    """SHA-256 of its pictures."""


def chosen(
    labels: pd.DataFrame, *, contradictions: Contradictions = "refuse"
) -> tuple[list[Label], Counter[str]]:
    """The labels that can be learnt from, oldest first, and why others are left out.

    Args:
        labels: As `serving.client.Gateway.labels` gives them.
        contradictions: What to do when one event, or one still, was judged both true and false.

    Raises:
        DataError: there are such contradictions, and they are not to be dropped; lists them.
    """
    left_out: Counter[str] = Counter()
    kept: list[Label] = []
    for row in labels.sort_values([OBSERVED_AT, AT], kind="stable").to_dict("records"):
        label = _label(row)
        if label.verdict not in JUDGED:
            left_out[f"judged {label.verdict.value}"] += 1
        elif not label.kind.startswith("video."):
            left_out["not of a camera"] += 1
        elif not label.stills:
            left_out["without a picture"] += 1
        else:
            kept.append(label)
    # Judged before those that teach nothing are taken out: they contradict all the same.
    torn = _contradictions(kept)
    if torn and contradictions == "refuse":
        raise DataError(_told(torn))
    wrong = {label.event for group in torn.values() for label in group}
    left_out.update({"contradicted": sum(label.event in wrong for label in kept)} if wrong else {})
    known: dict[str, Label] = {}
    for label in kept:
        if label.event in wrong:
            continue
        if label.verdict is Verdict.FALSE and label.kind not in PRESENCE:
            left_out[f"{label.kind} that is false, which says nothing of who was there"] += 1
        elif label.event in known:
            left_out["told twice"] += 1
        else:
            known[label.event] = label
    return list(known.values()), left_out


def verdict_pictures(
    labels: pd.DataFrame,
    evidence: Callable[[str], bytes],
    *,
    contradictions: Contradictions = "refuse",
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Picture]:
    """The bare stills of judged alarms, split by time: the events of an alert stay together.

    Args:
        labels: As `serving.client.Gateway.labels` gives them.
        evidence: Gives the evidence of a digest, as `Gateway.evidence` does.
        contradictions: See `chosen`.
        say: Told how many were left out, and why.

    Raises:
        DataError: labels contradict each other, or a still is not what its digest says.
        GatewayError: the gateway does not answer.
    """
    kept, left_out = chosen(labels, contradictions=contradictions)
    parts = _parts(kept)
    used: set[str] = set()
    for label in kept:
        found = _bare(label, evidence)
        if found is None:
            left_out["without a bare picture (from before they were kept, or expired)"] += 1
        elif found[0] in used:
            left_out["told twice"] += 1
        else:
            used.add(found[0])
            picture = _picture(label, parts[label.alert], *found)
            if picture is None:
                left_out["about nothing that cameras look for"] += 1
            else:
                yield picture
    if left_out:
        reasons = "; ".join(f"{count} {reason}" for reason, count in left_out.most_common())
        say(f"judged events that teach nothing: {reasons}")


def _label(row: Mapping[Any, Any]) -> Label:
    try:
        pieces = json.loads(row[BODY]).get("evidence", ())
        stills = tuple(
            str(one["sha256"]) for one in pieces if str(one["media_type"]).startswith("image/")
        )
        return Label(
            event=row[EVENT],
            alert=row[ALERT],
            source=row[SOURCE],
            kind=row[KIND],
            observed_at=row[OBSERVED_AT],
            verdict=Verdict(row[VERDICT]),
            by=row[BY],
            at=row[AT],
            stills=stills,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"label of event {row.get(EVENT)!r} cannot be read: {error!r}") from error


def _contradictions(labels: list[Label]) -> dict[str, list[Label]]:
    """Groups about one thing, of which some say true and some say false, by what they are about."""
    about: defaultdict[str, list[Label]] = defaultdict(list)
    for label in labels:
        about[f"event {label.event}"].append(label)
        for still in label.stills:
            about[f"still {still[:12]}"].append(label)
    return {
        name: group for name, group in about.items() if len({label.verdict for label in group}) > 1
    }


def _told(torn: Mapping[str, list[Label]]) -> str:
    lines = [
        f"{name}: "
        + ", ".join(f"{one.verdict.value} by {one.by} (alert {one.alert})" for one in group)
        for name, group in torn.items()
    ]
    more = f"; and {len(lines) - MOST_LISTED} more" if len(lines) > MOST_LISTED else ""
    return (
        f"{len(lines)} verdicts contradict each other: {'; '.join(lines[:MOST_LISTED])}{more}. "
        "Have them judged again, or leave them out: --contradictions drop"
    )


def _parts(labels: list[Label]) -> dict[str, Split]:
    """By alert: the earlier ones teach, the later ones judge."""
    first: dict[str, pd.Timestamp] = {}
    for label in labels:
        first.setdefault(label.alert, label.observed_at)
    order = sorted(first, key=lambda alert: first[alert])
    return {
        alert: "train" if place < TAUGHT * len(order) else "val"
        for place, alert in enumerate(order)
    }


def _bare(
    label: Label, evidence: Callable[[str], bytes]
) -> tuple[str, NDArray[np.uint8], SeenBoxes] | None:
    for digest in label.stills:
        try:
            content = evidence(digest)
        except RefusedError:
            continue  # its time is over, and it is deleted
        if digest_of(content) != digest:
            raise DataError(f"still {digest[:12]} of event {label.event} is not what was kept")
        seen = boxes_in(content)
        if seen is None:
            continue
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise DataError(f"still {digest[:12]} of event {label.event} is no picture")
        return digest, np.asarray(image, np.uint8), seen
    return None


def _picture(
    label: Label, split: Split, digest: str, image: NDArray[np.uint8], seen: SeenBoxes
) -> Picture | None:
    about = [one for one in seen.seen if one.alarmed and one.object_class in OBJECT_CLASSES]
    if not about:
        return None
    true = about if label.verdict is Verdict.TRUE else []
    return Picture(
        name=f"verdict-{digest[:24]}",
        split=split,
        image=_only(image, seen),
        boxes_px=np.array([one.box_px for one in true], np.float64).reshape(-1, 4),
        classes=tuple(one.object_class for one in true),
        origin={
            "source": label.source,
            "event": label.event,
            "alert": label.alert,
            "kind": label.kind,
            "observed_at": label.observed_at.isoformat(),
            "verdict": label.verdict.value,
            "by": label.by,
            "judged_at": label.at.isoformat(),
            "still_sha256": digest,
        },
    )


def _only(image: NDArray[np.uint8], seen: SeenBoxes) -> NDArray[np.uint8]:
    """The picture with what the alarm is not about painted over, but where both overlap."""
    height, width = image.shape[:2]
    hidden = np.zeros((height, width), bool)
    for one in sorted(seen.seen, key=lambda box: box.alarmed):
        left, top = (max(0, int(edge)) for edge in one.box_px[:2])
        right, bottom = (max(0, int(np.ceil(edge))) for edge in one.box_px[2:])
        hidden[top:bottom, left:right] = not one.alarmed
    return np.where(hidden[..., np.newaxis], np.uint8(GREY), image)
