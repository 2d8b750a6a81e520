"""Note down what orders take out of stock, in the transaction in which they are kept."""

from collections.abc import Iterable
from datetime import datetime

from mye_tiktok.db import sold_units
from mye_tiktok.db.database import Session
from mye_tiktok.db.sold_units import Holding
from mye_tiktok.domain.order import Order
from mye_tiktok.domain.sold import sold


def note_sales(
    session: Session, channel_uid: str, states: Iterable[tuple[Order | None, Order]], *, now: datetime
) -> None:
    """Keep what orders hold from now on, of those where that changed; `states` are orders before and after."""
    changed = [
        Holding(
            order_id=after.order_id,
            ordered_at=after.created_at or after.updated_at or now,
            sold=tuple(holds.values()),
            is_new=before is None,
        )
        for before, after in states
        if (holds := sold(after)) != sold(before)
    ]
    sold_units.replace(session, channel_uid, changed)
