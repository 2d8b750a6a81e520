"""What is particular to the embedded broker: messages in hand are hidden for a while, then come back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from mye_tiktok.db.database import Database
from mye_tiktok.db.queues import EmbeddedBroker
from mye_tiktok.domain.message import Message, Queue

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
QUEUE = Queue(name="inventory", queue="inventory_queue", exchange="inventory_exchange")
AT_ONCE = timedelta()
VISIBILITY = timedelta(minutes=10)


class Clock:
    """A time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def broker(database: Database, clock: Clock) -> EmbeddedBroker:
    made = EmbeddedBroker(database, visibility=VISIBILITY, clock=clock, sleep=clock.sleep)
    made.declare([QUEUE])
    return made


def fill(broker: EmbeddedBroker, count: int) -> list[Message]:
    sent = [
        Message(id=str(number), type="t", subject="s", time=NOON, body=b"%d" % number, headers={"tenant": "7"})
        for number in range(count)
    ]
    broker.publish(QUEUE, sent)
    return sent


def test_what_a_crashed_consumer_had_in_hand_comes_back_after_a_while(broker: EmbeddedBroker, clock: Clock) -> None:
    fill(broker, 2)
    crashed, other = broker.consumer(QUEUE), broker.consumer(QUEUE)
    crashed.receive(limit=2, wait=AT_ONCE)

    assert list(other.receive(limit=2, wait=AT_ONCE)) == []
    clock.now += VISIBILITY
    back = other.receive(limit=2, wait=AT_ONCE)

    assert [(delivery.message.id, delivery.redelivered) for delivery in back] == [("0", True), ("1", True)]


def test_who_held_a_message_too_long_cannot_take_it_from_its_new_holder(broker: EmbeddedBroker, clock: Clock) -> None:
    fill(broker, 1)
    slow, quick = broker.consumer(QUEUE), broker.consumer(QUEUE)
    [late] = slow.receive(limit=1, wait=AT_ONCE)
    clock.now += VISIBILITY
    [again] = quick.receive(limit=1, wait=AT_ONCE)

    slow.acknowledge([late])
    quick.close()

    assert broker.depth(QUEUE).ready == 1
    assert again.message == late.message


def test_messages_in_hand_are_not_ready(broker: EmbeddedBroker) -> None:
    fill(broker, 3)
    consumer = broker.consumer(QUEUE)

    consumer.receive(limit=2, wait=AT_ONCE)

    assert broker.depth(QUEUE).ready == 1
    assert [message.id for message in broker.peek(QUEUE, limit=9)] == ["2"]


def test_an_empty_queue_is_waited_for_and_not_longer(broker: EmbeddedBroker, clock: Clock) -> None:
    assert list(broker.consumer(QUEUE).receive(limit=1, wait=timedelta(seconds=1))) == []

    assert clock.now == NOON + timedelta(seconds=1)


def test_a_message_that_arrives_while_waiting_is_received(broker: EmbeddedBroker, clock: Clock) -> None:
    def sleep_and_publish(seconds: float) -> None:
        clock.sleep(seconds)
        fill(broker, 1)

    waiting = EmbeddedBroker(broker._database, clock=clock, sleep=sleep_and_publish)

    assert len(waiting.consumer(QUEUE).receive(limit=1, wait=timedelta(hours=1))) == 1
    assert len(clock.slept) == 1


def test_headers_of_the_sender_are_kept(broker: EmbeddedBroker) -> None:
    fill(broker, 1)

    assert broker.peek(QUEUE, limit=1)[0].headers["tenant"] == "7"


def test_consumers_at_once_share_the_messages_and_lose_none(broker: EmbeddedBroker) -> None:
    fill(broker, 200)

    def drain(_: int) -> list[str]:
        consumer, taken = broker.consumer(QUEUE), []
        while deliveries := consumer.receive(limit=7, wait=AT_ONCE):
            consumer.acknowledge(deliveries)
            taken += [delivery.message.id for delivery in deliveries]
        return taken

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(drain, range(4)))

    taken = [message_id for share in shares for message_id in share]
    assert sorted(taken, key=int) == [str(number) for number in range(200)]
    assert all(share == sorted(share, key=int) for share in shares)
    assert broker.depth(QUEUE).ready == 0


def test_queues_do_not_mix(broker: EmbeddedBroker) -> None:
    other = Queue(name="product", queue="product_queue", exchange="product_exchange")
    broker.declare([other])
    fill(broker, 1)

    assert broker.depth(other).ready == 0
    assert list(broker.consumer(other).receive(limit=1, wait=AT_ONCE)) == []
    assert broker.requeue(other) == 0
