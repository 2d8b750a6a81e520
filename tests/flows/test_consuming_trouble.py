"""`consume webhooks` when something is wrong: slow readers, deadly events, bugs, a database that is away, signals."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from mye_tiktok.db import webhook_work
from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.webhook_patience import LONGEST_LEASE, MOST_ATTEMPTS
from mye_tiktok.errors import StoppedError, UnreachableError
from mye_tiktok.jobs.consuming import consume_forever, consume_once
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.webhooks import CONSUME
from tests.flows.orders import told
from tests.flows.postbox import Postbox
from tests.flows.world import World, stop_after

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


class Killed(BaseException):
    """The end of a process, as far as a process can feel its end."""


@pytest.fixture
def postbox(world: World, channel: Channel) -> Postbox:
    """The events of the channel's shop."""
    return Postbox(world=world)


def about(order_id: str) -> Json:
    return {"order_id": order_id, "order_status": "UNPAID"}


def on_order(order_id: str, act: Callable[[], None]) -> Callable[[httpx.Request], httpx.Response | None]:
    """Act on every request that asks for this order."""

    def before(request: httpx.Request) -> httpx.Response | None:
        if order_id in str(request.url):
            act()
        return None

    return before


def test_a_reader_that_lost_its_lease_settles_nothing_twice(world: World, channel: Channel, postbox: Postbox) -> None:
    order_id = world.sandbox.place_order()
    postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))
    others = []

    def overtake() -> None:
        world.transport.before = None
        world.clock.advance(timedelta(minutes=2))
        others.append(postbox.consume())

    world.transport.before = on_order(order_id, overtake)

    slow = postbox.consume()

    assert (slow.counts["seen"], slow.counts.get("handled", 0), slow.counts.get("queued", 0)) == (1, 0, 0)
    assert others[0].counts["handled"] == 1
    assert [one for one, _, _ in told(world)] == [order_id]


def test_an_event_that_kills_its_readers_takes_no_other_along_and_is_parked(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    orders = [world.sandbox.place_order() for _ in range(6)]
    ids = [postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id)) for order_id in orders]

    def kill() -> None:
        raise Killed

    world.transport.before = on_order(orders[2], kill)
    deaths = 0
    while any(row.state == "pending" for row in postbox.rows()):
        try:
            postbox.consume()
        except Killed:
            deaths += 1
        world.later(LONGEST_LEASE)

    assert deaths == MOST_ATTEMPTS
    assert {row.event_id: row.state for row in postbox.rows()} == {
        one: "parked" if one == ids[2] else "handled" for one in ids
    }
    assert f"died {MOST_ATTEMPTS} times" in next(row.error for row in postbox.rows() if row.state == "parked")
    assert sorted(one for one, _, _ in told(world)) == sorted(set(orders) - {orders[2]})


