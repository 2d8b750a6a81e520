"""How MYE is told what became of a wish about stock."""

import uuid
from collections.abc import Sequence

import msgspec

from mye_tiktok.domain.message import Message
from mye_tiktok.domain.stock import UNREADABLE, Request, SettledWarehouse
from mye_tiktok.mye import contract
from mye_tiktok.mye.times import as_utc_text

KIND = next(kind for kind in contract.KINDS if kind.queue == "inventory-result")
QUEUE = KIND.queue
ENCODER = msgspec.json.Encoder()
# the id of an answer is made from its wish, so that no wish can have two
ANSWERS = uuid.UUID("7c1d0c8e-5f0b-4b7e-9a55-6c1c6a0f9d21")


class Warehouse(msgspec.Struct, frozen=True):
    """What one of TikTok's warehouses was given."""

    warehouse_id: str
    sent: int | None
    tiktok_before: int | None


class Settled(msgspec.Struct, frozen=True):
    """The message's body."""

    request_id: str
    channel_uid: str
    seller_sku: str
    product_id: str
    sku_id: str
    warehouse_id: str
    asked: int | None
    sent: int | None
    outcome: str
    code: str
    message: str
    occurred_at: str | None
    settled_at: str | None
    warehouses: list[Warehouse]


def settled_message(
    request: Request, *, sent: int | None = None, warehouses: Sequence[SettledWarehouse] = ()
) -> Message:
    """Return the answer to `request`, whose state, code, message and `settled_at` say what became of it.

    `sent` is what TikTok was given for the SKU, over all `warehouses`. The message's id is made from the request's
    row: an answer that is queued twice leaves once. Raises ValueError for a wish that waits.
    """
    if request.settled_at is None:
        raise ValueError(f"wish {request.wish_id} has no answer yet")
    body = Settled(
        request_id=request.request_id,
        channel_uid=request.channel_uid,
        seller_sku=request.seller_sku,
        product_id=request.product_id,
        sku_id=request.sku_id,
        warehouse_id=request.warehouse_id,
        asked=None if request.quantity == UNREADABLE else request.quantity,
        sent=sent,
        outcome=request.state,
        code=request.code,
        message=request.message,
        occurred_at=as_utc_text(request.occurred_at),
        settled_at=as_utc_text(request.settled_at),
        warehouses=[Warehouse(one.warehouse_id, one.sent, one.before) for one in warehouses],
    )
    return Message(
        id=str(uuid.uuid5(ANSWERS, f"{request.received_at.isoformat()} {request.wish_id} {request.request_id}")),
        type=KIND.type,
        subject=request.seller_sku or request.sku_id or request.request_id,
        time=request.settled_at,
        body=ENCODER.encode(body),
        key="/".join((request.channel_uid, *_named(request))),
        dataschema=KIND.dataschema,
    )


def _named(request: Request) -> tuple[str, ...]:
    """Return what the SKU goes by: TikTok's ids once they are known."""
    return (request.product_id, request.sku_id) if request.sku_id else (request.seller_sku,)
