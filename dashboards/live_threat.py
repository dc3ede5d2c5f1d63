"""Live threat: how threatened each zone is and why, what to deal with first, and what to do."""

from collections import OrderedDict
from datetime import timedelta
from typing import Any

import panel as pn
import param

from dashboards import frame
from dashboards.alarms import hearing_now, part_events
from dashboards.alert_actions import (
    AlertActions,
    barred_words,
    reason_choices,
    targets_of,
    verdict_choices,
)
from dashboards.alert_card import AlertCard, card_facts
from dashboards.alert_events import AlertEvents
from dashboards.alert_queue import AlertQueue, queue_rows, silence_rows
from dashboards.alert_wording import clock_time
from dashboards.bell import Bell
from dashboards.explanation import Explanation, explanation_facts, threat_of, zone_of
from dashboards.feed import Feed
from dashboards.language import translate
from dashboards.level_look import current, is_late, level_fact
from dashboards.masthead import PAGES, Masthead, link_fact, sources_fact
from dashboards.minute_panes import MinutePanes, Telling
from dashboards.order_desk import OrderDesk
from dashboards.part import Part, browser_source
from dashboards.playbook_steps import PlaybookSteps, playbook_facts
from dashboards.pump import Pump
from dashboards.same_minute import minute_of, places_of, zone_at
from dashboards.site_map import SiteMap
from dashboards.world import World
from hlaska.alerts.alert import Alert
from hlaska.sites import Site

SEEN_KEPT = 500
"""Versions of alerts that were shown and may still be ordered about."""
_COUNTING = frozenset({"age_s", "due_s"})
"""What the scripts count on by themselves."""


