"""One attack: what it is, who does it to whom, and its flows."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import AT_S
from catalogs.traffic.timeline import Silence
from hlaska.network import flows as f


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """An attack in the records of flows; nothing was ever sent."""

    family: str
    """The last part of its kind: `scan` of `cyber.scan`."""
    variant: str
    hosts: tuple[str, ...]
    """Who does it."""
    victims: tuple[str, ...]
    rows: pd.DataFrame
    """As `catalogs.traffic.exchanges.rows` makes them."""
    silences: tuple[Silence, ...] = ()
    """Streams that stop because of it."""

    @property
    def begin_s(self) -> float:
        """When its first flow begins, in seconds from the day's beginning."""
        return float(self.rows[AT_S].min())

    @property
    def end_s(self) -> float:
        """When its last flow ends."""
        return float((self.rows[AT_S] + self.rows[f.DURATION_S]).max())


Variant = Callable[[Chance, Cast, float], Activity]
"""Makes one activity that begins at so many seconds."""
