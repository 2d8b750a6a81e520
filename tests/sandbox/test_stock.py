"""Stock in the sandbox: set per SKU and warehouse, read back, taken by orders, and announced."""

import tracemalloc
from typing import Any

import pytest

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import PRODUCT, WAREHOUSES, Caller, Clock
from tests.sandbox.test_controls import control

SEARCH_STOCK = "/product/202309/inventory/search"


def update(caller: Caller, product_id: str, *skus: Json) -> Json:
    return caller.post(f"/product/202309/products/{product_id}/inventory/update", skus=list(skus))


def sku(entry: Json, *levels: int) -> Json:
    """Return a request that sets these levels, one per warehouse of the SKU."""
    places = [each["warehouse_id"] for each in entry["inventory"]]
    inventory = [{"warehouse_id": where, "quantity": pieces} for where, pieces in zip(places, levels, strict=False)]
    return {"id": entry["id"], "inventory": inventory}


def problems(answer: Json) -> list[tuple[str, int]]:
    assert answer["code"] == 0
    assert {each["code"] for each in answer["data"].get("errors", [])} <= {12052990}
    return [
        (error["detail"]["sku_id"], extra["code"])
        for error in answer["data"].get("errors", [])
        for extra in error["detail"]["extra_errors"]
    ]


def shown(caller: Caller, sku_id: str) -> dict[str, int]:
    found = caller.post(SEARCH_STOCK, sku_ids=[sku_id])["data"]["inventory"]
    return {
        each["warehouse_id"]: each["available_quantity"]
        for product in found
        for one in product["skus"]
        for each in one["warehouse_inventory"]
    }


def listed(caller: Caller, warehouses: int, status: str = "ACTIVATE") -> tuple[str, Json]:
    """Return a product in this state with a SKU that lies in so many warehouses."""
    return next(
        (product["id"], one)
        for product in caller.all_products()
        for one in product["skus"]
        if product["status"] == status and len(one["inventory"]) == warehouses
    )


@pytest.fixture
def caller(clock: Clock) -> Caller:
    return Caller.of(Sandbox(SandboxOptions(products=120), clock=clock), clock)


def test_an_update_shows_in_detail_search_and_inventory_search(caller: Caller, clock: Clock) -> None:
    product_id, entry = listed(caller, 2)

    assert update(caller, product_id, sku(entry, 7, 0))["data"] == {}

    first, second = (each["warehouse_id"] for each in entry["inventory"])
    assert shown(caller, entry["id"]) == {first: 7, second: 0}
    detail = caller.get(PRODUCT + product_id)["data"]
    hit = next(each for each in caller.all_products(sku_ids=[entry["id"]]) if each["id"] == product_id)
    for product in (detail, hit):
        levels = next(one["inventory"] for one in product["skus"] if one["id"] == entry["id"])
        assert [each["quantity"] for each in levels] == [7, 0]
        assert product["update_time"] == int(clock.now)


def test_with_one_warehouse_its_id_may_be_left_out(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)

    answer = update(caller, product_id, {"id": entry["id"], "inventory": [{"quantity": 9}]})

    assert (answer["code"], list(shown(caller, entry["id"]).values())) == (0, [9])


def test_what_is_wrong_with_one_sku_is_told_and_the_others_are_applied(caller: Caller) -> None:
    product_id, entry = listed(caller, 2)
    others = [one for one in caller.get(PRODUCT + product_id)["data"]["skus"] if one["id"] != entry["id"]]
    good = next(one for one in others if one["inventory"])

    answer = update(caller, product_id, sku(entry, 5), sku(good, *(3 for _ in good["inventory"])))

    assert problems(answer) == [(entry["id"], 12052037)]
    assert set(shown(caller, good["id"]).values()) == {3}
    assert shown(caller, entry["id"]) == {each["warehouse_id"]: each["quantity"] for each in entry["inventory"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda levels: levels[0].update(quantity=100_000), 12052055),
        (lambda levels: levels[0].update(quantity=-1), 12052055),
        (lambda levels: levels[0].update(warehouse_id="1"), 12052097),
        (lambda levels: levels[0].pop("warehouse_id"), 12019028),
    ],
)
def test_a_wrong_figure_or_warehouse_has_its_code(caller: Caller, change: object, code: int) -> None:
    product_id, entry = listed(caller, 2)
    request = sku(entry, 1, 1)
    assert callable(change)
    change(request["inventory"])

    assert problems(update(caller, product_id, request)) == [(entry["id"], code)]


