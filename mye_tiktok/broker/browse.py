"""Look into a queue without taking, and move or delete what is dead."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from mye_tiktok.broker import topology
from mye_tiktok.broker.burial import read
from mye_tiktok.broker.parcel import Found, found
from mye_tiktok.domain.message import Message

BATCH = 500
PREFETCH_LIMIT = 65_535
QUIET_SECONDS = 0.5
LOOKS = 100

Settle = Callable[[Sequence[Found]], None]


class Held(NamedTuple):
    """A message that waits at our side of the channel, neither taken nor given back."""

    tag: int
    found: Found
    redelivered: bool


class Hold:
    """Messages of one queue, held back from everybody else until `release`.

    Every message goes back to its place, also in a quorum queue: for that they are held by consumers that
    are never cancelled, and given back by closing the channel. After a nack, a cancel or a row of `basic.get`
    they came back in another order (tried on 3.10, with and without delivery limit).
    """

    def __init__(self, connection: pika.BlockingConnection, queue: str) -> None:
        self._connection, self._queue = connection, queue
        self._channel = connection.channel()
        self._arrived: deque[Held] = deque()
        self._unsettled = self._prefetch = 0
        self.expected = topology.count(connection, queue) or 0

    def take(self, number: int) -> list[Held]:
        """Return the next messages; fewer than `number` when others are faster or there are no more."""
        missing = self._unsettled - len(self._arrived) + number - self._prefetch
        if missing > 0:
            self._consume(missing)
        before = -1
        while before < len(self._arrived) < number:
            before = len(self._arrived)
            self._connection.process_data_events(time_limit=QUIET_SECONDS)
        return [self._arrived.popleft() for _ in range(min(number, len(self._arrived)))]

    def remove(self, held: Sequence[Held]) -> None:
        """Take messages off the queue for good."""
        for each in held:
            self._channel.basic_ack(each.tag)
        self._unsettled -= len(held)
        self.expected -= len(held)

    def release(self) -> None:
        """Give back the rest and wait until the queue heard of it; consumers may be faster, so don't insist."""
        self._channel.close()
        for _ in range(LOOKS):
            if (topology.count(self._connection, self._queue) or 0) >= self.expected:
                return
            self._connection.sleep(0.01)

    def _consume(self, prefetch: int) -> None:
        prefetch = min(prefetch, PREFETCH_LIMIT)
        self._channel.basic_qos(prefetch_count=prefetch)
        self._channel.basic_consume(self._queue, self._on_message, consumer_tag=f"look-{self._prefetch:09}")
        self._prefetch += prefetch

    def _on_message(
        self, channel: BlockingChannel, method: Basic.Deliver, properties: BasicProperties, body: bytes
    ) -> None:
        self._arrived.append(Held(method.delivery_tag or 0, found(properties, body), bool(method.redelivered)))
        self._unsettled += 1


def peek(connection: pika.BlockingConnection, queue: str, limit: int) -> list[Message]:
    """Return the first messages of `queue` and put them back; none when the queue does not exist."""
    hold = Hold(connection, queue)
    held = hold.take(min(limit, hold.expected)) if hold.expected else []
    # What was given back before stands in front of a quorum queue, and what we give back goes behind it:
    # only by holding all of that does the order stay.
    while held and held[-1].redelivered and len(held) < hold.expected:
        more = hold.take(min(len(held), hold.expected - len(held)))
        if not more:
            break
        held += more
    hold.release()
    return [read(each.found) for each in held[:limit]]


def sweep(
    connection: pika.BlockingConnection, queue: str, *, ids: Sequence[str], limit: int | None, settle: Settle
) -> int:
    """Take messages off `queue` (these ids, or all, up to `limit`) after `settle` dealt with them, in batches.

    The rest goes back to its place. A crash leaves the batch in hand in the queue: it is dealt with again.
    """
    hold = Hold(connection, queue)
    left, done = hold.expected, 0
    room = left if limit is None else limit
    while left and done < room:
        held = hold.take(min(BATCH, left))
        wanted = [each for each in held if not ids or each.found.id in ids][: room - done]
        settle([each.found for each in wanted])
        hold.remove(wanted)
        done += len(wanted)
        left = left - len(held) if held else 0
    hold.release()
    return done
