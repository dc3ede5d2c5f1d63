"""Pilot evaluation: how good the models are, where they fail, and what came of it."""

from functools import partial
from typing import Any

import panel as pn
import param

from dashboards import frame
from dashboards.case_cards import CaseCards, Exhibits, case_facts, cases_of
from dashboards.feed import Feed
from dashboards.language import LANGUAGES, translate
from dashboards.masthead import Masthead, asked, asked_language, link_fact
from dashboards.metric_table import MetricTable, metric_facts
from dashboards.part import browser_source
from dashboards.period import Chosen, PeriodBar
from dashboards.pump import Pump
from dashboards.questions import Questions
from dashboards.registry_state import registry_cards
from dashboards.report_list import ReportList, Wanted, fields_of, report_rows
from dashboards.result_cards import ResultCards, drift_cards, proposal_cards, shadow_cards
from dashboards.results_asked import MOST, Results, ask_results
from dashboards.threshold_explorer import ThresholdExplorer, threshold_facts
from hlaska.events import Evidence
from hlaska.results import Report, ReportKind
from hlaska.sites import Site

HOURS = {24: "last day", 168: "last 7 days", 720: "last 30 days"}
ASK_AGAIN_BEATS = 30
"""So often it is asked what is new: reports are no part of the live stream."""
MOST_CARDS = 6
ASKING = "Looking it up …"
FAILED = "It cannot be looked up: {reason}"
MORE = "Only the newest {n} are listed. Choose a shorter time."


