"""How MYE is told about an order: created or updated."""

from datetime import UTC, datetime

import msgspec

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Message
from mye_tiktok.domain.order import OrderChange
from mye_tiktok.domain.shipment import ShipmentNews
from mye_tiktok.mye import contract
from mye_tiktok.mye.order_body import OrderBody
from mye_tiktok.mye.order_telling import order_body
from mye_tiktok.mye.times import as_utc_text

KINDS = {kind.name.split(".")[1]: kind for kind in contract.KINDS if kind.queue == "order"}
ENCODER = msgspec.json.Encoder()


class ShipmentBody(msgspec.Struct):
    """What became of a wish to ship the order, or a part of it."""

    state: str
    code: str
    message: str
    tracking_number: str
    package_ids: list[str]
    line_item_ids: list[str]
    origin: str
    source: str


class OrderMessage(msgspec.Struct):
    """The message's body; `tiktok` is TikTok's own object, byte for byte as it is stored.

    `shipments` is there only when some were settled.
    """

    channel_uid: str
    shop_id: str
    order_id: str
    status: str
    previous_status: str | None
    updated_at: str | None
    version: int
    order: OrderBody
    tiktok: msgspec.Raw
    shipments: list[ShipmentBody] | msgspec.UnsetType = msgspec.UNSET


def order_message(change: OrderChange, channel: Channel, *, now: datetime, message_id: str) -> Message:
    """Return the message that tells MYE about `change`, of the kind that `change.told` says.

    `updated_at` is TikTok's time of the change, which for a change of after-sales is not the order's.
    """
    order, kind = change.order, KINDS[change.told or change.change]
    body = OrderMessage(
        channel_uid=channel.channel_uid,
        shop_id=channel.shop_id,
        order_id=order.order_id,
        status=order.status,
        previous_status=change.previous_status,
        updated_at=as_utc_text(change.updated_at),
        version=change.version,
        order=order_body(order, change.after_sales),
        tiktok=msgspec.Raw(order.raw.encode()),
        shipments=[_shipment(one) for one in change.shipments] or msgspec.UNSET,
    )
    return Message(
        id=message_id,
        type=kind.type,
        subject=order.order_id,
        time=now.astimezone(UTC),
        body=ENCODER.encode(body),
        key=f"{channel.channel_uid}/{order.order_id}",
        dataschema=kind.dataschema,
    )


def _shipment(news: ShipmentNews) -> ShipmentBody:
    return ShipmentBody(
        state=news.state,
        code=news.code,
        message=news.message,
        tracking_number=news.tracking_number,
        package_ids=list(news.package_ids),
        line_item_ids=list(news.line_item_ids),
        origin=news.origin,
        source=news.source,
    )
