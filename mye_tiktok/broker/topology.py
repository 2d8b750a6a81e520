"""What must exist before messages flow: exchange, queue, binding, and a place for what cannot be read."""

from collections.abc import Callable, Mapping

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from mye_tiktok.broker.connection import ACCESS_REFUSED, NOT_FOUND
from mye_tiktok.domain.message import Queue

# With a limit set a message given back keeps its place in a quorum queue (without one it goes to the end from
# RabbitMQ 3.10 on), and the limit is beyond reach so that looking at a queue never drops a message from it.
DELIVERY_LIMIT = 1_000_000
QUORUM: Mapping[str, object] = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}


def declare(connection: pika.BlockingConnection, queue: Queue) -> None:
    """Make what is missing of `queue`, its exchange and its dead-letter pair; use what exists as it is.

    Passive first, because declaring again with other arguments is an error, and theirs are as good as ours.
    """
    _direct_exchange(connection, queue.dead_exchange)
    _queue(connection, queue.dead_queue, QUORUM)
    _bind(connection, queue.dead_queue, queue.dead_exchange)
    _direct_exchange(connection, queue.exchange)
    dead = {"x-dead-letter-exchange": queue.dead_exchange, "x-dead-letter-routing-key": queue.dead_queue}
    _queue(connection, queue.queue, {**QUORUM, **dead})
    _bind(connection, queue.queue, queue.exchange)


def count(connection: pika.BlockingConnection, queue: str) -> int | None:
    """Return how many messages are ready in `queue`; None when it does not exist."""
    with connection.channel() as channel:
        try:
            return channel.queue_declare(queue, passive=True).method.message_count
        except ChannelClosedByBroker as error:
            if error.reply_code == NOT_FOUND:
                return None
            raise


def _direct_exchange(connection: pika.BlockingConnection, name: str) -> None:
    if name and not _found(connection, lambda channel: channel.exchange_declare(name, passive=True)):
        with connection.channel() as channel:
            channel.exchange_declare(name, "direct", durable=True)


def _queue(connection: pika.BlockingConnection, name: str, arguments: Mapping[str, object]) -> None:
    if count(connection, name) is None:
        with connection.channel() as channel:
            channel.queue_declare(name, durable=True, arguments=arguments)


def _bind(connection: pika.BlockingConnection, queue: str, exchange: str) -> None:
    """Bind `queue` under its own name. Who may not bind uses what is bound: an unroutable message will tell."""
    if not exchange:
        return
    with connection.channel() as channel:
        try:
            channel.queue_bind(queue, exchange, routing_key=queue)
        except ChannelClosedByBroker as error:
            if error.reply_code != ACCESS_REFUSED:
                raise


def _found(connection: pika.BlockingConnection, look: Callable[[BlockingChannel], object]) -> bool:
    with connection.channel() as channel:
        try:
            look(channel)
        except ChannelClosedByBroker as error:
            if error.reply_code == NOT_FOUND:
                return False
            raise
    return True
