"""Who wants which webhooks, and where: the app's one URL with its ticked topics, and each shop's own addresses."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from mye_tiktok.sandbox import events


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a shop wants one event; times in unix seconds."""

    event: str
    url: str
    created_at: float
    updated_at: float


class Subscriptions:
    """What Partner Center and the shops have set. Safe to use from many threads."""

    def __init__(self, url: str = "", topics: Iterable[str] = ()) -> None:
        """Take what Partner Center has: one URL, and the topics that are ticked, all of them when none is named.

        Raises ValueError for an address that is not http or https, and for a topic that nobody documented.
        """
        self._own: dict[tuple[str, str], Address] = {}
        self._lock = threading.Lock()
        self.tick(url, topics)

    def tick(self, url: str, topics: Iterable[str] = ()) -> None:
        """Set the app's URL and topics as Partner Center does; an empty URL sets none."""
        if url:
            check(url)
        chosen = [events.find(topic) for topic in topics] or events.table()
        with self._lock:
            self.url, self.topics = url, frozenset(event.name for event in chosen)

    def address(self, shop_id: str, event: str) -> str:
        """Return where an event of a shop goes: the shop's own address, or the app's; empty for nowhere."""
        with self._lock:
            own = self._own.get((shop_id, event))
            if own is not None:
                return own.url
            return self.url if event in self.topics else ""

    def own(self, shop_id: str) -> list[Address]:
        """Return the addresses that a shop has set, the earliest first."""
        with self._lock:
            return [address for (owner, _), address in self._own.items() if owner == shop_id]

    def put(self, shop_id: str, event: str, url: str, now: float) -> None:
        """Set a shop's own address for an event."""
        check(url)
        with self._lock:
            before = self._own.get((shop_id, event))
            created_at = before.created_at if before else now
            self._own[shop_id, event] = Address(event=event, url=url, created_at=created_at, updated_at=now)

    def remove(self, shop_id: str, event: str) -> None:
        """Forget a shop's own address for an event, if it has one."""
        with self._lock:
            self._own.pop((shop_id, event), None)


def check(url: str) -> None:
    """Raise ValueError for an address that no webhook could be sent to."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{url!r} is not an http or https URL")
