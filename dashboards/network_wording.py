"""How what is found on the network is said to a dispatcher: devices, figures, amounts."""

from collections.abc import Sequence
from datetime import datetime

from dashboards.alarms import is_network, parts_of
from dashboards.language import translate, written
from dashboards.wording import attribute, local_time, place_of, source_name, title_of
from hlaska.cameras import Camera
from hlaska.events import Event, Scalar
from hlaska.microphones import Microphone
from hlaska.network.flows import FlowState
from hlaska.sites import PICTURE_GUARD, Asset, Site

UNKNOWN, OUTSIDE = "unknown device", "outside host"
OUTCOMES = {
    FlowState.ESTABLISHED: "answered",
    FlowState.REJECTED: "refused",
    FlowState.UNANSWERED: "no answer",
    FlowState.RESET: "broken off",
    FlowState.OTHER: "partly seen",
}
"""How conversations went, those that matter most first."""
_SENTENCES = {
    "cyber.scan": "{device} tries {hosts} hosts and {ports} ports, few answer",
    "cyber.flood": "{peer} is flooded: {rate} a second from {hosts} hosts",
    "cyber.bruteforce": "{device} guesses passwords at {peer}: {flows} attempts",
    "cyber.exfiltration": "{device} sent {bytes} out to {peer}",
    "cyber.beaconing": "{device} calls {peer} at regular times",
    "cyber.new-asset": "{device} is new on the network: {flows} flows with {hosts} hosts",
    "cyber.new-peer": "{device} talks to {peer} for the first time: {bytes}",
    "cyber.stream-redirected": "{device}: its picture goes astray; other side {peer}, {bytes}",
    "cyber.anomaly": "{device} behaves as it never did: {flows} flows with {hosts} hosts, {bytes}",
}
"""By kind: how a finding is said in other languages than that of its own sentence."""
_GUARD = "picture and network together"
_TOLD = {
    "asset",
    "because",
    "bytes",
    "carries",
    "host",
    "limit",
    "measured",
    "peer",
    "usual",
    "words",
}
"""Attributes that are said in sentences here."""
_IN_BYTES = frozenset({"cyber.exfiltration", "cyber.stream-redirected"})
"""Kinds that measure bytes."""


def byte_words(count: float, language: str = "en") -> str:
    """An amount of data: 1 kB is 1,000 bytes, as in the IEC's standard 80000-13."""
    if count < 999.5:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5:
            words = f"{count:.1f}" if count < 99.95 else f"{count:.0f}"
            return f"{written(words, language)} {unit}"
    words = f"{count / 1000:,.1f}"
    return f"{written(words, language)} TB"


def number_words(number: float, language: str = "en") -> str:
    """A figure of any size: whole from a hundred on, else with three digits that count."""
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(number) >= size:
            words = written(f"{number / size:.3g}", language)
            return f"{words} {translate(name, language)}"
    return written(f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}", language)


def counted(number: int, what: str, language: str = "en") -> str:
    """A number of things, such as `1 flow` or `1,203 flows`; other languages need no plural."""
    if language == "en":
        return f"{number:,} {what}{'' if number == 1 else 's'}"
    return translate(f"{{number}} {what}s", language, number=written(f"{number:,}", language))


