"""Write down what a push came to: answers to wishes, and what is left to do about each SKU."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected
from mye_tiktok.db.tables.inventory import StockTargetRow
from mye_tiktok.domain.stock_outcome import Outcome


def note_sent(session: Session, channel_uid: str, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Note what TikTok took of SKUs whose stock we keep: it may show the figure from before for a while."""
    row = StockTargetRow
    for one in outcomes:
        if not one.accepted:
            continue
        mine = (
            row.channel_uid == channel_uid,
            row.product_id == one.plan.product_id,
            row.sku_id == one.plan.sku_id,
        )
        affected(session, update(row).where(*mine).values(sent=one.accepted, sent_at=now))
