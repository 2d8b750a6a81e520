"""Orders: searched, read, placed and moved."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.order_states import NEXT, Who
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import Caller, Clock

NOW = 1_790_000_000


@pytest.fixture
def caller(clock: Clock) -> Caller:
    return Caller.of(Sandbox(SandboxOptions(products=50, orders=300), clock=clock), clock)


def ids(orders: list[dict[str, Any]]) -> list[str]:
    return [order["id"] for order in orders]


def test_pages_list_every_order_once_the_newest_first(caller: Caller) -> None:
    placed = [caller.sandbox.place_order() for _ in range(5)]

    orders = caller.all_orders(page_size=7)

    assert len(set(ids(orders))) == len(orders) == 305
    assert set(placed) < set(ids(orders))
    times = [order["create_time"] for order in orders]
    assert times == sorted(times, reverse=True)
    assert caller.order_page(page_size=7)["data"]["total_count"] == 305


@pytest.mark.parametrize("sort", ["create_time ASC", "create_time DESC", "update_time ASC", "update_time DESC"])
def test_orders_come_in_the_order_asked_for(caller: Caller, sort: str) -> None:
    for at in (NOW - 90_000, NOW - 50, NOW - 50):
        caller.sandbox.place_order(at=at)
    field, direction = sort.split()

    orders = caller.all_orders(page_size=11, sort=sort)

    keys = [(order[field], order["id"]) for order in orders]
    assert keys == sorted(keys, reverse=direction == "DESC")
    assert len(orders) == 303


@pytest.mark.parametrize(
    "asked",
    [
        {"order_status": "CANCELLED"},
        {"shipping_type": "SELLER"},
        {"is_buyer_request_cancel": True},
        {"create_time_ge": NOW - 900_000, "create_time_lt": NOW - 300_000},
        {"update_time_ge": NOW - 200_000},
        {"update_time_lt": NOW - 200_000, "order_status": "DELIVERED"},
        {"create_time_lt": NOW - 300_000, "update_time_ge": NOW - 300_000},
    ],
)
def test_a_filter_finds_what_a_look_at_every_order_finds(caller: Caller, asked: dict[str, Any]) -> None:
    for order in caller.all_orders()[::13]:
        caller.sandbox.edit_order(order["id"], status="CANCELLED", shipping_type="SELLER")
    everything = caller.all_orders()

    found = caller.all_orders(page_size=9, **asked)

    assert ids(found) == [order["id"] for order in everything if fits(order, asked)]
    assert 0 < len(found) < len(everything)
    assert caller.order_page(**asked)["data"]["total_count"] == len(found)


def fits(order: dict[str, Any], asked: dict[str, Any]) -> bool:
    for name, value in asked.items():
        key = {"order_status": "status"}.get(name, name.removesuffix("_ge").removesuffix("_lt"))
        if name.endswith("_ge"):
            right = order[key] >= value
        elif name.endswith("_lt"):
            right = order[key] < value
        else:
            right = order[key] == value
        if not right:
            return False
    return True


def test_orders_are_found_by_buyer_and_warehouse(caller: Caller) -> None:
    everything = caller.all_orders()
    buyer, warehouse = everything[40]["user_id"], everything[40]["warehouse_id"]

    of_buyer = caller.all_orders(buyer_user_id=buyer)
    of_warehouse = caller.all_orders(warehouse_ids=[warehouse])

    assert ids(of_buyer) == [order["id"] for order in everything if order["user_id"] == buyer]
    assert ids(of_warehouse) == [order["id"] for order in everything if order["warehouse_id"] == warehouse]
    assert 0 < len(of_warehouse) < 300
    assert caller.all_orders(buyer_user_id="7") == []


def test_details_are_those_of_the_search_in_the_order_asked_for(caller: Caller) -> None:
    listed = caller.all_orders()[:50]

    details = caller.orders_by_id(*ids(listed))
    older = caller.orders_by_id(*ids(listed), path="/order/202309/orders")

    assert older == listed
    assert [{key: value for key, value in order.items() if key in listed[0]} for order in details[:1]] == listed[:1]
    assert any("payment_card_type" in order for order in details)


def test_more_than_fifty_ids_are_refused(caller: Caller) -> None:
    answer = caller.get("/order/202507/orders", ids=",".join(str(number) for number in range(51)))

    assert answer["code"] == 98001004


def test_an_unknown_order_is_left_out_or_refused(caller: Caller, clock: Clock) -> None:
    known = caller.sandbox.place_order()
    strict = Caller.of(Sandbox(SandboxOptions(products=5, unknown_orders="refuse"), clock=clock), clock)

    assert ids(caller.orders_by_id(known, "17", "")) == [known]
    assert strict.get("/order/202507/orders", ids="17")["code"] == 21008111
    assert strict.get("/order/202407/orders/17/price_detail")["code"] == 21008111


def test_a_bad_page_token_is_refused(caller: Caller) -> None:
    for token in ("x", "eA==", "+/8/W10=", "+/8/WyJhIl0="):
        assert caller.order_page(page_token=token)["code"] == 98001004


def test_an_order_is_placed_of_the_skus_asked_for(caller: Caller) -> None:
    sandbox = caller.sandbox
    skus = [sku["id"] for sku in caller.all_products()[3]["skus"]]

    order_id = sandbox.place_order(skus={skus[0]: 3}, at=datetime(2026, 9, 1, tzinfo=UTC), buyer_message="hallo")

    [order] = caller.orders_by_id(order_id)
    assert order["buyer_message"] == "hallo"
    assert order["create_time"] == 1_788_220_800
    assert [line["sku_id"] for line in order["line_items"] if not line["is_gift"]] == [skus[0]] * 3
    assert len({line["id"] for line in order["line_items"]}) == len(order["line_items"])


def test_an_order_goes_its_way_as_its_market_has_it(caller: Caller, clock: Clock) -> None:
    order_id = caller.sandbox.place_order()
    seen = [caller.sandbox.order(order_id)["status"]]
    while seen[-1] != "COMPLETED":
        clock.now += 3600
        seen.append(caller.sandbox.advance(order_id))

    [order] = caller.orders_by_id(order_id)
    assert seen == [
        "UNPAID",
        "ON_HOLD",
        "AWAITING_SHIPMENT",
        "AWAITING_COLLECTION",
        "IN_TRANSIT",
        "DELIVERED",
        seen[-1],
    ]
    assert order["update_time"] == int(clock.now)
    assert order["rts_time"] < order["collection_time"] < order["delivery_time"] < order["update_time"]
    assert {line["display_status"] for line in order["line_items"]} == {"COMPLETED"}


def test_a_move_that_does_not_exist_is_refused_with_what_does(caller: Caller) -> None:
    order_id = caller.sandbox.place_order()

    with pytest.raises(ValueError, match="UNPAID cannot become 'DELIVERED'; what may follow: ON_HOLD, CANCELLED"):
        caller.sandbox.advance(order_id, "DELIVERED")
    with pytest.raises(KeyError):
        caller.sandbox.advance("17")


def test_an_order_from_before_the_start_moves_on_as_well(caller: Caller) -> None:
    [before, *_] = caller.all_orders(order_status="IN_TRANSIT")

    caller.sandbox.advance(before["id"])

    [after] = caller.orders_by_id(before["id"])
    assert (after["status"], after["update_time"]) == ("DELIVERED", NOW)
    assert ids(caller.all_orders(update_time_ge=NOW)) == [before["id"]]
    assert len(caller.all_orders()) == 300


def test_an_edit_can_leave_the_update_time_as_it_was(caller: Caller, clock: Clock) -> None:
    order_id = caller.sandbox.place_order()
    clock.now += 60

    caller.sandbox.edit_order(order_id, keep_update_time=True, seller_note="quietly")

    [order] = caller.orders_by_id(order_id)
    assert (order["seller_note"], order["update_time"]) == ("quietly", NOW)


def test_a_new_address_is_shown_as_it_was_given(caller: Caller) -> None:
    order_id = caller.sandbox.place_order(status="AWAITING_SHIPMENT")
    masked = caller.orders_by_id(order_id)[0]["recipient_address"]

    caller.sandbox.edit_order(order_id, recipient_address={"name": "Jane Doe"})

    [order] = caller.orders_by_id(order_id)
    assert "*" in masked["name"]
    assert order["recipient_address"] == {"name": "Jane Doe"}
    assert order["has_updated_recipient_address"]


def test_every_change_is_announced_as_webhooks_have_it(caller: Caller) -> None:
    sandbox, heard = caller.sandbox, []
    sandbox.world.announce = lambda shop, event, data: heard.append((shop.shop_id, event, data))

    order_id = sandbox.place_order(count=2)
    for status in ("ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "CANCELLED"):
        sandbox.advance(order_id, status)
    sandbox.edit_order(order_id, recipient_address={"name": "Jane Doe"})

    assert {shop_id for shop_id, _, _ in heard} == {sandbox.shops[0].shop_id}
    words = ("order_status", "sc_type", "cancel_status")
    assert [(event, *(data[word] for word in words if word in data)) for _, event, data in heard] == [
        ("ORDER_STATUS_CHANGE", "UNPAID"),
        ("ORDER_STATUS_CHANGE", "ON_HOLD"),
        ("ORDER_STATUS_CHANGE", "AWAITING_SHIPMENT"),
        ("PACKAGE_UPDATE", "SPLIT"),
        ("CANCELLATION_STATUS_CHANGE", "CANCELLATION_REQUEST_SUCCESS"),
        ("ORDER_STATUS_CHANGE", "CANCEL"),
        ("RECIPIENT_ADDRESS_UPDATE",),
    ]


@pytest.mark.parametrize(
    ("region", "status", "who", "can"),
    [
        ("GB", "UNPAID", "SELLER", False),
        ("GB", "ON_HOLD", "SELLER", True),
        ("GB", "AWAITING_COLLECTION", "SELLER", False),
        ("US", "AWAITING_COLLECTION", "SELLER", True),
        ("GB", "AWAITING_COLLECTION", "SYSTEM", True),
        ("GB", "IN_TRANSIT", "BUYER", False),
    ],
)
def test_not_everybody_cancels_at_any_time(clock: Clock, region: str, status: str, who: Who, can: bool) -> None:
    sandbox = Sandbox(SandboxOptions(products=5, regions=(region,)), clock=clock)
    order_id = sandbox.place_order(status=status)

    if can:
        sandbox.advance(order_id, "CANCELLED", who=who)
        assert sandbox.order(order_id)["cancellation_initiator"] == who
    else:
        with pytest.raises(ValueError, match=f"not cancelled by {who}"):
            sandbox.advance(order_id, "CANCELLED", who=who)


def test_only_some_of_the_open_lines_ship_in_part(caller: Caller) -> None:
    order_id = caller.sandbox.place_order(status="AWAITING_SHIPMENT", count=3)
    every = [line["id"] for line in caller.sandbox.order(order_id)["line_items"]]

    for lines in (every, ["17"]):
        with pytest.raises(ValueError, match="not all"):
            caller.sandbox.advance(order_id, "PARTIALLY_SHIPPING", lines=lines)
    caller.sandbox.advance(order_id, "PARTIALLY_SHIPPING", lines=every[2:])

    words = [line["display_status"] for line in caller.sandbox.order(order_id)["line_items"]]
    assert words[:3] == ["AWAITING_SHIPMENT", "AWAITING_SHIPMENT", "AWAITING_COLLECTION"]


def test_a_recipient_is_masked_as_market_carrier_and_state_have_it(clock: Clock) -> None:
    sandbox = Sandbox(SandboxOptions(products=5, regions=("US",)), clock=clock)

    def masked(order_id: str) -> bool:
        return "*" in sandbox.order(order_id)["recipient_address"]["phone_number"]

    by_tiktok = sandbox.place_order(status="AWAITING_SHIPMENT", shipping_type="TIKTOK")
    own: dict[str, Any] = {"shipping_type": "SELLER", "fulfillment_type": "FULFILLMENT_BY_SELLER"}
    by_status = {status: sandbox.place_order(status=status, **own) for status in NEXT if status != "CANCELLED"}
    now = {status: masked(order_id) for status, order_id in by_status.items()}
    clock.now += 31 * 86_400

    assert masked(by_tiktok)
    assert {status for status, hidden in now.items() if hidden} == {"UNPAID", "ON_HOLD"}
    assert {status for status, order_id in by_status.items() if masked(order_id)} == {"UNPAID", "ON_HOLD", "COMPLETED"}


def test_a_part_that_ships_is_told_of_by_its_packages_unless_asked_for(clock: Clock) -> None:
    def heard(*, announces: bool) -> list[str]:
        sandbox = Sandbox(SandboxOptions(products=5, announces_partial_shipping=announces), clock=clock)
        order_id = sandbox.place_order(status="AWAITING_SHIPMENT", count=2)
        told: list[str] = []
        sandbox.world.announce = lambda shop, event, data: told.append(data.get("order_status", event))
        sandbox.advance(order_id, "PARTIALLY_SHIPPING")
        return told

    assert heard(announces=False) == ["PACKAGE_UPDATE"]
    assert heard(announces=True) == ["PARTIALLY_SHIPPING", "PACKAGE_UPDATE"]


def test_orders_that_many_threads_place_and_move_are_all_there(caller: Caller) -> None:
    sandbox, shop = caller.sandbox, caller.sandbox.shop()

    def work(number: int) -> list[str]:
        placed = [sandbox.place_order(count=1 + number % 3) for _ in range(20)]
        for order_id in placed[::2]:
            sandbox.advance(order_id)
        asked = sandbox.place_order(status="AWAITING_SHIPMENT")
        sandbox.settle_cancellation(sandbox.request_cancel(asked), "approve")
        caller.all_orders(page_size=50, sort="update_time ASC", update_time_ge=NOW)
        return [*placed, asked]

    with ThreadPoolExecutor(8) as pool:
        placed = [order_id for several in pool.map(work, range(8)) for order_id in several]

    assert len(set(placed)) == 8 * 21
    assert set(placed) == {order["id"] for order in caller.all_orders(create_time_ge=NOW)}
    assert len(caller.all_orders(create_time_ge=NOW, order_status="ON_HOLD")) == 80
    assert len(shop.orders) == 300 + 8 * 21
