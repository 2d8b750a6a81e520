"""What MYE says there is: the newest wish per SKU and place, under the names that MYE used."""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, insert_into
from mye_tiktok.db.stock_matching import picked
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
    """Return whether a wish is older than the level of its SKU and place, by whatever name that is known."""
    channels: tuple[object, ...] = (W.channel_uid, "")
    by_name = [_newer(channel, W.seller_sku, "", "") for channel in channels]
    by_ids = [_newer(channel, "", W.product_id, W.sku_id) for channel in channels]
    return or_(and_(W.seller_sku != "", or_(*by_name)), and_(W.product_id != "", or_(*by_ids)))


def _newer(*name: object) -> ColumnElement[bool]:
    same = [column == value for column, value in zip(NAME, (*name, W.warehouse_id), strict=True)]
    arrived_as = func.coalesce(W.copy_of, W.id)
    return exists().where(*same, tuple_(L.occurred_at, L.wish_id) > tuple_(W.occurred_at, arrived_as))


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
    products = {target.sku_id: target.product_id for target in targets}
    by_ids = (here, L.seller_sku == "", among(session, L.product_id, list(set(products.values()))))
    for name, level in _read(session, L.sku_id, *by_ids, among(session, L.sku_id, list(products))):
        found[name].append(level)
    return {sku_id: tuple(levels) for sku_id, levels in found.items()}


def _read(
    session: Session, name: InstrumentedAttribute[str], *where: ColumnElement[bool]
) -> Iterator[tuple[str, Level]]:
    query = select(name, L.warehouse_id, L.quantity, L.occurred_at, L.received_at, L.wish_id, L.origin).where(*where)
    for sku, place, quantity, occurred_at, received_at, wish_id, origin in session.connection().execute(query):
        yield (
            sku,
            Level(
                place=place,
                quantity=quantity,
                occurred_at=occurred_at,
                received_at=received_at,
                wish_id=wish_id,
                by_hand=origin == "hand",
            ),
        )


def waiting(session: Session, channel_uid: str, targets: Sequence[Target]) -> dict[str, tuple[Waiting, ...]]:
    """Return per SKU id the wishes that wait for their answer."""
    products = list({target.product_id for target in targets})
    mine = (
        W.state == "pending",
        W.channel_uid == channel_uid,
        among(session, W.product_id, products),
        among(session, W.sku_id, [target.sku_id for target in targets]),
    )
    found: defaultdict[str, list[Waiting]] = defaultdict(list)
    query = select(W.sku_id, W.id, func.coalesce(W.copy_of, W.id), W.warehouse_id).where(*mine).order_by(W.id)
    for sku_id, wish_id, origin_id, place in session.connection().execute(query):
        found[sku_id].append(Waiting(wish_id=wish_id, origin_id=origin_id, place=place))
    return {sku_id: tuple(wishes) for sku_id, wishes in found.items()}
