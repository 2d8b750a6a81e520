"""Which call ships an order, and what stands against it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.order import Order
from mye_tiktok.domain.shipping_choice import (
    DOES,
    ShippingCall,
    calls,
    choose,
    command,
    ignores_handover,
    market_of,
    needs_tracking,
    splits_units,
    wrong_call,
)
from mye_tiktok.domain.shipping_obstacles import obstacle, open_units, package_obstacle, shipped_with
from mye_tiktok.tiktok.order_parser import parse_order
from mye_tiktok.tiktok.package_parser import parse_package

LINE = {"id": "11", "sku_id": "1", "display_status": "AWAITING_SHIPMENT", "package_id": "6"}
OTHER = {"id": "12", "sku_id": "2", "display_status": "AWAITING_SHIPMENT", "package_id": "7"}
SENT = {**OTHER, "display_status": "AWAITING_COLLECTION", "tracking_number": "AB12"}


def an_order(status: str = "AWAITING_SHIPMENT", **fields: object) -> Order:
    return parse_order({"id": "5", "status": status, "shipping_type": "SELLER", "line_items": [LINE], **fields})


@pytest.mark.parametrize(
    ("regions", "shipping_type", "expected"),
    [
        ("VN ID TH MY PH SG MX BR", "TIKTOK", ["ship_package"]),
        ("VN ID TH MY PH SG MX BR", "SELLER", ["ship_package"]),
        ("GB UK ES IE IT DE FR", "TIKTOK", ["ship_package", "buy_label"]),
        ("GB UK ES IE IT DE FR", "SELLER", ["mark_shipped"]),
        ("US JP", "TIKTOK", ["buy_label"]),
        ("US JP us jp", "SELLER", ["mark_shipped"]),
        ("XX", "TIKTOK", ["ship_package", "buy_label"]),
        ("XX", "SELLER", ["mark_shipped", "ship_package"]),
        ("US", "NEW_TYPE", ["mark_shipped", "buy_label"]),
        ("GB", "", ["mark_shipped", "ship_package", "buy_label"]),
        ("ID", "", ["ship_package"]),
    ],
)
def test_market_and_shipping_type_decide_which_calls_ship(
    regions: str, shipping_type: str, expected: list[ShippingCall]
) -> None:
    for region in regions.split():
        assert list(calls(region, shipping_type)) == expected, region


@pytest.mark.parametrize(
    ("region", "shipping_type", "line", "expected"),
    [
        ("GB", "TIKTOK", LINE, "ship_package"),
        ("GB", "TIKTOK", {"id": "11"}, "buy_label"),
        ("ID", "TIKTOK", {"id": "11"}, "ship_package"),
        ("US", "SELLER", {"id": "11"}, "mark_shipped"),
    ],
)
def test_where_there_is_no_package_yet_a_label_is_bought(
    region: str, shipping_type: str, line: dict[str, str], expected: ShippingCall
) -> None:
    assert choose(an_order(shipping_type=shipping_type, line_items=[line]), region) == expected


@pytest.mark.parametrize(
    ("call", "region", "shipping_type", "hint"),
    [
        ("ship_package", "US", "SELLER", "`mye-tiktok ship mark-shipped 5 --tracking NUMBER --provider ID`"),
        ("mark_shipped", "ID", "SELLER", "`mye-tiktok ship arrange 6 --tracking NUMBER --provider ID`"),
        ("mark_shipped", "ID", "TIKTOK", "`mye-tiktok ship arrange 6`"),
        ("mark_shipped", "US", "TIKTOK", "`mye-tiktok ship create 5`"),
        ("buy_label", "GB", "SELLER", "`mye-tiktok ship mark-shipped 5 --tracking NUMBER --provider ID`"),
    ],
)
def test_a_call_that_does_not_ship_the_order_names_the_command_that_does(
    call: ShippingCall, region: str, shipping_type: str, hint: str
) -> None:
    found = wrong_call(call, an_order(shipping_type=shipping_type), region)

    assert found is not None
    assert (found.code, found.hint) == ("wrong-call", hint)
    assert "order 5" in found.message
    assert region in found.message


def test_of_several_packages_none_is_named() -> None:
    order = an_order(shipping_type="TIKTOK", line_items=[LINE, OTHER])

    assert command("ship_package", order) == "mye-tiktok ship arrange PACKAGE_ID"


@given(
    region=st.sampled_from(["US", "GB", "DE", "ID", "BR", "JP", "XX"]),
    shipping_type=st.sampled_from(["SELLER", "TIKTOK", "?"]),
)
def test_the_chosen_call_is_never_refused(region: str, shipping_type: str) -> None:
    order = an_order(shipping_type=shipping_type)
    refused = {call for call in DOES if wrong_call(call, order, region) is not None}

    assert choose(order, region) not in refused
    assert refused == set(DOES) - set(calls(region, shipping_type))


def test_a_number_is_needed_where_the_seller_ships() -> None:
    assert needs_tracking("mark_shipped", an_order())
    assert needs_tracking("ship_package", an_order())
    assert not needs_tracking("ship_package", an_order(shipping_type="TIKTOK"))
    assert not needs_tracking("buy_label", an_order(shipping_type="TIKTOK"))


@pytest.mark.parametrize(
    ("region", "seller_type", "units", "handover_ignored"),
    [
        ("BR", "LOCAL", False, False),
        ("ID", "LOCAL", False, True),
        ("VN", "CROSS_BORDER", False, False),
        ("MX", "LOCAL", False, False),
        ("MX", "CROSS_BORDER", True, False),
        ("US", "LOCAL", True, False),
        ("GB", "LOCAL", True, False),
        ("DE", "LOCAL", True, False),
        ("JP", "LOCAL", True, False),
        ("XX", "LOCAL", False, False),
    ],
)
def test_splitting_and_handing_over_follow_the_market(
    region: str, seller_type: str, units: bool, handover_ignored: bool
) -> None:
    assert (splits_units(region, seller_type), ignores_handover(region, seller_type)) == (units, handover_ignored)
    assert market_of("xx") == ""


@pytest.mark.parametrize(
    ("fields", "region", "code"),
    [
        ({}, "GB", None),
        ({"status": "PARTIALLY_SHIPPING", "line_items": [LINE, SENT]}, "GB", None),
        ({"status": "A NEW STATE"}, "GB", None),
        ({"is_sample_order": True}, "GB", None),
        ({"line_items": []}, "GB", None),
        ({"status": "UNPAID"}, "GB", "unpaid"),
        ({"status": "ON_HOLD"}, "GB", "on-hold"),
        ({"status": "CANCELLED"}, "GB", "cancelled"),
        ({"status": "AWAITING_COLLECTION"}, "GB", "already-shipped"),
        ({"status": "IN_TRANSIT"}, "GB", "already-shipped"),
        ({"status": "DELIVERED"}, "GB", "already-shipped"),
        ({"status": "COMPLETED"}, "GB", "already-shipped"),
        ({"line_items": [SENT]}, "GB", "already-shipped"),
        ({"is_buyer_request_cancel": True}, "GB", "cancellation-pending"),
        ({"is_buyer_request_cancel": True}, "US", None),
        ({"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, "GB", "fulfilled-elsewhere"),
        ({"fulfillment_type": "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"}, "ID", "fulfilled-elsewhere"),
        ({"shipping_type": "TIKTOK_DIGITAL"}, "US", "digital"),
    ],
)
def test_what_stands_against_shipping_is_named(fields: dict[str, object], region: str, code: str | None) -> None:
    found = obstacle(an_order(**fields), region)  # type: ignore[arg-type]

    assert (found.code if found else None) == code
    if found:
        assert "order 5" in found.message
        assert found.hint
        assert found.is_done == (code == "already-shipped")


@pytest.mark.parametrize(
    ("line_item_ids", "code"),
    [(["11"], None), (["12"], "already-shipped"), (["11", "12"], "line-item-gone"), (["11", "99"], "no-line-item")],
)
def test_named_units_must_be_there_and_open(line_item_ids: list[str], code: str | None) -> None:
    order = an_order(status="PARTIALLY_SHIPPING", line_items=[LINE, SENT])

    found = obstacle(order, "GB", line_item_ids=line_item_ids)

    assert (found.code if found else None) == code
    assert [unit.line_item_id for unit in open_units(order)] == ["11"]


def test_a_number_that_tiktok_gave_its_own_parcel_does_not_mean_that_it_was_shipped() -> None:
    waiting = {**LINE, "tracking_number": "T1"}

    assert obstacle(an_order(shipping_type="TIKTOK", line_items=[waiting]), "GB") is None
    assert obstacle(an_order(shipping_type="SELLER", line_items=[waiting]), "GB") is not None


@pytest.mark.parametrize(("shipping_type", "command"), [("SELLER", "ship update"), ("TIKTOK", "ship track 5")])
def test_only_the_sellers_own_number_can_be_corrected(shipping_type: str, command: str) -> None:
    found = obstacle(an_order(status="AWAITING_COLLECTION", shipping_type=shipping_type), "GB")

    assert found is not None
    assert f"`mye-tiktok {command}" in found.hint


def test_an_order_knows_with_which_number_it_was_shipped() -> None:
    order = an_order(status="PARTIALLY_SHIPPING", line_items=[LINE, SENT])

    assert [package.package_id for package in shipped_with(order, " ab12 ")] == ["7"]
    assert shipped_with(order, "AB13") == shipped_with(order, "") == ()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("TO_FULFILL", None),
        ("A NEW STATE", None),
        ("", None),
        ("PROCESSING", "already-shipped"),
        ("FULFILLING", "already-shipped"),
        ("COMPLETED", "already-shipped"),
        ("CANCELLED", "cancelled"),
    ],
)
def test_a_package_is_shipped_once(status: str, code: str | None) -> None:
    found = package_obstacle(parse_package({"package_id": "6", "package_status": status}))

    assert (found.code if found else None) == code