def test_what_two_readers_had_in_hand_when_they_were_killed_is_not_fetched_one_by_one(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    orders = [world.sandbox.place_order() for _ in range(20)]
    postbox.arrive(*(postbox.body("ORDER_STATUS_CHANGE", data=about(orders[n % 20])) for n in range(200)))
    for reader in ("killed", "killed, too"):
        with world.database.transaction() as session:
            now = world.clock()
            assert len(webhook_work.claim(session, claimed_by=reader, now=now, due_by=now, limit=1_000)) == 200
        world.later(LONGEST_LEASE)

    report = postbox.consume()

    assert (report.counts["handled"], len(told(world))) == (200, 20)
    assert world.asked("get_order_detail") < 50


def test_a_bug_parks_what_it_is_about_without_telling_what_was_written(
    world: World, channel: Channel, postbox: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    orders = [world.sandbox.place_order() for _ in range(4)]
    postbox.arrive(*(postbox.body("ORDER_STATUS_CHANGE", data=about(order_id)) for order_id in orders))

    def stumble() -> None:
        raise LookupError("Jane Doe, 1 High Street")

    world.transport.before = on_order(orders[1], stumble)

    report = postbox.consume()

    assert (report.exit_code, report.counts["handled"], report.counts["parked"]) == (1, 3, 1)
    (parked,) = (row for row in postbox.rows() if row.state == "parked")
    assert (parked.event.subject, "LookupError" in parked.error) == (orders[1], True)
    assert "Jane" not in parked.error + caplog.text + str(report.as_json())


def test_a_product_that_changes_while_it_is_read_is_read_again(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    product_id = world.sandbox.shop().catalogue.product_id(0)
    world.fetch(channel)
    world.later()
    postbox.tell("PRODUCT_INFORMATION_CHANGE")
    world.sandbox.edit_product(product_id, title="first")
    answered: list[httpx.Response] = []

    def slowly(request: httpx.Request) -> httpx.Response | None:
        if answered or product_id not in request.url.path:
            return None
        answered.append(world.transport.inner.handle_request(request))
        # while the answer is on its way somebody else reads the product's next state
        world.sandbox.edit_product(product_id, title="second")
        postbox.tell("PRODUCT_INFORMATION_CHANGE")
        postbox.consume()
        return answered[0]

    world.transport.before = slowly

    postbox.consume()

    stored = world.product(channel, product_id)
    assert stored is not None
    assert stored.title == "second"
    assert world.told()[12:] == [(product_id, "updated")]


def test_a_database_that_is_away_ends_a_single_run(world: World, channel: Channel, cipher: TokenCipher) -> None:
    parts = Parts(
        database=Database(NOWHERE, cipher=cipher),
        tiktok=world.process().tiktok,
        broker=lambda: world.broker,
        queues=world.queues,
        sleep=world.clock.sleep,
    )

    with pytest.raises(UnreachableError):
        consume_once(parts, world.around())


def test_a_consumer_that_stays_handles_what_comes_and_relays_it_until_a_signal(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    first, second = world.sandbox.place_order(), world.sandbox.place_order()
    postbox.tell("ORDER_STATUS_CHANGE", data=about(first))
    said: list[str] = []

    def idle() -> None:
        if len(said) > 3:
            raise StoppedError("stopped by SIGTERM; what was done is saved", signal_number=15)
        said.append("idle")
        if len(said) == 2:
            postbox.tell("ORDER_STATUS_CHANGE", data=about(second))

    with pytest.raises(StoppedError):
        consume_forever(postbox.parts(), world.around(), idle=idle, ready=lambda: said.append("ready"))

    assert said[0] == "ready"
    assert [message.subject for message in world.broker.peek(world.queues["order"], limit=10)] == [first, second]
    run = world.runs(CONSUME)[0]
    assert (run.outcome, run.exit_code, run.counts["handled"], run.counts["sent"]) == ("stopped", 143, 2, 2)


def test_a_signal_lets_the_batch_in_hand_be_finished(world: World, channel: Channel, postbox: Postbox) -> None:
    orders = [world.sandbox.place_order() for _ in range(4)]
    for order_id in orders:
        postbox.tell("ORDER_STATUS_CHANGE", data=about(order_id))

    with pytest.raises(StoppedError):
        postbox.consume(batch=2, stop=stop_after(1))

    assert sorted(row.state for row in postbox.rows()) == ["handled", "handled", "pending", "pending"]
    assert len(told(world)) == 2


def test_a_run_of_siblings_is_not_called_abandoned_while_they_live(
    world: World, channel: Channel, postbox: Postbox
) -> None:
    outcomes: list[str] = []

    def idle() -> None:
        postbox.consume()
        outcomes.extend(run.outcome for run in world.runs(CONSUME) if run.outcome not in ("ok",))
        raise StoppedError("stopped by SIGTERM; what was done is saved", signal_number=15)

    with pytest.raises(StoppedError):
        consume_forever(postbox.parts(), world.around(), idle=idle, ready=lambda: None)

    assert outcomes == ["running"]


def test_a_consumer_that_stays_says_what_it_parked_and_once_that_it_puts_off(
    world: World, channel: Channel, postbox: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    turns = iter(range(3))

    def idle() -> None:
        if next(turns, None) is None:
            raise StoppedError("stopped by SIGTERM", signal_number=15)
        postbox.tell("ORDER_STATUS_CHANGE", data={"order_id": "576999999999999999"})

    postbox.tell("ORDER_STATUS_CHANGE", shop_id="7000000000000000001")
    with pytest.raises(StoppedError):
        consume_forever(postbox.parts(), world.around(), idle=idle, ready=lambda: None)

    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [line.split(",")[0] for line in said if line.startswith("1 event(s)")] == ["1 event(s) were parked"]
    assert len([line for line in said if line.startswith("events are put off")]) == 1
