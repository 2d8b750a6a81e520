"""Until when orders have to be shipped. Only those that wait are looked at, however many orders there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import among
from mye_tiktok.db.tables.channels import ChannelRow
from mye_tiktok.db.tables.orders import OrderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ToShip:
    """How many orders wait to be shipped, by their earliest deadlines; `soon` counts those that are not late yet.

    `next_at` is the earliest deadline of all, `None` when nothing waits.
    """

    waiting: int
    late: int
    soon: int
    next_at: datetime | None


def to_ship(session: Session, *, now: datetime, until: datetime, channel_uids: Sequence[str] = ()) -> ToShip:
    """Count what waits in these channels, or in all that were not removed; `soon` is what is due by `until`."""
    deadline = OrderRow.ship_by
    late = func.count().filter(deadline < now)
    soon = func.count().filter(deadline >= now, deadline <= until)
    counts = select(func.count(), late, soon, func.min(deadline)).where(*_waiting(session, channel_uids))
    waiting, is_late, is_soon, next_at = session.execute(counts).one()
    return ToShip(waiting=waiting, late=is_late, soon=is_soon, next_at=next_at)


def due(session: Session, *, until: datetime, limit: int, channel_uids: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return channel and TikTok's object of the orders due by `until`, the most urgent first."""
    rows = (
        select(OrderRow.channel_uid, OrderRow.raw)
        .where(*_waiting(session, channel_uids), OrderRow.ship_by <= until)
        .order_by(OrderRow.ship_by, OrderRow.order_id)
        .limit(limit)
    )
    return [(row.channel_uid, row.raw) for row in session.execute(rows)]


def _waiting(session: Session, channel_uids: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    # as an expression that no index knows: SQLite would walk through all orders of the channels
    of_channel = OrderRow.channel_uid.concat("")
    if channel_uids:
        mine = among(session, of_channel, list(channel_uids))
    else:
        mine = of_channel.in_(select(ChannelRow.channel_uid).where(ChannelRow.state != "removed"))
    return (OrderRow.ship_by.is_not(None), mine)
