"""New wishes sorted in: the newest becomes the level, each finds its SKUs, and those become due.

Set by set in SQL, for there may be a million. Whoever sorts in keeps others out until its transaction ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from mye_tiktok.db import inventory_requests, stock_levels, stock_matching, stock_news
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, count_up, lock
from mye_tiktok.db.stock_filling import fill_in, make_due, supersede, touched
from mye_tiktok.db.stock_matching import picked
from mye_tiktok.db.stock_targets import SORTING
from mye_tiktok.db.tables.inventory import InventoryRequestRow, StockLevelRow, StockTargetRow
from mye_tiktok.domain.stock import Request, Wish

AT_ONCE = 20_000
W = InventoryRequestRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """How many new wishes were sorted in, which wishes are superseded by newer ones, and whether there are `more`."""

    taken: int = 0
    superseded: Sequence[Request] = ()
    more: bool = False


def sort_in(session: Session, *, now: datetime, limit: int = AT_ONCE) -> Sorted:
    """Sort in what changed in the catalogue, for wishes may wait for it, and then the oldest `limit` new wishes.

    Every wish that is not the newest of its SKU and place is superseded and has to be answered in this transaction.
    Call it again while there are `more`; it costs two look-ups when there is nothing. The caller commits.
    """
    if not (stock_news.is_there(session) or _is_new(session)):
        return Sorted()
    lock(session, SORTING)
    with stock_matching.workplace(session):
        followed = stock_news.follow(session, now=now)
        stock_matching.clear(session)
        taken, outdated = _sort_new_in(session, now=now, limit=limit)
    more = followed.more or taken == limit
    return Sorted(taken=taken, superseded=[*followed.superseded, *outdated], more=more)


def set_by_hand(session: Session, wishes: Sequence[Wish], *, now: datetime) -> None:
    """Let what a person set at TikTok be what is wanted, until a newer wish; nobody is told. The caller commits.

    To be called before targets are changed: whoever sorts in keeps others out first, too.
    """
    if not wishes:
        return
    lock(session, "stock sorting")
    inventory_requests.add_settled(session, wishes, now=now)
    with stock_matching.workplace(session):
        mine = among(session, W.fingerprint, [wish.fingerprint for wish in wishes])
        affected(session, insert(picked).from_select(["wish_id"], select(W.id).where(mine)))
        stock_levels.raise_to(session)


def look_over(session: Session, taken: int) -> None:
    """After many wishes let PostgreSQL see how the tables have changed: by itself it looks only a minute later."""
    if taken >= AT_ONCE:
        count_up(session, *(table.__table__ for table in (W, StockLevelRow, StockTargetRow)))


def _is_new(session: Session) -> bool:
    return session.scalars(select(W.id).where(W.state == "new").limit(1)).first() is not None


def _sort_new_in(session: Session, *, now: datetime, limit: int) -> tuple[int, list[Request]]:
    new = select(W.id).where(W.state == "new").order_by(W.id).limit(limit)
    taken = affected(session, insert(picked).from_select(["wish_id"], new))
    if not taken:
        return 0, []
    count_up(session, picked)
    stock_levels.raise_to(session)
    outdated = supersede(session, W.id == picked.c.wish_id, W.state == "new", now=now)
    stock_matching.match(session)
    fill_in(session)
    make_due(session, now=now)
    return taken, outdated + supersede(session, touched(), now=now)
