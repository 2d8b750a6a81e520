"""What changed in the catalogue, as far as stock is concerned: SKUs that wishes waited for, and those that changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from mye_tiktok.db import stock_matching
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected
from mye_tiktok.db.stock_filling import REASONS, fill_in, make_due, supersede, touched
from mye_tiktok.db.stock_matching import OPEN_CODES, changed, listed, matches, picked
from mye_tiktok.db.stock_targets import waiting_since
from mye_tiktok.db.tables.channels import ChannelRow
from mye_tiktok.db.tables.inventory import InventoryRequestRow, StockLevelRow, StockNewsRow, StockTargetRow
from mye_tiktok.db.tables.products import ProductRow, SkuRow
from mye_tiktok.domain.stock import AMBIGUOUS, UNMAPPED, Request
from mye_tiktok.domain.stock_plan import REFUSING_STATUSES, SKU_GONE

AT_ONCE = 2_000
W, L, N, S, T = InventoryRequestRow, StockLevelRow, StockNewsRow, SkuRow, StockTargetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Which wishes were superseded on the way, and whether there is `more` news."""

    superseded: Sequence[Request] = ()
    more: bool = False


def is_there(session: Session) -> bool:
    """Tell whether anything changed since stock was sorted in last."""
    return session.scalars(select(N.id).limit(1)).first() is not None


def follow(session: Session, *, now: datetime, limit: int = AT_ONCE) -> Followed:
    """Match wishes and levels with the oldest `limit` products that changed, and make SKUs due that it matters to."""
    oldest = select(N.id, N.channel_uid, N.product_id).order_by(N.id).limit(limit)
    taken = affected(session, insert(changed).from_select(["id", "channel_uid", "product_id"], oldest))
    if not taken:
        return Followed()
    affected(session, delete(N).where(N.id.in_(select(changed.c.id))))
    _let_go_of_renamed(session)
    _follow_renamed(session, now=now)
    _follow_status(session, now=now)
    _pick_open(session)
    stock_matching.match(session)
    fill_in(session)
    make_due(session, now=now)
    superseded = supersede(session, touched(), now=now)
    affected(session, matches.delete())
    _match_levels(session)
    fill_in(session)
    make_due(session, now=now)
    return Followed(superseded=superseded, more=taken == limit)


def _has_changed() -> ColumnElement[bool]:
    return and_(S.channel_uid == changed.c.channel_uid, S.product_id == changed.c.product_id)


def _is_renamed() -> ColumnElement[bool]:
    same = and_(T.channel_uid == S.channel_uid, T.product_id == S.product_id, T.sku_id == S.sku_id)
    return and_(_has_changed(), same, T.seller_sku != S.seller_sku)


def _let_go_of_renamed(session: Session) -> None:
    """Let wishes look for their seller SKU anew that waited for a SKU which goes by another one now."""
    of_target = and_(W.channel_uid == T.channel_uid, W.product_id == T.product_id, W.sku_id == T.sku_id)
    by_name = exists().where(
        L.channel_uid.in_((W.channel_uid, "")),
        L.seller_sku == W.seller_sku,
        L.product_id == "",
        L.warehouse_id == W.warehouse_id,
        L.wish_id == func.coalesce(W.copy_of, W.id),
    )
    renamed = exists().where(_is_renamed(), of_target)
    found = select(W.id).where(W.state == "pending", W.product_id != "", W.seller_sku != "", renamed, by_name)
    affected(session, insert(picked).from_select(["wish_id"], found))
    unmapped = {"product_id": "", "sku_id": "", "code": UNMAPPED, "message": REASONS[UNMAPPED]}
    affected(session, update(W).where(W.id.in_(select(picked.c.wish_id))).values(unmapped))


def _follow_renamed(session: Session, *, now: datetime) -> None:
    """Let targets go by the seller SKU that their SKU has now; other levels may apply to them."""
    again = {"seller_sku": S.seller_sku, "due_at": waiting_since(now), "revision": T.revision + 1, "attempts": 0}
    affected(session, update(T).where(_is_renamed()).values(again))


