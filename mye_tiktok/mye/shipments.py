"""What MYE shipped: read from messages."""

from mye_tiktok.domain.shipment import Shipment
from mye_tiktok.domain.tracking_number import problem
from mye_tiktok.errors import RefusedError
from mye_tiktok.mye.inbound import ShipmentRequested, parse_inbound


def read_shipment(body: bytes, *, message_id: str) -> Shipment:
    """Return what a message wants shipped; raises RefusedError with the reason why it can't be read.

    `message_id` is empty where the message has none.
    """
    asked = parse_inbound("shipment", body)
    if not isinstance(asked, ShipmentRequested):
        raise RefusedError("no shipment")
    number = asked.tracking_number.strip()
    if wrong := problem(number):
        raise RefusedError(wrong)
    return Shipment(
        channel_uid=asked.channel_uid,
        kind="ship",
        order_id=asked.order_id or "",
        package_id=asked.package_id or "",
        line_item_ids=tuple(dict.fromkeys(asked.line_item_ids or ())),
        tracking_number=number,
        provider=asked.provider_id or asked.provider_name or "",
        origin="queue",
        source=message_id,
    )
