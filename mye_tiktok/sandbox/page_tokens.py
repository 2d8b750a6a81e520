"""Opaque page tokens of searches whose hits may move while somebody pages."""

import base64
import binascii

import msgspec

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.book import Book, Kept, Place, Query, SortField
from mye_tiktok.sandbox.world import Call

# in base64 "+/8/": clients must survive what a URL would take for something else
MARK = b"\xfb\xff\x3f"


def page(
    book: Book[Kept], query: Query[Kept], call: Call, size: int, *, sort_order: str, code: int
) -> tuple[list[Kept], Json]:
    """Return a page of hits, and what stands beside it: `next_page_token` and, if it is sent, `total_count`.

    `sort_order` is the usual one. `code` refuses a token that nobody gave out.
    A keyset token is the time and id of the last item, so that an item which changes while somebody pages by
    update_time moves ahead of the token, to the end, and is met there; an offset token counts items.
    """
    asked, options = call.query, call.world.options
    sort: SortField = asked.get("sort_field") or "create_time"
    descending = (asked.get("sort_order") or sort_order) == "DESC"
    after, skip = read_token(asked.get("page_token", ""), code)
    items, total, more = book.search(query, sort, size, descending=descending, after=after, skip=skip)
    beside: Json = {"next_page_token": ""}
    if more:
        last = items[-1]
        place = (last.created if sort == "create_time" else last.updated, last.item_id)
        beside["next_page_token"] = write_token([skip + size] if options.page_tokens == "offset" else [*place])
    if options.sends_total_count:
        beside["total_count"] = total
    if call.world.hooks.run(call.operation.name, late=True):
        items = [book.find(item.item_id) or item for item in items]
    return items, beside


def write_token(place: list[int | str]) -> str:
    """Return the token that stands for a place: time and id of the last item, or how many items came before."""
    return base64.b64encode(MARK + msgspec.json.encode(place)).decode()


def read_token(token: str, code: int) -> tuple[Place | None, int]:
    """Return the place behind which a page begins, or how many items it leaves out."""
    if not token:
        return None, 0
    try:
        raw = base64.b64decode(token, validate=True).removeprefix(MARK)
        time_or_skip, *item_id = msgspec.json.decode(raw, type=list[int | str])
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise Refusal(code, "Invalid parameter. The 'page_token' parameter is invalid.") from None
    if not isinstance(time_or_skip, int):
        raise Refusal(code, "Invalid parameter. The 'page_token' parameter is invalid.")
    return ((time_or_skip, str(item_id[0])), 0) if item_id else (None, time_or_skip)
