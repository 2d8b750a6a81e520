"""The sellers who may authorize the app, and their shops."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.book import Book
from mye_tiktok.sandbox.cases import Case
from mye_tiktok.sandbox.cases_past import case_book
from mye_tiktok.sandbox.catalogue import Catalogue
from mye_tiktok.sandbox.generated import GeneratedSource
from mye_tiktok.sandbox.markets import Market, market, regions, words
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.order_content import Order, Stall
from mye_tiktok.sandbox.order_past import order_book

PREFIXES = {"US": "TTP_"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One shop. `entry` is what the list of authorized shops says about it, `number` counts shops from 0."""

    entry: Json
    catalogue: Catalogue = field(repr=False)
    stall: Stall = field(repr=False)
    orders: Book[Order] = field(repr=False)
    cancellations: Book[Case] = field(repr=False)
    returns: Book[Case] = field(repr=False)
    number: int = 0
    warehouses: list[Json] = field(repr=False, default_factory=list)
    categories: Sequence[Json] = field(repr=False, default=())
    reject_reasons: Sequence[Json] = field(repr=False, default=())
    price_details: Sequence[Json] = field(repr=False, default=())

    @property
    def shop_id(self) -> str:
        """The id of the shop."""
        return str(self.entry["id"])

    @property
    def cipher(self) -> str:
        """What calls on the shop carry as `shop_cipher`."""
        return str(self.entry["cipher"])

    @property
    def region(self) -> str:
        """The country code."""
        return str(self.entry.get("region", ""))

    @property
    def name(self) -> str:
        """The name that buyers see."""
        return str(self.entry.get("name", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who authorizes: one account with its shops. `active` is the recorded list of active shops, if any."""

    open_id: str
    name: str
    region: str
    shops: tuple[Shop, ...]
    active: Sequence[Json] = ()


def generated_sellers(options: SandboxOptions, beginning: int = 0) -> tuple[Seller, ...]:
    """Make the sellers and shops that the options ask for; their orders are from before `beginning`."""
    return tuple(_seller(options, number, beginning) for number in range(options.sellers))


def stall_of(
    options: SandboxOptions, number: int, region: str, catalogue: Catalogue, warehouses: Sequence[Json]
) -> Stall:
    """Return what the orders of a shop are made of; one of an unknown market sells as in the first we know."""
    place = region if region in regions() else regions()[0]
    return Stall(
        seed=f"{options.seed}/{number}",
        region=place,
        market=market(place),
        catalogue=catalogue,
        size=len(catalogue),
        warehouse_ids=[str(entry["id"]) for entry in warehouses if entry.get("type") == "SALES_WAREHOUSE"],
    )


class Books(TypedDict):
    """What happened and happens in a shop."""

    orders: Book[Order]
    cancellations: Book[Case]
    returns: Book[Case]


def books(stall: Stall, count: int, seed: int, number: int, beginning: int) -> Books:
    """Return the books of shop `number`, with `count` orders from before `beginning`."""
    orders = order_book(stall, count=count, seed=seed, number=number, beginning=beginning)
    past = {"seed": seed, "number": number, "beginning": beginning}
    cancellations = case_book("cancellation", stall, orders, **past)
    return Books(orders=orders, cancellations=cancellations, returns=case_book("return", stall, orders, **past))


def _seller(options: SandboxOptions, number: int, beginning: int) -> Seller:
    first = number * options.shops
    shops = tuple(_shop(options, first + at, beginning) for at in range(options.shops))
    open_id = f"7010{_digits(options.seed, f'seller {number}', 15)}"
    return Seller(open_id=open_id, name=f"Sandbox seller {number + 1}", region=shops[0].region, shops=shops)


def _shop(options: SandboxOptions, number: int, beginning: int) -> Shop:
    region = options.regions[number % len(options.regions)]
    place = market(region)
    cross_border = options.shops > 1
    warehouses = _warehouses(options.seed, number, region, place)
    source = GeneratedSource(
        seed=options.seed,
        number=number,
        size=options.products,
        region=region,
        market=place,
        warehouse_ids=[entry["id"] for entry in warehouses if entry["type"] == "SALES_WAREHOUSE"],
        global_prices=cross_border,
    )
    mark = _digits(options.seed, f"shop {number}", 12)
    prefix = "GCP_" if cross_border else PREFIXES.get(region, "ROW_")
    entry = {
        "id": f"7494{number:03d}{mark}",
        "name": f"Sandbox shop {number + 1} {region}",
        "region": region,
        "seller_type": "CROSS_BORDER" if cross_border else "LOCAL",
        "cipher": f"{prefix}{hashlib.sha256(mark.encode()).hexdigest()[:28]}",
        "code": f"{region}SBX{number + 1:05d}",
    }
    catalogue = Catalogue(source, lists_deleted=options.lists_deleted)
    stall = stall_of(options, number, region, catalogue, warehouses)
    return Shop(
        entry=entry,
        number=number,
        catalogue=catalogue,
        stall=stall,
        **books(stall, options.orders, options.seed, number, beginning),
        warehouses=warehouses,
        categories=_categories(place),
    )


def _categories(place: Market) -> list[Json]:
    names = words(place.language).things
    root = {"id": "600000", "parent_id": "0", "local_name": names[0], "is_leaf": False}
    leaves = [
        {"id": str(600001 + at), "parent_id": "600000", "local_name": name, "is_leaf": True}
        for at, name in enumerate(names)
    ]
    return [root, *leaves]


def _warehouses(seed: int, number: int, region: str, place: Market) -> list[Json]:
    kinds = ("SALES_WAREHOUSE", "SALES_WAREHOUSE", "RETURN_WAREHOUSE")
    first = 7_300_000_000_000_000_000 + int(_digits(seed, f"warehouses {number}", 15)) * 1000
    return [
        {
            "id": str(first + at),
            "entity_id": str(first + 500 + at),
            "name": f"{place.city} {at + 1}",
            "effect_status": "ENABLED",
            "type": kind,
            "sub_type": "DOMESTIC_WAREHOUSE",
            "is_default": at == 0,
            "address": {
                "region": region,
                "region_code": region,
                "state": place.state,
                "city": place.city,
                "distict": "",
                "town": None,
                "postal_code": place.postal,
                "full_address": f"{at + 1} {place.street}, {place.postal} {place.city}",
                "address_line1": f"{at + 1} {place.street}",
                "contact_person": "Sandbox",
                "phone_number": "(+**)*****000",
            },
        }
        for at, kind in enumerate(kinds)
    ]


def _digits(seed: int, what: str, number: int) -> str:
    digest = hashlib.sha256(f"{seed} {what}".encode()).digest()
    return str(int.from_bytes(digest[:12], "big")).zfill(number)[-number:]
