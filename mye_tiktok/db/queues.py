"""The embedded broker: queues in the database, for one machine that has no RabbitMQ."""

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from mye_tiktok.db import queue_rows as rows
from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Consumer, Delivery, Message, Queue, QueueDepth, Receipt
from mye_tiktok.errors import WrongSettingsError

VISIBILITY = timedelta(minutes=10)
POLL = timedelta(milliseconds=200)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time of this host."""
    return datetime.now(UTC)


class EmbeddedConsumer:
    """Implements domain.message.Consumer: a received message is hidden from others for `visibility`.

    After that, as after a crash, it is received again: the visibility must be longer than a batch takes.
    """

    def __init__(
        self,
        database: Database,
        queue: Queue,
        *,
        prefetch: int,
        visibility: timedelta,
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._database, self._queue, self._prefetch = database, queue, prefetch
        self._visibility, self._clock, self._sleep = visibility, clock, sleep
        self._holder = uuid.uuid4().hex
        self._unsettled: set[int] = set()

    def receive(self, *, limit: int, wait: timedelta) -> Sequence[Delivery]:
        """Return up to `limit` messages: at once when there are some, after `wait` with none otherwise."""
        waited = timedelta()
        while True:
            deliveries = self._claim(min(limit, self._prefetch - len(self._unsettled)))
            if deliveries or waited >= wait:
                return deliveries
            pause = min(POLL, wait - waited)
            self._sleep(pause.total_seconds())
            waited += pause

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Take `deliveries` off the queue for good."""
        tags = [delivery.tag for delivery in deliveries]
        with self._database.transaction() as session:
            rows.remove(session, tags, holder=self._holder)
        self._unsettled.difference_update(tags)

    def reject(self, delivery: Delivery, *, reason: str) -> None:
        """Move a message that cannot be read to the dead ones, with `reason` in its headers."""
        with self._database.transaction() as session:
            rows.bury(session, delivery.tag, holder=self._holder, reason=reason)
        self._unsettled.discard(delivery.tag)

    def close(self) -> None:
        """Give back what was received and not settled."""
        if self._unsettled:
            with self._database.transaction() as session:
                rows.release(session, holder=self._holder)
        self._unsettled.clear()

    def _claim(self, limit: int) -> list[Delivery]:
        now = self._clock()
        if limit < 1 or not self._has_ready(now):
            return []
        until = now + self._visibility
        with self._database.transaction(forgettable=True) as session:
            claimed = rows.claim(session, self._queue.queue, holder=self._holder, now=now, until=until, limit=limit)
        self._unsettled.update(each.id for each in claimed)
        return [Delivery(tag=each.id, message=each.message, redelivered=each.delivery > 1) for each in claimed]

    def _has_ready(self, now: datetime) -> bool:
        # looking first spares an idle consumer the write lock, which on SQLite everybody shares
        with self._database.reading() as session:
            return bool(rows.first(session, self._queue.queue, dead=False, now=now, limit=1))


class EmbeddedBroker:
    """Implements domain.message.Broker. Messages survive what the database survives."""

    def __init__(
        self,
        database: Database,
        *,
        visibility: timedelta = VISIBILITY,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database, self._visibility, self._clock, self._sleep = database, visibility, clock, sleep

    def __repr__(self) -> str:
        return f"the embedded broker in {self._database.place}"

    def declare(self, queues: Sequence[Queue]) -> None:
        """Make known what is not."""
        with self._database.transaction() as session:
            for queue in queues:
                rows.declare(session, queue)

    def publish(self, queue: Queue, messages: Sequence[Message]) -> Sequence[Receipt]:
        """Put all messages at the end of the queue in one transaction, or refuse them when nobody declared it."""
        with self._database.transaction() as session:
            known = rows.is_declared(session, queue.queue)
            if known:
                rows.add(session, queue, messages, now=self._clock())
        if known:
            return [Receipt(message_id=message.id, outcome="confirmed") for message in messages]
        reason = f"NO_ROUTE: nobody declared queue {queue.queue!r}"
        return [Receipt(message_id=message.id, outcome="refused", reason=reason) for message in messages]

    def consumer(self, queue: Queue, *, prefetch: int = 500) -> Consumer:
        """Return a consumer of `queue`; raises WrongSettingsError when nobody declared it."""
        with self._database.reading() as session:
            known = rows.is_declared(session, queue.queue)
        if not known:
            raise WrongSettingsError(f"{self!r} has no queue {queue.queue!r}", hint="`mye-tiktok queue list`")
        return EmbeddedConsumer(
            self._database,
            queue,
            prefetch=prefetch,
            visibility=self._visibility,
            clock=self._clock,
            sleep=self._sleep,
        )

    def depth(self, queue: Queue) -> QueueDepth:
        """Count what is ready and what is dead."""
        ready = dead = None
        with self._database.reading() as session:
            if rows.is_declared(session, queue.queue):
                ready = rows.count(session, queue.queue, dead=False, now=self._clock())
                dead = rows.count(session, queue.queue, dead=True, now=self._clock())
        return QueueDepth(name=queue.name, queue=queue.queue, ready=ready, dead=dead)

    def peek(self, queue: Queue, *, limit: int, dead: bool = False) -> Sequence[Message]:
        """Return the first messages without taking them."""
        with self._database.reading() as session:
            return rows.first(session, queue.queue, dead=dead, now=self._clock(), limit=limit)

    def requeue(self, queue: Queue, *, message_ids: Sequence[str] = (), limit: int | None = None) -> int:
        """Move dead messages back to where they stood in the queue."""
        with self._database.transaction() as session:
            return rows.revive(session, queue.queue, message_ids=message_ids, limit=limit)

    def purge_dead(self, queue: Queue, *, message_ids: Sequence[str] = ()) -> int:
        """Delete dead messages for good."""
        with self._database.transaction() as session:
            return rows.purge(session, queue.queue, message_ids=message_ids)

    def close(self) -> None:
        """Keep the database open: it belongs to whoever made it."""