def one_line(text: str, most: int) -> str:
    """Words from the network as one line of at most `most` letters, its middle left out.

    Addresses differ at their ends, so both ends stay.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    head = (most - 1) // 2
    return line if len(line) <= most else f"{line[:head]}…{line[len(line) - (most - 1 - head) :]}"


def outcome_words(state: str, language: str = "en") -> str:
    """How a conversation went; a state that is none is said as it came."""
    if state in set(FlowState):
        return translate(OUTCOMES[FlowState(state)], language)
    return one_line(state, 20)


def asset_of(event: Event, site: Site) -> Asset | None:
    """The device that a finding is about; None when the site file does not know it."""
    return next((one for one in site.assets if one.id == event.attributes.get("asset")), None)


def carried(event: Event, site: Site) -> Camera | Microphone | None:
    """The sensor behind the device that a finding is about, where it has a place on the map."""
    if not is_network(event):
        return None
    asset = asset_of(event, site)
    return _sensor(event.attributes.get("carries", asset.carries if asset else None), site)


def concerned(event: Event, site: Site) -> Camera | Microphone | None:
    """The same, else the sensor behind the other host of a finding: who attacks carries none."""
    peer = event.attributes.get("peer") if is_network(event) else None
    asset = next((one for one in site.assets if one.ip == peer), None)
    return carried(event, site) or _sensor(asset.carries if asset else None, site)


def _sensor(name: Scalar | None, site: Site) -> Camera | Microphone | None:
    sensors: list[Camera | Microphone] = [*site.cameras, *site.microphones]
    return next((one for one in sensors if one.id == name), None)


def camera_of(event: Event, site: Site, parts: Sequence[Event]) -> Camera | None:
    """The camera that a finding on the network concerns.

    Its device carries it, or the other host does, or one of its parts came from there.
    """
    if not is_network(event):
        return None
    sensors = [concerned(one, site) for one in (event, *parts)]
    sources = {one.source for one in parts} | {one.id for one in sensors if one is not None}
    return next((camera for camera in site.cameras if camera.id in sources), None)


def address_words(address: str, site: Site, language: str = "en") -> str:
    """What an address is called: the asset's id, else whether it is one of the site's at all."""
    network = site.addresses
    name = network.name(address)
    if name != address:
        return name
    what = translate(UNKNOWN if network.inside(address) else OUTSIDE, language)
    return f"{what} {one_line(address, 45)}"


def device_words(event: Event, site: Site, language: str = "en") -> str:
    """The device that a finding is about; empty when it names none."""
    host = str(event.attributes.get("host", ""))
    asset = str(event.attributes.get("asset", ""))
    return asset or (address_words(host, site, language) if host else "")


def network_place(event: Event, site: Site, language: str = "en") -> str:
    """Which device a finding is about, and the sensor behind it or behind its other host."""
    sensor = concerned(event, site)
    link = " · " if sensor is None or sensor == carried(event, site) else " → "
    words = [device_words(event, site, language), sensor.name if sensor else ""]
    return link.join(filter(None, words)) or place_of(event, site)


def finding_words(event: Event, site: Site, language: str = "en") -> str:
    """The one line that tells of a finding; empty for other events.

    Findings bring an English sentence. In another language it is said by the kind's own phrase and
    the event's figures; an event that lacks one of them keeps its sentence.
    """
    words = str(event.attributes.get("words", "")) if is_network(event) else ""
    said = _SENTENCES.get(event.kind, "")
    if language == "en" or not words or not said:
        return words
    told = event.attributes
    numbers = {
        name: written(f"{value:,}", language)
        for name in ("flows", "hosts", "ports")
        if isinstance(value := told.get(name), int)
    }
    amounts = {"bytes": told.get("bytes"), "rate": told.get("measured")}
    values = numbers | {
        name: (byte_words if name == "bytes" else number_words)(value, language)
        for name, value in amounts.items()
        if isinstance(value, int | float)
    }
    host = str(told.get("host", ""))
    values["device"] = address_words(host, site, language) if host else str(told.get("asset", ""))
    if "peer" in told:
        values["peer"] = address_words(str(told["peer"]), site, language)
    try:
        return translate(said, language, **values)
    except KeyError:
        return words


def figures(event: Event, language: str = "en") -> list[list[str]]:
    """Label and text of what was measured, what is usual, and from what on it is an alarm."""
    if not is_network(event):
        return []
    told = []
    words = byte_words if event.kind in _IN_BYTES else number_words
    for label, name in (("measured", "measured"), ("usual", "usual"), ("alarm from", "limit")):
        value = event.attributes.get(name)
        if isinstance(value, int | float):
            not_known = name == "usual" and value == 0
            text = "–" if not_known else words(value, language)
            told.append([translate(label, language), text])
    return told


def network_source(event: Event, site: Site, language: str = "en") -> str:
    """Where a finding comes from."""
    name = source_name(event.source, site)
    if event.source == PICTURE_GUARD:
        name = translate(_GUARD, language)
    return f"{name} ({event.source})"


def network_lines(event: Event, site: Site, language: str = "en") -> list[tuple[str, str]]:
    """Label and text of all else that a finding's attributes say."""
    told = event.attributes
    asset = asset_of(event, site)
    lines = []
    if asset:
        role = translate(asset.role, language)
        lines.append((translate("device", language), f"{asset.id}, {role}, {asset.ip}"))
    if "peer" in told:
        peer = address_words(str(told["peer"]), site, language)
        lines.append((translate("other host", language), peer))
    if "bytes" in told:
        data = byte_words(float(told["bytes"]), language)
        lines.append((translate("data", language), data))
    return lines + [
        attribute(name, value, language) for name, value in told.items() if name not in _TOLD
    ]


def rests_on(
    event: Event, site: Site, parts: Sequence[Event], now: datetime, language: str = "en"
) -> list[tuple[str, str]]:
    """A line for each event that an alarm on the network was put together from."""
    if not is_network(event):
        return []
    label = translate("rests on", language)
    lines = []
    for part in parts:
        moment = local_time(part.observed_at, site.time_zone, now=now, language=language)
        place = network_place(part, site, language) if is_network(part) else place_of(part, site)
        lines.append((label, f"{title_of(part, language)}, {moment}, {place}"))
    missing = len(parts_of(event)) - len(parts)
    if missing:
        words = "{number} more that this page does not know any more"
        lines.append((label, translate(words, language, number=missing)))
    return lines
