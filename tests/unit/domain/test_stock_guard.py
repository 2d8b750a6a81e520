"""How much a run may take away."""

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.stock import SkuPlan, WarehousePlan
from mye_tiktok.domain.stock_guard import Limits, Tally, in_words, is_drastic, refusal, tally


def a_plan(before: int, after: int) -> SkuPlan:
    warehouse = WarehousePlan(warehouse_id="w-1", current=before, wanted=after, to=after, rule="")
    return SkuPlan(
        channel_uid="c-1",
        product_id="p-1",
        sku_id="s-1",
        seller_sku="",
        revision=1,
        lane=2,
        attempts=0,
        verdict="unchanged" if before == after else "send",
        warehouses=(warehouse,),
    )


plans = st.lists(st.builds(a_plan, st.integers(0, 9), st.integers(0, 9)), max_size=20)


@given(plans, plans)
def test_parts_of_a_plan_add_up_to_the_whole(one: list[SkuPlan], other: list[SkuPlan]) -> None:
    assert tally(one) + tally(other) == tally(one + other)


@given(plans)
def test_what_is_drastic_one_by_one_is_drastic_together(found: list[SkuPlan]) -> None:
    assert tally(found).drastic == sum(map(is_drastic, found))


def test_half_may_go_and_what_shows_nothing_loses_nothing() -> None:
    counts = tally([a_plan(10, 5), a_plan(10, 4), a_plan(10, 0), a_plan(0, 0), a_plan(0, 3)])

    assert (counts.cut, counts.zeroed, counts.raised, counts.unchanged) == (1, 1, 1, 1)
    assert in_words(counts) == (
        "5 SKUs: 1 raised, 1 set to zero, 1 cut by more than half, 1 lowered or set again, 1 unchanged"
    )


def test_a_guard_stops_at_too_many_skus_or_at_too_large_a_share_but_not_at_two() -> None:
    limits = Limits(skus=50, percent=20)

    def stops(drastic: int, of: int) -> bool:
        return bool(refusal(Tally(planned=drastic, zeroed=drastic), channel_skus=of, limits=limits))

    assert [stops(50, 10_000), stops(51, 10_000)] == [False, True]
    assert [stops(20, 100), stops(21, 100)] == [False, True]
    assert [stops(2, 2), stops(3, 3)] == [False, True]


def test_a_guard_says_how_much_would_go_and_how_much_may() -> None:
    told = refusal(Tally(planned=70, zeroed=60, cut=10), channel_skus=100, limits=Limits(skus=50, percent=20))

    assert "60 SKUs would be set to zero and 10 cut by more than half, 70%" in told
    assert "allowed are 50 SKUs and 20%" in told
