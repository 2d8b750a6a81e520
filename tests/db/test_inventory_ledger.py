"""The ledger of stock on both databases."""

from mye_tiktok.db import inventory_ledger
from mye_tiktok.db.database import Database
from mye_tiktok.domain.stock_outcome import Entry
from tests.db.samples import MINUTE, NOON


def entry(seller_sku: str, sku_id: str, desired: int, *, before: int | None = 1) -> Entry:
    return Entry(
        product_id="1",
        sku_id=sku_id,
        seller_sku=seller_sku,
        warehouse_id="W",
        wanted=None,
        desired=desired,
        rule="as told",
        before=before,
        sent=desired,
        outcome="applied",
    )


def add(database: Database, channel_uid: str, *entries: Entry) -> None:
    with database.transaction() as session:
        noted = [(one, "R1") for one in entries]
        inventory_ledger.add(session, channel_uid, noted, now=NOON, run_id="run", cause="push")


def test_a_sku_is_found_by_either_name_with_its_last_entries_in_order(database: Database) -> None:
    add(database, "a", entry("S", "11", 1), entry("S", "11", 2, before=None), entry("T", "12", 9))
    add(database, "b", entry("S", "77", 3))

    with database.reading() as session:
        by_seller = inventory_ledger.of_sku(session, "S")
        assert [(line.channel_uid, line.entry.desired) for line in by_seller] == [("a", 1), ("a", 2), ("b", 3)]
        assert [line.entry.desired for line in inventory_ledger.of_sku(session, "11")] == [1, 2]
        assert [line.entry.desired for line in inventory_ledger.of_sku(session, "S", channel_uid="b")] == [3]
        assert [line.entry.desired for line in inventory_ledger.of_sku(session, "S", limit=2)] == [2, 3]
        assert by_seller[1].entry == entry("S", "11", 2, before=None)


def test_what_was_read_back_stands_beside_its_line(database: Database) -> None:
    add(database, "a", entry("S", "11", 5), entry("S", "11", 6))
    with database.reading() as session:
        first, second = inventory_ledger.of_sku(session, "S")

    with database.transaction() as session:
        inventory_ledger.read_back(session, {second.id: 4}, now=NOON + MINUTE)
        inventory_ledger.read_back(session, {}, now=NOON + MINUTE)

    with database.reading() as session:
        lines = inventory_ledger.of_sku(session, "S")
    assert [(line.read_back, line.read_at) for line in lines] == [(None, None), (4, NOON + MINUTE)]
    assert lines[0] == first
