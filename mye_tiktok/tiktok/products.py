"""The catalogue of a shop, page by page, and its products one by one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.product import Listing, Product
from mye_tiktok.errors import NotUnderstoodError, RefusedError
from mye_tiktok.tiktok.client import Page, Query, TikTokClient
from mye_tiktok.tiktok.fields import text
from mye_tiktok.tiktok.ids import require_id
from mye_tiktok.tiktok.operations import GET_PRODUCT, SEARCH_PRODUCTS
from mye_tiktok.tiktok.product_parser import parse_listing, parse_product
from mye_tiktok.tiktok.span import Span
from mye_tiktok.tiktok.trace import LOGGER

TOO_MANY_HITS = "12052180"
GONE_CODES = frozenset({"12052260", "12052032", "12019150"})
STATUSES = (
    "DRAFT",
    "PENDING",
    "FAILED",
    "ACTIVATE",
    "SELLER_DEACTIVATED",
    "PLATFORM_DEACTIVATED",
    "FREEZE",
    "DELETED",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """One page of the search. `total` counts all hits; None where TikTok does not say, or only for a part."""

    listings: tuple[Listing, ...]
    total: int | None
    raw: list[Json] = field(repr=False)


def get_product(client: TikTokClient, access: Access, product_id: str) -> Product | None:
    """Return the product in full, or None when TikTok says that it does not exist ("Get Product")."""
    raw = get_raw_product(client, access, product_id)
    return None if raw is None else parse_product(raw)


def get_raw_product(client: TikTokClient, access: Access, product_id: str) -> Json | None:
    """Return the product as TikTok sent it, or None when it does not exist; raises RefusedError for what is no id."""
    require_id(product_id, "product", hint="`mye-tiktok products list` shows the products with their ids")
    try:
        return client.call(access, GET_PRODUCT, path={"product_id": product_id})
    except RefusedError as refusal:
        if refusal.code in GONE_CODES:
            return None
        raise


def list_products(client: TikTokClient, access: Access, *, page_size: int = 100, page_token: str = "") -> Page:
    """Return one page of the live catalogue as TikTok sent it ("Search Products")."""
    query: Query = {"page_size": page_size} if not page_token else {"page_size": page_size, "page_token": page_token}
    return client.page(access, SEARCH_PRODUCTS, items="products", query=query, body={})


def search_products(
    client: TikTokClient,
    access: Access,
    *,
    now: datetime,
    updated_from: datetime | None = None,
    page_size: int = 100,
) -> Iterator[ProductPage]:
    """Yield every product of the shop, or those updated at or after `updated_from`.

    TikTok refuses searches with more than 10,000 hits; then the time of creation is split until each part fits.
    A product may come twice when the catalogue changes meanwhile.
    """
    search = _Search(client=client, access=access, page_size=page_size, updated_from=updated_from)
    seconds = int(now.timestamp())
    span: Span | None = Span()
    while span is not None:
        hits = 0
        try:
            for page in search.pages(span):
                hits += len(page.raw)
                yield page
        except RefusedError as refusal:
            if refusal.code != TOO_MANY_HITS:
                raise
            narrower = span.narrowed(seconds)
            if narrower is not None:
                span = narrower
                continue
            yield from search.by_status(span)
        span = span.following(hits, seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    client: TikTokClient
    access: Access
    page_size: int
    updated_from: datetime | None

    def pages(self, span: Span, status: str = "") -> Iterator[ProductPage]:
        body: Json = span.filter()
        if self.updated_from is not None:
            body["update_time_ge"] = int(self.updated_from.timestamp())
        if status:
            body["status"] = status
        for page in self.client.pages(
            self.access, SEARCH_PRODUCTS, items="products", body=body, page_size=self.page_size
        ):
            yield _product_page(page, whole=span.whole)

    def by_status(self, span: Span) -> Iterator[ProductPage]:
        """Split further what was created within one second; only TikTok's documented statuses can be asked for."""
        for status in STATUSES:
            try:
                yield from self.pages(span, status)
            except RefusedError as refusal:
                if refusal.code != TOO_MANY_HITS:
                    raise
                raise NotUnderstoodError(
                    f"more than 10,000 products with status {status} were created in second {span.last}: "
                    "TikTok's search cannot list them",
                    hint="ask TikTok's support with the request id",
                    code=refusal.code,
                    request_id=refusal.request_id,
                ) from None


def _product_page(page: Page, *, whole: bool) -> ProductPage:
    raw = [item for item in page.items if text(item.get("id"))]
    if len(raw) < len(page.items):
        LOGGER.warning("search_products: left out %d products without an id", len(page.items) - len(raw))
    return ProductPage(
        listings=tuple(parse_listing(item) for item in raw), total=page.total if whole else None, raw=raw
    )
