"""Waiting between attempts: exponential, capped, with jitter; as if new after a healthy spell."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """How long to wait before the next attempt.

    Full jitter over an exponential cap, after M. Brooker, Exponential Backoff and Jitter (AWS
    Architecture Blog, 2015): many clients that lost the same hub do not come back at once.
    """

    first_s: float = 0.5
    longest_s: float = 15.0
    rng: random.Random = field(default_factory=random.Random)
    attempts: int = 0

    def next_s(self) -> float:
        """The next wait in seconds, between half and the whole of the exponential step."""
        step = min(self.longest_s, self.first_s * 2.0 ** min(self.attempts, 32))
        self.attempts += 1
        return step * self.rng.uniform(0.5, 1.0)

    def wait(self, pause: Callable[[float], object] = time.sleep) -> None:
        """Wait; `pause` may be the `wait` of an event that ends the wait early."""
        pause(self.next_s())

    def reset(self) -> None:
        """Begin anew: the source has been healthy."""
        self.attempts = 0
