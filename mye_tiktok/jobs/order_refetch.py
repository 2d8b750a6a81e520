"""Get the truth about some orders from TikTok, with their cancellations and returns."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import AfterSale, Order
from mye_tiktok.domain.progress import Stop, never
from mye_tiktok.errors import NeedsPersonError
from mye_tiktok.tiktok.after_sales import search_cancellations, search_returns
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.orders import IDS_PER_CALL, get_orders

SCOPE_MISSING = "105005"
SCOPE = "seller.return_refund.basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refetched:
    """What TikTok says now. `missing`: ids it doesn't know. `read_at`: when the first call was sent.

    `warnings` say what was left out because a scope is missing.
    """

    orders: tuple[Order, ...]
    after_sales: tuple[AfterSale, ...]
    missing: tuple[str, ...]
    read_at: datetime
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSalesRead:
    """Cancellations and returns, and when the first call was sent; `warning` is "" when nothing was left out."""

    found: tuple[AfterSale, ...]
    read_at: datetime
    warning: str = ""


def refetch_orders(
    tiktok: TikTokClient,
    channel: Channel,
    order_ids: Sequence[str],
    *,
    after_sales: bool,
    clock: Callable[[], datetime],
) -> Refetched:
    """Ask TikTok for these orders, 50 per call, and with `after_sales` for their cancellations and returns, too."""
    read_at = clock()
    found = get_orders(tiktok, channel.access, order_ids)
    ids = [order.order_id for order in found.orders]
    read = read_after_sales(tiktok, channel, order_ids=ids, clock=clock) if after_sales and ids else None
    return Refetched(
        orders=found.orders,
        after_sales=read.found if read else (),
        missing=found.missing,
        read_at=read_at,
        warnings=(read.warning,) if read and read.warning else (),
    )


def read_after_sales(
    tiktok: TikTokClient,
    channel: Channel,
    *,
    order_ids: Sequence[str] = (),
    updated_from: datetime | None = None,
    clock: Callable[[], datetime],
    stop: Stop = never,
) -> AfterSalesRead:
    """Read the cancellations and returns of some orders, or those that changed since `updated_from`.

    Where the seller did not grant the scope there are none, and a warning says so. `stop` is asked between pages.
    """
    read_at = clock()
    try:
        found = tuple(_search(tiktok, channel, order_ids, updated_from, stop))
        return AfterSalesRead(found=found, read_at=read_at)
    except NeedsPersonError as error:
        if error.code != SCOPE_MISSING:
            raise
        warning = f"cancellations and returns were left out: the seller has not granted {SCOPE}"
        return AfterSalesRead(found=(), read_at=read_at, warning=warning)


def _search(
    tiktok: TikTokClient, channel: Channel, order_ids: Sequence[str], updated_from: datetime | None, stop: Stop
) -> Iterator[AfterSale]:
    for ids in _batches(order_ids):
        for search in (search_cancellations, search_returns):
            for page in search(tiktok, channel.access, order_ids=ids, updated_from=updated_from):
                yield from page
                stop()


def _batches(order_ids: Sequence[str]) -> Iterable[Sequence[str]]:
    starts = range(0, len(order_ids), IDS_PER_CALL)
    return [order_ids[start : start + IDS_PER_CALL] for start in starts] or [()]
