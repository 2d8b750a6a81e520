"""What a sandbox lets its owner do with orders."""

from collections.abc import Callable, Mapping, Sequence

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.case_desk import CaseDesk, Decision
from mye_tiktok.sandbox.cases import Kind
from mye_tiktok.sandbox.order_desk import Moment, OrderDesk
from mye_tiktok.sandbox.order_life import Life
from mye_tiktok.sandbox.order_states import Who
from mye_tiktok.sandbox.shops import Shop


class OrderMethods:
    """The part of Sandbox that is about orders. `shop_id` is the first shop, or the one that has the order."""

    desk: OrderDesk
    cases: CaseDesk
    life: Life

    def shop(self, shop_id: str = "") -> Shop:
        """Return the shop with this id, or the first."""
        raise NotImplementedError

    def place_order(
        self,
        shop_id: str = "",
        *,
        at: Moment | None = None,
        skus: Sequence[str] | Mapping[str, int] = (),
        count: int = 0,
        status: str = "UNPAID",
        kind: str = "normal",
        **fields: object,
    ) -> str:
        """Place an order now, or `at` a time (unix seconds or aware datetime), and return its id.

        skus: SKU ids, one for each unit, or how many units of each; without, `count` units or a few are chosen.
        status: it goes the shortest way there at once, with a webhook for each step. kind: normal, sample, replacement,
        exchange, subscription, pre_order, made_to_order, back_order or lottery. fields: set on the order as given.
        """
        return self.desk.place(
            self.shop(shop_id), at=at, skus=skus, count=count, status=status, kind=kind, fields=fields
        )

    def advance(
        self,
        order_id: str,
        status: str = "",
        *,
        at: Moment | None = None,
        lines: Sequence[str] = (),
        who: Who | None = None,
        reason: str = "",
        shop_id: str = "",
    ) -> str:
        """Move an order one state on, the usual way unless `status` is given; returns its new state.

        lines: the line items that ship, for PARTIALLY_SHIPPING; half of them unless given. who, reason: for CANCELLED:
        BUYER, SELLER or SYSTEM. Raises ValueError when the state machine of its market has no such move, KeyError when
        there is no such order.
        """
        shop = self.desk.shop_of(order_id, shop_id)
        return self.desk.advance(shop, order_id, status, at=at, lines=lines, who=who, reason=reason)

    def edit_order(self, order_id: str, *, keep_update_time: bool = False, shop_id: str = "", **fields: object) -> None:
        """Set fields of an order now, whatever the state machine says; raises KeyError when there is no such order.

        update_time becomes now unless it is among the fields, or `keep_update_time`: the order then changed without
        saying so. A recipient_address or a status that changes is announced; nothing else is, as TikTok has no webhook.
        """
        shop = self.desk.shop_of(order_id, shop_id)
        self.desk.edit(shop, order_id, fields, keep_update_time=keep_update_time)

    def order(self, order_id: str, *, shop_id: str = "") -> Json:
        """Return an order as its detail shows it now; raises KeyError when there is none."""
        shop = self.desk.shop_of(order_id, shop_id)
        found = shop.orders.find(order_id)
        if found is None:
            raise KeyError(order_id)
        return found.view(shop.stall.region, self.desk.world.now)

    def request_cancel(self, order_id: str, *, at: Moment | None = None, reason: str = "", shop_id: str = "") -> str:
        """Let the buyer ask to cancel and return the cancellation's id: pending, until somebody settles it.

        While the order is UNPAID or ON_HOLD nobody is asked and it is cancelled at once. Raises ValueError once it
        ships or while a request is open, KeyError when there is no such order.
        """
        shop = self.desk.shop_of(order_id, shop_id)
        return self.cases.request_cancel(shop, order_id, at=at, reason=reason)

    def settle_cancellation(
        self, cancel_id: str, decision: Decision = "approve", *, at: Moment | None = None, shop_id: str = ""
    ) -> str:
        """Decide a buyer's request: approve, reject, withdraw (the buyer does), or complete (the refund is paid).

        Returns its state. Raises ValueError when the state does not allow it, KeyError when there is no such request.
        """
        shop = self.cases.shop_of("cancellation", cancel_id, shop_id)
        return self.cases.settle_cancellation(shop, cancel_id, decision, at=at)

    def request_return(
        self,
        order_id: str,
        kind: Kind = "RETURN_AND_REFUND",
        *,
        at: Moment | None = None,
        lines: Sequence[str] | None = None,
        shop_id: str = "",
    ) -> str:
        """Let the buyer ask for REFUND, RETURN_AND_REFUND, REPLACEMENT or EXCHANGE, and return the return's id.

        lines: the line items it is about; all unless given. Raises ValueError before the order ships.
        """
        shop = self.desk.shop_of(order_id, shop_id)
        return self.cases.request_return(shop, order_id, kind, at=at, lines=lines)

    def advance_return(self, return_id: str, status: str = "", *, at: Moment | None = None, shop_id: str = "") -> str:
        """Move a return one state on, the usual way unless `status` is given; returns its new state.

        Once everything is refunded, the order is COMPLETED. Raises ValueError for a move that does not exist.
        """
        shop = self.cases.shop_of("return", return_id, shop_id)
        return self.cases.advance_return(shop, return_id, status, at=at)

    def let_live(
        self, rate_per_minute: float, *, until: Moment | None = None, speed: float = 1.0, shop_id: str = ""
    ) -> None:
        """Place orders at a rate from now on, until a time or without end, and let them be paid, shipped, delivered.

        By the sandbox's clock: `tick` does what is due. A rate of 0 places no more. speed: times faster than usual.
        """
        self.life.let_live(self.shop(shop_id), rate_per_minute, until=until, speed=speed)

    def tick(self) -> int:
        """Let happen what is due by now, each at its own time; returns how many things. Every call does it as well.

        Due are moves of orders that live, requests that nobody answered in time, and refunds of cancellations.
        """
        return self.life.tick()

    def advance_clock(self, seconds: float) -> None:
        """Move time on, and let happen what is due then. Raises ValueError for going back.

        Signatures are still checked against the clock on the wall, so that clients need not move theirs.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        self.desk.world.advanced += seconds
        self.tick()

    def during(self, operation: str, action: Callable[[], object], *, answer: int = 1, late: bool = False) -> None:
        """Run `action` once, just before the answer of this number to `operation` is made, counted from now.

        With answer=2 things change between the first and the second page. late: only once a search has chosen what it
        shows, so that an order can show an update_time that lies outside the window asked for.
        """
        self.desk.world.hooks.add(operation, action, answer, late=late)
