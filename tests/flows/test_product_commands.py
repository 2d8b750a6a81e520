"""`consume products`: each command is written down, done, and answered once, whatever is wrong or happens meanwhile."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from mye_tiktok.db import channels, product_commands
from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import REASON_HEADER, Broker
from mye_tiktok.domain.product import Product
from mye_tiktok.errors import StoppedError
from mye_tiktok.jobs.product_consuming import consume_commands_forever, consume_commands_once
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.tiktok.products import get_product
from tests.flows.command_desk import CommandDesk
from tests.flows.conftest import MakeWorld
from tests.flows.test_consuming_kills import Killed, MortalDatabase
from tests.flows.world import World, stop_after

UNKNOWN = "1729999999999999999"


@pytest.fixture(
    params=[
        ("sqlite", "embedded"),
        pytest.param(("postgresql", "rabbit"), marks=[pytest.mark.postgres, pytest.mark.rabbitmq]),
    ],
    ids=["embedded", "rabbitmq"],
)
def installation(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A database and a broker as they are used together."""
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
def world(make_world: MakeWorld) -> World:
    """A shop with a few products."""
    return make_world(SandboxOptions(products=30))


@pytest.fixture
def desk(world: World, channel: Channel) -> CommandDesk:
    """The queue of commands."""
    return CommandDesk(world=world)


def on_sale(world: World, channel: Channel, count: int = 1) -> list[str]:
    """Return products that are on sale."""
    world.fetch()
    world.sandbox.requests.clear()
    ids = [world.sandbox.shop().catalogue.product_id(number) for number in range(30)]
    found = [one for one in ids if (product := world.product(channel, one)) and product.status == "ACTIVATE"]
    assert len(found) >= count
    return found[:count]


def at_tiktok(world: World, channel: Channel, product_id: str) -> Product:
    product = get_product(world.process().tiktok(), channel.access, product_id)
    assert product is not None
    return product


def test_an_empty_queue_is_nothing_to_do(desk: CommandDesk) -> None:
    report = desk.consume()

    assert (report.exit_code, report.counts) == (0, {})


def test_a_refresh_tells_what_changed(world: World, channel: Channel, desk: CommandDesk) -> None:
    [product_id] = on_sale(world, channel)
    world.sandbox.edit_product(product_id, title="Changed")
    message_id = desk.ask("refresh", product_id)

    report = desk.consume()

    assert (report.exit_code, report.counts["done"], report.counts["changed"]) == (0, 1, 1)
    assert world.told()[-2:] == [(product_id, "updated"), (product_id, "settled")]
    answer = desk.answers()[message_id]
    assert (answer["outcome"], answer["code"], answer["product_id"]) == ("done", "", product_id)
    assert desk.states() == [("refresh", "done", "")]


def test_a_product_that_tiktok_does_not_have_is_answered(desk: CommandDesk) -> None:
    desk.ask("refresh", UNKNOWN)
    desk.ask("deactivate", "no id at all")

    report = desk.consume()

    assert report.exit_code == 1
    assert desk.states() == [("refresh", "refused", "no-product"), ("deactivate", "refused", desk.commands()[1].code)]
    assert [body["outcome"] for body in desk.answers().values()] == ["refused", "refused"]


def test_products_go_off_sale_twenty_at_a_time(world: World, channel: Channel, desk: CommandDesk) -> None:
    products = on_sale(world, channel, 21)
    for product_id in products:
        desk.ask("deactivate", product_id)

    desk.consume()

    assert world.sandbox.requests.count("deactivate_products") == 2
    assert {at_tiktok(world, channel, product_id).status for product_id in products} == {"SELLER_DEACTIVATED"}
    assert set(desk.outcomes()) == {("deactivate", "done")}
    stored = [product for one in products if (product := world.product(channel, one)) is not None]
    assert {product.status for product in stored} == {"SELLER_DEACTIVATED"}


def test_one_that_is_refused_takes_no_other_along(world: World, channel: Channel, desk: CommandDesk) -> None:
    frozen, good = on_sale(world, channel, 2)
    world.sandbox.freeze_product(frozen)
    desk.ask("deactivate", frozen)
    desk.ask("deactivate", good)

    report = desk.consume()

    assert report.exit_code == 1
    assert [(state, bool(code)) for _, state, code in desk.states()] == [("refused", True), ("done", False)]
    refused = next(iter(desk.answers().values()))
    assert refused["code"].isdigit()
    assert refused["message"]
    assert refused["tiktok_request_id"]


def test_what_is_so_already_is_unchanged(world: World, channel: Channel, desk: CommandDesk) -> None:
    [product_id] = on_sale(world, channel)
    desk.ask("deactivate", product_id)
    desk.consume()

    desk.ask("deactivate", product_id)
    desk.consume()

    assert [state for _, state, _ in desk.states()] == ["done", "unchanged"]


