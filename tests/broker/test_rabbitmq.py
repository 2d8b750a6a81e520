"""What only RabbitMQ can do to us: a topology made by others, refusals, and a broker that goes away."""

import logging
import shutil
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pika import BasicProperties
from pika.adapters.blocking_connection import BlockingChannel

from mye_tiktok.broker.connection import Address
from mye_tiktok.broker.parcel import Parcel, as_parcel
from mye_tiktok.broker.publisher import Publisher
from mye_tiktok.broker.rabbitmq import RabbitBroker
from mye_tiktok.domain.message import REASON_HEADER, Delivery, Message, Queue
from mye_tiktok.errors import MyeTikTokError, PartlySentError, RefusedError, UnreachableError, WrongSettingsError
from tests.broker.proxy import Proxy
from tests.broker.samples import a_message, messages

pytestmark = pytest.mark.rabbitmq
SOON = timedelta(seconds=5)


@pytest.fixture
def behind(proxy: Proxy) -> Iterator[RabbitBroker]:
    """RabbitMQ, reached through the proxy, with little patience."""
    broker = RabbitBroker(proxy.url, patience=timedelta(seconds=1))
    yield broker
    broker.close()


def arguments(admin: BlockingChannel, queue: str, **expected: object) -> None:
    """Declare the queue with these arguments: RabbitMQ refuses that when its own are different."""
    admin.queue_declare(queue, durable=True, arguments={name.replace("_", "-"): expected[name] for name in expected})


def test_what_is_missing_becomes_a_quorum_queue_with_a_dead_letter_exchange(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel
) -> None:
    rabbit.declare([queue])

    arguments(
        admin,
        queue.queue,
        **{
            "x-queue-type": "quorum",
            "x-delivery-limit": 1_000_000,
            "x-dead-letter-exchange": queue.dead_exchange,
            "x-dead-letter-routing-key": queue.dead_queue,
        },
    )
    admin.exchange_declare(queue.exchange, "direct", durable=True)
    admin.exchange_declare(queue.dead_exchange, "direct", durable=True)


def test_what_exists_is_used_as_it_is(rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel) -> None:
    admin.exchange_declare(queue.exchange, "topic", durable=False)
    admin.queue_declare(queue.queue, durable=False, arguments={"x-max-length": 100})

    rabbit.declare([queue])

    assert [receipt.outcome for receipt in rabbit.publish(queue, messages(3))] == ["confirmed"] * 3
    assert rabbit.depth(queue).ready == 3


def test_a_queue_without_dead_letter_exchange_gets_its_rejected_messages_buried_too(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel
) -> None:
    admin.queue_declare(queue.queue, durable=True)
    rabbit.declare([queue])
    rabbit.publish(queue, [a_message("?", message_id="1")])
    consumer = rabbit.consumer(queue)

    consumer.reject(consumer.receive(limit=1, wait=SOON)[0], reason="not JSON")
    consumer.close()

    assert [message.headers[REASON_HEADER] for message in rabbit.peek(queue, limit=9, dead=True)] == ["not JSON"]
    assert rabbit.depth(queue).ready == 0


def test_a_message_the_broker_buried_itself_says_so(rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel) -> None:
    rabbit.declare([queue])
    rabbit.publish(queue, messages(1))
    method, _, _ = admin.basic_get(queue.queue)
    assert method is not None
    admin.basic_reject(method.delivery_tag or 0, requeue=False)
    consumed = rabbit.consumer(Queue(name="dead", queue=queue.dead_queue, exchange=queue.dead_exchange))
    assert consumed.receive(limit=1, wait=SOON)
    consumed.close()

    [dead] = rabbit.peek(queue, limit=9, dead=True)

    assert dead.headers[REASON_HEADER] == "moved here by the broker: rejected"
    rabbit.requeue(queue)
    [back] = rabbit.peek(queue, limit=9)
    assert not [name for name in back.headers if "death" in name or name == REASON_HEADER]


def test_another_program_sees_a_persistent_json_message_with_our_id(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel
) -> None:
    rabbit.declare([queue])
    rabbit.publish(queue, [a_message('{"a": 1}', message_id="outbox-1")])

    _, properties, body = admin.basic_get(queue.queue, auto_ack=True)

    assert body == b'{"a": 1}'
    assert properties is not None
    assert (properties.message_id, properties.content_type) == ("outbox-1", "application/json")
    assert properties.delivery_mode == 2
    assert properties.headers is not None
    assert properties.headers["cloudEvents:id"] == "outbox-1"


