"""What MYE says of its stock: put into the queue as MYE does, then consumed, and looked at afterwards."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.db import inventory_requests
from mye_tiktok.db.inventory_requests import RequestFilter
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.message import Message
from mye_tiktok.domain.progress import Silence, Stop, never
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.stock import Request
from mye_tiktok.domain.stock_guard import Limits
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.inventory_pushing import push_inventory
from mye_tiktok.jobs.push_sweep import PushOptions
from mye_tiktok.jobs.stock_consuming import BATCH, consume_stock_once
from mye_tiktok.jobs.stock_guarding import Permission
from tests.flows.remote import WatchedTransport
from tests.flows.world import World

NO_LIMITS = Limits(skus=1_000_000, percent=100)


@dataclass(slots=True, kw_only=True)
class StockDesk:
    """The inventory queue of a world."""

    world: World

    def say(self, body: Json | str, *, message_id: str = "", time: datetime | None = None) -> str:
        """Put one message into the queue and return its id."""
        message = Message(
            id=message_id or str(uuid.uuid4()),
            type="mye.tiktok.inventory.requested.v1",
            subject="",
            time=time or self.world.clock(),
            body=(body if isinstance(body, str) else json.dumps(body)).encode(),
        )
        queue = self.world.queues["inventory"]
        self.world.broker.declare([queue])
        assert [one.outcome for one in self.world.broker.publish(queue, [message])] == ["confirmed"]
        return message.id

    def ask(self, seller_sku: str, quantity: object, **more: object) -> str:
        """Say how many pieces there are of one SKU."""
        return self.say({"items": [{"seller_sku": seller_sku, "quantity": quantity}], **more})

    def parts(self, transport: WatchedTransport | None = None) -> Parts:
        """What a process that consumes or pushes is made of."""
        return Parts(
            database=self.world.database,
            tiktok=self.world.process(transport=transport).tiktok,
            broker=lambda: self.world.broker,
            queues=self.world.queues,
            sleep=self.world.clock.sleep,
        )

    def consume(self, *, batch: int = BATCH, limit: int | None = None, stop: Stop = never) -> Report:
        """Run `consume inventory --once` as a process of its own."""
        return consume_stock_once(self.parts(), self.world.around(stop), batch=batch, limit=limit)

    def push(
        self,
        *chosen: Channel,
        workers: int = 8,
        limits: Limits = NO_LIMITS,
        force: bool = False,
        stop: Stop = never,
        transport: WatchedTransport | None = None,
    ) -> Done:
        """Run `inventory push` on these channels, or on all of them, as a process of its own."""
        permission = Permission(limits=limits, force=force, who="somebody@here", why="sale is over")
        return push_inventory(
            self.parts(transport=transport),
            chosen or self.world.channels(),
            PushOptions(permission=permission, workers=workers),
            self.world.around(stop),
            progress=Silence(),
        )

    def requests(self) -> Sequence[Request]:
        """Every wish that was written down, in the order they came."""
        with self.world.database.transaction() as session:
            return inventory_requests.find(session, RequestFilter(), limit=100_000)[::-1]

    def wishes(self) -> list[tuple[str, int, str]]:
        """SKU, quantity and state of each wish, in the order they came."""
        return [(one.seller_sku, one.quantity, one.state) for one in self.requests()]

    def answers(self) -> list[Json]:
        """What MYE was told, in order."""
        rows = [row for row in self.world.outbox() if row.destination == "inventory-result"]
        return [json.loads(row.message.body) for row in rows]

    def waiting(self) -> tuple[int | None, int | None]:
        """How many messages stand in the queue, and how many are dead."""
        depth = self.world.broker.depth(self.world.queues["inventory"])
        return depth.ready, depth.dead
