"""The history of orders: one row per change, with how it reached us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.tables.orders import OrderChangeRow
from mye_tiktok.domain.order import OrderChange, Source

COLUMNS = ("order_id", "version", "status", "previous_status", "topic", "updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """One change of an order as it was noted down; `updated_at` is TikTok's time of it, `seen_at` ours."""

    version: int
    status: str
    previous_status: str | None
    topic: str
    source: str
    updated_at: datetime | None
    seen_at: datetime


def add(session: Session, channel_uid: str, changes: Sequence[OrderChange], *, source: Source, now: datetime) -> None:
    """Note changes down."""
    rows = [
        (
            change.order.order_id,
            change.version,
            change.order.status,
            change.previous_status,
            change.topic,
            change.updated_at,
        )
        for change in changes
    ]
    same = {"channel_uid": channel_uid, "source": source, "seen_at": now}
    bulk.write(session, OrderChangeRow, COLUMNS, rows, existing="none", same=same)


def of_order(session: Session, channel_uid: str, order_id: str) -> list[PastChange]:
    """Return what happened to an order, in order."""
    mine = (OrderChangeRow.channel_uid == channel_uid, OrderChangeRow.order_id == order_id)
    return [
        PastChange(
            version=row.version,
            status=row.status,
            previous_status=row.previous_status,
            topic=row.topic,
            source=row.source,
            updated_at=row.updated_at,
            seen_at=row.seen_at,
        )
        for row in session.scalars(select(OrderChangeRow).where(*mine).order_by(OrderChangeRow.version))
    ]
