"""Orders for people: a page of them, several, or one with its lines, totals, deadlines and what happened to it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING

from mye_tiktok.cli.output import note, say, table
from mye_tiktok.domain.ship_by import MEANINGS

if TYPE_CHECKING:
    from mye_tiktok.db.order_changes import PastChange
    from mye_tiktok.domain.json import Json
    from mye_tiktok.domain.money import Money
    from mye_tiktok.domain.order import Order, Package
    from mye_tiktok.tiktok.client import Page
    from mye_tiktok.tiktok.orders import FoundOrders

DONE = frozenset({"DELIVERED", "COMPLETED", "CANCELLED"})


def order_json(found: "FoundOrders", built: "Json | None" = None, *, alone: bool) -> dict[str, object]:
    """Return orders as TikTok sent them: one under `order`, several under `orders`, and which are `missing`.

    `built` is how the price of the one order came about.
    """
    raw = [json.loads(order.raw) for order in found.orders]
    if alone:
        prices = {} if built is None else {"price_detail": built}
        return {"order": raw[0], **prices} if raw else {"order": None, "missing": list(found.missing)}
    return {"orders": raw, "missing": list(found.missing)}


def print_page(page: "Page") -> None:
    """Print a table of the orders of a page, and how to get the next one."""
    from mye_tiktok.tiktok.order_parser import parse_order

    _print_table([parse_order(item) for item in page.items])
    if page.total is not None:
        note(f"{len(page.items)} of {page.total} orders")
    if page.token:
        note(f"next page: --page-token '{page.token}'")


def print_orders(
    found: "FoundOrders", past: Sequence["PastChange"], built: "Json | None", *, now: datetime, alone: bool
) -> None:
    """Print one order in full or several as a table, and name those that are missing."""
    if alone and found.orders:
        _print_order(found.orders[0], past, now)
        _section("price", _prices(built or {}))
    elif found.orders:
        _print_table(found.orders)
    for order_id in found.missing:
        note(f"TikTok has no order {order_id}")


def _print_table(orders: Sequence["Order"]) -> None:
    table(
        ("ORDER", "STATUS", "KIND", "UNITS", "TOTAL", "CREATED", "CHANGED"),
        [
            (
                order.order_id,
                order.status,
                order.kind,
                len(order.units),
                _money(order.totals.total),
                order.created_at,
                order.updated_at,
            )
            for order in orders
        ],
        empty="no order matches",
    )


def _print_order(order: "Order", past: Sequence["PastChange"], now: datetime) -> None:
    say(f"{order.order_id}  {order.status or 'status unknown'}  {', '.join(order.kinds)}")
    for remark in _remarks(order):
        say(remark)
    say("")
    table(
        ("UNITS", "SKU", "SELLER SKU", "PRICE", "STATUS", "PACKAGES", "PRODUCT"),
        [
            (
                line.quantity,
                line.sku_id,
                line.seller_sku,
                _money(line.unit_price),
                line.status,
                ", ".join(line.package_ids),
                f"{line.product_name} ({line.variant})" if line.variant else line.product_name,
            )
            for line in order.lines
        ],
        empty="no lines",
    )
    for title, lines in (
        ("totals", _totals(order)),
        ("packages", [_package(package) for package in order.packages]),
        ("ships to", _recipient(order)),
        ("deadlines", _deadlines(order, now)),
        ("what happened", _timeline(order, past)),
    ):
        _section(title, lines)


def _section(title: str, lines: Sequence[str]) -> None:
    if lines:
        say(f"\n{title}")
        for line in lines:
            say(f"  {line}")


def _remarks(order: "Order") -> Iterable[str]:
    if order.is_on_hold:
        yield "on hold: it may still be cancelled freely and must not be shipped"
    if order.cancellation_requested:
        yield "the buyer asked to cancel it"
    if order.cancel_reason:
        yield f"cancelled: {order.cancel_reason}"
    if order.related_order_id:
        yield f"follows order {order.related_order_id}"
    if order.buyer_message:
        yield f"buyer's message: {order.buyer_message}"


def _totals(order: "Order") -> list[str]:
    totals = order.totals
    named = {each.name: getattr(totals, each.name) for each in fields(totals) if each.name != "other"}
    amounts = {name: amount for name, amount in named.items() if amount is not None}
    return [f"{name.replace('_', ' '):<22} {_money(amount)}" for name, amount in amounts.items()]


def _prices(built: "Json") -> list[str]:
    names = {name: amount for name, amount in built.items() if isinstance(amount, str) and name != "currency"}
    return [f"{name.replace('_', ' '):<40} {amount} {built.get('currency', '')}" for name, amount in names.items()]


def _package(package: "Package") -> str:
    tracking = package.tracking_number or "not shipped"
    words = [package.package_id, package.status, package.provider_name, tracking]
    return "  ".join(filter(None, words)) + f"  ({len(package.line_item_ids)} units)"


def _recipient(order: "Order") -> list[str]:
    to = order.recipient
    if to.empty:
        return ["TikTok does not tell"]
    lines = [to.name, to.phone, to.full_address or ", ".join(filter(None, [*to.lines, to.post_town])), to.postal_code]
    return [*filter(None, lines), *(["(partly hidden by TikTok)"] if to.masked else [])]


def _deadlines(order: "Order", now: datetime) -> list[str]:
    told = {name: getattr(order.deadlines, name) for name in MEANINGS}
    known = sorted((time, MEANINGS[name]) for name, time in told.items() if time is not None)
    return [f"{time:%Y-%m-%d %H:%M} UTC  {words}{_left(order, time, now)}" for time, words in known]


def _left(order: "Order", time: datetime, now: datetime) -> str:
    """Say how many hours are left; of an order that is done nobody asks."""
    if order.status in DONE:
        return ""
    hours = (time - now).total_seconds() / 3600
    return f", {hours:.0f} h left" if hours >= 0 else f", {-hours:.0f} h ago"


def _timeline(order: "Order", past: Sequence["PastChange"]) -> list[str]:
    """Return what TikTok says happened, and each change as it reached us."""
    reached = {"created": order.created_at} | {
        each.name.replace("_", " "): getattr(order.milestones, each.name) for each in fields(order.milestones)
    }
    moments = [(time, f"{name} (TikTok)") for name, time in reached.items() if time is not None]
    moments += [(change.updated_at or change.seen_at, _change(change)) for change in past]
    return [f"{time:%Y-%m-%d %H:%M:%S} UTC  {words}" for time, words in sorted(moments)]


def _change(change: "PastChange") -> str:
    step = change.status if change.previous_status in (None, change.status) else ""
    step = step or f"{change.previous_status} to {change.status}"
    about = "" if change.topic in ("", "ORDER_STATUS_CHANGE") else f", {change.topic}"
    return f"version {change.version}: {step}{about} (by {change.source}, seen {change.seen_at:%Y-%m-%d %H:%M:%S})"


def _money(amount: "Money | None") -> str:
    return f"{amount.amount:f} {amount.currency}" if amount else ""
