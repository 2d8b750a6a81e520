"""What a listener counted since it started, and how its groups were: what monitoring asks for."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from mye_tiktok.domain.webhook import WebhookEvent

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


@dataclass(slots=True)
class Histogram:
    """How many values were at most each of `bounds`, the last count being of those above all."""

    bounds: Sequence[float]
    counts: list[int] = field(init=False)
    total: float = 0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class Tally:
    """Counts since the start: `received` events were acknowledged, `unavailable` ones have to be repeated."""

    received: int = 0
    refused: int = 0
    duplicate: int = 0
    unreadable: int = 0
    unavailable: int = 0
    sizes: Histogram = field(default_factory=lambda: Histogram(SIZES))
    commits: Histogram = field(default_factory=lambda: Histogram(SECONDS))

    def group(self, events: Sequence[WebhookEvent], *, new: int, seconds: float) -> None:
        """Count a group that was committed."""
        self.received += len(events)
        self.duplicate += len(events) - new
        self.unreadable += sum(not event.readable for event in events)
        self.sizes.add(len(events))
        self.commits.add(seconds)
