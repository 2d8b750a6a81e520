"""How TikTok signs and spells a webhook event (Partner Center, "TikTok Shop webhooks")."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.webhook import UNREADABLE, Subject, WebhookEvent
from mye_tiktok.tiktok.answer import decode
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.fields import mapping, moment, number, rows, sensible, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One kind of event. `subscribable`: it can be registered per shop; others are ticked in Partner Center only."""

    type: int
    name: str
    about: Subject
    subscribable: bool = True


def _topics(about: Subject, *named: tuple[int, str], subscribable: bool = True) -> tuple[Topic, ...]:
    return tuple(Topic(type=type_, name=name, about=about, subscribable=subscribable) for type_, name in named)


TOPICS: Mapping[int, Topic] = MappingProxyType(
    {
        topic.type: topic
        for topic in (
            *_topics("order", (1, "ORDER_STATUS_CHANGE"), (3, "RECIPIENT_ADDRESS_UPDATE"), (4, "PACKAGE_UPDATE")),
            *_topics(
                "after-sale",
                (2, "REVERSE_STATUS_UPDATE"),
                (11, "CANCELLATION_STATUS_CHANGE"),
                (12, "RETURN_STATUS_CHANGE"),
            ),
            *_topics(
                "after-sale",
                (64, "AFTERSALES_REQUEST_STATUS_UPDATE"),
                (65, "RMA_STATUS_UPDATE"),
                (67, "REFUND_SUCCESS"),
                subscribable=False,
            ),
            *_topics(
                "product",
                (5, "PRODUCT_STATUS_CHANGE"),
                (15, "PRODUCT_INFORMATION_CHANGE"),
                (16, "PRODUCT_CREATION"),
                (18, "PRODUCT_CATEGORY_CHANGE"),
                (37, "PRODUCT_AUDIT_STATUS_CHANGE"),
            ),
            *_topics("product", (50, "SKU_STATUS_CHANGE"), subscribable=False),
            *_topics(
                "stock",
                (27, "INVENTORY_STATUS_CHANGE"),
                (68, "INVENTORY_CHANGED"),
                (71, "INVENTORY_CHANGED_BY_SHOP"),
                subscribable=False,
            ),
            *_topics("message", (13, "NEW_CONVERSATION"), (14, "NEW_MESSAGE"), (33, "NEW_MESSAGE_LISTENER")),
            *_topics("invoice", (36, "INVOICE_STATUS_CHANGE")),
            *_topics("authorization", (6, "SELLER_DEAUTHORIZATION"), (7, "UPCOMING_AUTHORIZATION_EXPIRATION")),
            *_topics(
                "other",
                (20, "CREATOR_DEAUTHORIZATION"),
                (24, "FBT_INVENTORY_UPDATE"),
                (42, "COMBINED_LISTING_CHANGE"),
                (58, "FBT_MCF_ORDER_STATUS"),
                subscribable=False,
            ),
        )
    }
)
"""The documented events; others are kept and counted, for TikTok adds some every month."""

DEAUTHORIZED = 6

# the first of these that is there names what the event is about
SUBJECTS = (
    "order_id",
    "product_id",
    "conversation_id",
    "aftersales_request_id",
    "rma_id",
    "package_id",
    "combined_listing_id",
    "goods_id",
)
STATUSES = (
    "order_status",
    "cancel_status",
    "return_status",
    "aftersales_request_status",
    "rma_status",
    "status",
    "current_inventory_status",
    "invoice_status",
)
TIMES = (
    "update_time",
    "occurred_at",
    "aftersales_request_update_time",
    "rma_request_update_time",
    "rma_update_time",
    "refund_timestamp",
)

