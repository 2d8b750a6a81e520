"""What happens after a sale: orders are cancelled, returns asked for and decided; each change is announced."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mye_tiktok.sandbox import cases
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.book import Book, Window
from mye_tiktok.sandbox.cases import Case, Kind, Topic, cancellation, following, return_case
from mye_tiktok.sandbox.cases_past import CaseFilter
from mye_tiktok.sandbox.numbering import Numbering
from mye_tiktok.sandbox.order_desk import SHIPPING, Moment, OrderDesk
from mye_tiktok.sandbox.order_states import Who, cancel_lines, open_lines
from mye_tiktok.sandbox.shops import Shop

Decision = Literal["approve", "reject", "withdraw", "complete"]
FIRST_IDS: Mapping[Topic, int] = {"cancellation": 4_040_000_000_000_000_000, "return": 4_042_000_000_000_000_000}
DECISIONS: Mapping[str, str] = {
    "approve": cases.CANCEL_SUCCESS,
    "reject": cases.CANCEL_CANCEL,
    "withdraw": cases.CANCEL_CANCEL,
    "complete": cases.CANCEL_COMPLETE,
}
WEBHOOK_WORDS: Mapping[str, str] = {cases.CANCEL_CANCEL: "CANCELLATION_REQUEST_CANCELLED"}
RETURNABLE = frozenset({"AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED"})
REFUNDED = frozenset({cases.COMPLETE, "REPLACEMENT_REQUEST_REFUND_SUCCESS", "EXCHANGE_REQUEST_REFUND_SUCCESS"})


@dataclass(slots=True, kw_only=True)
class CaseDesk:
    """Opens and moves cancellations and returns, and the orders with them. Safe to use from many threads.

    watchers: told of each case that came or changed.
    """

    orders: OrderDesk
    watchers: list[Callable[[Shop, Case], None]] = field(default_factory=list)
    _numbers: dict[Topic, Numbering] = field(
        default_factory=lambda: {topic: Numbering(first) for topic, first in FIRST_IDS.items()}
    )

    def __post_init__(self) -> None:
        self.orders.watchers.append(self._follow)

    def shop_of(self, topic: Topic, case_id: str, shop_id: str = "") -> Shop:
        """Return the shop that has a cancellation or return; raises KeyError when none does."""
        for shop in self.orders.world.shops:
            if shop_id in {"", shop.shop_id} and book(shop, topic).find(case_id) is not None:
                return shop
        raise KeyError(case_id)

    def request_cancel(self, shop: Shop, order_id: str, *, at: Moment | None = None, reason: str = "") -> str:
        """Let the buyer ask to cancel, and return the cancellation's id.

        While an order is UNPAID or ON_HOLD nobody is asked: it is cancelled at once, with type CANCEL. Raises
        ValueError once it ships, and while a request is open.
        """
        moment = self.orders.moment(at)
        order = _found(shop, order_id)
        if order.get("status") in {"UNPAID", "ON_HOLD"}:
            self.orders.advance(shop, order_id, "CANCELLED", at=moment, who="BUYER", reason=reason)
            return self.of_order(shop, order_id)[-1].item_id

        def write(entry: Json) -> None:
            if entry.get("status") != "AWAITING_SHIPMENT":
                raise ValueError(f"the buyer of an order that is {entry.get('status')} cannot ask to cancel")
            if entry.get("is_buyer_request_cancel"):
                raise ValueError("the buyer has asked to cancel already")
            entry["is_buyer_request_cancel"], entry["request_cancel_time"] = True, moment
            entry["update_time"] = moment

        _, after = self.orders.change(shop, order_id, write)
        return self._open(shop, after, moment, status=cases.CANCEL_PENDING, who="BUYER", reason=reason)

    def settle_cancellation(
        self, shop: Shop, cancel_id: str, decision: Decision = "approve", *, at: Moment | None = None
    ) -> str:
        """Decide a request, or pay its refund; returns the state it is in then.

        approve: the order is CANCELLED. reject, withdraw: it goes on. complete: the money is back. Raises ValueError
        when the state of the request does not allow it.
        """
        if decision not in DECISIONS:
            raise ValueError(f"decision {decision!r} is not one of {', '.join(DECISIONS)}")
        case = self.move(shop, "cancellation", cancel_id, DECISIONS[decision], at=at)
        if shop.orders.find(case.order_id) is None:
            return case.status  # recorded without its order
        if decision == "approve":
            self.orders.advance(
                shop, case.order_id, "CANCELLED", at=at, who="BUYER", reason=case.entry["cancel_reason"]
            )
        if decision in {"reject", "withdraw"}:
            self._lower_flag(shop, case.order_id, at)
        return case.status

    def cancel_lines(self, shop: Shop, order_id: str, line_ids: Sequence[str], reason: str) -> Case:
        """Let the seller cancel units of an order; the last one takes the order with it.

        An order shipped in part of which nothing is left to ship has shipped.
        """
        moment = self.orders.moment(None)
        order = _found(shop, order_id)
        if {line["id"] for line in open_lines(order)} <= set(line_ids):
            self.orders.advance(shop, order_id, "CANCELLED", at=moment, who="SELLER", reason=reason)
            return self.of_order(shop, order_id)[-1]

        def write(entry: Json) -> None:
            cancel_lines(entry, line_ids, "SELLER", reason)
            entry["update_time"] = moment

        _, after = self.orders.change(shop, order_id, write)
        lines = list(line_ids)
        cancel_id = self._open(
            shop, after, moment, status=cases.CANCEL_SUCCESS, who="SELLER", reason=reason, lines=lines
        )
        waiting = [line for line in open_lines(after) if line.get("display_status") == "AWAITING_SHIPMENT"]
        if after.get("status") == "PARTIALLY_SHIPPING" and not waiting:
            self.orders.advance(shop, order_id, "AWAITING_COLLECTION", at=moment)
        return _case(shop, "cancellation", cancel_id)

    def request_return(
        self, shop: Shop, order_id: str, kind: Kind, *, at: Moment | None = None, lines: Sequence[str] | None = None
    ) -> str:
        """Let the buyer ask for a return of all units or of some, and return its id; raises ValueError too early."""
        if kind not in cases.KINDS:
            raise ValueError(f"kind {kind!r} is not one of {', '.join(cases.KINDS)}")
        order, moment = _found(shop, order_id), self.orders.moment(at)
        if order.get("status") not in RETURNABLE:
            raise ValueError(f"an order that is {order.get('status')} cannot be returned")
        case = return_case(self._numbers["return"].next(shop.number, moment), order, moment, kind, lines=lines)
        shop.returns.put(case)
        self._announce(shop, case)
        return case.item_id

    def advance_return(
        self, shop: Shop, return_id: str, status: str = "", *, at: Moment | None = None, **fields: object
    ) -> str:
        """Move a return on, the usual way unless `status` is given, and write fields on it; returns its state.

        A refund of everything completes the order.
        """
        case = self.move(shop, "return", return_id, status, at=at, **fields)
        if case.status in REFUNDED:
            self._complete(shop, case, at)
        return case.status

    def move(
        self, shop: Shop, topic: Topic, case_id: str, status: str = "", *, at: Moment | None = None, **fields: object
    ) -> Case:
        """Move a cancellation or return to a state that may follow; raises ValueError for any other."""
        with book(shop, topic).lock:
            case = _case(shop, topic, case_id)
            allowed = following(case)
            target = status or next(iter(allowed), "")
            if target not in allowed:
                known = ", ".join(allowed) or "nothing: it is final"
                raise ValueError(f"a {topic} that is {case.status} cannot become {target!r}; what may follow: {known}")
            moved = case.moved(target, self.orders.moment(at), **fields)
            book(shop, topic).put(moved)
        self._announce(shop, moved)
        return moved

    def of_order(self, shop: Shop, order_id: str) -> list[Case]:
        """Return the cancellations of an order, the earliest first."""
        series = shop.cancellations.series
        query = CaseFilter(order_ids=(order_id,)).query(
            "cancellation", Window(), shop.stall, shop.orders.series, series
        )
        found, _, _ = shop.cancellations.search(query, "create_time", 100, descending=False)
        return found

    def returns_of(self, shop: Shop, order_id: str) -> list[Case]:
        """Return the returns of an order, the earliest first."""
        query = CaseFilter(order_ids=(order_id,)).query(
            "return", Window(), shop.stall, shop.orders.series, shop.returns.series
        )
        found, _, _ = shop.returns.search(query, "create_time", 100, descending=False)
        return found

    def _open(
        self,
        shop: Shop,
        order: Json,
        at: int,
        *,
        status: str,
        who: Who,
        reason: str = "",
        lines: Sequence[str] | None = None,
    ) -> str:
        cancel_id = self._numbers["cancellation"].next(shop.number, at)
        case = cancellation(cancel_id, order, at, status=status, who=who, reason=reason, lines=lines)
        shop.cancellations.put(case)
        self._announce(shop, case)
        return cancel_id

    def _follow(self, shop: Shop, before: Json, after: Json) -> None:
        """Keep the cancellations of an order in step with its moves.

        An order that is cancelled has a cancellation; one that ships although the buyer asked, as the US have it,
        rejects the request.
        """
        status, order_id, at = after["status"], str(after["id"]), after["update_time"]
        if status == "CANCELLED":
            pending = [case for case in self.of_order(shop, order_id) if case.status == cases.CANCEL_PENDING]
            for case in pending:
                self.move(shop, "cancellation", case.item_id, cases.CANCEL_SUCCESS, at=at)
            if not pending and not before.get("is_buyer_request_cancel"):
                who, reason = after["cancellation_initiator"], after["cancel_reason"]
                lines = [line["id"] for line in open_lines(before)]
                self._open(shop, after, at, status=cases.CANCEL_SUCCESS, who=who, reason=reason, lines=lines)
        elif status in SHIPPING and after.get("is_buyer_request_cancel"):
            for case in self.of_order(shop, order_id):
                if case.status == cases.CANCEL_PENDING:
                    self.move(shop, "cancellation", case.item_id, cases.CANCEL_CANCEL, at=at)
            self._lower_flag(shop, order_id, at)

    def _lower_flag(self, shop: Shop, order_id: str, at: Moment | None) -> None:
        moment = self.orders.moment(at)

        def write(entry: Json) -> None:
            entry["is_buyer_request_cancel"], entry["update_time"] = False, moment

        self.orders.change(shop, order_id, write)

    def _complete(self, shop: Shop, case: Case, at: Moment | None) -> None:
        found = shop.orders.find(case.order_id)
        if found is None:
            return  # recorded without its order
        order = found.entry
        returned = {line["order_line_item_id"] for line in case.entry.get("return_line_items") or []}
        if {line["id"] for line in open_lines(order)} <= returned and order["status"] in RETURNABLE - {"COMPLETED"}:
            self.orders.advance(shop, case.order_id, "COMPLETED", at=at)

    def _announce(self, shop: Shop, case: Case) -> None:
        for watcher in self.watchers:
            watcher(shop, case)
        entry = case.entry
        data: Json = {"order_id": case.order_id, "create_time": case.created}
        if case.topic == "cancellation":
            status = WEBHOOK_WORDS.get(case.status, case.status)
            data.update(cancellations_role=entry.get("role"), cancel_status=status, cancel_id=case.item_id)
            self.orders.world.announce(shop, "CANCELLATION_STATUS_CHANGE", data)
            return
        data.update(return_role=entry.get("role"), return_type=case.kind, return_status=case.status)
        data.update(return_id=case.item_id, update_time=case.updated)
        self.orders.world.announce(shop, "RETURN_STATUS_CHANGE", data)


def book(shop: Shop, topic: Topic) -> Book[Case]:
    """Return a shop's cancellations or returns."""
    return shop.cancellations if topic == "cancellation" else shop.returns


def _found(shop: Shop, order_id: str) -> Json:
    order = shop.orders.find(order_id)
    if order is None:
        raise KeyError(order_id)
    return order.entry


def _case(shop: Shop, topic: Topic, case_id: str) -> Case:
    case = book(shop, topic).find(case_id)
    if case is None:
        raise KeyError(case_id)
    return case
