"""`consume webhooks` about orders: the truth is fetched, fifty at a time, and each change is told once."""

import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.webhook_patience import MOST_ATTEMPTS, delay
from mye_tiktok.errors import WrongSettingsError
from tests.flows.orders import bodies, cases, history, told
from tests.flows.postbox import Postbox
from tests.flows.world import World

UNKNOWN = "576999999999999999"


class Cases:
    """Answers searches for cancellations and returns in place of the sandbox."""

    def __init__(self) -> None:
        self.cancellations: list[Json] = []
        self.asked: list[Json] = []

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.startswith("/return_refund/"):
            return None
        wanted = json.loads(request.content or b"{}")
        self.asked.append(wanted)
        found = self.cancellations if "cancellations" in request.url.path else []
        data = {"cancellations": found} if found else {}
        return httpx.Response(200, json={"code": 0, "message": "Success", "request_id": "1", "data": data})


@pytest.fixture
def postbox(world: World, channel: Channel) -> Postbox:
    """The events of the channel's shop, which has no cancellation and no return yet."""
    world.transport.before = Cases()
    return Postbox(world=world)


def about(order_id: str, **more: object) -> Json:
    return {"order_id": order_id, **more}


def test_an_order_is_told_as_soon_as_its_event_is_handled(world: World, channel: Channel, postbox: Postbox) -> None:
    order_id = world.sandbox.place_order()
    event_id = postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id, order_status="UNPAID"))

    report = postbox.consume()

    assert report.counts == {"seen": 1, "handled": 1, "changed": 1, "queued": 1, "sent": 1}
    assert told(world) == [(order_id, "created", "UNPAID")]
    assert postbox.states() == {event_id: ("handled", "changed")}
    assert [change.source for change in history(world, channel, order_id)] == ["webhook"]


def test_a_hundred_events_about_forty_orders_make_one_call(world: World, channel: Channel, postbox: Postbox) -> None:
    orders = [world.sandbox.place_order() for _ in range(40)]
    postbox.arrive(*(postbox.body("ORDER_STATUS_CHANGE", data=about(orders[n % 40])) for n in range(100)))

    report = postbox.consume()

    assert world.asked("get_order_detail") == 1
    assert report.counts["handled"] == 100
    assert sorted(order_id for order_id, _, _ in told(world)) == sorted(orders)


def test_the_orders_of_a_package_and_an_invoice_are_fetched(world: World, channel: Channel, postbox: Postbox) -> None:
    first, second, third = (world.sandbox.place_order() for _ in range(3))
    postbox.tell("PACKAGE_UPDATE", data={"package_list": [{"package_id": "1", "order_id_list": [first, second]}]})
    postbox.tell("INVOICE_STATUS_CHANGE", data={"order_ids": [third], "invoice_status": "SUCCESS"})

    postbox.consume()

    assert sorted(order_id for order_id, _, _ in told(world)) == sorted([first, second, third])
    assert world.asked("get_order_detail") == 1


def test_the_state_is_the_orders_own_and_not_the_events(world: World, channel: Channel, postbox: Postbox) -> None:
    order_id = world.sandbox.place_order()
    world.sandbox.advance(order_id, "CANCELLED")
    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id, order_status="UNPAID"))
    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id, order_status="CANCEL"))

    postbox.consume()

    assert told(world) == [(order_id, "created", "CANCELLED")]


def test_an_order_that_is_still_shown_as_it_was_before_the_event_is_asked_for_again(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    order_id = world.sandbox.place_order(status="AWAITING_SHIPMENT")
    soon = int(world.clock().timestamp()) + 30
    event_id = postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id, update_time=soon))

    assert postbox.consume().counts["postponed"] == 1
    world.later(timedelta(seconds=30))
    world.sandbox.advance(order_id)
    postbox.consume()

    assert postbox.states() == {event_id: ("handled", "changed")}
    assert [status for _, _, status in told(world)] == ["AWAITING_SHIPMENT", "AWAITING_COLLECTION"]


