"""Cancellations and returns: what they hold, and which state follows which.

Source: FACTS of the reference pack, "Cancellations and returns"; Search Cancellations and Search Returns, 202602.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.order_states import CARRIER, DAY, Who, derived

Kind = Literal["REFUND", "RETURN_AND_REFUND", "REPLACEMENT", "EXCHANGE"]
Topic = Literal["cancellation", "return"]
KINDS: tuple[Kind, ...] = ("REFUND", "RETURN_AND_REFUND", "REPLACEMENT", "EXCHANGE")
MISTAKE = ("ecom_order_to_ship_canceled_reason_created_by_mistakes", "Order created by mistake")

CANCEL_PENDING = "CANCELLATION_REQUEST_PENDING"
CANCEL_SUCCESS = "CANCELLATION_REQUEST_SUCCESS"
CANCEL_CANCEL = "CANCELLATION_REQUEST_CANCEL"
CANCEL_COMPLETE = "CANCELLATION_REQUEST_COMPLETE"
PENDING, SUCCESS = "RETURN_OR_REFUND_REQUEST_PENDING", "RETURN_OR_REFUND_REQUEST_SUCCESS"
CANCEL, COMPLETE = "RETURN_OR_REFUND_REQUEST_CANCEL", "RETURN_OR_REFUND_REQUEST_COMPLETE"
REJECTED, REFUSED = "REFUND_OR_RETURN_REQUEST_REJECT", "REJECT_RECEIVE_PACKAGE"
TO_SHIP, SHIPPED, OFFERED = "AWAITING_BUYER_SHIP", "BUYER_SHIPPED_ITEM", "AWAITING_BUYER_RESPONSE"

# the usual next state stands first
NEXT: Mapping[str, tuple[str, ...]] = {
    CANCEL_PENDING: (CANCEL_SUCCESS, CANCEL_CANCEL),
    CANCEL_SUCCESS: (CANCEL_COMPLETE,),
    PENDING: (TO_SHIP, SUCCESS, REJECTED, OFFERED, CANCEL),
    TO_SHIP: (SHIPPED, CANCEL),
    SHIPPED: (SUCCESS, REFUSED, OFFERED),
    SUCCESS: (COMPLETE,),
    REJECTED: (CANCEL, SUCCESS, TO_SHIP),
    REFUSED: (CANCEL, SUCCESS),
    OFFERED: (SUCCESS, PENDING, CANCEL),
    **{
        f"{kind}_REQUEST_PENDING": tuple(
            f"{kind}_REQUEST_{word}" for word in ("COMPLETE", "REFUND_SUCCESS", *rejected, "CANCEL")
        )
        for kind, rejected in (("REPLACEMENT", ("REJECT",)), ("EXCHANGE", ()))
    },
    "REPLACEMENT_REQUEST_REJECT": ("REPLACEMENT_REQUEST_CANCEL", "REPLACEMENT_REQUEST_COMPLETE"),
}
ACTIONS: Mapping[str, str] = {
    "REFUND": "SELLER_RESPOND_REFUND",
    "RETURN_AND_REFUND": "SELLER_RESPOND_RETURN",
    "REPLACEMENT": "SELLER_RESPOND_REPLACEMENT",
}
HOURS_TO_ANSWER: Mapping[str, int] = {"REPLACEMENT": 24}
REASONS: Mapping[Topic, Sequence[tuple[str, str]]] = {
    "cancellation": (
        ("seller_reject_apply_product_has_been_packed", "The product has been packed"),
        ("seller_reject_apply_you_have_reached_an_agreement_with_the_buyer", "You have reached an agreement"),
    ),
    "return": (
        ("seller_reject_apply_return_period_is_over", "The return period is over"),
        ("seller_reject_apply_product_is_not_as_it_was", "The product is not as it was sent"),
    ),
}
NEW_IN_202602 = frozenset({"should_replenish_stock", "is_quick_refund"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A cancellation or a return as it stands; a change makes another one. `buyer` is the user id of who ordered."""

    topic: Topic
    entry: Json
    buyer: str = ""
    listed: bool = True
    recorded: bool = field(default=False, repr=False)

    @property
    def item_id(self) -> str:
        """The id of the cancellation or the return."""
        return str(self.entry.get("cancel_id" if self.topic == "cancellation" else "return_id"))

    @property
    def created(self) -> int:
        """When it was asked for, in unix seconds."""
        return _time(self.entry, "create_time")

    @property
    def updated(self) -> int:
        """When it changed last."""
        return _time(self.entry, "update_time")

    @property
    def status(self) -> str:
        """Its state, in the words of the API."""
        return str(self.entry.get("cancel_status" if self.topic == "cancellation" else "return_status"))

    @property
    def kind(self) -> str:
        """What is asked for."""
        return str(self.entry.get("cancel_type" if self.topic == "cancellation" else "return_type"))

    @property
    def order_id(self) -> str:
        """The order it belongs to."""
        return str(self.entry.get("order_id"))

    def view(self, *, older: bool) -> Json:
        """Return it as a search shows it, or the `older` version of that."""
        if not older or self.recorded:
            return self.entry
        return {key: value for key, value in self.entry.items() if key not in NEW_IN_202602}

    def moved(self, status: str, at: int, **fields: object) -> "Case":
        """Return the case in another state."""
        name = "cancel_status" if self.topic == "cancellation" else "return_status"
        entry = {**self.entry, name: status, "update_time": at, **fields}
        entry["seller_next_action_response"] = _next_action(self.topic, self.kind, status, at)
        if status == SHIPPED:
            entry["return_tracking_number"] = f"SBXR{derived(0, 'return', self.item_id)[-12:]}"
            entry["return_provider_id"], entry["return_provider_name"] = CARRIER
        return replace(self, entry=entry)


