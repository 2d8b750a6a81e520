"""The orders of a shop: searched page by page, or asked for by their ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.order import Order
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.client import Page, Query, TikTokClient
from mye_tiktok.tiktok.fields import rows, text
from mye_tiktok.tiktok.operations import GET_ORDER_DETAIL, GET_ORDER_LIST, GET_ORDER_PRICE_DETAILS
from mye_tiktok.tiktok.order_parser import is_complete, parse_order
from mye_tiktok.tiktok.trace import LOGGER

IDS_PER_CALL = 50
FOREIGN = frozenset({"21008111", "10006402"})
"""How TikTok refuses ids of other shops and, it seems, unknown ones ("Get Order Detail": error codes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """One page of the search. `incomplete` are ids of orders whose detail has to be asked for.

    `total` counts all hits at that moment, None where TikTok does not say.
    """

    orders: tuple[Order, ...]
    incomplete: tuple[str, ...]
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrders:
    """What was asked for by id; `missing` are ids that TikTok does not know or that belong to another shop."""

    orders: tuple[Order, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What to search for; the lower bounds are inclusive, the upper ones exclusive."""

    updated_from: datetime | None = None
    updated_before: datetime | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    status: str = ""

    def body(self) -> Json:
        """Return it as TikTok spells it."""
        times = {
            "update_time_ge": self.updated_from,
            "update_time_lt": self.updated_before,
            "create_time_ge": self.created_from,
            "create_time_lt": self.created_before,
        }
        body: Json = {name: int(time.timestamp()) for name, time in times.items() if time is not None}
        return body | ({"order_status": self.status} if self.status else {})


def search_orders(
    client: TikTokClient,
    access: Access,
    *,
    updated_from: datetime | None = None,
    updated_before: datetime | None = None,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
    status: str = "",
    page_size: int = 100,
) -> Iterator[OrderPage]:
    """Yield the orders that match, page by page, the oldest first ("Get Order List").

    Sorted by their time of creation, which never changes: an order that changes meanwhile keeps its place.
    """
    wanted = OrderFilter(
        updated_from=updated_from,
        updated_before=updated_before,
        created_from=created_from,
        created_before=created_before,
        status=status,
    )
    query: Query = {"sort_field": "create_time", "sort_order": "ASC"}
    for page in client.pages(
        access, GET_ORDER_LIST, items="orders", body=wanted.body(), query=query, page_size=page_size
    ):
        yield _order_page(page)


def list_orders(
    client: TikTokClient,
    access: Access,
    *,
    wanted: OrderFilter,
    sort_field: str = "create_time",
    page_size: int = 20,
    page_token: str = "",
) -> Page:
    """Return one page of the live orders as TikTok sent it, the newest first."""
    query: Query = {"page_size": page_size, "sort_field": sort_field, "sort_order": "DESC"}
    if page_token:
        query = {**query, "page_token": page_token}
    return client.page(access, GET_ORDER_LIST, items="orders", body=wanted.body(), query=query)


def get_orders(client: TikTokClient, access: Access, order_ids: Sequence[str]) -> FoundOrders:
    """Return the orders in full, in the order asked, 50 per call ("Get Order Detail").

    A call that is refused because of one id is split in halves until the bad ones are found.
    """
    wanted = list(dict.fromkeys(order_ids))
    askable = [order_id for order_id in wanted if is_askable(order_id)]
    found: dict[str, Order] = {}
    for start in range(0, len(askable), IDS_PER_CALL):
        found |= _details(client, access, askable[start : start + IDS_PER_CALL])
    return FoundOrders(
        orders=tuple(found[order_id] for order_id in wanted if order_id in found),
        missing=tuple(order_id for order_id in wanted if order_id not in found),
    )


def is_askable(order_id: str) -> bool:
    """Tell whether this may be an id: they are joined by commas, and TikTok's are digits."""
    return order_id.isascii() and order_id.replace("-", "").isalnum()


def get_price_detail(client: TikTokClient, access: Access, order_id: str) -> Json:
    """Return how the price was built, per order and per line item, as TikTok sent it ("Get Order Price Detail")."""
    return client.call(access, GET_ORDER_PRICE_DETAILS, path={"order_id": order_id})


def _details(client: TikTokClient, access: Access, ids: Sequence[str]) -> dict[str, Order]:
    try:
        data = client.call(access, GET_ORDER_DETAIL, query={"ids": list(ids)})
    except RefusedError as refusal:
        if refusal.code not in FOREIGN:
            raise
        if len(ids) == 1:
            return {}
        middle = len(ids) // 2
        return _details(client, access, ids[:middle]) | _details(client, access, ids[middle:])
    orders = (parse_order(raw) for raw in rows(data.get("orders")))
    return {order.order_id: order for order in orders if order.order_id in ids}


def _order_page(page: Page) -> OrderPage:
    raw = [item for item in page.items if text(item.get("id"))]
    if len(raw) < len(page.items):
        LOGGER.warning("get_order_list: left out %d orders without an id", len(page.items) - len(raw))
    return OrderPage(
        orders=tuple(parse_order(item) for item in raw if is_complete(item)),
        incomplete=tuple(text(item.get("id")) for item in raw if not is_complete(item)),
        total=page.total,
    )
