"""Whether a host of TikTok answers at all, and what time it thinks it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from mye_tiktok.errors import UnreachableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`skew` is our clock minus the host's; None when its answer carries no Date header."""

    status: int
    skew: timedelta | None


def reach(url: str, *, clock: Callable[[], datetime], transport: httpx.BaseTransport | None = None) -> Reach:
    """Ask `url` for anything; every HTTP status counts as reachable. Raises UnreachableError."""
    try:
        with httpx.Client(timeout=10, transport=transport) as client:
            answer = client.get(url)
    except httpx.HTTPError as error:
        raise UnreachableError(
            f"{url} does not answer: {str(error) or type(error).__name__}", hint="check the network and the URL"
        ) from None
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return Reach(status=answer.status_code, skew=None)
    return Reach(status=answer.status_code, skew=clock() - date)
