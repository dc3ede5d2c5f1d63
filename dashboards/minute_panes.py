"""Camera, sound and network of a minute, side by side: of the chosen alert, or replayed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import panel as pn

from dashboards.alert_wording import clock_time, sensor_name
from dashboards.alert_words import duration, severity_look
from dashboards.camera_tile import CameraTile
from dashboards.evidence_pane import EvidencePane, nothing
from dashboards.feed import Feed
from dashboards.fetched import FAILED, Fetched
from dashboards.flow_evidence import read_evidence, talk_table
from dashboards.language import translate
from dashboards.network_wording import finding_words
from dashboards.part import browser_source
from dashboards.same_minute import AROUND, SENSES, Minute, View
from dashboards.sound_wording import note_of
from dashboards.wording import kind_title, percent
from dashboards.world import World
from hlaska.errors import DataError
from hlaska.events import Event
from hlaska.kinds import KINDS
from hlaska.network.evidence import MEDIA_TYPE, FlowEvidence
from hlaska.sites import Site

TITLES = {"video": "Camera", "audio": "Sound", "cyber": "Network"}
"""Of the panes, by sense."""


@dataclass(frozen=True)
class Telling:
    """How a view is said: of which site, knowing which events by their ids, when and how."""

    site: Site
    known: Mapping[str, Event]
    now: datetime
    language: str

    def say(self, text: str, **values: object) -> str:
        """The phrase in the language."""
        return translate(text, self.language, **values)

    def facts(self, sense: str, view: View) -> dict[str, Any]:
        """What a pane says of its event; see `EvidencePane`."""
        event = view.event
        when = clock_time(event.observed_at, self.site, self.now, self.language)
        source = sensor_name(event.source, self.site, self.language)
        facts = {
            "title": kind_title(event.kind, self.language),
            "line": f"{when} · {source} · {percent(event.confidence)}",
            "note": note_of(event, self.site, self.known, self.language),
            "other": "" if view.ours else self.say("Not part of this alert"),
            "told": finding_words(event, self.site, self.language),
            "sounds": sense == "audio",
        }
        if view.age is None:
            return facts
        before = duration(max(0.0, view.age.total_seconds()), self.language)
        return facts | {
            "sense": self.say(TITLES[sense]),
            "before": self.say("{time} before", time=before),
            "old": view.age >= AROUND,
            **severity_look(KINDS[event.kind].severity, self.language),
        }


class Panes:
    """Three panes, and what brings them their evidence. They keep their places.

    Args:
        feed: Where evidence comes from.
        notify: Called, in another thread, when something has come; then call `show` again.
    """

    def __init__(self, feed: Feed, notify: Callable[[], None]) -> None:
        self.camera, self.sound, self.network = EvidencePane(), EvidencePane(), EvidencePane()
        self.seen = pn.Column(self.camera, sizing_mode="stretch_both", margin=0)
        self.view = pn.Row(
            self.seen,
            self.sound,
            self.network,
            sizing_mode="stretch_both",
            stylesheets=[browser_source("three_panes.css")],
        )
        self._still, self._spectrogram, self._sound, self._talks = (
            Fetched(feed, notify, family) for family in ("image/", "image/", "audio/", MEDIA_TYPE)
        )
        self._read: tuple[bytes | None, FlowEvidence | None, str] = (None, None, "")

    def speak(self, language: str) -> None:
        """Speak a language from now on; then call `show`."""
        for part in (self.camera, self.sound, self.network):
            part.speak(language)

    def show(
        self,
        views: Mapping[str, View | None],
        instead: Mapping[str, str],
        telling: Telling,
        *,
        button: str = "",
    ) -> None:
        """Show what each sense has.

        Args:
            views: By sense.
            instead: What stands there, by sense, where it has nothing.
            telling: How it is said.
            button: What a button on the camera's pane says; empty: there is none.
        """
        seen, heard, found = (views.get(sense) for sense in SENSES)
        for piece, view in (
            (self._still, seen),
            (self._spectrogram, heard),
            (self._sound, heard),
            (self._talks, found),
        ):
            piece.want(() if view is None else view.witnesses)
        facts = {
            sense: nothing(telling.say(TITLES[sense]), instead.get(sense, ""))
            if view is None
            else telling.facts(sense, view)
            for sense, view in zip(SENSES, (seen, heard, found), strict=True)
        }

        def got(piece: Fetched, without: str) -> tuple[bytes | None, str]:
            content, words = piece.got(telling.language)
            return content, words or ("" if content else telling.say(without))

        still, words = got(self._still, "No picture was kept")
        self.camera.param.update(
            facts=facts["video"] | {"instead": button}, still=still, still_words=words
        )
        still, words = got(self._spectrogram, "No picture of the sound was kept")
        sound, sound_words = got(self._sound, "No sound was kept")
        self.sound.param.update(
            facts=facts["audio"], still=still, still_words=words, sound=sound,
            sound_words=sound_words,
        )  # fmt: skip
        talks = {} if found is None else self._talk_table(telling)
        self.network.facts = facts["cyber"] | {"talks": talks}

    def _talk_table(self, telling: Telling) -> dict[str, Any]:
        content, words = self._talks.got(telling.language)
        evidence = None
        if content is not None:
            evidence, error = self._read_once(content)
            words = telling.say(FAILED, why=error) if error else ""
        instead = words or telling.say("No conversations were kept")
        return talk_table(evidence, instead, telling.site.time_zone, telling.now, telling.language)

    def _read_once(self, content: bytes) -> tuple[FlowEvidence | None, str]:
        """The conversations, or why they cannot be read: they may be thousands."""
        if self._read[0] is not content:
            try:
                self._read = content, read_evidence(content), ""
            except DataError as error:
                self._read = content, None, str(error)
        return self._read[1:]


class MinutePanes(Panes):
    """The panes of an alert that goes on: the camera can be looked through as well."""

    def __init__(self, feed: Feed, notify: Callable[[], None]) -> None:
        super().__init__(feed, notify)
        self.live = CameraTile()
        self.seen.append(self.live)
        self._wants_live = False
        self._alert = ""
        for part in (self.camera, self.live):
            part.hear(lambda _: self._swap(notify))

    def speak(self, language: str) -> None:
        """Speak a language from now on; then call `show_minute`."""
        super().speak(language)
        self.live.speak(language)

    def show_minute(
        self, alert: str, minute: Minute | None, world: World, telling: Telling
    ) -> None:
        """Show the minute of an alert; None shows that none is chosen.

        Args:
            alert: Its id.
            minute: What is known of it.
            world: For the newest pictures.
            telling: How it is said.
        """
        if alert != self._alert:
            self._alert, self._wants_live = alert, False
        site, language = telling.site, telling.language
        camera = minute.camera if minute else next(iter(site.cameras), None)
        button = telling.say("Live picture") if camera is not None else ""
        views = minute.views if minute else {}
        instead = {sense: telling.say(words) for sense, words in _empty(site).items()}
        self.show(views, instead, telling, button=button)
        still, said = self._still.got(language)
        has_still = still is not None or bool(said)
        live = camera is not None and (self._wants_live or not has_still)
        self.live.visible, self.camera.visible = live, not live
        if camera is None:
            return
        self.live.show_camera(camera, world.statuses.get((site.id, camera.id)), language)
        self.live.instead = telling.say("Picture of the alert") if has_still else ""
        picture = world.pictures.get((site.id, camera.id))
        if live and picture is not None:
            self.live.show_picture(picture)

    def _swap(self, notify: Callable[[], None]) -> None:
        self._wants_live = not self._wants_live
        notify()


def _empty(site: Site) -> dict[str, str]:
    """What stands where a sense told of nothing."""
    hears, watched = site.microphones or site.detectors, site.network.feeds
    return {
        "video": "There is no camera here",
        "audio": "Nothing was heard in this minute" if hears else "There is no microphone here",
        "cyber": "Nothing was found on the network in this minute"
        if watched
        else "Nobody watches the network here",
    }
