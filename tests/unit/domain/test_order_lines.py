"""Grouping: units of a SKU become lines, and none is lost or counted twice."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.money import Money
from mye_tiktok.domain.order_lines import Unit, grouped

prices = st.sampled_from(
    [None, Money(amount=Decimal("8.99"), currency="GBP"), Money(amount=Decimal(0), currency="GBP")]
)
units = st.builds(
    Unit,
    line_item_id=st.integers(1, 10**6).map(str),
    product_id=st.sampled_from(["1", "2"]),
    sku_id=st.sampled_from(["", "11", "12"]),
    seller_sku=st.sampled_from(["", "SHIRT"]),
    product_name=st.just("Shirt"),
    variant=st.just("M"),
    unit_price=prices,
    original_price=prices,
    status=st.sampled_from(["AWAITING_SHIPMENT", "CANCELLED", "SOMETHING_NEW"]),
    gift=st.booleans(),
    sku_type=st.sampled_from(["NORMAL", "PRE_ORDER"]),
    package_id=st.sampled_from(["", "p-1", "p-2"]),
    package_status=st.just(""),
    tracking_number=st.just(""),
    provider_id=st.just(""),
    provider_name=st.just(""),
)
orders = st.lists(units, max_size=12, unique_by=lambda unit: unit.line_item_id)


@given(of=orders)
def test_every_unit_is_on_exactly_one_line(of: list[Unit]) -> None:
    lines = grouped(of)

    assert Counter(one for line in lines for one in line.line_item_ids) == Counter(unit.line_item_id for unit in of)
    assert sum(line.quantity for line in lines) == len(of)
    assert all(line.quantity > 0 for line in lines)


@given(of=orders)
def test_units_of_a_line_are_alike_and_no_two_lines_are(of: list[Unit]) -> None:
    by_id = {unit.line_item_id: unit for unit in of}

    def alike(unit: Unit) -> tuple[object, ...]:
        sku = (unit.product_id, unit.sku_id, unit.seller_sku)
        return (*sku, unit.unit_price, unit.original_price, unit.status, unit.gift, unit.sku_type)

    lines = grouped(of)
    for line in lines:
        assert {alike(by_id[one]) for one in line.line_item_ids} == {alike(by_id[line.line_item_ids[0]])}
    named = [line for line in lines if line.sku_id or line.seller_sku]
    assert len({alike(by_id[line.line_item_ids[0]]) for line in named}) == len(named)


@given(of=orders)
def test_a_unit_without_a_sku_stays_alone(of: list[Unit]) -> None:
    assert all(line.quantity == 1 for line in grouped(of) if not line.sku_id and not line.seller_sku)


@given(of=orders)
def test_a_line_names_the_packages_of_its_units(of: list[Unit]) -> None:
    by_id = {unit.line_item_id: unit for unit in of}

    for line in grouped(of):
        assert set(line.package_ids) == {by_id[one].package_id for one in line.line_item_ids} - {""}
        assert len(set(line.package_ids)) == len(line.package_ids)


@given(of=orders)
def test_the_total_of_the_lines_is_the_total_of_the_units(of: list[Unit]) -> None:
    def amount(price: Money | None) -> Decimal:
        return price.amount if price else Decimal(0)

    assert sum(amount(line.unit_price) * line.quantity for line in grouped(of)) == sum(
        amount(unit.unit_price) for unit in of
    )
