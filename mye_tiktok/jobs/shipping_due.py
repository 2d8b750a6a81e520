"""What has to be shipped next, from the orders we hold: nothing is asked of TikTok."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mye_tiktok.db import ship_deadlines
from mye_tiktok.db.database import Database
from mye_tiktok.db.ship_deadlines import ToShip
from mye_tiktok.domain.order import Order
from mye_tiktok.domain.ship_by import ShipBy, ship_by
from mye_tiktok.tiktok.order_parser import parse_stored

SOON = timedelta(hours=12)
"""What `status` and the metrics call soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOrder:
    """An order that waits to be shipped, as we last saw it, and until when."""

    channel_uid: str
    order: Order
    ship_by: ShipBy

    def hours_left(self, now: datetime) -> float:
        """How many hours are left; below zero when it is late."""
        return (self.ship_by.at - now).total_seconds() / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due by a time: the most urgent `orders` first, and how many there are in all."""

    at: datetime
    orders: tuple[DueOrder, ...]
    counts: ToShip

    @property
    def total(self) -> int:
        """How many orders are late or due."""
        return self.counts.late + self.counts.soon


def read_due(
    database: Database, *, now: datetime, within: timedelta, limit: int, channel_uids: Sequence[str] = ()
) -> Due:
    """Return at most `limit` orders that are late or due within that time, of these channels or of all."""
    until = now + within
    with database.reading() as session:
        counts = ship_deadlines.to_ship(session, now=now, until=until, channel_uids=channel_uids)
        rows = ship_deadlines.due(session, until=until, limit=limit, channel_uids=channel_uids)
    orders = ((channel_uid, parse_stored(raw)) for channel_uid, raw in rows)
    found = ((channel_uid, order, ship_by(order)) for channel_uid, order in orders)
    due = tuple(
        DueOrder(channel_uid=channel_uid, order=order, ship_by=by) for channel_uid, order, by in found if by is not None
    )
    return Due(at=now, orders=due, counts=counts)
