"""How what is found on the network is said to a dispatcher: devices, figures, amounts."""

from collections.abc import Sequence
from datetime import datetime

from dashboards.alarms import is_network, parts_of
from dashboards.wording import attribute, local_time, place_of, source_name, title_of
from hlaska.cameras import Camera
from hlaska.events import Event, Scalar
from hlaska.microphones import Microphone
from hlaska.network.flows import FlowState
from hlaska.sites import PICTURE_GUARD, Asset, Site

UNKNOWN = "unknown device"
OUTCOMES = {
    FlowState.ESTABLISHED: "answered",
    FlowState.REJECTED: "refused",
    FlowState.UNANSWERED: "no answer",
    FlowState.RESET: "broken off",
    FlowState.OTHER: "partly seen",
}
"""How conversations went, those that matter most first."""
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


def byte_words(count: float) -> str:
    """An amount of data: 1 kB is 1,000 bytes, as in the IEC's standard 80000-13."""
    if count < 999.5:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5:
            return f"{count:.1f} {unit}" if count < 99.95 else f"{count:.0f} {unit}"
    return f"{count / 1000:,.1f} TB"


def number_words(number: float) -> str:
    """A figure of any size: whole from a hundred on, else with three digits that count."""
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(number) >= size:
            return f"{number / size:.3g} {name}"
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def counted(number: int, what: str) -> str:
    """A number of things, such as `1 flow` or `1,203 flows`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def one_line(text: str, most: int) -> str:
    """Words from the network as one line of at most `most` letters, its middle left out.

    Addresses differ at their ends, so both ends stay.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    head = (most - 1) // 2
    return line if len(line) <= most else f"{line[:head]}…{line[len(line) - (most - 1 - head) :]}"


def outcome_words(state: str) -> str:
    """How a conversation went; a state that is none is said as it came."""
    return OUTCOMES[FlowState(state)] if state in set(FlowState) else one_line(state, 20)


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


def address_words(address: str, site: Site) -> str:
    """What an address is called: the asset's id, else whether it is one of the site's at all."""
    network = site.addresses
    name = network.name(address)
    if name != address:
        return name
    return f"{UNKNOWN if network.inside(address) else 'outside host'} {one_line(address, 45)}"


def device_words(event: Event, site: Site) -> str:
    """The device that a finding is about; empty when it names none."""
    host = str(event.attributes.get("host", ""))
    asset = str(event.attributes.get("asset", ""))
    return asset or (address_words(host, site) if host else "")


def network_place(event: Event, site: Site) -> str:
    """Which device a finding is about, and the sensor behind it or behind its other host."""
    sensor = concerned(event, site)
    link = " · " if sensor is None or sensor == carried(event, site) else " → "
    words = [device_words(event, site), sensor.name if sensor else ""]
    return link.join(filter(None, words)) or place_of(event, site)


def finding_words(event: Event) -> str:
    """The one line that tells of a finding; empty for other events."""
    return str(event.attributes.get("words", "")) if is_network(event) else ""


def figures(event: Event) -> list[list[str]]:
    """Label and text of what was measured, what is usual, and from what on it is an alarm."""
    if not is_network(event):
        return []
    told = []
    words = byte_words if event.kind in _IN_BYTES else number_words
    for label, name in (("measured", "measured"), ("usual", "usual"), ("alarm from", "limit")):
        value = event.attributes.get(name)
        if isinstance(value, int | float):
            not_known = name == "usual" and value == 0
            told.append([label, "–" if not_known else words(value)])
    return told


def network_source(event: Event, site: Site) -> str:
    """Where a finding comes from."""
    name = _GUARD if event.source == PICTURE_GUARD else source_name(event.source, site)
    return f"{name} ({event.source})"


def network_lines(event: Event, site: Site) -> list[tuple[str, str]]:
    """Label and text of all else that a finding's attributes say."""
    told = event.attributes
    asset = asset_of(event, site)
    lines = []
    if asset:
        lines.append(("device", f"{asset.id}, {asset.role}, {asset.ip}"))
    if "peer" in told:
        lines.append(("other host", address_words(str(told["peer"]), site)))
    if "bytes" in told:
        lines.append(("data", byte_words(float(told["bytes"]))))
    return lines + [attribute(name, value) for name, value in told.items() if name not in _TOLD]


def rests_on(
    event: Event, site: Site, parts: Sequence[Event], now: datetime
) -> list[tuple[str, str]]:
    """A line for each event that an alarm on the network was put together from."""
    if not is_network(event):
        return []
    lines = []
    for part in parts:
        moment = local_time(part.observed_at, site.time_zone, now=now)
        place = network_place(part, site) if is_network(part) else place_of(part, site)
        lines.append(("rests on", f"{title_of(part)}, {moment}, {place}"))
    missing = len(parts_of(event)) - len(parts)
    if missing:
        lines.append(("rests on", f"{missing} more that this page does not know any more"))
    return lines
