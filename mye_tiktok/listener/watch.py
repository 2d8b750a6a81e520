"""What monitors ask: is it alive, is it ready, and the figures in Prometheus' text format."""

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from mye_tiktok.db import ship_deadlines, webhooks
from mye_tiktok.db.ship_deadlines import ToShip
from mye_tiktok.db.webhooks import WebhookBacklog
from mye_tiktok.domain.tally import Histogram, Tally
from mye_tiktok.errors import MyeTikTokError
from mye_tiktok.jobs.shipping_due import SOON
from mye_tiktok.listener.exchange import HEADERS, Reply
from mye_tiktok.runtime import Runtime

PATIENCE = 2.0
FRESH_SECONDS = 2.0
PREFIX = "mye_tiktok_webhook_"
ORDERS = "mye_tiktok_orders_"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits: events to be handled, and orders to be shipped."""

    events: WebhookBacklog
    orders: ToShip


class Watch:
    """Asks the database what waits: one question at a time, however many monitors want to know."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._limit = timedelta(seconds=runtime.settings.number("WEBHOOK_BACKLOG_SECONDS"))
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watch")
        self._asked: asyncio.Future[Waiting | None] | None = None
        self._asked_at = 0.0

    def close(self) -> None:
        """Ask no more; a question that hangs is left alone."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def readiness(self) -> Reply:
        """Tell whether events can be taken and are handled in time: 503 when not."""
        found = await self._backlog()
        if found is None:
            return as_json(503, {"status": "unavailable", "database": False})
        events = found.events
        age = self._age(events)
        late = age > self._limit.total_seconds()
        shown = {"database": True, "pending": events.pending, "oldest_seconds": round(age, 3)}
        return as_json(503 if late else 200, {"status": "late" if late else "ok", **shown})

    async def metrics(self, tally: Tally, *, writes: bool, in_hand: int) -> Reply:
        """Return every figure; those of the database are missing while it is away."""
        found = await self._backlog()
        lines = [
            *_counters(tally),
            *_gauge("up", "Whether events are written down.", int(writes and found is not None)),
        ]
        lines += _gauge("in_hand", "Requests under way, this one included.", in_hand)
        if found is not None:
            events = found.events
            lines += _gauge("pending", "Events that wait to be handled.", events.pending)
            lines += _gauge("oldest_pending_seconds", "How long the oldest that nobody took waits.", self._age(events))
            lines += self._orders(found.orders)
        lines += _histogram("group_size", "Events per transaction.", tally.sizes)
        lines += _histogram("commit_seconds", "Seconds from a group's first statement to its commit.", tally.commits)
        body = "".join(f"{line}\n" for line in lines).encode()
        return Reply(status=200, body=body, headers=(*HEADERS, ("content-type", METRICS_TYPE)))

    def _orders(self, found: ToShip) -> Iterator[str]:
        soon = f"Orders due to be shipped within {SOON.total_seconds() / 3600:.0f} hours, not late yet."
        yield from _gauge("to_ship", "Orders with a deadline that wait to be shipped.", found.waiting, prefix=ORDERS)
        yield from _gauge("late", "Orders that should have been shipped by now.", found.late, prefix=ORDERS)
        yield from _gauge("due_soon", soon, found.soon, prefix=ORDERS)
        if found.next_at is not None:
            left = (found.next_at - self._runtime.clock()).total_seconds()
            meaning = "Seconds to the earliest deadline; below zero when it is over."
            yield from _gauge("next_ship_by_seconds", meaning, round(left, 3), prefix=ORDERS)

    def _age(self, found: WebhookBacklog) -> float:
        if found.oldest_at is None:
            return 0.0
        return max(0.0, (self._runtime.clock() - found.oldest_at).total_seconds())

    async def _backlog(self) -> Waiting | None:
        """Return what waits, at most two seconds old; None when the database does not say."""
        now = time.monotonic()
        if self._asked is None or (self._asked.done() and now - self._asked_at > FRESH_SECONDS):
            self._asked = asyncio.get_running_loop().run_in_executor(self._thread, self._read)
            self._asked_at = now
        try:
            return await asyncio.wait_for(asyncio.shield(self._asked), PATIENCE)
        except TimeoutError:
            return None

    def _read(self) -> Waiting | None:
        now = self._runtime.clock()
        try:
            with self._runtime.database.reading() as session:
                return Waiting(
                    events=webhooks.backlog(session),
                    orders=ship_deadlines.to_ship(session, now=now, until=now + SOON),
                )
        except MyeTikTokError:
            return None


def as_json(status: int, value: object) -> Reply:
    """Return a reply that holds one JSON document."""
    headers = (*HEADERS, ("content-type", "application/json"))
    return Reply(status=status, body=json.dumps(value).encode() + b"\n", headers=headers)


def _counters(tally: Tally) -> Iterator[str]:
    for name, meaning, value in (
        ("received", "Events acknowledged with 200.", tally.received),
        ("refused", "Requests with a bad signature.", tally.refused),
        ("duplicate", "Events that were known already.", tally.duplicate),
        ("unreadable", "Signed bodies that are no event.", tally.unreadable),
        ("unavailable", "Events answered with 503, which TikTok repeats.", tally.unavailable),
    ):
        yield f"# HELP {PREFIX}{name}_total {meaning}"
        yield f"# TYPE {PREFIX}{name}_total counter"
        yield f"{PREFIX}{name}_total {value}"


def _gauge(name: str, meaning: str, value: float, *, prefix: str = PREFIX) -> Iterator[str]:
    yield f"# HELP {prefix}{name} {meaning}"
    yield f"# TYPE {prefix}{name} gauge"
    yield f"{prefix}{name} {value}"


def _histogram(name: str, meaning: str, histogram: Histogram) -> Iterator[str]:
    yield f"# HELP {PREFIX}{name} {meaning}"
    yield f"# TYPE {PREFIX}{name} histogram"
    below = 0
    for bound, count in zip((*histogram.bounds, "+Inf"), histogram.counts, strict=True):
        below += count
        yield f'{PREFIX}{name}_bucket{{le="{bound}"}} {below}'
    yield f"{PREFIX}{name}_sum {histogram.total}"
    yield f"{PREFIX}{name}_count {below}"
