"""Webhook events that arrived: built as the sandbox builds them, written down as the listener does, then consumed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.db import webhook_history, webhooks
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.progress import Stop, never
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.webhook import StoredEvent
from mye_tiktok.jobs.consuming import consume_once
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.occasion import occasion
from mye_tiktok.tiktok.webhooks import read_event
from tests.flows.remote import WatchedTransport
from tests.flows.world import World


@dataclass(slots=True, kw_only=True)
class Postbox:
    """What TikTok told of a world's first shop, and the readers of it."""

    world: World

    def body(self, event: str, *, data: Json | None = None, at: datetime | None = None, **sets: object) -> bytes:
        """Build an event about the first shop; `sets` are paths with two underscores in place of dots."""
        seller = self.world.sandbox.sellers[0]
        now = (at or self.world.clock()).timestamp()
        overrides = {name.replace("__", "."): value for name, value in sets.items()}
        return events.encode(
            events.build(event, occasion(seller, seller.shops[0], now), data=data, overrides=overrides)
        )

    def arrive(self, *bodies: bytes) -> int:
        """Write events down; returns how many were new."""
        with self.world.database.transaction() as session:
            return webhooks.record(session, [read_event(body) for body in bodies], now=self.world.clock())

    def tell(self, event: str, *, data: Json | None = None, at: datetime | None = None, **sets: object) -> int:
        """Let one event arrive and return its id."""
        self.arrive(self.body(event, data=data, at=at, **sets))
        return self.rows()[0].event_id

    def parts(
        self, *, transport: WatchedTransport | None = None, sleep: Callable[[float], None] | None = None
    ) -> Parts:
        """What a process that consumes is made of."""
        return Parts(
            database=self.world.database,
            tiktok=self.world.process(transport=transport).tiktok,
            broker=lambda: self.world.broker,
            queues=self.world.queues,
            sleep=sleep or self.world.clock.sleep,
        )

    def consume(
        self,
        *,
        batch: int = 1_000,
        limit: int | None = None,
        stop: Stop = never,
        transport: WatchedTransport | None = None,
    ) -> Report:
        """Run `consume webhooks --once` as a process of its own."""
        return consume_once(self.parts(transport=transport), self.world.around(stop), batch=batch, limit=limit)

    def rows(self, **filters: object) -> Sequence[StoredEvent]:
        """Every event, the newest first."""
        with self.world.database.transaction() as session:
            return webhook_history.find(session, webhook_history.Filter(**filters), limit=100_000)  # type: ignore[arg-type]

    def states(self) -> Mapping[int, tuple[str, str]]:
        """State and outcome of every event."""
        return {row.event_id: (row.state, row.outcome) for row in self.rows()}
