"""How TikTok's orders become ours: the documented samples, the oddities of the field, and what is no difference."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.money import Money
from mye_tiktok.tiktok.after_sales import parse_cancellation, parse_return
from mye_tiktok.tiktok.order_digest import ONLY_IN_DETAIL, digest
from mye_tiktok.tiktok.order_parser import is_complete, parse_order, parse_stored
from tests.unit.tiktok.reference import reference

ORDERS = (
    "order_detail_202507.json",
    "order_detail_multi_line_vn.json",
    "order_detail_multi_package.constructed.json",
    "order_detail_two_packages.json",
    "order_list_page.json",
    "order_list_page_vn.json",
)
UNIT: Json = {
    "id": "577000000000000201",
    "product_id": "1730000000000000000",
    "sku_id": "1730000000000000001",
    "seller_sku": "TS-GRN-S",
    "product_name": "T‑Shirt “Größe & Farbe” 🌿",
    "sku_name": "Grün, S",
    "currency": "GBP",
    "sale_price": "8.99",
    "original_price": "9.99",
    "display_status": "AWAITING_SHIPMENT",
    "package_id": "1152000000000000301",
    "package_status": "TO_FULFILL",
    "tracking_number": "",
    "is_gift": False,
}
ORDER: Json = {
    "id": "577000000000000200",
    "status": "AWAITING_SHIPMENT",
    "create_time": 1757000000,
    "update_time": 1757090000,
    "line_items": [UNIT, {**UNIT, "id": "577000000000000202"}, {**UNIT, "id": "577000000000000203", "sale_price": "7"}],
    "payment": {"currency": "GBP", "total_amount": "27.97", "sub_total": "24.98", "handling_fee": "0.5"},
    "recipient_address": {"name": "D*** K***", "region_code": "GB"},
}


def recorded(name: str) -> list[Json]:
    found: list[Json] = reference(f"samples/responses/{name}")["data"]["orders"]
    return found


@pytest.mark.parametrize("name", ORDERS)
def test_every_recorded_order_is_read_and_kept_as_it_came(name: str) -> None:
    for raw in recorded(name):
        order = parse_order(raw)

        assert order.order_id == raw["id"]
        assert json.loads(order.raw) == raw
        assert sum(line.quantity for line in order.lines) == len(raw["line_items"])
        assert parse_stored(order.raw) == order


def test_the_documented_order_is_read_in_full() -> None:
    order = parse_order(recorded("order_detail_202507.json")[0])

    assert (order.status, order.kinds) == ("UNPAID", ("zero_lottery", "pre_order"))
    assert order.totals.total == Money(amount=Decimal(5000), currency="IDR")
    assert dict(order.totals.other)["product_tax"] == Money(amount=Decimal("21.3"), currency="IDR")
    assert order.deadlines.rts == datetime(2021, 4, 28, 12, 8, 8, tzinfo=UTC)
    assert (order.recipient.masked, order.recipient.empty) == (True, False)
    assert order.buyer_message == "Please ship asap!"
    assert order.related_order_id == ""
    assert order.lines[0].parts[0].quantity == 1


def test_units_of_a_sku_are_one_line_and_those_that_differ_are_not() -> None:
    order = parse_order(ORDER)

    assert [(line.quantity, line.unit_price and str(line.unit_price.amount)) for line in order.lines] == [
        (2, "8.99"),
        (1, "7"),
    ]
    assert order.lines[0].line_item_ids == ("577000000000000201", "577000000000000202")


def test_an_order_cancelled_in_vietnam_has_no_recipient_left() -> None:
    order = parse_order(recorded("order_detail_multi_line_vn.json")[0])

    assert (order.recipient.masked, order.recipient.empty) == (False, True)
    assert [line.quantity for line in order.lines] == [3]
    assert order.is_cancelled
    assert order.milestones.cancelled == order.updated_at


def test_a_masked_recipient_is_marked() -> None:
    order = parse_order(recorded("order_list_page_vn.json")[0])

    assert (order.recipient.masked, order.recipient.empty) == (True, False)
    assert order.recipient.districts[0] == ("L0", "Country", "Việt Nam")


def test_a_time_in_milliseconds_is_the_same_time() -> None:
    order = parse_order(recorded("order_list_page_vn.json")[0])

    assert order.deadlines.recommended == datetime(2025, 9, 4, 16, 59, 59, tzinfo=UTC) == order.deadlines.tts


def test_packages_gather_what_their_units_know() -> None:
    first, second = parse_order(recorded("order_detail_multi_package.constructed.json")[0]).packages

    assert (first.tracking_number, first.status, len(first.line_item_ids)) == ("AB123456789GB", "PROCESSING", 1)
    assert (second.tracking_number, second.status, len(second.line_item_ids)) == ("", "TO_FULFILL", 2)


def test_an_order_without_a_package_has_none() -> None:
    bare = {key: value for key, value in UNIT.items() if not key.startswith("package")}

    assert parse_order({**ORDER, "line_items": [bare], "packages": None}).packages == ()


def test_units_without_a_sku_are_told_apart() -> None:
    order = parse_order(recorded("order_detail_two_packages.json")[0])

    assert [line.line_item_ids for line in order.lines] == [("line-1",), ("line-2",)]
    assert order.status == "SHIPPED"


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({}, ("normal",)),
        ({"order_type": "NORMAL"}, ("normal",)),
        ({"is_sample_order": True}, ("sample",)),
        ({"is_sample_order": "true "}, ("sample",)),
        ({"is_replacement_order": True}, ("replacement",)),
        ({"is_exchange_order": True, "order_type": "PRE_ORDER"}, ("exchange", "pre_order")),
        ({"is_subscription_order": True}, ("subscription",)),
        ({"fulfillment_type": "FULFILLMENT_BY_SELLER"}, ("normal",)),
        ({"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, ("fulfilled_by_tiktok",)),
        ({"is_sample_order": True, "fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, ("sample", "fulfilled_by_tiktok")),
        ({"order_type": "SOMETHING_NEW"}, ("something_new",)),
    ],
)
def test_flags_and_types_say_what_kind_of_order_it_is(fields: Json, kinds: tuple[str, ...]) -> None:
    assert parse_order({**ORDER, **fields}).kinds == kinds


def test_what_an_order_follows_is_named() -> None:
    ids = {"replaced_order_id": "1", "exchange_source_order_id": "2"}

    assert parse_order({**ORDER, **ids}).related_order_id == ""
    assert parse_order({**ORDER, **ids, "is_replacement_order": True}).related_order_id == "1"
    assert parse_order({**ORDER, **ids, "is_exchange_order": True}).related_order_id == "2"


def test_a_request_to_cancel_counts_until_it_is_cancelled() -> None:
    asked = {**ORDER, "is_buyer_request_cancel": True}

    assert parse_order(asked).cancellation_requested
    assert not parse_order({**asked, "status": "CANCELLED"}).cancellation_requested


@pytest.mark.parametrize(
    ("fields", "complete"),
    [({}, True), ({"line_items": []}, False), ({"line_items": None}, False), ({"payment": {}}, False)],
)
def test_an_order_is_complete_with_lines_and_payment(fields: Json, complete: bool) -> None:
    assert is_complete({**ORDER, **fields}) is complete


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False)
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner), max_leaves=4
)


@given(
    field=st.sampled_from(sorted([*ORDER, "packages", "paid_time", "is_cod"])), value=anything, in_unit=st.booleans()
)
def test_whatever_a_field_holds_the_order_is_read(field: str, value: Any, in_unit: bool) -> None:
    raw = {**ORDER, "line_items": [{**UNIT, field: value}]} if in_unit else {**ORDER, field: value}

    order = parse_order(raw)

    assert parse_stored(order.raw).digest == order.digest


def emptied(value: Any, draw: st.DrawFn) -> Any:
    """Return the same said otherwise: keys in another order, empty values added, things with ids shuffled."""
    if isinstance(value, list):
        items = [emptied(one, draw) for one in value]
        shuffle = items and all(isinstance(one, dict) and "id" in one for one in items)
        return draw(st.permutations(items)) if shuffle else items
    if not isinstance(value, dict):
        return value
    nothing: list[Any] = ["", [], {}, None, 0, False]
    said = {key: emptied(one, draw) for key, one in value.items() if one or draw(st.booleans())}
    added = draw(
        st.lists(st.sampled_from(["tracking_number", "cancel_time", "is_cod", "new"]), max_size=2, unique=True)
    )
    said |= {key: draw(st.sampled_from(nothing)) for key in added if not value.get(key)}
    return dict(draw(st.permutations(list(said.items()))))


@st.composite
def said_otherwise(draw: st.DrawFn) -> Json:
    said: Json = emptied(copy.deepcopy(ORDER), draw)
    return said | dict.fromkeys(draw(st.lists(st.sampled_from(sorted(ONLY_IN_DETAIL)), unique=True)), "x")


@given(raw=said_otherwise())
def test_search_and_detail_of_an_order_have_the_same_digest(raw: Json) -> None:
    assert digest(raw) == digest(ORDER)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "CANCELLED"},
        {"update_time": 1757090001},
        {"seller_note": "x"},
        {"line_items": [UNIT]},
        {"payment": {**ORDER["payment"], "total_amount": "27.98"}},
        {"is_buyer_request_cancel": True},
    ],
)
def test_what_is_said_differently_has_another_digest(fields: Json) -> None:
    assert digest({**ORDER, **fields}) != digest(ORDER)


def test_pictures_are_signed_anew_and_no_difference() -> None:
    units = [{**unit, "sku_image": "https://p16.example/x?t=1"} for unit in ORDER["line_items"]]

    assert digest({**ORDER, "line_items": units}) == digest(ORDER)


def test_a_recorded_cancellation_is_read() -> None:
    raw = reference("samples/responses/cancellations_search_202309.json")["data"]["cancellations"][0]

    case = parse_cancellation(raw)

    assert (case.kind, case.case_id, case.order_id) == ("cancellation", "4035318504086604100", "577087614418520388")
    assert (case.status, case.role, case.is_pending) == ("CANCELLATION_REQUEST_PENDING", "BUYER", True)
    assert case.refund == Money(amount=Decimal("1.23"), currency="USD")
    assert case.deadline == datetime.fromtimestamp(1690554680, tz=UTC)
    assert case.line_item_ids == ("576468844534141348",)


def test_a_recorded_return_is_read() -> None:
    raw = reference("samples/responses/returns_search_202309.json")["data"]["return_orders"][0]

    case = parse_return(raw)

    assert (case.kind, case.case_id, case.type) == ("return", "4035318504086604100", "REFUND")
    assert case.status == "RETURN_OR_REFUND_REQUEST_PENDING"
    assert json.loads(case.raw) == raw


def test_a_buyer_is_in_no_representation_of_an_order() -> None:
    secret = {"name": "CANARY", "phone_number": "CANARY", "full_address": "CANARY"}
    buyer = {"buyer_message": "CANARY", "buyer_email": "CANARY", "seller_note": "CANARY", "buyer_nickname": "CANARY"}

    assert "CANARY" not in repr(parse_order({**ORDER, "recipient_address": secret, **buyer}))