def test_the_newest_of_two_states_counts(world: World, channel: Channel, desk: CommandDesk) -> None:
    [product_id] = on_sale(world, channel)
    desk.ask("activate", product_id)
    desk.ask("deactivate", product_id)

    desk.consume()

    assert [state for _, state, _ in desk.states()] == ["superseded", "done"]
    assert world.sandbox.requests.count("activate_products") == 0
    assert at_tiktok(world, channel, product_id).status == "SELLER_DEACTIVATED"


def test_a_price_is_set_and_told(world: World, channel: Channel, desk: CommandDesk) -> None:
    [product_id] = on_sale(world, channel)
    sku = at_tiktok(world, channel, product_id).skus[0]
    desk.ask("price", product_id, payload={"skus": [{"sku_id": sku.sku_id, "price": {"amount": "77.70"}}]})

    report = desk.consume()

    assert report.exit_code == 0, report.failures
    after = next(one for one in at_tiktok(world, channel, product_id).skus if one.sku_id == sku.sku_id)
    assert after.price is not None
    assert after.price.amount == Decimal("77.70")
    assert world.told()[-2:] == [(product_id, "updated"), (product_id, "settled")]


def test_a_price_that_is_refused_is_answered_with_the_reason(world: World, channel: Channel, desk: CommandDesk) -> None:
    [product_id] = on_sale(world, channel)
    sku = at_tiktok(world, channel, product_id).skus[0]
    bad = {"sku_id": sku.sku_id, "price": {"amount": "1.00", "currency": "VND"}}
    desk.ask("price", product_id, payload={"skus": [bad]})
    desk.ask("price", product_id, payload={"skus": [{"sku_id": "1", "price": {"amount": "1"}}]})

    desk.consume()

    assert desk.states() == [("price", "refused", "12052084"), ("price", "refused", "no-sku")]


def test_a_price_waits_for_its_product_to_be_on_sale_only_as_long_as_the_command_before(
    world: World, channel: Channel, desk: CommandDesk
) -> None:
    [product_id] = on_sale(world, channel)
    sku = at_tiktok(world, channel, product_id).skus[0]
    desk.ask("price", product_id, payload={"skus": [{"sku_id": sku.sku_id, "price": {"amount": "5"}}]})
    desk.ask("deactivate", product_id)

    desk.consume()

    assert [state for _, state, _ in desk.states()] == ["done", "done"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("{", "truncated"),
        ('{"action":"destroy","channel_uid":"c","product_id":"1"}', "destroy"),
        ('{"action":"activate","channel_uid":"c"}', "product_id"),
        ('{"action":"price","channel_uid":"c","product_id":"1"}', "skus"),
        ('{"action":"price","channel_uid":"c","product_id":"1","payload":{"skus":[]}}', "skus"),
    ],
)
def test_what_cannot_be_read_is_dead_with_the_reason(desk: CommandDesk, body: str, word: str) -> None:
    desk.say(body)

    report = desk.consume()

    assert report.exit_code == 1
    [dead] = desk.world.broker.peek(desk.queue, limit=5, dead=True)
    assert word in dead.headers[REASON_HEADER]
    assert (desk.commands(), desk.answers()) == ([], {})


@pytest.mark.parametrize("action", ["create", "update"])
def test_what_is_not_supported_is_answered_and_dead(desk: CommandDesk, action: str) -> None:
    message_id = desk.ask(action, "1", payload={"title": "New"})

    report = desk.consume()

    assert report.exit_code == 1
    assert (desk.answers()[message_id]["outcome"], desk.answers()[message_id]["code"]) == ("refused", "not-supported")
    [dead] = desk.world.broker.peek(desk.queue, limit=5, dead=True)
    assert "not supported" in dead.headers[REASON_HEADER]


def test_a_message_that_comes_twice_is_one_command(world: World, channel: Channel, desk: CommandDesk) -> None:
    [product_id] = on_sale(world, channel)
    body = {"action": "refresh", "channel_uid": channel.channel_uid, "product_id": product_id}
    desk.say(body, message_id="m-1")
    desk.consume()

    desk.say(body, message_id="m-1")
    report = desk.consume()

    assert len(desk.commands()) == len(desk.answers()) == 1
    assert report.counts["unchanged"] == 1


def test_a_channel_that_is_unknown_or_rests_is_answered(world: World, channel: Channel, desk: CommandDesk) -> None:
    desk.ask("refresh", "1", channel_uid="nobody")
    with world.database.transaction() as session:
        channels.park(session, channel.channel_uid, reason="the shop is closed", now=world.clock())
    desk.ask("refresh", "1")

    desk.consume()

    assert desk.states() == [("refresh", "refused", "unknown-channel"), ("refresh", "refused", "parked")]
    assert world.sandbox.requests.count() == 0


