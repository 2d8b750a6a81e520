"""A catalogue and wishes for the tests of stock."""

from itertools import count

from mye_tiktok.db import inventory_requests, products, stock_sorting, stock_targets
from mye_tiktok.db.database import Database
from mye_tiktok.db.inventory_requests import RequestFilter
from mye_tiktok.domain.stock import Request, Target, Wish
from tests.db.samples import MINUTE, NOON, a_channel, a_product, a_sku, an_authorization, listed

SKU_1, SKU_2 = a_sku(1).sku_id, a_sku(2).sku_id
numbers = count()


def open_shops(database: Database) -> None:
    """Open two shops, c-1 and c-2; both list SHIRT-1 and SHIRT-2 in one product, p-1 and p-2."""
    authorization = an_authorization(database)
    for uid, shop_id, product_id in (("c-1", "1", "p-1"), ("c-2", "2", "p-2")):
        a_channel(database, authorization, uid=uid, shop_id=shop_id)
        list_product(database, uid, product_id)


def list_product(
    database: Database, channel_uid: str, product_id: str, *skus: int, digest: str = "one", status: str = "ACTIVATE"
) -> None:
    """Let a shop list a product with these SKUs."""
    variants = tuple(a_sku(number) for number in skus or (1, 2))
    product = a_product(product_id, skus=variants, digest=digest, status=status)
    with database.transaction() as session:
        products.upsert(session, channel_uid, listed(product), now=NOON)


def a_wish(
    quantity: int,
    *,
    sku: str = "SHIRT-1",
    channel: str = "c-1",
    place: str = "",
    minutes: float = 0,
    ids: tuple[str, str] = ("", ""),
) -> Wish:
    """Make a wish that no other is like."""
    number = next(numbers)
    return Wish(
        fingerprint=f"f-{number}",
        request_id=f"r-{number}",
        channel_uid=channel,
        seller_sku=sku if ids == ("", "") else "",
        product_id=ids[0],
        sku_id=ids[1],
        warehouse_id=place,
        quantity=quantity,
        occurred_at=NOON + minutes * MINUTE,
        origin="queue",
    )


def take_in(database: Database, *wishes: Wish) -> None:
    """Write wishes down."""
    with database.transaction() as session:
        inventory_requests.add(session, wishes, NOON)


def sort_in(database: Database, *wishes: Wish, limit: int = 100) -> list[int]:
    """Take wishes in and sort them in; returns the quantities of those that were superseded."""
    take_in(database, *wishes)
    superseded: list[int] = []
    while True:
        with database.transaction() as session:
            done = stock_sorting.sort_in(session, now=NOON, limit=limit)
        superseded += [request.quantity for request in done.superseded]
        if not done.more:
            return sorted(superseded)


def due(database: Database, channel_uid: str = "c-1") -> list[Target]:
    """Return the targets that are due."""
    with database.transaction() as session:
        return stock_targets.due(session, channel_uid, now=NOON, limit=100)


def requests(database: Database, **given: str) -> list[Request]:
    """Return the wishes as they are kept, the oldest first."""
    with database.transaction() as session:
        return inventory_requests.find(session, RequestFilter(**given), limit=100)[::-1]  # type: ignore[arg-type]


def states(database: Database) -> list[tuple[str, str, str, int]]:
    """Return channel, state, code and quantity of every wish."""
    return sorted((one.channel_uid, one.state, one.code, one.quantity) for one in requests(database))
