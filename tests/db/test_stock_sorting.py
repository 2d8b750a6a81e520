"""New wishes sorted in: what is newest, what is meant, and what becomes due."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from mye_tiktok.db import inventory_requests, products, stock_sorting
from mye_tiktok.db.database import Database
from mye_tiktok.db.tables.inventory import InventoryRequestRow, StockLevelRow, StockTargetRow
from mye_tiktok.domain.stock import NEAR_ZERO, ORDINARY, Wish
from tests.db.samples import NOON
from tests.db.stock import SKU_1, a_wish, due, list_product, open_shops, requests, sort_in, states, take_in


@pytest.fixture
def shops(database: Database) -> Database:
    open_shops(database)
    return database


def test_a_wish_finds_its_sku_and_makes_it_due(shops: Database) -> None:
    assert sort_in(shops, a_wish(7)) == []

    (target,) = due(shops)
    assert (target.key, target.seller_sku, target.revision, target.lane) == (
        ("c-1", "p-1", SKU_1),
        "SHIRT-1",
        1,
        ORDINARY,
    )
    (request,) = requests(shops)
    assert (request.state, request.product_id, request.sku_id) == ("pending", "p-1", SKU_1)
    assert due(shops, "c-2") == []


def test_few_pieces_go_before_many(shops: Database) -> None:
    sort_in(shops, a_wish(5), a_wish(6, sku="SHIRT-2"))

    assert [target.lane for target in due(shops)] == [NEAR_ZERO, ORDINARY]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_the_newest_wish_wins_in_whatever_order_they_arrive(
    shops: Database, order: tuple[int, ...], together: bool
) -> None:
    wishes = [a_wish(number, minutes=number) for number in range(3)]
    arriving = [wishes[number] for number in order]

    if together:
        superseded = sort_in(shops, *arriving)
    else:
        superseded = sorted(one for wish in arriving for one in sort_in(shops, wish))

    assert superseded == [0, 1]
    assert states(shops) == [("c-1", "pending", "", 2), ("c-1", "superseded", "", 0), ("c-1", "superseded", "", 1)]


@pytest.mark.parametrize("limit", [1, 100])
def test_of_two_wishes_with_the_same_time_the_one_that_arrived_later_wins(shops: Database, limit: int) -> None:
    everywhere, here = a_wish(1, channel=""), a_wish(2)

    assert sort_in(shops, everywhere, here, limit=limit) == [1]
    assert states(shops) == [
        ("c-1", "pending", "", 2),
        ("c-1", "superseded", "", 1),
        ("c-2", "pending", "", 1),
    ]


def test_a_wish_by_seller_sku_and_one_by_ids_are_about_the_same_sku(shops: Database) -> None:
    by_sku, by_ids = a_wish(1, minutes=1), a_wish(2, ids=("p-1", SKU_1), minutes=2)

    assert sort_in(shops, by_ids, by_sku) == [1]
    assert sort_in(shops, a_wish(3, minutes=3)) == [2]
    assert sort_in(shops, a_wish(4, ids=("p-1", SKU_1), minutes=0)) == [4]


def test_places_are_wished_for_one_by_one(shops: Database) -> None:
    assert sort_in(shops, a_wish(1, place="w-1"), a_wish(2, place="w-2"), a_wish(3)) == []
    assert sort_in(shops, a_wish(4, place="w-1", minutes=1)) == [1]


def test_a_wish_for_every_channel_has_an_answer_in_each(shops: Database) -> None:
    sort_in(shops, a_wish(7, channel=""))

    first, second = requests(shops)
    assert {(one.channel_uid, one.product_id, one.state) for one in (first, second)} == {
        ("c-1", "p-1", "pending"),
        ("c-2", "p-2", "pending"),
    }
    assert first.request_id == second.request_id
    assert sort_in(shops, a_wish(8, channel="", minutes=1)) == [7, 7]
    assert [target.revision for uid in ("c-1", "c-2") for target in due(shops, uid)] == [2, 2]


def test_a_newer_wish_for_every_channel_takes_the_place_of_one_for_a_channel_and_the_other_way_round(
    shops: Database,
) -> None:
    assert sort_in(shops, a_wish(1), a_wish(2, channel="", minutes=1)) == [1]
    assert sort_in(shops, a_wish(3, minutes=2)) == [2]
    assert states(shops)[-1] == ("c-2", "pending", "", 2)


@pytest.mark.parametrize("channel", ["", "c-1"])
def test_a_sku_that_nobody_lists_waits_and_a_newer_wish_takes_its_place(shops: Database, channel: str) -> None:
    assert sort_in(shops, a_wish(1, sku="HAT", channel=channel)) == []
    assert sort_in(shops, a_wish(2, sku="HAT", channel=channel, minutes=1)) == [1]

    assert states(shops) == [(channel, "pending", "unmapped", 2), (channel, "superseded", "", 1)]
    assert due(shops) == []


def test_a_seller_sku_that_two_skus_have_is_ambiguous_in_that_channel_only(shops: Database) -> None:
    list_product(shops, "c-1", "p-9", 1)

    sort_in(shops, a_wish(7, channel=""))

    assert states(shops) == [("c-1", "pending", "ambiguous", 7), ("c-2", "pending", "", 7)]
    assert (due(shops), len(due(shops, "c-2"))) == ([], 1)


def test_a_removed_product_lists_nothing(shops: Database) -> None:
    with shops.transaction() as session:
        products.mark_removed(session, "c-1", ["p-1"], now=NOON)

    sort_in(shops, a_wish(7), a_wish(8, ids=("p-1", SKU_1)))

    assert {code for _, _, code, _ in states(shops)} == {"unmapped"}


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_sorting_in_a_little_at_a_time_comes_to_the_same(shops: Database, limit: int) -> None:
    wishes = [a_wish(number, channel="" if number % 2 else "c-1", minutes=number % 4) for number in range(9)]

    superseded = sort_in(shops, *wishes, limit=limit)

    pending = [(uid, quantity) for uid, state, _, quantity in states(shops) if state == "pending"]
    assert pending == [("c-1", 7), ("c-2", 7)]
    assert set(superseded) == {*range(9)} - {7}


def test_when_there_is_nothing_new_nothing_is_touched(shops: Database) -> None:
    sort_in(shops, a_wish(7))
    before = due(shops)

    assert sort_in(shops) == []
    assert due(shops) == before


def test_two_that_sort_in_at_once_come_to_the_same_as_one(shops: Database) -> None:
    wishes = [a_wish(number, channel="" if number % 3 else "c-1", minutes=number * 7 % 10) for number in range(40)]
    newest = max(wishes, key=lambda wish: (wish.occurred_at, wish.quantity))
    take_in(shops, *wishes)
    together = Barrier(2)

    def run(_: int) -> int:
        together.wait()
        return len(sort_in(shops, limit=5))

    with ThreadPoolExecutor(2) as pool:
        answered = sum(pool.map(run, range(2)))

    pending = {(one.channel_uid, one.quantity) for one in requests(shops) if one.state == "pending"}
    assert ("c-1", newest.quantity) in pending
    assert {uid for uid, _ in pending} == {"c-1", "c-2"}
    assert len(pending) == 2
    assert answered == len([one for one in requests(shops) if one.state == "superseded"])


def test_what_arrives_while_others_are_sorted_in_waits_for_the_next_time(shops: Database) -> None:
    first, second = a_wish(1), a_wish(2, minutes=1)
    take_in(shops, first)
    with shops.transaction() as session:
        done = stock_sorting.sort_in(session, now=NOON)
        inventory_requests.add(session, [second], NOON)

    assert (done.taken, done.superseded) == (1, [])
    assert sort_in(shops) == [1]


any_wish: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "quantity": st.integers(0, 9),
        "channel": st.sampled_from(("", "c-1", "c-2")),
        "place": st.sampled_from(("", "w-1")),
        "minutes": st.integers(0, 3),
        "by_ids": st.booleans(),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.lists(any_wish, max_size=4), min_size=1, max_size=4), st.integers(1, 3))
def test_whatever_arrives_in_whatever_order_the_newest_wish_of_each_place_waits_and_every_other_is_answered(
    shops: Database, batches: list[list[dict[str, Any]]], limit: int
) -> None:
    with shops.transaction() as session:
        for table in (InventoryRequestRow, StockLevelRow, StockTargetRow):
            session.execute(delete(table))
    arrived: list[Wish] = []
    answered = 0
    for batch in batches:
        wishes = [_made(**one) for one in batch]
        answered += len(sort_in(shops, *wishes, limit=limit))
        arrived += wishes

    found = requests(shops)
    assert answered == len([one for one in found if one.state == "superseded"])
    for uid, product_id in (("c-1", "p-1"), ("c-2", "p-2")):
        for place in ("", "w-1"):
            meant = [
                (wish.occurred_at, number, wish.quantity)
                for number, wish in enumerate(arrived)
                if wish.warehouse_id == place and _is_about(wish, uid, product_id)
            ]
            waiting = [
                one.quantity
                for one in found
                if (one.channel_uid, one.warehouse_id, one.state) == (uid, place, "pending")
            ]
            assert waiting == ([max(meant)[2]] if meant else [])


def _made(*, quantity: int, channel: str, place: str, minutes: int, by_ids: bool) -> Wish:
    ids = ("p-2" if channel == "c-2" else "p-1", SKU_1) if by_ids else ("", "")
    return a_wish(quantity, channel=channel, place=place, minutes=minutes, ids=ids)


def _is_about(wish: Wish, channel_uid: str, product_id: str) -> bool:
    return wish.channel_uid in ("", channel_uid) and wish.product_id in ("", product_id)
