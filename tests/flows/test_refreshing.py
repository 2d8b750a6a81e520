"""`auth refresh`: tokens are renewed before they end, once per authorization."""

from datetime import timedelta

import pytest

from mye_tiktok.db import channels
from mye_tiktok.errors import NeedsPersonError
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.refreshing import REFRESH, refresh
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.world import World


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """Two sellers with two shops each."""
    world = make_world(SandboxOptions(products=1, sellers=2, shops=2))
    for seller in range(2):
        world.connect(seller)
    world.sandbox.requests.clear()
    return world


def run(world: World, *, within: timedelta | None = None) -> Done:
    return refresh(world.database, world.process().tokens, world.channels(), world.around(), within=within)


def generations(world: World) -> list[int]:
    return [world.authorization_by_id(number).generation for number in (1, 2)]


def test_shops_that_share_an_authorization_share_its_renewal(world: World) -> None:
    done = run(world)

    assert done.report.exit_code == 0
    assert done.report.counts == {"seen": 2, "changed": 2}
    assert done.report.requests == world.asked("token_refresh") == 2
    assert generations(world) == [2, 2]


def test_tokens_that_last_are_left_alone(world: World) -> None:
    done = run(world, within=timedelta(hours=24))

    assert done.report.counts == {"seen": 2, "unchanged": 2}
    assert world.asked() == 0

    world.clock.advance(timedelta(days=6, hours=1))
    run(world, within=timedelta(hours=24))

    assert generations(world) == [2, 2]


def test_a_refused_renewal_parks_its_authorization_and_the_other_is_renewed(world: World) -> None:
    world.sandbox.revoke(world.sandbox.authorizations[0])

    done = run(world)

    assert done.report.exit_code == 1
    assert isinstance(done.errors[0], NeedsPersonError)
    assert generations(world) == [1, 2]
    assert sorted(channel.state for channel in world.channels()) == ["active", "active", "parked", "parked"]
    assert sorted(run.exit_code or 0 for run in world.runs(REFRESH)) == [0, 77]


@pytest.mark.parametrize("resting", [0, 1])
def test_a_shop_that_rests_alone_does_not_keep_the_token_of_the_others_from_being_renewed(
    world: World, resting: int
) -> None:
    sharing = [channel for channel in world.channels() if channel.authorization_id == 1]
    with world.database.transaction() as session:
        channels.park(session, sharing[resting].channel_uid, reason="closed for holidays", now=world.clock())

    done = run(world)

    assert done.report.exit_code == 0
    assert generations(world) == [2, 2]
