"""`products fetch-all`: what is asked, stored and told when a catalogue is read again and again."""

from collections import Counter
from datetime import timedelta

import httpx
import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.report import Failure
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.clock import NOON
from tests.flows.conftest import MakeWorld
from tests.flows.world import World, body, kind


@pytest.mark.parametrize(("number", "searches"), [(1, 1), (100, 1), (101, 2), (230, 3)])
def test_a_first_fetch_asks_for_each_page_and_each_product_once(
    make_world: MakeWorld, number: int, searches: int
) -> None:
    world = make_world(SandboxOptions(products=number))
    channel = world.connect()
    world.sandbox.requests.clear()

    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert world.asked("search_products") == searches
    assert world.asked("get_product") == number
    assert done.report.requests == world.asked() == searches + number
    assert done.report.counts["seen"] == done.report.counts["created"] == done.report.counts["queued"] == number
    assert world.stored(channel) == number


def test_a_first_fetch_puts_every_product_on_the_queue_once(world: World, channel: Channel) -> None:
    done = world.fetch(channel)

    queued = world.on_queue()
    shop = world.sandbox.shop()
    assert sorted(message.subject for message in queued) == sorted(shop.catalogue.product_id(at) for at in range(12))
    assert {kind(message) for message in queued} == {"created"}
    assert {row.state for row in world.outbox()} == {"sent"}
    assert done.report.counts["sent"] == 12


def test_a_message_carries_the_product_as_tiktok_sent_it(world: World, channel: Channel) -> None:
    world.fetch(channel)

    message = world.on_queue()[0]
    product = body(message)
    place = world.sandbox.shop().catalogue.place(message.subject)
    assert place is not None
    assert product["tiktok"] == world.sandbox.shop().catalogue.detail(place)
    assert (product["channel_uid"], product["shop_id"]) == (channel.channel_uid, channel.shop_id)
    assert (product["product_id"], product["version"]) == (message.subject, 1)


def test_an_empty_shop_is_fetched_with_one_call(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=0))
    channel = world.connect()
    world.sandbox.requests.clear()

    done = world.fetch(channel)

    assert (done.report.exit_code, world.asked()) == (0, 1)
    assert world.watermark(channel) is not None


@pytest.mark.parametrize("full", [False, True])
def test_a_run_in_which_nothing_changed_takes_two_calls_at_most_and_tells_nothing(
    world: World, channel: Channel, full: bool
) -> None:
    world.fetch(channel)
    told = world.told()
    world.later()

    done = world.fetch(channel, full=full)

    assert world.asked() <= 2
    assert done.report.exit_code == 0
    assert world.told() == told
    assert done.report.counts.get("queued", 0) == 0


@pytest.mark.parametrize("number", [1, 5, 12])
def test_a_run_asks_only_for_the_products_that_changed(world: World, channel: Channel, number: int) -> None:
    world.fetch(channel)
    before = len(world.told())
    world.later()
    changed = world.sandbox.change_products(number)

    done = world.fetch(channel)

    assert world.asked() <= 2 + number
    assert sorted(world.told()[before:]) == sorted((product_id, "updated") for product_id in changed)
    assert done.report.counts["changed"] == number


