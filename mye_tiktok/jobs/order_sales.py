"""Note down what orders take out of stock, in the transaction in which they are kept, and let what sold go first."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from mye_tiktok.db import sold_units, stock_targets
from mye_tiktok.db.database import Session
from mye_tiktok.db.sold_units import Holding
from mye_tiktok.domain.order import Order
from mye_tiktok.domain.sold import sold

NEWS = timedelta(minutes=15)
"""How long a sale is news, and its SKUs go before others."""


def note_sales(
    session: Session, channel_uid: str, states: Iterable[tuple[Order | None, Order]], *, now: datetime
) -> None:
    """Keep what orders hold from now on, of those where that changed; `states` are orders before and after.

    The SKUs of an order that was placed a moment ago go first in every channel; old orders make no haste.
    """
    holdings: list[Holding] = []
    in_demand: set[str] = set()
    for before, after in states:
        held, holds = sold(before), sold(after)
        if held == holds:
            continue
        ordered_at = after.created_at or after.updated_at or now
        holdings.append(
            Holding(order_id=after.order_id, ordered_at=ordered_at, sold=tuple(holds.values()), is_new=before is None)
        )
        if is_news(ordered_at, now=now):
            in_demand |= {one.seller_sku for one in (*held.values(), *holds.values())}
    sold_units.replace(session, channel_uid, holdings)
    let_go_first(session, channel_uid, in_demand, now=now)


def let_go_first(session: Session, channel_uid: str, seller_skus: Iterable[str], *, now: datetime) -> None:
    """Let SKUs that were sold in this channel go first wherever they are listed, as long as that is news."""
    wanted = sorted({seller_sku for seller_sku in seller_skus if seller_sku})
    if wanted:
        stock_targets.heat(session, wanted, now=now, until=now + NEWS, sold_in=channel_uid)


def is_news(happened_at: datetime, *, now: datetime) -> bool:
    """Tell whether something is so fresh that it makes haste."""
    return happened_at > now - NEWS
