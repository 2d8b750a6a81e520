"""How it is kept what orders hold of each SKU."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among
from mye_tiktok.db.tables.inventory import SoldUnitsRow
from mye_tiktok.domain.sold import Sold
from mye_tiktok.domain.stock import Sale

KEY = ("order_id", "sku_id")
VALUES = ("product_id", "seller_sku", "quantity", "ordered_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one order holds from now on. `is_new`: nothing was kept of it before."""

    order_id: str
    ordered_at: datetime
    sold: Sequence[Sold]
    is_new: bool


def replace(session: Session, channel_uid: str, holdings: Sequence[Holding]) -> None:
    """Keep what these orders hold in place of what was kept of them; each order once. The caller commits.

    Hold the lock of the orders of the channel.
    """
    known = [holding.order_id for holding in holdings if not holding.is_new]
    if known:
        mine = (SoldUnitsRow.channel_uid == channel_uid, among(session, SoldUnitsRow.order_id, known))
        affected(session, delete(SoldUnitsRow).where(*mine))
    rows = [
        (holding.order_id, one.sku_id, one.product_id, one.seller_sku, one.quantity, holding.ordered_at)
        for holding in holdings
        for one in holding.sold
    ]
    bulk.write(session, SoldUnitsRow, KEY + VALUES, rows, existing=VALUES, same={"channel_uid": channel_uid})


def sales_since(session: Session, channel_uid: str, since: Mapping[str, datetime]) -> dict[str, tuple[Sale, ...]]:
    """Return per SKU id the sales after its time in `since`, in one query; a SKU without any is missing."""
    if not since:
        return {}
    row, found = SoldUnitsRow, defaultdict[str, list[Sale]](list)
    theirs = (row.channel_uid == channel_uid, among(session, row.sku_id, list(since)))
    query = select(row.sku_id, row.quantity, row.ordered_at).where(*theirs, row.ordered_at > min(since.values()))
    for sku_id, quantity, ordered_at in session.execute(query.order_by(row.ordered_at, row.order_id)):
        if ordered_at > since[sku_id]:
            found[sku_id].append(Sale(quantity=quantity, ordered_at=ordered_at))
    return {sku_id: tuple(sales) for sku_id, sales in found.items()}


def sold_since(session: Session, channel_uid: str, since: Mapping[str, datetime]) -> dict[str, int]:
    """Return per SKU id how many pieces were sold after its time in `since`; a SKU without any is missing."""
    sales = sales_since(session, channel_uid, since)
    return {sku_id: sum(sale.quantity for sale in each) for sku_id, each in sales.items()}