def test_a_strangers_message_without_properties_gets_an_id_that_stays(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel
) -> None:
    rabbit.declare([queue])
    admin.basic_publish(queue.exchange, queue.queue, b"\xff\x00")
    admin.basic_publish(queue.exchange, queue.queue, b"{}", BasicProperties(headers={"n": 7, "b": b"x"}))

    first, second = rabbit.peek(queue, limit=2)

    assert (first.body, first.type, first.subject, first.headers.get("n")) == (b"\xff\x00", "", "", None)
    assert (second.headers["n"], second.headers["b"]) == ("7", "x")
    assert [message.id for message in rabbit.peek(queue, limit=2)] == [first.id, second.id]
    consumer = rabbit.consumer(queue)
    consumer.reject(consumer.receive(limit=1, wait=SOON)[0], reason="not text")
    consumer.close()
    assert rabbit.requeue(queue, message_ids=[first.id]) == 1


def test_a_strangers_message_that_finds_no_way_is_not_taken_for_arrived(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel
) -> None:
    rabbit.declare([queue])
    admin.basic_publish(queue.dead_exchange, queue.dead_queue, b"from somebody who gives no ids")
    admin.queue_delete(queue.queue)

    with pytest.raises(RefusedError):
        rabbit.requeue(queue)

    assert rabbit.depth(queue).dead == 1


@pytest.mark.parametrize("headers", [{}, {"cloudEvents:time": "0001-01-01T00:00:00+14:00"}])
def test_a_strangers_time_that_is_none_stops_nobody(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel, headers: dict[str, str]
) -> None:
    milliseconds = 1_790_000_000_000
    rabbit.declare([queue])
    admin.basic_publish(queue.exchange, queue.queue, b"{}", BasicProperties(timestamp=milliseconds, headers=headers))
    consumer = rabbit.consumer(queue)

    received = consumer.receive(limit=1, wait=SOON)

    consumer.acknowledge(received)
    consumer.close()
    assert [delivery.message.body for delivery in received] == [b"{}"]


def test_a_message_no_queue_takes_is_refused_while_its_neighbours_arrive(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel
) -> None:
    rabbit.declare([queue])
    admin.queue_unbind(queue.queue, queue.exchange, routing_key=queue.queue)

    receipts = rabbit.publish(queue, messages(3))

    assert {(receipt.outcome, receipt.final) for receipt in receipts} == {("refused", False)}
    assert "NO_ROUTE" in receipts[0].reason
    admin.queue_bind(queue.queue, queue.exchange, routing_key=queue.queue)
    assert {receipt.outcome for receipt in rabbit.publish(queue, messages(3))} == {"confirmed"}


def test_a_full_queue_turns_messages_down_for_now(rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel) -> None:
    admin.queue_declare(queue.queue, durable=True, arguments={"x-max-length": 2, "x-overflow": "reject-publish"})
    rabbit.declare([queue])

    receipts = rabbit.publish(queue, messages(3))

    assert [receipt.outcome for receipt in receipts] == ["confirmed", "confirmed", "refused"]
    assert not receipts[2].final


def test_a_body_above_the_limit_is_refused_for_good_and_not_sent(rabbitmq_url: str, queue: Queue) -> None:
    broker = RabbitBroker(rabbitmq_url, max_body_bytes=100)
    broker.declare([queue])

    receipts = broker.publish(queue, [a_message("a"), a_message("b" * 101), a_message("c")])
    broker.close()

    assert [(receipt.outcome, receipt.final) for receipt in receipts] == [
        ("confirmed", False),
        ("refused", True),
        ("confirmed", False),
    ]
    assert "101 bytes" in receipts[1].reason


def test_a_message_the_broker_closes_the_channel_over_is_found_among_its_neighbours(
    rabbitmq_url: str, rabbit: RabbitBroker, queue: Queue
) -> None:
    # As with a body above its own limit, RabbitMQ does not say which message it was.
    rabbit.declare([queue])
    parcels = [as_parcel(message) for message in messages(6)]
    forged = BasicProperties(user_id="somebody else")
    parcels[3] = Parcel(id=parcels[3].id, properties=b"".join(forged.encode()), body=b"{}")
    patience = timedelta(seconds=10)
    publisher = Publisher(Address(rabbitmq_url, patience=patience), patience=patience)

    receipts = publisher.publish(queue.exchange, queue.queue, parcels)
    publisher.close()

    assert [receipt.outcome for receipt in receipts] == [*["confirmed"] * 3, "refused", *["confirmed"] * 2]
    assert receipts[3].final
    assert "somebody else" in receipts[3].reason


def test_an_id_that_amqp_cannot_carry_is_refused_for_good(rabbit: RabbitBroker, queue: Queue) -> None:
    rabbit.declare([queue])

    receipts = rabbit.publish(queue, [a_message(message_id="i" * 300), a_message()])

    assert [(receipt.outcome, receipt.final) for receipt in receipts] == [("refused", True), ("confirmed", False)]


