"""How facts are said to a dispatcher: site-local times, names of places, figures with units."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards.language import translate, written
from hlaska.cameras import Camera
from hlaska.detectors import ForeignDetector
from hlaska.events import Event, Scalar
from hlaska.kinds import KINDS
from hlaska.microphones import Microphone
from hlaska.network.network import FlowFeed
from hlaska.sites import Site

_UNITS = (
    ("_per_m2", " per m²"),
    ("_dbfs", " dBFS"),
    ("_mps", " m/s"),
    ("_deg", "°"),
    ("_m", " m"),
    ("_s", " s"),
    ("_px", " px"),
)
"""Endings of attribute names, longest first, and the unit that they stand for."""


def local_time(moment: datetime, time_zone: str, *, now: datetime, language: str = "en") -> str:
    """Clock time at the site; with the date when that is not today there."""
    zone = ZoneInfo(time_zone)
    local = moment.astimezone(zone)
    clock = local.strftime("%H:%M:%S")
    if local.date() == now.astimezone(zone).date():
        return clock
    return f"{local.day}. {local.month}. {clock}" if language == "cs" else f"{local:%d %b} {clock}"


def percent(share: float) -> str:
    """A share of 1 as whole per cent; certainty is never rounded up to."""
    return f"{int(share * 100)} %" if share < 1 else "100 %"


def title_of(event: Event, language: str = "en") -> str:
    """What happened, in a few words."""
    if event.kind == "mobility.count":
        what = translate(str(event.attributes["object_class"]), language)
        return f"{what} → {event.attributes['direction']}"
    return kind_title(event.kind, language)


def kind_title(name: str, language: str = "en") -> str:
    """What a dispatcher calls a kind; its name when nobody registered it."""
    return translate(KINDS[name].title, language) if name in KINDS else name


def sensors_of(site: Site) -> list[Camera | Microphone | ForeignDetector | FlowFeed]:
    """All that senses at a site: cameras first, other makers' detectors and flow feeds last."""
    return [*site.cameras, *site.microphones, *site.detectors, *site.network.feeds]


def source_name(source: str, site: Site) -> str:
    """What people call a sensor; its id when the site file does not know it."""
    sensors = {sensor.id: sensor.name for sensor in sensors_of(site)}
    return sensors.get(source, source)


def place_of(event: Event, site: Site) -> str:
    """Zone or line, and the sensor, by their names."""
    names = {zone.id: zone.name for zone in site.zones}
    for camera in site.cameras:
        if camera.id == event.source:
            names |= {zone.id: zone.name for zone in camera.zones}
            names |= {line.id: line.name for line in camera.lines}
    spot = event.zone or event.line
    sensor = source_name(event.source, site)
    return sensor if spot is None else f"{names.get(spot, spot)} · {sensor}"


def attribute(name: str, value: Scalar, language: str = "en") -> tuple[str, str]:
    """Label and text of an attribute: `dwell_s`, 41.5 becomes `dwell` and `41.5 s`."""
    label, unit = name, ""
    if isinstance(value, bool):
        text = translate("yes" if value else "no", language)
    elif isinstance(value, int | float):
        text = written(f"{value:.4g}" if isinstance(value, float) else str(value), language)
        label, unit = next(
            ((name.removesuffix(end), unit) for end, unit in _UNITS if name.endswith(end)),
            (name, ""),
        )
    else:
        # Of the words that the system itself writes, some are known; others stand as they came.
        text = translate(value, language)
    return translate(label.replace("_", " "), language), text + unit
