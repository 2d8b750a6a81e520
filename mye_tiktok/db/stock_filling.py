"""What was matched is written down: in the rows of wishes, and in the SKUs that become due."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, and_, case, func, literal, select, update
from sqlalchemy.orm import aliased

from mye_tiktok.db import stock_levels
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, insert_into
from mye_tiktok.db.inventory_requests import request_of
from mye_tiktok.db.stock_matching import matches
from mye_tiktok.db.stock_targets import waiting_since
from mye_tiktok.db.tables.base import UtcTime
from mye_tiktok.db.tables.inventory import InventoryRequestRow, StockTargetRow
from mye_tiktok.domain.stock import AMBIGUOUS, HOT, NEAR_ZERO, ORDINARY, UNMAPPED, Request

FEW_PIECES = 5
"""So many pieces or fewer are nearly none: the next sale may be one too many."""
SUPERSEDED = "MYE sent a newer figure for this SKU and place"
REASONS = {
    UNMAPPED: "no connected shop lists this SKU, as far as the catalogue was fetched",
    AMBIGUOUS: "two SKUs of the shop have this seller SKU",
}
W, T = InventoryRequestRow, StockTargetRow


def supersede(session: Session, *which: ColumnElement[bool], now: datetime) -> list[Request]:
    """End those wishes that a newer one took the place of. `which` names one state: each has an index."""
    ended = {"state": "superseded", "code": "", "message": SUPERSEDED, "settled_at": now}
    statement = update(W).where(*which, stock_levels.overtaken()).values(ended)
    rows = session.connection().execute(statement.returning(*W.__table__.c)).all()
    return [request_of(row) for row in sorted(rows, key=lambda row: row.id)]


def touched() -> ColumnElement[bool]:
    """Return whether a wish waits for a SKU and place that one in hand is about as well."""
    in_hand = aliased(W)
    return and_(
        in_hand.id == matches.c.wish_id,
        in_hand.warehouse_id == W.warehouse_id,
        W.state == "pending",
        W.channel_uid == matches.c.channel_uid,
        W.product_id == matches.c.product_id,
        W.sku_id == matches.c.sku_id,
        W.seller_sku == matches.c.seller_sku,
    )


def fill_in(session: Session) -> None:
    """Write down what each wish is about: in its row, and in a copy for every further channel."""
    message = case(*((matches.c.code == code, text) for code, text in REASONS.items()), else_="")
    _copy(session, message)
    meant = {name: matches.c[name] for name in ("channel_uid", "product_id", "sku_id", "seller_sku", "code")}
    first = (W.id == matches.c.wish_id, matches.c.nth == 1)
    affected(session, update(W).where(*first).values({**meant, "message": message, "state": "pending"}))


def make_due(session: Session, *, now: datetime) -> None:
    """Make the SKUs that wishes were matched with due, those with few pieces before the others."""
    statement = insert_into(session, T).from_select(*_targets(now))
    hot = case((T.hot_until > now, HOT), else_=statement.excluded.lane)
    again = {
        "seller_sku": statement.excluded.seller_sku,
        "lane": hot,
        "due_at": waiting_since(now),
        "revision": T.revision + 1,
        "attempts": 0,
        "code": "",
        "message": "",
    }
    affected(
        session, statement.on_conflict_do_update(index_elements=[T.channel_uid, T.product_id, T.sku_id], set_=again)
    )


def _copy(session: Session, message: ColumnElement[str]) -> None:
    about = (matches.c.channel_uid, matches.c.product_id, matches.c.sku_id)
    values: dict[str, Any] = {
        "fingerprint": W.fingerprint + "|" + about[0] + "|" + about[1] + "|" + about[2],
        "request_id": W.request_id,
        "channel_uid": matches.c.channel_uid,
        "seller_sku": matches.c.seller_sku,
        "product_id": matches.c.product_id,
        "sku_id": matches.c.sku_id,
        "warehouse_id": W.warehouse_id,
        "quantity": W.quantity,
        "occurred_at": W.occurred_at,
        "received_at": W.received_at,
        "origin": W.origin,
        "state": literal("pending"),
        "code": matches.c.code,
        "message": message,
        "copy_of": func.coalesce(W.copy_of, W.id),
    }
    further = select(*values.values()).join(matches, matches.c.wish_id == W.id).where(matches.c.nth > 1)
    statement = insert_into(session, W).from_select(list(values), further)
    affected(session, statement.on_conflict_do_nothing(index_elements=[W.fingerprint]))


def _targets(now: datetime) -> tuple[list[str], Select[*tuple[Any, ...]]]:
    """Return the columns of new targets and the query for them, in the order in which everybody locks them."""
    key = (matches.c.channel_uid, matches.c.product_id, matches.c.sku_id)
    lane = case((func.min(W.quantity) <= FEW_PIECES, NEAR_ZERO), else_=ORDINARY)
    nothing = literal({}, JSON())
    values: dict[str, Any] = {
        **{column.name: column for column in key},
        "seller_sku": func.max(matches.c.seller_sku),
        "lane": lane,
        "due_at": literal(now, UtcTime()),
        "revision": literal(1),
        "attempts": literal(0),
        "claimed_by": literal(""),
        "figures": nothing,
        "sent": nothing,
        "code": literal(""),
        "message": literal(""),
    }
    found = select(*values.values()).outerjoin(W, W.id == matches.c.wish_id).where(matches.c.code == "")
    return list(values), found.group_by(*key).order_by(*key)
