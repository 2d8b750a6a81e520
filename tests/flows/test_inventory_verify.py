"""What TikTok shows against what it should."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from mye_tiktok.db import inventory_ledger, inventory_rules
from mye_tiktok.db.tables.products import ProductRow
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Silence
from mye_tiktok.domain.stock_drift import PERHAPS_SOLD
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.inventory_verifying import Verified, verify_inventory
from mye_tiktok.jobs.stock_by_hand import Setting, update_by_hand
from mye_tiktok.jobs.stock_guarding import Permission
from tests.flows.stock_desk import NO_LIMITS, StockDesk
from tests.flows.test_inventory_push import FIRST, SKUS, outcomes, say, shown
from tests.flows.world import World
from tests.unit.domain.test_stock_rules import a_rule


@pytest.fixture
def desk(world: World, channel: Channel) -> StockDesk:
    """A shop that shows what MYE said, a minute ago."""
    world.fetch(channel)
    desk = StockDesk(world=world)
    say(desk, SKU_4_0=30, SKU_4_1=40)
    desk.push()
    world.later(timedelta(minutes=1))
    return desk


def verify(desk: StockDesk, *, fix: bool = False) -> tuple[Done, Sequence[Verified]]:
    return verify_inventory(
        desk.parts(),
        desk.world.channels(),
        desk.world.around(),
        older_than=timedelta(minutes=15),
        fix=fix,
        progress=Silence(),
    )


def meddle(desk: StockDesk, seller_sku: str, pieces: int) -> None:
    """Let somebody set a figure in Seller Center."""
    shop = desk.world.sandbox.shops[0]
    found = desk.world.sandbox.stock.room(shop).find(SKUS[seller_sku])
    assert found is not None
    desk.world.sandbox.stock.set(shop, found[0], {SKUS[seller_sku]: {FIRST: pieces}})


def test_what_was_pushed_is_read_back_without_drift(desk: StockDesk) -> None:
    done, (verified,) = verify(desk)

    assert (done.report.exit_code, done.report.counts["seen"], verified.drifts) == (0, 2, [])
    assert desk.world.asked("inventory_search") == 1
    with desk.world.database.reading() as session:
        (line,) = inventory_ledger.of_sku(session, "SKU-4-0")
    assert (line.entry.sent, line.read_back, line.read_at) == (30, 30, desk.world.clock())


def test_a_difference_is_named_and_is_a_failure_once_it_is_old(desk: StockDesk) -> None:
    meddle(desk, "SKU-4-1", 7)

    done, (verified,) = verify(desk)
    (drift,) = verified.drifts
    assert (drift.seller_sku, drift.asked, drift.shows, drift.cause) == ("SKU-4-1", 40, 7, PERHAPS_SOLD)
    assert done.report.exit_code == 0

    desk.world.later(timedelta(minutes=15))
    done, _ = verify(desk)
    assert (done.report.exit_code, [failure.code for failure in done.report.failures]) == (1, ["drift"])


def test_fix_lets_the_next_push_send_the_difference_alone(desk: StockDesk) -> None:
    meddle(desk, "SKU-4-1", 7)

    done, _ = verify(desk, fix=True)
    assert done.report.counts["fixed"] == 1
    told = outcomes(desk)
    desk.push()

    assert (shown(desk, "SKU-4-1"), desk.world.asked("update_inventory")) == ([40], 1)
    assert outcomes(desk) == told
    assert verify(desk)[1][0].drifts == []


def test_a_cause_that_is_known_is_told(desk: StockDesk) -> None:
    desk.world.sandbox.stock.room(desk.world.sandbox.shops[0]).locked.add(SKUS["SKU-4-0"])
    say(desk, SKU_4_0=3)
    desk.push()

    causes = {drift.seller_sku: drift.cause for drift in verify(desk)[1][0].drifts}

    assert causes == {"SKU-4-0": "a promotion locks it"}


def test_more_than_it_should_be_was_not_sold(desk: StockDesk) -> None:
    meddle(desk, "SKU-4-1", 70)

    assert [drift.cause for drift in verify(desk)[1][0].drifts] == [""]


def test_what_tiktok_takes_no_stock_for_is_named_and_neither_queued_nor_a_failure(desk: StockDesk) -> None:
    meddle(desk, "SKU-4-1", 7)
    desk.world.later(timedelta(minutes=20))
    with desk.world.database.transaction() as session:
        session.execute(
            update(ProductRow).where(ProductRow.product_id == "1729000000000004000").values(status="FREEZE")
        )

    done, (verified,) = verify(desk, fix=True)

    assert [drift.cause for drift in verified.drifts] == ["the product is FREEZE: TikTok takes no stock for it"]
    assert (done.report.exit_code, done.report.counts["fixed"]) == (0, 0)
    assert verify(desk)[1][0].drifts == verified.drifts


def test_a_figure_that_waits_for_its_push_is_no_riddle(desk: StockDesk) -> None:
    meddle(desk, "SKU-4-1", 9)
    verify(desk, fix=True)

    (drift,) = verify(desk)[1][0].drifts

    assert drift.cause == "still to be pushed"


def set_by_hand(desk: StockDesk, seller_sku: str, pieces: int) -> None:
    """Let a person set a figure with `inventory update`."""
    done, _ = update_by_hand(
        desk.parts(),
        desk.world.channels()[0],
        "1729000000000004000",
        [Setting(sku=SKUS[seller_sku], quantity=pieces)],
        desk.world.around(),
        permission=Permission(limits=NO_LIMITS),
        dry_run=False,
    )
    assert done.errors == []


def a_buffer_of(desk: StockDesk, pieces: int) -> None:
    with desk.world.database.transaction() as session:
        inventory_rules.set_rule(session, replace(a_rule("buffer", pieces), set_at=desk.world.clock()))


def test_what_a_person_set_is_no_drift_and_stays_until_mye_speaks_again(desk: StockDesk) -> None:
    told = outcomes(desk)
    set_by_hand(desk, "SKU-4-1", 7)
    desk.world.later(timedelta(minutes=20))

    done, (verified,) = verify(desk, fix=True)
    assert (done.report.exit_code, verified.drifts) == (0, [])
    a_buffer_of(desk, 2)
    desk.push()
    assert (shown(desk, "SKU-4-0"), shown(desk, "SKU-4-1")) == ([28], [7])

    say(desk, SKU_4_1=12)
    desk.push()
    assert (shown(desk, "SKU-4-1"), outcomes(desk)) == ([10], [*told, ("SKU-4-1", 12, "applied")])


def test_a_wish_that_waits_is_superseded_by_what_a_person_set_after_it(desk: StockDesk) -> None:
    say(desk, SKU_4_1=12)
    desk.world.later(timedelta(minutes=1))
    set_by_hand(desk, "SKU-4-1", 7)

    desk.push()

    assert (shown(desk, "SKU-4-1"), outcomes(desk)[-1]) == ([7], ("SKU-4-1", 12, "superseded"))


def test_what_a_person_set_stands_among_the_requests_as_applied(desk: StockDesk) -> None:
    set_by_hand(desk, "SKU-4-1", 7)
    [request] = [one for one in desk.requests() if one.origin == "hand"]
    assert (request.seller_sku, request.quantity, request.state) == ("SKU-4-1", 7, "applied")
    assert request.settled_at == desk.world.clock()
