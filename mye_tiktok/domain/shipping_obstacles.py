"""Why an order, or some units of it, can't be shipped now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from mye_tiktok.domain.order import CANCELLED, ON_HOLD, Order
from mye_tiktok.domain.order import Package as OrderPackage
from mye_tiktok.domain.order_lines import Unit
from mye_tiktok.domain.package import Package

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {"FULFILLMENT_BY_TIKTOK": "TikTok", "FULFILLMENT_BY_DILAYANI_TOKOPEDIA": "Tokopedia"}
)
"""Who fulfils in place of the seller."""
DIGITAL = "TIKTOK_DIGITAL"
WAITING = frozenset({"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"})
"""The states in which there is something to ship."""
SHIPPED = frozenset({"AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED"})
REJECTS_CANCELLATIONS = "US"
"""Where shipping rejects a buyer's pending wish to cancel; elsewhere TikTok refuses to ship."""
CORRECTION = "mye-tiktok ship update {package} --tracking NUMBER --provider ID"
ANSWER_FIRST = (
    "`mye-tiktok orders cancellations list --order {order}` shows the request; approve it, or reject it and ship then"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why something is not sent to TikTok: a word for programs, a sentence, and what to do."""

    code: str
    message: str
    hint: str

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.code == "already-shipped"


def waits_for_seller(order: Order) -> bool:
    """Tell whether the seller has yet to ship something of it."""
    return order.status in WAITING and order.fulfillment_type not in ELSEWHERE and order.shipping_type != DIGITAL


def obstacle(order: Order, region: str, *, line_item_ids: Sequence[str] = ()) -> Obstacle | None:
    """Return why the order, or these units of it, can't be shipped now; None when they can.

    A state that we don't know is no obstacle: TikTok decides.
    """
    return _never(order) or _of_state(order) or _of_cancellation(order, region) or _of_units(order, line_item_ids)


def open_units(order: Order) -> tuple[Unit, ...]:
    """Return the units that are neither shipped nor cancelled."""
    return tuple(unit for unit in order.units if not _is_shipped(order, unit) and unit.status != CANCELLED)


def lines_needed(order: Order) -> Obstacle | None:
    """Return why an order can't be marked as shipped without naming line items: what is left is in several packages."""
    left = {unit.package_id for unit in open_units(order)}
    if len(left) < 2:
        return None
    words = f"what is left to ship of order {order.order_id} is in {len(left)} packages"
    return _say("lines-needed", words, "name the line items that go out with this number")


def package_obstacle(package: Package) -> Obstacle | None:
    """Return why a package can't be shipped now; None when it can."""
    if package.status == "CANCELLED":
        return Obstacle(
            code="cancelled",
            message=f"package {package.package_id} is cancelled",
            hint="nothing has to be shipped",
        )
    if package.status in {"PROCESSING", "FULFILLING", "COMPLETED"}:
        return Obstacle(
            code="already-shipped",
            message=f"package {package.package_id} was shipped before: it is {package.status}",
            hint=f"`mye-tiktok ship package {package.package_id}` shows its tracking number",
        )
    return None


def shipped_with(order: Order, tracking_number: str) -> tuple[OrderPackage, ...]:
    """Return the packages of the order that went out with this number: then shipping it again is done already."""
    wanted = tracking_number.strip().casefold()
    return tuple(one for one in order.packages if wanted and one.tracking_number.strip().casefold() == wanted)


def _never(order: Order) -> Obstacle | None:
    one = f"order {order.order_id}"
    if order.fulfillment_type in ELSEWHERE:
        who = ELSEWHERE[order.fulfillment_type]
        return _say("fulfilled-elsewhere", f"{one} is fulfilled by {who}", "nothing has to be shipped by you")
    if order.shipping_type == DIGITAL:
        return _say("digital", f"{one} is delivered digitally", "nothing has to be shipped")
    if order.is_cancelled:
        why = f": {order.cancel_reason}" if order.cancel_reason else ""
        return _say("cancelled", f"{one} is cancelled{why}", "nothing has to be shipped; keep the parcel back")
    return None


def _of_state(order: Order) -> Obstacle | None:
    one = f"order {order.order_id}"
    if order.status == "UNPAID":
        return _say("unpaid", f"{one} is not paid yet", "ship it once it is AWAITING_SHIPMENT")
    if order.status == ON_HOLD:
        hint = "TikTok releases it an hour after it was paid: ship it once it is AWAITING_SHIPMENT"
        return _say("on-hold", f"{one} is on hold and may still be cancelled freely", hint)
    if order.status in SHIPPED:
        return _say("already-shipped", f"{one} was shipped before: {_how(order)}", _correct(order))
    return None


def _of_cancellation(order: Order, region: str) -> Obstacle | None:
    if not order.cancellation_requested or region.upper() == REJECTS_CANCELLATIONS:
        return None
    words = f"the buyer of order {order.order_id} asked to cancel it, and nobody answered yet"
    return _say("cancellation-pending", words, ANSWER_FIRST.format(order=order.order_id))


def _of_units(order: Order, line_item_ids: Sequence[str]) -> Obstacle | None:
    if not order.units:
        return None
    known = {unit.line_item_id: unit for unit in order.units}
    foreign = [one for one in line_item_ids if one not in known]
    if foreign:
        hint = f"`mye-tiktok orders get {order.order_id} --json` lists its line items"
        return _say("no-line-item", f"order {order.order_id} has no line item {', '.join(foreign)}", hint)
    gone = {unit.line_item_id for unit in order.units} - {unit.line_item_id for unit in open_units(order)}
    wanted = list(line_item_ids) or list(known)
    if set(wanted) <= gone:
        words = f"nothing is left to ship of order {order.order_id}: {_how(order)}"
        return _say("already-shipped", words, _correct(order))
    taken = [one for one in line_item_ids if one in gone]
    if taken:
        words = f"line item {', '.join(taken)} of order {order.order_id} is shipped or cancelled"
        return _say("line-item-gone", words, "leave it out")
    return None


def _is_shipped(order: Order, unit: Unit) -> bool:
    """TikTok may give its own parcels a number before they are shipped; a seller's number comes with shipping."""
    if unit.status in SHIPPED:
        return True
    numbered = bool(unit.tracking_number.strip())
    return numbered and (order.shipping_type == "SELLER" or unit.status not in WAITING)


def _how(order: Order) -> str:
    numbers = ", ".join(dict.fromkeys(one.tracking_number for one in order.packages if one.tracking_number))
    return f"it is {order.status}" + (f" with tracking number {numbers}" if numbers else "")


def _correct(order: Order) -> str:
    if order.shipping_type != "SELLER":
        return f"its number is TikTok's own; `mye-tiktok ship track {order.order_id}` shows where it is"
    package = order.packages[0].package_id if len(order.packages) == 1 else "PACKAGE_ID"
    return f"to correct its number: `{CORRECTION.format(package=package)}`"


def _say(code: str, message: str, hint: str) -> Obstacle:
    return Obstacle(code=code, message=message, hint=hint)
