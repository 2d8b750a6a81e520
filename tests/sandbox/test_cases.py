"""Cancellations and returns: asked for, searched, decided."""

from typing import Any

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import CANCELLATIONS, REJECT_REASONS, RETURNS, Caller, Clock

NOW = 1_790_000_000
CANCEL = "/return_refund/202602/cancellations"


def deciding(case_id: str, word: str, topic: str = "cancellations", version: str = "202309") -> str:
    return f"/return_refund/{version}/{topic}/{case_id}/{word}"


def pending(caller: Caller) -> tuple[str, str]:
    order_id = caller.sandbox.place_order(status="AWAITING_SHIPMENT")
    return order_id, caller.sandbox.request_cancel(order_id)


def a_return(caller: Caller, kind: Any = "RETURN_AND_REFUND", status: str = "DELIVERED") -> tuple[str, str]:
    order_id = caller.sandbox.place_order(status=status)
    return order_id, caller.sandbox.request_return(order_id, kind)


def cancellation(caller: Caller, cancel_id: str) -> dict[str, Any]:
    [found] = caller.cases(CANCELLATIONS, cancel_ids=[cancel_id])["data"]["cancellations"]
    return dict(found)


def returned(caller: Caller, return_id: str) -> dict[str, Any]:
    [found] = caller.cases(RETURNS, return_ids=[return_id])["data"]["return_orders"]
    return dict(found)


def reason(caller: Caller, case_id: str) -> str:
    return str(caller.get(REJECT_REASONS, return_or_cancel_id=case_id)["data"]["reasons"][0]["name"])


def test_a_request_of_the_buyer_waits_on_the_order_and_among_the_cancellations(caller: Caller) -> None:
    order_id, cancel_id = pending(caller)

    found = cancellation(caller, cancel_id)
    [order] = caller.orders_by_id(order_id)

    assert (found["order_id"], found["cancel_type"], found["role"]) == (order_id, "BUYER_CANCEL", "BUYER")
    assert found["cancel_status"] == "CANCELLATION_REQUEST_PENDING"
    assert found["seller_next_action_response"][0]["deadline"] == NOW + 48 * 3600
    assert (order["is_buyer_request_cancel"], order["request_cancel_time"]) == (True, NOW)
    assert [each["id"] for each in caller.all_orders(is_buyer_request_cancel=True)] == [order_id]


def test_an_approved_request_cancels_the_order(caller: Caller) -> None:
    order_id, cancel_id = pending(caller)

    answer = caller.post(deciding(cancel_id, "approve"))

    [order] = caller.orders_by_id(order_id)
    assert (answer["code"], answer["data"]) == (0, {})
    assert cancellation(caller, cancel_id)["cancel_status"] == "CANCELLATION_REQUEST_SUCCESS"
    assert (order["status"], order["cancellation_initiator"]) == ("CANCELLED", "BUYER")
    assert caller.sandbox.settle_cancellation(cancel_id, "complete") == "CANCELLATION_REQUEST_COMPLETE"
    assert caller.cases(CANCELLATIONS, order_ids=[order_id])["data"]["total_count"] == 1


def test_a_rejected_request_lets_the_order_go_on(caller: Caller) -> None:
    order_id, cancel_id = pending(caller)

    answer = caller.post(deciding(cancel_id, "reject"), reject_reason=reason(caller, cancel_id))

    [order] = caller.orders_by_id(order_id)
    assert answer["code"] == 0
    assert cancellation(caller, cancel_id)["cancel_status"] == "CANCELLATION_REQUEST_CANCEL"
    assert (order["status"], order["is_buyer_request_cancel"]) == ("AWAITING_SHIPMENT", False)
    assert caller.sandbox.advance(order_id) == "AWAITING_COLLECTION"


def test_the_same_idempotency_key_is_the_same_request(caller: Caller) -> None:
    _, cancel_id = pending(caller)

    codes = [caller.post(deciding(cancel_id, "approve"), key=key)["code"] for key in ("a", "a", "b")]

    assert codes == [0, 0, 25011012]
    assert caller.post(deciding(cancel_id, "approve"), key="k" * 256)["code"] == 25001001


