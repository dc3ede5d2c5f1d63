"""The reports of the chosen time, to choose one from, by model, version and kind."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import param

from dashboards.language import translate
from dashboards.part import Part
from dashboards.report_words import KINDS, kind_words, moment, verdict_chip, version_words
from hlaska.records import Record
from hlaska.results import Report
from hlaska.sites import Site


class Wanted(Record):
    """Which reports somebody wants to see; empty: any."""

    model: str = ""
    version: str = ""
    kind: str = ""

    def fits(self, report: Report) -> bool:
        """Whether a report is of that sort."""
        names = {model.name for model in report.models} | {report.model}
        versions = {version_words(model) for model in report.models}
        return (
            (not self.model or self.model in names)
            and (not self.version or self.version in versions)
            and self.kind in ("", report.kind.value)
        )


def fields_of(reports: Iterable[Report], wanted: Wanted, language: str) -> list[dict[str, Any]]:
    """The fields of choice: `name` (of `Wanted`), `options` (value, words); the first means any.

    Versions are those of the wanted model.
    """
    reports = list(reports)
    models = {model.name for report in reports for model in report.models}
    models |= {report.model for report in reports if report.model}
    versions = {
        version_words(model)
        for report in reports
        for model in report.models
        if wanted.model in ("", model.name)
    }
    kinds = {report.kind for report in reports}
    return [
        _field("model", [(name, name) for name in sorted(models)], "any model", language),
        _field("version", [(name, name) for name in sorted(versions)], "any version", language),
        _field(
            "kind",
            [
                (kind.value, translate(word, language))
                for kind, word in KINDS.items()
                if kind in kinds
            ],
            "any kind",
            language,
        ),
    ]


def _field(
    name: str, options: Sequence[tuple[str, str]], first: str, language: str
) -> dict[str, Any]:
    shown = [["", translate(first, language)], *map(list, options)]
    return {"name": name, "options": shown}


def report_rows(reports: Iterable[Report], site: Site, language: str) -> list[dict[str, Any]]:
    """One row a report: `id`, `title`, `kind`, `time`, `models`, `chip` (see `verdict_chip`)."""
    return [
        {
            "id": report.id,
            "title": translate(report.title, language),
            "kind": kind_words(report, language),
            "time": moment(report.made_at, site),
            "models": ", ".join(map(version_words, report.models)),
            "chip": verdict_chip(report, language),
        }
        for report in reports
    ]


class ReportList(Part):
    """Fields to choose which reports, and those; arrows move, Enter chooses."""

    fields = param.List(default=[], item_type=dict, doc="See `fields_of`.")
    wanted = param.Dict(default=Wanted().model_dump(), doc="What is chosen; see `Wanted`.")
    rows = param.List(default=[], item_type=dict, doc="See `report_rows`.")
    marked = param.String(default="", doc="Id of the report that is shown; empty when none is.")
    selected = param.String(default="", doc="Id of the report that somebody pressed last.")
    empty = param.String(default="", doc="What stands there when there is none.")
    command = param.String(default="", doc="What to type to get one; empty: nothing.")

    _esm = "browser/report_list.js"
    _look: ClassVar[str] = "report_list.css"
