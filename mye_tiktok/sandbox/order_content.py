"""What a new order holds: units of the shop's own products, prices, the buyer, and what kind of order it is."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.catalogue import Catalogue, Filter
from mye_tiktok.sandbox.delivery_options import option_of
from mye_tiktok.sandbox.markets import Market, buyers
from mye_tiktok.sandbox.order_money import money, payment
from mye_tiktok.sandbox.order_states import CARRIER, DAY, HOLDING, derived, shown_packages
from mye_tiktok.sandbox.recipients import recipient, shown

CASH = frozenset({"VN", "ID", "TH", "MY", "PH", "SG"})
KINDS = (
    *("normal", "sample", "replacement", "exchange", "subscription"),
    *("pre_order", "made_to_order", "back_order", "lottery"),
)
DETAIL_ONLY = frozenset(
    {"payment_card_type", "payment_method_code", "payment_auth_code", "channel_entity_national_registry_id"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it stands. It is never written on: a change makes another one.

    entry: what TikTok shows, but for the recipient, where that is kept apart because masks depend on state and time.
    listing: the search entry where that was recorded apart. listed: whether searches find it.
    """

    entry: Json
    recipient: Json | None = field(default=None, repr=False)
    listing: Json | None = field(default=None, repr=False)
    listed: bool = True

    @property
    def item_id(self) -> str:
        """The id of the order."""
        return str(self.entry.get("id"))

    @property
    def created(self) -> int:
        """When it was placed, in unix seconds; 0 where a recording does not say."""
        return _time(self.entry, "create_time")

    @property
    def updated(self) -> int:
        """When it changed last, as it says itself."""
        return _time(self.entry, "update_time")

    def view(self, region: str, now: float, *, listing: bool = False, older: bool = False) -> Json:
        """Return it as TikTok answers: in a search, in the detail, or in the `older` version of the detail."""
        if self.recipient is None:
            entry = self.listing if listing and self.listing is not None else self.entry
        else:
            entry = {**self.entry, "recipient_address": shown(self.recipient, self.entry, region, now)}
        if entry.get("packages"):
            entry = {**entry, "packages": shown_packages(entry)}
        if self.recipient is not None and (listing or older):
            return {key: value for key, value in entry.items() if key not in DETAIL_ONLY}
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """What the orders of one shop are made of. `size` is how many products generated orders choose from."""

    seed: str
    region: str
    market: Market
    catalogue: Catalogue = field(repr=False)
    size: int
    warehouse_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is settled about an order before its content is made."""

    kind: str = "normal"
    shipping: str = "TIKTOK"
    fulfilled_by_tiktok: bool = False
    warehouse: int = 0
    buyer: int = 0


def new_order(
    stall: Stall, order_id: str, created: int, traits: Traits, *, skus: Sequence[str] = (), count: int = 0
) -> Order:
    """Make an unpaid order, the same each time for the same arguments.

    `skus` are SKU ids, one for each unit; without, `count` units or a few are chosen. Raises ValueError when the shop
    has no products, KeyError for a SKU it does not have.
    """
    die = random.Random(f"{stall.seed}/{order_id}")  # noqa: S311 - a die, not a secret
    chosen = [_by_id(stall, sku_id) for sku_id in skus] or _chosen(stall, die, count)
    lines = [_line(stall, f"{order_id}/{at}", unit, die) for at, unit in enumerate(chosen)]
    if die.random() < 0.1:
        lines.append(_gift(lines[0], derived(576_400_000_000_000_000, order_id, "gift")))
    entry = _head(stall, order_id, created, traits, die)
    entry["line_items"] = lines
    KIND_WRITERS.get(traits.kind, _normal)(entry, stall.region)
    if "release_date" in entry:
        for line in lines:
            line["sku_type"] = entry["order_type"] if entry["order_type"] != "BACK_ORDER" else "NORMAL"
    if traits.shipping == "TIKTOK":
        entry["shipping_provider_id"], entry["shipping_provider"] = CARRIER
        for line in lines:
            line["shipping_provider_id"], line["shipping_provider_name"] = CARRIER
    entry["payment"] = payment(lines, stall.region, stall.market, die)
    return Order(entry=entry, recipient=recipient(stall.region, stall.market, die))


def buyer_id(stall: Stall, buyer: int) -> str:
    """Return the user id of a buyer."""
    return str(7_490_000_000_000_000_000 + int(derived(0, stall.seed)) % 10**9 * 10**6 + buyer)


def _head(stall: Stall, order_id: str, created: int, traits: Traits, die: random.Random) -> Json:
    region, fulfilled = stall.region, traits.fulfilled_by_tiktok
    option = option_of(traits.shipping, fulfilled=fulfilled)
    user_id = buyer_id(stall, traits.buyer)
    cash = region in CASH and die.random() < 0.4 and traits.kind == "normal"
    head: Json = {
        "id": order_id,
        "status": "UNPAID",
        "create_time": created,
        "update_time": created,
        "user_id": user_id,
        "buyer_email": f"v4b{derived(0, 'mail', user_id)}@scs2.tiktok.com",
        "buyer_message": die.choice(buyers().languages[stall.market.language].messages),
        "seller_note": "",
        "commerce_platform": "TOKOPEDIA" if region == "ID" and die.random() < 0.3 else "TIKTOK_SHOP",
        "fulfillment_type": "FULFILLMENT_BY_TIKTOK" if fulfilled else "FULFILLMENT_BY_SELLER",
        "shipping_type": traits.shipping,
        "delivery_type": "COLLECTION_POINT" if die.random() < 0.05 else "HOME_DELIVERY",
        "delivery_option_id": option.option_id,
        "delivery_option_name": option.name,
        "warehouse_id": stall.warehouse_ids[traits.warehouse % len(stall.warehouse_ids)] if stall.warehouse_ids else "",
        "is_cod": cash,
        "is_on_hold_order": region in HOLDING,
        "is_buyer_request_cancel": False,
        "is_sample_order": False,
        "is_replacement_order": False,
        "has_updated_recipient_address": False,
        "order_type": "NORMAL",
        "tracking_number": "",
        "cancel_order_sla_time": created + 2 * DAY,
    }
    head.update(_payment_method(region, cash, die))
    if die.random() < 0.3:
        head["packages"] = []
    if die.random() < 0.5:
        head["auto_combine_group_id"] = "N/A" if die.random() < 0.3 else derived(0, "group", user_id)
    if die.random() < 0.2:
        head["buyer_nickname"] = f"user{user_id[-6:]}"
    return {**head, **_of_market(region, die)}


def _payment_method(region: str, cash: bool, die: random.Random) -> Json:
    if cash:
        return {"payment_method_name": "Cash on delivery"}
    method: Json = {"payment_method_name": "CCDC", "payment_card_type": die.choice(("Debit", "Credit", "Prepaid"))}
    if region == "BR":
        return {**method, "payment_method_code": "pm_pi_ccdc_visa_c_d", "payment_auth_code": "AUTH123457"}
    return method


def _of_market(region: str, die: random.Random) -> Json:
    if region == "BR":
        return {"cpf": "000.***.***-00", "cpf_name": "S*** D***", "need_upload_invoice": "NEED_INVOICE"}
    if region == "US":
        return {"fast_delivery_program": "3_DAY_DELIVERY"} if die.random() < 0.3 else {}
    return {"fulfillment_priority_level": 600} if region in CASH else {}


def _by_id(stall: Stall, sku_id: str) -> tuple[Json, Json]:
    for position in stall.catalogue.search(Filter(sku_ids=(sku_id,))):
        product = stall.catalogue.detail(position)
        return product, next(sku for sku in product["skus"] if sku.get("id") == sku_id)
    raise KeyError(sku_id)


def _chosen(stall: Stall, die: random.Random, count: int) -> list[tuple[Json, Json]]:
    """Choose units; several of one SKU are common."""
    if not stall.size:
        raise ValueError("the shop has no products that an order could be of")
    wanted = count or die.choice((1, 1, 1, 2, 2, 3, 4, 6))
    units: list[tuple[Json, Json]] = []
    while len(units) < wanted:
        product = stall.catalogue.original(die.randrange(stall.size))
        skus = product.get("skus") or [{}]
        units += [(product, die.choice(skus))] * die.choice((1, 1, 2, 3))
    return units[:wanted]


def _line(stall: Stall, mark: str, unit: tuple[Json, Json], die: random.Random) -> Json:
    product, sku = unit
    price = sku.get("price") or {}
    original = Decimal(price.get("sale_price") or price.get("tax_exclusive_price") or "10")
    seller = money(original * die.choice((0, 0, 0, 5, 10, 45)) / 100, stall.market)
    platform = money(original * die.choice((0, 0, 0, 3)) / 100, stall.market)
    images = product.get("main_images") or [{}]
    return {
        "id": derived(576_400_000_000_000_000, mark),
        "product_id": str(product.get("id")),
        "product_name": product.get("title", ""),
        "sku_id": str(sku.get("id")),
        "sku_name": ", ".join(str(each.get("value_name")) for each in sku.get("sales_attributes") or []) or "Default",
        "sku_image": (images[0].get("urls") or [""])[0],
        "sku_type": "NORMAL",
        "seller_sku": sku.get("seller_sku") or "",
        "currency": stall.market.currency,
        "original_price": str(original),
        "sale_price": str(original - seller - platform),
        "seller_discount": str(seller),
        "platform_discount": str(platform),
        "is_gift": False,
        "display_status": "UNPAID",
        "tracking_number": "",
    }


def _gift(line: Json, line_id: str) -> Json:
    free = {"sale_price": "0", "platform_discount": "0", "seller_discount": line["original_price"]}
    return {**line, **free, "id": line_id, "is_gift": True, "gift_retail_price": line["original_price"]}


def _normal(entry: Json, region: str) -> None:
    """Leave an order as it is."""


def _sample(entry: Json, region: str) -> None:
    entry["is_sample_order"] = True
    if int(derived(0, "refundable", entry["id"])) % 2:
        entry["is_refundable_sample"] = True


def _replacement(entry: Json, region: str) -> None:
    entry["is_replacement_order"], entry["replaced_order_id"] = True, str(int(entry["id"]) - 10**9)


def _exchange(entry: Json, region: str) -> None:
    if region in HOLDING:
        entry["is_exchange_order"], entry["exchange_source_order_id"] = True, str(int(entry["id"]) - 10**9)


def _subscription(entry: Json, region: str) -> None:
    entry["is_subscription_order"] = True


def _later(order_type: str) -> Callable[[Json, str], None]:
    def write(entry: Json, region: str) -> None:
        entry["order_type"], entry["release_date"] = order_type, entry["create_time"] + 10 * DAY
        entry["handling_duration"] = {"days": "10", "type": "CALENDAR_DAY"}

    return write


def _lottery(entry: Json, region: str) -> None:
    entry["order_type"] = "ZERO_LOTTERY"
    for line in entry["line_items"]:
        line["sku_type"] = "ZERO_LOTTERY"


KIND_WRITERS: Mapping[str, Callable[[Json, str], None]] = {
    "sample": _sample,
    "replacement": _replacement,
    "exchange": _exchange,
    "subscription": _subscription,
    "pre_order": _later("PRE_ORDER"),
    "made_to_order": _later("MADE_TO_ORDER"),
    "back_order": _later("BACK_ORDER"),
    "lottery": _lottery,
}


def _time(entry: Json, key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0
