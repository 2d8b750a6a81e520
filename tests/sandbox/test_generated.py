"""What holds for a generated shop of any seed, size and market."""

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.sandbox.catalogue import Catalogue, Filter
from mye_tiktok.sandbox.markets import market, regions
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.shops import generated_sellers

NOW = 1_790_000_000
Shops = st.builds(
    SandboxOptions,
    products=st.integers(1, 3_000_000),
    seed=st.integers(0, 2**31),
    regions=st.sampled_from(regions()).map(lambda region: (region,)),
    shops=st.integers(1, 3),
)


def catalogue_of(options: SandboxOptions, at: int = 0) -> Catalogue:
    return generated_sellers(options)[0].shops[at].catalogue


@given(options=Shops, data=st.data())
def test_a_product_follows_from_seed_shop_and_position(options: SandboxOptions, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, options.products - 1))

    once, again = catalogue_of(options), catalogue_of(options)

    assert once.listing(position) == again.listing(position)
    assert once.detail(position) == again.detail(position)


@given(options=Shops, data=st.data())
def test_listing_and_detail_agree_at_any_position(options: SandboxOptions, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, options.products - 1))
    catalogue = catalogue_of(options)
    if data.draw(st.booleans()):
        catalogue.edit(catalogue.product_id(position), NOW, {"title": "renamed"})

    listing, detail = catalogue.listing(position), catalogue.detail(position)

    skus = [{key: value for key, value in sku.items() if key != "sales_attributes"} for sku in detail["skus"]]
    assert listing["skus"] == skus
    for key in ("id", "title", "status", "create_time", "update_time"):
        assert listing[key] == detail[key]
    brief = catalogue.brief(position)
    assert brief == (listing["create_time"], listing["update_time"], listing["status"])


@given(options=Shops, data=st.data())
def test_products_have_plausible_ids_times_prices_and_stock(options: SandboxOptions, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, options.products - 1))
    place = market(options.regions[0])

    product = catalogue_of(options, options.shops - 1).listing(position)

    assert product["create_time"] <= product["update_time"] < NOW - 86_400
    identifiers = [product["id"], *(sku["id"] for sku in product["skus"])]
    assert len(set(identifiers)) == len(identifiers)
    assert all(len(identifier) == 19 and identifier.isdecimal() for identifier in identifiers)
    for sku in product["skus"]:
        assert sku["price"]["currency"] == place.currency
        assert Decimal(sku["price"]["tax_exclusive_price"]) > 0
        assert all(0 <= stock["quantity"] <= 99_999 for stock in sku["inventory"])


@given(options=Shops, data=st.data())
def test_creation_times_grow_with_the_position(options: SandboxOptions, data: st.DataObject) -> None:
    catalogue = catalogue_of(options)
    first = data.draw(st.integers(0, options.products - 1))
    second = data.draw(st.integers(first, options.products - 1))

    times = [catalogue.brief(position).create_time for position in (first, second)]

    assert times == sorted(times)
    assert first == second or times[0] < times[1]


@given(options=Shops, data=st.data())
def test_ids_lead_back_to_their_position(options: SandboxOptions, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, options.products - 1))
    catalogue = catalogue_of(options)
    product = catalogue.listing(position)

    assert catalogue.position(product["id"]) == position
    assert catalogue.position(str(int(product["id"]) + 1)) is None
    for sku in product["skus"]:
        assert list(catalogue.search(Filter(sku_ids=(sku["id"],)))) == [position]


@given(size=st.integers(0, 400), seed=st.integers(0, 99), bounds=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_every_filter_finds_what_a_look_at_every_product_finds(
    size: int, seed: int, bounds: tuple[float, float]
) -> None:
    catalogue = catalogue_of(SandboxOptions(products=size, seed=seed))
    catalogue.change(size // 10, NOW)
    if size > 4:
        catalogue.remove(catalogue.product_id(3), NOW, forgotten=False)
        catalogue.remove(catalogue.product_id(4), NOW, forgotten=True)
    briefs = {place: catalogue.brief(place) for place in range(size) if place != 4}
    first, last = sorted(1_672_531_200 + int(part * 80_000_000) for part in bounds)

    created = catalogue.search(Filter(created_from=first, created_to=last))
    updated = catalogue.search(Filter(updated_from=first))
    both = catalogue.search(Filter(status="ACTIVATE", created_to=last, updated_to=last))

    alive = {place: brief for place, brief in briefs.items() if brief.status != "DELETED"}
    assert list(created) == [place for place, brief in alive.items() if first <= brief.create_time <= last]
    assert list(updated) == [place for place, brief in alive.items() if brief.update_time >= first]
    assert list(both) == [
        place
        for place, brief in alive.items()
        if brief.status == "ACTIVATE" and brief.create_time <= last and brief.update_time <= last
    ]


def test_a_shop_shows_every_oddity_that_live_answers_have() -> None:
    catalogue = catalogue_of(SandboxOptions(products=3000, regions=("VN",)))
    products = [catalogue.listing(place) for place in range(3000)]
    skus: list[dict[str, Any]] = [sku for product in products for sku in product["skus"]]
    quantities = [stock["quantity"] for sku in skus for stock in sku["inventory"]]

    assert {len(product["skus"]) for product in products} == {1, 2, 3, 4, 5}
    assert {sku.get("seller_sku", "missing") for sku in skus} >= {"", None, "missing"}
    assert {len(sku["inventory"]) for sku in skus} == {0, 1, 2}
    assert 0 in quantities
    assert any("." in sku["price"]["tax_exclusive_price"] for sku in skus)
    assert any("sale_price" not in sku["price"] for sku in skus)
    assert any("audit" not in product for product in products)
    assert any("has_draft" not in product for product in products)
    assert len({product["status"] for product in products}) == 7
    assert not all(product["title"].isascii() for product in products)
    assert len(msgspec.json.encode(products[0])) > 300


def test_shops_differ_by_market_and_number() -> None:
    options = SandboxOptions(products=1, shops=3, regions=("JP", "US"))
    shops = generated_sellers(options)[0].shops

    assert [shop.region for shop in shops] == ["JP", "US", "JP"]
    assert [shop.entry["seller_type"] for shop in shops] == ["CROSS_BORDER"] * 3
    assert len({shop.shop_id for shop in shops}) == 3
    assert len({shop.cipher for shop in shops}) == 3
    assert len({shop.catalogue.product_id(0) for shop in shops}) == 3
