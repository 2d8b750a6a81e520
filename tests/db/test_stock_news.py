"""What changes in the catalogue finds the wishes that waited for it."""

from dataclasses import replace

import pytest

from mye_tiktok.db import products, stock_targets
from mye_tiktok.db.database import Database
from mye_tiktok.domain.stock import SkuPlan
from tests.db.samples import MINUTE, NOON, a_product, a_sku, listed
from tests.db.stock import SKU_1, a_wish, due, list_product, open_shops, requests, sort_in, states


@pytest.fixture
def shops(database: Database) -> Database:
    open_shops(database)
    sort_in(database)
    return database


def finish(database: Database, channel_uid: str = "c-1", *, code: str = "") -> None:
    """Tick off whatever is due, and forget which wishes were answered by it."""
    plans = [
        SkuPlan(
            channel_uid=target.channel_uid,
            product_id=target.product_id,
            sku_id=target.sku_id,
            seller_sku=target.seller_sku,
            revision=target.revision,
            lane=target.lane,
            attempts=target.attempts,
            verdict="rejected" if code else "send",
            warehouses=(),
            code=code,
        )
        for target in due(database, channel_uid)
    ]
    with database.transaction() as session:
        stock_targets.finish(session, [(plan, None) for plan in plans], now=NOON)


def rename(database: Database, product_id: str, seller_sku: str) -> None:
    """Let the one SKU of a product of c-1 go by another seller SKU."""
    sku = replace(a_sku(1), seller_sku=seller_sku)
    product = a_product(product_id, skus=(sku,), digest=f"named {seller_sku}", updated_at=NOON + MINUTE)
    with database.transaction() as session:
        products.upsert(session, "c-1", listed(product), now=NOON)


def remove(database: Database, product_id: str) -> None:
    with database.transaction() as session:
        products.mark_removed(session, "c-1", [product_id], now=NOON)


@pytest.mark.parametrize("channel", ["", "c-1"])
def test_a_sku_that_is_listed_later_gets_what_was_wished_for_it(shops: Database, channel: str) -> None:
    sort_in(shops, a_wish(7, sku="SHIRT-9", channel=channel))

    list_product(shops, "c-1", "p-9", 9)
    assert sort_in(shops) == []

    assert states(shops) == [("c-1", "pending", "", 7)]
    assert [target.seller_sku for target in due(shops)] == ["SHIRT-9"]


def test_a_sku_that_is_named_by_its_ids_may_be_listed_later_too(shops: Database) -> None:
    sort_in(shops, a_wish(7, ids=("p-9", a_sku(9).sku_id)))
    assert states(shops) == [("c-1", "pending", "unmapped", 7)]

    list_product(shops, "c-1", "p-9", 9)
    sort_in(shops)

    assert states(shops) == [("c-1", "pending", "", 7)]
    assert requests(shops)[0].seller_sku == "SHIRT-9"


def test_a_channel_that_lists_the_sku_later_gets_the_newest_wish_for_every_channel(shops: Database) -> None:
    list_product(shops, "c-1", "p-9", 9)
    sort_in(shops, a_wish(6, sku="SHIRT-9", channel=""))
    sort_in(shops, a_wish(7, sku="SHIRT-9", channel="", minutes=1))
    finish(shops)

    list_product(shops, "c-2", "p-8", 9)
    assert sort_in(shops) == []

    assert [(target.product_id, target.seller_sku) for target in due(shops, "c-2")] == [("p-8", "SHIRT-9")]
    assert due(shops) == []
    first, *_, copy = requests(shops, sku="SHIRT-9")
    assert (copy.channel_uid, copy.quantity, copy.state, copy.product_id) == ("c-2", 7, "pending", "p-8")
    assert sort_in(shops, a_wish(8, sku="SHIRT-9", channel="", minutes=2)) == [7, 7]
    assert first.state == "superseded"


def test_a_product_that_is_listed_anew_gets_what_mye_said_of_its_sku(shops: Database) -> None:
    sort_in(shops, a_wish(7))
    finish(shops)
    remove(shops, "p-1")
    list_product(shops, "c-1", "p-9", 1)

    sort_in(shops)

    assert [target.product_id for target in due(shops)] == ["p-9"]


def test_a_change_of_a_product_that_has_its_stock_makes_nothing_due(shops: Database) -> None:
    sort_in(shops, a_wish(7))
    finish(shops)

    list_product(shops, "c-1", "p-1", digest="other title")
    sort_in(shops)

    assert due(shops) == []


@pytest.mark.parametrize("how", ["removed", "renamed"])
def test_a_seller_sku_that_is_not_ambiguous_any_more_is_found(shops: Database, how: str) -> None:
    list_product(shops, "c-1", "p-9", 1)
    sort_in(shops, a_wish(7))
    assert states(shops) == [("c-1", "pending", "ambiguous", 7)]

    remove(shops, "p-9") if how == "removed" else rename(shops, "p-9", "SHIRT-NEW")
    sort_in(shops)

    assert states(shops) == [("c-1", "pending", "", 7)]
    assert [target.product_id for target in due(shops)] == ["p-1"]


def test_a_sku_that_is_renamed_gets_what_was_said_of_its_new_name_and_loses_what_waited_by_the_old(
    shops: Database,
) -> None:
    list_product(shops, "c-1", "p-9", 1)
    remove(shops, "p-1")
    sort_in(shops, a_wish(7), a_wish(3, sku="SHIRT-NEW"))
    assert states(shops) == [("c-1", "pending", "", 7), ("c-1", "pending", "unmapped", 3)]

    rename(shops, "p-9", "SHIRT-NEW")
    sort_in(shops)

    assert states(shops) == [("c-1", "pending", "", 3), ("c-1", "pending", "unmapped", 7)]
    assert [(target.sku_id, target.seller_sku) for target in due(shops)] == [(SKU_1, "SHIRT-NEW")]


def test_a_product_that_takes_stock_again_gets_it(shops: Database) -> None:
    sort_in(shops, a_wish(7))
    finish(shops, code="product-frozen")

    list_product(shops, "c-1", "p-1", digest="still frozen", status="FREEZE")
    sort_in(shops)
    assert due(shops) == []

    list_product(shops, "c-1", "p-1", digest="back")
    sort_in(shops)
    assert len(due(shops)) == 1


def test_a_seller_sku_that_becomes_ambiguous_is_not_guessed(shops: Database) -> None:
    list_product(shops, "c-1", "p-9", 9)
    sort_in(shops, a_wish(7, sku="SHIRT-9", channel=""))
    finish(shops)

    list_product(shops, "c-2", "p-7", 9)
    list_product(shops, "c-2", "p-8", 9)
    sort_in(shops)

    assert due(shops, "c-2") == []
