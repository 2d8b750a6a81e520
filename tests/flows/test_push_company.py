"""A push beside the consumer, for a shop of one process."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from mye_tiktok.db import inventory_ledger
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.stock import SkuPlan
from mye_tiktok.domain.stock_guard import Limits
from mye_tiktok.errors import RefusedError, TryLaterError
from mye_tiktok.jobs import push_company
from mye_tiktok.jobs.companion import Halt
from mye_tiktok.jobs.inventory_pushing import PUSH
from mye_tiktok.jobs.push_company import PushCompany
from mye_tiktok.jobs.push_sweep import PushOptions
from mye_tiktok.jobs.running import running
from mye_tiktok.jobs.stock_consuming import CONSUME_STOCK
from mye_tiktok.jobs.stock_guarding import Permission, Watch
from tests.flows.stock_desk import NO_LIMITS, StockDesk
from tests.flows.test_inventory_push import outcomes, say, shown
from tests.flows.world import World
from tests.unit.domain.test_stock_guard import a_plan

PATIENCE = 30.0


@pytest.fixture
def desk(world: World, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> StockDesk:
    """A shop whose catalogue we know, and a company that is in a hurry."""
    monkeypatch.setattr(push_company, "IDLE", 0.01)
    monkeypatch.setattr(push_company, "AGAIN", 0.05)
    world.fetch(channel)
    world.sandbox.requests.clear()
    return StockDesk(world=world)


def company(desk: StockDesk, halt: Halt, *, limits: Limits = NO_LIMITS) -> PushCompany:
    options = PushOptions(permission=Permission(limits=limits))
    return PushCompany(desk.parts(), desk.world.around, halt, options)


def called(desk: StockDesk, times: int) -> Callable[[], bool]:
    """Return what waits until TikTok was asked to update stock so often."""
    enough, left = threading.Event(), iter(range(1, times))

    def before(request: httpx.Request) -> None:
        if request.url.path.endswith("inventory/update") and next(left, None) is None:
            enough.set()

    desk.world.transport.before = before
    return lambda: enough.wait(PATIENCE)


def test_what_comes_in_is_pushed_and_answered(desk: StockDesk) -> None:
    reached = called(desk, 2)

    with company(desk, Halt()):
        say(desk, SKU_4_0=3)
        say(desk, SKU_2_0=7)
        assert reached()

    desk.push()
    assert (shown(desk, "SKU-4-0"), shown(desk, "SKU-2-0")) == ([3], [7])
    assert sorted(outcomes(desk)) == [("SKU-2-0", 7, "applied"), ("SKU-4-0", 3, "applied")]


def test_a_push_from_cron_is_turned_away_meanwhile_and_may_go_on_afterwards(desk: StockDesk) -> None:
    reached = called(desk, 1)
    with company(desk, Halt()):
        say(desk, SKU_4_0=3)
        assert reached()
        assert desk.push().report.exit_code == 75

    assert desk.push().report.exit_code == 0
    assert {run.outcome for run in desk.world.runs(PUSH)} == {"stopped", "ok"}


def test_a_push_beside_a_consumer_that_pushes_is_told_that_nothing_is_to_do(desk: StockDesk) -> None:
    world, channel_uid = desk.world, desk.world.channels()[0].channel_uid
    with (
        running(world.database, CONSUME_STOCK, "", world.around(), exclusive=False),
        running(world.database, PUSH, channel_uid, world.around()),
        pytest.raises(TryLaterError) as caught,
        running(world.database, PUSH, channel_uid, world.around()),
    ):
        pass

    assert "`mye-tiktok consume inventory --push` is running there and sends what is due" in caught.value.hint


def test_a_channel_that_waited_is_told_once_when_it_pushes_again(
    desk: StockDesk, caplog: pytest.LogCaptureFixture
) -> None:
    world, channel_uid = desk.world, desk.world.channels()[0].channel_uid
    waited, again = threading.Event(), threading.Event()

    class Listening(Halt):
        def sleep(self, seconds: float) -> None:
            (waited if "waits" in caplog.text else again).set()
            if "pushes again" in caplog.text:
                again.set()
            super().sleep(min(seconds, 0.01))

    with running(world.database, PUSH, channel_uid, world.around()):
        held = company(desk, Listening())
        held.__enter__()
        assert waited.wait(PATIENCE)
        again.clear()
    assert again.wait(PATIENCE)
    held.__exit__(None, None, None)

    assert caplog.text.count(f"{channel_uid}: pushes again") == 1


def test_the_guard_looks_at_what_the_last_hour_took_away(desk: StockDesk, caplog: pytest.LogCaptureFixture) -> None:
    reached = called(desk, 2)
    stopped = threading.Event()

    class Listening(Halt):
        def sleep(self, seconds: float) -> None:
            # twice: what stopped it once still stands when it begins again, after its rest
            failed = [run.outcome for run in desk.world.runs(PUSH)].count("failed")
            if failed == 1:
                desk.world.clock.advance(push_company.REST)
            if failed >= 2:
                stopped.set()
            super().sleep(min(seconds, 0.01))

    with company(desk, Listening(), limits=Limits(skus=2, percent=100)):
        say(desk, SKU_5_0=0)
        say(desk, SKU_4_0=0)
        assert reached()
        desk.world.clock.advance(timedelta(minutes=20))
        say(desk, SKU_2_0=0)
        assert stopped.wait(PATIENCE)

    assert shown(desk, "SKU-2-0") != [0]
    assert "3 SKUs would be set to zero" in caplog.text


def a_watch(desk: StockDesk, *, force: bool = False) -> Watch:
    world = desk.world
    permission = Permission(limits=Limits(skus=2, percent=100), force=force, who="somebody", why="sale is over")
    return Watch(
        world.database, world.channels()[0], permission, run_id="r", clock=world.clock, window=timedelta(hours=1)
    )


def sold_out(*sku_ids: str) -> list[SkuPlan]:
    return [replace(a_plan(9, 0), sku_id=sku_id) for sku_id in sku_ids]


def test_what_a_person_let_through_is_not_held_against_what_comes_later(desk: StockDesk) -> None:
    watch = a_watch(desk)
    watch.see(sold_out("1", "2", "3"))
    with pytest.raises(RefusedError, match="3 SKUs would be set to zero"):
        watch.check()
    desk.world.clock.advance(timedelta(minutes=1))
    channel_uid = desk.world.channels()[0].channel_uid
    with desk.world.database.transaction() as session:
        inventory_ledger.approve(
            session,
            channel_uid,
            who="somebody",
            why="sale is over",
            summary="3 SKUs",
            run_id="other",
            now=desk.world.clock(),
        )
    desk.world.clock.advance(timedelta(minutes=1))

    watch.see(sold_out("4", "5"))
    watch.check()
    watch.see(sold_out("6"))
    with pytest.raises(RefusedError, match="3 SKUs would be set to zero"):
        watch.check()


def test_each_time_that_force_lets_too_much_through_is_recorded(desk: StockDesk) -> None:
    watch = a_watch(desk, force=True)
    for sku_ids in (("1", "2", "3"), ("4", "5"), ("6",)):
        desk.world.clock.advance(timedelta(minutes=1))
        watch.see(sold_out(*sku_ids))
        watch.check()

    with desk.world.database.reading() as session:
        assert [one.summary[:8] for one in inventory_ledger.approvals(session)] == ["3 SKUs w"] * 2
