"""Cancellations and returns: searched by the orders they are about, or by when they changed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.order import AfterSale, AfterSaleKind
from mye_tiktok.tiktok.client import Page, Query, TikTokClient
from mye_tiktok.tiktok.fields import mapping, moment, money, rows, text
from mye_tiktok.tiktok.operations import SEARCH_CANCELLATIONS, SEARCH_RETURNS, Operation
from mye_tiktok.tiktok.order_digest import digest

PAGE_SIZE = 50
_compact = msgspec.json.Encoder()
WORDS: dict[AfterSaleKind, str] = {"cancellation": "cancel", "return": "return"}


def search_cancellations(
    client: TikTokClient,
    access: Access,
    *,
    order_ids: Sequence[str] = (),
    case_ids: Sequence[str] = (),
    updated_from: datetime | None = None,
    statuses: Sequence[str] = (),
) -> Iterator[list[AfterSale]]:
    """Yield cancellations page by page, the oldest first ("Search Cancellations")."""
    body = _body("cancel", order_ids, case_ids, updated_from, statuses)
    pages = _pages(client, access, SEARCH_CANCELLATIONS, items="cancellations", body=body)
    return (_readable(map(parse_cancellation, page.items)) for page in pages)


def search_returns(
    client: TikTokClient,
    access: Access,
    *,
    order_ids: Sequence[str] = (),
    case_ids: Sequence[str] = (),
    updated_from: datetime | None = None,
    statuses: Sequence[str] = (),
) -> Iterator[list[AfterSale]]:
    """Yield returns and refunds page by page, the oldest first ("Search Returns")."""
    body = _body("return", order_ids, case_ids, updated_from, statuses)
    pages = _pages(client, access, SEARCH_RETURNS, items="return_orders", body=body)
    return (_readable(map(parse_return, page.items)) for page in pages)


def parse_cancellation(raw: Json) -> AfterSale:
    """Read a cancellation."""
    return _after_sale("cancellation", raw)


def parse_return(raw: Json) -> AfterSale:
    """Read a return, a refund, a replacement or an exchange."""
    return _after_sale("return", raw)


def parse_stored(kind: AfterSaleKind, raw: str) -> AfterSale:
    """Read a cancellation or return that was stored as `raw`."""
    return _after_sale(kind, msgspec.json.decode(raw))


def _body(
    word: str,
    order_ids: Sequence[str],
    case_ids: Sequence[str],
    updated_from: datetime | None,
    statuses: Sequence[str],
) -> Json:
    lists = {"order_ids": order_ids, f"{word}_ids": case_ids, f"{word}_status": statuses}
    body: Json = {name: list(values) for name, values in lists.items() if values}
    return body if updated_from is None else {**body, "update_time_ge": int(updated_from.timestamp())}


def _pages(client: TikTokClient, access: Access, operation: Operation, *, items: str, body: Json) -> Iterator[Page]:
    # sorted by what never changes, so that nothing moves while we page
    query: Query = {"sort_field": "create_time", "sort_order": "ASC"}
    return client.pages(access, operation, items=items, body=body, query=query, page_size=PAGE_SIZE)


def _readable(found: Iterable[AfterSale]) -> list[AfterSale]:
    return [one for one in found if one.case_id and one.order_id]


def _after_sale(kind: AfterSaleKind, raw: Json) -> AfterSale:
    word = WORDS[kind]
    refund = mapping(raw.get("refund_amount"))
    answers = (moment(one.get("deadline")) for one in rows(raw.get("seller_next_action_response")))
    lines = (text(line.get("order_line_item_id")) for line in rows(raw.get(f"{word}_line_items")))
    return AfterSale(
        kind=kind,
        case_id=text(raw.get(f"{word}_id")),
        order_id=text(raw.get("order_id")),
        type=text(raw.get(f"{word}_type")),
        status=text(raw.get(f"{word}_status")),
        role=text(raw.get("role")),
        reason=text(raw.get(f"{word}_reason")),
        reason_text=text(raw.get(f"{word}_reason_text")),
        created_at=moment(raw.get("create_time")),
        updated_at=moment(raw.get("update_time")),
        deadline=min(filter(None, answers), default=None),
        refund=money(refund.get("refund_total"), refund.get("currency")),
        line_item_ids=tuple(filter(None, lines)),
        digest=digest(raw),
        raw=_compact.encode(raw).decode(),
    )