@pytest.mark.parametrize(
    ("decision", "word", "code"),
    [
        ("approve", "approve", 25011012),
        ("approve", "reject", 25020010),
        ("reject", "approve", 25020009),
        ("withdraw", "reject", 25011011),
    ],
)
def test_a_decision_that_comes_too_late_is_refused(caller: Caller, decision: Any, word: str, code: int) -> None:
    _, cancel_id = pending(caller)
    chosen = reason(caller, cancel_id)
    caller.sandbox.settle_cancellation(cancel_id, decision)

    answer = caller.post(deciding(cancel_id, word), reject_reason=chosen)

    assert answer["code"] == code


def test_decisions_about_what_is_not_there_or_not_asked_are_refused(caller: Caller) -> None:
    order_id = caller.sandbox.place_order(status="CANCELLED")
    [own] = caller.cases(CANCELLATIONS, order_ids=[order_id])["data"]["cancellations"]
    _, cancel_id = pending(caller)
    other = reason(caller, a_return(caller)[1])

    assert own["cancel_type"] == "CANCEL"
    assert caller.post(deciding(own["cancel_id"], "approve"))["code"] == 25020004
    assert caller.post(deciding("17", "approve"))["code"] == 25007006
    assert caller.post(deciding(cancel_id, "reject"), reject_reason="because")["code"] == 25001014
    assert caller.post(deciding(cancel_id, "reject"), reject_reason=other)["code"] == 25001057
    assert caller.get(REJECT_REASONS, return_or_cancel_id="17")["data"] == {"reasons": []}


def test_another_shop_may_not_decide(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=5, shops=2), clock=clock), clock)
    shop_id = caller.sandbox.shops[1].shop_id
    order_id = caller.sandbox.place_order(shop_id, status="AWAITING_SHIPMENT")
    cancel_id = caller.sandbox.request_cancel(order_id)

    assert caller.post(deciding(cancel_id, "approve"))["code"] == 25020005
    assert caller.post(CANCEL, order_id=order_id, cancel_reason="Out of stock")["code"] == 25020005
    assert caller.cases(CANCELLATIONS)["data"]["cancellations"] == []


def test_nobody_is_asked_while_an_order_is_unpaid_or_on_hold(caller: Caller) -> None:
    for status in ("UNPAID", "ON_HOLD"):
        order_id = caller.sandbox.place_order(status=status)

        found = cancellation(caller, caller.sandbox.request_cancel(order_id))

        assert (found["cancel_type"], found["role"]) == ("CANCEL", "BUYER")
        assert caller.sandbox.order(order_id)["status"] == "CANCELLED"


def test_an_order_whose_buyer_asked_does_not_ship_but_in_the_us(caller: Caller, clock: Clock) -> None:
    american = Caller.of(Sandbox(SandboxOptions(products=5, regions=("US",)), clock=clock), clock)
    british_order, _ = pending(caller)
    american_order, cancel_id = pending(american)

    with pytest.raises(ValueError, match="settle that request"):
        caller.sandbox.advance(british_order)
    american.sandbox.advance(american_order)

    assert cancellation(american, cancel_id)["cancel_status"] == "CANCELLATION_REQUEST_CANCEL"
    assert not american.sandbox.order(american_order)["is_buyer_request_cancel"]


def test_a_seller_cancels_an_order(caller: Caller) -> None:
    order_id = caller.sandbox.place_order(status="AWAITING_SHIPMENT")

    data = caller.post(CANCEL, order_id=order_id, cancel_reason="Out of stock")["data"]

    assert data["cancel_status"] == "CANCELLATION_REQUEST_SUCCESS"
    assert cancellation(caller, data["cancel_id"])["role"] == "SELLER"
    assert caller.sandbox.order(order_id)["cancel_reason"] == "Out of stock"
    assert caller.post(CANCEL, order_id=order_id, cancel_reason="Out of stock")["code"] == 25001051


