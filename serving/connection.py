"""The states of a connection to any live source, as pure transitions.

    connecting ─frame→ healthy ─quiet→ stalled ─quiet→ reconnecting ─too long→ lost
                          ↑___________________frame______________________________|

`ended` is for a clip that is over; a microphone's frames are its chunks. The owner tells what
happened and when; the machine answers with the new state when it changed.
"""

from dataclasses import dataclass, replace
from typing import Self

from hlaska.tracks import StreamState


@dataclass(frozen=True)
class Patience:
    """How long a source may be quiet, in seconds of silence, before each state."""

    stalled_s: float = 2.0
    reconnecting_s: float = 5.0
    lost_s: float = 30.0


@dataclass(frozen=True)
class Connection:
    """One source's state. Times are seconds of any steady clock."""

    patience: Patience
    quiet_since_s: float
    """When the last frame came; before the first, when the connection was begun."""
    state: StreamState = StreamState.CONNECTING
    reason: str = ""
    missing: str = "no picture"
    """What is said of a source that is quiet."""

    def frame(self, now_s: float) -> Self:
        """A frame came."""
        return replace(self, quiet_since_s=now_s, state=StreamState.HEALTHY, reason="")

    def failed(self, now_s: float, reason: str) -> Self:
        """The source said that it cannot go on; it will be opened again."""
        lost = now_s - self.quiet_since_s >= self.patience.lost_s
        state = StreamState.LOST if lost else StreamState.RECONNECTING
        return replace(self, state=state, reason=reason)

    def quiet(self, now_s: float) -> Self:
        """Nothing came for a while."""
        silence_s = now_s - self.quiet_since_s
        if silence_s >= self.patience.lost_s:
            return self._worse(StreamState.LOST, self.missing)
        if silence_s >= self.patience.reconnecting_s:
            return self._worse(StreamState.RECONNECTING, self.missing)
        if silence_s >= self.patience.stalled_s and self.state is StreamState.HEALTHY:
            return self._worse(StreamState.STALLED, self.missing)
        return self

    def ended(self) -> Self:
        """The clip is over."""
        return replace(self, state=StreamState.ENDED, reason="the recording is over")

    def _worse(self, state: StreamState, reason: str) -> Self:
        if self.state is state:
            return self
        return replace(self, state=state, reason=self.reason or reason)
