"""No piece is lost or made, whatever happens to orders and in how many hands they are."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.order_states import following, open_lines
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import Clock

SHOP = Sandbox(SandboxOptions(products=3), clock=Clock())
SKU = str(SHOP.shop().catalogue.detail(0)["skus"][0]["id"])
PLACES = [str(each["id"]) for each in SHOP.shop().warehouses[:2]]
PLACED = st.tuples(st.just("place"), st.integers(1, 4))
MOVED = st.tuples(st.just("move"), st.integers(0, 20))


def committed(sandbox: Sandbox) -> int:
    return sum(sandbox.stock.room(sandbox.shop()).committed(SKU).values())


def available(sandbox: Sandbox) -> int:
    return sum(sandbox.stock_of(SKU).values())


@settings(max_examples=60, deadline=None)
@given(
    levels=st.tuples(st.integers(40, 60), st.integers(0, 3)),
    steps=st.lists(st.one_of(PLACED, MOVED), max_size=20),
)
def test_every_piece_is_for_sale_held_or_shipped(levels: tuple[int, int], steps: list[tuple[str, int]]) -> None:
    sandbox = Sandbox(SandboxOptions(products=3), clock=Clock())
    sandbox.set_stock(SKU, dict(zip(PLACES, levels, strict=True)))
    orders: list[str] = []
    for step, number in steps:
        if step == "place" and len(orders) < 6:
            orders.append(sandbox.place_order(skus={SKU: number}))
        elif orders:
            order_id = orders[number % len(orders)]
            possible = following(sandbox.order(order_id)["status"], "GB")
            if len(open_lines(sandbox.order(order_id))) < 2:
                possible = tuple(each for each in possible if each != "PARTIALLY_SHIPPING")
            if possible:
                sandbox.advance(order_id, possible[number % len(possible)])

    lines = [line for order_id in orders for line in sandbox.order(order_id)["line_items"]]
    words = [str(line["display_status"]) for line in lines if line["sku_id"] == SKU]
    waiting = sum(word in {"UNPAID", "AWAITING_SHIPMENT"} for word in words)
    assert committed(sandbox) == waiting
    assert min(sandbox.stock_of(SKU).values()) >= 0
    assert available(sandbox) == sum(levels) - waiting - shipped(sandbox, orders)


def shipped(sandbox: Sandbox, orders: list[str]) -> int:
    """Count the pieces that left the warehouse: what was cancelled after that does not come back by itself."""
    lines = [line for order_id in orders for line in sandbox.order(order_id)["line_items"]]
    return sum(line["sku_id"] == SKU and bool(line.get("rts_time")) for line in lines)


@settings(max_examples=30, deadline=None)
@given(pieces=st.integers(0, 3), wanted=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_what_is_oversold_and_cancelled_leaves_the_stock_as_it_was(pieces: int, wanted: list[int]) -> None:
    sandbox = Sandbox(SandboxOptions(products=3), clock=Clock())
    sandbox.set_stock(SKU, {PLACES[0]: pieces})

    orders = [sandbox.place_order(skus={SKU: number}) for number in wanted]
    for order_id in reversed(orders):
        sandbox.advance(order_id, "CANCELLED")

    assert (available(sandbox), committed(sandbox)) == (pieces, 0)


def test_many_hands_lose_no_piece() -> None:
    sandbox = Sandbox(SandboxOptions(products=3), clock=Clock())
    sandbox.set_stock(SKU, {PLACES[0]: 1000})

    def sell(number: int) -> None:
        order_id = sandbox.place_order(skus={SKU: 2})
        sandbox.advance(order_id, "CANCELLED" if number % 2 else "ON_HOLD")

    with ThreadPoolExecutor(8) as hands:
        list(hands.map(sell, range(200)))

    kept = committed(sandbox)
    assert available(sandbox) + kept == 1000
    assert kept >= 200
