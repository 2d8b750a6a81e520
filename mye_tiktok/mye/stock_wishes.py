"""A message about stock read item by item: the good ones as wishes, the bad ones as wishes that are rejected."""

import contextlib
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol

import msgspec

from mye_tiktok.domain.stock import UNREADABLE, Origin, Wish
from mye_tiktok.errors import RefusedError
from mye_tiktok.mye.inbound import NOT_READABLE, AwareTime, InventoryItem, InventoryRequested, Text

# what lies outside is a mistake, and one that is ahead would outlive every later wish
EARLIEST, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=1)
# the broker's id of a message may be as long as anybody likes
LONGEST = 255
SHOWN = 40
INVALID_ITEM, INVALID_TIME = "invalid-item", "invalid-time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is known of a message beside its body: its own id and time, empty and None where it has none."""

    message_id: str
    time: datetime | None
    received_at: datetime
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class BadItem:
    """An item that can't be a wish, with what of it can be read."""

    reason: str
    seller_sku: str
    product_id: str
    sku_id: str
    warehouse_id: str
    quantity: int


class LooseRequested(msgspec.Struct, frozen=True, kw_only=True):
    """The same message, but of the items nothing is asked."""

    items: Annotated[list[Any], msgspec.Meta(min_length=1)]
    request_id: Text | msgspec.UnsetType = msgspec.UNSET
    occurred_at: AwareTime | msgspec.UnsetType = msgspec.UNSET
    channel_uid: Text | msgspec.UnsetType = msgspec.UNSET


STRICT = msgspec.json.Decoder(InventoryRequested)
LOOSE = msgspec.json.Decoder(LooseRequested)
Item = InventoryItem | BadItem


class Head(Protocol):
    """What a message says of all its items."""

    @property
    def request_id(self) -> str | msgspec.UnsetType:
        """MYE's name for what it asks."""

    @property
    def occurred_at(self) -> datetime | msgspec.UnsetType:
        """When it was so."""

    @property
    def channel_uid(self) -> str | msgspec.UnsetType:
        """The channel that is meant; without one all are."""


def read_wishes(body: bytes, envelope: Envelope) -> list[Wish]:
    """Return a wish for each item of the message; raises RefusedError when there are no items to be read.

    The same message read again gives the same fingerprints. One that has neither a request id nor an id of its own
    is new each time: what asks for 5, 4 and 5 pieces is three wishes.
    """
    try:
        message = STRICT.decode(body)
        return wishes(message, message.items, envelope)
    except NOT_READABLE:
        pass
    try:
        loose = LOOSE.decode(body)
    except NOT_READABLE as error:
        raise RefusedError(str(error)) from None
    return wishes(loose, [read_item(item) for item in loose.items], envelope)


def read_item(raw: Any, *, strict: bool = True) -> Item:
    """Return one item; not `strict` also takes a number that is written as text."""
    try:
        return msgspec.convert(raw, InventoryItem, strict=strict)
    except NOT_READABLE as error:
        return bad_item(raw, _reason(raw, str(error)))


def wishes(head: Head, items: Sequence[Item], envelope: Envelope) -> list[Wish]:
    """Return the wishes that `items` of one message are."""
    received_at, channel_uid = envelope.received_at, head.channel_uid or ""
    given_at, sound = head.occurred_at or None, True
    if given_at is not None:
        sound = _is_sound(given_at, received_at)
    elif envelope.time is not None and _is_sound(envelope.time, received_at):
        given_at = envelope.time
    request_id = head.request_id or envelope.message_id or uuid.uuid4().hex
    occurred_at = given_at if given_at and sound else received_at
    of_all = f"{request_id}\x1f{channel_uid}\x1f{given_at.isoformat() if given_at else ''}"
    found = []
    for position, item in enumerate(items):
        warehouse_id = item.warehouse_id or ""
        product_id, sku_id, seller_sku = _name(item)
        code, reason = (INVALID_ITEM, item.reason) if isinstance(item, BadItem) else ("", "")
        if not sound:
            code, reason = INVALID_TIME, f"occurred_at {given_at} is not within 2000-01-01 and a day from now"
        named = (
            f"{of_all}\x1f{position}\x1f{seller_sku}\x1f{product_id}\x1f{sku_id}\x1f{warehouse_id}\x1f{item.quantity}"
        )
        found.append(
            Wish(
                fingerprint=hashlib.blake2b(named.encode(), digest_size=16).hexdigest(),
                request_id=request_id[:LONGEST],
                channel_uid=channel_uid,
                seller_sku=seller_sku,
                product_id=product_id,
                sku_id=sku_id,
                warehouse_id=warehouse_id,
                quantity=item.quantity,
                occurred_at=occurred_at,
                origin=envelope.origin,
                code=code,
                reason=reason,
            )
        )
    return found


def _name(item: Item) -> tuple[str, str, str]:
    """Return what names the SKU: TikTok's two ids where both are given, and else the seller SKU alone."""
    if isinstance(item, BadItem):
        return item.product_id, item.sku_id, item.seller_sku
    if item.product_id and item.sku_id:
        return item.product_id, item.sku_id, ""
    return "", "", item.seller_sku or ""


def _is_sound(time: datetime, received_at: datetime) -> bool:
    return EARLIEST <= time <= received_at + AHEAD


def _reason(raw: Any, error: str) -> str:
    """Say what is wrong with an item in words that whoever wrote it knows."""
    if "field `quantity`" in error:
        return "quantity is missing"
    if not error.endswith("- at `$.quantity`"):
        return error
    quantity = raw["quantity"]
    if isinstance(quantity, str):
        with contextlib.suppress(ValueError):
            quantity = int(quantity)
    if not isinstance(quantity, int) or isinstance(quantity, bool):
        return no_whole_number(quantity)
    return f"quantity {quantity} is less than 0" if quantity < 0 else f"quantity {str(quantity)[:SHOWN]} is too large"


def no_whole_number(quantity: object) -> str:
    """Return the reason against a quantity that is none."""
    return f"quantity {repr(quantity)[:SHOWN]} is no whole number"


def bad_item(raw: Any, reason: str) -> BadItem:
    """Return an item that can't be a wish."""
    fields: dict[str, Any] = raw if isinstance(raw, dict) else {}
    texts = {name: fields.get(name) for name in ("seller_sku", "product_id", "sku_id", "warehouse_id")}
    quantity = fields.get("quantity")
    whole = isinstance(quantity, int) and not isinstance(quantity, bool) and abs(quantity) < 2**63
    return BadItem(
        reason=reason,
        quantity=quantity if whole and quantity is not None else UNREADABLE,
        **{name: text if isinstance(text, str) else "" for name, text in texts.items()},
    )
