"""What can't be matched: wishes that wait for the catalogue, and seller SKUs that name nothing or too much."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from mye_tiktok.db.database import Session
from mye_tiktok.db.inventory_requests import request_of
from mye_tiktok.db.stock_matching import OPEN_CODES
from mye_tiktok.db.tables.inventory import InventoryRequestRow
from mye_tiktok.db.tables.products import ProductRow, SkuRow
from mye_tiktok.domain.stock import Request

W, S, P = InventoryRequestRow, SkuRow, ProductRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A SKU whose seller SKU is empty, or which another SKU of the channel has, too."""

    channel_uid: str
    product_id: str
    sku_id: str
    seller_sku: str
    title: str

    @property
    def problem(self) -> str:
        """In a word what is wrong with it."""
        return "duplicate" if self.seller_sku else "empty"


def waiting(session: Session, channel_uid: str = "", *, limit: int) -> list[Request]:
    """Return the wishes that no SKU was found for, the oldest first; those for every channel are for each one."""
    here = (W.channel_uid.in_(("", channel_uid)),) if channel_uid else ()
    query = select(*W.__table__.c).where(W.state == "pending", W.code.in_(OPEN_CODES), *here).order_by(W.id)
    return [request_of(row) for row in session.connection().execute(query.limit(limit))]


def doubtful(session: Session, channel_uid: str = "", *, limit: int) -> Iterator[Doubtful]:
    """Yield the SKUs of the catalogue that no wish can reach by seller SKU."""
    here = (S.channel_uid == channel_uid,) if channel_uid else ()
    product = and_(P.channel_uid == S.channel_uid, P.product_id == S.product_id, P.removed_at.is_(None))
    twins = func.count().over(partition_by=[S.channel_uid, S.seller_sku])
    listed = select(S.channel_uid, S.product_id, S.sku_id, S.seller_sku, P.title, twins.label("twins"))
    every = listed.join(P, product).where(*here).subquery("listed")
    doubt = select(every).where((every.c.seller_sku == "") | (every.c.twins > 1))
    order = (every.c.channel_uid, every.c.seller_sku, every.c.product_id, every.c.sku_id)
    for row in session.connection().execute(doubt.order_by(*order).limit(limit)):
        yield Doubtful(
            channel_uid=row.channel_uid,
            product_id=row.product_id,
            sku_id=row.sku_id,
            seller_sku=row.seller_sku,
            title=row.title,
        )
