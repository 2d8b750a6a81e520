"""What holds for orders whatever happens to them."""

import tracemalloc
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mye_tiktok.sandbox.book import Window
from mye_tiktok.sandbox.markets import regions
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.order_content import KINDS
from mye_tiktok.sandbox.order_past import OrderFilter
from mye_tiktok.sandbox.order_states import HOLDING, NEXT, STATUSES
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import Caller, Clock

START = 1_790_000_000
Regions = st.sampled_from(regions())
Moves = st.lists(
    st.tuples(st.sampled_from([*STATUSES, "ask", "approve", "reject", "drop"]), st.integers(0, 90_000)), max_size=14
)


def sandbox_in(region: str, clock: Clock | None = None, orders: int = 0, seed: int = 1) -> Sandbox:
    options = SandboxOptions(products=30, regions=(region,), orders=orders, seed=seed)
    return Sandbox(options, clock=clock or Clock())


def attempt(sandbox: Sandbox, order_id: str, move: str) -> bool:
    try:
        if move == "ask":
            sandbox.request_cancel(order_id)
        elif move == "drop":
            return drop_a_unit(sandbox, order_id)
        elif move in {"approve", "reject"}:
            [*_, last] = sandbox.cases.of_order(sandbox.shop(), order_id)
            sandbox.settle_cancellation(last.item_id, "approve" if move == "approve" else "reject")
        else:
            sandbox.advance(order_id, move)
    except ValueError:
        return False
    return True


def drop_a_unit(sandbox: Sandbox, order_id: str) -> bool:
    order = sandbox.order(order_id)
    lines = [line["id"] for line in order["line_items"] if line["display_status"] == "AWAITING_SHIPMENT"]
    if order["status"] not in {"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"} or not lines:
        return False
    sandbox.cases.cancel_lines(sandbox.shop(), order_id, lines[:1], "Out of stock")
    return True


@given(region=Regions, kind=st.sampled_from(KINDS), count=st.integers(1, 5), moves=Moves)
def test_no_sequence_of_moves_breaks_an_order(region: str, kind: str, count: int, moves: list[tuple[str, int]]) -> None:
    clock = Clock()
    sandbox = sandbox_in(region, clock)
    order_id = sandbox.place_order(kind=kind, count=count)
    history = [sandbox.order(order_id)]

    for move, seconds in moves:
        clock.now += seconds
        before = sandbox.order(order_id)
        moved = attempt(sandbox, order_id, move)
        after = sandbox.order(order_id)
        assert moved or after == before
        assert not moved or after["update_time"] == int(clock.now)
        history.append(after)
        check(after, region)

    for before, after in pairwise(history):
        assert before["status"] == after["status"] or after["status"] in NEXT[before["status"]]
        assert before["line_items"][0]["id"] == after["line_items"][0]["id"]


def check(order: dict[str, Any], region: str) -> None:
    status, lines = order["status"], order["line_items"]
    words = {line["display_status"] for line in lines}
    packages = {package["id"] for package in order.get("packages") or []}
    assert region in HOLDING or status != "ON_HOLD"
    assert (words == {"CANCELLED"}) == (status == "CANCELLED")
    assert words.isdisjoint({"ON_HOLD", "PARTIALLY_SHIPPING"})
    assert {line["package_id"] for line in lines if "package_id" in line} <= packages
    if status == "PARTIALLY_SHIPPING":
        assert words >= {"AWAITING_COLLECTION", "AWAITING_SHIPMENT"}
    if status in {"UNPAID", "ON_HOLD"} or (region == "US" and status == "AWAITING_SHIPMENT"):
        assert not packages
    if status in {"AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED"}:
        sent = [line for line in lines if line["display_status"] != "CANCELLED"]
        assert all(line["tracking_number"] and line["package_id"] in packages for line in sent)
    assert ("cancel_time" in order) == (status == "CANCELLED")
    assert "delivery_time" in order or status != "DELIVERED"
    assert len({line["id"] for line in lines}) == len(lines)


