"""Reports in words: who, when and what, and phrases of training in the language of the page."""

import re
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.language import translate
from hlaska.events import ModelRef
from hlaska.results import Report, ReportKind
from hlaska.sites import Site

KINDS = MappingProxyType(
    {
        ReportKind.EVALUATION: "evaluation",
        ReportKind.GATE: "gate",
        ReportKind.PROMOTION: "promotion",
        ReportKind.SHADOW: "shadow",
        ReportKind.DRIFT: "drift",
        ReportKind.PROPOSAL: "proposal",
        ReportKind.COMPARISON: "comparison",
    }
)
"""What each kind of report is called."""
_PARTS = re.compile(r"(: |, )")


def told(text: str, language: str) -> str:
    """A phrase that training wrote, part by part: `gunshot: recall` is two."""
    whole = translate(text, language)
    if language == "en" or whole != text:
        return whole
    return "".join(translate(part, language) for part in _PARTS.split(text))


def moment(at: datetime, site: Site) -> str:
    """Date and time of day on the clocks of the site."""
    local = at.astimezone(ZoneInfo(site.time_zone))
    return f"{local.day}. {local.month}. {local.year} {local:%H:%M}"


def kind_words(report: Report, language: str) -> str:
    """What sort of report it is."""
    return translate(KINDS[report.kind], language)


def verdict_chip(report: Report, language: str) -> dict[str, str]:
    """Of a gate, whether it let pass: `kind`, `words`; empty for what decides nothing."""
    if report.passed is None:
        refused = report.kind is ReportKind.GATE
        return {"kind": "off", "words": translate("undecided", language)} if refused else {}
    word = "passed" if report.passed else "not passed"
    kind = "good" if report.passed else "bad"
    return {"kind": kind, "words": translate(word, language)}


def version_words(model: ModelRef) -> str:
    """A model and its version; a version that is a digest is cut as people cut it."""
    digest = re.fullmatch(r"[0-9a-f]{16,}", model.version)
    return f"{model.name} {model.version[:10] if digest else model.version}"


def text_of(report: Report, key: str) -> str:
    """What the report says about something; empty when it says nothing."""
    value: Any = report.about.get(key)
    return "" if value is None else str(value)
