"""A stretch of creation times, split until TikTok accepts to search it."""

from dataclasses import dataclass

from mye_tiktok.domain.json import Json

FIRST_SHOPS = 1_577_836_800
"""2020-01-01: hardly a product is older, so the splitting of an open beginning starts here."""
AIM = 8_000
"""Hits to aim at per part, with room below the 10,000 that TikTok allows."""
WIDEN, NARROW = 8.0, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Unix seconds, both ends inclusive as in TikTok's `_ge` and `_le`; None leaves an end open."""

    first: int | None = None
    last: int | None = None

    @property
    def whole(self) -> bool:
        """Whether this is all of time."""
        return self.first is None and self.last is None

    def filter(self) -> Json:
        """Return the search fields for this span."""
        bounds = {"create_time_ge": self.first, "create_time_le": self.last}
        return {name: bound for name, bound in bounds.items() if bound is not None}

    def seconds(self, now: int) -> int:
        """Return how long the span is, an open beginning counted from the first shops on."""
        return max(1, (now if self.last is None else self.last) - self._start() + 1)

    def narrowed(self, now: int) -> "Span | None":
        """Return the earlier half, or None when there is only one second left."""
        half = self.seconds(now) // 2
        return Span(first=self.first, last=self._start() + half - 1) if half else None

    def following(self, hits: int, now: int) -> "Span | None":
        """Return the next span, as wide as the density of this one (`hits`) suggests; None at the end of time."""
        if self.last is None:
            return None
        factor = min(WIDEN, max(NARROW, AIM / hits)) if hits else WIDEN
        first = self.last + 1
        last = first + max(1, int(self.seconds(now) * factor)) - 1
        return Span(first=first, last=None if last >= now else last)

    def _start(self) -> int:
        if self.first is not None:
            return self.first
        return FIRST_SHOPS if self.last is None or self.last > FIRST_SHOPS else 0
