"""Take messages from a RabbitMQ queue in batches, on the caller's thread, while the link's thread keeps it alive."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from pika import BasicProperties
from pika.channel import Channel
from pika.spec import Basic

from mye_tiktok.broker.connection import Address
from mye_tiktok.broker.deliveries import Arrived, labels
from mye_tiktok.broker.link import Link
from mye_tiktok.broker.parcel import Found, found, given_id, given_time, labelled
from mye_tiktok.domain.message import Delivery, Queue
from mye_tiktok.errors import MyeTikTokError, UnreachableError

Bury = Callable[[Found, str], None]


class RabbitConsumer:
    """Implements domain.message.Consumer. `bury` publishes a rejected message to the dead-letter queue, confirmed."""

    def __init__(self, address: Address, queue: Queue, *, prefetch: int, bury: Bury) -> None:
        self._address, self._queue, self._prefetch, self._bury = address, queue, prefetch, bury
        self._arrived = threading.Condition()
        self._waiting: deque[Arrived] = deque()
        self._unsettled: dict[int, Arrived] = {}
        self._error: MyeTikTokError | None = None
        self._channel: Channel
        self._link = Link(address, prepare=self._prepare, lost=self._lost, arrived=self._keep)

    def receive(self, *, limit: int, wait: timedelta) -> Sequence[Delivery]:
        """Return up to `limit` messages: at once when there are some, after `wait` with none otherwise."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._waiting or self._error, wait.total_seconds())
            self._raise_if_lost()
            received = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
        return [_delivery(one) for one in received]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Take `deliveries` off the queue for good: one frame for all that came before them, one for each other."""
        tags = {delivery.tag for delivery in deliveries}
        with self._arrived:
            self._raise_if_lost()
            up_to = self._settle_oldest(tags)
            single = sorted(tag for tag in tags if self._unsettled.pop(tag, None))
        self._link.run(lambda: self._ack(up_to, single))

    def reject(self, delivery: Delivery, *, reason: str) -> None:
        """Move a message to the dead-letter queue: confirmed there first, then taken off here."""
        with self._arrived:
            self._raise_if_lost()
            dead = self._unsettled[delivery.tag]
        self._bury(found(BasicProperties().decode(dead.properties), dead.body), reason)
        self.acknowledge([delivery])

    def close(self) -> None:
        """Send the acks that are on their way, and give back the rest."""
        self._link.close()

    def _prepare(self, channel: Channel, ready: Callable[..., None]) -> None:
        self._channel = channel
        channel.add_on_cancel_callback(self._cancelled)
        channel.basic_qos(prefetch_count=self._prefetch)
        channel.basic_consume(self._queue.queue, self._on_message, callback=ready)

    def _on_message(self, channel: Channel, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
        encoded = b"".join(properties.encode())
        self._keep([Arrived(method.delivery_tag or 0, bool(method.redelivered), encoded, body)])

    def _keep(self, arrived: Sequence[Arrived]) -> None:
        with self._arrived:
            self._unsettled.update((one.tag, one) for one in arrived)
            self._waiting.extend(arrived)
            self._arrived.notify_all()

    def _cancelled(self, *_: object) -> None:
        self._lost(UnreachableError(f"Queue {self._queue.queue!r} was deleted, or its leader went away."))

    def _lost(self, cause: BaseException) -> None:
        with self._arrived:
            self._error = self._error or self._address.as_error(cause)
            self._waiting.clear()
            self._arrived.notify_all()

    def _raise_if_lost(self) -> None:
        if self._error:
            raise self._error

    def _settle_oldest(self, tags: set[int]) -> int:
        """Settle the unbroken row of oldest deliveries that are in `tags`; returns the last of them, or 0."""
        last = 0
        for tag in list(self._unsettled):
            if tag not in tags:
                break
            del self._unsettled[tag]
            last = tag
        return last

    def _ack(self, up_to: int, single: Iterable[int]) -> None:
        if not self._channel.is_open:
            return
        if up_to:
            self._channel.basic_ack(up_to, multiple=True)
        for tag in single:
            self._channel.basic_ack(tag)


def _delivery(arrived: Arrived) -> Delivery:
    told = labels(arrived.properties)
    message_id, time = given_id(told), given_time(told)
    return Delivery(
        tag=arrived.tag,
        message=labelled(told, arrived.body, message_id=message_id, time=time),
        redelivered=arrived.redelivered,
        has_id=bool(message_id),
        has_time=time is not None,
    )
