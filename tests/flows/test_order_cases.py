"""Cancellations and returns on their way to MYE: facts of their orders, told once."""

from datetime import timedelta

import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.json import Json
from mye_tiktok.jobs.order_refetch import refetch_orders
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.orders import bodies, history, told, watermark
from tests.flows.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A British shop with some products and no order yet."""
    return make_world(SandboxOptions(products=12))


def facts(body: Json) -> list[tuple[str, str]]:
    """Id and state of each cancellation and return that a message tells of."""
    cases = body["order"]["after_sales"]
    return [(case["id"], case["status"]) for case in (*cases["cancellations"], *cases["returns"])]


def test_a_buyers_request_to_cancel_is_told_once_and_so_is_what_became_of_it(world: World, channel: Channel) -> None:
    order_id = world.sandbox.place_order(status="AWAITING_SHIPMENT")
    world.fetch_orders(channel)
    world.later(2 * HOUR)
    cancel_id = world.sandbox.request_cancel(order_id)

    world.fetch_orders(channel)
    world.fetch_orders(channel)
    world.later(HOUR)
    world.sandbox.settle_cancellation(cancel_id)
    world.fetch_orders(channel)
    world.fetch_orders(channel)

    asked, done = bodies(world)[1], bodies(world)[-1]
    assert facts(asked) == [(cancel_id, "CANCELLATION_REQUEST_PENDING")]
    assert asked["order"]["cancellation_requested"]
    assert (done["status"], done["order"]["cancellation_requested"]) == ("CANCELLED", False)
    assert [body["version"] for body in bodies(world)] == list(range(1, len(told(world)) + 1))
    assert len(told(world)) == 3


def test_a_return_of_an_order_that_did_not_change_is_an_update_of_it(world: World, channel: Channel) -> None:
    order_id = world.sandbox.place_order(status="DELIVERED")
    world.fetch_orders(channel)
    world.later(24 * HOUR)
    return_id = world.sandbox.request_return(order_id)

    world.fetch_orders(channel)
    world.fetch_orders(channel)

    assert [(one, status) for one, _, status in told(world)] == [(order_id, "DELIVERED")] * 2
    assert [case_id for case_id, _ in facts(bodies(world)[1])] == [return_id]
    assert history(world, channel, order_id)[-1].topic == "RETURN_STATUS_CHANGE"


def test_each_step_of_a_return_is_told(world: World, channel: Channel) -> None:
    order_id = world.sandbox.place_order(status="DELIVERED")
    return_id = world.sandbox.request_return(order_id)
    steps = []
    for _ in range(3):
        world.fetch_orders(channel)
        steps.append(facts(bodies(world)[-1])[0][1])
        world.later(HOUR)
        world.sandbox.advance_return(return_id)

    assert len(set(steps)) == 3
    assert [body["version"] for body in bodies(world)] == [1, 2, 3]


def test_an_order_comes_with_the_return_that_was_opened_before_we_saw_it(world: World, channel: Channel) -> None:
    order_id = world.sandbox.place_order(status="DELIVERED")
    return_id = world.sandbox.request_return(order_id)

    world.fetch_orders(channel)

    assert [(kind, status) for _, kind, status in told(world)] == [("created", "DELIVERED")]
    assert [case_id for case_id, _ in facts(bodies(world)[0])] == [return_id]


def test_an_unknown_order_is_asked_for_when_a_return_of_it_changes(world: World, channel: Channel) -> None:
    old = world.sandbox.place_order(at=world.clock() - timedelta(days=40), status="DELIVERED")
    world.fetch_orders(channel)
    assert told(world) == []
    world.later(HOUR)
    return_id = world.sandbox.request_return(old)

    world.fetch_orders(channel)

    assert told(world) == [(old, "created", "DELIVERED")]
    assert [case_id for case_id, _ in facts(bodies(world)[0])] == [return_id]
    assert world.asked("get_order_detail") <= 1


def test_without_the_scope_the_orders_come_and_a_warning(world: World, channel: Channel) -> None:
    world.sandbox.withdraw_scope("seller.return_refund.basic")
    order_id = world.sandbox.place_order()

    done = world.fetch_orders(channel)

    assert (done.report.outcome, done.report.exit_code) == ("ok", 0)
    assert "seller.return_refund.basic" in done.report.warnings[0]
    assert told(world) == [(order_id, "created", "UNPAID")]
    assert watermark(world, channel) is not None
    assert world.channels()[0].state == "active"


def test_some_orders_are_asked_for_with_their_cancellations_and_returns(world: World, channel: Channel) -> None:
    returned = world.sandbox.place_order(status="DELIVERED")
    return_id = world.sandbox.request_return(returned)
    quiet = world.sandbox.place_order()
    world.sandbox.requests.clear()

    found = refetch_orders(
        world.process().tiktok(), channel, [returned, quiet, "577999999999999999"], after_sales=True, clock=world.clock
    )

    assert [order.order_id for order in found.orders] == [returned, quiet]
    assert [case.case_id for case in found.after_sales] == [return_id]
    assert (found.missing, found.warnings, found.read_at) == (("577999999999999999",), (), world.clock())
    assert world.asked() == 3
