"""Order messages: every one fits its schema and tells what the order is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.order import AfterSale, Change, OrderChange
from mye_tiktok.mye import contract
from mye_tiktok.mye.orders import KINDS, order_message
from mye_tiktok.tiktok.after_sales import parse_cancellation, parse_return
from mye_tiktok.tiktok.order_parser import parse_order
from tests.unit.tiktok.reference import reference
from tests.unit.tiktok.test_fields import ANYTHING
from tests.unit.tiktok.test_order_parser import ORDER, ORDERS, UNIT

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
CHANNEL = Channel(
    channel_uid="channel-1",
    shop_id="7494000000000000001",
    shop_name="Shop",
    region="GB",
    seller_type="CROSS_BORDER",
    shop_cipher="GCP_secret",
    authorization_id=1,
)
VALIDATORS = {
    word: Draft202012Validator(contract.schema(kind), format_checker=FormatChecker()) for word, kind in KINDS.items()
}
PENDING = {"cancel_id": "1", "order_id": ORDER["id"], "cancel_status": "CANCELLATION_REQUEST_PENDING"}


def message(raw: Json, *, told: Change = "created", after_sales: tuple[AfterSale, ...] = (), version: int = 1) -> Json:
    """The body of the message about an order, which fits its schema."""
    order = parse_order(raw)
    change = OrderChange(
        change=told,
        order=order,
        previous_status=None if told == "created" else "UNPAID",
        version=version,
        after_sales=after_sales,
        topic="ORDER_STATUS_CHANGE",
        updated_at=order.updated_at,
        told=told,
        announced="final",
    )
    sent = order_message(change, CHANNEL, now=NOON, message_id="outbox-1")
    body: Json = json.loads(sent.body)
    assert (sent.type, sent.dataschema) == (KINDS[told].type, KINDS[told].dataschema)
    assert (sent.key, sent.subject) == (f"channel-1/{order.order_id}", order.order_id)
    assert "GCP_secret" not in repr(sent)
    VALIDATORS[told].validate(body)
    return body


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("told", ["created", "updated"])
def test_every_recorded_order_makes_a_message_that_fits_its_schema(name: str, told: Change) -> None:
    for raw in reference(f"samples/responses/{name}")["data"]["orders"]:
        assert message(raw, told=told)["tiktok"] == raw


fields = st.sampled_from(
    [*ORDER, *UNIT, "packages", "kind", "order_type", "rts_sla_time", "is_sample_order", "combined_listing_skus"]
)
ids = st.integers(1, 10**21).map(str)


@given(order_id=ids, field=fields, value=ANYTHING, in_unit=st.booleans(), told=st.sampled_from(["created", "updated"]))
def test_whatever_a_field_holds_the_message_fits_its_schema(
    order_id: str, field: str, value: Any, in_unit: bool, told: Change
) -> None:
    raw = {**ORDER, "line_items": [{**UNIT, field: value}]} if in_unit else {**ORDER, field: value}

    message({**raw, "id": order_id}, told=told)


def test_a_message_tells_what_the_order_is() -> None:
    body = message({**ORDER, "paid_time": 1757000100, "buyer_message": "Please", "rts_sla_time": 1757100000})

    order = body["order"]
    assert (body["status"], body["previous_status"], body["version"]) == ("AWAITING_SHIPMENT", None, 1)
    assert body["updated_at"] == "2025-09-05T16:33:20Z"
    assert (order["kind"], order["buyer_message"], order["paid_at"]) == ("normal", "Please", "2025-09-04T15:35:00Z")
    assert [(line["quantity"], line["unit_price"]) for line in order["lines"]] == [
        (2, {"amount": "8.99", "currency": "GBP"}),
        (1, {"amount": "7", "currency": "GBP"}),
    ]
    assert order["totals"]["total"] == {"amount": "27.97", "currency": "GBP"}
    assert order["totals"]["other"] == {"handling_fee": {"amount": "0.5", "currency": "GBP"}}
    assert (order["recipient"]["masked"], order["recipient"]["empty"]) == (True, False)
    assert order["deadlines"]["rts"] == "2025-09-05T19:20:00Z"
    assert order["hold"] == {"on_hold": False, "provisional": False, "passes_hold": False}


def test_an_order_on_hold_is_provisional() -> None:
    body = message({**ORDER, "status": "ON_HOLD", "is_on_hold_order": True})

    assert body["order"]["hold"] == {"on_hold": True, "provisional": True, "passes_hold": True}


def test_after_sales_stand_beside_the_order_with_tiktoks_own_objects() -> None:
    returned = {"return_id": "1", "order_id": ORDER["id"], "return_type": "REFUND", "return_status": "SOMETHING_NEW"}
    cases = (parse_cancellation(PENDING), parse_return(returned))

    found = message(ORDER, told="updated", after_sales=cases)["order"]["after_sales"]

    assert [one["tiktok"] for one in found["cancellations"]] == [PENDING]
    assert [(one["id"], one["type"], one["status"]) for one in found["returns"]] == [("1", "REFUND", "SOMETHING_NEW")]


def test_a_pending_cancellation_counts_as_a_request_to_cancel() -> None:
    pending = (parse_cancellation(PENDING),)
    done = (parse_cancellation({**PENDING, "cancel_status": "CANCELLATION_REQUEST_COMPLETE"}),)

    assert message(ORDER, after_sales=pending)["order"]["cancellation_requested"] is True
    assert message(ORDER, after_sales=done)["order"]["cancellation_requested"] is False
    assert message({**ORDER, "status": "CANCELLED"}, after_sales=pending)["order"]["cancellation_requested"] is False


def test_tiktoks_object_is_passed_on_as_the_text_that_is_stored() -> None:
    order = parse_order({**ORDER, "new_key": {"b": 1, "a": "Áo thun"}})
    change = OrderChange(
        change="created",
        order=order,
        previous_status=None,
        version=1,
        after_sales=(),
        topic="",
        updated_at=None,
        told="created",
        announced="final",
    )

    assert order.raw.encode() in order_message(change, CHANNEL, now=NOON, message_id="1").body
