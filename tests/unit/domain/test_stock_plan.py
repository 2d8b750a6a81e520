"""What is to be done about a SKU."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.stock import ORDINARY, Known, Level, Sale, SkuPlan, Target, Waiting
from mye_tiktok.domain.stock_plan import plan_sku
from mye_tiktok.domain.stock_rules import Rulebook
from tests.unit.domain.test_stock_rules import a_map, a_rule

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TWO = {"w-1": 4, "w-2": 9}


def a_target(**given: object) -> Target:
    values: dict[str, object] = {
        "channel_uid": "c-1",
        "product_id": "p-1",
        "sku_id": "s-1",
        "seller_sku": "SHIRT-1",
        "lane": ORDINARY,
        "revision": 3,
        "attempts": 0,
        "figures": {},
        "read_at": None,
        "sent": {},
        "sent_at": None,
        "status": "ACTIVATE",
    }
    return Target(**{**values, **given})  # type: ignore[arg-type]


def a_level(quantity: int, *, place: str = "", minutes: int = 0, wish: int = 1, on_its_way: int = 0) -> Level:
    said = NOON + minutes * MINUTE
    return Level(
        place=place,
        quantity=quantity,
        occurred_at=said,
        received_at=said + on_its_way * MINUTE,
        wish_id=wish,
    )


def a_plan(
    *levels: Level,
    figures: dict[str, int] | None = None,
    waiting: tuple[Waiting, ...] | None = None,
    rules: Rulebook | None = None,
    sales: tuple[Sale, ...] = (),
    target: Target | None = None,
    now: datetime = NOON,
) -> SkuPlan:
    if waiting is None:
        waiting = tuple(Waiting(wish_id=one.wish_id, origin_id=one.wish_id, place=one.place) for one in levels)
    known = Known(target=target or a_target(), levels=levels, waiting=waiting, sales=sales)
    return plan_sku(known, rules or Rulebook([]), figures, now=now)


def to(plan: SkuPlan) -> dict[str, int]:
    return {one.warehouse_id: one.to for one in plan.warehouses}


def test_places_that_come_to_more_than_a_database_keeps_are_as_much_as_it_keeps() -> None:
    rules = Rulebook([a_map("north", "w-1"), a_map("south", "w-1")])
    most = 2**63 - 1

    plan = a_plan(a_level(most, place="north"), a_level(most, place="south", wish=2), figures={"w-1": 4}, rules=rules)

    assert [(one.wanted, one.to) for one in plan.warehouses] == [(most, 99_999)]


def test_what_mye_says_is_sent_with_every_warehouse_of_the_sku() -> None:
    plan = a_plan(a_level(7, place="w-1"), figures=TWO)

    assert (plan.verdict, to(plan), plan.revision) == ("send", {"w-1": 7, "w-2": 9}, 3)
    first, second = plan.warehouses
    assert (first.current, first.wanted, first.wish_ids, first.rule) == (4, 7, (1,), "MYE 7")
    assert (second.wanted, second.wish_ids, second.rule) == (None, (), "as TikTok shows it")


levels = st.lists(
    st.builds(
        a_level,
        st.integers(0, 50),
        place=st.sampled_from(("w-1", "w-2")),
        minutes=st.integers(0, 3),
        wish=st.integers(1, 1000),
    ),
    unique_by=lambda level: level.wish_id,
    min_size=1,
    max_size=6,
)


@given(levels, st.randoms())
def test_the_newest_of_a_place_counts_in_whatever_order_levels_are_read_and_each_wish_has_one_answer(
    found: list[Level], random: object
) -> None:
    mixed = sorted(found, key=lambda _: random.random())  # type: ignore[attr-defined]
    plan = a_plan(*mixed, figures=TWO)

    for place in ("w-1", "w-2"):
        mine = [level for level in found if level.place == place]
        last = max(mine, key=lambda level: (level.occurred_at, level.wish_id), default=None)
        assert to(plan)[place] == (last.quantity if last else TWO[place])
    answered = [wish for one in plan.warehouses for wish in one.wish_ids] + [*plan.superseded]
    assert sorted(answered) == sorted(level.wish_id for level in found)


@given(levels)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(found: list[Level]) -> None:
    done = to(a_plan(*found, figures=TWO))

    again = a_plan(*found, figures=done, target=a_target(sent=done, sent_at=NOON))

    assert (again.verdict, to(again)) == ("unchanged", done)


def test_a_figure_that_tiktok_shows_is_sent_again_while_another_one_may_be_on_its_way() -> None:
    level = a_level(4, place="w-1")
    target = a_target(sent={"w-1": 5, "w-2": 9}, sent_at=NOON)

    assert a_plan(level, figures=TWO, target=target, now=NOON + 9 * MINUTE).verdict == "send"
    assert a_plan(level, figures=TWO, target=target, now=NOON + 11 * MINUTE).verdict == "unchanged"


def test_a_place_without_a_name_is_the_only_warehouse_and_refused_where_there_are_several() -> None:
    assert to(a_plan(a_level(7), figures={"w-1": 4})) == {"w-1": 7}

    plan = a_plan(a_level(7), figures=TWO)

    assert (plan.verdict, plan.code) == ("rejected", "warehouse-missing")
    assert plan.refused is not None
    assert "w-1, w-2" in plan.refused[1][1]


def test_a_place_that_the_sku_does_not_have_is_refused_beside_one_that_is_sent() -> None:
    plan = a_plan(a_level(7, place="w-1", wish=1), a_level(8, place="main", wish=2), figures=TWO)

    assert (plan.verdict, to(plan)) == ("send", {"w-1": 7, "w-2": 9})
    assert plan.refused is not None
    assert {wish: code for wish, (code, _) in plan.refused.items()} == {2: "warehouse-unknown"}


def test_places_that_a_rule_maps_to_one_warehouse_are_summed() -> None:
    rules = Rulebook([a_map("main", "w-1"), a_map("attic", "w-1")])
    plan = a_plan(
        a_level(7, place="main", wish=1), a_level(2, place="attic", wish=2, minutes=5), figures=TWO, rules=rules
    )

    assert to(plan) == {"w-1": 9, "w-2": 9}
    assert plan.warehouses[0].wish_ids == (1, 2)


@pytest.mark.parametrize(
    ("whole_at", "shown", "superseded"),
    [(0, 9, (1,)), (3, 2, (1, 2)), (9, 50, (2, 3))],
    ids=["before", "between", "after"],
)
def test_a_whole_and_its_parts_are_never_added_up(whole_at: int, shown: int, superseded: tuple[int, ...]) -> None:
    rules = Rulebook([a_map("main", "w-1"), a_map("attic", "w-1")])
    plan = a_plan(
        a_level(50, place="", wish=1, minutes=whole_at),
        a_level(7, place="main", wish=2, minutes=1),
        a_level(2, place="attic", wish=3, minutes=5),
        figures={"w-1": 0},
        rules=rules,
    )

    assert (to(plan), plan.superseded) == ({"w-1": shown}, superseded)


def test_what_was_sold_since_mye_spoke_goes_off_its_figure() -> None:
    sales = tuple(Sale(quantity=2, ordered_at=NOON + minutes * MINUTE) for minutes in (-1, 0, 1, 5))

    plan = a_plan(a_level(10), figures={"w-1": 10}, sales=sales)

    assert (to(plan), plan.warehouses[0].rule) == ({"w-1": 6}, "MYE 10, sold since 4")


def test_a_wish_that_was_long_on_its_way_does_not_know_what_was_sold_meanwhile() -> None:
    sold = (Sale(quantity=3, ordered_at=NOON + 2 * MINUTE),)

    assert to(a_plan(a_level(10, on_its_way=5), figures={"w-1": 7}, sales=sold)) == {"w-1": 7}


def test_rules_make_the_figure_of_each_warehouse() -> None:
    rules = Rulebook([a_rule("buffer", 3), a_rule("cap", 20, place="w-2")])
    plan = a_plan(a_level(7, place="w-1", wish=1), a_level(80, place="w-2", wish=2), figures=TWO, rules=rules)

    assert to(plan) == {"w-1": 4, "w-2": 20}


@pytest.mark.parametrize(("status", "code"), [("FREEZE", "product-frozen"), ("DELETED", "product-deleted")])
def test_a_product_whose_status_takes_no_stock_is_left_alone_with_the_reason(status: str, code: str) -> None:
    plan = a_plan(a_level(7), figures={"w-1": 4}, target=a_target(status=status))

    assert (plan.verdict, plan.code, plan.warehouses) == ("rejected", code, ())
    assert plan.refused is not None
    assert status in plan.refused[1][1]


def test_a_sku_that_tiktok_does_not_know_is_gone() -> None:
    none: dict[str, int] = {}
    for figures in (None, none):
        assert a_plan(a_level(7), figures=figures).code == "sku-gone"


def test_a_wish_that_a_newer_one_took_the_place_of_is_superseded() -> None:
    waiting = tuple(Waiting(wish_id=wish, origin_id=origin, place="") for wish, origin in ((4, 1), (5, 2), (6, 3)))

    plan = a_plan(a_level(7, wish=2), figures={"w-1": 4}, waiting=waiting)

    assert (plan.warehouses[0].wish_ids, plan.superseded) == ((5,), (4, 6))


def test_what_was_said_of_a_seller_sku_that_became_ambiguous_is_refused_and_not_guessed() -> None:
    waiting = (Waiting(wish_id=4, origin_id=4, place=""), Waiting(wish_id=5, origin_id=5, place=""))
    by_ids = Known(target=a_target(), levels=(a_level(7, wish=5),), waiting=waiting, ambiguous=True)
    by_name = Known(target=a_target(), waiting=waiting[:1], ambiguous=True)

    plan = plan_sku(by_ids, Rulebook([]), {"w-1": 1}, now=NOON)
    none = plan_sku(by_name, Rulebook([]), {"w-1": 1}, now=NOON)

    assert (plan.verdict, to(plan), plan.superseded) == ("send", {"w-1": 7}, ())
    assert plan.refused is not None
    assert plan.refused[4][0] == "ambiguous"
    assert (none.verdict, none.code) == ("rejected", "ambiguous")


def test_a_rule_that_maps_to_a_warehouse_the_sku_has_not_is_named() -> None:
    rules = Rulebook([a_map("", "999")])
    why = ("warehouse-unknown", "rule map =999: the SKU is not kept in warehouse 999, but in w-1, w-2")

    fresh = a_plan(a_level(5), figures=TWO, rules=rules)
    answered = a_plan(a_level(5), figures=TWO, rules=rules, waiting=())

    assert (fresh.verdict, fresh.refused) == ("rejected", {1: why})
    assert (answered.verdict, (answered.code, answered.message)) == ("rejected", why)


def test_no_rule_changes_what_a_person_set_and_a_map_of_its_place_does_not_move_it() -> None:
    rules = Rulebook([a_rule("buffer", 3), a_map("w-1", "w-2")])
    by_hand = replace(a_level(5, place="w-1", minutes=-1), by_hand=True)

    plan = a_plan(by_hand, figures=TWO, rules=rules, sales=(Sale(quantity=2, ordered_at=NOON),))

    assert [(one.warehouse_id, one.wanted, one.to, one.rule) for one in plan.warehouses] == [
        ("w-1", 5, 3, "by hand 5, sold since 2"),
        ("w-2", None, 9, "as TikTok shows it"),
    ]
