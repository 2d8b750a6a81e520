"""`consume inventory`: take what MYE says of its stock off the queue, once or until a signal."""

import logging
from collections.abc import Callable
from datetime import timedelta

from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.consuming import Sender, stay
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.relaying import any_due, relay_what_was_queued
from mye_tiktok.jobs.running import RunningJob, Surroundings, running
from mye_tiktok.jobs.stock_queue import DEAD, StockQueue

CONSUME_STOCK = "consume inventory"
BATCH = 250
QUIET = timedelta(seconds=0.5)
QUIET_TIMES = 20
MOST = 2**31
log = logging.getLogger(__name__)

Then = Callable[[RunningJob], object]


def nothing(run: RunningJob) -> None:
    """Do no more than write down what came."""


def consume_stock_once(
    parts: Parts, around: Surroundings, *, batch: int = BATCH, limit: int | None = None, then: Then = nothing
) -> Report:
    """Write down the messages that wait now, at most `limit`, and relay the answers to what can't be fulfilled.

    `then` is called after each batch. The report is partial when there was something bad in the messages. Raises
    UnreachableError when the database or the broker is gone.
    """
    with running(parts.database, CONSUME_STOCK, "", around, exclusive=False) as run:
        queue = _queue(parts, around, run, batch if limit is None else min(batch, limit))
        try:
            _empty(queue, run, limit, then)
        finally:
            queue.close()
        if any_due(parts.database, parts.queues, around):
            relay_what_was_queued(run.report, parts.database, parts.broker, parts.queues, around, sleep=parts.sleep)
        return run.report


def consume_stock_forever(
    parts: Parts,
    around: Surroundings,
    *,
    idle: Callable[[], None],
    batch: int = BATCH,
    ready: Callable[[], None],
    then: Then = nothing,
) -> Report:
    """Write down what comes until a signal stops it; a broker or database that is away is waited for.

    `ready` is called once, `then` after each batch and each half second without one, `idle` while something is away.
    """
    with running(parts.database, CONSUME_STOCK, "", around, exclusive=False) as run:
        queue, sender, trouble = _queue(parts, around, run, batch), Sender(parts, around, run), Trouble(run.report)
        try:
            queue.open()
            ready()

            def work() -> int:
                seen = queue.take(batch, wait=QUIET)
                trouble.tell()
                sender.send()
                then(run)
                return seen

            stay(run, work, idle=lambda: idle() if queue.stuck else None, what="messages about stock")
        finally:
            queue.close()


class Trouble:
    """Says each time that something was bad: `--once` has a report for that."""

    def __init__(self, report: Report) -> None:
        self._report, self._failed = report, 0

    def tell(self) -> None:
        """Look at what the last batch came to."""
        failed = self._report.counts.get("failed", 0)
        if failed > self._failed:
            last = self._report.failures[-1].message
            log.warning("%d message(s) or item(s) were refused, such as: %s; %s", failed - self._failed, last, DEAD)
        self._failed = failed


def _empty(queue: StockQueue, run: RunningJob, limit: int | None, then: Then) -> None:
    """Take what waits now, and not what others put there meanwhile."""
    # what we are handed does not wait any more, so this comes before the receiving
    due, seen, quiet = queue.waiting(), 0, 0
    while limit is None or seen < limit:
        run.stop()
        taken = queue.take(limit - seen if limit is not None else MOST, wait=QUIET)
        seen += taken
        then(run)
        quiet = 0 if taken else quiet + 1
        if (taken and seen >= due) or (not taken and not queue.waiting()):
            return
        if quiet == QUIET_TIMES:
            run.report.warnings.append(
                f"{queue.waiting()} message(s) wait that the broker gives to nobody, or to others"
            )
            return


def _queue(parts: Parts, around: Surroundings, run: RunningJob, batch: int) -> StockQueue:
    run.report.run_id = run.run_id
    return StockQueue(
        parts.database, parts.broker, parts.queues["inventory"], run.report, batch=batch, clock=around.clock
    )
