"""What happens to orders: they are placed, move from state to state, and are edited; each change is announced."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.numbering import Numbering
from mye_tiktok.sandbox.order_content import KINDS, Order, Traits, new_order
from mye_tiktok.sandbox.order_past import BUYERS
from mye_tiktok.sandbox.order_states import (
    Parcel,
    Who,
    cancellers,
    check,
    copied,
    derived,
    following,
    move,
    shown_packages,
    way,
)
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import World

FIRST_ID = 577_000_000_000_000_000
SHIPPING = frozenset({"PARTIALLY_SHIPPING", "AWAITING_COLLECTION"})
# where shipping rejects a buyer's request to cancel by itself
SHIPS_ANYWAY = frozenset({"US"})
WEBHOOK_WORDS: Mapping[str, str] = {"CANCELLED": "CANCEL"}
Moment = float | datetime
Watcher = Callable[[Shop, Json, Json], None]


@dataclass(slots=True, kw_only=True)
class OrderDesk:
    """Places and changes the orders of a world. Safe to use from many threads.

    watchers: told of each move of an order before it is announced: shop, the order before and after.
    followers: told the same of everything that happens to an order, in that order, also that it is placed: before it
        was empty.
    """

    world: World
    watchers: list[Watcher] = field(default_factory=list)
    followers: list[Watcher] = field(default_factory=list)
    _numbers: Numbering = field(default_factory=lambda: Numbering(FIRST_ID))

    def shop_of(self, order_id: str, shop_id: str = "") -> Shop:
        """Return the shop that has an order; raises KeyError when none does."""
        for shop in self.world.shops:
            if shop_id in {"", shop.shop_id} and shop.orders.find(order_id) is not None:
                return shop
        raise KeyError(order_id)

    def place(
        self,
        shop: Shop,
        *,
        at: Moment | None = None,
        skus: Sequence[str] | Mapping[str, int] = (),
        count: int = 0,
        status: str = "UNPAID",
        kind: str = "normal",
        fields: Mapping[str, object] | None = None,
    ) -> str:
        """Place an order and let it go the shortest way to `status`, all at one time; returns its id.

        Raises KeyError for a SKU that the shop does not have, ValueError when it has no products, and for a state or
        kind that is not known.
        """
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
        path = way("UNPAID", status, shop.stall.region)
        moment = self.moment(at)
        units = [each for sku, number in skus.items() for each in [sku] * number] if isinstance(skus, Mapping) else skus
        with shop.orders.lock:
            order_id = self._numbers.next(shop.number, moment)
            traits = _traits(order_id, kind, fields or {})
            count = max(count, 2) if "PARTIALLY_SHIPPING" in path else count
            order = new_order(shop.stall, order_id, moment, traits, skus=list(units), count=count)
            entry = {**order.entry, **(fields or {})}
            shop.orders.put(_with(order, entry))
            self._tell_followers(shop, {}, entry)
        self._announce(shop, entry)
        for each in path:
            self.advance(shop, order_id, each, at=moment)
        return order_id

    def advance(
        self,
        shop: Shop,
        order_id: str,
        status: str = "",
        *,
        at: Moment | None = None,
        lines: Sequence[str] = (),
        who: Who | None = None,
        reason: str = "",
        parcel: Parcel | None = None,
    ) -> str:
        """Move an order to a state that may follow, the usual one unless given; returns it.

        lines: the units that ship when it ships in part. parcel: what they ship in. who, reason: of a cancellation; who
        usually does it in this state, unless given. Raises ValueError for a move that the state machine does not have.
        """
        region, moment = shop.stall.region, self.moment(at)

        def write(entry: Json) -> None:
            target = status or next(iter(following(str(entry.get("status")), region)), "")
            check(entry, target, region, lines=lines, who=who)
            if entry.get("is_buyer_request_cancel") and target in SHIPPING and region not in SHIPS_ANYWAY:
                raise ValueError("the buyer has asked to cancel: settle that request before the order ships")
            usual = cancellers(str(entry.get("status")), region)
            hand: Who = who or (usual[0] if usual else "SYSTEM")
            move(entry, target, moment, region, lines=lines, who=hand, reason=reason, parcel=parcel)

        before, after = self.change(shop, order_id, write)
        for watcher in self.watchers:
            watcher(shop, before, after)
        if after["status"] != "PARTIALLY_SHIPPING" or self.world.options.announces_partial_shipping:
            self._announce(shop, after)
        if len(shown_packages(after)) > max(len(shown_packages(before)), 1):
            self.announce_split(shop, after)
        return str(after["status"])

    def edit(self, shop: Shop, order_id: str, fields: Mapping[str, object], *, keep_update_time: bool = False) -> None:
        """Set fields as they are given, whatever the state machine says; `update_time` is now unless given or kept.

        A new recipient_address is shown as it is given, unmasked.
        """
        if not fields.keys().isdisjoint({"id", "create_time"}):
            raise ValueError("id and create_time cannot be edited")
        moved = "recipient_address" in fields

        def write(entry: Json) -> None:
            if not keep_update_time:
                entry["update_time"] = self.moment(None)
            entry.update(fields)
            if moved:
                entry["has_updated_recipient_address"] = True

        before, after = self.change(shop, order_id, write, drop_recipient=moved)
        if moved:
            data = {"order_id": order_id, "update_time": after.get("update_time")}
            self.world.announce(shop, "RECIPIENT_ADDRESS_UPDATE", data)
        if before.get("status") != after.get("status"):
            self._announce(shop, after)

    def change(
        self, shop: Shop, order_id: str, write: Callable[[Json], None], *, drop_recipient: bool = False
    ) -> tuple[Json, Json]:
        """Let `write` write on a copy of an order that takes its place; returns both, without their recipients."""
        with shop.orders.lock:
            order = shop.orders.find(order_id)
            if order is None:
                raise KeyError(order_id)
            entry = copied(order.entry)
            write(entry)
            shop.orders.put(_with(replace(order, recipient=None) if drop_recipient else order, entry))
            self._tell_followers(shop, order.entry, entry)
        return order.entry, entry

    def moment(self, at: Moment | None) -> int:
        """Return a time in unix seconds: now unless given. Raises ValueError for a naive datetime."""
        if isinstance(at, datetime):
            if at.tzinfo is None:
                raise ValueError(f"{at} has no time zone")
            return int(at.timestamp())
        return int(self.world.now if at is None else at)

    def _tell_followers(self, shop: Shop, before: Json, after: Json) -> None:
        for follower in self.followers:
            follower(shop, before, after)

    def _announce(self, shop: Shop, entry: Json) -> None:
        status = str(entry.get("status"))
        data = {
            "order_id": entry.get("id"),
            "order_status": WEBHOOK_WORDS.get(status, status),
            "is_on_hold_order": bool(entry.get("is_on_hold_order")),
            "update_time": entry.get("update_time"),
        }
        self.world.announce(shop, "ORDER_STATUS_CHANGE", data)

    def announce_split(self, shop: Shop, entry: Json) -> None:
        """Tell of the packages that an order has now."""
        packages = [{"package_id": each["id"], "order_id_list": [entry["id"]]} for each in shown_packages(entry)]
        data = {
            "sc_type": "SPLIT",
            "role_type": "ROLE_SELLER",
            "package_list": packages,
            "update_time": entry.get("update_time"),
        }
        self.world.announce(shop, "PACKAGE_UPDATE", data)


def _traits(order_id: str, kind: str, fields: Mapping[str, object]) -> Traits:
    die = int(derived(0, "traits", order_id))
    given = fields.keys() & {"shipping_type", "fulfillment_type"}
    fulfilled = fields.get("fulfillment_type") == "FULFILLMENT_BY_TIKTOK" if given else die % 16 == 1
    return Traits(
        kind=kind,
        shipping=str(fields.get("shipping_type") or ("SELLER" if die % 4 == 0 and not fulfilled else "TIKTOK")),
        fulfilled_by_tiktok=fulfilled,
        warehouse=die // 16 % 8,
        buyer=die // 128 % BUYERS,
    )


def _with(order: Order, entry: Json) -> Order:
    """Return the order as it became; where the search entry was recorded apart, it takes over what changed."""
    if order.listing is None:
        return replace(order, entry=entry)
    changed = {key: value for key, value in entry.items() if order.entry.get(key) != value}
    return replace(order, entry=entry, listing={**order.listing, **changed})
