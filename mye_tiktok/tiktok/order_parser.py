"""How TikTok spells an order; search (202309) and detail (202507) use the same words."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.order import NORMAL, Buyer, Deadlines, Milestones, Order, Package, Totals
from mye_tiktok.domain.order_lines import Part, Unit
from mye_tiktok.tiktok.fields import flag, mapping, moment, money, number, rows, text
from mye_tiktok.tiktok.order_digest import digest
from mye_tiktok.tiktok.recipient_parser import parse_recipient

_compact = msgspec.json.Encoder()
FLAGS = (
    ("is_sample_order", "sample"),
    ("is_replacement_order", "replacement"),
    ("is_exchange_order", "exchange"),
    ("is_subscription_order", "subscription"),
)
FULFILLED_ELSEWHERE = {
    "FULFILLMENT_BY_TIKTOK": "fulfilled_by_tiktok",
    "FULFILLMENT_BY_DILAYANI_TOKOPEDIA": "fulfilled_by_tokopedia",
}
PAYMENT = {
    "total": "total_amount",
    "subtotal": "sub_total",
    "original_products": "original_total_product_price",
    "shipping_fee": "shipping_fee",
    "original_shipping_fee": "original_shipping_fee",
    "seller_discount": "seller_discount",
    "platform_discount": "platform_discount",
    "tax": "tax",
}


def is_complete(raw: Json) -> bool:
    """Tell whether a page of the search holds all of an order; else its detail has to be asked for."""
    return bool(rows(raw.get("line_items"))) and bool(mapping(raw.get("payment")))


def parse_stored(raw: str) -> Order:
    """Read an order that was stored as `raw`."""
    return parse_order(msgspec.json.decode(raw))


def parse_order(raw: Json) -> Order:
    """Read an order in full."""
    units = _units(raw)
    status = text(raw.get("status"))
    return Order(
        order_id=text(raw.get("id")),
        status=status,
        created_at=moment(raw.get("create_time")),
        updated_at=moment(raw.get("update_time")),
        units=units,
        packages=_packages(raw, units),
        totals=_totals(mapping(raw.get("payment"))),
        recipient=parse_recipient(mapping(raw.get("recipient_address"))),
        buyer=Buyer(
            user_id=text(raw.get("user_id")),
            email=text(raw.get("buyer_email")),
            nickname=text(raw.get("buyer_nickname")),
        ),
        buyer_message=text(raw.get("buyer_message")),
        seller_note=text(raw.get("seller_note")),
        deadlines=_deadlines(raw),
        milestones=_milestones(raw),
        kinds=_kinds(raw, units),
        passes_hold=flag(raw.get("is_on_hold_order")),
        cancellation_requested=flag(raw.get("is_buyer_request_cancel")) and status != "CANCELLED",
        cancel_reason=text(raw.get("cancel_reason")),
        warehouse_id=text(raw.get("warehouse_id")),
        delivery_option_id=text(raw.get("delivery_option_id")),
        delivery_option_name=text(raw.get("delivery_option_name")),
        shipping_type=text(raw.get("shipping_type")),
        fulfillment_type=text(raw.get("fulfillment_type")),
        payment_method=text(raw.get("payment_method_name")),
        cash_on_delivery=flag(raw.get("is_cod")),
        related_order_id=_related(raw),
        digest=digest(raw),
        raw=_compact.encode(raw).decode(),
    )


def _units(raw: Json) -> tuple[Unit, ...]:
    """Read the line items; one that is there twice counts once."""
    found = [_unit(line) for line in rows(raw.get("line_items"))]
    return tuple({unit.line_item_id or str(at): unit for at, unit in enumerate(found)}.values())


def _unit(raw: Json) -> Unit:
    currency = raw.get("currency")
    return Unit(
        line_item_id=text(raw.get("id")),
        product_id=text(raw.get("product_id")),
        sku_id=text(raw.get("sku_id")),
        seller_sku=text(raw.get("seller_sku")),
        product_name=text(raw.get("product_name")),
        variant=text(raw.get("sku_name")),
        unit_price=money(raw.get("sale_price"), currency),
        original_price=money(raw.get("original_price"), currency),
        status=text(raw.get("display_status")),
        gift=flag(raw.get("is_gift")),
        sku_type=text(raw.get("sku_type")),
        package_id=text(raw.get("package_id")),
        package_status=text(raw.get("package_status")),
        tracking_number=text(raw.get("tracking_number")),
        provider_id=text(raw.get("shipping_provider_id")),
        provider_name=text(raw.get("shipping_provider_name")),
        parts=_parts(raw),
    )


def _parts(raw: Json) -> tuple[Part, ...]:
    """Read what a bundle is made of: combined listings count their parts, virtual bundles list them one by one."""
    counted: dict[tuple[str, str, str], int] = {}
    combined = [(part, number(part.get("sku_count")) or 1) for part in rows(raw.get("combined_listing_skus"))]
    for part, count in combined or [(part, 1) for part in rows(raw.get("sub_item_info"))]:
        key = (text(part.get("product_id")), text(part.get("sku_id")), text(part.get("seller_sku")))
        counted[key] = counted.get(key, 0) + count
    return tuple(
        Part(product_id=product_id, sku_id=sku_id, seller_sku=seller_sku, quantity=count)
        for (product_id, sku_id, seller_sku), count in counted.items()
    )


def _packages(raw: Json, units: Sequence[Unit]) -> tuple[Package, ...]:
    """Collect the packages: TikTok lists only their ids, what is known of them stands in their line items."""
    listed = [text(package.get("id")) for package in rows(raw.get("packages"))]
    ids = dict.fromkeys([*listed, *(unit.package_id for unit in units)])
    inside = {package_id: [unit for unit in units if unit.package_id == package_id] for package_id in ids if package_id}
    alone = raw if len(inside) == 1 else {}
    return tuple(_package(package_id, members, alone) for package_id, members in sorted(inside.items()))


def _package(package_id: str, units: Sequence[Unit], order: Json) -> Package:
    def told(of_unit: Sequence[str], of_order: str) -> str:
        return next(filter(None, of_unit), "") or text(order.get(of_order))

    return Package(
        package_id=package_id,
        tracking_number=told([unit.tracking_number for unit in units], "tracking_number"),
        provider_id=told([unit.provider_id for unit in units], "shipping_provider_id"),
        provider_name=told([unit.provider_name for unit in units], "shipping_provider"),
        status=next((unit.package_status for unit in units if unit.package_status), ""),
        line_item_ids=tuple(unit.line_item_id for unit in units),
    )


def _totals(payment: Json) -> Totals:
    currency = payment.get("currency")

    def amount(name: str) -> Money | None:
        return money(payment.get(name), currency)

    others = sorted(set(payment) - set(PAYMENT.values()) - {"currency"})
    other = tuple((name, found) for name in others if (found := amount(name)) is not None)
    return Totals(**{ours: amount(theirs) for ours, theirs in PAYMENT.items()}, other=other)


def _deadlines(raw: Json) -> Deadlines:
    return Deadlines(
        rts=moment(raw.get("rts_sla_time")),
        tts=moment(raw.get("tts_sla_time")),
        shipping_due=moment(raw.get("shipping_due_time")),
        collection_due=moment(raw.get("collection_due_time")),
        cancel=moment(raw.get("cancel_order_sla_time")),
        delivery=moment(raw.get("delivery_sla_time")),
        delivery_due=moment(raw.get("delivery_due_time")),
        pick_up=moment(raw.get("pick_up_cut_off_time")),
        # documented in seconds, seen in milliseconds
        recommended=moment(raw.get("recommended_shipping_time")),
    )


def _milestones(raw: Json) -> Milestones:
    def at(name: str) -> datetime | None:
        return moment(raw.get(name))

    return Milestones(
        paid=at("paid_time"),
        shipped=at("rts_time"),
        collected=at("collection_time"),
        delivered=at("delivery_time"),
        cancel_requested=at("request_cancel_time"),
        cancelled=at("cancel_time"),
    )


def _kinds(raw: Json, units: Sequence[Unit]) -> tuple[str, ...]:
    """Return all kinds that hold: by flags, by who fulfils, by type of the order, by types of its SKUs."""
    by_flag = [kind for name, kind in FLAGS if flag(raw.get(name))]
    by_fulfilment = FULFILLED_ELSEWHERE.get(text(raw.get("fulfillment_type")), "")
    types = [text(raw.get("order_type")), *(unit.sku_type for unit in units)]
    kinds = dict.fromkeys([*by_flag, by_fulfilment, *(kind.lower() for kind in types)])
    return tuple(kind for kind in kinds if kind not in {"", NORMAL}) or (NORMAL,)


def _related(raw: Json) -> str:
    """Return the order that this one replaces or exchanges."""
    if flag(raw.get("is_replacement_order")):
        return text(raw.get("replaced_order_id"))
    return text(raw.get("exchange_source_order_id")) if flag(raw.get("is_exchange_order")) else ""