LONGEST_ID = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event unwrapped. `open_id` is the seller's, or the creator's, where it stands in place of `shop_id`."""

    type: int
    notification_id: str
    shop_id: str
    open_id: str
    timestamp: datetime | None
    data: Json

    @property
    def topic(self) -> Topic:
        """What kind of event it is; a type we do not know is about something else."""
        return TOPICS.get(self.type) or Topic(
            type=self.type, name=topic_name(self.type), about="other", subscribable=False
        )


def is_authentic(app: App, body: bytes, authorization: str) -> bool:
    """Tell whether TikTok signed `body`: HMAC-SHA256 of app key and body in lower-case hex; takes constant time."""
    right = hmac.digest(app.app_secret.encode(), app.app_key.encode() + body, "sha256").hex()
    return hmac.compare_digest(right.encode(), authorization.encode("utf-8", "replace"))


def read_event(body: bytes) -> WebhookEvent:
    """Read a verified body; one that is no envelope becomes an event of type UNREADABLE. Never raises."""
    envelope = read_envelope(body)
    event = _unreadable(body) if envelope is None else _event(envelope, body)
    # the indexes of PostgreSQL hold no such id, and TikTok's have some twenty digits
    too_long = max(map(len, (event.fingerprint, event.shop_id, event.open_id, event.subject))) > LONGEST_ID
    return _unreadable(body) if too_long else event


def _unreadable(body: bytes) -> WebhookEvent:
    return WebhookEvent(
        fingerprint=_digest(body),
        notification_id="",
        type=UNREADABLE,
        shop_id="",
        open_id="",
        subject="",
        occurred_at=None,
        body=body,
    )


def _event(envelope: Envelope, body: bytes) -> WebhookEvent:
    return WebhookEvent(
        fingerprint=envelope.notification_id or _digest(body),
        notification_id=envelope.notification_id,
        type=envelope.type,
        shop_id=envelope.shop_id,
        open_id=envelope.open_id,
        subject=_subject(envelope),
        occurred_at=_occurred_at(envelope),
        body=body,
    )


def read_envelope(body: bytes) -> Envelope | None:
    """Unwrap a body, with ids exact however large a JSON number they come as; None when it is no envelope."""
    value = decode(body)
    if not isinstance(value, dict) or (type_ := number(value.get("type"))) is None or not 0 <= type_ < 2**31:
        return None
    return Envelope(
        type=type_,
        notification_id=text(value.get("tts_notification_id")),
        shop_id=text(value.get("shop_id")),
        open_id=text(value.get("seller_open_id")) or text(value.get("creator_open_id")),
        timestamp=moment(value.get("timestamp")),
        data=mapping(value.get("data")),
    )


def order_ids(envelope: Envelope) -> tuple[str, ...]:
    """Return the orders an event names, each once: one, those of its packages, of its invoice, or of its refund."""
    data = envelope.data
    named = [text(data.get("order_id")), *_ids(data.get("order_ids"))]
    for package in rows(data.get("package_list")):
        named += _ids(package.get("order_id_list"))
    named += [text(line.get("main_order_id")) for line in rows(data.get("line_items"))]
    return tuple(dict.fromkeys(order_id for order_id in named if order_id))


def product_id(envelope: Envelope) -> str:
    """Return the product an event names, or nothing."""
    return text(envelope.data.get("product_id"))


def topic_name(type_: int) -> str:
    """Return the name of an event type; one we do not know is named by its number, what is no envelope not at all."""
    if type_ == UNREADABLE:
        return ""
    return TOPICS[type_].name if type_ in TOPICS else f"TYPE_{type_}"


def told_status(envelope: Envelope) -> str:
    """Return the state an event tells of, in the API's words: webhooks say CANCEL for an order that is CANCELLED.

    A cancellation that was withdrawn is …_CANCELLED in webhooks and …_CANCEL in the API. It is for people: what an
    object's state is, only the object tells.
    """
    for name in STATUSES:
        if word := text(envelope.data.get(name)):
            return "CANCELLED" if (name, word) == ("order_status", "CANCEL") else _api_word(name, word)
    return ""


def _api_word(name: str, word: str) -> str:
    return word.removesuffix("LED") if name != "order_status" and word.endswith("_CANCELLED") else word


def authorization_end(envelope: Envelope) -> datetime | None:
    """Return when the seller's authorization ends, as UPCOMING_AUTHORIZATION_EXPIRATION tells."""
    return moment(envelope.data.get("expiration_time"))


def told_update(envelope: Envelope) -> datetime | None:
    """Return the `update_time` an event tells of the object it is about; None where it tells none."""
    return moment(envelope.data.get("update_time"))


def _ids(value: Any) -> list[str]:
    return [text(item) for item in value] if isinstance(value, list) else []


def _subject(envelope: Envelope) -> str:
    if named := order_ids(envelope):
        return named[0]
    found = (text(envelope.data.get(name)) for name in SUBJECTS)
    if envelope.topic.about == "authorization":
        return envelope.shop_id
    return next((value for value in found if value), "")


def _occurred_at(envelope: Envelope) -> datetime | None:
    # of a message its creation is what happened; of a cancellation it lies before the change that is told
    for name in (*TIMES, "create_time") if envelope.topic.about == "message" else TIMES:
        value = envelope.data.get(name)
        if time := moment(value) or _iso(value):
            return time
    return envelope.timestamp


def _iso(value: Any) -> datetime | None:
    """Read a time like 2026-05-01T08:30:00.123456789Z; what is finer than a microsecond is cut off."""
    if not isinstance(value, str) or "T" not in value:
        return None
    head, dot, fraction = value.rstrip("Zz").partition(".")
    try:
        time = datetime.fromisoformat(f"{head}.{fraction[:6]}" if dot and fraction.isdigit() else head)
    except ValueError:
        return None
    return sensible(time if time.tzinfo else time.replace(tzinfo=UTC))


def _digest(body: bytes) -> str:
    return f"sha256:{sha256(body).hexdigest()}"