def _follow_status(session: Session, *, now: datetime) -> None:
    """Make targets due whose product refused stock, or was gone, and does not any more."""
    product = ProductRow
    back = and_(
        T.code.in_([*REFUSING_STATUSES.values(), SKU_GONE]),
        T.channel_uid == changed.c.channel_uid,
        T.product_id == changed.c.product_id,
        product.channel_uid == T.channel_uid,
        product.product_id == T.product_id,
        product.status.not_in([*REFUSING_STATUSES]),
        product.removed_at.is_(None),
    )
    again = {"due_at": now, "revision": T.revision + 1, "attempts": 0, "code": "", "message": ""}
    affected(session, update(T).where(back).values(again))


def _pick_open(session: Session) -> None:
    """Pick the wishes that may wait for what changed. One that was ambiguous may not be so any more, whatever went."""
    here = W.channel_uid.in_(("", S.channel_uid))
    by_name = and_(W.product_id == "", W.sku_id == "", W.seller_sku == S.seller_sku, here)
    by_ids = and_(W.product_id == S.product_id, W.sku_id == S.sku_id, here)
    waits = (W.state == "pending", W.code.in_(OPEN_CODES))
    ambiguous = (W.code == AMBIGUOUS, W.product_id == "", W.sku_id == "", W.channel_uid == changed.c.channel_uid)
    found = [select(W.id).where(_has_changed(), named, *waits) for named in (by_name, by_ids)]
    everything = union_all(*found, select(W.id).where(*waits, *ambiguous)).subquery("waiting")
    fresh = select(everything.c.id).where(everything.c.id.not_in(select(picked.c.wish_id))).distinct()
    affected(session, insert(picked).from_select(["wish_id"], fresh))


def _match_levels(session: Session) -> None:
    """Match what MYE said before with SKUs that are new: each place's newest wish gets a copy that has an answer."""
    # what a person set is answered already
    here = (_has_changed(), listed(), L.channel_uid.in_(("", S.channel_uid)), L.origin != "hand", ~_is_kept())
    twin, its_product = aliased(S), aliased(ProductRow)
    twins = exists().where(
        twin.channel_uid == S.channel_uid,
        twin.seller_sku == S.seller_sku,
        or_(twin.product_id != S.product_id, twin.sku_id != S.sku_id),
        its_product.channel_uid == twin.channel_uid,
        its_product.product_id == twin.product_id,
        its_product.removed_at.is_(None),
    )
    by_name = (S.seller_sku != "", L.seller_sku == S.seller_sku, L.product_id == "", L.sku_id == "")
    by_ids = (L.seller_sku == "", L.product_id == S.product_id, L.sku_id == S.sku_id)
    found = union_all(_levels(*here, *by_name, ~twins), _levels(*here, *by_ids)).subquery("told")
    place = [found.c.channel_uid, found.c.product_id, found.c.sku_id, found.c.warehouse_id]
    age = func.row_number().over(partition_by=place, order_by=[found.c.occurred_at.desc(), found.c.wish_id.desc()])
    newest = select(found, age.label("age")).subquery("newest")
    columns = [newest.c[column.name] for column in matches.c if column.name in newest.c]
    key = [newest.c.channel_uid, newest.c.product_id, newest.c.sku_id]
    nth = func.row_number().over(partition_by=newest.c.wish_id, order_by=key) + 1
    lines = select(*columns, nth, literal("")).where(newest.c.age == 1)
    names = [column.name for column in columns]
    affected(session, insert(matches).from_select([*names, "nth", "code"], lines))


def _is_kept() -> ColumnElement[bool]:
    return exists().where(T.channel_uid == S.channel_uid, T.product_id == S.product_id, T.sku_id == S.sku_id)


def _levels(*where: ColumnElement[bool]) -> Select[str, str, str, str, str, datetime, int]:
    told = (L.warehouse_id, L.occurred_at, L.wish_id)
    query = select(S.channel_uid, S.product_id, S.sku_id, S.seller_sku, *told)
    return query.select_from(changed, S, ChannelRow, L).where(*where)
