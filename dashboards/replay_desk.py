"""Where an incident is replayed: the bar that plays it, the map, and what the senses showed."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import panel as pn

from dashboards import frame
from dashboards.feed import Feed
from dashboards.language import translate
from dashboards.minute_panes import Panes, Telling
from dashboards.period import Period
from dashboards.player import Player, marks_of, span_of
from dashboards.questions import Questions
from dashboards.replay import Replay, ask_replay, views_at
from dashboards.replay_map import ReplayMap
from dashboards.same_minute import SENSES, View
from hlaska.sites import Site

_MATTER = "replay"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_EXTENTS = {"Incident": "incident", "Whole site": "whole"}
NOTHING_CHOSEN = "Choose an alert in the list or on the timeline: it is replayed here"
ASKING = "Fetching what happened …"
CUT = "Too much happened: only the first events of it are shown"


class ReplayDesk:
    """Replays one alert at a time. Its methods are called in the session's thread.

    Args:
        feed: The subscription of this process.
        questions: Of the session.
        notify: Called, in another thread, when evidence has come; then call `refresh`.
        tiles: Address of map tiles; empty for none.
    """

    def __init__(
        self, feed: Feed, questions: Questions, notify: Callable[[], None], *, tiles: str
    ) -> None:
        self._feed, self._questions, self._tiles = feed, questions, tiles
        self._site: Site | None = None
        self._language = "en"
        self._replay: Replay | None = None
        self._shown = _NEVER
        self._views: Mapping[str, View | None] = {}
        self._filled: ReplayMap | None = None
        self.player = Player()
        self.panes = Panes(feed, notify)
        self.map_box = frame.framed("", pn.Spacer())

    @property
    def replay(self) -> Replay | None:
        """What is replayed."""
        return self._replay

    @property
    def period(self) -> Period | None:
        """The time that is replayed."""
        return None if self._replay is None else self._replay.period

    @property
    def moment(self) -> datetime | None:
        """The moment that is shown."""
        return None if self._replay is None else self._shown

    def build(self, site: Site) -> None:
        """Make the map of a site."""
        self._site = site
        self._map = ReplayMap(site, tiles=self._tiles)
        self._fill()
        self.clear()

    def speak(self, language: str) -> None:
        """Let all say their words in a language from now on."""
        self._language = language
        self.player.speak(language)
        self.panes.speak(language)
        if self._site is not None:
            self._fill()
            self._load()

    def clear(self) -> None:
        """Replay nothing."""
        self._questions.forget(_MATTER)
        self._replay, self._shown = None, _NEVER
        self.player.instead = translate(NOTHING_CHOSEN, self._language)
        self._load()

    def choose(self, alert: str) -> None:
        """Replay that alert as soon as all of it has come."""
        self.clear()
        self.player.instead = translate(ASKING, self._language)
        gateway, now = self._feed.gateway, self._feed.clock()
        self._questions.ask(
            _MATTER, lambda: ask_replay(gateway, alert, now), self._come, self._failed
        )

    def refresh(self) -> None:
        """Show the moment that the bar has come to, and what has come of its evidence."""
        replay = self._replay
        if replay is None or self._site is None:
            return
        at = datetime.fromtimestamp(self.player.moment_ms / 1000, UTC)
        moment = min(max(at, replay.period.since), replay.period.until)
        if moment != self._shown:
            self._show(moment)
        else:
            self._show_minute()

    def _come(self, replay: Replay) -> None:
        self._shown = replay.alert.first_at
        self._replay = replay
        self._map.look_at(replay)
        self.player.moment_ms = self._shown.timestamp() * 1000
        self._load()

    def _failed(self, words: str) -> None:
        self.player.instead = translate(
            "It cannot be replayed: {reason}. Choose it again", self._language, reason=words
        )

    def _load(self) -> None:
        """Give the bar what it plays, and show the moment anew."""
        replay, site = self._replay, self._site
        if site is None:
            return
        self.player.param.update(
            marks=[] if replay is None else marks_of(replay, self._language),
            note=translate(CUT, self._language) if replay is not None and replay.cut else "",
            span={} if replay is None else span_of(replay, site),
        )
        self._show(self._shown)

    def _show(self, moment: datetime) -> None:
        self._shown = moment
        self._map.show(self._replay, moment, self._feed.clock(), self._language)
        self._views = {} if self._replay is None else views_at(self._replay, moment)
        self._show_minute()

    def _show_minute(self) -> None:
        replay, site = self._replay, self._site
        assert site is not None
        known = {} if replay is None else {event.id: event for event in replay.events}
        telling = Telling(site, known, self._feed.clock(), self._language)
        words = "" if replay is None else telling.say("Nothing up to this moment")
        self.panes.show(self._views, dict.fromkeys(SENSES, words), telling)

    def _fill(self) -> None:
        """Put the map and its buttons into their panel, in the language of the page."""
        code, args = self._map.zoom_script()
        names = {translate(name, self._language): part for name, part in _EXTENTS.items()}
        part = frame.switch(translate("Part of the map", self._language), names, code, args)
        title = translate("Map at that moment, north up", self._language)
        if self._filled is not self._map:
            frame.fill(self.map_box, self._map.figure)
            self._filled = self._map
        frame.retitle(self.map_box, title, part)