def following(case: Case) -> tuple[str, ...]:
    """Return the states that may follow, the usual one first."""
    after = NEXT.get(case.status, ())
    return tuple(status for status in after if status != TO_SHIP or case.kind == "RETURN_AND_REFUND")


def cancellation(
    cancel_id: str, order: Json, at: int, *, status: str, who: Who, reason: str = "", lines: Iterable[str] | None = None
) -> Case:
    """Return the cancellation of an order, or of some of its lines, that comes into being in a state."""
    asked = status == CANCEL_PENDING
    chosen = _chosen(order, lines)
    entry: Json = {
        "cancel_id": cancel_id,
        "order_id": order["id"],
        "cancel_type": "BUYER_CANCEL" if asked else "CANCEL",
        "cancel_status": status,
        "role": who,
        "cancel_reason": reason or MISTAKE[0],
        "cancel_reason_text": reason or MISTAKE[1],
        "create_time": at,
        "update_time": at,
        "seller_next_action_response": _next_action("cancellation", "BUYER_CANCEL", status, at),
        "refund_amount": _refund(order, chosen),
        "cancel_line_items": [{"cancel_line_item_id": _id(cancel_id, line), **_line(line)} for line in chosen],
        "should_replenish_stock": True,
    }
    return Case(topic="cancellation", entry=entry, buyer=str(order.get("user_id", "")))


def return_case(return_id: str, order: Json, at: int, kind: Kind, *, lines: Iterable[str] | None = None) -> Case:
    """Return a return that a buyer asks for."""
    family = kind if kind in {"REPLACEMENT", "EXCHANGE"} else "RETURN_OR_REFUND"
    status, chosen = f"{family}_REQUEST_PENDING", _chosen(order, lines)
    entry: Json = {
        "return_id": return_id,
        "order_id": order["id"],
        "return_type": kind,
        "return_status": status,
        "role": "BUYER",
        "return_reason": "ecom_order_delivered_refund_reason_damaged",
        "return_reason_text": "The product is damaged",
        "can_buyer_keep_item": kind == "REFUND",
        "create_time": at,
        "update_time": at,
        "seller_next_action_response": _next_action("return", kind, status, at),
        "return_line_items": [{"return_line_item_id": _id(return_id, line), **_line(line)} for line in chosen],
        "refund_amount": _refund(order, chosen),
        "is_combined_return": False,
        "is_quick_refund": False,
    }
    if kind != "REFUND":
        entry.update(shipment_type="PLATFORM", handover_method="DROP_OFF", return_method="BUYER_SHIPPED")
    return Case(topic="return", entry=entry, buyer=str(order.get("user_id", "")))


def _chosen(order: Json, lines: Iterable[str] | None) -> list[Json]:
    every = order.get("line_items") or []
    wanted = None if lines is None else set(lines)
    return [line for line in every if wanted is None or line["id"] in wanted]


def _next_action(topic: Topic, kind: str, status: str, at: int) -> list[Json]:
    if status == CANCEL_PENDING:
        return [{"action": "SELLER_RESPOND_BUYER_CANCEL", "deadline": at + 2 * DAY}]
    if status == SHIPPED:
        return [{"action": "SELLER_RESPOND_RECEIVE_PACKAGE", "deadline": at + 2 * DAY}]
    if topic == "return" and status.endswith("_REQUEST_PENDING") and kind in ACTIONS:
        return [{"action": ACTIONS[kind], "deadline": at + HOURS_TO_ANSWER.get(kind, 48) * 3600}]
    return []


def _line(line: Json) -> Json:
    return {
        "order_line_item_id": line.get("id"),
        "sku_id": line.get("sku_id"),
        "sku_name": line.get("sku_name"),
        "product_name": line.get("product_name"),
        "seller_sku": line.get("seller_sku"),
        "product_image": {"url": line.get("sku_image"), "width": 200, "height": 200},
        "refund_amount": _amounts(line.get("currency"), Decimal(line.get("sale_price") or 0), Decimal(0)),
    }


def _refund(order: Json, lines: Sequence[Json]) -> Json:
    goods = sum((Decimal(line.get("sale_price") or 0) for line in lines), Decimal(0))
    paid = order.get("payment") or {}
    everything = len(lines) == len(order.get("line_items") or [])
    shipping = Decimal(paid.get("shipping_fee") or 0) if everything else Decimal(0)
    return _amounts(paid.get("currency"), goods, shipping)


def _amounts(currency: object, goods: Decimal, shipping: Decimal) -> Json:
    return {
        "currency": currency,
        "refund_total": str(goods + shipping),
        "refund_subtotal": str(goods),
        "refund_shipping_fee": str(shipping),
        "refund_tax": "0",
    }


def _id(case_id: str, line: Json) -> str:
    return derived(4_035_000_000_000_000_000, case_id, line.get("id"))


def _time(entry: Json, key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0
