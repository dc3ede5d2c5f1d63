"""What was measured, handed on: to MLflow, and to the gateway whose dashboards show it."""

import math
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel

from hlaska.errors import GatewayError, ModelError
from hlaska.events import Evidence
from hlaska.results import Report, ReportKind, ResultTable, Shown, Value
from hlaska.settings import Settings
from serving.client import Gateway
from serving.evidence import digest_of
from training.runs import log_report

Say = Callable[[str], object]
Points = Mapping[str, Sequence[Mapping[str, Value]]]
MOST_CAPTION = 500


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A picture or sound of a report; those of one case have the same caption."""

    media_type: str
    content: bytes
    caption: str


def evaluation(
    subject: str,
    title: str,
    tables: Sequence[ResultTable],
    *,
    points: Points,
    about: Mapping[str, Value],
    **more: object,
) -> Report:
    """A report of an evaluation made now.

    Args:
        subject: What was judged, in a word: sounds, say.
        title: For people.
        tables: All of them.
        points: Of curves and intervals; what is no number becomes nothing.
        about: What is to be known about it.
        more: Further fields of `Report`.
    """
    at = datetime.now(UTC)
    fields = {
        "id": f"evaluation-{subject}-{at:%Y%m%dt%H%M%S}-{uuid.uuid4().hex[:6]}",
        "kind": ReportKind.EVALUATION,
        "made_at": at,
        "title": title,
        "tables": tuple(tables),
        "points": {name: tuple(map(plain, rows)) for name, rows in points.items()},
        "about": plain(about),
    }
    return Report.model_validate(fields | more)


def plain(row: Mapping[str, Value]) -> dict[str, Value]:
    """The same with nothing in place of what is no number: JSON has no word for it."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
    }


def shown(exhibits: Iterable[Exhibit]) -> tuple[Shown, ...]:
    """How a report names its exhibits."""
    return tuple(
        Shown(
            evidence=Evidence(
                uri=f"/evidence/{digest_of(one.content)}",
                media_type=one.media_type,
                sha256=digest_of(one.content),
            ),
            caption=one.caption[:MOST_CAPTION],
        )
        for one in exhibits
    )


def send(report: Report, exhibits: Sequence[Exhibit], settings: Settings, *, say: Say) -> bool:
    """Sends a report with its exhibits to the gateway; where none answers, says so and goes on.

    Returns:
        Whether the gateway has it.
    """
    whole = report.model_copy(update={"shown": (*report.shown, *shown(exhibits))})
    try:
        with Gateway(settings.gateway_url, settings.token) as gateway:
            for one in exhibits:
                gateway.send_evidence(digest_of(one.content), one.media_type, one.content)
            gateway.send_report(whole)
    except GatewayError as error:
        say(f"not sent to the dashboards: {error}")
        return False
    return True


def hand_on(
    report: Report,
    exhibits: Sequence[Exhibit],
    settings: Settings,
    *,
    params: BaseModel,
    say: Say,
) -> None:
    """Keeps a report in MLflow, and sends it with a link there; what does not answer is said."""
    try:
        report = report.model_copy(
            update={"link": log_report(report, params=params, settings=settings)}
        )
    except ModelError as error:
        say(f"not kept in MLflow: {error}")
    if send(report, exhibits, settings, say=say):
        say(f"report {report.id}: see Pilot evaluation in the dashboards")
