"""What MYE sends us: read with the reason when it cannot be."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.message import Message
from mye_tiktok.errors import RefusedError
from mye_tiktok.mye import contract

# longer than any name is, and short enough for PostgreSQL's keys: one that is not would stop all that wait with it.
# No database keeps NUL, and without it the name is another one.
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern="^[^\\x00]*$")]
TikTokId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[^\\x00]*$")]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]
# a thousand brackets are valid JSON, too
NOT_READABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class InventoryItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stock that one SKU shall have."""

    quantity: Quantity
    seller_sku: Text | msgspec.UnsetType = msgspec.UNSET
    product_id: TikTokId | msgspec.UnsetType = msgspec.UNSET
    sku_id: TikTokId | msgspec.UnsetType = msgspec.UNSET
    warehouse_id: Text | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if not self.seller_sku and not (self.product_id and self.sku_id):
            raise ValueError("needs `seller_sku`, or `product_id` and `sku_id`")


class InventoryRequested(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Stock levels to set; without a channel, on every channel that lists the SKU."""

    items: Annotated[list[InventoryItem], msgspec.Meta(min_length=1)]
    request_id: Text | msgspec.UnsetType = msgspec.UNSET
    occurred_at: AwareTime | msgspec.UnsetType = msgspec.UNSET
    channel_uid: Text | msgspec.UnsetType = msgspec.UNSET


class PriceAmount(msgspec.Struct, frozen=True, kw_only=True):
    """An amount of money; without a currency that of the SKU is meant."""

    amount: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")] = ""


class SkuPriced(msgspec.Struct, frozen=True, kw_only=True):
    """The price that one SKU shall have."""

    sku_id: Text
    price: PriceAmount
    list_price: PriceAmount | None = None


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of the action "price"."""

    skus: Annotated[list[SkuPriced], msgspec.Meta(min_length=1, max_length=100)]


class ProductCommanded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to do to a product."""

    action: Literal["refresh", "create", "update", "price", "activate", "deactivate"]
    channel_uid: Text
    product_id: Text | msgspec.UnsetType = msgspec.UNSET
    payload: Json | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if not self.product_id and self.action not in ("create", "update"):
            raise ValueError(f"`{self.action}` needs `product_id`")
        if self.action == "price":
            try:
                msgspec.convert(self.payload or {}, Prices)
            except msgspec.ValidationError as error:
                raise ValueError(f"{error} (of `payload`)") from None


class ShipmentRequested(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that MYE shipped."""

    channel_uid: Text
    tracking_number: Text
    order_id: Text | msgspec.UnsetType = msgspec.UNSET
    package_id: Text | msgspec.UnsetType = msgspec.UNSET
    provider_id: Text | msgspec.UnsetType = msgspec.UNSET
    provider_name: Text | msgspec.UnsetType = msgspec.UNSET
    line_item_ids: Annotated[list[Text], msgspec.Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if not (self.order_id or self.package_id):
            raise ValueError("needs `order_id` or `package_id`")
        if not (self.provider_id or self.provider_name):
            raise ValueError("needs `provider_id` or `provider_name`")


Inbound = InventoryRequested | ProductCommanded | ShipmentRequested
READERS: dict[str, msgspec.json.Decoder[Inbound]] = {
    "inventory": msgspec.json.Decoder(InventoryRequested),
    "product-command": msgspec.json.Decoder(ProductCommanded),
    "shipment": msgspec.json.Decoder(ShipmentRequested),
}
ANY_OBJECT = msgspec.json.Decoder(Json)


def parse_inbound(queue: str, body: bytes) -> Inbound:
    """Return the message that came from the queue with this `name`; raises RefusedError with the reason."""
    try:
        return READERS[queue].decode(body)
    except NOT_READABLE as error:
        raise RefusedError(str(error)) from None


def check(queue: str, body: bytes) -> None:
    """Raise RefusedError unless `body` fits the queue; of a queue we do not read it must be a JSON object."""
    if queue in READERS:
        parse_inbound(queue, body)
    else:
        check_object(body)


def check_object(body: bytes) -> None:
    """Raise RefusedError unless `body` is a JSON object."""
    try:
        ANY_OBJECT.decode(body)
    except NOT_READABLE as error:
        raise RefusedError(str(error)) from None


def message(queue: str, body: bytes, *, now: datetime) -> Message:
    """Return `body` as a message for the queue with this `name`, with the attributes of its kind if it has one."""
    kind = next((kind for kind in contract.KINDS if kind.queue == queue and kind.direction == "in"), None)
    return Message(
        id=str(uuid.uuid4()),
        type=kind.type if kind else "",
        subject="",
        time=now,
        body=body,
        source="mye-tiktok/queue-send",
        dataschema=kind.dataschema if kind else "",
    )