def test_a_disabled_warehouse_one_of_another_shop_and_one_the_sku_is_not_in_are_refused(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=120, shops=2), clock=clock), clock)
    product_id, entry = listed(caller, 1)
    mine, second = (str(each["id"]) for each in caller.sandbox.shops[0].warehouses[:2])
    foreign = str(caller.sandbox.shops[1].warehouses[0]["id"])

    def told(warehouse_id: str) -> list[tuple[str, int]]:
        levels = [{"warehouse_id": warehouse_id, "quantity": 1}]
        return problems(update(caller, product_id, {"id": entry["id"], "inventory": levels}))

    assert told(foreign) == [(entry["id"], 12052530)]
    assert told(second) == [(entry["id"], 12052533)]
    caller.sandbox.stock.disabled.add(mine)
    assert told(mine) == [(entry["id"], 12052531)]


def test_a_promotion_keeps_stock_from_going_down_but_not_up(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    update(caller, product_id, sku(entry, 10))
    caller.sandbox.stock.room(caller.sandbox.shop()).locked.add(entry["id"])

    assert problems(update(caller, product_id, sku(entry, 9))) == [(entry["id"], 12052393)]
    assert problems(update(caller, product_id, sku(entry, 11))) == []


def test_skus_that_are_not_the_products_are_refused(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    other = next(one for each in caller.all_products() if each["id"] != product_id for one in each["skus"])

    answer = update(caller, product_id, sku({**entry, "id": "1"}, 1), sku({**entry, "id": other["id"]}, 1))

    assert problems(answer) == [("1", 12052556), (other["id"], 12052557)]


def test_a_list_that_is_wrong_is_refused_whole(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    before = shown(caller, entry["id"])
    many = [{"id": str(number), "inventory": []} for number in range(101)]

    assert update(caller, product_id)["code"] == 12052902
    assert update(caller, product_id, sku(entry, 1), sku(entry, 2))["code"] == 12052553
    assert update(caller, product_id, sku({**entry, "id": ""}, 1))["code"] == 12052036
    assert update(caller, product_id, *many)["code"] == 12052050
    assert problems(update(caller, product_id, *many[:100])) == [(each["id"], 12052556) for each in many[:100]]
    assert shown(caller, entry["id"]) == before


def test_a_warehouse_that_is_named_twice_is_not_all_of_them(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    request = sku(entry, 1)
    request["inventory"] *= 2

    assert problems(update(caller, product_id, request)) == [(entry["id"], 12052037)]


def test_a_sku_without_a_warehouse_takes_no_stock_until_the_seller_gives_it_one(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    warehouse_id = str(caller.sandbox.shop().warehouses[0]["id"])
    caller.sandbox.set_stock(entry["id"], {})
    request = {"id": entry["id"], "inventory": [{"quantity": 5}]}

    assert problems(update(caller, product_id, request)) == [(entry["id"], 12052096)]
    caller.sandbox.set_stock(entry["id"], {warehouse_id: 1})
    assert problems(update(caller, product_id, request)) == []
    assert caller.sandbox.stock_of(entry["id"]) == {warehouse_id: 5}


def test_inventory_search_takes_products_or_skus_and_skus_win(caller: Caller) -> None:
    first, second = caller.all_products()[:2]
    sku_id = second["skus"][-1]["id"]

    def found(**body: Any) -> dict[str, set[str]]:
        answer = caller.post(SEARCH_STOCK, **body)
        return {one["product_id"]: {sku["id"] for sku in one["skus"]} for one in answer["data"]["inventory"]}

    everything = {each["id"]: {sku["id"] for sku in each["skus"]} for each in (first, second)}
    assert found(product_ids=[first["id"], second["id"], "17"]) == everything
    assert found(product_ids=[first["id"]], sku_ids=[sku_id, "17", sku_id]) == {second["id"]: {sku_id}}
    assert found() == {}
    assert caller.post(SEARCH_STOCK, product_ids=["1"] * 101)["code"] == 12019120
    assert caller.post(SEARCH_STOCK, sku_ids=["1"] * 601)["code"] == 12019015
    assert caller.post(SEARCH_STOCK, product_ids=["1"] * 100, sku_ids=["1"] * 600)["code"] == 0


@pytest.mark.parametrize(("status", "code"), [("FREEZE", 12052901), ("DRAFT", 0)])
def test_frozen_products_take_no_stock(caller: Caller, status: str, code: int) -> None:
    product_id, entry = listed(caller, 1)
    caller.sandbox.edit_product(product_id, status=status)

    assert update(caller, product_id, sku(entry, 1))["code"] == code


def test_the_switches_refuse_zero_other_states_and_whole_calls(clock: Clock) -> None:
    options = SandboxOptions(products=120, accepts_zero_stock=False, stock_of_active_only=True, stock_errors="call")
    caller = Caller.of(Sandbox(options, clock=clock), clock)
    product_id, entry = listed(caller, 1)
    draft, _ = listed(caller, 1, "DRAFT")

    assert update(caller, product_id, sku(entry, 0))["code"] == 12052055
    assert update(caller, draft, sku(entry, 1))["code"] == 12052901


def test_an_order_takes_stock_and_its_cancellation_gives_it_back(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    update(caller, product_id, sku(entry, 5))

    def figures() -> tuple[int, int]:
        one = caller.post(SEARCH_STOCK, sku_ids=[entry["id"]])["data"]["inventory"][0]["skus"][0]
        return one["total_available_quantity"], one["total_committed_quantity"]

    kept = caller.sandbox.place_order(skus={entry["id"]: 2}, status="AWAITING_SHIPMENT")
    cancelled = caller.sandbox.place_order(skus={entry["id"]: 1})
    assert figures() == (2, 3)
    caller.sandbox.advance(cancelled, "CANCELLED")
    assert figures() == (3, 2)
    caller.sandbox.advance(kept, "AWAITING_COLLECTION")
    assert figures() == (3, 0)


def test_what_nobody_had_left_does_not_come_back(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    update(caller, product_id, sku(entry, 1))

    order_id = caller.sandbox.place_order(skus={entry["id"]: 3})
    taken = sum(caller.sandbox.stock_of(entry["id"]).values())
    caller.sandbox.advance(order_id, "CANCELLED")

    assert taken == 0
    assert sum(caller.sandbox.stock_of(entry["id"]).values()) == 1


def test_an_order_takes_from_its_own_warehouse_while_that_has_any(caller: Caller) -> None:
    _, entry = listed(caller, 2)
    first, second = (each["warehouse_id"] for each in entry["inventory"])
    caller.sandbox.set_stock(entry["id"], {first: 1, second: 1})

    caller.sandbox.place_order(skus=[entry["id"]], warehouse_id=second)
    own = caller.sandbox.stock_of(entry["id"])
    caller.sandbox.place_order(skus=[entry["id"]], warehouse_id=second)

    assert own == {first: 1, second: 0}
    assert caller.sandbox.stock_of(entry["id"]) == {first: 0, second: 0}


def test_answers_can_show_a_stock_later_than_it_is_true(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=120, stock_shows_after=30), clock=clock), clock)
    product_id, entry = listed(caller, 1)
    before = shown(caller, entry["id"])
    [where] = before

    update(caller, product_id, sku(entry, 50))
    clock.now += 10
    caller.sandbox.place_order(skus={entry["id"]: 2})
    at_once = caller.sandbox.stock_of(entry["id"]), shown(caller, entry["id"])
    clock.now += 20
    set_by_seller = caller.sandbox.stock_of(entry["id"]), shown(caller, entry["id"])
    clock.now += 10
    in_the_end = caller.sandbox.stock_of(entry["id"]), shown(caller, entry["id"])

    assert at_once == ({where: 48}, before)
    assert set_by_seller == ({where: 48}, {where: 50})
    assert in_the_end == ({where: 48}, {where: 48})


def test_a_promotion_minds_the_true_stock(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=120, stock_shows_after=30), clock=clock), clock)
    product_id, entry = listed(caller, 1)
    update(caller, product_id, sku(entry, 50_000))
    caller.sandbox.lock_stock(entry["id"])

    assert problems(update(caller, product_id, sku(entry, 49_999))) == [(entry["id"], 12052393)]
    caller.sandbox.lock_stock(entry["id"], locked=False)
    assert problems(update(caller, product_id, sku(entry, 49_999))) == []


def test_a_shop_gets_a_warehouse_more_and_all_of_them_have_to_be_named(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    [where] = shown(caller, entry["id"])

    added = control(caller.sandbox, "POST", "warehouses/add")["warehouse_id"]
    control(caller.sandbox, "POST", "stock/set", sku_id=entry["id"], levels={where: 1, added: 2})

    warehouses = {each["id"]: each for each in caller.get(WAREHOUSES)["data"]["warehouses"]}
    assert (warehouses[added]["type"], len(warehouses)) == ("SALES_WAREHOUSE", 4)
    assert shown(caller, entry["id"]) == {where: 1, added: 2}
    assert problems(update(caller, product_id, sku(entry, 5))) == [(entry["id"], 12052037)]
    full = {"id": entry["id"], "inventory": [{"warehouse_id": each, "quantity": 5} for each in (where, added)]}
    assert problems(update(caller, product_id, full)) == []
    control(caller.sandbox, "POST", "stock/set", expected=400, sku_id=entry["id"], levels={"17": 1})
    control(caller.sandbox, "POST", "stock/set", expected=400, sku_id=entry["id"], levels={where: -1})
    control(caller.sandbox, "POST", "stock/set", expected=400, sku_id="17", levels={where: 1})


def test_stock_promotions_and_warehouses_are_controlled_over_http(caller: Caller) -> None:
    sandbox, (product_id, entry) = caller.sandbox, listed(caller, 1)
    [where] = shown(caller, entry["id"])
    control(sandbox, "POST", "stock/set", sku_id=entry["id"], levels={where: 5})
    sandbox.place_order(skus=[entry["id"]])
    control(sandbox, "POST", "stock/lock", sku_id=entry["id"])

    figures = control(sandbox, "GET", f"stock?sku_id={entry['id']}")
    locked = problems(update(caller, product_id, sku(entry, 3)))
    control(sandbox, "POST", "stock/lock", sku_id=entry["id"], locked=False)
    control(sandbox, "POST", "warehouses/disable", warehouse_id=where)
    disabled = problems(update(caller, product_id, sku(entry, 3)))
    effects = {each["id"]: each["effect_status"] for each in caller.get(WAREHOUSES)["data"]["warehouses"]}
    control(sandbox, "POST", "warehouses/disable", warehouse_id=where, enabled=True)

    shop_id = sandbox.shop().shop_id
    assert figures == {"shop_id": shop_id, "available": {where: 4}, "committed": {where: 1}, "locked": True}
    assert (locked, disabled) == ([(entry["id"], 12052393)], [(entry["id"], 12052531)])
    assert [each for each, effect in effects.items() if effect == "DISABLED"] == [where]
    assert problems(update(caller, product_id, sku(entry, 3))) == []


def test_skus_that_a_product_was_given_are_found(caller: Caller) -> None:
    product_id, entry = listed(caller, 1)
    caller.sandbox.edit_product(product_id, skus=[{**entry, "id": "4711"}])

    assert problems(update(caller, product_id, sku({**entry, "id": "4711"}, 8))) == []
    assert list(shown(caller, "4711").values()) == [8]
    assert shown(caller, entry["id"]) == {}
    assert [each["id"] for each in caller.all_products(sku_ids=["4711"])] == [product_id]


def test_only_what_differs_from_the_beginning_is_kept(clock: Clock) -> None:
    small, large = (Sandbox(SandboxOptions(products=size), clock=clock) for size in (50, 1_000_000))

    def grown(sandbox: Sandbox) -> int:
        skus = [sku for place in range(20) for sku in sandbox.shop().catalogue.detail(place)["skus"]]
        tracemalloc.start()
        for each in skus:
            sandbox.set_stock(each["id"], {str(sandbox.shop().warehouses[0]["id"]): 3})
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    assert abs(grown(large) - grown(small)) < 20_000


def test_stock_webhooks_tell_of_each_change_and_of_what_runs_low(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=120, announces_stock=True), clock=clock), clock)
    product_id, entry = listed(caller, 1)
    told: list[tuple[str, Json]] = []
    caller.sandbox.world.announce = lambda shop, event, data: told.append((event, data))
    update(caller, product_id, sku(entry, 6))
    told.clear()

    caller.sandbox.place_order(skus=[entry["id"]])

    stock = {event: data for event, data in told if event.startswith("INVENTORY")}
    assert set(stock) == {"INVENTORY_CHANGED", "INVENTORY_CHANGED_BY_SHOP", "INVENTORY_STATUS_CHANGE"}
    assert stock["INVENTORY_STATUS_CHANGE"]["current_inventory_status"] == "LOW_STOCK"
    assert stock["INVENTORY_CHANGED"]["seller_id"] == caller.sandbox.sellers[0].open_id
    assert stock["INVENTORY_CHANGED_BY_SHOP"]["sku_id"] == int(entry["id"])
    detail = stock["INVENTORY_CHANGED"]["change_detail"][0]
    assert (detail["available_quantity_delta"], detail["committed_quantity_delta"]) == (-1, 1)