def test_a_seller_cancels_units_one_after_the_other(caller: Caller) -> None:
    sku = caller.all_products()[0]["skus"][0]["id"]
    order_id = caller.sandbox.place_order(status="AWAITING_SHIPMENT", skus=[sku, sku, sku])
    lines = [line["id"] for line in caller.sandbox.order(order_id)["line_items"]]

    by_line = caller.post(CANCEL, order_id=order_id, cancel_reason="Out of stock", order_line_item_ids=lines[:1])
    [order] = caller.orders_by_id(order_id)
    too_many = caller.post(
        CANCEL, order_id=order_id, cancel_reason="Out of stock", skus=[{"sku_id": sku, "quantity": 9}]
    )
    caller.post(CANCEL, order_id=order_id, cancel_reason="Out of stock", order_line_item_ids=lines[1:])

    assert by_line["code"] == 0
    assert order["status"] == "AWAITING_SHIPMENT"
    assert [line["display_status"] for line in order["line_items"]][:2] == ["CANCELLED", "AWAITING_SHIPMENT"]
    assert too_many["code"] == 25005011
    assert caller.sandbox.order(order_id)["status"] == "CANCELLED"


def test_what_is_left_of_an_order_in_parts_is_cancelled_and_the_rest_has_shipped(caller: Caller) -> None:
    order_id = caller.sandbox.place_order(status="PARTIALLY_SHIPPING", count=4)
    lines = caller.sandbox.order(order_id)["line_items"]
    sent = [line["id"] for line in lines if line["display_status"] == "AWAITING_COLLECTION"]
    left = [line["id"] for line in lines if line["display_status"] == "AWAITING_SHIPMENT"]

    refused = caller.post(CANCEL, order_id=order_id, cancel_reason="Out of stock", order_line_item_ids=sent)
    caller.post(CANCEL, order_id=order_id, cancel_reason="Out of stock", order_line_item_ids=left)

    [order] = caller.orders_by_id(order_id)
    assert refused["code"] == 25001045
    assert order["status"] == "AWAITING_COLLECTION"
    assert {line["id"] for line in order["line_items"] if line["display_status"] == "CANCELLED"} == set(left)
    assert order["tracking_number"] == next(line["tracking_number"] for line in lines if line["id"] in sent)


def test_what_a_market_or_a_state_does_not_let_a_seller_cancel(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=5, regions=("VN",)), clock=clock), clock)
    whole = caller.sandbox.place_order(status="AWAITING_SHIPMENT", count=3)
    line = caller.sandbox.order(whole)["line_items"][0]["id"]
    sent = caller.sandbox.place_order(status="AWAITING_COLLECTION")
    asked, _ = pending(caller)

    def code(order_id: str, **more: Any) -> int:
        return int(caller.post(CANCEL, order_id=order_id, cancel_reason="Out of stock", **more)["code"])

    assert code(whole, order_line_item_ids=[line]) == 25005010
    assert code(sent) == 25001045
    assert code(asked) == 25001011


def test_a_return_goes_its_way(caller: Caller) -> None:
    order_id, return_id = a_return(caller)

    assert caller.post(deciding(return_id, "approve", "returns"), decision="APPROVE_RETURN")["code"] == 0
    assert returned(caller, return_id)["return_status"] == "AWAITING_BUYER_SHIP"
    caller.sandbox.advance_return(return_id)
    assert returned(caller, return_id)["return_tracking_number"]
    assert caller.post(deciding(return_id, "approve", "returns"), decision="APPROVE_RECEIVED_PACKAGE")["code"] == 0
    assert caller.sandbox.advance_return(return_id) == "RETURN_OR_REFUND_REQUEST_COMPLETE"
    assert caller.sandbox.order(order_id)["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("kind", "word", "decision", "code"),
    [
        ("REFUND", "approve", "APPROVE_RETURN", 25020004),
        ("REPLACEMENT", "approve", "APPROVE_REFUND", 25020004),
        ("RETURN_AND_REFUND", "approve", "APPROVE_RECEIVED_PACKAGE", 25011013),
        ("RETURN_AND_REFUND", "reject", "REJECT_RECEIVED_PACKAGE", 25020012),
        ("RETURN_AND_REFUND", "reject", "REJECT_REFUND", 25020004),
    ],
)
def test_a_decision_that_does_not_fit_a_return_is_refused(
    caller: Caller, kind: str, word: str, decision: str, code: int
) -> None:
    _, return_id = a_return(caller, kind)
    version = "202309" if word == "approve" else "202606"

    answer = caller.post(
        deciding(return_id, word, "returns", version), decision=decision, reject_reason=reason(caller, return_id)
    )

    assert answer["code"] == code


