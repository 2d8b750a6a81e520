"""The ledger of stock: what was sent for each SKU and warehouse, what TikTok said, and what it showed later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, bindparam, select, update

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import among
from mye_tiktok.db.tables.base import UtcTime
from mye_tiktok.db.tables.inventory import InventoryApprovalRow, InventoryLedgerRow
from mye_tiktok.domain.stock_outcome import Entry

Cause = Literal["push", "hand"]
COLUMNS = (
    "product_id",
    "sku_id",
    "seller_sku",
    "warehouse_id",
    "wanted",
    "desired",
    "rule",
    "before",
    "sent",
    "outcome",
    "code",
    "message",
    "tiktok_request_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry as it was noted down. `read_back` is what TikTok showed at `read_at`, when somebody verified it."""

    id: int
    at: datetime
    run_id: str
    cause: str
    channel_uid: str
    entry: Entry
    tiktok_request_id: str
    read_back: int | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person's word that let a run go on: who, why, and what the guard had to say."""

    at: datetime
    run_id: str
    channel_uid: str
    who: str
    why: str
    summary: str


def add(
    session: Session,
    channel_uid: str,
    entries: Sequence[tuple[Entry, str]],
    *,
    now: datetime,
    run_id: str,
    cause: Cause,
) -> None:
    """Note entries down, each with the id of TikTok's answer."""
    rows = [(*(getattr(entry, name) for name in COLUMNS[:-1]), request_id) for entry, request_id in entries]
    same = {"at": now, "run_id": run_id, "cause": cause, "channel_uid": channel_uid, "read_back": None, "read_at": None}
    bulk.write(session, InventoryLedgerRow, COLUMNS, rows, existing="none", same=same)


def of_sku(session: Session, sku: str, *, channel_uid: str = "", limit: int = 100) -> list[Line]:
    """Return the last entries of a seller SKU, or of TikTok's SKU id, the oldest first; in all channels or in one."""
    row = InventoryLedgerRow
    named = (row.seller_sku == sku) | (row.sku_id == sku)
    wanted = (named, row.channel_uid == channel_uid) if channel_uid else (named,)
    found = select(*row.__table__.c).where(*wanted).order_by(row.id.desc()).limit(limit)
    return [_line(one) for one in reversed(session.connection().execute(found).all())]


def read_back(session: Session, figures: Mapping[int, int], *, now: datetime) -> None:
    """Note what TikTok shows by now beside these lines."""
    if not figures:
        return
    row = InventoryLedgerRow
    rows = [{"line": line, "shown": figure, "now": now} for line, figure in sorted(figures.items())]
    values = {"read_back": bindparam("shown"), "read_at": bindparam("now", type_=UtcTime())}
    statement = update(row).where(row.id == bindparam("line")).values(values)
    session.connection().execute(statement, rows)


def approve(
    session: Session, channel_uid: str, *, who: str, why: str, summary: str, run_id: str, now: datetime
) -> None:
    """Record that a person let an update through that a guard had stopped."""
    values = {"at": now, "run_id": run_id, "channel_uid": channel_uid, "who": who, "why": why, "summary": summary}
    bulk.write(session, InventoryApprovalRow, tuple(values), [tuple(values.values())], existing="none", same={})


def last_approved_at(session: Session, channel_uid: str) -> datetime | None:
    """Return when a person last let something through in a channel."""
    row = InventoryApprovalRow
    return session.scalars(
        select(row.at).where(row.channel_uid == channel_uid).order_by(row.id.desc()).limit(1)
    ).first()


def approvals(session: Session, run_ids: Collection[str] | None = None) -> list[Approval]:
    """Return what was let through, the oldest first; of these runs only, where they are given."""
    row = InventoryApprovalRow
    mine = () if run_ids is None else (among(session, row.run_id, list(run_ids)),)
    found = session.connection().execute(select(*row.__table__.c).where(*mine).order_by(row.id))
    return [
        Approval(
            at=one.at,
            run_id=one.run_id,
            channel_uid=one.channel_uid,
            who=one.who,
            why=one.why,
            summary=one.summary,
        )
        for one in found
    ]


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    entry = Entry(**{name: getattr(row, name) for name in COLUMNS[:-1]})
    return Line(
        id=row.id,
        at=row.at,
        run_id=row.run_id,
        cause=row.cause,
        channel_uid=row.channel_uid,
        entry=entry,
        tiktok_request_id=row.tiktok_request_id,
        read_back=row.read_back,
        read_at=row.read_at,
    )
