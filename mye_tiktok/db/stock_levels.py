"""What MYE says there is: the newest wish per SKU and place, under the names that MYE used."""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from typing import Any

from sqlalchemy import ColumnElement, DateTime, and_, case, exists, func, or_, select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, insert_into
from mye_tiktok.db.stock_matching import picked
from mye_tiktok.db.tables.base import in_utc
from mye_tiktok.db.tables.inventory import InventoryRequestRow, StockLevelRow
from mye_tiktok.domain.stock import Level, Target, Waiting

W, L = InventoryRequestRow, StockLevelRow
NAME = (L.channel_uid, L.seller_sku, L.product_id, L.sku_id, L.warehouse_id)
VALUES = ("quantity", "occurred_at", "received_at", "request_id", "wish_id", "origin")
# a wish that gives TikTok's ids goes by them, whatever else it gives
NAMED = case((W.product_id == "", W.seller_sku), else_="")


def raise_to(session: Session) -> None:
    """Let the newest of the picked wishes be the level of its SKU and place, unless that is newer."""
    name = (W.channel_uid, NAMED, W.product_id, W.sku_id, W.warehouse_id)
    nth = func.row_number().over(partition_by=name, order_by=[W.occurred_at.desc(), W.id.desc()])
    values = (W.quantity, W.occurred_at, W.received_at, W.request_id, W.id, W.origin)
    columns = [column.name for column in NAME] + [*VALUES]
    labelled: list[Any] = [value.label(column) for value, column in zip((*name, *values), columns, strict=True)]
    wishes = select(*labelled, nth.label("nth")).join(picked, picked.c.wish_id == W.id).subquery("wishes")
    newest = select(*[wishes.c[column] for column in columns]).where(wishes.c.nth == 1)
    statement = insert_into(session, L).from_select(columns, newest)
    incoming = statement.excluded
    newer = tuple_(incoming.occurred_at, incoming.wish_id) > tuple_(L.occurred_at, L.wish_id)
    replaced = {column: incoming[column] for column in VALUES}
    affected(session, statement.on_conflict_do_update(index_elements=list(NAME), set_=replaced, where=newer))


def overtaken() -> ColumnElement[bool]:
    """Return whether a wish is older than the level of its SKU and place, by whatever name that is known.

    A look-up by primary key for each name: as a join it takes for ever on tables that have no statistics yet.
    """
    by_name, by_ids = _newer(W.seller_sku, "", ""), _newer("", W.product_id, W.sku_id)
    return or_(and_(W.seller_sku != "", by_name), and_(W.product_id != "", by_ids))


def _newer(seller_sku: object, product_id: object, sku_id: object) -> ColumnElement[bool]:
    same = (L.seller_sku == seller_sku, L.product_id == product_id, L.sku_id == sku_id)
    here = (L.channel_uid.in_((W.channel_uid, "")), L.warehouse_id == W.warehouse_id)
    arrived_as = func.coalesce(W.copy_of, W.id)
    return exists().where(*here, *same, tuple_(L.occurred_at, L.wish_id) > tuple_(W.occurred_at, arrived_as))


def of_targets(
    session: Session, channel_uid: str, targets: Sequence[Target], *, ambiguous: Set[str]
) -> dict[str, tuple[Level, ...]]:
    """Return per SKU id the levels that apply to it, by whatever name MYE knows it, also outdated ones.

    What was said of an `ambiguous` seller SKU is about none of those that have it.
    """
    by_sku: defaultdict[str, list[str]] = defaultdict(list)
    for target in targets:
        if target.seller_sku and target.seller_sku not in ambiguous:
            by_sku[target.seller_sku].append(target.sku_id)
    found: defaultdict[str, list[Level]] = defaultdict(list)
    here = L.channel_uid.in_((channel_uid, ""))
    named = (here, among(session, L.seller_sku, list(by_sku)), L.product_id == "")
    for name, level in _read(session, L.seller_sku, *named):
        for sku_id in by_sku[name]:
            found[sku_id].append(level)
    mine = {target.sku_id for target in targets}
    by_ids = (here, L.seller_sku == "", among(session, L.product_id, _products(targets)))
    for name, level in _read(session, L.sku_id, *by_ids):
        if name in mine:
            found[name].append(level)
    return {sku_id: tuple(levels) for sku_id, levels in found.items()}


def _read(
    session: Session, name: InstrumentedAttribute[str], *where: ColumnElement[bool]
) -> Iterator[tuple[str, Level]]:
    # times as the driver reads them: a type's processing takes longer than all else here
    as_read = DateTime(timezone=True)
    times = type_coerce(L.occurred_at, as_read), type_coerce(L.received_at, as_read)
    query = select(name, L.warehouse_id, L.quantity, *times, L.wish_id, L.origin).where(*where)
    for sku, place, quantity, occurred_at, received_at, wish_id, origin in session.connection().execute(query).all():
        level = Level(
            place=place,
            quantity=quantity,
            occurred_at=in_utc(occurred_at),
            received_at=in_utc(received_at),
            wish_id=wish_id,
            by_hand=origin == "hand",
        )
        yield sku, level


def waiting(session: Session, channel_uid: str, targets: Sequence[Target]) -> dict[str, tuple[Waiting, ...]]:
    """Return per SKU id the wishes that wait for their answer."""
    mine = {target.sku_id for target in targets}
    theirs = (
        W.state == "pending",
        W.channel_uid == channel_uid,
        # not by SKU as well: PostgreSQL would look up each product with each SKU
        among(session, W.product_id, _products(targets)),
    )
    found: defaultdict[str, list[Waiting]] = defaultdict(list)
    query = select(W.sku_id, W.id, func.coalesce(W.copy_of, W.id), W.warehouse_id).where(*theirs).order_by(W.id)
    for sku_id, wish_id, origin_id, place in session.connection().execute(query).all():
        if sku_id in mine:
            found[sku_id].append(Waiting(wish_id=wish_id, origin_id=origin_id, place=place))
    return {sku_id: tuple(wishes) for sku_id, wishes in found.items()}


def _products(targets: Sequence[Target]) -> list[str]:
    return list({target.product_id for target in targets})
