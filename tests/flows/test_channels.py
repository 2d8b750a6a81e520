"""`--all-channels`: several shops at once, each for itself."""

import httpx
import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import NeedsPersonError, WrongUsageError
from mye_tiktok.jobs.fetching import choose, choose_one
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.world import World, body


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """Three sellers with one shop each."""
    world = make_world(SandboxOptions(products=12, sellers=3, regions=("GB", "ID", "US")))
    for seller in range(3):
        world.connect(seller)
    world.sandbox.requests.clear()
    return world


@pytest.fixture
def channels(world: World) -> list[Channel]:
    """Their channels, in the order of the sandbox's shops."""
    return sorted(world.channels(), key=lambda channel: channel.shop_id)


def test_all_channels_are_fetched_each_with_its_own_account(world: World, channels: list[Channel]) -> None:
    done = world.fetch(*channels)

    assert done.report.exit_code == 0
    assert [part.channel_uid for part in done.report.channels] == [channel.channel_uid for channel in channels]
    assert [part.requests for part in done.report.channels] == [13, 13, 13]
    assert done.report.counts["created"] == 36
    assert done.report.requests == world.asked() == 39
    assert {body(message)["shop_id"] for message in world.on_queue()} == {channel.shop_id for channel in channels}
    assert {run.channel_uid for run in world.runs()} == {channel.channel_uid for channel in channels}


def test_one_channel_that_fails_does_not_stop_the_others(world: World, channels: list[Channel]) -> None:
    world.sandbox.deactivate_shop(channels[1].shop_id)

    done = world.fetch(*channels)

    assert (done.report.exit_code, done.report.outcome) == (1, "partial")
    assert [part.outcome for part in done.report.channels] == ["ok", "failed", "ok"]
    assert [failure.item for failure in done.report.failures] == [channels[1].channel_uid]
    assert done.report.counts["created"] == 24
    assert len(world.on_queue()) == 24
    assert world.watermark(channels[1]) is None
    assert None not in {world.watermark(channels[0]), world.watermark(channels[2])}


def test_when_all_channels_fail_the_gravest_error_decides(world: World, channels: list[Channel]) -> None:
    world.sandbox.deactivate_shop(channels[2].shop_id)
    world.sandbox.fail("unavailable", operation="get_product")

    done = world.fetch(*channels)

    assert [error.exit_code for error in done.errors] == [69, 69, 77]
    assert (done.report.exit_code, done.report.outcome) == (77, "failed")


def test_a_parked_channel_stops_at_once_without_a_request(world: World, channels: list[Channel]) -> None:
    world.sandbox.deactivate_shop(channels[0].shop_id)
    world.fetch(channels[0])
    world.later()

    done = world.fetch(*choose(world.database, channels[0].channel_uid, all_channels=False))

    assert isinstance(done.errors[0], NeedsPersonError)
    assert done.report.exit_code == 77
    assert world.asked() == 0
    assert "36009043" in done.errors[0].message
    assert "mye-tiktok auth" in done.errors[0].hint


def test_a_parked_channel_does_not_stop_the_others_and_is_not_asked_for(world: World, channels: list[Channel]) -> None:
    world.sandbox.deactivate_shop(channels[0].shop_id)
    world.fetch(channels[0])
    world.later()

    done = world.fetch(*choose(world.database, None, all_channels=True))

    assert done.report.exit_code == 1
    assert done.report.counts["created"] == 24
    assert world.asked(code=36009043) == 0


def test_a_channel_is_chosen_by_name_alone_or_as_all(world: World, channels: list[Channel]) -> None:
    assert choose(world.database, channels[1].channel_uid, all_channels=False) == [channels[1]]
    assert len(choose(world.database, None, all_channels=True)) == 3
    with pytest.raises(WrongUsageError, match="several channels"):
        choose(world.database, None, all_channels=False)
    with pytest.raises(WrongUsageError, match="no channel nobody"):
        choose(world.database, "nobody", all_channels=False)
    with pytest.raises(WrongUsageError, match="exclude each other"):
        choose(world.database, channels[1].channel_uid, all_channels=True)


def test_without_any_channel_the_error_tells_how_to_connect_one(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=1))

    for all_channels in (False, True):
        with pytest.raises(WrongUsageError, match="no channel is connected yet") as caught:
            choose(world.database, None, all_channels=all_channels)
        assert "auth url" in caught.value.hint


def test_a_bug_that_shows_in_one_channel_does_not_stop_the_others(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=3, sellers=6))
    for seller in range(6):
        world.connect(seller)
    ill, *well = world.channels()

    def break_one(request: httpx.Request) -> None:
        if request.url.params.get("shop_cipher") == ill.shop_cipher:
            raise ZeroDivisionError

    world.transport.before = break_one
    with pytest.raises(ZeroDivisionError):
        world.fetch(*world.channels())

    assert [world.stored(channel) for channel in (ill, *well)] == [0, 3, 3, 3, 3, 3]
    failed = next(run for run in world.runs() if run.channel_uid == ill.channel_uid)
    assert (failed.outcome, failed.exit_code, failed.error) == ("failed", 70, "ZeroDivisionError")


def test_a_seller_who_withdrew_stops_all_his_shops_and_nobody_elses(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=3, sellers=2, shops=2))
    for seller in range(2):
        world.connect(seller)
    world.sandbox.revoke(world.sandbox.authorizations[0])

    done = world.fetch(*world.channels())

    assert done.report.exit_code == 1
    states = {channel.shop_id: channel.state for channel in world.channels()}
    first, second = world.sandbox.sellers
    assert [states[shop.shop_id] for shop in (*first.shops, *second.shops)] == ["parked", "parked", "active", "active"]
    assert done.report.counts["created"] == 6


def test_a_live_command_reads_the_only_channel_unless_it_rests(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=1))
    channel = world.connect()
    assert choose_one(world.database, None) == channel

    world.sandbox.revoke()
    world.fetch(channel)

    with pytest.raises(NeedsPersonError, match="105001"):
        choose_one(world.database, channel.channel_uid)
