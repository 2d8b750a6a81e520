"""`orders fetch --days-ago` and `--since`: older orders, day by day, whatever happens in between."""

import json
from datetime import datetime, timedelta

import httpx
import pytest

from mye_tiktok.db import backfills
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.period import Period
from mye_tiktok.jobs.fetching import BACKFILL_ORDERS
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.orders import history, told, watermark
from tests.flows.world import World, stop_after

DAY = timedelta(days=1)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A British shop with some products and no order yet."""
    return make_world(SandboxOptions(products=12))


def daily(world: World, days: int, *, ago: int) -> list[str]:
    """Place an order on each of `days` days, the first `ago` days before now."""
    start = world.clock() - ago * DAY
    return [world.sandbox.place_order(at=start + number * DAY, count=1) for number in range(days)]


def ids_told(world: World) -> list[str]:
    return [order_id for order_id, _, _ in told(world)]


def asked_from(world: World) -> list[datetime]:
    """Remember where each bounded search begins."""
    asked: list[datetime] = []

    def before(request: httpx.Request) -> None:
        if request.url.path == "/order/202309/orders/search":
            start = json.loads(request.content).get("create_time_ge")
            if start is not None:
                asked.append(datetime.fromtimestamp(start, tz=world.clock().tzinfo))

    world.transport.before = before
    return asked


def backfill(world: World, channel: Channel) -> backfills.Backfill | None:
    with world.database.reading() as session:
        return backfills.get(session, channel.channel_uid)


def test_older_orders_come_day_by_day_the_oldest_first(world: World, channel: Channel) -> None:
    ids = daily(world, 10, ago=60)

    done = world.fetch_orders(channel, period=Period(since=world.clock() - 61 * DAY))

    assert (done.report.job, done.report.outcome) == ("orders fetch", "ok")
    assert [run.outcome for run in world.runs(BACKFILL_ORDERS)] == ["ok"]
    assert ids_told(world) == ids
    assert backfill(world, channel) is None
    assert history(world, channel, ids[0])[0].source == "command"


def test_years_without_an_order_cost_few_calls(world: World, channel: Channel) -> None:
    world.sandbox.requests.clear()

    world.fetch_orders(channel, period=Period(since=world.clock() - 3650 * DAY))

    assert world.asked("get_order_list") < 130


def test_a_backfill_that_was_stopped_goes_on_where_it_was(world: World, channel: Channel) -> None:
    ids = daily(world, 10, ago=10)
    first_start = world.clock()

    stopped = world.fetch_orders(channel, period=Period(since=first_start - 10 * DAY), stop=stop_after(13))
    halfway = ids_told(world)
    assert stopped.errors[0].exit_code == 143
    assert 0 < len(halfway) < 10

    world.later(timedelta(hours=1))
    asked = asked_from(world)
    done = world.fetch_orders(channel, period=Period(since=world.clock() - 10 * DAY))

    assert done.report.outcome == "ok"
    assert "going on at" in done.report.notes[0]
    assert min(asked) >= first_start - 10 * DAY + (len(halfway) - 1) * DAY
    assert ids_told(world) == ids
    # what changed meanwhile among the orders of the first run is for the next pull to find
    assert watermark(world, channel) == first_start


def test_a_backfill_from_further_back_begins_anew(world: World, channel: Channel) -> None:
    ids = daily(world, 12, ago=12)
    world.fetch_orders(channel, period=Period(since=world.clock() - 6 * DAY), stop=stop_after(5))

    world.fetch_orders(channel, period=Period(since=world.clock() - 12 * DAY))

    assert sorted(ids_told(world)) == sorted(ids)


def test_an_older_order_that_changed_within_the_period_comes_too(world: World, channel: Channel) -> None:
    old = world.sandbox.place_order(at=world.clock() - 60 * DAY)
    quiet = world.sandbox.place_order(at=world.clock() - 60 * DAY)
    world.sandbox.advance(old, at=world.clock() - 3 * DAY)

    world.fetch_orders(channel, period=Period(since=world.clock() - 10 * DAY))

    assert ids_told(world) == [old]
    assert quiet not in ids_told(world)


def test_a_backfill_up_to_now_sets_the_watermark_that_was_missing(world: World, channel: Channel) -> None:
    started = world.clock()

    world.fetch_orders(channel, period=Period(since=started - DAY))

    assert watermark(world, channel) == started


def test_a_backfill_never_moves_the_watermark_back(world: World, channel: Channel) -> None:
    world.fetch_orders(channel)
    mark = watermark(world, channel)
    ids = daily(world, 3, ago=50)

    world.fetch_orders(channel, period=Period(since=world.clock() - 51 * DAY, until=world.clock() - 40 * DAY))

    assert watermark(world, channel) == mark
    assert sorted(ids_told(world)) == sorted(ids)


def test_a_backfill_that_ends_in_the_past_sets_no_watermark(world: World, channel: Channel) -> None:
    ids = daily(world, 10, ago=10)

    world.fetch_orders(channel, period=Period(since=world.clock() - 10 * DAY, until=world.clock() - 5 * DAY))

    assert ids_told(world) == ids[:5]
    assert watermark(world, channel) is None


def test_a_backfill_that_did_not_see_everything_keeps_its_place(world: World, channel: Channel) -> None:
    daily(world, 4, ago=4)

    done = world.fetch_orders(channel, period=Period(since=world.clock() - 4 * DAY), limit=2)

    assert (done.report.exit_code, len(ids_told(world))) == (1, 2)
    assert watermark(world, channel) is None

    world.fetch_orders(channel, period=Period(since=world.clock() - 4 * DAY))
    assert len(ids_told(world)) == 4


def test_a_dry_run_of_a_backfill_leaves_nothing_behind(world: World, channel: Channel) -> None:
    daily(world, 4, ago=4)

    done = world.fetch_orders(channel, period=Period(since=world.clock() - 4 * DAY), dry_run=True)

    assert done.report.counts["created"] == 4
    assert (told(world), backfill(world, channel), watermark(world, channel)) == ([], None, None)


def test_the_pull_goes_on_beside_a_backfill(world: World, channel: Channel) -> None:
    daily(world, 4, ago=4)
    beside: list[str] = []

    def pull_too(request: httpx.Request) -> None:
        if request.url.path == "/order/202309/orders/search" and not beside:
            beside.append("")
            beside[0] = world.fetch_orders(channel).report.outcome

    world.transport.before = pull_too
    done = world.fetch_orders(channel, period=Period(since=world.clock() - 4 * DAY))

    assert (beside, done.report.outcome) == (["ok"], "ok")
    assert len(ids_told(world)) == len(set(ids_told(world))) == 4


def test_a_backfill_that_leaves_a_gap_behind_the_watermark_does_not_move_it(world: World, channel: Channel) -> None:
    world.fetch_orders(channel)
    mark = watermark(world, channel)
    world.later(20 * DAY)
    missed = world.sandbox.place_order(at=world.clock() - 10 * DAY)

    world.fetch_orders(channel, period=Period(since=world.clock() - 3 * DAY))

    assert watermark(world, channel) == mark
    world.fetch_orders(channel)
    assert ids_told(world) == [missed]
