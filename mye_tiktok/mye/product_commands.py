"""Commands of MYE's about products: read from messages, and answered."""

import hashlib
import json
import uuid
from datetime import datetime
from decimal import Decimal

import msgspec

from mye_tiktok.domain.message import Message
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product_command import UNSUPPORTED, Command, Result, SkuPrice
from mye_tiktok.errors import RefusedError
from mye_tiktok.mye import contract
from mye_tiktok.mye.inbound import PriceAmount, Prices, ProductCommanded, parse_inbound
from mye_tiktok.mye.times import as_utc_text

KIND = next(kind for kind in contract.KINDS if kind.name == "product.settled.v1")
NOT_SUPPORTED = "not-supported"
ENCODER = msgspec.json.Encoder()
# the id of an answer is made from its command, so that none has two
ANSWERS = uuid.UUID("0b6a3b0e-55c0-4e57-9d0c-2f8a3d7f6c11")


class Settled(msgspec.Struct, frozen=True):
    """The message's body."""

    command_id: str
    action: str
    channel_uid: str
    product_id: str
    outcome: str
    code: str
    message: str
    tiktok_request_id: str
    received_at: str | None
    settled_at: str | None


def read_command(body: bytes, *, message_id: str, received_at: datetime) -> Command:
    """Return the command of a message; raises RefusedError with the reason why it can't be read.

    `message_id` is empty where the message has none. A command that is not supported has its `reason`.
    """
    asked = parse_inbound("product-command", body)
    if not isinstance(asked, ProductCommanded):
        raise RefusedError("no command about a product")
    own_id = message_id or str(uuid.uuid4())
    refusal = asked.action in UNSUPPORTED
    why = f"`{asked.action}` is not supported: TikTok's documented calls that we use can't do it"
    return Command(
        fingerprint=hashlib.blake2b(own_id.encode("utf-8", "replace") + b"\n" + body, digest_size=20).hexdigest(),
        message_id=own_id,
        action=asked.action,
        channel_uid=asked.channel_uid,
        product_id=asked.product_id or "",
        received_at=received_at,
        payload=json.dumps(asked.payload) if asked.payload else "",
        code=NOT_SUPPORTED if refusal else "",
        reason=why if refusal else "",
    )


def prices_of(payload: str) -> tuple[SkuPrice, ...]:
    """Return the prices that a stored payload holds; none for one of another action."""
    try:
        found = msgspec.json.decode(payload or "{}", type=Prices)
    except msgspec.DecodeError:
        return ()
    return tuple(
        SkuPrice(
            sku_id=one.sku_id,
            amount=Decimal(one.price.amount),
            currency=one.price.currency,
            list_price=_money(one.list_price),
        )
        for one in found.skus
    )


def settled_message(command: Command, result: Result, *, now: datetime) -> Message:
    """Return the answer to `command`.

    The id of the answer to one that has no row yet is made from the command: queued twice, it leaves once.
    """
    occasion = now.isoformat() if command.command_id else ""
    body = Settled(
        command_id=command.message_id,
        action=command.action,
        channel_uid=command.channel_uid,
        product_id=command.product_id,
        outcome=result.outcome,
        code=result.code,
        message=result.reason,
        tiktok_request_id=result.request_id,
        received_at=as_utc_text(command.received_at),
        settled_at=as_utc_text(now),
    )
    return Message(
        id=str(uuid.uuid5(ANSWERS, f"{command.fingerprint} {occasion}")),
        type=KIND.type,
        subject=command.product_id or command.message_id,
        time=now,
        body=ENCODER.encode(body),
        key=f"{command.channel_uid}/{command.product_id}",
        dataschema=KIND.dataschema,
    )


def _money(amount: PriceAmount | None) -> Money | None:
    return None if amount is None else Money(amount=Decimal(amount.amount), currency=amount.currency)
