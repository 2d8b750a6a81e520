"""New wishes sorted in: what is newest, what is meant, and what becomes due."""

import pytest

from mye_tiktok.db import products
from mye_tiktok.db.database import Database
from mye_tiktok.domain.stock import NEAR_ZERO, ORDINARY
from tests.db.samples import NOON
from tests.db.stock import SKU_1, a_wish, due, list_product, open_shops, requests, sort_in, states


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
