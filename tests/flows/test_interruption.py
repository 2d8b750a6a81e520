"""A fetch that is cut short, and the run after it: nothing lost, nothing told twice."""

from datetime import timedelta

import httpx
import pytest

from mye_tiktok.db.engine import parse_url
from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import UnreachableError
from mye_tiktok.jobs.running import STALE_AFTER
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.world import World, stop_after


class Killed(BaseException):
    """The end of a process, as far as a process can feel its end."""


def everything_once(world: World, channel: Channel, number: int) -> bool:
    """Tell whether every product was told as created once, delivered once, and is stored."""
    told = sorted(world.told())
    expected = sorted((world.sandbox.shop().catalogue.product_id(at), "created") for at in range(number))
    delivered = sorted(message.subject for message in world.on_queue())
    return told == expected and delivered == [one for one, _ in expected] and world.stored(channel) == number


@pytest.mark.parametrize("calls", [0, 1, 2, 102, 203, 252])
def test_a_first_fetch_that_fails_after_some_calls_is_completed_by_the_next(make_world: MakeWorld, calls: int) -> None:
    world = make_world(SandboxOptions(products=250))
    channel = world.connect()
    world.sandbox.fail_after(calls)

    first = world.fetch(channel)

    assert isinstance(first.errors[0], UnreachableError)
    assert first.report.exit_code == 69
    assert world.watermark(channel) is None
    assert world.stored(channel) == world.asked("get_product", code=0)

    world.sandbox.heal()
    second = world.fetch(channel)

    assert second.report.exit_code == 0
    assert world.asked("get_product", code=0) == 250  # what was held already was not asked for again
    assert everything_once(world, channel, 250)


@pytest.mark.parametrize("calls", [3, 230])
def test_a_fetch_killed_between_two_calls_is_completed_by_the_next(make_world: MakeWorld, calls: int) -> None:
    world = make_world(SandboxOptions(products=250))
    channel = world.connect()
    left = iter(range(calls))

    def kill(request: httpx.Request) -> None:
        if next(left, None) is None:
            raise Killed

    world.transport.before = kill
    with pytest.raises(Killed):
        world.fetch(channel)

    world.transport.before = None
    world.fetch(channel)

    assert everything_once(world, channel, 250)


@pytest.mark.parametrize("looks", [0, 1, 3, 4])
def test_a_signal_saves_what_was_fetched_and_keeps_the_cursor(make_world: MakeWorld, looks: int) -> None:
    world = make_world(SandboxOptions(products=250))
    channel = world.connect()

    done = world.fetch(channel, stop=stop_after(looks))

    assert [error.exit_code for error in done.errors] == [143]
    assert world.stored(channel) == len(world.told()) == world.asked("get_product", code=0)
    assert world.watermark(channel) is None
    assert (world.runs()[0].outcome, world.runs()[0].exit_code) == ("stopped", 143)
    assert world.lease(channel.channel_uid) is None

    world.fetch(channel)

    assert world.asked("get_product", code=0) == 250
    assert everything_once(world, channel, 250)


def test_a_signal_during_an_incremental_run_keeps_the_old_cursor(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=250))
    channel = world.connect()
    world.fetch(channel)
    cursor = world.watermark(channel)
    world.later()
    changed = world.sandbox.change_products(150)

    world.fetch(channel, stop=stop_after(1))

    assert world.watermark(channel) == cursor

    world.fetch(channel)

    assert sorted(world.told()[250:]) == sorted((product_id, "updated") for product_id in changed)


def test_a_database_that_fails_in_the_middle_ends_the_run_and_the_next_one_completes_it(
    make_world: MakeWorld,
) -> None:
    world = make_world(SandboxOptions(products=250))
    channel = world.connect()
    good, calls = world.database.url, iter(range(120))

    def lose_the_database(request: httpx.Request) -> None:
        if next(calls, None) is None:
            world.transport.before = None
            world.database.close()
            world.database.url = parse_url("postgresql://127.0.0.1:1/nobody_listens")

    world.transport.before = lose_the_database
    first = world.fetch(channel)
    world.database.url = good
    world.database.close()

    assert isinstance(first.errors[0], UnreachableError)
    assert first.report.exit_code == 69

    world.clock.advance(STALE_AFTER + timedelta(seconds=1))  # nobody could write that the run ended
    world.fetch(channel)

    assert everything_once(world, channel, 250)


def test_a_limit_makes_the_run_partial_and_keeps_the_cursor(world: World, channel: Channel) -> None:
    done = world.fetch(channel, limit=5)

    assert (done.report.exit_code, done.report.outcome) == (1, "partial")
    assert done.report.counts["seen"] == done.report.counts["created"] == 5
    assert "--limit" in done.report.warnings[0]
    assert world.stored(channel) == len(world.on_queue()) == 5
    assert world.watermark(channel) is None

    world.fetch(channel)

    assert everything_once(world, channel, 12)


def test_a_limited_full_run_takes_nothing_for_vanished(world: World, channel: Channel) -> None:
    world.fetch(channel)

    world.fetch(channel, full=True, limit=2)

    assert len(world.told()) == 12
    assert world.stored(channel) == 12
