"""`orders fetch` when the world moves, breaks or is killed: no order is missed, none is told twice."""

import json
import random
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.jobs.fetching import FETCH_ORDERS
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.orders import bodies, stored, told, watermark
from tests.flows.world import World, stop_after

SEARCH = "/order/202309/orders/search"
Alter = Callable[[dict[str, object]], None]


class Killed(BaseException):
    """The process died."""


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A British shop with some products and no order yet."""
    return make_world(SandboxOptions(products=12))


def place(world: World, number: int) -> list[str]:
    """Place orders a minute apart, and let a minute go by."""
    return [_placed(world) for _ in range(number)]


def _placed(world: World) -> str:
    order_id = world.sandbox.place_order(count=1)
    world.clock.advance(timedelta(minutes=1))
    return order_id


def truth(world: World, order_ids: list[str]) -> dict[str, str]:
    """What TikTok says now."""
    return {order_id: world.sandbox.order(order_id)["status"] for order_id in order_ids}


def last_told(world: World) -> dict[str, str]:
    """What MYE knows."""
    return {order_id: status for order_id, _, status in told(world)}


def answering(world: World, alter: Alter, *, path: str = SEARCH) -> None:
    """Let `alter` change the data of every answer of the sandbox to `path`."""

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != path:
            return None
        answer = world.transport.inner.handle_request(request)
        envelope = json.loads(answer.read())
        alter(envelope["data"])
        return httpx.Response(200, json=envelope)

    world.transport.before = before


@pytest.mark.parametrize("tokens", ["keyset", "offset"])
def test_orders_that_change_while_they_are_paged_through_are_all_told(make_world: MakeWorld, tokens: str) -> None:
    world = make_world(SandboxOptions(products=12, page_tokens=tokens))  # type: ignore[arg-type]
    channel = world.connect()
    older = place(world, 40)
    world.fetch_orders(channel)
    world.later(timedelta(hours=1))
    ids = [*older, *place(world, 260)]
    die = random.Random(7)

    def move_some(request: httpx.Request) -> None:
        if request.url.path == SEARCH:
            for order_id in die.sample(ids, 15):
                if world.sandbox.order(order_id)["status"] != "COMPLETED":
                    world.sandbox.advance(order_id)
            ids.append(_placed(world))

    world.transport.before = move_some
    first = world.fetch_orders(channel)

    assert first.report.outcome == "ok"
    assert set(ids[:300]) <= last_told(world).keys()

    world.transport.before = None
    world.fetch_orders(channel)

    assert last_told(world) == truth(world, ids)
    versions: dict[str, list[int]] = {}
    for body in bodies(world):
        versions.setdefault(body["order_id"], []).append(body["version"])
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


def test_a_search_that_lists_fewer_than_it_counts_is_repeated(world: World, channel: Channel) -> None:
    ids = place(world, 3)
    answers = iter([1])

    def lose_one_once(data: dict[str, object]) -> None:
        if next(answers, None):
            data["orders"] = data["orders"][1:]  # type: ignore[index]

    answering(world, lose_one_once)
    done = world.fetch_orders(channel)

    assert done.report.outcome == "ok"
    assert {order_id for order_id, _, _ in told(world)} == set(ids)


def test_a_run_that_did_not_see_everything_says_so_and_keeps_its_watermark(world: World, channel: Channel) -> None:
    place(world, 3)

    def lose_one(data: dict[str, object]) -> None:
        data["orders"] = data["orders"][1:]  # type: ignore[index]

    answering(world, lose_one)
    done = world.fetch_orders(channel)

    assert (done.report.outcome, done.report.exit_code) == ("partial", 1)
    assert "counted 3 orders but listed 2" in done.report.warnings[0]
    assert watermark(world, channel) is None
    assert len(told(world)) == 2


def test_orders_complete_in_the_search_are_not_asked_for_again(world: World, channel: Channel) -> None:
    place(world, 120)
    world.sandbox.requests.clear()

    done = world.fetch_orders(channel)

    assert (world.asked("get_order_list"), world.asked("get_order_detail")) == (2, 0)
    assert done.report.requests == 4


def test_orders_that_come_without_their_lines_are_asked_for_by_id_fifty_at_a_time(
    world: World, channel: Channel
) -> None:
    ids = place(world, 70)

    def thin(data: dict[str, list[dict[str, object]]]) -> None:
        for order in data["orders"]:
            order.pop("line_items")

    answering(world, thin)  # type: ignore[arg-type]
    done = world.fetch_orders(channel)

    assert done.report.outcome == "ok"
    assert world.asked("get_order_detail") == 2
    assert [body["order_id"] for body in bodies(world)] == ids
    assert all(body["order"]["lines"] for body in bodies(world))


def test_search_and_detail_in_turn_are_no_change(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=12, orders=150, regions=("BR",)))
    channel = world.connect()
    world.fetch_orders(channel)
    before = len(told(world))

    def thin(data: dict[str, list[dict[str, object]]]) -> None:
        for order in data["orders"]:
            order.pop("payment")

    answering(world, thin)  # type: ignore[arg-type]
    again = world.fetch_orders(channel)
    world.transport.before = None
    world.fetch_orders(channel)

    assert before > 0
    assert again.report.counts.get("changed", 0) == 0
    assert len(told(world)) == before


def test_the_first_run_looks_thirty_days_back_and_says_so(world: World, channel: Channel) -> None:
    now = world.clock()
    world.sandbox.place_order(at=now - timedelta(days=31))
    recent = world.sandbox.place_order(at=now - timedelta(days=29))

    done = world.fetch_orders(channel)

    assert [order_id for order_id, _, _ in told(world)] == [recent]
    assert "30 days" in done.report.notes[0]
    assert world.fetch_orders(channel).report.notes == []


@pytest.mark.parametrize("looks", [0, 1, 2, 3])
def test_a_signal_saves_what_was_read_and_keeps_the_watermark(world: World, channel: Channel, looks: int) -> None:
    ids = place(world, 205)

    done = world.fetch_orders(channel, stop=stop_after(looks))

    assert [error.exit_code for error in done.errors] == [143]
    assert watermark(world, channel) is None
    assert stored(world, channel) == len(told(world))

    world.fetch_orders(channel)

    assert [order_id for order_id, _, _ in told(world)] == ids


@pytest.mark.parametrize("calls", [1, 3, 4])
def test_a_run_that_was_killed_is_repeated_without_losing_or_repeating_an_order(
    world: World, channel: Channel, calls: int
) -> None:
    ids = place(world, 205)
    left = iter(range(calls))

    def kill(request: httpx.Request) -> None:
        if next(left, None) is None:
            raise Killed

    world.transport.before = kill
    with pytest.raises(Killed):
        world.fetch_orders(channel)
    world.transport.before = None

    world.fetch_orders(channel)

    assert [order_id for order_id, _, _ in told(world)] == ids


def test_a_limit_makes_the_run_partial_and_keeps_the_watermark(world: World, channel: Channel) -> None:
    ids = place(world, 5)

    done = world.fetch_orders(channel, limit=3)

    assert (done.report.exit_code, done.report.counts["seen"], watermark(world, channel)) == (1, 3, None)
    assert stored(world, channel) == 3

    world.fetch_orders(channel)

    assert [order_id for order_id, _, _ in told(world)] == ids


def test_a_dry_run_says_what_would_change_and_writes_nothing(world: World, channel: Channel) -> None:
    kept, moved = place(world, 2)
    world.fetch_orders(channel)
    world.later()
    world.sandbox.advance(moved)
    fresh = world.sandbox.place_order()
    before, mark = len(told(world)), watermark(world, channel)

    done = world.fetch_orders(channel, dry_run=True)

    assert {(planned.item, planned.change) for planned in done.report.channels[0].plan} == {
        (moved, "changed"),
        (fresh, "created"),
    }
    assert (len(told(world)), watermark(world, channel)) == (before, mark)
    assert done.report.channels[0].plan[0].as_json().keys() == {"order_id", "title", "change"}
    assert kept not in {planned.item for planned in done.report.channels[0].plan}


def test_content_that_changes_without_a_new_update_time_is_found(world: World, channel: Channel) -> None:
    (order_id,) = place(world, 1)
    world.fetch_orders(channel)
    world.sandbox.edit_order(order_id, keep_update_time=True, seller_note="fragile")

    world.fetch_orders(channel)

    assert [body["tiktok"].get("seller_note") for body in bodies(world)] == ["", "fragile"]


def test_orders_come_also_when_tiktok_gives_no_cancellations(world: World, channel: Channel) -> None:
    (order_id,) = place(world, 1)
    world.transport.before = lambda request: (
        httpx.Response(404, json={"code": 36009009, "message": "Invalid path.", "request_id": "1"})
        if request.url.path.startswith("/return_refund/")
        else None
    )

    done = world.fetch_orders(channel)

    assert (done.report.exit_code, [one.item for one in done.report.failures]) == (1, ["after-sales"])
    assert (list(last_told(world)), watermark(world, channel)) == ([order_id], None)


def test_a_second_run_at_the_same_time_is_refused(world: World, channel: Channel) -> None:
    place(world, 1)
    refused: list[int] = []

    def again(request: httpx.Request) -> None:
        if request.url.path == SEARCH and not refused:
            refused.append(75)
            other = world.fetch_orders(channel)
            refused.append(other.errors[0].exit_code)

    world.transport.before = again
    done = world.fetch_orders(channel)

    assert refused == [75, 75]
    assert done.report.outcome == "ok"
    assert [run.outcome for run in world.runs(FETCH_ORDERS)] == ["ok"]


def test_one_channel_that_fails_does_not_stop_the_others(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=12, shops=2))
    world.connect()
    first, second = world.channels()
    placed = world.sandbox.place_order(second.shop_id)
    world.sandbox.deactivate_shop(first.shop_id)

    done = world.fetch_orders(first, second)

    assert (done.report.outcome, done.report.exit_code) == ("partial", 1)
    assert [part.outcome for part in done.report.channels] == ["failed", "ok"]
    assert [order_id for order_id, _, _ in told(world)] == [placed]
