"""Decides what an incoming product is, compared with the one we hold."""

from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.domain.product import GONE, Change, Listing, Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What of a stored product decides."""

    listing_digest: str
    digest: str
    parts_digest: str
    updated_at: datetime | None
    version: int
    removed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`change` is what MYE is told, if anything; `write` says that our rows have to follow."""

    change: Change | None
    write: bool
    version: int


def is_news(held: Held | None, listing: Listing) -> bool:
    """Tell whether the search shows something we do not hold, so that the product is worth a look."""
    if held is None:
        return True
    if held.removed and listing.status != GONE:
        return True
    return held.listing_digest != listing.digest


def judge(held: Held | None, listing: Listing, product: Product) -> Verdict:
    """Compare an incoming product with ours.

    Times tick in whole seconds, so of two versions with the same time the one read last wins, told apart by
    digest. A product that was removed and is listed again is new to MYE. One that is gone before we ever
    told of it is kept, but not announced.
    """
    if held is None:
        gone = product.status == GONE
        return Verdict(change=None if gone else "created", write=True, version=0 if gone else 1)
    if held.updated_at is not None and product.updated_at is not None and product.updated_at < held.updated_at:
        return Verdict(change=None, write=False, version=held.version)
    change = _change(held, product)
    return Verdict(
        change=change,
        write=change is not None or held.listing_digest != listing.digest or held.digest != product.digest,
        version=held.version + (change is not None),
    )


def _change(held: Held, product: Product) -> Change | None:
    if product.status == GONE:
        return None if held.removed else "removed"
    if held.removed:
        return "created"
    return None if held.digest == product.digest else "updated"
