"""The cancellations and returns of orders from before the sandbox was started, and searches for after-sales."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mye_tiktok.sandbox import cases
from mye_tiktok.sandbox.book import Book, Query, Window
from mye_tiktok.sandbox.cases import Case, Kind, Topic
from mye_tiktok.sandbox.order_content import Order, Stall
from mye_tiktok.sandbox.order_past import ORDERS, Pattern, slots_of_buyer, stages
from mye_tiktok.sandbox.order_states import DAY
from mye_tiktok.sandbox.series import Run, Series, Stage

FIRST_ID, SHOP_STRIDE = 4_030_000_000_000_000_000, 10**13
FIRST_IDS: Mapping[Topic, int] = {"cancellation": FIRST_ID, "return": FIRST_ID + 5 * 10**15}
COMING_BACK = ((cases.PENDING, 6), (cases.TO_SHIP, 7), (cases.SHIPPED, 9), (cases.SUCCESS, 10), (cases.COMPLETE, 11))
# by the pattern of the order: what is asked for, and after how many days which state is reached
RETURNS: Mapping[int, tuple[Kind, Sequence[tuple[str, int]]]] = {
    1: ("RETURN_AND_REFUND", COMING_BACK),
    15: ("REPLACEMENT", (("REPLACEMENT_REQUEST_PENDING", 3), ("REPLACEMENT_REQUEST_COMPLETE", 4))),
    16: ("REFUND", ((cases.PENDING, 5), (cases.REJECTED, 6))),
    19: ("EXCHANGE", (("EXCHANGE_REQUEST_PENDING", 3), ("EXCHANGE_REQUEST_COMPLETE", 8))),
}


def case_book(topic: Topic, stall: Stall, orders: Book[Order], *, seed: int, number: int, beginning: int) -> Book[Case]:
    """Return the cancellations or the returns of a shop's orders from before `beginning`."""
    passed = _cancellations(stall) if topic == "cancellation" else _returns()
    series = Series(
        count=len(orders.series.slots),
        seed=seed,
        beginning=beginning,
        first_id=FIRST_IDS[topic] + number * SHOP_STRIDE,
        stages=passed,
    )
    return Book(series, lambda slot: _case(topic, series, orders, slot))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a search for cancellations or returns asks beside the window; empty asks for nothing.

    others: fields of the entry that must be one of these values, which no generated case has.
    """

    ids: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()
    buyers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    others: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    def query(self, topic: Topic, window: Window, stall: Stall, orders: Series, cases_: Series) -> Query[Case]:
        """Return the search in a shop's cancellations or returns."""
        return Query(
            window=window,
            key=self,
            fits=self._fits,
            admits=lambda run: self._admits(topic, run, cases_),
            slots=self._slots(stall, orders, cases_) if self.ids or self.order_ids or self.buyers else None,
        )

    def _fits(self, case: Case) -> bool:
        return (
            (not self.ids or case.item_id in self.ids)
            and (not self.order_ids or case.order_id in self.order_ids)
            and (not self.buyers or case.buyer in self.buyers)
            and (not self.kinds or case.kind in self.kinds)
            and (not self.statuses or case.status in self.statuses)
            and all(case.entry.get(name) in values for name, values in self.others)
        )

    def _admits(self, topic: Topic, run: Run, cases_: Series) -> bool:
        kind = _cancel_type(ORDERS[run.pattern]) if topic == "cancellation" else RETURNS[run.pattern][0]
        return (
            not self.others
            and (not self.kinds or kind in self.kinds)
            and (not self.statuses or cases_.status(run) in self.statuses)
        )

    def _slots(self, stall: Stall, orders: Series, cases_: Series) -> Iterator[int]:
        """Yield each slot that every list of ids names."""
        named: list[set[int]] = []
        if self.ids:
            named.append({slot for slot in map(cases_.slot, self.ids) if slot is not None})
        if self.order_ids:
            named.append({slot for slot in map(orders.slot, self.order_ids) if slot is not None})
        if self.buyers:
            named.append({slot for buyer in self.buyers for slot in slots_of_buyer(buyer, stall, orders)})
        yield from set.intersection(*named)


def _cancellations(stall: Stall) -> Sequence[Sequence[Stage]]:
    return [tuple(_cancellation(stages(pattern, stall.region))) for pattern in ORDERS]


def _cancellation(passed: Sequence[Stage]) -> Iterator[Stage]:
    for stage in passed:
        if stage.asked:
            yield Stage(cases.CANCEL_PENDING, stage.after)
        elif stage.status == "CANCELLED":
            yield Stage(cases.CANCEL_COMPLETE, stage.after)


def _returns() -> Sequence[Sequence[Stage]]:
    def passed(pattern: int) -> Sequence[Stage]:
        return [Stage(status, days * DAY) for status, days in RETURNS[pattern][1]] if pattern in RETURNS else ()

    return [passed(pattern) for pattern in range(len(ORDERS))]


def _cancel_type(pattern: Pattern) -> str:
    return "BUYER_CANCEL" if any(status == "ASKED" for status, _ in pattern.times) else "CANCEL"


def _case(topic: Topic, series: Series, orders: Book[Order], slot: int) -> Case:
    order = orders.find(orders.series.item_id(slot))
    if order is None:
        raise LookupError(slot)
    first, *rest = series.history(slot)
    placed, case_id = series.placed(slot), series.item_id(slot)
    if topic == "cancellation":
        who = ORDERS[series.pattern(slot)].who
        case = cases.cancellation(case_id, order.entry, placed + first.after, status=first.status, who=who)
    else:
        kind = RETURNS[series.pattern(slot)][0]
        case = cases.return_case(case_id, order.entry, placed + first.after, kind)
    for stage in rest:
        case = case.moved(stage.status, placed + stage.after)
    return case
