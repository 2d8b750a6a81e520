"""Write down what a push came to: answers to wishes, and what is left to do about each SKU."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from mye_tiktok.db import stock_targets
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected
from mye_tiktok.db.inventory_requests import request_of
from mye_tiktok.db.tables.inventory import InventoryRequestRow, StockTargetRow
from mye_tiktok.domain.stock import Request
from mye_tiktok.domain.stock_outcome import Outcome, Settlement

AT_ONCE = 5_000


def note_sent(session: Session, channel_uid: str, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Note what TikTok took of SKUs whose stock we keep: it may show the figure from before for a while."""
    row = StockTargetRow
    stock_targets.hold(session, [one.plan.key for one in outcomes])
    for one in outcomes:
        if not one.accepted:
            continue
        mine = (
            row.channel_uid == channel_uid,
            row.product_id == one.plan.product_id,
            row.sku_id == one.plan.sku_id,
        )
        affected(session, update(row).where(*mine).values(sent=one.accepted, sent_at=now))


def settle(session: Session, answers: Sequence[Settlement], *, now: datetime) -> list[Request]:
    """Answer wishes that wait, each by its row, and return them; one that has its answer already keeps that one."""
    alike: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one in answers:
        alike[one.state, one.code, one.message].append(one.wish_id)
    wishes = InventoryRequestRow
    found = []
    for (state, code, message), ids in alike.items():
        values = {"state": state, "code": code, "message": message, "settled_at": now}
        for start in range(0, len(ids), AT_ONCE):
            waiting = (wishes.id.in_(sorted(ids)[start : start + AT_ONCE]), wishes.state == "pending")
            statement = update(wishes).where(*waiting).values(values).returning(*wishes.__table__.c)
            found += [request_of(row) for row in session.connection().execute(statement)]
    return sorted(found, key=lambda request: request.wish_id)


def claimers(session: Session, channel_uid: str) -> list[str]:
    """Return who holds SKUs of a channel, in time or not."""
    row = StockTargetRow
    held = (row.channel_uid == channel_uid, row.due_at.is_not(None), row.claimed_by != "")
    return list(session.scalars(select(row.claimed_by).where(*held).distinct()))
