"""`orders cancellation approve|reject`: a buyer's request is answered once, and MYE is told what became of it."""

import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.order_deciding import Decided, Decision, decide, read_reasons
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.orders import bodies
from tests.flows.postbox import Postbox
from tests.flows.world import World


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A Vietnamese shop, where a buyer's wish to cancel waits for the seller's answer."""
    return make_world(SandboxOptions(products=12, regions=("VN",)))


@pytest.fixture
def channel(world: World) -> Channel:
    return world.connect()


@pytest.fixture
def order_id(world: World, channel: Channel) -> str:
    """An order that MYE knows."""
    placed = world.sandbox.place_order(status="AWAITING_SHIPMENT")
    world.fetch_orders(channel)
    return placed


@pytest.fixture
def cancel_id(world: World, order_id: str) -> str:
    """What the order's buyer asks for."""
    return world.sandbox.request_cancel(order_id)


def answer(
    world: World, channel: Channel, cancel_id: str, decision: Decision, *, reason: str = ""
) -> tuple[Done, Decided]:
    parts = Postbox(world=world).parts()
    return decide(parts, channel, cancel_id, decision, world.around(), reason=reason)


def status(decided: Decided) -> str:
    assert decided.cancellation is not None
    return decided.cancellation.status


def test_an_approved_request_cancels_the_order_and_mye_is_told(
    world: World, channel: Channel, order_id: str, cancel_id: str
) -> None:
    done, decided = answer(world, channel, cancel_id, "approve")

    assert (done.report.job, done.report.exit_code) == ("orders cancellation approve", 0)
    assert (status(decided), decided.already) == ("CANCELLATION_REQUEST_SUCCESS", False)
    last = bodies(world)[-1]
    assert (last["order_id"], last["status"], last["previous_status"]) == (order_id, "CANCELLED", "AWAITING_SHIPMENT")
    assert [case["id"] for case in last["order"]["after_sales"]["cancellations"]] == [cancel_id]


def test_to_approve_twice_is_to_approve_once(world: World, channel: Channel, cancel_id: str) -> None:
    answer(world, channel, cancel_id, "approve")
    told = len(bodies(world))

    done, decided = answer(world, channel, cancel_id, "approve")

    assert (done.report.exit_code, decided.already, len(bodies(world))) == (0, True, told)
    assert world.asked("approve_cancellation") == 1


def test_a_request_is_rejected_with_a_reason_that_tiktok_offers_for_it(
    world: World, channel: Channel, order_id: str, cancel_id: str
) -> None:
    offered = read_reasons(world.process().tiktok(), channel, cancel_id)

    done, decided = answer(world, channel, cancel_id, "reject", reason=offered[0].text)

    assert (done.report.exit_code, status(decided)) == (0, "CANCELLATION_REQUEST_CANCEL")
    assert bodies(world)[-1]["order"]["after_sales"]["cancellations"][0]["status"] == "CANCELLATION_REQUEST_CANCEL"
    assert world.sandbox.order(order_id)["status"] == "AWAITING_SHIPMENT"


@pytest.mark.parametrize("reason", ["", "because"])
def test_without_one_of_those_reasons_nothing_is_sent_and_they_are_listed(
    world: World, channel: Channel, cancel_id: str, reason: str
) -> None:
    offered = read_reasons(world.process().tiktok(), channel, cancel_id)

    done, _ = answer(world, channel, cancel_id, "reject", reason=reason)

    assert done.errors[0].exit_code == 2
    assert all(one.name in done.errors[0].message for one in offered)
    assert world.asked("reject_cancellation") == 0


def test_a_request_that_was_settled_the_other_way_is_refused(world: World, channel: Channel, cancel_id: str) -> None:
    answer(world, channel, cancel_id, "approve")

    done, _ = answer(world, channel, cancel_id, "reject", reason="whatever")

    assert done.report.exit_code == 65
    assert "CANCELLATION_REQUEST_SUCCESS" in done.errors[0].message


def test_a_request_that_does_not_exist_is_refused(world: World, channel: Channel) -> None:
    done, _ = answer(world, channel, "4035318504086604100", "approve")

    assert (done.report.exit_code, done.errors[0].code) == (65, "no-cancellation")


def test_an_answer_that_was_lost_on_its_way_back_still_counts_once(
    world: World, channel: Channel, cancel_id: str
) -> None:
    world.sandbox.fail("lost", operation="approve_cancellation", times=1)

    done, decided = answer(world, channel, cancel_id, "approve")

    assert (done.report.exit_code, status(decided)) == (0, "CANCELLATION_REQUEST_SUCCESS")


def test_a_request_that_somebody_answered_meanwhile_is_done(world: World, channel: Channel, cancel_id: str) -> None:
    world.sandbox.during("approve_cancellation", lambda: world.sandbox.settle_cancellation(cancel_id, "approve"))

    done, decided = answer(world, channel, cancel_id, "approve")

    assert (done.report.exit_code, status(decided)) == (0, "CANCELLATION_REQUEST_SUCCESS")
    assert world.asked("approve_cancellation", code=0) == 0


def test_a_request_that_the_buyer_took_back_meanwhile_is_refused(
    world: World, channel: Channel, cancel_id: str
) -> None:
    world.sandbox.during("approve_cancellation", lambda: world.sandbox.settle_cancellation(cancel_id, "withdraw"))

    done, _ = answer(world, channel, cancel_id, "approve")

    assert done.report.exit_code == 65
