"""History: how the levels went, which alerts there were, and each incident minute by minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import panel as pn
import param

from dashboards import frame
from dashboards.alert_card import AlertCard, card_facts
from dashboards.feed import Feed
from dashboards.language import LANGUAGES, translate
from dashboards.masthead import Masthead, asked, asked_language, link_fact
from dashboards.part import browser_source
from dashboards.period import Chosen, Period, PeriodBar
from dashboards.pump import Pump
from dashboards.questions import Questions
from dashboards.replay_desk import ReplayDesk
from dashboards.search_box import SearchBox, Sought, fields_of, fitting, found_rows
from dashboards.timeline import Timeline
from hlaska.alerts.alert import Alert
from hlaska.sites import Site
from hlaska.threat.levels import LevelChange

HOURS = {1: "last hour", 12: "last 12 h", 24: "last day", 168: "last 7 days"}
MOST_ALERTS = 500
WAITING = "Waiting for the gateway to name the site"
ASKING = "Looking it up …"
FAILED = "It cannot be looked up: {reason}"
NONE_THEN = "There was no alert in that time. Choose a longer one above."
NONE_FITS = "No alert of that time fits. Take back a word or a choice above."
MORE = "Only the newest {n} are listed. Choose a shorter time, or search."


@dataclass
class _Found:
    """What the gateway has answered about the chosen time."""

    period: Period | None = None
    levels: Sequence[LevelChange] = ()
    alerts: Sequence[Alert] = ()
    """Those with the sought words, the newest first."""


class History(pn.viewable.Viewer):
    """The past of one site. The gateway is asked in other threads; stale answers are dropped.

    What somebody chooses is only noted; `Pump` then shows it, as plots may change only while the
    session's document is locked.

    Args:
        feed: The subscription of this process.
        params: The parameters below.
    """

    site = param.String(default="", doc="Id of the site; empty for the first that is known.")
    language: Any = param.Selector(default="en", objects=list(LANGUAGES), doc="Of the page.")
    hours: Any = param.Selector(default=12, objects=list(HOURS), doc="So many are shown at first.")
    alert = param.String(default="", doc="Id of the chosen alert; empty when none is.")
    tiles = param.String(
        default="", doc="Address of map tiles with {X}, {Y}, {Z}; empty: drawn without a server."
    )

    def __init__(self, feed: Feed, **params: Any) -> None:  # noqa: ANN401 - the parameters above
        asks = {"site": asked("site"), "language": asked_language(), "alert": asked("alert")}
        super().__init__(**(asks | params))
        self.feed = feed
        self._site: Site | None = None
        self._found = _Found()
        self._chosen = self._spoken = ""
        self._masthead = Masthead(page="history", language=self.language)
        self._period = PeriodBar()
        self._search = SearchBox()
        self._card = AlertCard()
        self._time_box = frame.framed("", frame.words(WAITING))
        document = pn.state.curdoc
        self._live = document if document is not None and document.session_context else None
        self._pump = Pump(self._refresh, document=self._live, per_s=10)
        self._questions = Questions(self._pump.notify)
        self._desk = ReplayDesk(feed, self._questions, self._pump.notify, tiles=self.tiles)
        areas = {
            "top": self._masthead,
            "period": self._period,
            "search": self._search,
            "time": self._time_box,
            "player": self._desk.player,
            "map": self._desk.map_box,
            "minute": self._desk.panes.view,
            "card": self._card,
        }
        self._view = frame.grid(areas, browser_source("history.css"))
        self._connect()

    def __panel__(self) -> pn.viewable.Viewable:
        return self._view

    def close(self) -> None:
        """End the session: nothing is asked for it any more."""
        self._pump.close()
        self._stop_listening()
        self._questions.close()

    def _connect(self) -> None:
        self._search.selected = self.alert
        self._refresh()
        self._look_at_clock()
        self._masthead.link(self, site="site", language="language")
        self._search.link(self, selected="alert", bidirectional=True)
        self.param.watch(lambda _: self._pump.notify(), ["site", "language", "alert"])
        self._desk.player.param.watch(lambda _: self._pump.notify(), "moment_ms")
        self._period.param.watch(lambda change: self._ask(_words(change.new)), "asked")
        self._search.param.watch(lambda change: self._look_for(change.new), "sought")
        self._stop_listening = self.feed.listen(self._pump.notify)
        if self._live is not None:
            self._pump.attend(self._look_at_clock)
            pn.state.on_session_destroyed(lambda _: self.close())

    def _look_at_clock(self) -> None:
        self._masthead.now_ms = self.feed.clock().timestamp() * 1000
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
        if site is None:
            return
        if self._site is None or self._site.id != site.id:
            self._build(site)
        self._questions.show()
        if self._chosen != self.alert:
            self._chosen = self.alert
            self._choose()
        self._desk.refresh()
        self._point_out()

    def _build(self, site: Site) -> None:
        """Make the parts that follow from the site, and ask for its last hours."""
        known = self._site is not None
        self._site, self._found = site, _Found()
        if known:
            self.alert = self._chosen = ""
        self._masthead.param.update(site=site.id, time_zone=site.time_zone)
        self._timeline = Timeline(site, self._tapped)
        frame.fill(self._time_box, self._timeline.figure)
        self._desk.build(site)
        self._speak()
        self._ask(Chosen(choice=str(self.hours)))

    def _speak(self) -> None:
        language = self.language
        for part in (self._masthead, self._period, self._search, self._card):
            part.speak(language)
        self._desk.speak(language)
        self._period.hours = {str(n): translate(name, language) for n, name in HOURS.items()}
        title = translate("Levels and alerts over time", language)
        frame.retitle(self._time_box, title)
        if self._site is not None:
            self._search.fields = fields_of(self._site, language)
            self._list()
            self._tell()

    def _ask(self, chosen: Chosen) -> None:
        """Ask for the levels and alerts of a time."""
        site = self._site
        if site is None:
            return
        now = self.feed.clock()
        period = self._period.choose(chosen, site.time_zone, now, self.language)
        if period is None:
            return
        self._period.wait(translate(ASKING, self.language))
        self._found.period = period
        question = partial(self.feed.gateway.levels, site.id, period.since, period.until)
        self._questions.ask("levels", question, self._take_levels, self._fail)
        self._look_for(self._search.sought)

    def _look_for(self, sought: dict[str, Any]) -> None:
        """Ask for the alerts of the time with those words."""
        site, period = self._site, self._found.period
        if site is None or period is None:
            return
        self._search.waits = True
        question = partial(
            self.feed.gateway.alerts,
            site=site.id,
            since=period.since,
            until=period.until,
            text=Sought.model_validate(sought).text or None,
            limit=MOST_ALERTS,
        )
        self._questions.ask("alerts", question, self._take_alerts, self._fail)

    def _take_levels(self, levels: Sequence[LevelChange]) -> None:
        self._found.levels = levels
        self._list()
        self._settle()

    def _take_alerts(self, alerts: Sequence[Alert]) -> None:
        self._found.alerts = alerts
        self._search.waits = False
        self._list()
        self._tell()
        self._settle()

    def _settle(self) -> None:
        if not (self._questions.waits_for("levels") or self._questions.waits_for("alerts")):
            self._period.settle()

    def _fail(self, words: str) -> None:
        self._search.waits = False
        self._period.complain(translate(FAILED, self.language, reason=words))

    def _list(self) -> None:
        """Show the alerts that fit, and the levels, of the chosen time."""
        site, period = self._site, self._found.period
        if site is None or period is None:
            return
        now, language = self.feed.clock(), self.language
        sought = Sought.model_validate(self._search.sought)
        alerts = fitting(self._found.alerts, sought)
        self._timeline.show(self._found.levels, alerts, period, now, language)
        cut = len(self._found.alerts) >= MOST_ALERTS
        self._search.param.update(
            rows=found_rows(alerts, site, now, language),
            empty=translate(NONE_THEN if sought.is_all else NONE_FITS, language),
            more=translate(MORE, language, n=MOST_ALERTS) if cut else "",
        )
        self._point_out()

    def _tapped(self, alert: str) -> None:
        self.alert = alert

    def _choose(self) -> None:
        if self.alert:
            self._desk.choose(self.alert)
        else:
            self._desk.clear()
        self._tell()

    def _tell(self) -> None:
        """Write what is known of the chosen alert: as replayed, else as found."""
        if self._site is None:
            return
        replay = self._desk.replay
        known = {alert.id: alert for alert in self._found.alerts}
        if replay is not None:
            known[replay.alert.id] = replay.alert
        chosen = known.get(self.alert)
        facts = card_facts(chosen, self._site, self.feed.clock(), self.language)
        if chosen is None:
            facts = {"empty": translate("Choose an alert to read its history", self.language)}
        if facts != self._card.facts:
            self._card.facts = facts

    def _point_out(self) -> None:
        """Mark on the timeline what is chosen and which moment is shown; tell of what has come."""
        self._timeline.point_out(self.alert, self._desk.period)
        self._timeline.point_at(self._desk.moment)
        self._tell()


def _words(told: dict[str, Any]) -> Chosen:
    return Chosen(**{name: str(told.get(name, "")) for name in ("choice", "since", "until")})
