"""Where each model of the registry stands, read from what was reported of its moves and gates."""

from collections.abc import Sequence
from typing import Any

from dashboards.language import translate
from dashboards.report_words import moment, text_of, version_words
from dashboards.results_asked import Results
from hlaska.results import Report
from hlaska.sites import Site

NONE = "none"
"""What a report says where nobody holds a place."""


def registry_cards(results: Results, site: Site, language: str) -> list[dict[str, Any]]:
    """A card a model: champion, challenger, shadow, previous, with who, when and why.

    See `ResultCards.cards`; the model that was moved or judged last comes first.
    """
    known = sorted(
        (*results.promotions, *results.gates, *results.shadows),
        key=lambda report: report.made_at,
        reverse=True,
    )
    models = list(dict.fromkeys(report.model for report in known if report.model))
    return [_card(model, results, site, language) for model in models]


def _card(model: str, results: Results, site: Site, language: str) -> dict[str, Any]:
    moves = [report for report in results.promotions if report.model == model]
    gates = [report for report in results.gates if report.model == model]
    shadows = [report for report in results.shadows if report.model == model]
    move = moves[0] if moves else None
    champion = text_of(move, "to") if move else ""
    lines = [_line("champion", champion, move, site, language)]
    passed = _challenger(gates, move, champion)
    version = passed.models[0].version if passed and passed.models else ""
    lines.append(_line("challenger", version, passed, site, language))
    watching = shadows[0] if shadows else None
    if watching is not None and text_of(watching, "shadow") == champion:
        watching = None  # it was promoted
    lines.append(
        _line("shadow", text_of(watching, "shadow") if watching else "", watching, site, language)
    )
    previous = text_of(move, "previous") if move else ""
    before = next((one for one in moves if text_of(one, "to") == previous), None)
    lines.append(_line("previous", previous, before, site, language))
    newest = max((*moves, *gates, *shadows), key=lambda report: report.made_at)
    refused = gates[0] if gates and gates[0].passed is False and gates[0] is newest else None
    return {
        "id": newest.id,
        "head": model,
        "time": moment(newest.made_at, site),
        "words": _failed(refused, language) if refused else "",
        "link": "",  # each place has its own
        "chip": {},
        "lines": lines,
    }


def _failed(gate: Report, language: str) -> str:
    who = version_words(gate.models[0]) if gate.models else gate.title
    return translate("The gate did not let pass {version}: {why}", language, version=who,
                     why=gate.summary)  # fmt: skip


def _challenger(gates: Sequence[Report], move: Report | None, champion: str) -> Report | None:
    """The newest gate that let one pass, since the champion moved last."""
    for gate in gates:
        if gate.passed and gate.models and gate.models[0].version != champion:
            return gate if move is None or gate.made_at > move.made_at else None
    return None


def _line(
    place: str, version: str, report: Report | None, site: Site, language: str
) -> dict[str, str]:
    held = version not in ("", NONE)
    words = ""
    if held and report is not None:
        said = (text_of(report, "by"), moment(report.made_at, site), text_of(report, "why"))
        words = ", ".join(one for one in said if one) or report.summary
    link = report.link if held and report is not None else ""
    return {
        "label": translate(place, language),
        "value": version if held else "–",
        "words": words,
        "link": link if link.startswith(("http://", "https://")) else "",
    }
