"""What a sandbox lets its owner do with orders."""

from collections.abc import Mapping, Sequence

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.order_desk import Moment, OrderDesk
from mye_tiktok.sandbox.order_states import Who
from mye_tiktok.sandbox.shops import Shop


class OrderMethods:
    """The part of Sandbox that is about orders. `shop_id` is the first shop, or the one that has the order."""

    desk: OrderDesk

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
        who: Who = "SELLER",
        reason: str = "",
        shop_id: str = "",
    ) -> str:
        """Move an order one state on, the usual way unless `status` is given; returns its new state.

        lines: the line items that ship, for PARTIALLY_SHIPPING. who, reason: for CANCELLED. Raises ValueError when the
        state machine of its market has no such move, KeyError when there is no such order.
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
