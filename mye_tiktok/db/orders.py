"""How orders are kept: as we last saw them, many per statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, lock
from mye_tiktok.db.tables.orders import OrderRow
from mye_tiktok.domain.order import Announced, Order
from mye_tiktok.domain.order_judgement import Reading
from mye_tiktok.domain.ship_by import ship_by

ANNOUNCED: dict[str, Announced] = {"": "", "provisional": "provisional", "final": "final"}
KEY = ("order_id",)
VALUES = (
    *("status", "created_at", "updated_at", "digest", "raw", "version", "announced", "read_at", "stored_at"),
    "ship_by",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What of a stored order decides what an incoming one means."""

    reading: Reading
    status: str
    version: int
    announced: Announced


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """An order to be kept, with its version and how MYE knows it from now on."""

    order: Order
    version: int
    announced: Announced
    read_at: datetime


def lock_channel(session: Session, channel_uid: str) -> None:
    """Let those who keep orders of a channel follow one another until each one's transaction ends."""
    lock(session, f"orders {channel_uid}")


def held(session: Session, channel_uid: str, order_ids: Iterable[str]) -> dict[str, Held]:
    """Return what we hold of these orders, in one query."""
    columns = (
        OrderRow.order_id,
        OrderRow.status,
        OrderRow.version,
        OrderRow.announced,
        OrderRow.updated_at,
        OrderRow.digest,
        OrderRow.read_at,
    )
    mine = (OrderRow.channel_uid == channel_uid, among(session, OrderRow.order_id, list(order_ids)))
    return {
        order_id: Held(
            reading=Reading(updated_at=updated_at, digest=digest, read_at=read_at),
            status=status,
            version=version,
            announced=ANNOUNCED[announced],
        )
        for order_id, status, version, announced, updated_at, digest, read_at in session.execute(
            select(*columns).where(*mine)
        )
    }


def raw(session: Session, channel_uid: str, order_ids: Iterable[str]) -> dict[str, str]:
    """Return TikTok's object of each of these orders that we hold."""
    mine = (OrderRow.channel_uid == channel_uid, among(session, OrderRow.order_id, list(order_ids)))
    rows = session.execute(select(OrderRow.order_id, OrderRow.raw).where(*mine))
    return {row.order_id: row.raw for row in rows}


def unknown(session: Session, channel_uid: str, order_ids: Iterable[str]) -> list[str]:
    """Return those of `order_ids` that we don't hold, each once, in the order given."""
    wanted = list(dict.fromkeys(order_ids))
    mine = (OrderRow.channel_uid == channel_uid, among(session, OrderRow.order_id, wanted))
    known = set(session.scalars(select(OrderRow.order_id).where(*mine)))
    return [order_id for order_id in wanted if order_id not in known]


def write(session: Session, channel_uid: str, batch: Sequence[Keeping], *, now: datetime) -> None:
    """Store these orders as they are given; each order once."""
    rows = [
        (
            kept.order.order_id,
            now,
            kept.order.status,
            kept.order.created_at,
            kept.order.updated_at,
            kept.order.digest,
            kept.order.raw,
            kept.version,
            kept.announced,
            kept.read_at,
            now,
            _ship_by(kept.order),
        )
        for kept in batch
    ]
    columns = (*KEY, "first_seen_at", *VALUES)
    bulk.write(session, OrderRow, columns, rows, existing=VALUES, same={"channel_uid": channel_uid})


def confirm(session: Session, channel_uid: str, order_ids: Sequence[str], *, read_at: datetime) -> None:
    """Note that these orders were read at `read_at` and found as we hold them."""
    if not order_ids:
        return
    mine = (OrderRow.channel_uid == channel_uid, among(session, OrderRow.order_id, order_ids))
    affected(session, update(OrderRow).where(*mine, OrderRow.read_at < read_at).values(read_at=read_at))


def count(session: Session, channel_uid: str) -> int:
    """Count the orders of a channel."""
    return session.scalars(select(func.count()).select_from(OrderRow).where(OrderRow.channel_uid == channel_uid)).one()


def _ship_by(order: Order) -> datetime | None:
    by = ship_by(order)
    return by.at if by else None
