"""What the sandbox says about products and categories."""

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import msgspec

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.catalogue import Catalogue, Filter, TooManyHitsError
from mye_tiktok.sandbox.world import Call

V2_REGIONS = frozenset({"US"})
# in base64 "+/8/": clients must survive what a URL would take for something else
TOKEN_MARK = b"\xfb\xff\x3f"


def search(call: Call) -> Json:
    """Answer one page of a product search. Source: Search Products, POST /product/202502/products/search."""
    catalogue, options = call.shop.catalogue, call.world.options
    try:
        hits = catalogue.search(_filter(call.body))
    except TooManyHitsError:
        message = "The number of products found is more than 10000. Please narrow the filter."
        raise Refusal(12052180, message) from None
    rest = _after(hits, call.query.get("page_token", ""), catalogue, newest_first=options.newest_first)
    size = call.query["page_size"]
    page = rest[-size:][::-1] if options.newest_first else rest[:size]
    data: Json = {"products": [catalogue.listing(position) for position in page]}
    data["next_page_token"] = _token(catalogue, page[-1]) if len(rest) > size else ""
    if options.sends_total_count:
        data["total_count"] = len(hits)
    return data


def detail(call: Call) -> Json:
    """Answer a product in full. Source: Get Product, GET /product/202309/products/{product_id}."""
    product_id = call.path["product_id"]
    if call.query.get("return_under_review_version"):
        if call.query.get("return_draft_version"):
            raise Refusal(98001004, "Invalid parameter. Only one of the two versions can be returned.")
        raise Refusal(12052547, "The product has no version under review.")
    return call.shop.catalogue.detail(located(call, product_id))


def located(call: Call, product_id: str) -> int:
    """Return where a product stands in the shop's catalogue; refuses one of another shop and one of none."""
    position = call.shop.catalogue.position(product_id)
    if position is not None:
        return position
    if any(shop.catalogue.position(product_id) is not None for shop in call.world.shops):
        raise Refusal(12052048, "The product does not belong to this shop.")
    raise Refusal(12052260, "The product does not exist.")


def categories(call: Call) -> Json:
    """Answer the category tree. Source: Get Categories, GET /product/202309/categories."""
    if call.shop.region in V2_REGIONS and call.query.get("category_version") != "v2":
        raise Refusal(12052217, "The category_version must be v2 for shops of this market.")
    keyword = str(call.query.get("keyword", "")).casefold()
    return {"categories": [each for each in call.shop.categories if keyword in str(each.get("local_name")).casefold()]}


def _filter(body: Json) -> Filter:
    if body.get("listing_platforms") and body.get("status", "ALL") == "ALL":
        raise Refusal(12052910, "The 'listing_platforms' filter needs a status other than ALL.")
    for kind, code in (("create", 12019118), ("update", 12019119)):
        first, last = body.get(f"{kind}_time_ge"), body.get(f"{kind}_time_le")
        if first is not None and last is not None and first > last:
            raise Refusal(code, f"The window of '{kind}_time_ge' and '{kind}_time_le' is invalid.")
    return Filter(
        status=body.get("status") or "ALL",
        created_from=body.get("create_time_ge"),
        created_to=body.get("create_time_le"),
        updated_from=body.get("update_time_ge"),
        updated_to=body.get("update_time_le"),
        seller_skus=tuple(body.get("seller_skus") or ()),
        sku_ids=tuple(body.get("sku_ids") or ()),
        audit_statuses=tuple(body.get("audit_status") or ()),
    )


def _after(hits: Sequence[int], token: str, catalogue: Catalogue, *, newest_first: bool) -> Sequence[int]:
    """Return the hits that are still to come after the page that gave out `token`."""
    if not token:
        return hits
    last = _position(catalogue, token)
    return hits[: bisect_left(hits, last)] if newest_first else hits[bisect_right(hits, last) :]


def _token(catalogue: Catalogue, position: int) -> str:
    """Return an opaque page token: as live ones, it holds a time in milliseconds and the last product's id."""
    place = [catalogue.brief(position).create_time * 1000, catalogue.product_id(position)]
    return base64.b64encode(TOKEN_MARK + msgspec.json.encode(place)).decode()


def _position(catalogue: Catalogue, token: str) -> int:
    try:
        raw = base64.b64decode(token, validate=True).removeprefix(TOKEN_MARK)
        _, product_id = msgspec.json.decode(raw, type=tuple[int, str])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise Refusal(12019108, "The 'page_token' is invalid.") from None
    position = catalogue.place(product_id)
    if position is None:
        raise Refusal(12019108, "The 'page_token' is invalid.")
    return position