@given(region=Regions, seed=st.integers(0, 2**31), position=st.integers(0, 999_999))
def test_an_order_of_the_past_follows_from_seed_and_slot(region: str, seed: int, position: int) -> None:
    once, again = (sandbox_in(region, orders=1_000_000, seed=seed) for _ in range(2))
    series = once.shop().orders.series
    order_id = series.item_id(series.slots[position])

    order = once.order(order_id)

    assert order == again.order(order_id)
    assert START - 21 * 86_400 < order["create_time"] <= order["update_time"] <= START
    check(order, region)
    paid = order["payment"]
    assert Decimal(paid["sub_total"]) == sum(Decimal(line["sale_price"]) for line in order["line_items"])
    assert once.shop().catalogue.position(order["line_items"][0]["product_id"]) is not None


def test_a_shop_shows_every_oddity_that_live_orders_have() -> None:
    caller = Caller.of(sandbox_in("VN", orders=3000), Clock())
    orders = caller.all_orders()
    lines = [line for order in orders for line in order["line_items"]]

    assert {order["status"] for order in orders} == set(STATUSES) - {"ON_HOLD"}
    assert {order["order_type"] for order in orders} >= {"PRE_ORDER", "MADE_TO_ORDER", "BACK_ORDER", "ZERO_LOTTERY"}
    for flag in ("is_sample_order", "is_replacement_order", "is_subscription_order", "is_cod"):
        assert any(order.get(flag) for order in orders), flag
    assert {order["fulfillment_type"] for order in orders} == {"FULFILLMENT_BY_SELLER", "FULFILLMENT_BY_TIKTOK"}
    assert any("packages" not in order for order in orders)
    assert any(len(order.get("packages") or []) == 2 for order in orders)
    assert any(not order["buyer_message"].isascii() for order in orders)
    assert any(order["recipient_address"]["name"] == "" for order in orders)
    assert any("*" in order["recipient_address"]["name"] for order in orders)
    assert any("*" not in order["recipient_address"]["phone_number"] for order in orders)
    assert any(order.get("recommended_shipping_time", 0) > 10**12 for order in orders)
    assert any("paid_time" not in order for order in orders if order["status"] == "IN_TRANSIT")
    assert {line["is_gift"] for line in lines} == {True, False}
    assert "" in {line["seller_sku"] for line in lines}
    assert "" in {line["tracking_number"] for line in lines}
    assert any(differ(order["line_items"]) for order in orders)


def differ(lines: list[dict[str, Any]]) -> bool:
    prices: dict[str, set[str]] = {}
    for line in lines:
        if not line["is_gift"]:
            prices.setdefault(line["sku_id"], set()).add(line["sale_price"])
    return any(len(each) > 1 for each in prices.values())


def test_a_million_orders_take_no_memory_and_few_looks() -> None:
    tracemalloc.start()
    sandbox = sandbox_in("GB", orders=1_000_000)
    shop = sandbox.shop()
    series, looks = shop.orders.series, Counter[int]()
    placed = series.placed

    def counted(slot: int) -> int:
        looks[slot] += 1
        return placed(slot)

    series.placed = counted  # type: ignore[method-assign]
    window = Window(updated_from=START - 600_000, updated_to=START - 596_400)
    query = OrderFilter().query(window, shop.stall, series)

    found, total, more = shop.orders.search(query, "update_time", 100, descending=False)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(found), more) == (100, True)
    assert total > 1000
    assert looks.total() < 30_000
    assert peak < 8_000_000


@settings(max_examples=25)
@given(data=st.data(), size=st.integers(1, 12))
def test_whatever_changes_while_somebody_pages_by_update_time_nothing_is_missed(data: st.DataObject, size: int) -> None:
    clock = Clock()
    caller = Caller.of(sandbox_in("GB", clock, orders=20), clock)
    sandbox = caller.sandbox
    known = [order["id"] for order in caller.all_orders()]
    changes = data.draw(st.lists(st.tuples(st.integers(1, 8), st.sampled_from(known)), max_size=5))
    for answer, order_id in changes:

        def change(order_id: str = order_id) -> None:
            clock.now += 1
            sandbox.edit_order(order_id, seller_note=f"changed at {clock.now}")

        sandbox.during("get_order_list", change, answer=answer)

    latest = {order["id"]: order for order in caller.all_orders(page_size=size, sort="update_time ASC")}

    sandbox.world.hooks.clear()
    assert latest == {order["id"]: order for order in caller.all_orders()}
