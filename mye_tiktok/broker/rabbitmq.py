"""RabbitMQ as domain.message.Broker."""

from collections.abc import Sequence
from datetime import timedelta

from mye_tiktok.broker import browse, burial, topology
from mye_tiktok.broker.connection import Address
from mye_tiktok.broker.consumer import RabbitConsumer
from mye_tiktok.broker.parcel import Found, Parcel, as_parcel
from mye_tiktok.broker.publisher import Publisher
from mye_tiktok.domain.message import Consumer, Message, Queue, QueueDepth, Receipt
from mye_tiktok.errors import RefusedError

PATIENCE = timedelta(seconds=30)
MAX_BODY_BYTES = 16 * 1024 * 1024


class RabbitBroker:
    """Implements domain.message.Broker. Connects on first use, and again after a loss.

    `patience` is how long it bears a broker that takes nothing. Bodies above `max_body_bytes` (RabbitMQ's own
    default limit) are refused without being sent, since the broker would close the channel over them.
    """

    def __init__(self, url: str, *, patience: timedelta = PATIENCE, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._address = Address(url, patience=patience)
        self._publisher = Publisher(self._address, patience=patience)
        self._max_body_bytes = max_body_bytes

    def __repr__(self) -> str:
        return repr(self._address)

    def declare(self, queues: Sequence[Queue]) -> None:
        """Make what is missing; what exists is used as it is. Raises WrongSettingsError on a clash."""
        with self._address.connected() as connection:
            for queue in queues:
                topology.declare(connection, queue)

    def publish(self, queue: Queue, messages: Sequence[Message]) -> Sequence[Receipt]:
        """Publish in the order given and wait for every confirm; see domain.message.Broker."""
        refused: dict[str, Receipt] = {}
        parcels = []
        for message in messages:
            try:
                parcels.append(self._packed(message))
            except ValueError as error:
                reason = str(error)
                refused[message.id] = Receipt(message_id=message.id, outcome="refused", reason=reason, final=True)
        receipts = self._publisher.publish(queue.exchange, queue.queue, parcels)
        if not refused:
            return receipts
        settled = iter(receipts)
        return [refused.get(message.id) or next(settled) for message in messages]

    def consumer(self, queue: Queue, *, prefetch: int = 500) -> Consumer:
        """Return a consumer of `queue`, on a connection of its own."""

        def bury(found: Found, reason: str) -> None:
            self._move(queue.dead_exchange, queue.dead_queue, [burial.buried(found, reason)])

        return RabbitConsumer(self._address, queue, prefetch=prefetch, bury=bury)

    def depth(self, queue: Queue) -> QueueDepth:
        """Count what is ready and what is dead."""
        with self._address.connected() as connection:
            ready, dead = (topology.count(connection, name) for name in (queue.queue, queue.dead_queue))
        return QueueDepth(name=queue.name, queue=queue.queue, ready=ready, dead=dead)

    def peek(self, queue: Queue, *, limit: int, dead: bool = False) -> Sequence[Message]:
        """Return the first messages without taking them."""
        with self._address.connected() as connection:
            return browse.peek(connection, queue.dead_queue if dead else queue.queue, limit)

    def requeue(self, queue: Queue, *, message_ids: Sequence[str] = (), limit: int | None = None) -> int:
        """Move dead messages back to the queue, past its exchange, which may feed other queues too."""

        def settle(dead: Sequence[Found]) -> None:
            self._move("", queue.queue, [burial.revived(found) for found in dead])

        with self._address.connected() as connection:
            return browse.sweep(connection, queue.dead_queue, ids=message_ids, limit=limit, settle=settle)

    def purge_dead(self, queue: Queue, *, message_ids: Sequence[str] = ()) -> int:
        """Delete dead messages for good."""
        with self._address.connected() as connection:
            return browse.sweep(connection, queue.dead_queue, ids=message_ids, limit=None, settle=lambda dead: None)

    def close(self) -> None:
        """Let go of the connection."""
        self._publisher.close()

    def _move(self, exchange: str, queue: str, parcels: Sequence[Parcel]) -> None:
        for receipt in self._publisher.publish(exchange, queue, parcels):
            if receipt.outcome == "refused":
                hint = "Nothing was lost: the message stays where it was."
                raise RefusedError(f"Message {receipt.message_id} for {queue!r}: {receipt.reason}", hint=hint)

    def _packed(self, message: Message) -> Parcel:
        if len(message.body) > self._max_body_bytes:
            raise ValueError(f"{len(message.body)} bytes are more than the broker's limit of {self._max_body_bytes}")
        return as_parcel(message)
