"""`orders fetch`: what is asked, stored and told when orders are read again and again."""

from datetime import timedelta

import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.orders import bodies, history, stored, told, watermark
from tests.flows.world import World


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A British shop, where orders rest an hour, with a dozen products and no order yet."""
    return make_world(SandboxOptions(products=12))


def test_a_new_order_is_stored_and_put_on_the_queue_once(world: World, channel: Channel) -> None:
    order_id = world.sandbox.place_order()

    done = world.fetch_orders(channel)

    assert (done.report.job, done.report.outcome, done.report.exit_code) == ("orders fetch", "ok", 0)
    assert done.report.counts["created"] == done.report.counts["queued"] == done.report.counts["seen"] == 1
    assert told(world) == [(order_id, "created", "UNPAID")]
    assert [message.subject for message in world.broker.peek(world.queues["order"], limit=10)] == [order_id]
    assert bodies(world)[0]["tiktok"]["id"] == order_id


def test_what_did_not_change_is_not_told_again(world: World, channel: Channel) -> None:
    world.sandbox.place_order()
    world.fetch_orders(channel)
    world.later(timedelta(minutes=1))

    done = world.fetch_orders(channel)

    assert done.report.counts == {"seen": 1, "unchanged": 1, "queued": 0, "sent": 0}
    assert len(told(world)) == 1


def test_each_step_of_an_order_is_told_in_order(world: World, channel: Channel) -> None:
    order_id = world.sandbox.place_order()
    steps = ["UNPAID"]
    world.fetch_orders(channel)
    for _ in range(5):
        world.later(timedelta(hours=2))
        steps.append(world.sandbox.advance(order_id))
        world.fetch_orders(channel)

    assert [status for _, _, status in told(world)] == steps
    assert [body["version"] for body in bodies(world)] == [1, 2, 3, 4, 5, 6]
    assert [body["previous_status"] for body in bodies(world)] == [None, *steps[:-1]]
    assert [change.status for change in history(world, channel, order_id)] == steps


def test_the_watermark_is_the_start_of_the_run(world: World, channel: Channel) -> None:
    started = world.clock()

    world.fetch_orders(channel)

    assert watermark(world, channel) == started
    assert stored(world, channel) == 0
