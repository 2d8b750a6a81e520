"""What to do about a shipment that somebody wants, as its order and packages are now: stop, wait, or which call."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from mye_tiktok.domain.order import Order
from mye_tiktok.domain.order import Package as OrderPackage
from mye_tiktok.domain.package import Package
from mye_tiktok.domain.shipment import Outcome, Shipment
from mye_tiktok.domain.shipping_choice import ShippingCall, choose, command, needs_tracking, wrong_call
from mye_tiktok.domain.shipping_obstacles import (
    Obstacle,
    lines_needed,
    obstacle,
    open_units,
    package_obstacle,
    shipped_with,
)

HELD_FOR = timedelta(hours=1)
"""How long after it was paid TikTok holds an order back."""
LOOK_AGAIN = timedelta(minutes=15)
DONE_BEFORE = "it stands at TikTok like that already"
Act = ShippingCall | Literal["update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What TikTok says of a shipment now: its orders, and its package where it has one that can be told."""

    orders: tuple[Order, ...] = ()
    package: Package | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The call to make. `remarks` say what else it concerns, such as the other orders of a combined package."""

    act: Act
    order_id: str
    package_id: str
    line_item_ids: tuple[str, ...]
    by_seller: bool
    delivery_option_id: str
    remarks: tuple[str, ...] = ()


def decide(wanted: Shipment, facts: Facts, region: str, *, now: datetime) -> Outcome | Step:
    """Return what became of it already, why it is not to be sent, or the call that does it."""
    if done := fulfilled(wanted, facts):
        return done if wanted.state == "sent" else _done_before(wanted, facts, done)
    if missing := _missing(wanted, facts):
        return _stopped(missing)
    step = _correction(facts) if wanted.kind == "update" else _shipping(wanted, facts, region)
    if isinstance(step, Step):
        return step
    if step.code == "on-hold":
        paid = facts.orders[0].milestones.paid
        release = paid + HELD_FOR if paid else now
        return replace(_stopped(step), state="pending", retry_at=max(release, now + LOOK_AGAIN))
    return _stopped(step)


def fulfilled(wanted: Shipment, facts: Facts) -> Outcome | None:
    """Return that it is done already, with the packages; None when it is not."""
    order, package = (facts.orders[0] if facts.orders else None), facts.package
    if wanted.kind == "update":
        return _done([package.package_id]) if package and _carries(package, wanted) else None
    if wanted.package_id:
        if package is None or package.waits or package.status == "CANCELLED":
            return None
        return _done([package.package_id]) if _numbered(package, wanted) else None
    if order is None or order.is_cancelled or _left(order, wanted):
        return None
    if not wanted.tracking_number:
        shipped = obstacle(order, "", line_item_ids=wanted.line_item_ids)
        return _done([one.package_id for one in order.packages]) if shipped and shipped.is_done else None
    found = [
        one
        for one in shipped_with(order, wanted.tracking_number)
        if not wanted.line_item_ids or not one.line_item_ids or set(one.line_item_ids) & set(wanted.line_item_ids)
    ]
    return _done([one.package_id for one in found]) if found else None


def _missing(wanted: Shipment, facts: Facts) -> Obstacle | None:
    if wanted.package_id and facts.package is None:
        return _say(
            "no-package",
            f"TikTok has no package {wanted.package_id} in channel {wanted.channel_uid}",
            "`mye-tiktok ship packages` shows the packages there are",
        )
    if not facts.orders and wanted.kind != "update":
        return _say(
            "no-order",
            f"TikTok does not know the order of {wanted.subject} in channel {wanted.channel_uid}",
            "`mye-tiktok orders list` shows the orders there are",
        )
    return None


def _correction(facts: Facts) -> Obstacle | Step:
    package = facts.package
    if package is None:
        return _say("no-package", "there is no package", "`mye-tiktok ship packages` shows the packages there are")
    name = f"package {package.package_id}"
    if package.status == "CANCELLED":
        return _say("cancelled", f"{name} is cancelled", "there is no number to correct")
    if package.waits:
        order = facts.orders[0] if facts.orders else None
        hint = f"ship it first: `{command('ship_package', order)}`" if order else "ship it first"
        return _say("not-shipped", f"{name} is not shipped yet, so it has no number to correct", hint)
    if package.shipping_type not in ("SELLER", ""):
        words = f"{name} is shipped by TikTok: only the seller's own shipping can be corrected"
        return _say("wrong-call", words, f"`mye-tiktok ship package {package.package_id}` shows it")
    option = package.delivery_option_id or (facts.orders[0].delivery_option_id if facts.orders else "")
    return Step(
        act="update",
        order_id=package.order_ids[0] if package.order_ids else "",
        package_id=package.package_id,
        line_item_ids=(),
        by_seller=True,
        delivery_option_id=option,
        remarks=_remarks(package),
    )


def _shipping(wanted: Shipment, facts: Facts, region: str) -> Obstacle | Step:
    order, package = facts.orders[0], facts.package
    if wanted.package_id and package is not None and (against := package_obstacle(package)):
        return against
    act = _act(wanted, order, region)
    wrong = wrong_call(act, order, region)
    for one in facts.orders:
        if against := obstacle(one, region, line_item_ids=_lines_of(one, wanted, package)):
            # what only waits would be refused in the end
            return wrong if wrong and against.code == "on-hold" else against
    if wrong:
        return wrong
    if against := _of_tracking(wanted, act, order):
        return against
    if (
        act == "mark_shipped"
        and not wanted.package_id
        and not wanted.line_item_ids
        and (against := lines_needed(order))
    ):
        return against
    return _step(wanted, act, facts)


def _step(wanted: Shipment, act: ShippingCall, facts: Facts) -> Obstacle | Step:
    order, package = facts.orders[0], facts.package
    if act == "ship_package" and package is None:
        words = f"order {order.order_id} has {len(order.packages)} packages: which one is meant is not said"
        ids = ", ".join(one.package_id for one in order.packages) or "none yet; TikTok makes it after the payment"
        return _say("package-needed", words, f"give the package in place of the order: {ids}")
    lines = wanted.line_item_ids
    if act != "ship_package" and wanted.package_id and package is not None and package.is_split:
        lines = tuple(one for one in package.line_item_ids)
    return Step(
        act=act,
        order_id=order.order_id,
        package_id=package.package_id if package is not None else "",
        line_item_ids=lines if act != "ship_package" else (),
        by_seller=order.shipping_type == "SELLER",
        delivery_option_id=order.delivery_option_id or (package.delivery_option_id if package else ""),
        remarks=_remarks(package),
    )


def _act(wanted: Shipment, order: Order, region: str) -> ShippingCall:
    match wanted.kind:
        case "mark_shipped":
            return "mark_shipped"
        case "arrange":
            return "ship_package"
        case "create":
            return "buy_label"
    usual = choose(order, region)
    # a tracking number for what TikTok ships: the refusal names the command that does it
    return "mark_shipped" if not needs_tracking(usual, order) else usual


def _of_tracking(wanted: Shipment, act: ShippingCall, order: Order) -> Obstacle | None:
    if needs_tracking(act, order):
        if wanted.tracking_number:
            return None
        words = f"order {order.order_id} is shipped by the seller: it needs a tracking number and its carrier"
        return _say("tracking-needed", words, f"`{command(act, order)}`")
    if wanted.tracking_number:
        words = f"order {order.order_id} is shipped by TikTok, which gives it a tracking number of its own"
        return _say("tracking-not-yours", words, f"`{command(act, order)}`")
    return None


def _lines_of(order: Order, wanted: Shipment, package: Package | None) -> Sequence[str]:
    if wanted.line_item_ids or not wanted.package_id or package is None:
        return wanted.line_item_ids
    return [unit.line_item_id for unit in order.units if unit.line_item_id in package.line_item_ids]


def _left(order: Order, wanted: Shipment) -> bool:
    """Tell whether a unit that is meant is still to be shipped; of an order without units the status tells."""
    waits = {unit.line_item_id for unit in open_units(order)}
    named = waits & set(wanted.line_item_ids) if wanted.line_item_ids else waits
    shipped = obstacle(order, "")
    return bool(named) and not (shipped is not None and shipped.is_done)


def _done_before(wanted: Shipment, facts: Facts, done: Outcome) -> Outcome:
    if other := _other_carrier(wanted, facts, done.package_ids):
        return _stopped(other)
    return replace(done, code="already-shipped", message=DONE_BEFORE)


def _other_carrier(wanted: Shipment, facts: Facts, package_ids: Sequence[str]) -> Obstacle | None:
    """Return that a number went out with another carrier than the one that is wanted, as far as TikTok names it."""
    order = facts.orders[0] if facts.orders else None
    if not wanted.tracking_number or order is None or order.shipping_type == "TIKTOK":
        return None
    known = [facts.package] if wanted.package_id and facts.package else order.packages
    for one in known:
        is_known = one.provider_id or one.provider_name.strip()
        if one.package_id in package_ids and is_known and not _is_carrier(one, wanted):
            name = one.provider_name.strip() or one.provider_id
            words = f"{wanted.subject} is shipped with this number by {name}, not {wanted.provider}"
            number, carrier = shlex.quote(wanted.tracking_number), shlex.quote(wanted.provider)
            typed = f"mye-tiktok ship update {one.package_id} --tracking {number} --provider {carrier}"
            hint = f"to correct its carrier: `{typed}`"
            return _say("other-carrier", words, hint)
    return None


def _carries(package: Package, wanted: Shipment) -> bool:
    same = package.tracking_number.strip().casefold() == wanted.tracking_number.casefold()
    return same and _is_carrier(package, wanted)


def _is_carrier(package: Package | OrderPackage, wanted: Shipment) -> bool:
    named = wanted.provider.strip().casefold()
    return not named or named in {package.provider_id, package.provider_name.strip().casefold()}


def _numbered(package: Package, wanted: Shipment) -> bool:
    number = wanted.tracking_number.casefold()
    return not number or package.tracking_number.strip().casefold() == number


def _remarks(package: Package | None) -> tuple[str, ...]:
    if package is None:
        return ()
    if package.is_combined:
        orders = ", ".join(package.order_ids)
        return (f"package {package.package_id} is combined: it ships {len(package.order_ids)} orders: {orders}",)
    if package.is_split:
        number = len(package.line_item_ids)
        return (f"package {package.package_id} is split: it ships {number} line item(s) of its order only",)
    return ()


def _done(package_ids: Sequence[str]) -> Outcome:
    return Outcome(state="shipped", package_ids=tuple(dict.fromkeys(one for one in package_ids if one)))


def _stopped(against: Obstacle) -> Outcome:
    return Outcome(state="refused", code=against.code, message=against.message, hint=against.hint)


def _say(code: str, message: str, hint: str) -> Obstacle:
    return Obstacle(code=code, message=message, hint=hint)
