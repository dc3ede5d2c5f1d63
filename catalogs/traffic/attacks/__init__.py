"""Attacks in the records of flows, one file a family: `FAMILIES` lists them and their variants.

Nothing is sent anywhere: an attack here is the rows that an exporter would have told of it. A new
family is one new file, and one line below.
"""

from collections.abc import Mapping
from types import MappingProxyType

from catalogs.traffic.attacks import (
    beaconing,
    bruteforce,
    exfiltration,
    flood,
    newcomer,
    redirection,
    scan,
)
from catalogs.traffic.attacks.activity import Variant

FAMILIES: Mapping[str, Mapping[str, Variant]] = MappingProxyType(
    {
        module.FAMILY: module.VARIANTS
        for module in (scan, flood, bruteforce, exfiltration, beaconing, redirection, newcomer)
    }
)
