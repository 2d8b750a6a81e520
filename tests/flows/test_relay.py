"""`outbox relay`: what waits leaves in order, once, and survives a broker or a process that goes away."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta

import pytest

from mye_tiktok.broker.rabbitmq import RabbitBroker
from mye_tiktok.db import outbox
from mye_tiktok.db.engine import parse_url
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Broker, Message, Queue, Receipt
from mye_tiktok.errors import PartlySentError, StoppedError, TryLaterError, UnreachableError
from mye_tiktok.jobs.outbox import BATCH, MOST_ATTEMPTS, backoff
from mye_tiktok.jobs.relaying import RELAY, relay_forever
from mye_tiktok.jobs.running import STALE_AFTER, running
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.clock import NOON
from tests.flows.conftest import MakeWorld
from tests.flows.world import World

ABSENT = "amqp://guest:guest@127.0.0.1:1/%2F"


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
def world(make_world: MakeWorld) -> World:
    """Twelve products that nobody fetched."""
    return make_world(SandboxOptions(products=12))


def queue_up(world: World, *keys: str) -> list[str]:
    """Write messages of these keys into the outbox, and return their ids: key, then its how manieth."""
    ids: list[str] = []
    with world.database.transaction() as session:
        for number, key in enumerate(keys):
            ids.append(f"{key}{keys[: number + 1].count(key)}")
            message = Message(
                id=ids[-1], type="mye.tiktok.product.updated.v1", subject=key, time=NOON, body=b"{}", key=key
            )
            outbox.add(session, [("product", message)], now=world.clock())
    return ids


def arrived(world: World) -> list[str]:
    return [message.id for message in world.on_queue()]


def states(world: World) -> dict[str, str]:
    return {row.message.id: row.state for row in world.outbox()}


def refusing(world: World, *ids: str, final: bool = False) -> Callable[[Queue, Sequence[Message]], Sequence[Receipt]]:
    """Return a publish that a full queue turns these messages down for; the others pass."""

    def publish(queue: Queue, messages: Sequence[Message]) -> Sequence[Receipt]:
        passing = [message for message in messages if message.id not in ids]
        confirmed = {receipt.message_id: receipt for receipt in world.broker.inner.publish(queue, passing)}
        return [
            confirmed.get(message.id)
            or Receipt(message_id=message.id, outcome="refused", reason="the queue is full", final=final)
            for message in messages
        ]

    return publish


def test_what_waits_leaves_in_order_and_is_marked_sent(world: World) -> None:
    ids = queue_up(world, "a", "b", "a", "c", "b", "a")

    report = world.relay()

    assert report.counts == {"sent": 6}
    assert sorted(arrived(world)) == sorted(ids)
    for key in "abc":
        mine = [one for one in arrived(world) if one.startswith(key)]
        assert mine == sorted(mine)
    assert {(row.state, row.sent_at, row.attempts) for row in world.outbox()} == {("sent", NOON, 1)}
    assert (world.runs(RELAY)[0].outcome, world.runs(RELAY)[0].counts) == ("ok", {"sent": 6})


def test_an_empty_outbox_touches_no_broker(world: World) -> None:
    report = world.relay()

    assert (report.exit_code, report.counts, world.broker.batches) == (0, {}, [])


def test_more_than_a_batch_leaves_in_one_run(world: World) -> None:
    with world.database.transaction() as session:
        messages = [
            Message(id=f"{n:05}", type="mye.tiktok.product.created.v1", subject="x", time=NOON, body=b"{}", key=str(n))
            for n in range(BATCH + 500)
        ]
        outbox.add(session, [("product", message) for message in messages], now=NOON)

    report = world.relay()

    assert report.counts == {"sent": BATCH + 500}
    assert sorted(arrived(world)) == [message.id for message in messages]


def test_a_limit_leaves_the_rest_waiting(world: World) -> None:
    queue_up(world, "a", "b", "c")

    world.relay(limit=2)

    assert states(world) == {"a1": "sent", "b1": "sent", "c1": "pending"}


def test_the_later_messages_of_a_key_wait_behind_one_that_was_not_taken(world: World) -> None:
    queue_up(world, "a", "a", "b", "a")
    world.broker.publishing = refusing(world, "a1")

    report = world.relay()

    assert arrived(world) == ["b1"]
    assert states(world) == {"a1": "pending", "a2": "pending", "b1": "sent", "a3": "pending"}
    assert report.counts == {"sent": 1, "postponed": 1}
    assert world.outbox()[0].error == "the queue is full"

    world.broker.publishing = None
    world.relay()
    assert arrived(world) == ["b1"]  # not yet

    world.clock.advance(backoff(0))
    world.relay()
    assert arrived(world) == ["b1", "a1", "a2", "a3"]


def test_a_message_that_is_not_taken_is_tried_ever_more_rarely_and_parked_in_the_end(world: World) -> None:
    queue_up(world, "a")
    world.broker.publishing = refusing(world, "a1")
    waits: list[timedelta] = []

    while states(world)["a1"] == "pending":
        world.relay()
        row = world.outbox()[0]
        waits.append(row.next_attempt_at - world.clock())
        world.clock.advance(max(waits[-1], timedelta()))

    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert max(waits) == timedelta(hours=1)
    assert world.outbox()[0].attempts == MOST_ATTEMPTS
    assert states(world) == {"a1": "parked"}


def test_a_message_refused_for_good_is_parked_and_the_later_ones_of_its_key_go_on(world: World) -> None:
    queue_up(world, "a", "a")
    world.broker.publishing = refusing(world, "a1", final=True)

    report = world.relay()

    assert states(world) == {"a1": "parked", "a2": "sent"}
    assert arrived(world) == ["a2"]
    assert (report.counts, report.exit_code) == ({"sent": 1, "parked": 1}, 1)
    assert "outbox list --state parked" in report.warnings[0]
    assert world.runs(RELAY)[0].outcome == "partial"


def test_a_process_that_dies_between_confirm_and_mark_sends_again_under_the_same_id(world: World) -> None:
    queue_up(world, "a", "b")
    good = world.database.url

    def publish_and_die(queue: Queue, messages: Sequence[Message]) -> Sequence[Receipt]:
        receipts = world.broker.inner.publish(queue, messages)
        world.database.close()
        world.database.url = parse_url("postgresql://127.0.0.1:1/nobody_listens")
        return receipts

    world.broker.publishing = publish_and_die
    with pytest.raises(UnreachableError):
        world.relay()
    world.database.close()
    world.database.url = good
    world.broker.publishing = None
    assert states(world) == {"a1": "pending", "b1": "pending"}

    world.clock.advance(STALE_AFTER + timedelta(seconds=1))
    world.relay()

    assert arrived(world) == ["a1", "b1", "a1", "b1"]
    assert states(world) == {"a1": "sent", "b1": "sent"}
    assert [run.outcome for run in world.runs(RELAY)] == ["ok", "abandoned"]


def test_what_was_confirmed_before_the_broker_went_away_is_not_sent_again(world: World) -> None:
    queue_up(world, "a", "b", "c")

    def go_away(queue: Queue, messages: Sequence[Message]) -> Sequence[Receipt]:
        world.broker.inner.publish(queue, messages[:2])
        raise PartlySentError("the broker went away", confirmed=[message.id for message in messages[:2]])

    world.broker.publishing = go_away
    with pytest.raises(UnreachableError):
        world.relay()

    assert states(world) == {"a1": "sent", "b1": "sent", "c1": "pending"}

    world.broker.publishing = None
    world.relay()

    assert arrived(world) == ["a1", "b1", "c1"]


def test_a_fetch_succeeds_while_the_broker_is_away_and_its_messages_wait(world: World) -> None:
    channel = world.connect()
    present, world.broker.inner = world.broker.inner, RabbitBroker(ABSENT)

    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert done.report.counts["queued"] == 12
    assert "mye-tiktok outbox relay" in done.report.warnings[0]
    assert set(states(world).values()) == {"pending"}
    assert world.watermark(channel) is not None

    world.broker.inner = present
    world.relay()

    assert len(world.on_queue()) == 12


def test_a_second_relay_leaves_and_names_the_first(world: World) -> None:
    queue_up(world, "a")

    with running(world.database, RELAY, "", world.around()) as first, pytest.raises(TryLaterError) as caught:
        world.relay()

    assert first.run_id in caught.value.message
    assert NOON.isoformat() in caught.value.message
    assert states(world) == {"a1": "pending"}


def fetch_beside_a_relay(world: World, channel: Channel, *, meanwhile: Callable[[ExitStack], object]) -> list[str]:
    """Fetch while another relay is at work; `meanwhile` is what happens there when the fetch waits for it first."""
    with ExitStack() as other:
        other.enter_context(running(world.database, RELAY, "", world.around()))
        waited: list[float] = []

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            world.clock.advance(timedelta(seconds=seconds))
            if len(waited) == 1:
                meanwhile(other)

        done = world.fetch(channel, sleep=sleep)
        assert done.report.exit_code == 0
        return done.report.warnings


def test_what_was_queued_while_another_relay_worked_is_sent_once_it_ended(world: World) -> None:
    channel = world.connect()

    warnings = fetch_beside_a_relay(world, channel, meanwhile=lambda other: other.close())

    assert warnings == []
    assert len(world.on_queue()) == 12


def test_nobody_waits_for_a_relay_that_has_sent_everything(world: World) -> None:
    channel = world.connect()

    def send_what_waits(other: ExitStack) -> None:
        rows = world.outbox()
        with world.database.transaction() as session:
            outbox.mark_sent(session, [row.message.id for row in rows], now=world.clock())

    began = world.clock()
    warnings = fetch_beside_a_relay(world, channel, meanwhile=send_what_waits)

    assert warnings == []
    assert world.broker.batches == []
    assert world.clock() - began < timedelta(seconds=5)


def test_a_relay_that_works_on_and_on_is_trusted_with_the_rest(world: World) -> None:
    channel = world.connect()

    warnings = fetch_beside_a_relay(world, channel, meanwhile=lambda other: None)

    assert len(warnings) == 1
    assert "it will send what this run queued" in warnings[0]
    assert set(states(world).values()) == {"pending"}


def test_a_relay_that_stays_waits_for_a_broker_that_is_away_and_stops_at_a_signal(world: World) -> None:
    queue_up(world, "a")
    present, world.broker.inner = world.broker.inner, RabbitBroker(ABSENT)
    looks = 0

    def idle() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            world.broker.inner = present
            queue_up(world, "b")
        elif looks == 3:
            raise StoppedError("stopped by SIGTERM; what was done is saved", signal_number=15)

    with pytest.raises(StoppedError):
        relay_forever(world.database, lambda: world.broker, world.queues, world.around(), idle=idle)

    assert arrived(world) == ["a1", "b1"]
    assert (world.runs(RELAY)[0].outcome, world.runs(RELAY)[0].exit_code) == ("stopped", 143)


def test_a_fetch_succeeds_with_a_warning_when_its_messages_are_parked(world: World) -> None:
    channel = world.connect()
    world.broker.publishing = lambda _, messages: [
        Receipt(message_id=message.id, outcome="refused", reason="too large", final=True) for message in messages
    ]

    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert [warning for warning in done.report.warnings if "12 message(s) are parked" in warning]
