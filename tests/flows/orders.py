"""What tests about orders ask: what MYE was told, and what is stored."""

import json
from datetime import datetime

from jsonschema import Draft202012Validator, FormatChecker

from mye_tiktok.db import after_sales, order_changes, orders, watermarks
from mye_tiktok.db.order_changes import PastChange
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.json import Json
from mye_tiktok.mye import contract
from tests.flows.world import World, kind

VALIDATORS = {
    each.type: Draft202012Validator(contract.schema(each), format_checker=FormatChecker())
    for each in contract.KINDS
    if each.queue == "order"
}


def bodies(world: World) -> list[Json]:
    """Every order message that was ever queued, in order; each fits its schema."""
    told = []
    for row in world.outbox():
        if row.destination == "order":
            body: Json = json.loads(row.message.body)
            VALIDATORS[row.message.type].validate(body)
            told.append(body)
    return told


def told(world: World) -> list[tuple[str, str, str]]:
    """What MYE was told, in order: order id, kind of message and status."""
    rows = [row for row in world.outbox() if row.destination == "order"]
    return [
        (row.message.subject, kind(row.message), body["status"]) for row, body in zip(rows, bodies(world), strict=True)
    ]


def history(world: World, channel: Channel, order_id: str) -> list[PastChange]:
    """What happened to an order."""
    with world.database.reading() as session:
        return order_changes.of_order(session, channel.channel_uid, order_id)


def stored(world: World, channel: Channel) -> int:
    """How many orders are stored."""
    with world.database.reading() as session:
        return orders.count(session, channel.channel_uid)


def cases(world: World, channel: Channel, order_id: str) -> int:
    """How many cancellations and returns of an order are stored."""
    with world.database.reading() as session:
        return len(after_sales.of_orders(session, channel.channel_uid, [order_id])[order_id])


def watermark(world: World, channel: Channel) -> datetime | None:
    """How far the orders of the channel were read."""
    with world.database.reading() as session:
        return watermarks.get(session, channel.channel_uid, "orders")
