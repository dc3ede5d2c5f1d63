"""The strip on top: pages, site, local time, who looks, and whether what is shown is true."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar

import panel as pn
import param

from dashboards.language import LANGUAGES, translate
from dashboards.microphone_health import expected, healthy
from dashboards.network_health import guards
from dashboards.part import Part
from dashboards.world import Link
from hlaska.sites import Site
from hlaska.tracks import StreamStatus

PAGES = MappingProxyType(
    {
        "live_threat": "Live threat",
        "history": "History",
        "shift_report": "Shift report",
        "source_health": "Source health",
        "pilot_evaluation": "Pilot evaluation",
    }
)
"""The dashboards that people go between: their titles, by the names of their notebooks."""


def asked(name: str) -> str:
    """What the address of the page says after `?name=`; empty when it says nothing of it."""
    said = pn.state.session_args.get(name, [b""])
    return str(said[0].decode(errors="replace"))


def asked_language() -> str:
    """The language that the address of the page asks for; English when it asks for none of ours."""
    language = asked("language")
    return language if language in LANGUAGES else "en"


def page_titles(language: str) -> dict[str, str]:
    """The titles of all pages, by name."""
    return {name: translate(title, language) for name, title in PAGES.items()}


def link_fact(link: Link, now: datetime) -> dict[str, Any]:
    """The connection to the gateway: `connected`, `since_age_s` in seconds, `reason`."""
    return {
        "connected": link.connected,
        "since_age_s": max(0.0, (now - link.since).total_seconds()),
        "reason": link.reason,
    }


def sources_fact(
    site: Site, statuses: Mapping[str, StreamStatus], now: datetime, language: str = "en"
) -> dict[str, str]:
    """How many sensors can be trusted now: `kind` (good, warning, bad) and `words`.

    Microphones that nobody has connected are not counted, nor detectors that only ever send.
    """
    groups = {
        "cameras": [camera.id for camera in site.cameras],
        "microphones": [one.id for one in site.microphones if expected(one, statuses)],
        "detectors": [one.id for one in site.detectors if one.mqtt or one.id in statuses],
    }
    counts = {
        name: (sum(healthy(statuses.get(source), now) for source in sources), len(sources))
        for name, sources in groups.items()
        if sources
    }
    feeds = [feed.id for feed in site.network.feeds]
    if feeds:
        good = sum(guards(statuses.get(source), now) for source in feeds)
        counts["network feeds"] = (good, len(feeds))
    if not counts:
        return {"kind": "warning", "words": translate("no sensors", language)}
    words = ", ".join(
        translate("{good} of {total} " + name, language, good=good, total=total)
        for name, (good, total) in counts.items()
    )
    if all(good == total for good, total in counts.values()):
        kind = "good"
    else:
        kind = "bad" if any(good == 0 for good, _ in counts.values()) else "warning"
    return {"kind": kind, "words": translate("{sensors} healthy", language, sensors=words)}


class Masthead(Part):
    """Pages, site, clock, sensors and the state of the connection; a red banner when it is lost.

    Who looks is remembered by the browser, so that nobody has to say it at each page; the language
    is part of the page's address.
    """

    title = param.String(default="", doc="What the page is called, in its language.")
    page = param.String(default="", doc="Name of the page among `PAGES`.")
    pages = param.Dict(default=page_titles("en"), doc="Titles of all pages, by name.")
    language = param.String(default="en", doc="What the page speaks.")
    languages = param.Dict(default=dict(LANGUAGES), doc="What it could speak, each in itself.")
    person = param.String(default="", doc="Who looks, as they call themselves; empty: not said.")
    asks_person = param.Boolean(default=False, doc="Whether one has to say who one is.")
    level = param.Dict(default={}, doc="The whole site's level, as `level_fact`; empty: not shown.")

    site = param.String(default="", doc="Id of the site that is shown.")
    sites = param.Dict(default={}, doc="Names of the sites that can be shown, by id.")
    time_zone = param.String(default="", doc="IANA time zone of the site.")
    link_state = param.Dict(
        default={"connected": True, "since_age_s": 0.0, "reason": ""}, doc="See `link_fact`."
    )
    sources = param.Dict(default={"kind": "good", "words": ""}, doc="See `sources_fact`.")
    now_ms = param.Number(default=0.0, doc="The server's time, ms since 1970: its sign of life.")

    _esm = "browser/masthead.js"
    _look: ClassVar[str] = "masthead.css"

    def __init__(self, **params: Any) -> None:  # noqa: ANN401 - the parameters above
        super().__init__(**params)
        self.param.watch(lambda change: self.speak(change.new), "language")
        self.speak(self.language)

    def speak(self, language: str) -> None:
        """Let it speak a language from now on, and call the pages in it."""
        super().speak(language)
        pages = page_titles(language)
        title = pages.get(self.page, self.title)
        self.param.update(language=language, pages=pages, title=title)
