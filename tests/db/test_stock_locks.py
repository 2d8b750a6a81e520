"""Two that are about the same SKUs wait for each other one way only, whatever they do to them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from mye_tiktok.db import stock_sorting, stock_targets
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.stock import Answer, SkuPlan, WarehousePlan
from mye_tiktok.domain.stock_outcome import outcome_of
from mye_tiktok.jobs.inventory_settling import settle
from mye_tiktok.jobs.stock_sending import Sent
from tests.db.samples import NOON
from tests.db.stock import SKU_1, SKU_2, a_wish, due, list_product, open_shops, sort_in, take_in

WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"
)
FIRST, SECOND = ("c-1", "p-1", SKU_1), ("c-1", "p-1", SKU_2)


@pytest.fixture
def shops(database: Database) -> Database:
    if database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    open_shops(database)
    sort_in(database, a_wish(50), a_wish(60, sku="SHIRT-2"))
    return database


def beside(shops: Database, act: Callable[[Session], object]) -> None:
    """Hold the first SKU, let somebody act until he waits for it, then take the second one as well."""

    def other() -> None:
        with shops.transaction() as session:
            act(session)

    with ThreadPoolExecutor(1) as pool:
        with shops.transaction() as session:
            stock_targets.mark_keys(session, [FIRST], now=NOON)
            acting = pool.submit(other)
            while not acting.done() and not session.execute(WAITING).scalar():
                pass
            stock_targets.mark_keys(session, [SECOND], now=NOON)
        acting.result()


def a_plan(revision: int, sku_id: str) -> SkuPlan:
    return SkuPlan(
        channel_uid="c-1",
        product_id="p-1",
        sku_id=sku_id,
        seller_sku="",
        revision=revision,
        lane=2,
        attempts=0,
        verdict="send",
        warehouses=(WarehousePlan(warehouse_id="w", current=1, wanted=5, to=5, rule="MYE 5"),),
    )


def test_an_answer_of_which_one_half_waits_and_the_other_is_done(shops: Database) -> None:
    locked = {(SKU_1, "w"): Answer(sku_id=SKU_1, warehouse_id="w", code="12052393", message="locked", again=True)}
    outcomes = tuple(outcome_of(a_plan(one.revision, one.sku_id), locked) for one in due(shops))
    assert [one.again for one in outcomes] == [True, False]

    beside(shops, lambda session: settle(session, "c-1", Sent(outcomes=outcomes, request_id=""), run_id="r", now=NOON))


def test_figures_that_are_kept(shops: Database) -> None:
    beside(shops, lambda session: stock_targets.keep_figures(session, {SECOND: {}, FIRST: {}}, read_at=NOON))


def test_news_of_one_sku_and_a_wish_for_another(shops: Database) -> None:
    (_, second) = due(shops)
    frozen = replace(a_plan(second.revision, SKU_2), code="product-frozen")
    with shops.transaction() as session:
        stock_targets.finish(session, [(frozen, None)], now=NOON)
    list_product(shops, "c-1", "p-1", digest="thawed")
    take_in(shops, a_wish(40, minutes=1))

    beside(shops, lambda session: stock_sorting.sort_in(session, now=NOON))
