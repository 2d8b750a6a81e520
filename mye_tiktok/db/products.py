"""How the catalogue is kept: a page at a time, telling what changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, select, update

from mye_tiktok.db import bulk, catalogue
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, lock
from mye_tiktok.db.product_changes import Held, Verdict, is_news, judge
from mye_tiktok.db.tables.inventory import StockNewsRow
from mye_tiktok.db.tables.products import ProductRow, SkuRow, StockRow
from mye_tiktok.domain.product import GONE, Listing, Product, ProductChange

PRODUCT_KEY = ("product_id",)
PRODUCT_VALUES = (
    "version",
    "title",
    "status",
    "created_at",
    "updated_at",
    "listing_digest",
    "digest",
    "parts_digest",
    "raw",
    "removed_at",
    "stored_at",
)


def changed(session: Session, channel_uid: str, listings: Sequence[Listing]) -> list[Listing]:
    """Return those of `listings` that are new to us or differ from what we hold, in one query."""
    held = _held(session, channel_uid, [listing.product_id for listing in listings])
    return [listing for listing in listings if is_news(held.get(listing.product_id), listing)]


def upsert(
    session: Session, channel_uid: str, batch: Sequence[tuple[Listing, Product]], *, now: datetime
) -> list[ProductChange]:
    """Store the products of `batch` that differ from ours and are not older; return what MYE has to be told.

    SKUs and warehouses that vanished are deleted. Reading a page twice changes nothing. Of a product that is
    there twice the last counts. Upserts of one channel follow one another. The caller commits.
    """
    lock(session, f"catalogue {channel_uid}")
    incoming = {product.product_id: (listing, product) for listing, product in batch}
    parts = {product_id: catalogue.parts_digest(product) for product_id, (_, product) in incoming.items()}
    held = _held(session, channel_uid, list(incoming))
    verdicts = {
        product_id: judge(held.get(product_id), listing, product) for product_id, (listing, product) in incoming.items()
    }
    for is_new in (True, False):
        accepted = [
            (*incoming[product_id], parts[product_id], verdict)
            for product_id, verdict in verdicts.items()
            if verdict.write and (product_id not in held) == is_new
        ]
        _write_products(session, channel_uid, accepted, now=now, existing="none" if is_new else PRODUCT_VALUES)
    changes = [
        ProductChange(change=verdict.change, product=incoming[product_id][1], version=verdict.version)
        for product_id, verdict in verdicts.items()
        if verdict.change
    ]
    _follow_parts(session, channel_uid, [change.product for change in changes], held, parts)
    _tell_stock(session, channel_uid, changes)
    return changes


def mark_seen(session: Session, channel_uid: str, product_ids: Sequence[str], *, run_id: str) -> None:
    """Note that the full run `run_id` saw these products; one statement per page."""
    mine = (ProductRow.channel_uid == channel_uid, among(session, ProductRow.product_id, product_ids))
    affected(session, update(ProductRow).where(*mine).values(seen_run=run_id))


def unseen(session: Session, channel_uid: str, *, run_id: str) -> list[str]:
    """Return the ids of products that the full run `run_id` did not see and that are not removed yet."""
    present = (ProductRow.channel_uid == channel_uid, ProductRow.removed_at.is_(None))
    missed = (*present, ProductRow.seen_run.is_distinct_from(run_id))
    return list(session.scalars(select(ProductRow.product_id).where(*missed).order_by(ProductRow.product_id)))


def mark_removed(
    session: Session, channel_uid: str, product_ids: Sequence[str], *, now: datetime
) -> list[ProductChange]:
    """Mark products removed, keeping what we last knew; return the changes of those that were present."""
    if not product_ids:
        return []
    lock(session, f"catalogue {channel_uid}")
    held = _held(session, channel_uid, product_ids)
    present = [product_id for product_id in dict.fromkeys(product_ids) if product_id in held]
    leaving = [product_id for product_id in present if not held[product_id].removed]
    products = catalogue.load(session, channel_uid, leaving)
    mine = (ProductRow.channel_uid == channel_uid, among(session, ProductRow.product_id, leaving))
    gone = {"removed_at": now, "status": GONE, "version": ProductRow.version + 1, "stored_at": now}
    affected(session, update(ProductRow).where(*mine).values(gone))
    changes = [
        ProductChange(
            change="removed", product=replace(product, status=GONE), version=held[product.product_id].version + 1
        )
        for product in products
    ]
    _tell_stock(session, channel_uid, changes)
    return changes


def get(session: Session, channel_uid: str, product_id: str) -> Product | None:
    """Return a stored product, also one that was removed."""
    return next(iter(catalogue.load(session, channel_uid, [product_id])), None)


def versions(session: Session, channel_uid: str, product_ids: Sequence[str]) -> dict[str, int]:
    """Return the version of each product that we hold."""
    return {product_id: held.version for product_id, held in _held(session, channel_uid, product_ids).items()}


def overtaken(session: Session, channel_uid: str, product_id: str, *, before: int | None) -> bool:
    """Tell whether a product changed since its version was read as `before`; from now on nobody else changes it.

    For one that was asked for outside of any listing: what came back may be older than what is held by now.
    """
    lock(session, f"catalogue {channel_uid}")
    return versions(session, channel_uid, [product_id]).get(product_id) != before


def listed_by(session: Session, channel_uids: Sequence[str], product_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return per product which of these channels hold it and did not see it removed."""
    mine = (ProductRow.channel_uid.in_(channel_uids), among(session, ProductRow.product_id, product_ids))
    present = select(ProductRow.product_id, ProductRow.channel_uid).where(*mine, ProductRow.removed_at.is_(None))
    found: defaultdict[str, set[str]] = defaultdict(set)
    for product_id, channel_uid in session.execute(present):
        found[product_id].add(channel_uid)
    return {product_id: frozenset(uids) for product_id, uids in found.items()}


