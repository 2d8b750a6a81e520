"""When TikTok tells that an authorization is about to end."""

from collections.abc import Iterator
from typing import NamedTuple

from mye_tiktok.sandbox.options import DAY
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.tokens import Authorization, Tokens

AHEAD = 30 * DAY


class Reminder(NamedTuple):
    """A shop whose authorization ends at `ends_at`, and when that was to be told."""

    shop: Shop
    at: float
    ends_at: float


class Reminders:
    """What was told so far: thirty days before the end, then daily at midnight UTC until it is renewed.

    Source: Upcoming Authorization Expiration, and "Authorization overview".
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._told: dict[int, float] = {}

    def due(self, now: float) -> list[Reminder]:
        """Return what has become due since the last time, each moment of it; tells nothing twice."""
        found: list[Reminder] = []
        for number, authorization in enumerate(list(self._tokens.authorizations)):
            after = self._told.get(number, authorization.starts_at)
            self._told[number] = max(after, now)
            if not authorization.revoked:
                found += [
                    Reminder(shop, at, authorization.ends_at)
                    for at in moments(authorization, after, now)
                    for shop in authorization.shops
                    if not self._renewed(authorization, shop)
                ]
        return found

    def _renewed(self, authorization: Authorization, shop: Shop) -> bool:
        return any(
            shop in other.shops and not other.revoked and other.ends_at > authorization.ends_at
            for other in self._tokens.authorizations
        )


def moments(authorization: Authorization, after: float, until: float) -> Iterator[float]:
    """Yield the moments of reminding behind `after` and up to `until`, all before the end."""
    first = authorization.ends_at - AHEAD
    if after < first <= until:
        yield first
    at = (max(after, first) // DAY + 1) * DAY
    while at <= until and at < authorization.ends_at:
        yield at
        at += DAY
