"""Which SKUs of which shops a wish is about: matched for many wishes at once, in tables of this transaction only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Select,
    String,
    Subquery,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
)
from sqlalchemy.schema import CreateTable, DropTable

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import among, count_up, give_room
from mye_tiktok.db.tables.base import IDENTIFIER
from mye_tiktok.db.tables.channels import ChannelRow
from mye_tiktok.db.tables.inventory import COUNTER, InventoryRequestRow
from mye_tiktok.db.tables.products import ProductRow, SkuRow
from mye_tiktok.domain.stock import AMBIGUOUS, UNMAPPED

OPEN_CODES = (UNMAPPED, AMBIGUOUS)
OF_THIS_TRANSACTION = MetaData()
TEMPORARY = ["TEMPORARY"]
picked = Table("stock_picked", OF_THIS_TRANSACTION, Column("wish_id", COUNTER, primary_key=True), prefixes=TEMPORARY)
"""The wishes in hand. What arrives meanwhile is not among them, whatever its number."""
matches = Table(
    "stock_matches",
    OF_THIS_TRANSACTION,
    Column("wish_id", COUNTER, primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("channel_uid", IDENTIFIER),
    Column("product_id", IDENTIFIER),
    Column("sku_id", IDENTIFIER),
    Column("seller_sku", IDENTIFIER),
    Column("code", String),
    prefixes=TEMPORARY,
)
"""What wishes are about. `nth` counts the matches of a wish: the first fills its row, each other one gets a copy."""
changed = Table(
    "stock_changed",
    OF_THIS_TRANSACTION,
    Column("id", COUNTER, primary_key=True),
    Column("channel_uid", IDENTIFIER),
    Column("product_id", IDENTIFIER),
    prefixes=TEMPORARY,
)
"""The products in hand that came, changed or went."""
TABLES = (picked, matches, changed)
W = InventoryRequestRow


@contextmanager
def workplace(session: Session) -> Iterator[None]:
    """Make the tables, and drop them in the end; a transaction that fails takes them along."""
    session.flush()
    give_room(session)
    connection = session.connection()
    for table in TABLES:
        connection.execute(CreateTable(table))
    yield
    for table in TABLES:
        connection.execute(DropTable(table))


def clear(session: Session) -> None:
    """Put what is in hand away."""
    for table in TABLES:
        session.connection().execute(table.delete())


def match(session: Session) -> None:
    """Look up every picked wish in the catalogue: in its channel, or in every one where it names none.

    A seller SKU that two SKUs of a channel have is ambiguous there; what no channel lists stays as it is, unmapped.
    """
    found = _one_per_channel(union_all(_by_seller_sku(), _by_ids()).subquery("found"))
    columns = list(matches.c)
    count_up(session, picked)
    session.connection().execute(insert(matches).from_select(columns, select(*(found.c[one.name] for one in columns))))
    # a statement of its own: as an outer join it is read anew for every wish on tables that have no statistics yet
    none = ~exists().where(matches.c.wish_id == W.id)
    rest = select(W.id, literal(1), W.channel_uid, W.product_id, W.sku_id, W.seller_sku, literal(UNMAPPED))
    alone = rest.join(picked, picked.c.wish_id == W.id).where(W.state.in_(("new", "pending")), none)
    session.connection().execute(insert(matches).from_select(columns, alone))
    count_up(session, matches)


def listed() -> ColumnElement[bool]:
    """Return whether a SKU stands in a shop that is connected, in a product that was not removed.

    The product is looked up for each SKU that was found: as a join it may come first, with all products of the shop.
    """
    mine = (ProductRow.channel_uid == SkuRow.channel_uid, ProductRow.product_id == SkuRow.product_id)
    present = select(ProductRow.removed_at.is_(None)).where(*mine).correlate(SkuRow).scalar_subquery()
    return and_(SkuRow.channel_uid == ChannelRow.channel_uid, ChannelRow.state != "removed", present)


def _by_seller_sku() -> Select[int, str, str, str, str]:
    meant = and_(W.channel_uid.in_(("", ChannelRow.channel_uid)), SkuRow.seller_sku == W.seller_sku)
    return _skus().where(W.product_id == "", W.seller_sku != "", meant, listed())


def _by_ids() -> Select[int, str, str, str, str]:
    meant = and_(
        W.channel_uid.in_(("", ChannelRow.channel_uid)),
        SkuRow.product_id == W.product_id,
        SkuRow.sku_id == W.sku_id,
    )
    return _skus().where(W.product_id != "", meant, listed())


def _skus() -> Select[int, str, str, str, str]:
    sku = SkuRow
    return (
        select(W.id.label("wish_id"), sku.channel_uid, sku.product_id, sku.sku_id, sku.seller_sku)
        .select_from(picked, W, ChannelRow, sku)
        .where(W.id == picked.c.wish_id, W.state.in_(("new", "pending")))
    )


def _one_per_channel(found: Subquery) -> Subquery:
    of_channel = [found.c.wish_id, found.c.channel_uid]
    counted = select(
        found,
        func.count().over(partition_by=of_channel).label("twins"),
        func.row_number().over(partition_by=of_channel, order_by=[found.c.product_id, found.c.sku_id]).label("twin"),
    ).subquery("counted")
    alone = counted.c.twins == 1
    return (
        select(
            counted.c.wish_id,
            func.row_number().over(partition_by=counted.c.wish_id, order_by=counted.c.channel_uid).label("nth"),
            counted.c.channel_uid,
            case((alone, counted.c.product_id), else_="").label("product_id"),
            case((alone, counted.c.sku_id), else_="").label("sku_id"),
            counted.c.seller_sku,
            case((alone, ""), else_=AMBIGUOUS).label("code"),
        )
        .where(counted.c.twin == 1)
        .subquery("found_once")
    )


def ambiguous(session: Session, channel_uid: str, seller_skus: Sequence[str]) -> set[str]:
    """Return those of `seller_skus` that more than one SKU of a channel has."""
    named = (SkuRow.channel_uid == channel_uid, among(session, SkuRow.seller_sku, seller_skus))
    more = select(SkuRow.seller_sku).where(*named).group_by(SkuRow.seller_sku).having(func.count() > 1)
    twice = list(session.scalars(more))
    if not twice:
        return set()
    # only now, and for a few: to look at the product of each SKU takes ten times as long
    product = and_(ProductRow.channel_uid == SkuRow.channel_uid, ProductRow.product_id == SkuRow.product_id)
    present = more.where(SkuRow.seller_sku.in_(twice)).join(ProductRow, product).where(ProductRow.removed_at.is_(None))
    return set(session.scalars(present))
