"""What may stand in a field of a stranger's record: numbers, times, addresses, names.

Nothing here raises: what is no number is NaN, what is no name is empty.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hlaska.network import flows as f

Column = Sequence[object] | NDArray[Any]
"""Text, or whatever came out of JSON. None, NaN and the empty text: nothing was told."""

PROTOCOLS = {
    **f.PROTOCOL_NUMBERS,
    # Other names of the same, and what the sources call protocols for which we have no name.
    "ipv6-icmp": 58, "icmpv6": 58, "rtp": 17, "rtcp": 17, "udt": 17,
    "igmp": 2, "ipip": 4, "ipv6": 41, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51, "ipv6-no": 59,
    "eigrp": 88, "ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "udplite": 136,
}  # fmt: skip
NOT_IP = frozenset(
    {"arp", "rarp", "llc", "man", "lldp", "eapol", "stp", "ipx", "ipx/spx", "unknown_transport"}
)
"""What Argus and Zeek tell of besides flows of a known protocol."""

SERVICE_NAMES = {
    "ssl": "tls", "https": "tls", "http2": "http", "http_proxy": "http", "smbv1": "smb",
    "smbv23": "smb", "dhcpv6": "dhcp", "smtps": "smtp", "iec60870": "iec104", "wsd": "onvif",
}  # fmt: skip
"""What other tools call the services of `SERVICES`."""
NO_SERVICE = frozenset({"failed", "unknown", "-", "icmp", "icmpv6"})
_OURS = frozenset(f.SERVICES.values())
_SERVICE = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
SHOWN = 60
"""Letters of a value in a complaint."""


def numbers(values: Column) -> NDArray[np.float64]:
    """The numbers of a column."""
    try:
        found = np.array(values, np.float64)
    except (ValueError, TypeError, OverflowError):
        found = np.array(None)
    if found.ndim != 1:
        # Some are none. (Lists of numbers would become a table.)
        found = np.array([number(each) for each in values], np.float64)
    found[np.isinf(found)] = np.nan
    return found


def counts(rows: int, *columns: Column | None) -> NDArray[np.float64]:
    """The numbers of the first column that tells any, row by row; 0 where none does."""
    found = np.zeros(rows)
    gaps = np.ones(rows, bool)
    for values in columns:
        if values is not None and gaps.any():
            given = _given(values)
            found = np.where(gaps & given, numbers(values), found)
            gaps &= ~given
    return found


def _given(values: Column) -> NDArray[np.bool_]:
    if isinstance(values, np.ndarray) and values.dtype != object:
        return ~np.isnan(values)
    # What equals not even itself is NaN.
    return np.array([each is not None and each == each and each != "" for each in values], bool)


def number(value: object) -> float:
    """One number."""
    try:
        return float(value) if isinstance(value, (str, int, float)) else np.nan
    except (ValueError, OverflowError):
        return np.nan


def times(values: Column) -> NDArray[np.float64]:
    """Times as seconds since 1970, whether they came as such or in ISO 8601."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        return numbers(values)
    return np.array(
        [
            moment(each) if isinstance(each, str) and each[4:5] in ("-", "/") else number(each)
            for each in values
        ],
        np.float64,
    )


def moment(text: object) -> float:
    """Seconds since 1970 of a time in ISO 8601, or with `/` in its date; UTC without a zone."""
    try:
        when = datetime.fromisoformat(text.replace("/", "-", 2)) if isinstance(text, str) else None
        if when is None:
            return np.nan
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return np.nan


def words(values: Column) -> list[str]:
    """The texts of a column."""
    return [each if type(each) is str else "" for each in values]


def addresses(values: Column) -> list[str]:
    """Addresses in the form of `ipaddress`."""
    return [_address(each) if type(each) is str else "" for each in values]


@lru_cache(maxsize=65_536)
def _address(text: str) -> str:
    try:
        # The scope (`%eth0`) is another machine's, and any text may stand there.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


@lru_cache(maxsize=4_096)
def protocol_name(text: str, six: bool) -> str | None:
    """Its name in a flow table; None: none of IP, or none that is known.

    Args:
        text: Its name or IANA number.
        six: Whether it was spoken over IPv6: Zeek writes `icmp` for both.
    """
    name = text.strip().lower()
    if name in NOT_IP:
        return None
    code = PROTOCOLS.get(name)
    if code is None and _NUMBER.fullmatch(name) and int(name) < 256:
        code = int(name)
    if code is None:
        return ""
    if six and code == f.PROTOCOL_NUMBERS["icmp"]:
        code = f.PROTOCOL_NUMBERS["icmp6"]
    return f.PROTOCOL_NAMES.get(code, str(code))


def services(values: Column) -> list[str]:
    """Names of services: of several the one that is in `SERVICES`, else the first."""
    return [_service(each) if type(each) is str and each else "" for each in values]


@lru_cache(maxsize=4_096)
def _service(text: str) -> str:
    # Zeek: `gssapi,smb`; nDPI: `TLS.Google`.
    names = [part.partition(".")[0].strip() for part in text.lower().split(",")]
    known = [SERVICE_NAMES.get(name, name) for name in names if name not in NO_SERVICE]
    best = next((name for name in known if name in _OURS), known[0] if known else "")
    return best if _SERVICE.fullmatch(best) else ""


def shown(value: object) -> str:
    """A stranger's value, short and without letters that do something."""
    # A number of a million digits cannot even be written, and a long text need not be.
    text = ascii(value[:SHOWN] if isinstance(value, str) else value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
