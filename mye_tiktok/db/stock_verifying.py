"""What a verification looks at: every SKU whose stock we keep, with how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import among
from mye_tiktok.db.stock_targets import COLUMNS, statuses, target_of
from mye_tiktok.db.tables.inventory import InventoryLedgerRow, StockTargetRow
from mye_tiktok.domain.stock import Target

T, L = StockTargetRow, InventoryLedgerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A target, and why it is still due, if it is: `code` and `message` are of the last refusal.

    `status` is its product's at TikTok; the target has none, so that it is compared whether TikTok takes stock or not.
    """

    target: Target
    due_at: datetime | None
    code: str
    message: str
    status: str


def standing(session: Session, channel_uid: str, *, limit: int, after: tuple[str, str] = ("", "")) -> list[Standing]:
    """Return targets of a channel in the order of their ids: `after` a product and SKU, the next."""
    mine = (T.channel_uid == channel_uid, tuple_(T.product_id, T.sku_id) > after)
    query = select(*COLUMNS, T.due_at, T.code, T.message).where(*mine).order_by(T.product_id, T.sku_id).limit(limit)
    rows = session.execute(query).all()
    found = statuses(session, channel_uid, list({row.product_id for row in rows}))
    return [
        Standing(
            target=target_of(row, ""),
            due_at=row.due_at,
            code=row.code,
            message=row.message,
            status=found.get(row.product_id, ""),
        )
        for row in rows
    ]


def last_sent(session: Session, channel_uid: str, sku_ids: Sequence[str]) -> Mapping[tuple[str, str], int]:
    """Return the line of the ledger that tells of the last figure sent, per SKU and warehouse."""
    mine = (L.channel_uid == channel_uid, among(session, L.sku_id, sku_ids), L.sent.is_not(None))
    last = select(L.sku_id, L.warehouse_id, func.max(L.id)).where(*mine).group_by(L.sku_id, L.warehouse_id)
    return {(sku_id, warehouse_id): line for sku_id, warehouse_id, line in session.execute(last)}
