"""What was made of results, in cards: places in the registry, drift, the shadow, proposals."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import param

from dashboards.language import translate, written
from dashboards.part import Part
from dashboards.report_words import moment, text_of, told, verdict_chip, version_words
from dashboards.wording import source_name
from hlaska.results import Report, Value
from hlaska.results import written as written_value
from hlaska.sites import Site

MOST_LINES = 6
"""Figures of one card."""
TWO = 2
STATES = {
    True: ("good", "as it was"),
    False: ("bad", "has drifted"),
    None: ("off", "not known"),
}
"""Kind of the chip and its word, by whether a report of drift has passed."""


def drift_cards(reports: Iterable[Report], site: Site, language: str) -> list[dict[str, Any]]:
    """The newest report of each sensor, and how far it was off before; see `ResultCards.cards`."""
    by_sensor: dict[str, list[Report]] = {}
    for report in reports:
        by_sensor.setdefault(report.source or report.id, []).append(report)
    cards = []
    for newest, *before in by_sensor.values():
        kind, words = STATES[newest.passed]
        name = source_name(newest.source, site) if newest.source else newest.title
        cards.append(
            {
                **_card(newest, site, language),
                "head": name,
                "chip": {"kind": kind, "words": translate(words, language)},
                "lines": _drift_lines(newest, language),
                "curve": [_farthest(report) for report in reversed((newest, *before))],
            }
        )
    # What has drifted comes first.
    return sorted(cards, key=lambda card: card["chip"]["kind"] != "bad")


def shadow_cards(reports: Iterable[Report], site: Site, language: str) -> list[dict[str, Any]]:
    """The reports of shadows, the newest first."""
    return [
        {
            **_card(report, site, language),
            "head": " ↔ ".join(map(version_words, report.models))
            or translate(report.title, language),
            "lines": _lines(report, language),
        }
        for report in reports
    ]


def proposal_cards(reports: Iterable[Report], site: Site, language: str) -> list[dict[str, Any]]:
    """What `hlaska retrain` proposes, the newest first, with what to type."""
    return [
        {
            **_card(report, site, language),
            "head": translate(report.title, language),
            "chip": verdict_chip(report, language),
            "lines": _proposal_lines(report, language) or _lines(report, language),
            "command": text_of(report, "command"),
        }
        for report in reports
    ]


def _card(report: Report, site: Site, language: str) -> dict[str, Any]:
    return {
        "id": report.id,
        "time": moment(report.made_at, site),
        "words": translate(report.summary, language),
        "link": report.link if report.link.startswith(("http://", "https://")) else "",
    }


def _lines(report: Report, language: str) -> list[dict[str, str]]:
    """The figures of the first table: of its one row, or of each row one beside the other."""
    if not report.tables:
        return []
    columns = report.tables[0].columns
    rows = [row for row in report.tables[0].rows if "reason" not in row]
    if len(rows) == 1:
        lines = [
            (one.heading, _cell(rows[0].get(one.key), one.digits, language)) for one in columns
        ]
    else:
        # Of two columns the second came after the first.
        shown = columns if len(columns) == TWO else columns[:1]
        lines = [
            (
                str(row.get("what")),
                " → ".join(_cell(row.get(one.key), one.digits, language) for one in shown),
            )
            for row in rows
        ]
    return [{"label": told(label, language), "value": value} for label, value in lines[:MOST_LINES]]


def _cell(value: Value, digits: int, language: str) -> str:
    if isinstance(value, str):
        return told(value, language)
    return written(written_value(value, digits), language)


def _drift_lines(report: Report, language: str) -> list[dict[str, str]]:
    """Each figure as it was and as it is, the farthest first."""
    return [
        {
            "label": told(str(row.get("what")), language),
            "value": " → ".join(_cell(row.get(key), 2, language) for key in ("before", "now")),
        }
        for row in _rows(report)
        if "before" in row
    ][:MOST_LINES]


def _farthest(report: Report) -> float:
    """The greatest distance of its figures; 0 where none is known."""
    distances = (row.get("distance") for row in _rows(report))
    return max((float(one) for one in distances if isinstance(one, int | float)), default=0.0)


def _proposal_lines(report: Report, language: str) -> list[dict[str, str]]:
    """Each threshold that is proposed, with what it would have done."""
    lines = []
    for row in _rows(report):
        if "then" not in row:
            continue
        counts = {
            key: _cell(row.get(key), 0, language) for key in ("removed", "false", "lost", "true")
        }
        effect = translate(
            "{removed} of {false} false alarms removed, {lost} of {true} true ones lost", language
        )
        steps = " → ".join(_cell(row.get(key), 2, language) for key in ("now", "then"))
        lines.append(
            {
                "label": told(str(row.get("what")), language),
                "value": steps,
                "words": effect.format(**counts),
            }
        )
    return lines[:MOST_LINES]


def _rows(report: Report) -> list[Mapping[str, Value]]:
    """Those of the first table that have figures."""
    table = report.tables[0] if report.tables else None
    return [row for row in table.rows if "reason" not in row] if table else []


class ResultCards(Part):
    """Cards below each other; the name of one that is a report can be pressed."""

    heading = param.String(default="", doc="What they are.")
    cards = param.List(
        default=[],
        item_type=dict,
        doc="`id` (of a report; empty: none), `head`, `chip`, `time`, `words`, `link`, `lines` "
        "(`label`, `value`, `words`, `link`), `curve` (numbers), `image` (address), `command`.",
    )
    selected = param.String(default="", doc="Id of the report that somebody pressed last.")
    empty = param.String(default="", doc="What stands there when there are none.")
    command = param.String(default="", doc="What to type to get some; empty: nothing.")

    _esm = "browser/result_cards.js"
    _look: ClassVar[str] = "result_cards.css"
