"""A foreign detector: another maker's device that decides by itself and only sends alerts.

Its alerts are JSON of the maker's own making. The `AlertMapping` in the site file says where in it
each thing stands, so that a new maker needs no code.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hlaska.errors import EventError
from hlaska.kinds import kind_of
from hlaska.places import Point, unique, wrong
from hlaska.records import Name, Record

FILLED_IN = frozenset({"state", "what"})
"""Attributes of a kind that the detector's own word can fill."""


def _can_be_told(name: str) -> str:
    try:
        kind = kind_of(name)
    except EventError as error:
        raise ValueError(str(error)) from None
    if missing := set(kind.attributes) - FILLED_IN:
        raise ValueError(
            f"{name} needs {', '.join(sorted(missing))}, which an alert does not tell; map the "
            "word to another kind"
        )
    return name


JsonPath = Annotated[
    str,
    Field(
        pattern=r"^[^.]+(\.[^.]+)*$",
        max_length=200,
        description="Keys with dots between, a list's items by number: `alerts.0.type`.",
    ),
]
Word = Annotated[str, Field(min_length=1, max_length=100)]
EventKind = Annotated[str, AfterValidator(_can_be_told)]


class AlertMapping(Record):
    """Where in a maker's JSON each thing stands, as dotted paths.

    What has a path must be in every alert, except device, lon, lat and message_id. Paths that start
    with `cloudevent.` reach into the envelope, where there is one: `cloudevent.id`.
    """

    word: JsonPath = Field(description="The maker's word (or number) for what happened.")
    kinds: dict[Word, EventKind] = Field(
        min_length=1, max_length=100, description="The maker's words: what each is to us."
    )
    time: JsonPath | None = Field(
        default=None, description="When it happened; absent: when the alert was received."
    )
    time_format: Literal["iso", "unix-s", "unix-ms"] = Field(
        default="iso",
        description="ISO 8601 with offset, or seconds or milliseconds since 1970 (UTC).",
    )
    confidence: JsonPath | None = Field(
        default=None, description="The maker's own figure. Nobody has calibrated it."
    )
    confidence_scale: float = Field(
        default=1.0, gt=0, le=1e6, description="The figure that means certain: 100 for per cent."
    )
    confidence_assumed: float = Field(
        default=0.5, ge=0, le=1, description="Where the maker gives none."
    )
    device: JsonPath | None = Field(default=None, description="Which of its devices it was.")
    lon: JsonPath | None = Field(default=None, description="Where it happened, degrees east.")
    lat: JsonPath | None = Field(default=None, description="Where it happened, degrees north.")
    place_within_m: float = Field(
        default=25.0, gt=0, le=5000, description="How far lon and lat are off, in 9 of 10 cases."
    )
    message_id: JsonPath | None = Field(
        default=None,
        description="The alert's name: the same for a repeat, never again for another. A counter "
        "that begins anew when the device restarts is none.",
    )

    @model_validator(mode="after")
    def _repeats_can_be_told(self) -> Self:
        if self.time is None and self.message_id is None:
            raise wrong(
                "word",
                self.word,
                "give time or message_id: without either, an alert that is repeated looks new",
            )
        if (self.lon is None) != (self.lat is None):
            given, path = ("lon", self.lon) if self.lon else ("lat", self.lat)
            raise wrong(given, str(path), "give both lon and lat, or neither")
        return self


class MqttFeed(Record):
    """Where a detector's alerts are published (MQTT 3.1.1)."""

    host: str = Field(pattern=r"^[A-Za-z0-9._:-]+$", max_length=255, description="The broker.")
    port: int = Field(default=1883, ge=1, le=65535, description="Usually 1883, with TLS 8883.")
    topic: str = Field(
        pattern=r"^(#|([^/+#\x00]*|\+)(/([^/+#\x00]*|\+))*(/#)?)$",
        min_length=1,
        max_length=500,
        description="Topic filter; `+` is any one level, `#` at the end all below.",
    )
    username: str | None = Field(default=None, min_length=1, max_length=100)
    password_variable: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        max_length=100,
        description="Environment variable that holds the password: it is not written here.",
    )
    tls: bool = Field(
        default=False,
        description="Encrypt. The broker's certificate is checked against the machine's own "
        "authorities, or those in the file that SSL_CERT_FILE names.",
    )
    client_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]+$",
        max_length=64,
        description="What we call ourselves there; default: hlaska-SITE-DETECTOR. The broker keeps "
        "messages under that name: two Hlaskas at one broker need two.",
    )

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if self.password_variable is None:
            return self
        if self.username is None:
            raise wrong(
                "password_variable",
                self.password_variable,
                "MQTT knows no password without a username; give both",
            )
        if self.password_variable.upper().startswith("HLASKA_"):
            raise wrong(
                "password_variable",
                self.password_variable,
                "names with HLASKA_ are settings of Hlaska; take another, such as ACME_PASSWORD",
            )
        return self


class Device(Record):
    """One of a detector's devices, and where it hangs."""

    id: str = Field(min_length=1, max_length=100, description="As the alerts name it.")
    position: Point


class ForeignDetector(Record):
    """Another maker's detector, or a family of devices that send alerts in one way."""

    id: Name
    name: str
    vendor: str = Field(min_length=1, max_length=60, description="Its maker; shown with events.")
    note: str = Field(default="", description="Shown wherever it is.")
    position: Point | None = Field(
        default=None, description="Where it hangs; may be left out where all devices have theirs."
    )
    devices: tuple[Device, ...] = Field(default=(), max_length=1000)
    range_m: float = Field(
        default=100.0,
        gt=0,
        le=5000,
        description="What it reports lies within, in 9 of 10 cases, unless the alert says where.",
    )
    clock_bound_s: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="How long after it happened an alert may come (or, by the detector's clock, "
        "before). Beyond that the clock is off, and the time of reception counts.",
    )
    mqtt: MqttFeed | None = Field(
        default=None, description="Where we fetch its alerts; absent: it sends them to the gateway."
    )
    mapping: AlertMapping

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.position is None and not self.devices:
            raise wrong("id", self.id, f"{self.id} has no place; give position or devices")
        unique("device", [device.id for device in self.devices])
        if self.devices and self.mapping.device is None:
            raise wrong(
                "id",
                self.id,
                f"{self.id} has devices, but mapping.device does not say where an alert names its",
            )
        return self

    @property
    def places(self) -> dict[str, Point]:
        """Where it and its devices hang, by the id of the device; its own place under ''."""
        own = {} if self.position is None else {"": self.position}
        return own | {device.id: device.position for device in self.devices}

    def without_secrets(self) -> "ForeignDetector":
        """The detector as others may see it: not by which name we log in."""
        if self.mqtt is None:
            return self
        hidden = {"username": None, "password_variable": None}
        return self.model_copy(update={"mqtt": self.mqtt.model_copy(update=hidden)})
