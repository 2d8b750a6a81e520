"""What MYE shipped: put into the queue as MYE does, then consumed, and looked at afterwards."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from mye_tiktok.db import shipments
from mye_tiktok.db.database import Database
from mye_tiktok.db.shipments import ShipmentFilter
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.message import Message, Queue
from mye_tiktok.domain.progress import Stop, never
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.shipment import Shipment
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.shipping_by_hand import ByHand, ship_by_hand
from mye_tiktok.jobs.shipping_consuming import BATCH, consume_shipments_once
from mye_tiktok.jobs.shipping_retrying import retry_shipments
from mye_tiktok.sandbox.delivery_options import carriers
from tests.flows.orders import bodies
from tests.flows.world import World

REGION = "GB"
ALREADY_SHIPPED = (11006021, 21008099, 21011040, 21011006, 21011020)


def number_of(order_id: str) -> str:
    """Return the tracking number of the parcel of an order."""
    return f"TRACK-{order_id[-8:]}"


@dataclass(slots=True, kw_only=True)
class ShipmentDesk:
    """The queue of shipments of a world, and the orders to ship."""

    world: World

    @property
    def queue(self) -> Queue:
        """The queue of shipments."""
        return self.world.queues["shipment"]

    @property
    def carrier(self) -> str:
        """The last carrier of the market."""
        return list(carriers(REGION))[-1]

    def order(self, status: str = "AWAITING_SHIPMENT", *, count: int = 1) -> str:
        """Place an order that the seller ships."""
        return self.world.sandbox.place_order(count=count, status=status, shipping_type="SELLER")

    def say(self, body: Json | str, *, message_id: str = "") -> str:
        """Put one message into the queue and return its id."""
        message = Message(
            id=message_id or str(uuid.uuid4()),
            type="mye.tiktok.shipment.requested.v1",
            subject="",
            time=self.world.clock(),
            body=(body if isinstance(body, str) else json.dumps(body)).encode(),
        )
        self.world.broker.declare([self.queue])
        assert [one.outcome for one in self.world.broker.publish(self.queue, [message])] == ["confirmed"]
        return message.id

    def want(self, order_id: str, *, number: str = "", message_id: str = "", **more: object) -> str:
        """Let MYE say that an order was shipped."""
        body = {
            "channel_uid": self.world.channels()[0].channel_uid,
            "order_id": order_id,
            "tracking_number": number or number_of(order_id),
            "provider_id": self.carrier,
        }
        return self.say({**body, **more}, message_id=message_id)

    def parts(self, database: Database | None = None) -> Parts:
        """What a process that ships is made of."""
        return Parts(
            database=database or self.world.database,
            tiktok=self.world.process(database=database).tiktok,
            broker=lambda: self.world.broker,
            queues=self.world.queues,
            sleep=self.world.clock.sleep,
        )

    def consume(
        self, *, batch: int = BATCH, limit: int | None = None, stop: Stop = never, database: Database | None = None
    ) -> Report:
        """Run `consume shipments --once` as a process of its own."""
        return consume_shipments_once(self.parts(database), self.world.around(stop), batch=batch, limit=limit)

    def retry(self, *shipment_ids: int, given_up: bool = False, stop: Stop = never) -> Report:
        """Run `ship retry` as a process of its own."""
        return retry_shipments(self.parts(), self.world.around(stop), shipment_ids=shipment_ids, given_up=given_up)

    def by_hand(self, order_id: str, *, number: str = "", stop: Stop = never) -> ByHand:
        """Run `ship mark-shipped` as a process of its own."""
        channel = self.world.channels()[0]
        wanted = Shipment(
            channel_uid=channel.channel_uid,
            kind="mark_shipped",
            order_id=order_id,
            tracking_number=number or number_of(order_id),
            provider=self.carrier,
        )
        return ship_by_hand(self.parts(), channel, [wanted], self.world.around(stop), job="ship mark-shipped")[1]

    def shipments(self) -> Sequence[Shipment]:
        """Every intention that was written down, in the order they came."""
        with self.world.database.reading() as session:
            return shipments.find(session, ShipmentFilter(), limit=10_000)[::-1]

    def states(self) -> list[tuple[str, str]]:
        """State and code of every intention."""
        return [(one.state, one.code) for one in self.shipments()]

    def told(self, order_id: str) -> list[Json]:
        """What MYE was told of shipments of an order; each message fits its schema."""
        mine = [body for body in bodies(self.world) if body["order_id"] == order_id]
        return [each for body in mine for each in body.get("shipments", [])]

    def calls(self, order_id: str = "") -> list[int]:
        """TikTok's codes to every call that marks an order as shipped."""
        records = self.world.sandbox.requests.records("mark_package_as_shipped")
        return [one.code for one in records if order_id in one.path]

    def shipped(self, order_id: str) -> bool:
        """Whether TikTok has the order as shipped, with its number and in one package."""
        order = self.world.sandbox.order(order_id)
        numbers = {line["tracking_number"] for line in order["line_items"]}
        return len(order["packages"]) == 1 and numbers == {number_of(order_id)}