def test_a_shop_that_turns_out_to_be_inactive_is_parked_and_answered(
    world: World, channel: Channel, desk: CommandDesk
) -> None:
    [product_id] = on_sale(world, channel)
    world.sandbox.deactivate_shop(channel.shop_id)
    desk.ask("deactivate", product_id)

    desk.consume()

    assert [state for _, state, _ in desk.states()] == ["refused"]
    assert world.channels()[0].state == "parked"


def test_what_fails_for_the_moment_waits_and_lets_the_others_go_on(
    world: World, channel: Channel, desk: CommandDesk
) -> None:
    first, second = on_sale(world, channel, 2)
    world.sandbox.fail("refusal", operation="deactivate_products", times=100, code=36009003, status=500)
    desk.ask("deactivate", first)
    desk.ask("refresh", second)

    desk.consume()
    assert [state for _, state, _ in desk.states()] == ["pending", "done"]
    assert desk.commands()[0].reason

    desk.consume()
    assert desk.commands()[0].attempts == 1

    world.sandbox.heal()
    world.clock.advance(timedelta(seconds=6))
    desk.consume()
    assert [state for _, state, _ in desk.states()] == ["done", "done"]


def test_a_later_command_for_a_product_waits_behind_the_one_before(
    world: World, channel: Channel, desk: CommandDesk
) -> None:
    [product_id] = on_sale(world, channel)
    world.sandbox.fail("refusal", operation="deactivate_products", times=100, code=36009003, status=500)
    desk.ask("deactivate", product_id)
    desk.ask("refresh", product_id)

    desk.consume()

    assert [state for _, state, _ in desk.states()] == ["pending", "pending"]
    world.sandbox.heal()
    world.clock.advance(timedelta(seconds=11))
    desk.consume()
    assert [state for _, state, _ in desk.states()] == ["done", "done"]


def test_what_never_gets_through_is_given_up_and_answered(world: World, channel: Channel, desk: CommandDesk) -> None:
    [product_id] = on_sale(world, channel)
    world.sandbox.fail("refusal", operation="deactivate_products", times=1_000, code=36009003, status=500)
    desk.ask("deactivate", product_id)

    for _ in range(12):
        desk.consume()
        world.clock.advance(timedelta(hours=2))

    assert [state for _, state, _ in desk.states()] == ["failed"]
    assert [outcome for _, outcome in desk.outcomes()] == ["failed"]


@pytest.mark.parametrize("dies_at", range(2, 13))
def test_a_reader_that_dies_anywhere_leaves_its_commands_to_the_next(
    world: World, channel: Channel, desk: CommandDesk, database_url: str, cipher: TokenCipher, dies_at: int
) -> None:
    first, second = on_sale(world, channel, 2)
    asked = {desk.ask("deactivate", first), desk.ask("refresh", second), desk.ask("create", "1")}
    mortal = MortalDatabase(database_url, cipher, dies_at=dies_at)
    try:
        consume_commands_once(replace(desk.parts(), database=mortal), world.around())
    except Killed:
        pass
    finally:
        mortal.close()
    world.later(timedelta(minutes=11))

    desk.consume()

    stands = {action: state for action, state, _ in desk.states()}
    assert stands.pop("deactivate") in ("done", "unchanged")
    assert stands == {"refresh": "done", "create": "refused"}
    assert set(desk.answers()) == asked
    assert at_tiktok(world, channel, first).status == "SELLER_DEACTIVATED"


def test_a_signal_gives_back_what_was_claimed(world: World, channel: Channel, desk: CommandDesk) -> None:
    products = on_sale(world, channel, 2)
    for product_id in products:
        desk.ask("refresh", product_id)

    with pytest.raises(StoppedError):
        desk.consume(stop=stop_after(2))
    desk.consume()

    assert [state for _, state, _ in desk.states()] == ["done", "done"]


def test_what_was_refused_can_be_tried_again_and_is_answered_anew(
    world: World, channel: Channel, desk: CommandDesk
) -> None:
    [product_id] = on_sale(world, channel)
    world.sandbox.freeze_product(product_id)
    desk.ask("deactivate", product_id)
    desk.consume()
    world.sandbox.freeze_product(product_id, thaw=True)

    [command] = desk.commands()
    with world.database.transaction() as session:
        assert product_commands.retry(session, [command.command_id], now=world.clock()) == 1
    world.clock.advance(timedelta(seconds=1))
    desk.consume()

    assert [state for _, state, _ in desk.states()] == ["done"]
    outcomes = [row.message.body for row in world.outbox() if row.message.type.endswith("product.settled.v1")]
    assert len(outcomes) == 2


def test_it_stays_until_a_signal_and_does_what_comes(world: World, channel: Channel, desk: CommandDesk) -> None:
    [product_id] = on_sale(world, channel)
    desk.ask("refresh", product_id)

    with pytest.raises(StoppedError):
        consume_commands_forever(
            desk.parts(), world.around(stop_after(12)), idle=lambda: None, ready=lambda: None, batch=10
        )

    assert [state for _, state, _ in desk.states()] == ["done"]
