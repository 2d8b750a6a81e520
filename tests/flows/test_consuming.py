"""`consume webhooks`: each event is handled once, whatever happens meanwhile, and MYE is told what changed."""

from datetime import UTC, datetime, timedelta

import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Broker
from tests.flows.clock import NOON
from tests.flows.postbox import Postbox
from tests.flows.world import World, body


@pytest.fixture(
    params=[
        ("sqlite", "embedded"),
        pytest.param(("postgresql", "rabbit"), marks=[pytest.mark.postgres, pytest.mark.rabbitmq]),
    ],
    ids=["embedded", "rabbitmq"],
)
def installation(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A database and a broker as they are used together: on one small machine, and on several."""
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
def database_kind(installation: tuple[str, str]) -> str:
    """The database of the installation."""
    return installation[0]


@pytest.fixture
def inner_broker(installation: tuple[str, str], request: pytest.FixtureRequest) -> Broker:
    """The broker of the installation."""
    broker: Broker = request.getfixturevalue(installation[1])
    return broker


@pytest.fixture
def postbox(world: World, channel: Channel) -> Postbox:
    """The events of the channel's shop."""
    return Postbox(world=world)


def first_product(world: World) -> str:
    return world.sandbox.shop().catalogue.product_id(0)


def test_nothing_due_is_nothing_done(postbox: Postbox) -> None:
    report = postbox.consume()

    assert (report.exit_code, report.counts) == (0, {})


def test_a_product_event_stores_the_product_and_tells_mye(world: World, channel: Channel, postbox: Postbox) -> None:
    event_id = postbox.tell("PRODUCT_CREATION")

    report = postbox.consume()

    assert report.exit_code == 0
    assert report.counts == {"seen": 1, "handled": 1, "changed": 1, "queued": 1, "sent": 1}
    assert world.told() == [(first_product(world), "created")]
    assert [message.subject for message in world.on_queue()] == [first_product(world)]
    assert postbox.states() == {event_id: ("handled", "changed")}
    assert postbox.rows()[0].handled_at == NOON


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", 253_402_300_799])
def test_an_event_with_an_absurd_time_blocks_no_other(world: World, postbox: Postbox, time: str | int) -> None:
    absurd = postbox.tell("INVENTORY_CHANGED", data__occurred_at=time)
    other = postbox.tell("PRODUCT_CREATION")

    postbox.consume()

    assert {event_id: state for event_id, (state, _) in postbox.states().items()} == {
        absurd: "handled",
        other: "handled",
    }


def test_all_events_about_a_product_make_one_call(world: World, postbox: Postbox) -> None:
    for event in ("PRODUCT_CREATION", "PRODUCT_STATUS_CHANGE", "PRODUCT_INFORMATION_CHANGE", "INVENTORY_CHANGED"):
        postbox.tell(event)
    postbox.tell("INVENTORY_CHANGED_BY_SHOP")

    postbox.consume()

    assert world.asked("get_product") == 1
    assert len(world.told()) == 1
    assert set(postbox.states().values()) == {("handled", "changed")}


def test_an_event_that_is_repeated_is_handled_once(world: World, postbox: Postbox) -> None:
    letter = postbox.body("PRODUCT_CREATION")

    assert (postbox.arrive(letter, letter), postbox.arrive(letter)) == (1, 0)
    postbox.consume()
    postbox.consume()

    assert world.asked("get_product") == 1
    assert len(world.told()) == 1


def test_what_an_event_brought_is_not_told_again_by_the_next_fetch(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    world.fetch(channel)
    world.later()
    changed = world.sandbox.change_products(1)
    postbox.tell("PRODUCT_INFORMATION_CHANGE", data={"product_id": changed[0]})
    postbox.consume()
    assert world.told()[12:] == [(changed[0], "updated")]

    world.fetch(channel)
    world.later()
    world.fetch(channel, full=True)
    world.sandbox.requests.clear()
    world.fetch(channel)

    assert len(world.told()) == 13
    assert world.asked("get_product") == 0


def test_a_product_that_tiktok_no_longer_has_is_removed(world: World, channel: Channel, postbox: Postbox) -> None:
    world.fetch(channel)
    world.sandbox.remove_product(first_product(world), forgotten=True)
    postbox.tell("PRODUCT_STATUS_CHANGE")

    report = postbox.consume()

    assert report.counts["changed"] == 1
    assert world.told()[12:] == [(first_product(world), "removed")]


def test_a_customers_message_goes_to_the_message_queue(world: World, channel: Channel, postbox: Postbox) -> None:
    said = {"conversation_id": "75", "message_id": "9", "type": "TEXT", "content": '{"content": "hello"}', "index": "1"}
    postbox.tell("NEW_CONVERSATION", data={"conversation_id": "75", "create_time": 1_790_000_000})
    postbox.tell("NEW_MESSAGE", data=said)
    postbox.tell("NEW_MESSAGE_LISTENER", data={"conversation_id": "76", "content": "plain", "msg_type": "TEXT"})

    postbox.consume()

    got = [body(message) for message in world.broker.peek(world.queues["message"], limit=10)]
    with_buyer = [one for one in got if one["conversation_id"] == "75"]
    with_creator = [one for one in got if one["conversation_id"] == "76"]
    assert [(one["event"], one["message"] and one["message"]["content"]) for one in with_buyer] == [
        ("NEW_CONVERSATION", None),
        ("NEW_MESSAGE", {"content": "hello"}),
    ]
    assert [(one["event"], one["message"]["content"]) for one in with_creator] == [("NEW_MESSAGE_LISTENER", "plain")]
    assert with_buyer[1]["tiktok"] == said
    assert world.asked() == 0


def test_a_message_that_tiktok_tells_of_twice_is_handed_on_once(world: World, postbox: Postbox) -> None:
    said = {"conversation_id": "75", "message_id": "9", "type": "TEXT", "content": "{}"}
    postbox.tell("NEW_MESSAGE", data=said)
    postbox.consume()
    postbox.tell("NEW_MESSAGE", data=said)

    postbox.consume()

    assert len(world.outbox()) == 1
    assert sorted(postbox.states().values()) == [("handled", "queued"), ("handled", "unchanged")]


def test_a_seller_who_removes_the_app_parks_the_channel(world: World, channel: Channel, postbox: Postbox) -> None:
    world.later(timedelta(minutes=1))
    postbox.tell("SELLER_DEAUTHORIZATION")

    postbox.consume()

    assert [(one.state, "removed the app" in one.reason) for one in world.channels()] == [("parked", True)]
    assert list(postbox.states().values()) == [("handled", "channel parked")]


def test_a_seller_who_came_back_since_stays(world: World, channel: Channel, postbox: Postbox) -> None:
    left = world.clock()
    world.later(timedelta(minutes=1))
    world.connect()
    postbox.tell("SELLER_DEAUTHORIZATION", at=left)

    postbox.consume()

    assert [one.state for one in world.channels()] == ["active"]


def test_the_end_of_an_authorization_is_remembered(world: World, channel: Channel, postbox: Postbox) -> None:
    ends_at = datetime(2026, 10, 21, tzinfo=UTC)
    world.later()
    postbox.tell("UPCOMING_AUTHORIZATION_EXPIRATION", data__expiration_time=str(int(ends_at.timestamp())))

    postbox.consume()

    assert world.authorization(channel).ends_at == ends_at


def test_what_nobody_asked_for_is_kept_and_counted(world: World, postbox: Postbox) -> None:
    for event in ("CREATOR_DEAUTHORIZATION", "FBT_INVENTORY_UPDATE", "COMBINED_LISTING_CHANGE", "FBT_MCF_ORDER_STATUS"):
        postbox.tell(event)
    postbox.arrive(b'{"type": 4711, "shop_id": "1", "data": {"x": 1}}', b'{"type": 5, "shop_id": 1, "data": {}}')

    report = postbox.consume()

    assert (report.exit_code, report.counts["kept"]) == (1, 5)
    assert world.asked() == 0


def test_an_event_of_a_shop_that_is_no_channel_is_parked_with_what_to_type(postbox: Postbox) -> None:
    postbox.tell("PRODUCT_CREATION", shop_id="7490000000000000099")

    report = postbox.consume()

    row = postbox.rows()[0]
    assert (report.exit_code, report.counts) == (1, {"seen": 1, "parked": 1})
    assert row.state == "parked"
    assert "no channel is shop 7490000000000000099" in row.error
    assert "webhooks replay --state parked --shop 7490000000000000099" in row.error
