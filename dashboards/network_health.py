"""How the network of the sensors does: each feed of flows, each host, each sensor behind a host."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.language import translate, written
from dashboards.network_wording import OUTSIDE, UNKNOWN, byte_words, counted, one_line
from dashboards.stream_health import age_s, silent, state_fact, with_reason
from dashboards.wording import kind_title, local_time, percent, source_name
from hlaska.network.network import Network
from hlaska.network.status import HostStatus
from hlaska.sites import Site
from hlaska.tracks import StreamState, StreamStatus

MOST_HOSTS = 100
"""Rows of the table: those with something to say come first."""
UNUSUAL = "unusual traffic"
_THRESHOLD = 1.0
"""The anomaly from which on traffic is unusual: see `HostStatus`."""


def feed_fact(
    status: StreamStatus | None, time_zone: str, now: datetime, language: str = "en"
) -> tuple[str, str]:
    """Kind (good, warning, bad) and words for how a flow feed does; None: nothing was heard yet."""
    fact = state_fact(status, language)
    if status is None or status.network is None or fact[0] != "good":
        return fact
    network = status.network
    if network.sampled < 1:
        share = percent(network.sampled)
        return "warning", translate("looks at {share} of the flows", language, share=share)
    # A replayed feed has a time of its own.
    its_now = network.feed_time or now
    if network.learning_until is not None and network.learning_until > its_now:
        until = local_time(network.learning_until, time_zone, now=its_now, language=language)
        return "warning", translate("learning until {time}", language, time=until)
    return fact


def guards(status: StreamStatus | None, now: datetime) -> bool:
    """Whether a feed can be trusted now: it is heard, and looks at all flows."""
    return (
        status is not None
        and status.state is StreamState.HEALTHY
        and not status.overloaded
        and (status.network is None or status.network.sampled == 1)
        and not silent(status, now)
    )


def feed_rows(
    site: Site, statuses: Mapping[str, StreamStatus], now: datetime, language: str = "en"
) -> list[dict[str, Any]]:
    """One row a flow feed of the site, then one for any other source that reports flows."""
    listed = {feed.id: feed for feed in site.network.feeds}
    rows = []
    for source in (*listed, *(s for s in _feeding(statuses) if s not in listed)):
        status = statuses.get(source)
        kind, words = feed_fact(status, site.time_zone, now, language)
        row: dict[str, Any] = {
            "source": source,
            "name": source_name(source, site),
            "own_note": translate(listed[source].note, language) if source in listed else "",
            "kind": kind,
            "words": with_reason(words, status, language),
            "frame_age_s": None,
            "said_age_s": age_s(status.at, now) if status else None,
        }
        rows.append(row | _numbers(status, language))
    return rows


def _numbers(status: StreamStatus | None, language: str) -> dict[str, str]:
    network = status.network if status else None
    if status is None or network is None:
        return dict.fromkeys(("flows_in", "judged", "lag", "unreadable"), "–")
    digits = 1 if network.lag_s < 100 else 0
    return {
        "flows_in": written(f"{status.fps_in:,.0f}", language),
        "judged": written(f"{status.fps_processed:,.0f}", language),
        "lag": f"{written(f'{network.lag_s:,.{digits}f}', language)} s",
        "unreadable": written(f"{network.unreadable:,}", language),
    }


def host_fact(host: HostStatus, *, unknown: bool, language: str = "en") -> tuple[str, str]:
    """Kind (good, warning, bad) and words for what a host does."""
    if host.alarms:
        titles = [one_line(kind_title(one, language), 40) for one in host.alarms]
        return "bad", ", ".join(dict.fromkeys(titles))
    if unknown:
        return "warning", translate(UNKNOWN, language)
    if host.anomaly >= _THRESHOLD:
        return "warning", translate(UNUSUAL, language)
    return "good", translate("ok", language)


def host_table(
    site: Site, statuses: Mapping[str, StreamStatus], language: str = "en"
) -> dict[str, Any]:
    """The hosts that the feeds tell of: alarms first, then unknown devices, then sensors.

    Returns:
        `rows`, at most `MOST_HOSTS`; `more`, how many others there are; `kind` and `words`, the
        worst of all.
    """
    network = site.addresses
    hosts = [
        _host(host, source, site, network, statuses[source], language)
        for source, host in _hosts(statuses)
    ]
    hosts.sort(key=lambda row: (row["rank"], row["name"]))
    kind, words = _worst(hosts, language)
    return {
        "rows": hosts[:MOST_HOSTS],
        "more": max(0, len(hosts) - MOST_HOSTS),
        "kind": kind,
        "words": words,
    }


def _host(
    host: HostStatus, feed: str, site: Site, network: Network, status: StreamStatus, language: str
) -> dict[str, Any]:
    unknown = host.asset is None and network.inside(host.ip)
    kind, words = host_fact(host, unknown=unknown, language=language)
    its_now = (status.network.feed_time if status.network else None) or status.at
    seen = local_time(host.last_seen, site.time_zone, now=its_now, language=language)
    role = translate(host.role or ("" if unknown else OUTSIDE), language)
    address = one_line(host.ip, 45)
    carries = source_name(host.carries, site) if host.carries else ""
    return {
        "source": host.ip,
        "feed": feed,
        "name": host.asset or address,
        "about": translate("{address}, last seen {time}", language, address=address, time=seen),
        "carries": carries or role,
        "kind": kind,
        "words": words,
        "alarm": bool(host.alarms),
        "unknown": unknown,
        "unusual": host.anomaly >= _THRESHOLD,
        "sent": byte_words(host.sent_bytes, language),
        "usual": byte_words(host.usual_sent_bytes, language) if host.usual_sent_bytes else "–",
        "received": byte_words(host.received_bytes, language),
        "peers": written(f"{host.peers:,}", language),
        "rank": _rank(host, kind, unknown=unknown),
    }


def _rank(host: HostStatus, kind: str, *, unknown: bool) -> int:
    if host.alarms or unknown:
        return 0 if host.alarms else 1
    if kind != "good":
        return 2
    return 3 if host.carries else 4


def _worst(hosts: list[dict[str, Any]], language: str) -> tuple[str, str]:
    if not hosts:
        return "off", translate("no hosts seen", language)
    alarms, unknown, unusual = (
        sum(bool(row[name]) and row["rank"] == rank for row in hosts)
        for rank, name in enumerate(("alarm", "unknown", "unusual"))
    )
    counts = {
        "{number} in alarm": alarms,
        "{number} unknown": unknown,
        "{number} unusual": unusual,
    }
    words = [translate(said, language, number=n) for said, n in counts.items() if n]
    if words:
        return "bad" if alarms else "warning", ", ".join(words)
    return "good", translate("{hosts} ok", language, hosts=counted(len(hosts), "host", language))


@dataclass(frozen=True)
class Trouble:
    """What is wrong on the network of a sensor."""

    kind: str
    """warning or bad"""
    words: str


def troubles(
    statuses: Mapping[str, StreamStatus], now: datetime, language: str = "en"
) -> dict[str, Trouble]:
    """By sensor, what is wrong with the traffic of the device that carries it.

    What a feed said that is silent now is not true any more.
    """
    found: dict[str, Trouble] = {}
    for source, host in _hosts(statuses):
        if host.carries is None or silent(statuses[source], now):
            continue
        kind, words = host_fact(host, unknown=False, language=language)
        if kind == "bad" or (kind == "warning" and host.carries not in found):
            found[host.carries] = Trouble(kind, words)
    return found


def _hosts(statuses: Mapping[str, StreamStatus]) -> Iterable[tuple[str, HostStatus]]:
    """Every host once, with the feed that says most of it: an alarm counts more than flows."""
    best: dict[str, tuple[str, HostStatus]] = {}
    for source in _feeding(statuses):
        network = statuses[source].network
        for host in network.hosts if network else ():
            other = best.get(host.ip)
            if other is None or _weight(other[1]) < _weight(host):
                best[host.ip] = (source, host)
    return best.values()


def _weight(host: HostStatus) -> tuple[int, float, int]:
    return len(host.alarms), host.anomaly, host.flows


def _feeding(statuses: Mapping[str, StreamStatus]) -> list[str]:
    return sorted(source for source, status in statuses.items() if status.network is not None)


class HostTable:
    """`host_table`, made anew only when a feed has reported.

    Hundreds of hosts take milliseconds, and other sources report many times a second.
    """

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._table: dict[str, Any] = {}

    def of(
        self, site: Site, statuses: Mapping[str, StreamStatus], language: str = "en"
    ) -> dict[str, Any]:
        """The hosts of that site, as these reports tell of them."""
        now = (site, language, *(statuses[source] for source in _feeding(statuses)))
        if len(now) != len(self._of) or any(a is not b for a, b in zip(now, self._of, strict=True)):
            self._of, self._table = now, host_table(site, statuses, language)
        return self._table