class PilotEvaluation(pn.viewable.Viewer):
    """What was measured of the models of one site.

    The gateway is asked in other threads; an answer to a question that is not the newest is
    dropped. What somebody chooses is only noted; `Pump` then shows it.

    Args:
        feed: The subscription of this process.
        params: The parameters below.
    """

    site = param.String(default="", doc="Id of the site; empty for the first that is known.")
    language: Any = param.Selector(default="en", objects=list(LANGUAGES), doc="Of the page.")
    hours: Any = param.Selector(default=720, objects=list(HOURS), doc="So many are shown at first.")
    report = param.String(default="", doc="Id of the chosen report; empty for the newest.")

    def __init__(self, feed: Feed, **params: Any) -> None:  # noqa: ANN401 - the parameters above
        asks = {"site": asked("site"), "language": asked_language(), "report": asked("report")}
        super().__init__(**(asks | params))
        self.feed = feed
        self._site: Site | None = None
        self._results = Results()
        self._spoken = ""
        self._known = False
        self._beats = 0
        self._masthead = Masthead(page="pilot_evaluation", language=self.language)
        self._period = PeriodBar()
        self._list = ReportList()
        self._figures = MetricTable()
        self._thresholds = ThresholdExplorer()
        self._cases = CaseCards()
        self._cards = {name: ResultCards() for name in ("registry", "drift", "shadow", "proposals")}
        document = pn.state.curdoc
        self._live = document if document is not None and document.session_context else None
        self._pump = Pump(self._refresh, document=self._live, per_s=10)
        self._questions = Questions(self._pump.notify)
        self._exhibits = Exhibits(feed, self._pump.notify)
        areas = {
            "top": self._masthead,
            "period": self._period,
            "list": self._list,
            "figures": self._figures,
            "thresholds": self._thresholds,
            "cases": self._cases,
            **self._cards,
        }
        self._view = frame.grid(areas, browser_source("pilot_evaluation.css"))
        self._connect()

    def __panel__(self) -> pn.viewable.Viewable:
        return self._view

    def close(self) -> None:
        """End the session: nothing is asked for it any more."""
        self._pump.close()
        self._stop_listening()
        self._questions.close()

    def _connect(self) -> None:
        self._refresh()
        self._look_at_clock()
        self._masthead.link(self, site="site", language="language")
        self._list.link(self, selected="report")
        self.param.watch(lambda _: self._pump.notify(), ["site", "language", "report"])
        self._list.param.watch(lambda _: self._pump.notify(), "wanted")
        for cards in self._cards.values():
            cards.param.watch(lambda change: self._point_at(change.new), "selected")
        self._period.param.watch(lambda change: self._ask(_words(change.new)), "asked")
        self._stop_listening = self.feed.listen(self._pump.notify)
        if self._live is not None:
            self._pump.attend(self._look_at_clock)
            pn.state.on_session_destroyed(lambda _: self.close())

    def _look_at_clock(self) -> None:
        self._masthead.now_ms = self.feed.clock().timestamp() * 1000
        self._beats += 1
        if self._beats % ASK_AGAIN_BEATS == 0 and self._period.choice in map(str, HOURS):
            self._ask(Chosen(choice=self._period.choice))
        self._pump.catch_up()

    def _refresh(self) -> None:
        """Show what differs from what is shown."""
        world = self.feed.world
        self._masthead.link_state = link_fact(world.link, self.feed.clock())
        self._masthead.sites = {site.id: site.name for site in world.sites}
        if self._spoken != self.language:
            self._spoken = self.language
            self._speak()
        site = world.site(self.site)
        if site is not None and (self._site is None or self._site.id != site.id):
            self._site, self._results, self._known = site, Results(), False
            self._masthead.param.update(site=site.id, time_zone=site.time_zone)
            self._ask(Chosen(choice=str(self.hours)))
        self._questions.show()
        if self._site is not None:
            self._show(self._site)

    def _speak(self) -> None:
        language = self.language
        parts = (self._masthead, self._period, self._list, self._figures, self._thresholds,
                 self._cases, *self._cards.values())  # fmt: skip
        for part in parts:
            part.speak(language)
        self._thresholds.language = language
        self._period.hours = {str(n): translate(name, language) for n, name in HOURS.items()}
        self._list.param.update(
            empty=translate("No report of that time fits. Measure a model:", language),
            command="hlaska evaluate audio --quick",
        )
        self._figures.param.update(
            empty=translate("Nothing is measured yet. One of these does it:", language),
            command="hlaska evaluate video --quick",
        )
        self._thresholds.empty = translate("The chosen report has no curves.", language)
        self._cases.empty = translate("The chosen report shows no cases.", language)
        headings = {
            "registry": ("Registry", "No model was judged or moved yet.", "hlaska gate NAME"),
            "drift": ("Drift per sensor", "Nobody has looked for drift in that time.",
                      "hlaska drift"),
            "shadow": ("Shadow beside champion", "No challenger watches.", "hlaska shadow NAME"),
            "proposals": ("Proposals from verdicts", "Nothing is proposed in that time.",
                          "hlaska retrain NAME"),
        }  # fmt: skip
        for name, (heading, empty, command) in headings.items():
            self._cards[name].param.update(
                heading=translate(heading, language),
                empty=translate(empty, language),
                command=command,
            )

    def _ask(self, chosen: Chosen) -> None:
        """Ask for the reports of a time."""
        site = self._site
        if site is None:
            return
        period = self._period.choose(chosen, site.time_zone, self.feed.clock(), self.language)
        if period is None:
            return
        if not self._known:
            self._period.wait(translate(ASKING, self.language))
        question = partial(ask_results, self.feed.gateway, site.id, period)
        self._questions.ask("reports", question, self._take, self._fail)

    def _take(self, results: Results) -> None:
        self._results, self._known = results, True
        self._period.settle(translate(MORE, self.language, n=MOST) if results.cut else "")

    def _fail(self, words: str) -> None:
        self._period.complain(translate(FAILED, self.language, reason=words))

    def _point_at(self, report: str) -> None:
        if report:
            self.report = report

    def _chosen(self, listed: list[Report]) -> Report | None:
        """The report that was chosen; else the newest evaluation that is listed, or report."""
        found = self._results.find(self.report) if self.report else None
        if found is not None:
            return found
        evaluations = [one for one in listed if one.kind is ReportKind.EVALUATION]
        return next(iter((*evaluations, *listed)), None)

    def _show(self, site: Site) -> None:
        language, results = self.language, self._results
        wanted = Wanted.model_validate(self._list.wanted)
        listed = [report for report in results.reports if wanted.fits(report)]
        chosen = self._chosen(listed)
        _update(
            self._list,
            fields=fields_of(results.reports, wanted, language),
            rows=report_rows(listed, site, language),
        )
        # Marked in the list without being chosen by anybody: the newest may change.
        _update(self._list, marked=chosen.id if chosen else "")
        _update(self._figures, facts=metric_facts(chosen, site, language) if chosen else {})
        _update(self._thresholds, facts=threshold_facts(chosen, language) if chosen else {})
        shadows = shadow_cards(results.shadows[:MOST_CARDS], site, language)
        cases = cases_of(chosen)
        self._exhibits.want([shown.evidence for case in cases for shown in case] + self._pictures())
        is_shadow = chosen is not None and chosen.kind is ReportKind.SHADOW
        heading = "Where the two disagree" if is_shadow else "Worst cases"
        _update(
            self._cases,
            heading=translate(heading, language),
            cases=case_facts(cases, self._exhibits, language),
        )
        self._show_cards(site, shadows)

    def _show_cards(self, site: Site, shadows: list[dict[str, Any]]) -> None:
        language, results = self.language, self._results
        for card, picture in zip(shadows, self._pictures_by_shadow(), strict=True):
            card["image"] = self._exhibits.got(picture, language)[0] if picture else ""
        drifts = results.of(ReportKind.DRIFT)
        proposals = results.of(ReportKind.PROPOSAL)[:MOST_CARDS]
        for name, cards in (
            ("registry", registry_cards(results, site, language)),
            ("drift", drift_cards(drifts, site, language)),
            ("shadow", shadows),
            ("proposals", proposal_cards(proposals, site, language)),
        ):
            _update(self._cards[name], cards=cards)

    def _pictures_by_shadow(self) -> list[Evidence | None]:
        """The first picture of each shadow's report that is shown."""
        return [
            next(
                (s.evidence for s in report.shown if s.evidence.media_type.startswith("image/")),
                None,
            )
            for report in self._results.shadows[:MOST_CARDS]
        ]

    def _pictures(self) -> list[Evidence]:
        return [picture for picture in self._pictures_by_shadow() if picture is not None]


def _update(part: Any, **values: Any) -> None:  # noqa: ANN401 - any part
    """Set what differs: all else need not travel to the browser again."""
    changed = {name: value for name, value in values.items() if getattr(part, name) != value}
    if changed:
        part.param.update(**changed)


def _words(told: dict[str, Any]) -> Chosen:
    return Chosen(**{name: str(told.get(name, "")) for name in ("choice", "since", "until")})