@pytest.mark.parametrize(
    ("kind", "decision", "status"),
    [
        ("REFUND", "REJECT_REFUND", "REFUND_OR_RETURN_REQUEST_REJECT"),
        ("RETURN_AND_REFUND", "REJECT_RETURN", "REFUND_OR_RETURN_REQUEST_REJECT"),
        ("REPLACEMENT", "REJECT_REPLACEMENT", "REPLACEMENT_REQUEST_REJECT"),
    ],
)
def test_a_return_is_rejected(caller: Caller, kind: str, decision: str, status: str) -> None:
    _, return_id = a_return(caller, kind)
    path = deciding(return_id, "reject", "returns", "202606")

    answer = caller.post(path, decision=decision, reject_reason=reason(caller, return_id))

    assert answer["code"] == 0
    assert returned(caller, return_id)["return_status"] == status


def test_a_partial_refund_is_offered_with_an_amount(caller: Caller) -> None:
    _, return_id = a_return(caller)
    path, offer = deciding(return_id, "approve", "returns"), {"currency": "GBP", "amount": "1.50"}

    bare = caller.post(path, decision="OFFER_PARTIAL_REFUND")
    full = caller.post(path, decision="OFFER_PARTIAL_REFUND", partial_refund=offer)

    found = returned(caller, return_id)
    assert (bare["code"], full["code"]) == (25001001, 0)
    assert (found["return_status"], found["partial_refund"]) == ("AWAITING_BUYER_RESPONSE", offer)
    assert caller.cases(RETURNS, seller_proposed_return_type=["PARTIAL_REFUND"])["data"]["total_count"] == 1


def test_searches_filter_page_and_keep_their_limits(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=20, orders=2000), clock=clock), clock)
    for path, key, least in ((CANCELLATIONS, "cancellations", 1), (RETURNS, "return_orders", 10)):
        total = caller.cases(path)["data"]["total_count"]
        found, token = [], ""
        while True:
            data = caller.cases(path, least, token)["data"]
            found += data[key]
            token = data["next_page_token"]
            if not token:
                break

        assert len(found) == total > 20
        times = [each["create_time"] for each in found]
        assert times == sorted(times)
        buyers = {order["id"]: order["user_id"] for order in caller.all_orders()}
        buyer = buyers[found[0]["order_id"]]
        of_buyer = caller.cases(path, buyer_user_ids=[buyer])["data"][key]
        assert [each["order_id"] for each in of_buyer] == [
            each["order_id"] for each in found if buyers[each["order_id"]] == buyer
        ]
        assert caller.cases(path, update_time_ge=NOW - 86_400)["data"]["total_count"] == sum(
            each["update_time"] >= NOW - 86_400 for each in found
        )
        for size in (least - 1, 51):
            assert caller.cases(path, size)["code"] == 25001001
        assert caller.cases(path, page_token="x")["code"] == 25001001


def test_every_cancelled_order_has_its_cancellation(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=20, orders=300), clock=clock), clock)
    cancelled = caller.all_orders(order_status="CANCELLED")

    for order in cancelled:
        [found] = caller.cases(CANCELLATIONS, order_ids=[order["id"]])["data"]["cancellations"]
        assert found["role"] == order["cancellation_initiator"]
    assert len(cancelled) > 30


def test_nothing_returned_leaves_the_key_out(caller: Caller) -> None:
    assert caller.cases(RETURNS)["data"] == {"next_page_token": "", "total_count": 0}
    assert caller.cases(CANCELLATIONS)["data"]["cancellations"] == []