def test_an_event_that_tells_a_time_the_order_never_shows_is_given_up_after_a_few_looks(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    order_id = world.sandbox.place_order()
    later = int(world.clock().timestamp()) + 3600
    event_id = postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id, update_time=later))

    for _ in range(4):
        postbox.consume()
        world.later(timedelta(minutes=1))

    assert postbox.states() == {event_id: ("handled", "unchanged")}
    assert len(told(world)) == 1


def test_an_event_that_comes_late_undoes_nothing(world: World, channel: Channel, postbox: Postbox) -> None:
    order_id = world.sandbox.place_order()
    old = postbox.body("ORDER_STATUS_CHANGE", data=about(order_id, order_status="UNPAID"))
    world.later()
    world.sandbox.advance(order_id)
    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))
    postbox.consume()
    postbox.arrive(old)

    postbox.consume()

    assert len(told(world)) == 1
    assert [outcome for _, outcome in postbox.states().values()] == ["unchanged", "changed"]


def test_what_came_by_webhook_is_not_told_again_by_the_pull(world: World, channel: Channel, postbox: Postbox) -> None:
    order_id = world.sandbox.place_order()
    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))
    postbox.consume()

    world.fetch_orders(channel)

    assert told(world) == [(order_id, "created", "UNPAID")]


def test_a_cancellation_event_looks_at_the_orders_cancellations(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    answers = Cases()
    world.transport.before = answers
    order_id = world.sandbox.place_order()
    answers.cancellations = [cancellation(order_id)]
    postbox.tell("CANCELLATION_STATUS_CHANGE", data=about(order_id, cancel_id="40", cancel_status="X"))

    postbox.consume()

    assert [asked.get("order_ids") for asked in answers.asked] == [[order_id], [order_id]]
    assert cases(world, channel, order_id) == 1
    assert len(bodies(world)) == 1


@pytest.mark.parametrize("event", ["REVERSE_STATUS_UPDATE", "AFTERSALES_REQUEST_STATUS_UPDATE", "RMA_STATUS_UPDATE"])
def test_an_after_sales_event_that_names_no_order_finds_it_by_its_time(
    world: World, channel: Channel, postbox: Postbox, event: str
) -> None:
    answers = Cases()
    world.transport.before = answers
    order_id = world.sandbox.place_order()
    answers.cancellations = [cancellation(order_id)]
    postbox.tell(event, data={"rma_id": "7"})
    postbox.tell(event, data={"rma_id": "8"})

    report = postbox.consume()

    since = int((world.clock() - timedelta(minutes=1)).timestamp())
    assert [asked.get("update_time_ge") for asked in answers.asked] == [since, since]
    assert report.counts["handled"] == 2
    assert [order_id for order_id, _, _ in told(world)] == [order_id]
    assert cases(world, channel, order_id) == 1


def test_an_order_that_tiktok_does_not_know_yet_is_asked_for_again_later(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    order_id = world.sandbox.place_order()
    good = postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))
    event_id = postbox.tell("ORDER_STATUS_CHANGE", data=about(UNKNOWN))

    report = postbox.consume()

    assert (report.exit_code, report.counts["postponed"]) == (0, 1)
    assert postbox.states() == {good: ("handled", "changed"), event_id: ("pending", "")}
    assert UNKNOWN in postbox.rows()[0].error
    assert postbox.consume().counts == {}
    for attempt in range(1, MOST_ATTEMPTS):
        world.later(delay(attempt))
        report = postbox.consume()
    assert (report.exit_code, report.counts["parked"]) == (1, 1)
    assert f"webhooks replay {event_id}" in postbox.rows()[0].error


