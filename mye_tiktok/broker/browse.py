"""Look into a queue without taking, and move or delete what is dead; each call on a connection of its own."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import pika
from pika.adapters.blocking_connection import BlockingChannel

from mye_tiktok.broker import topology
from mye_tiktok.broker.burial import read
from mye_tiktok.broker.parcel import Parcel, parse_message
from mye_tiktok.domain.message import Message

T = TypeVar("T")
BATCH = 500
LOOKS = 50

Held = tuple[int, Parcel]
Settle = Callable[[Sequence[Parcel]], None]


def peek(connection: pika.BlockingConnection, queue: str, limit: int) -> list[Message]:
    """Return the first messages of `queue` and put them back; none when the queue does not exist."""
    before = topology.count(connection, queue)
    if not before:
        return []
    channel = connection.channel()
    found = [read(parcel) for _, parcel in islice(_take(channel, queue), limit)]
    _give_back(connection, channel, queue, before)
    return found


def sweep(
    connection: pika.BlockingConnection, queue: str, *, ids: Sequence[str], limit: int | None, settle: Settle
) -> int:
    """Take messages off `queue` (these ids, or all, up to `limit`) after `settle` dealt with them, in batches.

    The rest goes back to its place. A crash leaves the batch in hand in the queue: it is dealt with again.
    """
    before = topology.count(connection, queue)
    if not before:
        return 0
    channel = connection.channel()
    waiting = (held for held in islice(_take(channel, queue), before) if not ids or held[1].id in ids)
    done = 0
    for batch in _batches(islice(waiting, limit)):
        settle([parcel for _, parcel in batch])
        for tag, _ in batch:
            channel.basic_ack(tag)
        done += len(batch)
    _give_back(connection, channel, queue, before - done)
    return done


def _take(channel: BlockingChannel, queue: str) -> Iterator[Held]:
    while True:
        method, properties, body = channel.basic_get(queue)
        if method is None or properties is None or method.delivery_tag is None:
            return
        message_id = parse_message(properties, body or b"").id
        yield method.delivery_tag, Parcel(id=message_id, properties=properties, body=body or b"")


def _give_back(connection: pika.BlockingConnection, channel: BlockingChannel, queue: str, expected: int) -> None:
    """Close the channel and let the queue settle.

    Closing keeps every message's place, where a nack sends it to the end of a quorum queue without delivery
    limit. The queue hears of it a moment later; consumers may take messages meanwhile, so don't insist.
    """
    channel.close()
    for _ in range(LOOKS):
        if (topology.count(connection, queue) or 0) >= expected:
            return
        connection.sleep(0.01)


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, BATCH)):
        yield batch
