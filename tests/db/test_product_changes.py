"""What an incoming product is, compared with the one we hold: properties that always are true."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.db.product_changes import Held, Verdict, is_news, judge
from mye_tiktok.domain.product import GONE, Listing, Product
from tests.db.samples import DAY, NOON, a_listing, a_product

times = st.none() | st.sampled_from([NOON - DAY, NOON, NOON + DAY])
digests = st.sampled_from(["one", "two"])
incoming = st.builds(
    lambda digest, status, at: a_product(digest=digest, status=status, updated_at=at),
    digests,
    st.sampled_from(["ACTIVATE", GONE]),
    times,
)


def follow(held: Held | None, listing: Listing, product: Product) -> tuple[Held | None, Verdict]:
    """Return what is held after the verdict was carried out."""
    verdict = judge(held, listing, product)
    if not verdict.write:
        return held, verdict
    after = Held(
        listing_digest=listing.digest,
        digest=product.digest,
        parts_digest="",
        updated_at=product.updated_at,
        version=verdict.version,
        removed=product.status == GONE,
    )
    return after, verdict


@given(st.lists(incoming, max_size=12))
def test_what_mye_is_told_makes_sense_in_any_order(history: list[Product]) -> None:
    held: Held | None = None
    present, version = False, 0
    for product in history:
        held, verdict = follow(held, a_listing(product), product)
        if verdict.change is None:
            continue
        assert verdict.version == version + 1
        assert (verdict.change == "created") == (not present)
        present, version = verdict.change != "removed", verdict.version


@given(st.lists(incoming, min_size=1, max_size=6))
def test_reading_again_is_no_news(history: list[Product]) -> None:
    held: Held | None = None
    for product in history:
        held, _ = follow(held, a_listing(product), product)
        again, verdict = follow(held, a_listing(product), product)
        assert (again, verdict.change) == (held, None)


@given(st.lists(incoming, min_size=1, max_size=6))
def test_the_time_of_what_is_held_never_goes_back(history: list[Product]) -> None:
    held: Held | None = None
    newest: datetime | None = None
    for product in history:
        held, _ = follow(held, a_listing(product), product)
        assert held is not None
        if newest and held.updated_at:
            assert held.updated_at >= newest
        newest = held.updated_at


@given(incoming, incoming)
def test_what_is_news_to_the_search_is_what_was_not_stored(first: Product, second: Product) -> None:
    held, _ = follow(None, a_listing(first), first)

    assert is_news(None, a_listing(first))
    assert not is_news(held, a_listing(first)) or first.status != GONE
    assert is_news(held, a_listing(second)) == (
        first.digest != second.digest or (first.status == GONE and second.status != GONE)
    )