def test_a_product_added_later_is_told_as_created(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    added = world.sandbox.add_products(2)

    world.fetch(channel)

    assert sorted(world.told()[12:]) == sorted((product_id, "created") for product_id in added)
    assert world.stored(channel) == 14


def test_the_messages_of_one_product_leave_in_the_order_of_its_versions(world: World, channel: Channel) -> None:
    world.fetch(channel)
    for _ in range(3):
        world.later()
        world.sandbox.change_products(12)
        world.fetch(channel)

    versions: dict[str, list[int]] = {}
    for message in world.on_queue():
        versions.setdefault(message.subject, []).append(body(message)["version"])
    assert list(versions.values()) == [[1, 2, 3, 4]] * 12


def test_a_change_that_tiktoks_index_shows_late_is_found_in_the_overlap(world: World, channel: Channel) -> None:
    world.fetch(channel)
    product_id = world.sandbox.shop().catalogue.product_id(3)
    world.sandbox.skew_clock(-200)  # changed before the run, and visible only after it
    world.sandbox.edit_product(product_id, title="Seen late")
    world.sandbox.heal()
    world.later(timedelta(minutes=1))

    world.fetch(channel)

    assert world.told()[12:] == [(product_id, "updated")]


def test_a_product_in_the_overlap_is_not_told_twice(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    changed = world.sandbox.change_products(1)
    world.fetch(channel)
    world.later(timedelta(minutes=1))

    done = world.fetch(channel)

    assert world.told()[12:] == [(changed[0], "updated")]
    assert world.asked("get_product") == 0
    assert done.report.counts == {"seen": 1, "unchanged": 1, "queued": 0, "sent": 0}


def test_two_versions_with_the_same_update_time_are_told_apart(world: World, channel: Channel) -> None:
    product_id = world.sandbox.shop().catalogue.product_id(0)
    world.sandbox.edit_product(product_id, title="First")
    edited_at = world.clock.unix()
    world.fetch(channel)
    world.sandbox.skew_clock(edited_at - world.clock.unix())
    world.sandbox.edit_product(product_id, title="Second, in the same second")
    world.sandbox.heal()

    world.fetch(channel)

    product = world.product(channel, product_id)
    assert product is not None
    assert product.title == "Second, in the same second"
    assert product.updated_at == NOON
    assert world.told()[12:] == [(product_id, "updated")]


def test_a_product_that_changes_between_search_and_detail_is_told_once_with_the_newer_content(
    world: World, channel: Channel
) -> None:
    product_id = world.sandbox.shop().catalogue.product_id(5)

    def change_it(request: httpx.Request) -> None:
        if request.url.path.endswith(product_id):
            world.transport.before = None
            world.sandbox.edit_product(product_id, title="Newer")

    world.transport.before = change_it
    world.fetch(channel)
    world.later()

    world.fetch(channel, full=True)

    product = world.product(channel, product_id)
    assert product is not None
    assert product.title == "Newer"
    assert Counter(world.told())[product_id, "created"] == 1
    assert len(world.told()) == 12
    assert world.asked("get_product") == 1  # the search shows something new, the product itself does not


def test_a_product_that_moves_to_a_later_page_meanwhile_is_told_once(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=150, newest_first=True))
    channel = world.connect()

    def add_one(request: httpx.Request) -> None:
        if b"page_token" in request.url.query:
            world.transport.before = None
            world.sandbox.add_products(1)

    world.transport.before = add_one
    world.fetch(channel)
    world.later()
    world.fetch(channel)

    assert max(Counter(world.told()).values()) == 1
    assert world.stored(channel) == 151


def test_a_shop_with_more_than_ten_thousand_products_is_searched_in_parts(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=12_500))
    channel = world.connect()
    world.sandbox.requests.clear()

    done = world.fetch(channel, dry_run=True)

    assert done.report.counts == {"seen": 12_500, "unchanged": 0, "created": 12_500}
    assert world.asked("search_products", code=12052180) >= 1
    assert world.asked("search_products") < 160


def test_a_product_whose_detail_is_refused_is_reported_and_fetched_by_the_next_run(
    world: World, channel: Channel
) -> None:
    world.sandbox.fail("refusal", operation="get_product", code=12019016, times=1)

    first = world.fetch(channel)

    assert (first.report.exit_code, first.report.outcome) == (1, "partial")
    assert (first.report.counts["failed"], first.report.counts["created"]) == (1, 11)
    assert [failure.code for failure in first.report.failures] == ["12019016"]
    assert world.watermark(channel) is None
    assert world.stored(channel) == 11

    second = world.fetch(channel)

    assert second.report.exit_code == 0
    assert world.asked("get_product", code=0) == 12
    assert sorted({product_id for product_id, _ in world.told()}) == sorted(
        product_id for product_id, _ in world.told()
    )
    assert world.stored(channel) == 12


@pytest.mark.parametrize(
    "answer",
    [
        '{"code": 0, "message": "Success", "request_id": "1"}',
        '{"code": 0, "message": "Success", "request_id": "1", "data": {}}',
        '{"code": 0, "message": "Success", "request_id": "1", "data": {"id": "1729000000000999999", "skus": []}}',
        '{"code": 0, "message": "Success", "request_id": "1", "data": ["no", "object"]}',
    ],
)
def test_a_detail_that_is_no_such_product_is_reported_and_fetched_by_the_next_run(
    world: World, channel: Channel, answer: str
) -> None:
    product_id = world.sandbox.shop().catalogue.product_id(7)

    def garble(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, text=answer) if request.url.path.endswith(product_id) else None

    world.transport.before = garble
    first = world.fetch(channel)

    assert first.report.exit_code == 1
    assert [(failure.item, failure.exit_code) for failure in first.report.failures] == [(product_id, 76)]
    assert isinstance(first.report.failures[0], Failure)
    assert world.stored(channel) == 11

    world.transport.before = None
    world.fetch(channel)

    assert world.told()[11:] == [(product_id, "created")]


def test_the_watermark_is_the_start_of_the_run_and_never_goes_back(world: World, channel: Channel) -> None:
    world.fetch(channel)
    first = world.watermark(channel)
    assert first is not None
    world.later()
    began = world.clock()
    world.fetch(channel)
    assert world.watermark(channel) == began

    world.clock._now = first  # the host's clock was put back
    world.fetch(channel)

    assert world.watermark(channel) == began
