"""Outbox relay against one confirm per message, into a quorum queue of the same broker, in the same run.

    python bench/relay.py --postgres postgresql://postgres@127.0.0.1/postgres --rabbit amqp://guest:guest@127.0.0.1/

Makes a database and a queue of its own, deletes both, and prints JSON: `naive` is BlockingConnection with
confirm_delivery and one message at a time, `publish` the bare RabbitBroker, `relay` the whole way from
pending outbox rows in PostgreSQL over the confirmed publish to rows marked sent. Rates are messages/s.
"""

import argparse
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pika
import psycopg2

from mye_tiktok.broker.rabbitmq import RabbitBroker
from mye_tiktok.db import outbox
from mye_tiktok.db.database import Database
from mye_tiktok.db.migration import upgrade
from mye_tiktok.domain.message import CONTENT_TYPE, Message, Queue, cloud_events
from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.outbox import relay

LIMIT = 12.0
BATCH = 2_000


def main() -> None:
    """Measure and print."""
    options = _options()
    queue = _queue("relay")
    with _database(options.postgres) as database, _queues(options.rabbit, queue) as broker:
        messages = [_message(number, options.size) for number in range(options.messages)]
        naive = _rate(options.naive, lambda: _publish_naively(options.rabbit, queue, messages[: options.naive]))
        publish = _rate(len(messages), lambda: _publish(broker, queue, messages))
        _fill(database, messages)
        relayed = _rate(len(messages), lambda: _relay(database, broker, queue))
    print(
        json.dumps(
            {
                "messages": options.messages,
                "bytes_each": options.size,
                "naive_per_second": round(naive),
                "publish_per_second": round(publish),
                "relay_per_second": round(relayed),
                "publish_ratio": round(publish / naive, 1),
                "relay_ratio": round(relayed / naive, 1),
                "limit": LIMIT,
                "ok": relayed / naive >= LIMIT,
            },
            indent=2,
        )
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", default="postgresql://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--rabbit", default="amqp://guest:guest@127.0.0.1:5672/%2F")
    parser.add_argument("--messages", type=int, default=30_000)
    parser.add_argument("--naive", type=int, default=3_000, help="messages for the slow way")
    parser.add_argument("--size", type=int, default=2_000, help="bytes of a body")
    return parser.parse_args()


def _rate(count: int, work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def _message(number: int, size: int) -> Message:
    body = json.dumps({"number": number, "filling": "x" * size})
    return Message(
        id=str(uuid.uuid4()),
        type="mye.tiktok.product.created.v1",
        subject=str(number),
        key=str(number),
        time=datetime.now(UTC),
        body=body.encode(),
        dataschema="urn:mye:tiktok:product.created:v1",
    )


def _publish_naively(url: str, queue: Queue, messages: list[Message]) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    for message in messages:
        properties = pika.BasicProperties(
            content_type=CONTENT_TYPE,
            delivery_mode=pika.DeliveryMode.Persistent,
            message_id=message.id,
            type=message.type,
            headers={**cloud_events(message)},
        )
        channel.basic_publish(queue.exchange, queue.queue, message.body, properties, mandatory=True)
    connection.close()


def _publish(broker: RabbitBroker, queue: Queue, messages: list[Message]) -> None:
    for start in range(0, len(messages), BATCH):
        receipts = broker.publish(queue, messages[start : start + BATCH])
        assert all(receipt.outcome == "confirmed" for receipt in receipts)


def _fill(database: Database, messages: list[Message]) -> None:
    with database.transaction() as session:
        outbox.add(session, [("relay", message) for message in messages], now=datetime.now(UTC))


def _relay(database: Database, broker: RabbitBroker, queue: Queue) -> None:
    report = Report(job="outbox relay")
    relay(
        database,
        lambda: broker,
        {"relay": queue},
        clock=lambda: datetime.now(UTC),
        stop=lambda: None,
        report=report,
    )
    with database.reading() as session:
        assert outbox.backlog(session).pending == 0


def _queue(name: str) -> Queue:
    unique = f"bench.{uuid.uuid4().hex[:12]}"
    return Queue(name=name, queue=unique, exchange=f"{unique}.exchange")


@contextmanager
def _queues(url: str, queue: Queue) -> Iterator[RabbitBroker]:
    broker = RabbitBroker(url)
    broker.declare([queue])
    try:
        yield broker
    finally:
        broker.close()
        connection = pika.BlockingConnection(pika.URLParameters(url))
        channel = connection.channel()
        for name in (queue.queue, queue.dead_queue):
            channel.queue_delete(name)
        for name in (queue.exchange, queue.dead_exchange):
            channel.exchange_delete(name)
        connection.close()


@contextmanager
def _database(admin_url: str) -> Iterator[Database]:
    name = f"bench_relay_{uuid.uuid4().hex[:12]}"
    url = admin_url.rsplit("/", 1)[0] + f"/{name}"
    _execute(admin_url, f'CREATE DATABASE "{name}"')
    database = None
    try:
        upgrade(url)
        database = Database(url)
        yield database
    finally:
        if database:
            database.close()
        _execute(admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()


if __name__ == "__main__":
    main()
