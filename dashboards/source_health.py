"""Source health: what is seen and heard right now, what happened, and what of it to trust."""

from dataclasses import dataclass
from typing import Any

import panel as pn
import param

from dashboards import frame
from dashboards.alarms import hearing_now, is_network, one_row_each, part_events, successors
from dashboards.camera_wall import CameraWall
from dashboards.chosen_evidence import ChosenEvidence
from dashboards.chosen_layer import has_a_frame
from dashboards.conversation_graph import ConversationGraph
from dashboards.counts_chart import CountsChart
from dashboards.event_detail import EventDetail, event_facts, witnesses_of
from dashboards.event_feed import NOTHING_YET, EventFeed, event_rows
from dashboards.feed import Feed
from dashboards.flow_evidence import read_evidence, talk_table
from dashboards.language import LANGUAGES, translate
from dashboards.masthead import Masthead, link_fact, sources_fact
from dashboards.microphone_health import microphone_table
from dashboards.network_health import HostTable, feed_rows
from dashboards.part import browser_source
from dashboards.pump import Pump
from dashboards.site_map import SiteMap
from dashboards.stream_health import StreamHealth, health_rows
from dashboards.world import World
from hlaska.errors import DataError
from hlaska.events import Event, StoredEvent
from hlaska.sites import Site
from hlaska.tracks import StreamStatus

EXTENTS = {"Camera": "seen", "Streets": "near", "Alarm": "alarm", "Site": "whole"}
"""What the map can show."""
CROSSINGS, CONVERSATIONS = "Crossings", "Conversations"
"""What the panel below the map can show."""
WAITING = "Waiting for the gateway to name the site"
NO_SOURCES = "No sources at this site"
UNREADABLE = "The conversations cannot be read: {why}"


@dataclass(frozen=True)
class _Shown:
    """What a session shows: the world, and what its user has chosen."""

    world: World
    site: Site
    language: str
    camera: str
    crossings: bool
    selected: str