class LiveThreat(pn.viewable.Viewer):
    """The dispatcher's page: the queue, the map, the minute of the chosen alert, why, what to do.

    News is pushed by the feed; once a second the page also looks at the clock. Orders are carried
    out in other threads; their answers come back as news do. All parts keep their places.

    Args:
        feed: The subscription of this process.
        params: The parameters below.
    """

    site = param.String(default="", doc="Id of the site; empty for the first that is known.")
    language = param.String(default="en", doc="Code of the language that the page speaks.")
    updates_per_s = param.Number(default=4.0, bounds=(0.5, 15), doc="Most updates a second.")
    tiles = param.String(
        default="", doc="Address of map tiles with {X}, {Y}, {Z}; empty: drawn without a server."
    )

    def __init__(self, feed: Feed, **params: Any) -> None:  # noqa: ANN401 - the parameters above
        super().__init__(**params)
        self.feed = feed
        self.masthead = Masthead(
            title=PAGES["live_threat"],
            page="live_threat",
            language=self.language,
            asks_person=True,
        )
        self.queue, self.card, self.why = AlertQueue(), AlertCard(), Explanation()
        self.steps, self.actions = PlaybookSteps(), AlertActions()
        self._bell = Bell()
        self._rung = 0
        self._shown: tuple[object, ...] = ()
        self._shown_late = False
        self._built: Site | None = None
        self._looked_at: str | None = None
        self._groups: dict[str, str] = {}
        self._seen: OrderedDict[tuple[str, int], Alert] = OrderedDict()
        self._connect()

    def __panel__(self) -> pn.viewable.Viewable:
        return self._view

    def close(self) -> None:
        """End the session: nothing is pushed to it any more."""
        self._pump.close()
        self._stop_listening()
        self._events.close()

    def _connect(self) -> None:
        document = pn.state.curdoc
        live = document if document is not None and document.session_context else None
        self._pump = Pump(self._refresh, document=live, per_s=self.updates_per_s)
        self._desk = OrderDesk(self.feed, self._pump.notify)
        self._panes = MinutePanes(self.feed, self._pump.notify)
        self._events = AlertEvents(self.feed, self._pump.notify)
        self._map_box = frame.framed("", frame.words(""))
        areas = {
            "top": self.masthead,
            "queue": self.queue,
            "map": self._map_box,
            "minute": self._panes.view,
            "card": self.card,
            "why": self.why,
            "steps": self.steps,
            "bar": self.actions,
        }
        self._view = frame.grid(areas, browser_source("live_threat.css"))
        self._speak()
        self._refresh()
        self._look_at_clock()
        self.masthead.link(self, site="site", language="language")
        self.masthead.param.watch(lambda _: self._pump.notify(), "person")
        self.queue.param.watch(lambda *_: self._pump.notify(), ["chosen", "marked"])
        self.param.watch(lambda *_: self._pump.notify(), ["site", "language"])
        self.actions.hear(self._order)
        self.steps.hear(self._confirm)
        self.queue.hear(self._order_silence)
        self._stop_listening = self.feed.listen(self._pump.notify)
        if live is not None:
            self._pump.attend(self._look_at_clock)
            pn.state.on_session_destroyed(lambda _: self.close())

    # What is shown

    def _speak(self) -> None:
        parts: list[Part] = [self.masthead, self.queue, self.card, self.why, self.steps]
        for part in (*parts, self.actions):
            part.speak(self.language)
        self._panes.speak(self.language)
        self._desk.language = self.language
        self._spoken = self.language
        self.actions.verdicts = verdict_choices(self.language)
        self.actions.reasons = reason_choices(self.language)
        self.queue.empty = self._say("Nothing to deal with")

    def _refresh(self) -> None:
        """Show what differs from what is shown."""
        world = self.feed.world
        if self._spoken != self.language:
            self._speak()
            self._shown = ()
            self._name_map()
        self.masthead.link_state = link_fact(world.link, self.feed.clock())
        self.masthead.sites = {site.id: site.name for site in world.sites}
        answers = self._desk.answers()
        site = world.site(self.site)
        if site is not None:
            self._show_site(world, site)
        # After what came of them is shown: a key that waits for the answer means that.
        for answer in answers:
            facts = {"number": answer.number, "done": answer.done, "words": answer.words}
            self.actions.answer = facts

    def _show_site(self, world: World, site: Site) -> None:
        if self._built != site:
            self._build(site)
        shown = (
            world.alerts, world.silences, world.threats, world.playbooks, world.events,
            world.link.connected, site, self.language, self.queue.chosen, tuple(self.queue.marked),
            self.masthead.person, is_late(world.threats.get(site.id), self.feed.clock()),
        )  # fmt: skip
        if len(shown) != len(self._shown) or any(
            one is not two and one != two for one, two in zip(shown, self._shown, strict=True)
        ):
            self._shown = shown
            self._shown_late = is_late(world.threats.get(site.id), self.feed.clock())
            self._show(world, site)
        self._show_minute(world, site)

    def _look_at_clock(self) -> None:
        now = self.feed.clock()
        self.masthead.now_ms = now.timestamp() * 1000
        world = self.feed.world
        site = world.site(self.site)
        if site is not None and site == self._built:
            statuses = {key: one for (at, key), one in world.statuses.items() if at == site.id}
            self.masthead.sources = sources_fact(site, statuses, now, self.language)
            ours = [stored for stored in world.events if stored.event.site == site.id]
            self._map.show(statuses, now, hearing_now(statuses, ours, now), self.language)
            self._show_queue(world, site)
            if is_late(world.threats.get(site.id), now) and not self._shown_late:
                self._pump.notify()
        self._pump.catch_up()

    def _show(self, world: World, site: Site) -> None:
        self._show_queue(world, site)
        self._choose()
        now, language = self.feed.clock(), self.language
        alert = world.alerts.get(self.queue.chosen)
        threats = current(world.threats.get(site.id), now)
        zone = zone_of(alert, threats)
        if alert is not None and zone is None:
            zone = zone_at(places_of(alert, (), site), site)
        whole = level_fact(0, known=False, language=language)
        if threats is not None:
            top = threats.whole
            whole = level_fact(top.level, known=top.known, language=language)
            if is_late(threats, now):
                at = clock_time(threats.at, site, now, language)
                whole["word"] = self._say("levels stopped at {time}", time=at)
        self.masthead.level = whole
        self.card.facts = card_facts(alert, site, now, language)
        self.why.facts = explanation_facts(threat_of(threats, zone), site, now, language)
        steps = playbook_facts(alert, world.playbooks.get(site.id, {}), site, now, language)
        if alert is not None:
            self._remember(alert)
        if _still(steps) != _still(self.steps.facts):
            self.steps.facts = steps
        barred = barred_words(
            self.masthead.person, connected=world.link.connected, language=language
        )
        for part in (self.queue, self.steps, self.actions):
            part.barred = barred
        self.queue.person = self.actions.person = self.masthead.person
        self._aim(world, site)
        self._map.show_levels(threats, zone, language)
        self._ring(world, site)
        self._look_at(alert, world, site)

    def _show_queue(self, world: World, site: Site) -> None:
        now, language = self.feed.clock(), self.language
        silences = world.silences.get(site.id, ())
        rows = queue_rows(world.alerts.values(), silences, site, now, language)
        hidden = silence_rows(silences, rows, world.alerts, site, now, language)
        if [_still(row) for row in rows] != [_still(row) for row in self.queue.rows]:
            self.queue.rows = rows
        self.queue.silences = hidden

    def _choose(self) -> None:
        """Keep what is chosen and marked among what is there; choose the worst where nothing is."""
        there = {row["id"]: row["group"] for row in self.queue.rows}
        before, self._groups = self._groups, there
        # What has just been dealt with is meant no more by what is ordered next.
        marked = [
            name
            for name in self.queue.marked
            if name in there and not (there[name] == "closed" != before.get(name, "closed"))
        ]
        if marked != self.queue.marked:
            self.queue.marked = marked
        if self.queue.chosen not in there:
            waiting = [row["id"] for row in self.queue.rows if row["group"] == "queue"]
            self.queue.chosen = next(iter(waiting), "")

    def _aim(self, world: World, site: Site) -> None:
        """Tell the actions which alerts they are for, and remember those as they are shown."""
        names = self.queue.marked or ([self.queue.chosen] if self.queue.chosen else [])
        alerts = [world.alerts[name] for name in names if name in world.alerts]
        for alert in alerts:
            self._remember(alert)
        self.actions.targets = targets_of(alerts, site, self.language)

    def _remember(self, alert: Alert) -> None:
        """Keep an alert as it is shown: orders name the version that was looked at."""
        self._seen[alert.id, alert.version] = alert
        while len(self._seen) > SEEN_KEPT:
            self._seen.popitem(last=False)

    def _ring(self, world: World, site: Site) -> None:
        ours = [alert for alert in world.alerts.values() if alert.site == site.id]
        hidden = [row["id"] for row in self.queue.rows if row["group"] == "hidden"]
        severity = self._bell.hears(ours, hidden)
        if severity:
            self._rung += 1
            self.actions.ring = {"number": self._rung, "severity": severity}

    def _look_at(self, alert: Alert | None, world: World, site: Site) -> None:
        """Let the map show where the chosen alert is; it moves only when another is chosen."""
        known = self._events.known(alert, world)
        worst = None if alert is None else known.get(alert.worst)
        parts = () if worst is None else part_events(worst, known)
        self._map.choose(worst, parts)
        name = "" if alert is None else alert.id
        if name == self._looked_at:
            return
        self._looked_at = name
        ours = () if alert is None else [known[one] for one in alert.events if one in known]
        places = [] if alert is None else places_of(alert, ours, site)
        if places:
            self._map.look_at_places(places)
        else:
            self._map.look_at_all()
        self._part_of_map.value = "alarm" if places else "whole"

    def _show_minute(self, world: World, site: Site) -> None:
        alert = world.alerts.get(self.queue.chosen)
        known = self._events.known(alert, world)
        minute = None if alert is None else minute_of(alert, known, site)
        telling = Telling(site, known, self.feed.clock(), self.language)
        self._panes.show_minute("" if alert is None else alert.id, minute, world, telling)

    def _build(self, site: Site) -> None:
        """Make the parts that follow from the site."""
        self._built = site
        self.masthead.param.update(site=site.id, time_zone=site.time_zone)
        self._bell = Bell()
        self._looked_at = None
        self._map = SiteMap(site, tiles=self.tiles, levels=True)
        frame.fill(self._map_box, self._map.figure)
        self._name_map()

    def _name_map(self) -> None:
        if self._built is None:
            return
        code, args = self._map.zoom_script()
        parts = {self._say("Alert"): "alarm", self._say("Site"): "whole"}
        before = getattr(self, "_part_of_map", None)
        self._part_of_map = frame.switch(self._say("Part of the map"), parts, code, args)
        if before is not None:
            self._part_of_map.value = before.value
        title = self._say("Levels of the zones, north up")
        frame.retitle(self._map_box, title, self._part_of_map)

    # What is ordered

    def _order(self, asked: dict[str, Any]) -> None:
        number, targets = int(asked.pop("number")), asked.pop("targets")
        if asked.pop("silence", False):
            self._ask_silence(number, asked)
            return
        seen = [self._seen.get((str(name), int(version))) for name, version in targets]
        if None in seen:
            words = self._say("Not done: what was shown is not known any more; choose again")
            self.actions.answer = {"number": number, "done": False, "words": words}
            return
        alerts = [alert for alert in seen if alert is not None]
        self._desk.act(number, self.masthead.person, asked, alerts)

    def _ask_silence(self, number: int, asked: dict[str, Any]) -> None:
        minutes = asked.pop("minutes", None)
        until = None if minutes is None else self.feed.clock() + timedelta(minutes=float(minutes))
        action = {"do": "add", "scope": asked["scope"], "reason": asked["reason"], "until": until}
        self._desk.silence(number, self.masthead.person, self._built_id, action)

    def _order_silence(self, asked: dict[str, Any]) -> None:
        action = {"do": asked["do"], "silence": asked["silence"]}
        self._desk.silence(int(asked["number"]), self.masthead.person, self._built_id, action)

    def _confirm(self, asked: dict[str, Any]) -> None:
        alert, step = [str(asked["alert"]), int(asked["version"])], str(asked["step"])
        order = {"do": "confirm", "step": step, "number": asked["number"], "targets": [alert]}
        self._order(order)

    @property
    def _built_id(self) -> str:
        return "" if self._built is None else self._built.id

    def _say(self, text: str, **values: object) -> str:
        return translate(text, self.language, **values)


def _still(facts: dict[str, Any]) -> dict[str, Any]:
    """The same without what the scripts count on by themselves."""
    steps = {"steps": [_still(step) for step in facts["steps"]]} if "steps" in facts else {}
    return {name: value for name, value in facts.items() if name not in _COUNTING} | steps