def test_one_order_that_tiktok_refuses_takes_no_other_along(world: World, channel: Channel, postbox: Postbox) -> None:
    orders = [world.sandbox.place_order() for _ in range(20)]
    world.transport.before = refusing(orders[7])
    postbox.arrive(*(postbox.body("ORDER_STATUS_CHANGE", data=about(order_id)) for order_id in orders))

    report = postbox.consume()

    assert (report.exit_code, report.counts["handled"], report.counts["parked"]) == (1, 19, 1)
    parked = [row for row in postbox.rows() if row.state == "parked"]
    assert [row.event.subject for row in parked] == [orders[7]]
    assert len(told(world)) == 19


def test_a_channel_that_has_to_rest_takes_its_events_along(world: World, channel: Channel, postbox: Postbox) -> None:
    order_id = world.sandbox.place_order()
    world.sandbox.revoke()
    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))

    report = postbox.consume()

    assert report.exit_code == 1
    assert [one.state for one in world.channels()] == ["parked"]
    row = postbox.rows()[0]
    assert (row.state, f"--channel {channel.channel_uid}" in row.error) == ("parked", True)

    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))
    world.sandbox.requests.clear()
    postbox.consume()
    assert ([row.state for row in postbox.rows()], world.asked()) == (["parked", "parked"], 0)


def test_tiktok_that_is_away_lets_the_events_wait(world: World, channel: Channel, postbox: Postbox) -> None:
    order_id = world.sandbox.place_order()
    world.sandbox.fail("unavailable")
    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))

    report = postbox.consume()

    assert (report.exit_code, report.counts) == (0, {"seen": 1, "postponed": 1})
    world.sandbox.heal()
    world.later(delay(1))
    postbox.consume()
    assert [order_id for order_id, _, _ in told(world)] == [order_id]


@pytest.mark.parametrize(("code", "message"), [(106001, "sign"), (36009004, "timestamp is invalid")])
def test_a_host_that_is_set_wrong_parks_nothing(
    world: World, channel: Channel, postbox: Postbox, code: int, message: str
) -> None:
    orders = [world.sandbox.place_order() for _ in range(4)]
    postbox.arrive(*(postbox.body("ORDER_STATUS_CHANGE", data=about(order_id)) for order_id in orders))
    answer = {"code": code, "message": message, "request_id": "1", "data": None}
    world.transport.before = lambda _: httpx.Response(200, json=answer)

    with pytest.raises(WrongSettingsError):
        postbox.consume()

    assert {(row.state, row.attempts) for row in postbox.rows()} == {("pending", 0)}
    world.transport.before = Cases()
    assert postbox.consume().counts["handled"] == 4


def refusing(order_id: str) -> Callable[[httpx.Request], httpx.Response | None]:
    def before(request: httpx.Request) -> httpx.Response | None:
        if "/orders" in request.url.path and order_id in str(request.url):
            return httpx.Response(200, json={"code": 21011044, "message": "no", "request_id": "1", "data": None})
        return None

    return before


def cancellation(order_id: str) -> Json:
    return {
        "cancel_id": "4035000000000000001",
        "order_id": order_id,
        "cancel_status": "CANCELLATION_REQUEST_PENDING",
        "cancel_type": "BUYER_CANCEL",
        "create_time": 1_790_000_000,
        "update_time": 1_790_000_000,
    }


def test_a_change_that_was_read_by_a_call_that_had_to_wait_is_told(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    order_id = world.sandbox.place_order()
    placed_at = world.clock()
    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))
    waited: list[str] = []

    def wait(request: httpx.Request) -> None:
        # others read it while this call waits for its turn, and then it changes without a new update_time
        if "/202507/orders" in request.url.path and not waited:
            waited.append(order_id)
            world.clock.advance(timedelta(seconds=10))
            world.fetch_orders(channel)
            world.sandbox.advance(order_id, at=placed_at)

    world.transport.before = wait
    postbox.consume()

    assert [(kind, status) for _, kind, status in told(world)] == [("created", "UNPAID"), ("updated", "ON_HOLD")]
