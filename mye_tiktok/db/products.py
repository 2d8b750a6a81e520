"""How the catalogue is kept: a page at a time, telling what changed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.sql.expression import SQLColumnExpression

from mye_tiktok.db import bulk, catalogue
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, lock
from mye_tiktok.db.product_changes import Held, Verdict, is_news, judge
from mye_tiktok.db.tables.products import ProductRow, SkuRow, StockRow
from mye_tiktok.domain.product import GONE, Listing, Product, ProductChange

PRODUCT_KEY = ("product_id",)
PRODUCT_VALUES = (
    "title",
    "status",
    "created_at",
    "updated_at",
    "listing_digest",
    "digest",
    "raw",
    "version",
    "removed_at",
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
    held = _held(session, channel_uid, list(incoming))
    verdicts = {
        product_id: judge(held.get(product_id), listing, product) for product_id, (listing, product) in incoming.items()
    }
    _write_products(session, channel_uid, [(*incoming[i], verdicts[i]) for i in incoming if verdicts[i].write], now)
    changes = [
        ProductChange(change=verdict.change, product=incoming[product_id][1], version=verdict.version)
        for product_id, verdict in verdicts.items()
        if verdict.change
    ]
    products = [change.product for change in changes]
    _delete_vanished(session, channel_uid, [product for product in products if product.product_id in held])
    _write_parts(session, channel_uid, products)
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
    lock(session, f"catalogue {channel_uid}")
    held = _held(session, channel_uid, product_ids)
    present = [product_id for product_id in dict.fromkeys(product_ids) if product_id in held]
    leaving = [product_id for product_id in present if not held[product_id].removed]
    products = catalogue.load(session, channel_uid, leaving)
    mine = (ProductRow.channel_uid == channel_uid, among(session, ProductRow.product_id, leaving))
    gone = {"removed_at": now, "status": GONE, "version": ProductRow.version + 1, "stored_at": now}
    affected(session, update(ProductRow).where(*mine).values(gone))
    return [
        ProductChange(
            change="removed", product=replace(product, status=GONE), version=held[product.product_id].version + 1
        )
        for product in products
    ]


def get(session: Session, channel_uid: str, product_id: str) -> Product | None:
    """Return a stored product, also one that was removed."""
    return next(iter(catalogue.load(session, channel_uid, [product_id])), None)


def versions(session: Session, channel_uid: str, product_ids: Sequence[str]) -> dict[str, int]:
    """Return the version of each product that we hold."""
    return {product_id: held.version for product_id, held in _held(session, channel_uid, product_ids).items()}


def count(session: Session, channel_uid: str) -> int:
    """Count the products of a channel that are not removed."""
    present = (ProductRow.channel_uid == channel_uid, ProductRow.removed_at.is_(None))
    return session.scalars(select(func.count()).select_from(ProductRow).where(*present)).one()


def _held(session: Session, channel_uid: str, product_ids: Sequence[str]) -> dict[str, Held]:
    mine = (ProductRow.channel_uid == channel_uid, among(session, ProductRow.product_id, product_ids))
    rows = session.execute(
        select(
            ProductRow.product_id,
            ProductRow.listing_digest,
            ProductRow.digest,
            ProductRow.updated_at,
            ProductRow.version,
            ProductRow.removed_at,
        ).where(*mine)
    )
    return {
        product_id: Held(
            listing_digest=listing_digest,
            digest=digest,
            updated_at=updated_at,
            version=version,
            removed=removed_at is not None,
        )
        for product_id, listing_digest, digest, updated_at, version, removed_at in rows
    }


def _write_products(
    session: Session, channel_uid: str, accepted: Iterable[tuple[Listing, Product, Verdict]], now: datetime
) -> None:
    rows = [
        (
            product.product_id,
            product.title,
            product.status,
            product.created_at,
            product.updated_at,
            listing.digest,
            product.digest,
            product.raw,
            verdict.version,
            now if product.status == GONE else None,
        )
        for listing, product, verdict in accepted
    ]
    bulk.write(
        session,
        ProductRow,
        PRODUCT_KEY + PRODUCT_VALUES,
        rows,
        replace=(*PRODUCT_VALUES, "stored_at"),
        same={"channel_uid": channel_uid, "stored_at": now},
    )


def _write_parts(session: Session, channel_uid: str, products: Sequence[Product]) -> None:
    same = {"channel_uid": channel_uid}
    skus = [row for product in products for row in catalogue.sku_rows(product)]
    bulk.write(session, SkuRow, catalogue.SKU_KEY + catalogue.SKU_VALUES, skus, replace=catalogue.SKU_VALUES, same=same)
    stock = [row for product in products for row in catalogue.stock_rows(product)]
    bulk.write(
        session,
        StockRow,
        catalogue.STOCK_KEY + catalogue.STOCK_VALUES,
        stock,
        replace=catalogue.STOCK_VALUES,
        same=same,
    )


def _delete_vanished(session: Session, channel_uid: str, products: Sequence[Product]) -> None:
    """Delete the SKUs, and the stock, that `products` no longer have."""
    if not products:
        return
    ids = [product.product_id for product in products]
    skus = [" ".join(row[:2]) for product in products for row in catalogue.sku_rows(product)]
    mine = (SkuRow.channel_uid == channel_uid, among(session, SkuRow.product_id, ids))
    kept = among(session, _joined(SkuRow.product_id, SkuRow.sku_id), skus)
    affected(session, delete(SkuRow).where(*mine, ~kept))
    stock = [" ".join(row[:3]) for product in products for row in catalogue.stock_rows(product)]
    ours = (StockRow.channel_uid == channel_uid, among(session, StockRow.product_id, ids))
    held = among(session, _joined(StockRow.product_id, StockRow.sku_id, StockRow.warehouse_id), stock)
    affected(session, delete(StockRow).where(*ours, ~held))


def _joined(first: SQLColumnExpression[str], *others: SQLColumnExpression[str]) -> SQLColumnExpression[str]:
    joined = first
    for other in others:
        joined = joined + " " + other
    return joined
