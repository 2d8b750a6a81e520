"""Splitting creation times until TikTok accepts to search them."""

from bisect import bisect_left, bisect_right

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.tiktok.span import Span

NOW = 1_800_000_000
MOST = 5


def search(created: list[int], span: Span) -> list[int]:
    first = 0 if span.first is None else bisect_left(created, span.first)
    last = len(created) if span.last is None else bisect_right(created, span.last)
    return created[first:last]


@given(st.lists(st.integers(0, NOW), unique=True, max_size=60).map(sorted))
def test_every_moment_is_searched_exactly_once_and_every_part_fits(created: list[int]) -> None:
    span: Span | None = Span()
    found: list[int] = []
    while span is not None:
        hits = search(created, span)
        if len(hits) > MOST:
            span = span.narrowed(NOW)
            assert span is not None
            continue
        found += hits
        span = span.following(len(hits) * 2000, NOW)

    assert found == created


def test_all_of_time_needs_no_filter() -> None:
    assert Span().filter() == {}
    assert Span(first=5, last=9).filter() == {"create_time_ge": 5, "create_time_le": 9}


def test_a_single_second_cannot_be_split() -> None:
    assert Span(first=5, last=5).narrowed(NOW) is None


def test_an_evenly_filled_shop_of_100000_products_wastes_few_probes() -> None:
    span, refused, parts = Span(), 0, 0
    following: Span | None = span
    while following is not None:
        span = following
        share = span.seconds(NOW) / Span().seconds(NOW)
        hits = int(100_000 * share)
        if hits > 10_000:
            refused += 1
            following = span.narrowed(NOW)
        else:
            parts += 1
            following = span.following(hits, NOW)

    assert parts <= 16
    assert refused <= 6
