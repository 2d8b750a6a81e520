"""Wishes about stock as they arrived: written down once each, and looked at by people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, select

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import among
from mye_tiktok.db.tables.inventory import InventoryRequestRow
from mye_tiktok.domain.stock import Origin, Request, RequestState, Wish

COLUMNS = (
    "fingerprint",
    "request_id",
    "channel_uid",
    "seller_sku",
    "product_id",
    "sku_id",
    "warehouse_id",
    "quantity",
    "occurred_at",
    "origin",
)
# whoever asks sees no difference between what was not sorted in yet and what waits for its push
STATES: Mapping[str, RequestState] = {
    "new": "pending",
    "pending": "pending",
    "applied": "applied",
    "unchanged": "unchanged",
    "superseded": "superseded",
    "rejected": "rejected",
    "failed": "failed",
}
ORIGINS: Mapping[str, Origin] = {"queue": "queue", "file": "file", "miams": "miams", "hand": "hand"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Which requests are meant; what is not given does not matter. `sku`: a seller SKU, or TikTok's id of a SKU."""

    state: RequestState | None = None
    channel_uid: str = ""
    sku: str = ""
    request_id: str = ""


def add(session: Session, wishes: Sequence[Wish], received_at: datetime) -> int:
    """Write wishes down in one statement, in this order, and return how many were new.

    One whose fingerprint is there already is left alone. One with a `reason` is rejected at once.
    """
    waiting = [_values(wish) for wish in wishes if not wish.reason]
    fresh = {"received_at": received_at, "state": "new", "code": "", "message": "", "settled_at": None}
    new = bulk.write(session, InventoryRequestRow, COLUMNS, waiting, existing="kept", same=fresh)
    refused = [(*_values(wish), wish.code, wish.reason) for wish in wishes if wish.reason]
    settled = {"received_at": received_at, "state": "rejected", "settled_at": received_at}
    columns = (*COLUMNS, "code", "message")
    return new + bulk.write(session, InventoryRequestRow, columns, refused, existing="kept", same=settled)


def add_settled(session: Session, wishes: Sequence[Wish], *, now: datetime) -> None:
    """Write down wishes that came true as they were made: a person's, who set the figures."""
    done = {"received_at": now, "state": "applied", "code": "", "message": "", "settled_at": now}
    bulk.write(session, InventoryRequestRow, COLUMNS, [_values(wish) for wish in wishes], existing="none", same=done)


def of_fingerprints(session: Session, fingerprints: Sequence[str]) -> list[Request]:
    """Return the requests with these fingerprints, the oldest first."""
    wanted = among(session, InventoryRequestRow.fingerprint, fingerprints)
    query = select(*InventoryRequestRow.__table__.c).where(wanted).order_by(InventoryRequestRow.id)
    return [request_of(row) for row in session.connection().execute(query)]


def find(session: Session, wanted: RequestFilter, *, limit: int) -> list[Request]:
    """Return the requests that fit, the newest first."""
    query = select(*InventoryRequestRow.__table__.c).where(*_conditions(wanted))
    return [
        request_of(row)
        for row in session.connection().execute(query.order_by(InventoryRequestRow.id.desc()).limit(limit))
    ]


def request_of(row: Row[*tuple[object, ...]]) -> Request:
    """Return a row of all columns as a request."""
    return Request(
        wish_id=row.id,
        request_id=row.request_id,
        channel_uid=row.channel_uid,
        seller_sku=row.seller_sku,
        product_id=row.product_id,
        sku_id=row.sku_id,
        warehouse_id=row.warehouse_id,
        quantity=row.quantity,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        origin=ORIGINS[row.origin],
        state=STATES[row.state],
        code=row.code,
        message=row.message,
        settled_at=row.settled_at,
    )


def _conditions(wanted: RequestFilter) -> list[ColumnElement[bool]]:
    row = InventoryRequestRow
    conditions: list[ColumnElement[bool]] = []
    if wanted.state:
        conditions.append(row.state.in_([state for state, shown in STATES.items() if shown == wanted.state]))
    if wanted.channel_uid:
        conditions.append(row.channel_uid == wanted.channel_uid)
    if wanted.sku:
        conditions.append((row.seller_sku == wanted.sku) | (row.sku_id == wanted.sku))
    if wanted.request_id:
        conditions.append(row.request_id == wanted.request_id)
    return conditions


def _values(wish: Wish) -> bulk.Row:
    return (
        wish.fingerprint,
        wish.request_id,
        wish.channel_uid,
        wish.seller_sku,
        wish.product_id,
        wish.sku_id,
        wish.warehouse_id,
        wish.quantity,
        wish.occurred_at,
        wish.origin,
    )
