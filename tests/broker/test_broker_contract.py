"""What every broker does, whichever is configured."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mye_tiktok.domain.message import REASON_HEADER, Broker, Consumer, Delivery, Message, Queue
from mye_tiktok.errors import WrongSettingsError
from tests.broker.conftest import Topology
from tests.broker.samples import a_message, messages

SOON = timedelta(seconds=5)
AT_ONCE = timedelta()


def bodies(found: Sequence[Message]) -> list[bytes]:
    return [message.body for message in found]


def take(consumer: Consumer, count: int) -> list[Delivery]:
    taken: list[Delivery] = []
    while len(taken) < count:
        more = consumer.receive(limit=count - len(taken), wait=SOON)
        assert more, f"only {len(taken)} of {count} messages came"
        taken += more
    return taken


def bury(broker: Broker, queue: Queue, count: int) -> None:
    consumer = broker.consumer(queue)
    for delivery in take(consumer, count):
        consumer.reject(delivery, reason="not JSON")
    consumer.close()


def test_messages_arrive_in_order_with_all_their_attributes(broker: Broker, declared: Queue) -> None:
    sent = messages(250)

    receipts = broker.publish(declared, sent)

    assert [receipt.message_id for receipt in receipts] == [message.id for message in sent]
    assert {receipt.outcome for receipt in receipts} == {"confirmed"}
    consumer = broker.consumer(declared)
    arrived = [delivery.message for delivery in take(consumer, 250)]
    consumer.close()
    assert bodies(arrived) == bodies(sent)
    first, original = arrived[0], sent[0]
    assert (first.id, first.type, first.subject, first.time, first.source, first.dataschema) == (
        (original.id, original.type, original.subject, original.time, original.source, original.dataschema)
    )


def test_attributes_travel_in_cloudevents_headers(broker: Broker, declared: Queue) -> None:
    broker.publish(declared, [a_message(message_id="42")])

    [seen] = broker.peek(declared, limit=1)

    assert {name: text for name, text in seen.headers.items() if name.startswith("cloudEvents:")} == {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": "42",
        "cloudEvents:source": "mye-tiktok",
        "cloudEvents:type": "mye.tiktok.product.created.v1",
        "cloudEvents:time": "2026-10-01T12:00:00Z",
        "cloudEvents:subject": "1729592969712207008",
        "cloudEvents:dataschema": "urn:mye:tiktok:product.created:v1",
    }


def test_publishing_nothing_gives_no_receipt(broker: Broker, declared: Queue) -> None:
    assert list(broker.publish(declared, [])) == []


def test_a_message_for_a_queue_nobody_declared_is_refused_but_not_for_good(broker: Broker, queue: Queue) -> None:
    [receipt] = broker.publish(queue, [a_message()])

    assert (receipt.outcome, receipt.final) == ("refused", False)
    assert receipt.reason


def test_declaring_again_keeps_the_messages(broker: Broker, declared: Queue) -> None:
    broker.publish(declared, messages(3))

    broker.declare([declared])

    assert broker.depth(declared).ready == 3


def test_the_depth_of_a_queue_that_does_not_exist_is_unknown(broker: Broker, queue: Queue) -> None:
    depth = broker.depth(queue)

    assert (depth.name, depth.queue, depth.ready, depth.dead) == ("product", queue.queue, None, None)
    assert list(broker.peek(queue, limit=5)) == list(broker.peek(queue, limit=5, dead=True)) == []
    assert broker.requeue(queue) == broker.purge_dead(queue) == 0


def test_consuming_a_queue_that_does_not_exist_is_a_matter_of_settings(broker: Broker, queue: Queue) -> None:
    with pytest.raises(WrongSettingsError, match=queue.queue):
        broker.consumer(queue)


def test_receiving_from_an_empty_queue_ends_with_nothing(broker: Broker, declared: Queue) -> None:
    consumer = broker.consumer(declared)

    assert list(consumer.receive(limit=10, wait=AT_ONCE)) == []
    consumer.close()


def test_an_acknowledged_message_is_gone(broker: Broker, declared: Queue) -> None:
    broker.publish(declared, messages(10))
    consumer = broker.consumer(declared)

    consumer.acknowledge(take(consumer, 10))
    consumer.close()

    assert broker.depth(declared).ready == 0


def test_what_was_not_settled_comes_back_in_order_and_marked(broker: Broker, declared: Queue) -> None:
    sent = messages(10)
    broker.publish(declared, sent)
    consumer = broker.consumer(declared)
    deliveries = take(consumer, 10)
    assert not any(delivery.redelivered for delivery in deliveries)

    consumer.acknowledge([deliveries[0], deliveries[1], deliveries[4], deliveries[8]])
    consumer.close()

    again = broker.consumer(declared)
    returned = take(again, 6)
    again.close()
    assert bodies([delivery.message for delivery in returned]) == [sent[place].body for place in (2, 3, 5, 6, 7, 9)]
    assert all(delivery.redelivered for delivery in returned)


def test_no_more_than_prefetch_messages_are_in_hand(broker: Broker, declared: Queue) -> None:
    broker.publish(declared, messages(10))
    consumer = broker.consumer(declared, prefetch=4)

    first = take(consumer, 4)
    assert list(consumer.receive(limit=10, wait=AT_ONCE)) == []
    consumer.acknowledge(first)
    second = take(consumer, 4)
    consumer.close()

    assert [int(delivery.message.body) for delivery in second] == [4, 5, 6, 7]


def test_two_consumers_never_hold_the_same_message(broker: Broker, declared: Queue) -> None:
    broker.publish(declared, messages(20))
    one, two = broker.consumer(declared, prefetch=10), broker.consumer(declared, prefetch=10)

    held = take(one, 10) + take(two, 10)
    one.close()
    two.close()

    assert sorted(int(delivery.message.body) for delivery in held) == list(range(20))


def test_a_rejected_message_is_dead_and_says_why(broker: Broker, declared: Queue) -> None:
    broker.publish(declared, [a_message("not json", message_id="7"), a_message("{}", message_id="8")])
    consumer = broker.consumer(declared)
    deliveries = take(consumer, 2)

    consumer.reject(deliveries[0], reason="line 1: expected value")
    consumer.acknowledge(deliveries[1:])
    consumer.close()

    depth = broker.depth(declared)
    assert (depth.ready, depth.dead) == (0, 1)
    [dead] = broker.peek(declared, limit=10, dead=True)
    assert (dead.id, dead.body, dead.headers[REASON_HEADER]) == ("7", b"not json", "line 1: expected value")
    assert dead.type == "mye.tiktok.product.created.v1"


def test_a_look_takes_nothing(broker: Broker, declared: Queue) -> None:
    sent = messages(5)
    broker.publish(declared, sent)

    assert bodies(broker.peek(declared, limit=3)) == bodies(sent[:3])

    depth = broker.depth(declared)
    assert (depth.ready, depth.dead) == (5, 0)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limits=st.lists(st.integers(1, 60), min_size=2, max_size=5))
def test_however_often_one_looks_the_order_stays(broker: Broker, topology: Topology, limits: list[int]) -> None:
    queue = topology()
    broker.declare([queue])
    sent = messages(40)
    broker.publish(queue, sent)

    for limit in limits:
        assert bodies(broker.peek(queue, limit=limit)) == bodies(sent[:limit])


def test_dead_messages_go_back_without_their_reason(broker: Broker, declared: Queue) -> None:
    broker.publish(declared, messages(3))
    bury(broker, declared, 3)

    assert broker.requeue(declared) == 3

    depth = broker.depth(declared)
    assert (depth.ready, depth.dead) == (3, 0)
    back = broker.peek(declared, limit=10)
    assert bodies(back) == bodies(messages(3))
    assert not any(REASON_HEADER in message.headers for message in back)


def test_chosen_dead_messages_go_back_and_the_others_stay(broker: Broker, declared: Queue) -> None:
    sent = messages(4)
    broker.publish(declared, sent)
    bury(broker, declared, 4)

    assert broker.requeue(declared, message_ids=[sent[1].id, sent[3].id, "unknown"]) == 2

    assert bodies(broker.peek(declared, limit=10)) == [sent[1].body, sent[3].body]
    assert bodies(broker.peek(declared, limit=10, dead=True)) == [sent[0].body, sent[2].body]


def test_requeueing_stops_at_its_limit(broker: Broker, declared: Queue) -> None:
    broker.publish(declared, messages(5))
    bury(broker, declared, 5)

    assert broker.requeue(declared, limit=2) == 2

    depth = broker.depth(declared)
    assert (depth.ready, depth.dead) == (2, 3)
    assert bodies(broker.peek(declared, limit=10)) == bodies(messages(2))


def test_purging_deletes_the_chosen_dead_messages_or_all(broker: Broker, declared: Queue) -> None:
    sent = messages(4)
    broker.publish(declared, sent)
    bury(broker, declared, 4)

    assert broker.purge_dead(declared, message_ids=[sent[2].id]) == 1
    assert bodies(broker.peek(declared, limit=10, dead=True)) == [sent[0].body, sent[1].body, sent[3].body]
    assert broker.purge_dead(declared) == 3

    depth = broker.depth(declared)
    assert (depth.ready, depth.dead) == (0, 0)


def test_batches_of_several_threads_each_keep_their_order(broker: Broker, declared: Queue) -> None:
    batches = [[a_message(f"{thread} {number}") for number in range(300)] for thread in range(4)]

    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda batch: broker.publish(declared, batch), batches))

    for batch, answered in zip(batches, receipts, strict=True):
        assert [receipt.message_id for receipt in answered] == [message.id for message in batch]
        assert {receipt.outcome for receipt in answered} == {"confirmed"}
    consumer = broker.consumer(declared, prefetch=1200)
    arrived = [delivery.message.body for delivery in take(consumer, 1200)]
    consumer.close()
    for thread, batch in enumerate(batches):
        assert [body for body in arrived if body.startswith(f"{thread} ".encode())] == bodies(batch)
