"""What happens to products that TikTok no longer lists."""

import httpx
import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import RefusedError
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.world import World, body, stop_after


def first_id(world: World, place: int = 0) -> str:
    return world.sandbox.shop().catalogue.product_id(place)


@pytest.mark.parametrize("forgotten", [True, False], ids=["forgotten", "readable as DELETED"])
def test_a_product_that_vanished_is_confirmed_by_its_own_call_and_told_as_removed(
    world: World, channel: Channel, forgotten: bool
) -> None:
    world.fetch(channel)
    world.later()
    world.sandbox.remove_product(first_id(world), forgotten=forgotten)

    done = world.fetch(channel, full=True)

    assert world.told()[12:] == [(first_id(world), "removed")]
    assert (world.asked("search_products"), world.asked("get_product")) == (1, 1)
    assert (done.report.exit_code, done.report.counts["removed"]) == (0, 1)
    assert world.stored(channel) == 11
    told = body(world.outbox()[-1].message)
    assert (told["status"], told["version"]) == ("DELETED", 2)
    assert told["product"]["title"]


def test_a_removed_product_is_told_once(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.sandbox.remove_product(first_id(world), forgotten=True)
    world.later()
    world.fetch(channel, full=True)
    told = world.told()
    world.later()

    world.fetch(channel, full=True)

    assert world.told() == told
    assert world.asked() == 1


def test_an_incremental_run_does_not_look_for_what_vanished(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    world.sandbox.remove_product(first_id(world), forgotten=True)

    world.fetch(channel)

    assert len(world.told()) == 12
    assert world.stored(channel) == 12


def test_a_product_that_the_search_left_out_but_that_is_there_stays(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    world.sandbox.edit_product(first_id(world), status="DELETED")

    def bring_back(request: httpx.Request) -> None:
        if request.url.path.endswith(first_id(world)):
            world.sandbox.edit_product(first_id(world), status="ACTIVATE")

    world.transport.before = bring_back
    world.fetch(channel, full=True)

    assert (world.asked("search_products"), world.asked("get_product")) == (1, 1)
    assert "removed" not in {change for _, change in world.told()}
    assert world.stored(channel) == 12


def test_a_removed_product_that_returns_is_told_as_created(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    world.sandbox.remove_product(first_id(world))
    world.fetch(channel, full=True)
    world.later()
    world.sandbox.edit_product(first_id(world), status="ACTIVATE")

    world.fetch(channel)

    assert world.told()[12:] == [(first_id(world), "removed"), (first_id(world), "created")]
    assert [body(row.message)["version"] for row in world.outbox()[12:]] == [2, 3]
    assert world.stored(channel) == 12


def test_a_product_that_is_listed_as_deleted_is_told_as_removed(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=12, lists_deleted=True))
    channel = world.connect()
    world.fetch(channel)
    world.later()
    world.sandbox.remove_product(first_id(world))

    world.fetch(channel)
    world.later()
    world.fetch(channel, full=True)

    assert world.told()[12:] == [(first_id(world), "removed")]


def test_a_product_deleted_before_it_was_ever_told_is_not_told(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=12, lists_deleted=True))
    channel = world.connect()
    world.sandbox.remove_product(first_id(world))

    world.fetch(channel)

    assert len(world.told()) == 11
    assert first_id(world) not in {product_id for product_id, _ in world.told()}


def test_a_run_that_would_remove_more_than_a_fifth_stops_and_marks_nothing(world: World, channel: Channel) -> None:
    world.fetch(channel)
    before = world.watermark(channel)
    for place in range(3):
        world.sandbox.remove_product(first_id(world, place), forgotten=True)
    world.later()

    done = world.fetch(channel, full=True)

    assert isinstance(done.errors[0], RefusedError)
    assert done.report.exit_code == 65
    assert "3 of 12" in done.errors[0].message
    assert "--force" in done.errors[0].hint
    assert len(world.told()) == 12
    assert world.stored(channel) == 12
    assert world.asked("get_product") == 0
    assert world.watermark(channel) == before
    assert (world.runs()[0].outcome, world.runs()[0].exit_code) == ("failed", 65)


def test_a_run_may_remove_a_fifth(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=10))
    channel = world.connect()
    world.fetch(channel)
    for place in range(2):
        world.sandbox.remove_product(first_id(world, place), forgotten=True)

    done = world.fetch(channel, full=True)

    assert (done.report.exit_code, done.report.counts["removed"]) == (0, 2)


def test_force_removes_more_than_a_fifth(world: World, channel: Channel) -> None:
    world.fetch(channel)
    for place in range(12):
        world.sandbox.remove_product(first_id(world, place), forgotten=True)

    done = world.fetch(channel, full=True, force=True)

    assert (done.report.exit_code, done.report.counts["removed"]) == (0, 12)
    assert world.stored(channel) == 0
    assert len(world.on_queue()) == 24


def test_a_removal_that_can_not_be_confirmed_is_left_to_the_next_full_run(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.sandbox.remove_product(first_id(world), forgotten=True)
    world.sandbox.fail("refusal", operation="get_product", code=12019016, times=1)

    first = world.fetch(channel, full=True)

    assert (first.report.exit_code, world.stored(channel)) == (1, 12)

    world.fetch(channel, full=True)

    assert world.told()[12:] == [(first_id(world), "removed")]


def test_a_product_that_is_gone_when_its_detail_is_asked_for_was_never_there(world: World, channel: Channel) -> None:
    forget_between(world, first_id(world))

    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert len(world.told()) == world.stored(channel) == 11
    assert first_id(world) not in {product_id for product_id, _ in world.told()}


def test_a_known_product_that_is_gone_when_its_detail_is_asked_for_is_told_as_removed(
    world: World, channel: Channel
) -> None:
    world.fetch(channel)
    world.later()
    world.sandbox.edit_product(first_id(world), title="Changed, and then gone")
    forget_between(world, first_id(world))

    world.fetch(channel)

    assert world.told()[12:] == [(first_id(world), "removed")]


def forget_between(world: World, product_id: str) -> None:
    """Let a product vanish after the search and before its detail is answered."""

    def forget(request: httpx.Request) -> None:
        if request.url.path.endswith(product_id):
            world.transport.before = None
            world.sandbox.remove_product(product_id, forgotten=True)

    world.transport.before = forget


def test_removals_that_are_cut_short_are_finished_by_the_next_full_run(world: World, channel: Channel) -> None:
    world.fetch(channel)
    for place in range(12):
        world.sandbox.remove_product(first_id(world, place), forgotten=True)
    world.sandbox.fail_after(5, operation="get_product")

    first = world.fetch(channel, full=True, force=True, workers=1)

    assert first.report.exit_code == 69
    assert len(world.told()) == 12 + 5
    assert world.stored(channel) == 7

    world.sandbox.heal()
    world.fetch(channel, full=True, force=True)

    removed = [product_id for product_id, change in world.told() if change == "removed"]
    assert sorted(removed) == sorted(set(removed))
    assert len(removed) == 12


def test_a_signal_before_the_removals_leaves_them_to_the_next_full_run(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.sandbox.remove_product(first_id(world), forgotten=True)
    world.later()

    first = world.fetch(channel, full=True, stop=stop_after(2))

    assert [error.exit_code for error in first.errors] == [143]
    assert world.asked("get_product") == 0
    assert len(world.told()) == 12

    world.fetch(channel, full=True)

    assert world.told()[12:] == [(first_id(world), "removed")]