def test_a_connection_lost_in_the_middle_tells_what_is_safe_and_the_rest_can_be_repeated(
    rabbit: RabbitBroker, behind: RabbitBroker, proxy: Proxy, queue: Queue
) -> None:
    rabbit.declare([queue])
    behind.publish(queue, messages(1))
    sent, confirmed = cut_in_the_middle(behind, proxy, queue)

    assert 0 < len(confirmed) < len(sent)
    there = {message.id for message in rabbit.peek(queue, limit=100_000)}
    assert confirmed <= there
    rest = [message for message in sent if message.id not in confirmed]
    assert {receipt.outcome for receipt in behind.publish(queue, rest)} == {"confirmed"}
    assert {message.id for message in sent} <= {message.id for message in rabbit.peek(queue, limit=100_000)}


def cut_in_the_middle(behind: RabbitBroker, proxy: Proxy, queue: Queue) -> tuple[list[Message], set[str]]:
    """Publish until the connection is lost after some confirms: on a busy machine the first may come too late."""
    for _ in range(10):
        sent = messages(5_000, size=500)
        proxy.cut_after(answers=60)
        try:
            behind.publish(queue, sent)
        except PartlySentError as error:
            return sent, set(error.confirmed)
        except UnreachableError:
            continue
    raise AssertionError("the connection was never lost in the middle")


def test_a_connection_lost_while_it_rested_is_replaced_unnoticed(
    rabbit: RabbitBroker, behind: RabbitBroker, proxy: Proxy, queue: Queue
) -> None:
    rabbit.declare([queue])
    others = set(threading.enumerate())
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: behind.publish(queue, messages(500)), range(4)))

    proxy.cut()
    for thread in set(threading.enumerate()) - others:
        if thread.name == "rabbitmq":
            thread.join(timeout=10)

    assert {receipt.outcome for receipt in behind.publish(queue, messages(1))} == {"confirmed"}


def test_a_broker_that_falls_silent_is_given_up_after_a_while(
    rabbit: RabbitBroker, behind: RabbitBroker, proxy: Proxy, queue: Queue
) -> None:
    rabbit.declare([queue])
    behind.publish(queue, messages(1))

    proxy.stall()

    with pytest.raises(UnreachableError, match="no confirm"):
        behind.publish(queue, messages(10))


def test_a_consumer_that_lost_its_broker_says_so_and_the_messages_come_back(
    rabbit: RabbitBroker, behind: RabbitBroker, proxy: Proxy, queue: Queue
) -> None:
    rabbit.declare([queue])
    rabbit.publish(queue, messages(2))
    consumer = behind.consumer(queue)
    held = consumer.receive(limit=2, wait=SOON)

    proxy.cut()

    with pytest.raises(UnreachableError):
        consumer.receive(limit=2, wait=SOON)
    with pytest.raises(UnreachableError):
        consumer.acknowledge(held)
    with pytest.raises(UnreachableError):
        consumer.reject(held[0], reason="too late")
    consumer.close()
    again = rabbit.consumer(queue)
    assert again.receive(limit=2, wait=SOON)
    again.close()


def test_a_consumer_whose_queue_is_deleted_says_so(rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel) -> None:
    rabbit.declare([queue])
    consumer = rabbit.consumer(queue)

    admin.queue_delete(queue.queue)

    with pytest.raises(UnreachableError, match=queue.queue):
        consumer.receive(limit=1, wait=SOON)
    consumer.close()


def test_an_unreachable_broker_is_named_without_its_password() -> None:
    broker = RabbitBroker("amqp://user:s3cret@127.0.0.1:1/%2F")

    for call in (lambda: broker.declare([]), lambda: broker.publish(Queue(name="a", queue="b", exchange="c"), [])):
        with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1.*refused") as caught:
            call()
        assert "s3cret" not in f"{caught.value} {caught.value.hint} {broker!r}"


@pytest.mark.parametrize(
    ("login", "vhost", "words"), [("guest:wr0ng", "%2F", "password"), ("guest:guest", "no-such-vhost", "no-such-vhost")]
)
def test_a_refused_login_is_a_matter_of_settings_and_hides_the_password(
    rabbitmq_url: str, caplog: pytest.LogCaptureFixture, login: str, vhost: str, words: str
) -> None:
    place = rabbitmq_url.rsplit("@", 1)[1].split("/", maxsplit=1)[0]
    broker = RabbitBroker(f"amqp://{login}@{place}/{vhost}")

    errors: list[MyeTikTokError] = []
    with caplog.at_level(logging.DEBUG):
        for call in (lambda: broker.declare([]), lambda: broker.publish(Queue(name="a", queue="b", exchange="c"), [])):
            with pytest.raises(WrongSettingsError, match=words) as caught:
                call()
            errors.append(caught.value)

    assert not any("wr0ng" in f"{error} {error.hint}" for error in errors)
    assert "wr0ng" not in caplog.text
    assert "pika" not in caplog.text


