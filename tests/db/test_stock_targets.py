"""What is due: claimed product by product, and ticked off only if nothing came meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest

from mye_tiktok.db import stock_sorting, stock_targets
from mye_tiktok.db.database import Database
from mye_tiktok.domain.stock import HOT, NEAR_ZERO, ORDINARY, SkuPlan, Target, Verdict
from tests.db.samples import MINUTE, NOON
from tests.db.stock import SKU_1, SKU_2, a_wish, due, list_product, open_shops, sort_in, take_in

LATER = NOON + 5 * MINUTE


@pytest.fixture
def shops(database: Database) -> Database:
    open_shops(database)
    return database


def claim(
    database: Database,
    *,
    by: str = "me",
    now: datetime = NOON,
    products: int = 10,
    lanes: tuple[int, ...] | None = None,
) -> list[Target]:
    with database.transaction() as session:
        return stock_targets.claim(
            session, "c-1", claimed_by=by, now=now, until=now + MINUTE, limit_products=products, lanes=lanes
        )


def a_plan(target: Target, verdict: Verdict = "send", *, code: str = "") -> SkuPlan:
    return SkuPlan(
        channel_uid=target.channel_uid,
        product_id=target.product_id,
        sku_id=target.sku_id,
        seller_sku=target.seller_sku,
        revision=target.revision,
        lane=target.lane,
        attempts=target.attempts,
        verdict=verdict,
        warehouses=(),
        code=code,
    )


def finish(database: Database, *targets: Target, sent: dict[str, int] | None = None) -> int:
    with database.transaction() as session:
        return stock_targets.finish(session, [(a_plan(target), sent) for target in targets], now=NOON)


def speak(database: Database, sku: str, minutes: int) -> None:
    """Let MYE speak of a SKU so many minutes after noon."""
    take_in(database, a_wish(50, sku=sku, minutes=minutes))
    with database.transaction() as session:
        stock_sorting.sort_in(session, now=NOON + minutes * MINUTE)


def one(database: Database, sku_id: str = SKU_1) -> Target:
    return next(target for target in due(database) if target.sku_id == sku_id)


def test_what_is_due_of_a_product_is_claimed_together_and_only_once(shops: Database) -> None:
    list_product(shops, "c-1", "p-9", 3)
    sort_in(shops, a_wish(50), a_wish(60, sku="SHIRT-2"), a_wish(70, sku="SHIRT-3"))

    first = claim(shops, products=1)

    assert [target.key for target in first] == [("c-1", "p-1", SKU_1), ("c-1", "p-1", SKU_2)]
    assert {target.status for target in first} == {"ACTIVATE"}
    assert [target.product_id for target in claim(shops, by="you")] == ["p-9"]
    assert claim(shops, by="you") == []


def test_a_claim_that_nobody_ticks_off_is_free_again_after_its_time(shops: Database) -> None:
    sort_in(shops, a_wish(50))
    claim(shops)

    assert claim(shops, now=NOON + MINUTE / 2) == []
    assert len(claim(shops, now=NOON + MINUTE)) == 1


def test_a_claim_can_be_given_back(shops: Database) -> None:
    sort_in(shops, a_wish(50))
    claim(shops)

    with shops.transaction() as session:
        assert stock_targets.release(session, "c-1", claimed_by="me") == 1
    assert len(claim(shops)) == 1


def test_what_was_just_sold_goes_first_then_what_is_nearly_sold_out_and_products_come_whole(shops: Database) -> None:
    for product_id, sku in (("p-7", 7), ("p-8", 8), ("p-9", 9)):
        list_product(shops, "c-1", product_id, sku)
    sort_in(shops, *(a_wish(quantity, sku=f"SHIRT-{sku}") for sku, quantity in ((1, 50), (2, 1), (7, 50), (8, 3))))
    sort_in(shops, a_wish(50, sku="SHIRT-9"))
    with shops.transaction() as session:
        assert stock_targets.heat(session, ["SHIRT-9"], now=NOON, until=LATER) == 1

    assert [target.product_id for target in claim(shops, products=1, lanes=(HOT,))] == ["p-9"]
    assert claim(shops, lanes=(HOT,)) == []
    rest = claim(shops)
    assert [(target.product_id, target.lane) for target in rest] == [
        *(("p-1", lane) for lane in (ORDINARY, NEAR_ZERO)),
        ("p-8", NEAR_ZERO),
        ("p-7", ORDINARY),
    ]


def test_two_that_claim_at_once_never_get_the_same(shops: Database) -> None:
    for number in range(3, 9):
        list_product(shops, "c-1", f"p-{number}", number)
    sort_in(shops, *(a_wish(50, sku=f"SHIRT-{number}") for number in range(1, 9)))
    together = Barrier(2)

    def run(by: str) -> list[tuple[str, str, str]]:
        together.wait()
        return [target.key for _ in range(4) for target in claim(shops, by=by, products=2)]

    with ThreadPoolExecutor(2) as pool:
        both = [key for keys in pool.map(run, ("me", "you")) for key in keys]
    both += [target.key for target in claim(shops)]

    assert len(both) == len(set(both)) == 8


def test_a_target_that_was_ticked_off_is_not_due_and_knows_what_was_sent(shops: Database) -> None:
    sort_in(shops, a_wish(50))
    (target,) = claim(shops)

    assert finish(shops, target, sent={"w-1": 50}) == 1

    assert due(shops) == []
    sort_in(shops, a_wish(40, minutes=1))
    again = one(shops)
    assert (again.sent, again.sent_at, again.revision) == ({"w-1": 50}, NOON, 2)


def test_what_came_during_a_call_stays_due(shops: Database) -> None:
    sort_in(shops, a_wish(50))
    (target,) = claim(shops)
    sort_in(shops, a_wish(40, minutes=1))

    assert finish(shops, target, sent={"w-1": 50}) == 0

    assert [again.sent for again in claim(shops)] == [{"w-1": 50}]


def test_a_sku_of_which_mye_speaks_again_keeps_its_place(shops: Database) -> None:
    list_product(shops, "c-1", "p-9", 3)
    list_product(shops, "c-1", "p-8", 4)
    for minutes, sku in ((0, "SHIRT-1"), (1, "SHIRT-3"), (2, "SHIRT-1"), (2, "SHIRT-4")):
        speak(shops, sku, minutes)

    assert [one.product_id for one in claim(shops, now=LATER)] == ["p-1", "p-9", "p-8"]


def test_a_sku_that_had_its_turn_goes_behind_the_others(shops: Database) -> None:
    list_product(shops, "c-1", "p-9", 3)
    speak(shops, "SHIRT-1", 0)
    (target,) = claim(shops)
    speak(shops, "SHIRT-1", 1)
    speak(shops, "SHIRT-3", 2)
    with shops.transaction() as session:
        stock_targets.finish(session, [(a_plan(target), {"w-1": 50})], now=NOON + 3 * MINUTE)

    assert [one.product_id for one in claim(shops, now=LATER)] == ["p-9", "p-1"]


def test_what_was_sent_after_something_newer_is_looked_at_again(shops: Database) -> None:
    sort_in(shops, a_wish(50))
    (slow,) = claim(shops)
    sort_in(shops, a_wish(40, minutes=1))
    (quick,) = claim(shops, by="you", now=LATER)
    assert finish(shops, quick, sent={"w-1": 40}) == 1
    assert due(shops) == []

    assert finish(shops, slow, sent={"w-1": 50}) == 0

    assert [again.sent for again in due(shops)] == [{"w-1": 50}]


def test_what_did_not_get_through_is_due_later_with_an_attempt_more_unless_something_came(shops: Database) -> None:
    sort_in(shops, a_wish(50), a_wish(60, sku="SHIRT-2"))
    claimed = claim(shops)
    sort_in(shops, a_wish(40, sku="SHIRT-2", minutes=1))

    with shops.transaction() as session:
        put_off = [(a_plan(target), None) for target in claimed]
        assert stock_targets.postpone(session, put_off, now=NOON, due_at=LATER, code="12052393", message="locked") == 1

    assert [(target.sku_id, target.attempts) for target in due(shops)] == [(SKU_2, 0)]
    assert [(target.sku_id, target.attempts) for target in claim(shops, now=LATER)] == [(SKU_1, 1), (SKU_2, 0)]


def test_a_sale_heats_the_seller_sku_in_every_channel_but_makes_due_only_where_it_was_sold(shops: Database) -> None:
    sort_in(shops, a_wish(50, channel=""))
    for uid in ("c-1", "c-2"):
        finish(shops, *due(shops, uid))

    with shops.transaction() as session:
        assert stock_targets.heat(session, ["SHIRT-1", ""], now=NOON, until=LATER, sold_in="c-2") == 2

    assert (due(shops), [target.lane for target in due(shops, "c-2")]) == ([], [HOT])
    sort_in(shops, a_wish(40, channel="", minutes=1))
    assert one(shops).lane == HOT


@pytest.mark.parametrize("lane", [None, NEAR_ZERO])
def test_a_target_that_is_marked_is_due_at_once_as_if_nothing_was_tried(shops: Database, lane: int | None) -> None:
    sort_in(shops, a_wish(50))
    finish(shops, *claim(shops))

    with shops.transaction() as session:
        assert stock_targets.mark_keys(session, [("c-1", "p-1", SKU_1), ("c-1", "p-1", "?")], now=NOON, lane=lane) == 1

    assert (one(shops).attempts, one(shops).lane) == (0, ORDINARY if lane is None else lane)


def test_figures_are_kept_with_the_time_they_were_read(shops: Database) -> None:
    sort_in(shops, a_wish(50), a_wish(60, sku="SHIRT-2"))

    with shops.transaction() as session:
        stock_targets.keep_figures(
            session, {("c-1", "p-1", SKU_1): {"w-1": 4}, ("c-1", "p-1", SKU_2): {}}, read_at=NOON
        )

    assert [(target.figures, target.read_at) for target in due(shops)] == [({"w-1": 4}, NOON), ({}, NOON)]


def test_due_targets_are_listed_in_pages(shops: Database) -> None:
    list_product(shops, "c-1", "p-9", 3)
    sort_in(shops, a_wish(50), a_wish(60, sku="SHIRT-2"), a_wish(70, sku="SHIRT-3"))

    first = page(shops, ("", ""))
    second = page(shops, (first[-1].product_id, first[-1].sku_id))

    assert [target.seller_sku for target in first + second] == ["SHIRT-1", "SHIRT-2", "SHIRT-3"]
    assert len(first) == 2


def page(database: Database, after: tuple[str, str]) -> list[Target]:
    with database.transaction() as session:
        return stock_targets.due(session, "c-1", now=NOON, limit=2, after=after)
