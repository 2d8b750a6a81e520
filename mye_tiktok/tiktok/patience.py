"""How often and how long one call is tried."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

ATTEMPTS = 5
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
TOTAL_PAUSE = 60.0
RATE_REFUSALS = 20


@dataclass(slots=True, kw_only=True)
class Patience:
    """Pauses of one call: exponential with full jitter between failures, Retry-After first. Seconds throughout."""

    random: random.Random
    sleep: Callable[[float], None]
    attempts: int = field(default=0)
    refusals: int = field(default=0)
    waited: float = field(default=0.0)
    renewed: bool = field(default=False)

    def lasts(self, after: float | None) -> bool:
        """Pause before another attempt, or return False when this one was the last."""
        self.attempts += 1
        ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.attempts)
        pause = self.random.uniform(ceiling / 4, ceiling) if after is None else after
        if self.attempts >= ATTEMPTS or self.waited + pause > TOTAL_PAUSE:
            return False
        self.waited += pause
        self.sleep(pause)
        return True

    def bears_refusal(self, after: float | None) -> bool:
        """Tell whether to queue again after a refusal by the rate limit; the limiter does the waiting."""
        self.refusals += 1
        self.waited += after or 0.0
        return self.refusals < RATE_REFUSALS and self.waited <= TOTAL_PAUSE
