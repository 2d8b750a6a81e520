"""The orders of a shop from before the sandbox was started: what each pattern of them went through."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.book import Book, Query, Window
from mye_tiktok.sandbox.order_content import Order, Stall, Traits, buyer_id, new_order
from mye_tiktok.sandbox.order_states import DAY, HOLDING, HOUR, Who, copied, move
from mye_tiktok.sandbox.series import PATTERNS, Run, Series, Stage

FIRST_ID, SHOP_STRIDE = 570_000_000_000_000_000, 10**13
# as many orders of one buyer in a row, and as many buyers
REPEATED, BUYERS = 2, 997
MINUTE = 60

PAID, PACKED, PARTLY, SENT = "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION"
QUICK = (("UNPAID", 0), (PAID, 3 * MINUTE), (SENT, 5 * HOUR), ("IN_TRANSIT", 11 * HOUR), ("DELIVERED", 2 * DAY))
NORMAL = (("UNPAID", 0), (PAID, 10 * MINUTE), (SENT, 20 * HOUR), ("IN_TRANSIT", 30 * HOUR), ("DELIVERED", 4 * DAY))
SLOW = (("UNPAID", 0), (PAID, HOUR), (SENT, 3 * DAY), ("IN_TRANSIT", 5 * DAY), ("DELIVERED", 13 * DAY))
LATE = (("UNPAID", 0), (PAID, 5 * MINUTE), (SENT, 11 * DAY), ("IN_TRANSIT", 15 * DAY))
SPLIT = (("UNPAID", 0), (PAID, 2 * MINUTE), (PARTLY, 8 * HOUR), (SENT, 9 * DAY), ("IN_TRANSIT", 12 * DAY))
LOST = (*NORMAL[:4], ("CANCELLED", 12 * DAY))
OVERDUE = (("UNPAID", 0), ("CANCELLED", 2 * DAY))
ASKED = (("UNPAID", 0), (PAID, 4 * MINUTE), ("ASKED", 3 * HOUR), ("CANCELLED", 2 * DAY + 3 * HOUR))
REGRETTED = (("UNPAID", 0), (PAID, 2 * MINUTE), ("CANCELLED", 30 * MINUTE))
SOLD_OUT = (("UNPAID", 0), (PAID, 6 * MINUTE), ("CANCELLED", DAY))
DONE = ("COMPLETED", 9 * DAY)


class Pattern(NamedTuple):
    """What the orders of one pattern have in common. `who` cancels."""

    times: tuple[tuple[str, int], ...]
    kind: str = "normal"
    shipping: str = "TIKTOK"
    fulfilled: bool = False
    who: Who = "SYSTEM"


ORDERS = (
    *(Pattern((*QUICK, DONE)), Pattern((*NORMAL, ("COMPLETED", 11 * DAY)), shipping="SELLER"), Pattern(SLOW)),
    *(Pattern(SPLIT), Pattern(ASKED, who="BUYER"), Pattern(LATE, "pre_order"), Pattern(OVERDUE)),
    *(Pattern((*QUICK, DONE), fulfilled=True), Pattern(NORMAL, "sample"), Pattern(SLOW, shipping="SELLER")),
    *(Pattern(SOLD_OUT, who="SELLER"), Pattern(NORMAL, "replacement"), Pattern(SPLIT, shipping="SELLER")),
    *(Pattern(REGRETTED, who="BUYER"), Pattern(LATE, "made_to_order"), Pattern(QUICK, "subscription")),
    *(Pattern((*NORMAL, ("COMPLETED", 12 * DAY))), Pattern(ASKED, shipping="SELLER", who="BUYER")),
    *(Pattern(SLOW, fulfilled=True), Pattern(QUICK, "exchange"), Pattern(LOST), Pattern(LATE, shipping="SELLER")),
    *(Pattern((*QUICK, DONE), shipping="SELLER"), Pattern(NORMAL), Pattern(LATE, "back_order"), Pattern(QUICK)),
    *(Pattern(NORMAL, "lottery"), Pattern(SLOW), Pattern(SPLIT, fulfilled=True), Pattern(OVERDUE, shipping="SELLER")),
    *(Pattern((*NORMAL, ("COMPLETED", 14 * DAY))), Pattern(QUICK, shipping="SELLER")),
)
assert len(ORDERS) == PATTERNS  # noqa: S101 - a table and its size


def stages(pattern: Pattern, region: str) -> Sequence[Stage]:
    """Return what the orders of a pattern go through in a market; with ON_HOLD for an hour, or without."""
    held = HOUR if region in HOLDING else 0
    return tuple(_stages(pattern, held))


def order_book(stall: Stall, *, count: int, seed: int, number: int, beginning: int) -> Book[Order]:
    """Return the orders of shop `number`, of which `count` are from before `beginning`."""
    series = Series(
        count=count if stall.size else 0,
        seed=seed,
        beginning=beginning,
        first_id=FIRST_ID + number * SHOP_STRIDE,
        stages=[stages(pattern, stall.region) for pattern in ORDERS],
    )
    return Book(series, lambda slot: past_order(stall, series, slot))


def past_order(stall: Stall, series: Series, slot: int) -> Order:
    """Return the order in a slot as it was found."""
    pattern, placed = ORDERS[series.pattern(slot)], series.placed(slot)
    count = 3 if pattern.times is SPLIT else 0
    order = new_order(stall, series.item_id(slot), placed, traits(series, slot), count=count)
    entry = copied(order.entry)
    for stage in series.history(slot)[1:]:
        if stage.asked:
            entry["is_buyer_request_cancel"], entry["request_cancel_time"] = True, placed + stage.after
            entry["update_time"] = placed + stage.after
        else:
            move(entry, stage.status, placed + stage.after, stall.region, who=pattern.who)
    return Order(entry=_thinned(entry, slot), recipient=order.recipient)


def traits(series: Series, slot: int) -> Traits:
    """Return what is settled about the order in a slot."""
    pattern = ORDERS[series.pattern(slot)]
    return Traits(
        kind=pattern.kind,
        shipping=pattern.shipping,
        fulfilled_by_tiktok=pattern.fulfilled,
        warehouse=series.pattern(slot) // 3,
        buyer=slot // REPEATED % BUYERS,
    )


def slots_of_buyer(user_id: str, stall: Stall, series: Series) -> Iterator[int]:
    """Yield the slots of the orders of a buyer."""
    buyer = int(user_id) - int(buyer_id(stall, 0)) if user_id.isdecimal() else -1
    if not 0 <= buyer < BUYERS or not series.slots:
        return
    length = REPEATED * BUYERS
    first = series.slots.start - series.slots.start % length + buyer * REPEATED
    for start in range(first, series.slots.stop, length):
        yield from range(start, start + REPEATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What a search asks of an order beside the window; empty and None ask for nothing."""

    status: str = ""
    shipping_type: str = ""
    buyer_user_id: str = ""
    buyer_asked: bool | None = None
    warehouse_ids: tuple[str, ...] = ()

    def query(self, window: Window, stall: Stall, series: Series) -> Query[Order]:
        """Return the search in a shop's orders."""
        return Query(
            window=window,
            key=self,
            fits=lambda order: self._fits(order.entry),
            admits=lambda run: self._admits(run, stall),
            slots=slots_of_buyer(self.buyer_user_id, stall, series) if self.buyer_user_id else None,
        )

    def _fits(self, entry: Json) -> bool:
        return (
            (not self.status or entry.get("status") == self.status)
            and (not self.shipping_type or entry.get("shipping_type") == self.shipping_type)
            and (not self.buyer_user_id or entry.get("user_id") == self.buyer_user_id)
            and (self.buyer_asked is None or bool(entry.get("is_buyer_request_cancel")) == self.buyer_asked)
            and (not self.warehouse_ids or entry.get("warehouse_id") in self.warehouse_ids)
        )

    def _admits(self, run: Run, stall: Stall) -> bool:
        pattern = ORDERS[run.pattern]
        passed = stages(pattern, stall.region)[: run.stage + 1]
        warehouse = stall.warehouse_ids[run.pattern // 3 % len(stall.warehouse_ids)] if stall.warehouse_ids else ""
        return (
            (not self.status or passed[-1].status == self.status)
            and (not self.shipping_type or pattern.shipping == self.shipping_type)
            and (self.buyer_asked is None or any(stage.asked for stage in passed) == self.buyer_asked)
            and (not self.warehouse_ids or warehouse in self.warehouse_ids)
        )


def _stages(pattern: Pattern, held: int) -> Iterable[Stage]:
    for status, after in pattern.times:
        if status == PAID:
            if held:
                yield Stage(PAID, after)
            if not (held and pattern.times is REGRETTED):
                yield Stage(PACKED, after + held)
        elif status == "ASKED":
            yield Stage(PACKED, after, asked=True)
        else:
            yield Stage(status, after)


def _thinned(entry: Json, slot: int) -> Json:
    """Leave out now and then what live answers leave out."""
    if slot % 11 == 0 and not entry.get("packages"):
        entry.pop("packages", None)
    return entry
