"""Relay the outbox: publish what waits, in order, and mark it sent once the broker confirmed it."""

import contextvars
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from mye_tiktok.db import outbox
from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Broker, Due, Queue, Receipt
from mye_tiktok.domain.progress import Stop
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import MyeTikTokError, PartlySentError

BATCH = 1_000
# a batch of large messages is smaller; how large they are is known after the first few
BATCH_BYTES = 2 * 1024 * 1024
FIRST_BATCH = 200
# while one batch is confirmed and marked the next is read and already on its way
UNDERWAY = 2
MOST_ATTEMPTS = 20
log = logging.getLogger(__name__)


def relay(
    database: Database,
    broker: Callable[[], Broker],
    queues: Mapping[str, Queue],
    *,
    clock: Callable[[], datetime],
    stop: Stop,
    report: Report,
    limit: int | None = None,
) -> Report:
    """Publish every message that is due, oldest first, until none is left.

    A message is marked sent after the broker's confirm, never before: a crash in between sends it again with
    the same id. A message leaves only after the earlier ones of its key were confirmed; one that is not confirmed
    waits, and the later ones of its key wait behind it; one that is refused for good, or too often, is parked.
    Raises UnreachableError when the broker is gone.
    """
    with ThreadPoolExecutor(max_workers=UNDERWAY, thread_name_prefix="publish") as pool:
        for queue in queues.values():
            passage = _Passage(
                database=database,
                broker=broker,
                queue=queue,
                clock=clock,
                stop=stop,
                report=report,
                limit=limit,
                pool=pool,
                underway=deque(),
            )
            while passage.once():
                pass
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Messages on their way, no two with the same key, and the counts of what becomes of them."""

    keys: Set[str]
    size: int
    counts: "Future[Mapping[str, int]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passage:
    """The way of the messages for one queue."""

    database: Database
    broker: Callable[[], Broker]
    queue: Queue
    clock: Callable[[], datetime]
    stop: Stop
    report: Report
    limit: int | None
    pool: ThreadPoolExecutor
    underway: deque[_Batch]

    def once(self) -> bool:
        """Go through what is due once; tell whether a message stayed behind an earlier one of its key."""
        try:
            behind = self._go()
            while self.underway:
                self._arrive()
        except BaseException:
            # what is on its way arrives all the same, and is counted
            while self.underway:
                with suppress(MyeTikTokError):
                    self._arrive()
            raise
        return bool(behind)

    def _go(self) -> Set[str]:
        behind: set[str] = set()
        after, most = 0, FIRST_BATCH
        while rows := self._read(after, most):
            if after == 0:
                self.broker().declare([self.queue])
            after, most = rows[-1].position, _size_of_next(rows)
            leaving = _first_of_each_key(rows, {key for batch in self.underway for key in batch.keys}, behind)
            if leaving:
                self.underway.append(self._send_off(leaving))
            if len(self.underway) >= UNDERWAY:
                self._arrive()
        return behind

    def _read(self, after: int, most: int) -> Sequence[Due]:
        self.stop()
        going = sum(batch.size for batch in self.underway)
        room = most if self.limit is None else min(most, self.limit - self.report.counts.get("sent", 0) - going)
        if room <= 0:
            return ()
        with self.database.reading() as session:
            return outbox.due(session, self.queue.name, now=self.clock(), limit=room, after=after)

    def _send_off(self, rows: Sequence[Due]) -> _Batch:
        # a line logged there belongs to this run, too
        counts = self.pool.submit(contextvars.copy_context().run, self._deliver, rows)
        return _Batch(keys={row.message.key for row in rows} - {""}, size=len(rows), counts=counts)

    def _deliver(self, rows: Sequence[Due]) -> Mapping[str, int]:
        """Publish `rows` and write down what became of each; runs beside the reading of the next ones."""
        try:
            receipts = self.broker().publish(self.queue, [row.message for row in rows])
        except PartlySentError as error:
            with self.database.transaction(forgettable=True) as session:
                outbox.mark_sent(session, error.confirmed, now=self.clock())
            raise
        return _settle(self.database, self.queue, rows, receipts, now=self.clock())

    def _arrive(self) -> None:
        """Wait for the batch that left first, and count it."""
        try:
            counts = self.underway.popleft().counts.result()
        except PartlySentError as error:
            self.report.add(sent=len(error.confirmed))
            raise
        self.report.add(**counts)


def _size_of_next(rows: Sequence[Due]) -> int:
    """Return how many messages like `rows` a batch may hold."""
    mean = sum(len(row.message.body) for row in rows) / len(rows)
    return max(1, min(BATCH, int(BATCH_BYTES / max(mean, 1))))


def _first_of_each_key(rows: Sequence[Due], busy: Set[str], behind: set[str]) -> list[Due]:
    """Return what may leave now; the keys of what may not are added to `behind`."""
    leaving: list[Due] = []
    taken = set(busy)
    for row in rows:
        key = row.message.key
        if key and (key in taken or key in behind):
            behind.add(key)
        else:
            leaving.append(row)
            taken.add(key)
    return leaving


def _settle(
    database: Database, queue: Queue, rows: Sequence[Due], receipts: Sequence[Receipt], *, now: datetime
) -> Mapping[str, int]:
    """Write down what became of `rows`, and count it."""
    outcomes = list(zip(rows, receipts, strict=True))
    refused = [(row, receipt) for row, receipt in outcomes if receipt.outcome != "confirmed"]
    sent = [row.message.id for row, receipt in outcomes if receipt.outcome == "confirmed"]
    counts = Counter(sent=len(sent))
    # a mark that a power cut undoes sends the message again with the same id, as a crash before the mark does
    with database.transaction(forgettable=True) as session:
        outbox.mark_sent(session, sent, now=now)
        for row, receipt in refused:
            if receipt.final or row.attempts + 1 >= MOST_ATTEMPTS:
                outbox.park(session, [row.message.id], error=receipt.reason)
                counts["parked"] += 1
            else:
                delay = backoff(row.attempts)
                outbox.postpone(session, [row.message.id], error=receipt.reason, next_attempt_at=now + delay)
                counts["postponed"] += 1
    for _, receipt in refused[:1]:
        log.warning("%d message(s) were not taken by %s: %s", len(refused), queue.name, receipt.reason)
    return counts


def backoff(attempts: int) -> timedelta:
    """Return how long a refused message waits: 5 s, doubling, an hour at most."""
    return timedelta(seconds=min(5 * 2**attempts, 3600))
