"""What can be told of combining and splitting before TikTok is asked."""

from collections.abc import Mapping, Sequence

import pytest

from mye_tiktok.domain.order import Order
from mye_tiktok.domain.package import Package
from mye_tiktok.domain.regrouping import combine_obstacle, split_obstacle, uncombine_obstacle
from mye_tiktok.tiktok.order_parser import parse_order
from mye_tiktok.tiktok.package_parser import parse_package

SHIRTS = [{"id": str(number), "sku_id": "1", "display_status": "AWAITING_SHIPMENT"} for number in (11, 12)]
HAT = {"id": "13", "sku_id": "2", "display_status": "AWAITING_SHIPMENT"}
GONE = {"id": "14", "sku_id": "3", "display_status": "CANCELLED"}


def a_package(package_id: str, *order_ids: str, status: str = "TO_FULFILL") -> Package:
    orders = [{"id": order_id} for order_id in order_ids]
    return parse_package({"package_id": package_id, "package_status": status, "orders": orders})


def an_order(buyer: str = "7", **fields: object) -> Order:
    lines = [*SHIRTS, HAT, GONE]
    return parse_order({"id": "5", "status": "AWAITING_SHIPMENT", "user_id": buyer, "line_items": lines, **fields})


@pytest.mark.parametrize(
    ("packages", "orders", "code"),
    [
        ([a_package("6"), a_package("7")], [an_order(), an_order()], None),
        ([a_package("6"), a_package("7")], [an_order(""), an_order()], None),
        ([a_package("6"), a_package("7")], [an_order("1"), an_order("2")], "several-buyers"),
        ([a_package("6"), a_package("6")], [], "too-few"),
        ([a_package("6"), a_package("7", status="PROCESSING")], [], "already-shipped"),
        ([a_package("6"), a_package("7", status="CANCELLED")], [], "cancelled"),
    ],
)
def test_packages_of_one_buyer_that_wait_can_be_combined(
    packages: list[Package], orders: list[Order], code: str | None
) -> None:
    found = combine_obstacle(packages, orders)

    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("package", "order_ids", "code"),
    [
        (a_package("6", "1", "2"), [], None),
        (a_package("6", "1", "2"), ["2"], None),
        (a_package("6", "1", "2"), ["3"], "no-order"),
        (a_package("6", "1"), [], "not-combined"),
        (a_package("6", "1", "2", status="COMPLETED"), [], "already-shipped"),
    ],
)
def test_orders_can_be_taken_out_of_a_package_that_holds_several(
    package: Package, order_ids: list[str], code: str | None
) -> None:
    found = uncombine_obstacle(package, order_ids)

    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("region", "seller_type", "groups", "code"),
    [
        ("ID", "LOCAL", {"1": ["11", "12"], "2": ["13"]}, None),
        ("ID", "LOCAL", {"1": ["11"], "2": ["12", "13"]}, "sku-torn"),
        ("MX", "LOCAL", {"1": ["11"], "2": ["12", "13"]}, "sku-torn"),
        ("MX", "CROSS_BORDER", {"1": ["11"], "2": ["12", "13"]}, None),
        ("GB", "LOCAL", {"1": ["11"], "2": ["12"], "3": ["13"]}, None),
        ("GB", "LOCAL", {"1": ["11", "12", "13"]}, "too-few"),
        ("GB", "LOCAL", {"1": ["11", "12", "13"], "2": []}, "too-few"),
        ("GB", "LOCAL", {"1": ["11", "12"], "2": ["12", "13"]}, "twice"),
        ("GB", "LOCAL", {"1": ["11", "12"], "2": ["13", "99"]}, "no-line-item"),
        ("GB", "LOCAL", {"1": ["11", "12"], "2": ["13", "14"]}, "no-line-item"),
        ("GB", "LOCAL", {"1": ["11"], "2": ["13"]}, "left-out"),
    ],
)
def test_each_open_unit_goes_into_one_group_and_a_sku_stays_together_where_it_must(
    region: str, seller_type: str, groups: Mapping[str, Sequence[str]], code: str | None
) -> None:
    found = split_obstacle(an_order(), groups, region=region, seller_type=seller_type)

    assert (found.code if found else None) == code


def test_what_can_not_be_shipped_can_not_be_split() -> None:
    found = split_obstacle(
        an_order(status="ON_HOLD"), {"1": ["11", "12"], "2": ["13"]}, region="GB", seller_type="LOCAL"
    )

    assert found is not None
    assert found.code == "on-hold"
