"""Shift report: what happened in a shift and what was done about it, to print and to hand over."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

import panel as pn
import param

from dashboards import frame
from dashboards.feed import Feed
from dashboards.language import LANGUAGES, translate
from dashboards.masthead import Masthead, asked, asked_language, link_fact
from dashboards.part import browser_source
from dashboards.period import Chosen, Period, PeriodBar
from dashboards.pump import Pump
from dashboards.questions import Questions
from dashboards.shift_sheet import ShiftSheet, sheet_of
from hlaska.alerts.shift import Crossings, ShiftSummary, shift_summary
from hlaska.errors import GatewayError
from hlaska.sites import Site
from serving.client import Gateway

T = TypeVar("T")
SHIFTS = (8, 12)
"""Hours of the shifts that have a button."""
LOOK_BACK = timedelta(days=1)
"""A source that was lost so long before the shift is still found; who was lost earlier is not."""
MOST = 1000
"""So much of one sort is in an answer of the gateway; a report of less than all would be wrong."""
WAITING = "Waiting for the gateway to name the site"
ASKING = "The report is being put together …"

PAGE = browser_source("shift_page.css")
"""For the page around the report: `pn.extension(raw_css=[PAGE])`."""


def ask_shift(gateway: Gateway, site: str, period: Period) -> ShiftSummary:
    """Ask the gateway for all of a shift, and sum it up.

    Raises:
        GatewayError: it cannot be had, or there is more than one answer holds.
    """
    since, until = period.since, period.until
    told = _all(gateway.alerts(site=site, since=since, until=until, limit=MOST), "alerts")
    waiting = _all(gateway.alerts(site=site, open_only=True, limit=MOST), "open alerts")
    lost = gateway.events(
        site=site, kind="health.", since=since - LOOK_BACK, until=until, limit=MOST
    )
    health = _all(lost, "changes of health")
    bin_s = min(86_400, max(1, int(period.lasts.total_seconds())))
    counted = gateway.counts(site=site, since=since, until=until, bin_s=bin_s)
    return shift_summary(
        {alert.id: alert for alert in (*told, *waiting)}.values(),
        gateway.levels(site, since, until),
        gateway.silences(site, since=since, until=until),
        [stored.event for stored in health],
        since,
        until,
        crossings=[
            Crossings(
                source=one.source,
                line=one.line,
                object_class=one.object_class,
                direction=one.direction,
                count=one.count,
            )
            for one in counted.bins
        ],
    )


def _all(found: list[T], what: str) -> list[T]:
    """The same, if that is all there is."""
    if len(found) >= MOST:
        raise GatewayError(f"{MOST} {what} or more in that time; choose a shorter one")
    return found


class ShiftReport(pn.viewable.Viewer):
    """The report of one shift of one site, as paper.

    The gateway is asked in other threads; an answer to a question that is not the newest is never
    shown.

    Args:
        feed: The subscription of this process.
        params: The parameters below.
    """

    site = param.String(default="", doc="Id of the site; empty for the first that is known.")
    language: Any = param.Selector(default="en", objects=list(LANGUAGES), doc="Of the report.")
    hours = param.Integer(default=12, bounds=(1, 24), doc="Of the shift that is shown first.")

    def __init__(self, feed: Feed, **params: Any) -> None:  # noqa: ANN401 - the parameters above
        super().__init__(**({"site": asked("site"), "language": asked_language()} | params))
        self.feed = feed
        self._site: Site | None = None
        self._shown: tuple[ShiftSummary, datetime] | None = None
        self._masthead = Masthead(page="shift_report", language=self.language, asks_person=True)
        self._period = PeriodBar(choice=str(self.hours))
        self._sheet = ShiftSheet(sizing_mode="stretch_width")
        areas = {"top": self._masthead, "period": self._period, "sheet": self._sheet}
        self._view = frame.grid(areas, browser_source("shift_report.css"))
        self._connect()

    def __panel__(self) -> pn.viewable.Viewable:
        return self._view

    def close(self) -> None:
        """End the session: nothing is asked for it any more."""
        self._pump.close()
        self._stop_listening()
        self._questions.close()

    def _connect(self) -> None:
        document = pn.state.curdoc
        live = document if document is not None and document.session_context else None
        self._pump = Pump(self._refresh, document=live, per_s=10)
        self._questions = Questions(self._pump.notify)
        self._speak()
        self._refresh()
        self._look_at_clock()
        self._masthead.link(self, site="site", language="language")
        self._masthead.param.watch(lambda _: self._draw(), "person")
        self.param.watch(lambda _: self._speak(), "language")
        self.param.watch(lambda _: self._pump.notify(), "site")
        self._period.param.watch(lambda change: self._ask(Chosen(**_words(change.new))), "asked")
        self._period.param.watch(lambda _: self._print(), "pressed")
        self._stop_listening = self.feed.listen(self._pump.notify)
        if live is not None:
            self._pump.attend(self._look_at_clock)
            pn.state.on_session_destroyed(lambda _: self.close())

    def _look_at_clock(self) -> None:
        self._masthead.now_ms = self.feed.clock().timestamp() * 1000
        self._pump.catch_up()

    def _refresh(self) -> None:
        world = self.feed.world
        self._masthead.link_state = link_fact(world.link, self.feed.clock())
        self._masthead.sites = {site.id: site.name for site in world.sites}
        site = world.site(self.site)
        if site is not None and (self._site is None or self._site.id != site.id):
            self._site = site
            self._masthead.param.update(site=site.id, time_zone=site.time_zone)
            self._ask(Chosen(choice=str(self.hours)))
        self._questions.show()

    def _speak(self) -> None:
        for part in (self._masthead, self._period, self._sheet):
            part.speak(self.language)
        self._period.hours = {
            str(hours): translate("last {hours} h", self.language, hours=hours) for hours in SHIFTS
        }
        self._period.button = translate("Print", self.language)
        self._sheet.instead = translate(WAITING, self.language)
        self._draw()

    def _ask(self, chosen: Chosen) -> None:
        site = self._site
        if site is None:
            return
        now = self.feed.clock()
        period = self._period.choose(chosen, site.time_zone, now, self.language)
        if period is None:
            return
        self._period.wait(translate(ASKING, self.language))
        gateway = self.feed.gateway
        self._questions.ask(
            "shift", lambda: ask_shift(gateway, site.id, period), self._show, self._fail
        )

    def _show(self, summary: ShiftSummary) -> None:
        self._shown = (summary, self.feed.clock())
        self._period.settle()
        self._draw()

    def _fail(self, words: str) -> None:
        told = translate("The report cannot be made: {reason}", self.language, reason=words)
        self._period.complain(told)

    def _draw(self) -> None:
        if self._shown is None or self._site is None:
            return
        summary, made_at = self._shown
        self._sheet.sheet = sheet_of(
            summary, self._site, by=self._masthead.person, now=made_at, language=self.language
        )

    def _print(self) -> None:
        self._sheet.printing += 1


def _words(told: dict[str, Any]) -> dict[str, str]:
    return {name: str(told.get(name, "")) for name in ("choice", "since", "until")}