def count(session: Session, channel_uid: str) -> int:
    """Count the products of a channel that are not removed."""
    present = (ProductRow.channel_uid == channel_uid, ProductRow.removed_at.is_(None))
    return session.scalars(select(func.count()).select_from(ProductRow).where(*present)).one()


def count_skus(session: Session, channel_uid: str) -> int:
    """Count the SKUs of a channel's products that are not removed."""
    removed = select(ProductRow.product_id).where(
        ProductRow.channel_uid == channel_uid, ProductRow.removed_at.is_not(None)
    )
    present = (SkuRow.channel_uid == channel_uid, SkuRow.product_id.not_in(removed))
    return session.scalars(select(func.count()).select_from(SkuRow).where(*present)).one()


def _held(session: Session, channel_uid: str, product_ids: Sequence[str]) -> dict[str, Held]:
    mine = (ProductRow.channel_uid == channel_uid, among(session, ProductRow.product_id, product_ids))
    rows = session.execute(
        select(
            ProductRow.product_id,
            ProductRow.listing_digest,
            ProductRow.digest,
            ProductRow.parts_digest,
            ProductRow.updated_at,
            ProductRow.version,
            ProductRow.removed_at.is_not(None),
        ).where(*mine)
    )
    return {
        product_id: Held(
            listing_digest=listing_digest,
            digest=digest,
            parts_digest=parts_digest,
            updated_at=updated_at,
            version=version,
            removed=removed,
        )
        for product_id, listing_digest, digest, parts_digest, updated_at, version, removed in rows
    }


def _write_products(
    session: Session,
    channel_uid: str,
    accepted: Iterable[tuple[Listing, Product, str, Verdict]],
    *,
    now: datetime,
    existing: bulk.Existing,
) -> None:
    rows = [
        (
            product.product_id,
            verdict.version,
            product.title,
            product.status,
            product.created_at,
            product.updated_at,
            listing.digest,
            product.digest,
            parts_digest,
            product.raw,
            now if product.status == GONE else None,
            now,
        )
        for listing, product, parts_digest, verdict in accepted
    ]
    columns = PRODUCT_KEY + PRODUCT_VALUES
    bulk.write(session, ProductRow, columns, rows, existing=existing, same={"channel_uid": channel_uid})


def _follow_parts(
    session: Session,
    channel_uid: str,
    products: Sequence[Product],
    held: Mapping[str, Held],
    parts: Mapping[str, str],
) -> None:
    """Write SKUs and stock: mostly only prices and quantities change; else a product gets its parts anew."""
    new = [product for product in products if product.product_id not in held]
    known = [product for product in products if product.product_id in held]
    same = [product for product in known if held[product.product_id].parts_digest == parts[product.product_id]]
    anew = [product for product in known if held[product.product_id].parts_digest != parts[product.product_id]]
    _delete_parts(session, channel_uid, [product.product_id for product in anew])
    _write_parts(session, channel_uid, same, replace=True)
    _write_parts(session, channel_uid, new + anew, replace=False)


def _write_parts(session: Session, channel_uid: str, products: Sequence[Product], *, replace: bool) -> None:
    skus = [row for product in products for row in catalogue.sku_rows(product)]
    stock = [row for product in products for row in catalogue.stock_rows(product)]
    for table, key, values, rows in (
        (SkuRow, catalogue.SKU_KEY, catalogue.SKU_VALUES, skus),
        (StockRow, catalogue.STOCK_KEY, catalogue.STOCK_VALUES, stock),
    ):
        existing: bulk.Existing = values if replace else "none"
        bulk.write(session, table, key + values, rows, existing=existing, same={"channel_uid": channel_uid})


def _tell_stock(session: Session, channel_uid: str, changes: Sequence[ProductChange]) -> None:
    """Note what changed for whoever sorts in stock: a wish may wait for a SKU that is there only now."""
    rows = [(change.product.product_id,) for change in changes]
    bulk.write(session, StockNewsRow, PRODUCT_KEY, rows, existing="none", same={"channel_uid": channel_uid})


def _delete_parts(session: Session, channel_uid: str, product_ids: Sequence[str]) -> None:
    if not product_ids:
        return
    for table in (SkuRow, StockRow):
        mine = (table.channel_uid == channel_uid, among(session, table.product_id, product_ids))
        affected(session, delete(table).where(*mine))
