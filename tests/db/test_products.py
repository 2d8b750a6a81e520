"""The catalogue: only what really changed is written, told, and told once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import text

from mye_tiktok.db import products
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.product import GONE, Product, ProductChange
from tests.db.samples import DAY, MINUTE, NOON, a_listing, a_product, a_sku, listed

UID = "uid-1"


def upsert(session: Session, *batch: Product) -> list[tuple[str, str, int]]:
    return told(products.upsert(session, UID, listed(*batch), now=NOON))


def told(changes: list[ProductChange]) -> list[tuple[str, str, int]]:
    return [(change.change, change.product.product_id, change.version) for change in changes]


def test_a_new_product_is_stored_with_all_its_parts(database: Database) -> None:
    product = a_product()
    with database.transaction() as session:
        assert upsert(session, product) == [("created", "p-1", 1)]

        assert products.get(session, UID, "p-1") == product
        assert products.get(session, UID, "p-2") is None
        assert products.get(session, "uid-2", "p-1") is None


def test_reading_a_page_twice_changes_nothing(database: Database) -> None:
    page = [a_product(f"p-{number}") for number in range(100)]
    with database.transaction() as session:
        assert len(upsert(session, *page)) == 100
        assert products.changed(session, UID, [a_listing(product) for product in page]) == []

        assert upsert(session, *page) == []
        assert set(products.versions(session, UID, ["p-0", "p-99", "p-100"])) == {"p-0", "p-99"}


def test_the_search_shows_what_is_new_or_differs(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, a_product("p-1"), a_product("p-2"))
        page = [
            a_listing(a_product("p-1")),
            a_listing(a_product("p-2"), digest="changed"),
            a_listing(a_product("p-3")),
        ]

        assert products.changed(session, UID, page) == page[1:]


def test_a_listing_that_differs_without_consequence_is_remembered_and_not_told(database: Database) -> None:
    product, listing = a_product(), a_listing(a_product(), digest="differs")
    with database.transaction() as session:
        upsert(session, product)

        assert products.upsert(session, UID, [(listing, product)], now=NOON) == []
        assert products.changed(session, UID, [listing]) == []


def test_a_changed_product_grows_by_one_version(database: Database) -> None:
    changed = a_product(digest="two", title="New title", skus=(a_sku(1, quantity=0), a_sku(2)))
    with database.transaction() as session:
        upsert(session, a_product())

        assert upsert(session, changed) == [("updated", "p-1", 2)]
        assert products.get(session, UID, "p-1") == changed


def test_skus_and_warehouses_that_vanished_are_deleted(database: Database) -> None:
    fewer = a_product(digest="two", skus=(a_sku(2, warehouses=("w-2",)), a_sku(3)))
    other = a_product("p-2")
    with database.transaction() as session:
        upsert(session, a_product(), other)

        upsert(session, fewer)

        assert products.get(session, UID, "p-1") == fewer
        assert products.get(session, UID, "p-2") == other
        assert session.execute(text("SELECT count(*) FROM stock WHERE product_id = 'p-1'")).scalar_one() == 3


def test_a_product_that_lost_all_skus_has_none(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, a_product())
        upsert(session, a_product(digest="two", skus=()))

        assert products.get(session, UID, "p-1") == a_product(digest="two", skus=())


def test_an_older_version_never_replaces_a_newer_one(database: Database) -> None:
    newer = a_product(digest="new", updated_at=NOON + MINUTE)
    with database.transaction() as session:
        upsert(session, newer)

        assert upsert(session, a_product(digest="old")) == []
        assert products.get(session, UID, "p-1") == newer


def test_of_two_versions_with_the_same_time_the_one_read_last_wins(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, a_product(digest="one"))

        assert upsert(session, a_product(digest="two")) == [("updated", "p-1", 2)]


def test_oddities_of_a_page_are_survived(database: Database) -> None:
    """One product twice, one SKU twice, one warehouse twice, and text that no database takes."""
    twice = replace(a_sku(1), stock=(a_sku(1).stock[0], replace(a_sku(1).stock[0], quantity=9)))
    odd = a_product("p-1", digest="odd", title="NUL \x00 and half \ud83d", skus=(a_sku(1), twice), updated_at=None)
    with database.transaction() as session:
        assert upsert(session, a_product("p-1"), odd) == [("created", "p-1", 1)]

        found = products.get(session, UID, "p-1")

    assert found is not None
    assert found.title == "NUL  and half ?"
    assert [(sku.sku_id, [stock.quantity for stock in sku.stock]) for sku in found.skus] == [(twice.sku_id, [9])]


def test_the_same_sku_id_in_two_products_stays_with_both(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, a_product("p-1"), a_product("p-2"))

        assert products.get(session, UID, "p-2") == a_product("p-2")
        assert products.get(session, UID, "p-1") == a_product("p-1")


def test_what_a_full_run_did_not_see_is_found(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, *[a_product(f"p-{number}") for number in range(5)])
        products.mark_seen(session, UID, ["p-0", "p-1", "p-9"], run_id="run-1")
        products.mark_seen(session, UID, ["p-2"], run_id="run-1")

        assert products.unseen(session, UID, run_id="run-1") == ["p-3", "p-4"]
        assert len(products.unseen(session, UID, run_id="run-2")) == 5


def test_an_upsert_does_not_forget_who_saw_the_product(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, a_product())
        products.mark_seen(session, UID, ["p-1"], run_id="run-1")
        upsert(session, a_product(digest="two"))

        assert products.unseen(session, UID, run_id="run-1") == []


def test_a_product_is_removed_once_with_what_we_last_knew(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, a_product("p-1"), a_product("p-2"))

        removed = products.mark_removed(session, UID, ["p-1", "p-1", "p-9"], now=NOON + DAY)

        assert removed == [ProductChange(change="removed", product=a_product("p-1", status=GONE), version=2)]
        assert products.mark_removed(session, UID, ["p-1"], now=NOON + DAY) == []
        assert products.count(session, UID) == 1
        assert products.unseen(session, UID, run_id="run-1") == ["p-2"]


def test_a_removed_product_that_is_listed_again_is_new(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, a_product())
        products.mark_removed(session, UID, ["p-1"], now=NOON)

        assert products.changed(session, UID, [a_listing(a_product())]) == [a_listing(a_product())]
        assert upsert(session, a_product()) == [("created", "p-1", 3)]
        assert products.get(session, UID, "p-1") == a_product()
        assert products.count(session, UID) == 1


def test_a_product_that_tiktok_calls_deleted_is_removed_once(database: Database) -> None:
    with database.transaction() as session:
        upsert(session, a_product())
        deleted = a_product(digest="gone", status=GONE)

        assert upsert(session, deleted) == [("removed", "p-1", 2)]
        assert upsert(session, deleted) == []
        assert products.changed(session, UID, [a_listing(deleted)]) == []
        assert products.count(session, UID) == 0


def test_a_product_deleted_before_we_knew_it_is_never_told(database: Database) -> None:
    with database.transaction() as session:
        assert upsert(session, a_product(status=GONE)) == []
        assert products.changed(session, UID, [a_listing(a_product(status=GONE))]) == []

        assert upsert(session, a_product()) == [("created", "p-1", 1)]


def test_upserts_at_the_same_time_tell_each_change_once(database: Database) -> None:
    page = [a_product(f"p-{number}") for number in range(20)]

    def run(batch: list[Product]) -> list[tuple[str, str, int]]:
        with database.transaction() as session:
            return upsert(session, *batch)

    with ThreadPoolExecutor(4) as pool:
        changes = [change for part in pool.map(run, [page, page[::-1], page, page[::-1]]) for change in part]

    assert sorted(changes) == sorted(("created", product.product_id, 1) for product in page)


def test_an_empty_batch_is_nothing(database: Database) -> None:
    with database.transaction() as session:
        assert upsert(session) == []
        assert products.changed(session, UID, []) == []
        assert products.mark_removed(session, UID, [], now=NOON) == []