@pytest.mark.parametrize("url", ["amqp://guest:s3cret@host:port/", "amqp://guest:s3cret@[::1/"])
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(WrongSettingsError) as caught:
        RabbitBroker(url)

    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


@pytest.fixture
def restricted(rabbitmq_url: str) -> Iterator[RabbitBroker]:
    """RabbitMQ as a user who may use what there is and make nothing."""
    user = f"test-{uuid.uuid4().hex[:12]}"
    rabbitmqctl = shutil.which("rabbitmqctl")
    made = rabbitmqctl and subprocess.run([rabbitmqctl, "add_user", user, "pw"], capture_output=True, check=False)
    if not rabbitmqctl or not made or made.returncode:
        pytest.skip("rabbitmqctl cannot make a user with restricted permissions here")
    subprocess.run([rabbitmqctl, "set_permissions", "-p", "/", user, "^$", ".*", ".*"], capture_output=True, check=True)
    broker = RabbitBroker(rabbitmq_url.replace("guest:guest", f"{user}:pw"))
    yield broker
    broker.close()
    subprocess.run([rabbitmqctl, "delete_user", user], capture_output=True, check=True)


def test_a_user_who_may_make_nothing_uses_what_there_is_and_is_told_what_is_refused(
    rabbit: RabbitBroker, restricted: RabbitBroker, topology: Callable[[], Queue]
) -> None:
    made, missing = topology(), topology()
    rabbit.declare([made])

    restricted.declare([made])
    assert [receipt.outcome for receipt in restricted.publish(made, messages(2))] == ["confirmed"] * 2
    with pytest.raises(WrongSettingsError, match=missing.queue) as caught:
        restricted.declare([missing])
    assert "ACCESS_REFUSED" in caught.value.message


@pytest.mark.parametrize("kind", ["fanout", "topic"])
def test_an_exchange_of_another_type_delivers_too(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel, kind: str
) -> None:
    admin.exchange_declare(queue.exchange, kind, durable=True)

    rabbit.declare([queue])

    assert [receipt.outcome for receipt in rabbit.publish(queue, messages(2))] == ["confirmed"] * 2


def test_acknowledging_in_any_order_empties_the_queue(rabbit: RabbitBroker, queue: Queue) -> None:
    rabbit.declare([queue])
    rabbit.publish(queue, messages(1_000))
    consumer = rabbit.consumer(queue, prefetch=100)

    taken = 0
    while deliveries := consumer.receive(limit=100, wait=timedelta(milliseconds=300)):
        consumer.acknowledge(deliveries[::2])
        consumer.acknowledge(deliveries[1::2])
        taken += len(deliveries)
    consumer.close()

    assert taken == 1_000
    assert rabbit.depth(queue).ready == 0


def test_messages_of_every_size_arrive_in_order_whoever_reads_their_frames(rabbit: RabbitBroker, queue: Queue) -> None:
    sizes = [0, 1, 200, 4_000, 5_000, 131_000, 140_000, 1, 400_000, 0, 3] * 3
    sent = [a_message("x" * size) for size in sizes]
    rabbit.declare([queue])
    rabbit.publish(queue, sent)
    consumer = rabbit.consumer(queue)

    arrived: list[Delivery] = []
    while len(arrived) < len(sent):
        more = consumer.receive(limit=7, wait=timedelta(seconds=5))
        assert more, f"only {len(arrived)} came"
        arrived += more
    consumer.acknowledge(arrived)
    consumer.close()

    assert [(one.message.id, len(one.message.body)) for one in arrived] == [
        (message.id, len(message.body)) for message in sent
    ]
    assert all(one.has_id and one.has_time for one in arrived)
    assert rabbit.depth(queue).ready == 0


def test_a_message_without_labels_is_known_to_have_none(
    rabbit: RabbitBroker, queue: Queue, admin: BlockingChannel
) -> None:
    rabbit.declare([queue])
    admin.basic_publish(queue.exchange, queue.queue, b"{}")
    consumer = rabbit.consumer(queue)

    [delivery] = consumer.receive(limit=1, wait=timedelta(seconds=5))
    consumer.close()

    assert (delivery.has_id, delivery.has_time) == (False, False)
    assert delivery.message.id.startswith("sha256-")
