"""Relay the outbox: publish what waits, in order, and mark it sent once the broker confirmed it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from mye_tiktok.db import outbox
from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Broker, OutboxRow, Queue, Receipt
from mye_tiktok.domain.progress import Stop
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import PartlySentError

BATCH = 2_000
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
    the same id. A message that is not confirmed waits, and the later ones of its key wait behind it; one that
    is refused for good, or too often, is parked. Raises UnreachableError when the broker is gone.
    """
    for name, queue in queues.items():
        declared = False
        while limit is None or report.counts.get("sent", 0) < limit:
            stop()
            with database.transaction() as session:
                most = BATCH if limit is None else min(BATCH, limit - report.counts.get("sent", 0))
                rows = outbox.due(session, name, now=clock(), limit=most)
            if not rows:
                break
            if not declared:
                broker().declare([queue])
                declared = True
            _publish(database, broker(), queue, rows, clock=clock, report=report)
    return report


def _publish(
    database: Database,
    broker: Broker,
    queue: Queue,
    rows: Sequence[OutboxRow],
    *,
    clock: Callable[[], datetime],
    report: Report,
) -> None:
    """Publish a batch in turns, so that a message leaves only after the earlier ones of its key were confirmed."""
    held_back: set[str] = set()
    for turn in _turns(rows):
        leaving = [row for row in turn if row.message.key not in held_back]
        if not leaving:
            break
        try:
            receipts = broker.publish(queue, [row.message for row in leaving])
        except PartlySentError as error:
            _tick_off(database, error.confirmed, now=clock(), report=report)
            raise
        held_back |= _settle(database, leaving, receipts, now=clock(), report=report)


def _turns(rows: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
    """Split a batch into parts in which no key comes twice; nearly always that is one part."""
    turns: list[list[OutboxRow]] = []
    before: dict[str, int] = {}
    for row in rows:
        number = before.get(row.message.key, 0)
        if row.message.key:
            before[row.message.key] = number + 1
        if number == len(turns):
            turns.append([])
        turns[number].append(row)
    return turns


def _tick_off(database: Database, confirmed: Sequence[str], *, now: datetime, report: Report) -> None:
    with database.transaction() as session:
        outbox.mark_sent(session, confirmed, now=now)
    report.add(sent=len(confirmed))


def _settle(
    database: Database, rows: Sequence[OutboxRow], receipts: Sequence[Receipt], *, now: datetime, report: Report
) -> set[str]:
    """Write down what became of `rows`; return the keys whose later messages have to wait."""
    held_back: set[str] = set()
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
                held_back.add(row.message.key)
    report.add(sent=len(sent))
    for row, receipt in refused[:1]:
        log.warning("%d message(s) were not taken by %s: %s", len(refused), row.destination, receipt.reason)
    return held_back - {""}


def backoff(attempts: int) -> timedelta:
    """Return how long a refused message waits: 5 s, doubling, an hour at most."""
    return timedelta(seconds=min(5 * 2**attempts, 3600))
