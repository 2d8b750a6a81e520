"""A folder of recorded payloads: which answers of TikTok it holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.cases import Case, Topic
from mye_tiktok.sandbox.catalogue import Catalogue
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.order_content import Order
from mye_tiktok.sandbox.recorded import RecordedSource
from mye_tiktok.sandbox.shops import Seller, Shop, books, generated_sellers, stall_of

LISTS: Mapping[str, tuple[str, str]] = {
    "product_search": ("listings", "products"),
    "order_list_page": ("orders", "orders"),
    "order_detail": ("order_details", "orders"),
    "cancellations_search": ("cancellations", "cancellations"),
    "returns_search": ("returns", "return_orders"),
    "reject_reasons": ("reject_reasons", "reasons"),
    "authorized_shops": ("shops", "shops"),
    "active_shops": ("active_shops", "shops"),
    "warehouses": ("warehouses", "warehouses"),
    "categories": ("categories", "categories"),
}

SINGLES = ("product_detail", "order_price_detail")


@dataclass(slots=True, kw_only=True)
class Recordings:
    """What was found, in the order of file names. `unused` names the files that nothing is made of."""

    listings: list[Json] = field(default_factory=list)
    details: dict[str, Json] = field(default_factory=dict)
    orders: list[Json] = field(default_factory=list)
    order_details: list[Json] = field(default_factory=list)
    price_details: list[Json] = field(default_factory=list)
    cancellations: list[Json] = field(default_factory=list)
    returns: list[Json] = field(default_factory=list)
    reject_reasons: list[Json] = field(default_factory=list)
    shops: list[Json] = field(default_factory=list)
    active_shops: list[Json] = field(default_factory=list)
    warehouses: list[Json] = field(default_factory=list)
    categories: list[Json] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def read(folder: Path) -> Recordings:
    """Read every .json file below `folder`; a file is understood by how its name begins.

    Each holds an envelope `{code, message, data, request_id}` with code 0: product_search*, product_detail*,
    order_list_page*, order_detail*, order_price_detail*, cancellations_search*, returns_search*, reject_reasons*,
    authorized_shops*, active_shops*, warehouses*, categories*. Raises ValueError when the folder holds no products.
    """
    found = Recordings()
    for path in sorted(folder.rglob("*.json")):
        if not _take(found, path):
            found.unused.append(str(path.relative_to(folder)))
    if not found.listings:
        raise ValueError(f"{folder} holds no product_search*.json with products")
    return found


def recorded_sellers(found: Recordings, options: SandboxOptions) -> tuple[Seller, ...]:
    """Make one seller who owns the recorded shops; without recorded shops, generated ones with recorded products."""
    first = generated_sellers(options)[0]
    entries = found.shops or [shop.entry for shop in first.shops]
    shops = tuple(_shop(found, options, number, entry) for number, entry in enumerate(entries))
    name = shops[0].name or first.name
    region = shops[0].region or first.region
    return (Seller(open_id=first.open_id, name=name, region=region, shops=shops, active=found.active_shops),)


def _shop(found: Recordings, options: SandboxOptions, number: int, entry: Json) -> Shop:
    catalogue = Catalogue(RecordedSource(found.listings, found.details), lists_deleted=options.lists_deleted)
    stall = stall_of(options, number, str(entry.get("region")), catalogue, found.warehouses)
    kept = books(stall, 0, options.seed, number, 0)
    for order in _orders(found):
        kept["orders"].put(order)
    for cancellation in found.cancellations:
        kept["cancellations"].put(_case("cancellation", cancellation, found))
    for return_order in found.returns:
        kept["returns"].put(_case("return", return_order, found))
    return Shop(
        entry=entry,
        number=number,
        catalogue=catalogue,
        stall=stall,
        **kept,
        warehouses=list(found.warehouses),
        categories=found.categories,
        reject_reasons=found.reject_reasons,
        price_details=found.price_details,
    )


def _case(topic: Topic, entry: Json, found: Recordings) -> Case:
    orders = (*found.orders, *found.order_details)
    buyer = next((order.get("user_id") for order in orders if order.get("id") == entry.get("order_id")), "")
    return Case(topic=topic, entry=entry, buyer=str(buyer), recorded=True)


def _orders(found: Recordings) -> Iterable[Order]:
    """Yield each recorded order once, as its first page and its first detail have it; details alone are not listed."""
    listed = {str(entry.get("id")): entry for entry in reversed(found.orders)}
    details = {str(entry.get("id")): entry for entry in reversed(found.order_details)}
    for order_id in (*listed, *(each for each in details if each not in listed)):
        listing = listed.get(order_id)
        yield Order(entry=details.get(order_id, listing or {}), listing=listing, listed=listing is not None)


def _take(found: Recordings, path: Path) -> bool:
    kind = next((kind for kind in (*LISTS, *SINGLES) if path.name.startswith(kind)), "")
    data = _data(path) if kind else None
    if data is None or not kind:
        return False
    if kind == "product_detail":
        found.details.setdefault(str(data.get("id")), data)
        return "id" in data
    if kind == "order_price_detail":
        found.price_details.append(data)
        return True
    attribute, key = LISTS[kind]
    entries = [entry for entry in data.get(key) or [] if isinstance(entry, dict)]
    getattr(found, attribute).extend(entries)
    return bool(entries)


def _data(path: Path) -> Json | None:
    try:
        envelope = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(envelope, dict) or envelope.get("code") != 0 or not isinstance(envelope.get("data"), dict):
        return None
    data: Json = envelope["data"]
    return data