class SourceHealth(pn.viewable.Viewer):
    """Cameras, map, events with what explains them, sources and counts of one site, as they happen.

    News is pushed by the feed; once a second the dashboard also looks at the clock, so that silence
    shows. All parts keep their places, whatever comes or fails to come. What somebody chooses is
    only noted; `Pump` then shows it, as plots may change only while the session's document is
    locked.

    Args:
        feed: The subscription of this process.
        params: The parameters below.
    """

    site = param.String(default="", doc="Id of the site; empty for the first that is known.")
    language: Any = param.Selector(default="en", objects=list(LANGUAGES), doc="Of the page.")
    camera = param.String(default="", doc="Id of the camera shown large; empty for the first.")
    show_crossings = param.Boolean(default=False, doc="List counted crossings among the events.")
    most_events = param.Integer(default=100, bounds=(10, 200), doc="Rows of the list of events.")
    updates_per_s = param.Number(
        default=10.0, bounds=(0.5, 15), doc="Most updates, and so pictures a camera, a second."
    )
    minutes = param.Integer(default=30, bounds=(5, 120), doc="How far back crossings are charted.")
    tiles = param.String(
        default="", doc="Address of map tiles with {X}, {Y}, {Z}; empty: drawn without a server."
    )

    def __init__(self, feed: Feed, **params: Any) -> None:  # noqa: ANN401 - the parameters above
        super().__init__(**params)
        self.feed = feed
        self._shown: _Shown | None = None
        self._site: Site | None = None
        self._part_of_map: Any = None
        self._masthead = Masthead(page="source_health", language=self.language)
        self._events = EventFeed(show_crossings=self.show_crossings)
        self._detail = EventDetail()
        self._health = StreamHealth()
        self._hosts = HostTable()
        self._chosen: tuple[Event | None, tuple[Event, ...]] = (None, ())
        waiting = frame.words(self._say(WAITING))
        cameras = frame.framed(self._say("Cameras"), waiting)
        self._wall_box = pn.Column(cameras, sizing_mode="stretch_both")
        self._map_box = frame.framed("", waiting)
        self._counts_box = frame.framed(self._say(CROSSINGS), waiting)
        self._speak()
        areas = {
            "top": self._masthead,
            "cameras": self._wall_box,
            "events": self._events,
            "detail": self._detail,
            "map": self._map_box,
            "sources": self._health,
            "counts": self._counts_box,
        }
        self._view = frame.grid(areas, browser_source("source_health.css"))
        self._connect()

    def __panel__(self) -> pn.viewable.Viewable:
        return self._view

    def listed(self, world: World, site: Site) -> list[StoredEvent]:
        """The events of the site that are listed, newest first; an alarm once."""
        return one_row_each(self._newest(world, site))

    def _newest(self, world: World, site: Site) -> list[StoredEvent]:
        events = list(world.events)
        if self.show_crossings:
            events = sorted([*events, *world.crossings], key=lambda stored: -stored.seq)
        return [stored for stored in events if stored.event.site == site.id][: self.most_events]

    def close(self) -> None:
        """End the session: nothing is pushed to it any more."""
        self._pump.close()
        self._stop_listening()

    def _connect(self) -> None:
        document = pn.state.curdoc
        live = document if document is not None and document.session_context else None
        self._pump = Pump(self._refresh, document=live, per_s=self.updates_per_s)
        self._evidence = ChosenEvidence(
            self.feed, self._detail, self._show_talks, self._pump.notify
        )
        self._refresh()
        self._look_at_clock()
        self._events.link(self, show_crossings="show_crossings", bidirectional=True)
        self._masthead.link(self, site="site", language="language")
        self._events.param.watch(lambda _: self._pump.notify(), "selected")
        self._detail.param.watch(lambda _: self._show_its_camera(), "wanted")
        self.param.watch(
            lambda *_: self._pump.notify(), ["site", "language", "camera", "show_crossings"]
        )
        self._stop_listening = self.feed.listen(self._pump.notify)
        if live is not None:
            self._pump.attend(self._look_at_clock)
            pn.state.on_session_destroyed(lambda _: self.close())

    def _refresh(self) -> None:
        """Show what differs from what is shown."""
        world = self.feed.world
        self._masthead.link_state = link_fact(world.link, self.feed.clock())
        self._masthead.sites = {site.id: site.name for site in world.sites}
        site = world.site(self.site)
        if site is None:
            return
        replaced = successors(self._newest(world, site))
        if self._events.selected in replaced:
            self._events.selected = replaced[self._events.selected]
        now = _Shown(
            world, site, self.language, self.camera, self.show_crossings, self._events.selected
        )
        before, self._shown = self._shown, now
        if before is None or before.site != site:
            self._build(site)
            before = None
        elif before.language != now.language:
            self._speak()
        anew = before is None or before.language != now.language
        self._wall.show_pictures(_of_site(world.pictures, site))
        if before is None or before.camera != now.camera:
            self._enlarge(site)
        if anew or before is None or before.world.statuses is not world.statuses:
            self._show_statuses(now)
        events_changed = anew or before is None or before.world.events is not world.events
        if (
            before is None
            or events_changed
            or before.crossings != now.crossings
            or (now.crossings and before.world.crossings is not world.crossings)
        ):
            clock, known = self.feed.clock(), _known(world)
            listed = self.listed(world, site)
            self._events.rows = event_rows(listed, site, clock, known, self.language)
        if before is None or before.world.counts is not world.counts:
            self._show_counts(now)
        if before is None or before.selected != now.selected:
            self._choose(now, anew=True)
        elif events_changed:
            self._choose(now, anew=False)
        self._evidence.show(self.language)

    def _look_at_clock(self) -> None:
        self._masthead.now_ms = self.feed.clock().timestamp() * 1000
        if self._shown is not None:
            self._show_statuses(self._shown)
            self._show_counts(self._shown)
        self._pump.catch_up()

    def _build(self, site: Site) -> None:
        """Make the parts that follow from the site."""
        self._masthead.param.update(site=site.id, time_zone=site.time_zone)
        self._wall = CameraWall(site, lambda camera: self.param.update(camera=camera))
        self._wall_box.objects = [self._wall.view]
        self._map = SiteMap(site, tiles=self.tiles)
        frame.fill(self._map_box, self._map.figure)
        self._part_of_map = None
        self._chart = CountsChart(site, minutes=self.minutes)
        self._graph = ConversationGraph()
        self._evidence.want(())
        plots = {CROSSINGS: self._chart.figure, CONVERSATIONS: self._graph.figure}
        if not (site.assets or site.network.feeds):
            del plots[CONVERSATIONS]
        self._below_map = frame.fill_by_choice(self._counts_box, plots)
        self._below_map.visible = len(plots) > 1
        self._site = site
        self._speak()

    def _speak(self) -> None:
        """Let all say their words in the language of the page; rows and facts follow."""
        for part in (self._masthead, self._events, self._detail, self._health):
            part.speak(self.language)
        site, title = self._site, self._say("Map, north up")
        self._events.empty = self._say(NOTHING_YET if site else WAITING)
        self._health.empty = self._say(NO_SOURCES if site else WAITING)
        if site is None:
            frame.retitle(self._map_box, title)
            return
        before = self._part_of_map
        self._part_of_map = self._parts_of_map(site)
        if before is not None:
            self._part_of_map.value = before.value
        frame.retitle(self._map_box, title, self._part_of_map)
        names = self._below_map.options.values()
        self._below_map.options = {self._say(name): name for name in names}
        self._chart.speak(self.language)
        self._graph.speak(self.language)
        self._evidence.forget()  # the graph has to be told anew

    def _parts_of_map(self, site: Site) -> Any:  # noqa: ANN401 - as `frame.switch`
        parts = dict(EXTENTS)
        if not (site.microphones or site.detectors or site.assets):
            del parts["Alarm"]
        code, args = self._map.zoom_script()
        said = {self._say(name): part for name, part in parts.items()}
        return frame.switch(self._say("Part of the map"), said, code, args)

    def _say(self, text: str, **values: object) -> str:
        return translate(text, self.language, **values)

    def _enlarge(self, site: Site) -> None:
        chosen = self._wall.enlarge(self.camera)
        if chosen is not None:
            self._detail.large = chosen
            self._map.look_at(site.camera(chosen))
            self._part_of_map.value = EXTENTS["Camera"]

    def _show_statuses(self, shown: _Shown) -> None:
        now, site, language = self.feed.clock(), shown.site, self.language
        statuses: dict[str, StreamStatus] = _of_site(shown.world.statuses, site)
        self._wall.show_statuses(statuses, language)
        self._health.param.update(
            rows=health_rows(site, statuses, now, language),
            microphones=microphone_table(site, statuses, now, language),
            feeds=feed_rows(site, statuses, now, language),
            hosts=self._hosts.of(site, statuses, language),
        )
        self._masthead.sources = sources_fact(site, statuses, now, language)
        ours = [stored for stored in shown.world.events if stored.event.site == site.id]
        self._map.show(statuses, now, hearing_now(statuses, ours, now), language)

    def _show_counts(self, shown: _Shown) -> None:
        if shown.site.id in shown.world.counts:
            self._chart.show(shown.world.counts[shown.site.id], self.feed.clock())

    def _choose(self, shown: _Shown, *, anew: bool) -> None:
        """Show the chosen event at once, and its evidence when it has come.

        Args:
            shown: What is shown.
            anew: Whether it has just been chosen: only then may the map move.
        """
        known = _known(shown.world)
        event = known.get(shown.selected)
        if event is None and not anew:
            return  # older than what is remembered: what is shown of it stays
        parts = () if event is None else part_events(event, known)
        if (event, parts) != self._chosen:
            self._chosen = (event, parts)
            self._map.choose(event, parts)
        clock, site, language = self.feed.clock(), shown.site, self.language
        facts = {} if event is None else event_facts(event, site, clock, known, language)
        self._detail.facts = facts
        self._evidence.want(() if event is None else witnesses_of(event, known), language)
        if anew and event is not None:
            self._turn_to(event, parts, shown.site)

    def _turn_to(self, event: Event, parts: tuple[Event, ...], site: Site) -> None:
        """Let map and lower panel show what they can of the event; else what they show without."""
        if has_a_frame(event, parts, site):
            self._map.look_at_alarm()
            self._part_of_map.value = EXTENTS["Alarm"]
        elif self._part_of_map.value == EXTENTS["Alarm"]:
            self._enlarge(site)
        if len(self._below_map.options) > 1:
            self._below_map.value = CONVERSATIONS if is_network(event) else CROSSINGS

    def _show_talks(self, content: bytes | None, words: str) -> None:
        """Show the conversations of the chosen event, or say why there are none."""
        shown, (event, _) = self._shown, self._chosen
        if shown is None:
            return
        evidence, now, zone = None, self.feed.clock(), shown.site.time_zone
        if content is not None:
            try:
                evidence = read_evidence(content)
            except DataError as error:
                words = self._say(UNREADABLE, why=error)
        self._detail.talks = talk_table(evidence, words, zone, now, self.language)
        if evidence is not None and event is not None:
            self._graph.show(evidence, kind=event.kind, time_zone=zone, now=now)
        else:
            self._graph.say(words if event is not None and is_network(event) else "")

    def _show_its_camera(self) -> None:
        self.camera = self._detail.facts.get("camera", {}).get("id", self.camera)


def _known(world: World) -> dict[str, Event]:
    return {stored.event.id: stored.event for stored in (*world.crossings, *world.events)}


def _of_site(by_key: Any, site: Site) -> dict[str, Any]:  # noqa: ANN401 - of statuses or pictures
    return {source: value for (at, source), value in by_key.items() if at == site.id}
