"""Relay the outbox: publish what waits, in order, and mark it sent once the broker confirmed it."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from mye_tiktok.db import outbox
from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Broker, OutboxRow, Queue, Receipt
from mye_tiktok.domain.progress import Stop
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import MyeTikTokError, PartlySentError

BATCH = 1_000
# while the broker confirms one batch the next is read and already on its way
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
    """Messages on their way; no two have the same key."""

    rows: Sequence[OutboxRow]
    receipts: "Future[Sequence[Receipt]]"


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
                self._settle_first()
        except BaseException:
            # what is on its way arrives all the same: note what did, so that it is not sent twice
            while self.underway:
                with suppress(MyeTikTokError):
                    self._settle_first()
            raise
        return bool(behind)

    def _go(self) -> Set[str]:
        behind: set[str] = set()
        after = 0
        while rows := self._read(after):
            if after == 0:
                self.broker().declare([self.queue])
            after = rows[-1].position
            busy = {row.message.key for batch in self.underway for row in batch.rows}
            leaving = _first_of_each_key(rows, busy, behind)
            if leaving:
                messages = [row.message for row in leaving]
                receipts = self.pool.submit(self.broker().publish, self.queue, messages)
                self.underway.append(_Batch(rows=leaving, receipts=receipts))
            if len(self.underway) >= UNDERWAY:
                self._settle_first()
        return behind

    def _read(self, after: int) -> Sequence[OutboxRow]:
        self.stop()
        going = sum(len(batch.rows) for batch in self.underway)
        room = BATCH if self.limit is None else min(BATCH, self.limit - self.report.counts.get("sent", 0) - going)
        if room <= 0:
            return ()
        with self.database.reading() as session:
            return outbox.due(session, self.queue.name, now=self.clock(), limit=room, after=after)

    def _settle_first(self) -> None:
        batch = self.underway.popleft()
        try:
            receipts = batch.receipts.result()
        except PartlySentError as error:
            _tick_off(self.database, error.confirmed, now=self.clock(), report=self.report)
            raise
        _settle(self.database, batch.rows, receipts, now=self.clock(), report=self.report)


def _first_of_each_key(rows: Sequence[OutboxRow], busy: Set[str], behind: set[str]) -> list[OutboxRow]:
    """Return what may leave now; the keys of what may not are added to `behind`."""
    leaving: list[OutboxRow] = []
    taken = set(busy)
    for row in rows:
        key = row.message.key
        if key and (key in taken or key in behind):
            behind.add(key)
        else:
            leaving.append(row)
            taken.add(key)
    return leaving


def _tick_off(database: Database, confirmed: Sequence[str], *, now: datetime, report: Report) -> None:
    with database.transaction() as session:
        outbox.mark_sent(session, confirmed, now=now)
    report.add(sent=len(confirmed))


def _settle(
    database: Database, rows: Sequence[OutboxRow], receipts: Sequence[Receipt], *, now: datetime, report: Report
) -> None:
    """Write down what became of `rows`."""
    outcomes = {receipt.message_id: receipt for receipt in receipts}
    refused = [(row, outcomes[row.message.id]) for row in rows if outcomes[row.message.id].outcome != "confirmed"]
    sent = [row.message.id for row in rows if outcomes[row.message.id].outcome == "confirmed"]
    with database.transaction() as session:
        outbox.mark_sent(session, sent, now=now)
        for row, receipt in refused:
            if receipt.final or row.attempts + 1 >= MOST_ATTEMPTS:
                outbox.park(session, [row.message.id], error=receipt.reason)
                report.add(parked=1)
            else:
                delay = backoff(row.attempts)
                outbox.postpone(session, [row.message.id], error=receipt.reason, next_attempt_at=now + delay)
                report.add(postponed=1)
    report.add(sent=len(sent))
    for row, receipt in refused[:1]:
        log.warning("%d message(s) were not taken by %s: %s", len(refused), row.destination, receipt.reason)


def backoff(attempts: int) -> timedelta:
    """Return how long a refused message waits: 5 s, doubling, an hour at most."""
    return timedelta(seconds=min(5 * 2**attempts, 3600))
