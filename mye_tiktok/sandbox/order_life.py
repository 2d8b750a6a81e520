"""Orders with a life of their own: placed at a rate, and moved on by the sandbox's clock as orders usually are."""

import heapq
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.case_desk import CaseDesk, Decision, book
from mye_tiktok.sandbox.cases import Case, following
from mye_tiktok.sandbox.order_content import KINDS
from mye_tiktok.sandbox.order_desk import Moment, OrderDesk
from mye_tiktok.sandbox.order_states import DAY, FINAL, HOUR, open_lines
from mye_tiktok.sandbox.shops import Shop

MINUTE = 60
# out of a hundred orders
FATES = (*("normal",) * 78, *("overdue",) * 6, *("asked",) * 6, *("split",) * 6, *("returned",) * 4)
LIFE_KINDS = (*("normal",) * 24, *KINDS)
# by state: the shortest and the longest time that an order stays in it, in seconds
STAYS = {
    "UNPAID": (MINUTE, 20 * MINUTE),
    "ON_HOLD": (HOUR, HOUR),
    "AWAITING_SHIPMENT": (2 * HOUR, 20 * HOUR),
    "PARTIALLY_SHIPPING": (6 * HOUR, DAY),
    "AWAITING_COLLECTION": (4 * HOUR, 12 * HOUR),
    "IN_TRANSIT": (DAY, 4 * DAY),
    "DELIVERED": (7 * DAY, 8 * DAY),
}


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    happen: Callable[[float], None] = field(compare=False)


@dataclass(slots=True)
class _Stream:
    rate: float
    until: float | None
    speed: float


class Life:
    """What is due when. Nothing happens but in `tick`, and there at the time it was due, however late `tick` comes."""

    def __init__(self, orders: OrderDesk, cases: CaseDesk) -> None:
        self._orders, self._cases = orders, cases
        self._due: list[_Due] = []
        self._streams: dict[str, _Stream] = {}
        self._numbers = 0
        self._lock = threading.RLock()
        self._ticking = threading.Lock()
        cases.watchers.append(self._set_alarm)

    def let_live(self, shop: Shop, rate_per_minute: float, *, until: Moment | None = None, speed: float = 1.0) -> None:
        """Place orders at a rate from now on, until a time or without end; 0 places no more.

        speed: how many times faster than usual they are paid, shipped, delivered. Raises ValueError below 0.
        """
        if rate_per_minute < 0 or speed <= 0:
            raise ValueError("a rate is 0 or more, a speed more than 0")
        end = None if until is None else self._orders.moment(until)
        stream = _Stream(rate_per_minute, end, speed)
        self._streams[shop.shop_id] = stream
        if rate_per_minute:
            self.schedule(self._orders.world.now + MINUTE / rate_per_minute, lambda at: self._place(shop, stream, at))

    def tick(self) -> int:
        """Let happen what is due by now, in order; returns how many things that were."""
        if not self._due or not self._ticking.acquire(blocking=False):
            return 0
        try:
            happened = 0
            while (due := self._pop()) is not None:
                due.happen(due.at)
                happened += 1
            return happened
        finally:
            self._ticking.release()

    def _pop(self) -> _Due | None:
        with self._lock:
            if self._due and self._due[0].at <= self._orders.world.now:
                return heapq.heappop(self._due)
            return None

    def schedule(self, at: float, happen: Callable[[float], None]) -> None:
        """Let something happen at a time."""
        with self._lock:
            self._numbers += 1
            heapq.heappush(self._due, _Due(at, self._numbers, happen))

    def _place(self, shop: Shop, stream: _Stream, at: float) -> None:
        if self._streams.get(shop.shop_id) is not stream or (stream.until is not None and at >= stream.until):
            return
        self.schedule(at + MINUTE / stream.rate, lambda later: self._place(shop, stream, later))
        die = random.Random(f"{shop.stall.seed}/life/{at}")  # noqa: S311 - a die, not a secret
        order_id = self._orders.place(shop, at=at, kind=die.choice(LIFE_KINDS))
        self._plan(shop, stream, order_id, die.choice(FATES), at)

    def _plan(self, shop: Shop, stream: _Stream, order_id: str, fate: str, at: float) -> None:
        """Set when the order moves on; if others have moved it by then, it goes on from there."""
        order = shop.orders.find(order_id)
        status = str(order.entry.get("status")) if order else ""
        if order is None or status not in STAYS:
            return

        def happen(then: float) -> None:
            now = shop.orders.find(order_id)
            if now is not None and now.entry.get("status") == status:
                self._move(shop, now.entry, fate, then)
            self._plan(shop, stream, order_id, fate, then)

        self.schedule(at + self._stay(order.entry, status, fate) / stream.speed, happen)

    def _stay(self, entry: Json, status: str, fate: str) -> float:
        if entry.get("is_buyer_request_cancel"):
            return 2 * DAY + MINUTE
        if fate == "asked" and status == "AWAITING_SHIPMENT" and not entry.get("request_cancel_time"):
            return 20 * MINUTE
        if fate == "returned" and status == "DELIVERED":
            return 2 * DAY
        if fate == "overdue" and status == "UNPAID":
            return DAY
        shortest, longest = STAYS[status]
        die = random.Random(f"{entry['id']}/{status}")  # noqa: S311 - a die, not a secret
        return die.uniform(shortest, longest)

    def _move(self, shop: Shop, entry: Json, fate: str, at: float) -> None:
        order_id, status = str(entry["id"]), entry["status"]
        if entry.get("is_buyer_request_cancel"):
            return
        if fate == "overdue" and status == "UNPAID":
            self._orders.advance(shop, order_id, "CANCELLED", at=at, who="SYSTEM")
        elif fate == "asked" and status == "AWAITING_SHIPMENT" and not entry.get("request_cancel_time"):
            self._cases.request_cancel(shop, order_id, at=at)
        elif fate == "split" and status == "AWAITING_SHIPMENT" and len(open_lines(entry)) > 1:
            self._orders.advance(shop, order_id, "PARTIALLY_SHIPPING", at=at)
        elif fate == "returned" and status == "DELIVERED":
            self._orders.advance(shop, order_id, "COMPLETED", at=at)
            self._cases.request_return(shop, order_id, "RETURN_AND_REFUND", at=at)
        else:
            self._orders.advance(shop, order_id, at=at)

    def _set_alarm(self, shop: Shop, case: Case) -> None:
        """Grant a request that nobody answers in time, and pay the refund of a cancellation after ten minutes."""
        actions = case.entry.get("seller_next_action_response") or []
        if actions and not case.recorded:
            self.schedule(actions[0]["deadline"], lambda at: self._grant(shop, case, at))
        elif case.topic == "cancellation" and case.status == "CANCELLATION_REQUEST_SUCCESS":
            self.schedule(case.updated + 10 * MINUTE, lambda at: self._grant(shop, case, at))

    def _grant(self, shop: Shop, case: Case, at: float) -> None:
        now = book(shop, case.topic).find(case.item_id)
        if now is None or now.status != case.status or now.updated != case.updated:
            return
        if case.topic == "return":
            self._cases.advance_return(shop, case.item_id, following(case)[0], at=at)
            return
        order = shop.orders.find(case.order_id)
        if order is None or (case.status.endswith("_PENDING") and order.entry.get("status") in FINAL):
            return
        decision: Decision = "approve" if case.status.endswith("_PENDING") else "complete"
        self._cases.settle_cancellation(shop, case.item_id, decision, at=at)
