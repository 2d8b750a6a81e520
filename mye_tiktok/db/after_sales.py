"""How cancellations and returns are kept."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select, update

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among
from mye_tiktok.db.tables.orders import AfterSaleRow
from mye_tiktok.domain.order import AfterSale, AfterSaleKind
from mye_tiktok.domain.order_judgement import Reading, judge

KINDS: dict[str, AfterSaleKind] = {"cancellation": "cancellation", "return": "return"}
KEY = ("kind", "case_id")
VALUES = ("order_id", "status", "updated_at", "digest", "raw", "read_at", "stored_at")


def upsert(
    session: Session, channel_uid: str, batch: Sequence[AfterSale], *, read_at: datetime, now: datetime
) -> list[AfterSale]:
    """Store those of `batch` that differ from ours and are not older; return them.

    Of one that is there twice the last counts. Hold the lock of the orders of the channel.
    """
    incoming = {(one.kind, one.case_id): one for one in batch}
    held = _held(session, channel_uid, [case_id for _, case_id in incoming])
    standing = {key: judge(held.get(key), _reading(one, read_at)) for key, one in incoming.items()}
    fresh = [one for key, one in incoming.items() if standing[key] in ("new", "newer")]
    for kind in KINDS:
        same = [case_id for (its, case_id), word in standing.items() if its == kind and word == "same"]
        _confirm(session, channel_uid, kind, same, read_at=read_at)
    rows = [
        (one.kind, one.case_id, one.order_id, one.status, one.updated_at, one.digest, one.raw, read_at, now)
        for one in fresh
    ]
    bulk.write(session, AfterSaleRow, KEY + VALUES, rows, existing=VALUES, same={"channel_uid": channel_uid})
    return fresh


def of_orders(
    session: Session, channel_uid: str, order_ids: Iterable[str]
) -> defaultdict[str, list[tuple[AfterSaleKind, str]]]:
    """Return per order the kind and TikTok's object of each cancellation and return, always in the same order."""
    mine = (AfterSaleRow.channel_uid == channel_uid, among(session, AfterSaleRow.order_id, list(order_ids)))
    columns = (AfterSaleRow.order_id, AfterSaleRow.kind, AfterSaleRow.raw)
    found: defaultdict[str, list[tuple[AfterSaleKind, str]]] = defaultdict(list)
    in_order = select(*columns).where(*mine).order_by(AfterSaleRow.kind, AfterSaleRow.case_id)
    for order_id, kind, raw in session.execute(in_order):
        found[order_id].append((KINDS[kind], raw))
    return found


def _held(session: Session, channel_uid: str, case_ids: Sequence[str]) -> dict[tuple[AfterSaleKind, str], Reading]:
    mine = (AfterSaleRow.channel_uid == channel_uid, among(session, AfterSaleRow.case_id, case_ids))
    columns = (
        AfterSaleRow.kind,
        AfterSaleRow.case_id,
        AfterSaleRow.updated_at,
        AfterSaleRow.digest,
        AfterSaleRow.read_at,
    )
    return {
        (KINDS[kind], case_id): Reading(updated_at=updated_at, digest=digest, read_at=read_at)
        for kind, case_id, updated_at, digest, read_at in session.execute(select(*columns).where(*mine))
    }


def _confirm(session: Session, channel_uid: str, kind: str, case_ids: Sequence[str], *, read_at: datetime) -> None:
    if not case_ids:
        return
    mine = (AfterSaleRow.channel_uid == channel_uid, AfterSaleRow.kind == kind, AfterSaleRow.read_at < read_at)
    these = among(session, AfterSaleRow.case_id, case_ids)
    affected(session, update(AfterSaleRow).where(*mine, these).values(read_at=read_at))


def _reading(one: AfterSale, read_at: datetime) -> Reading:
    return Reading(updated_at=one.updated_at, digest=one.digest, read_at=read_at)
