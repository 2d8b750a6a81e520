"""`consume inventory`: take what MYE says of its stock off the queue, once or until a signal."""

from collections.abc import Callable

from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.emptying import Then, empty_forever, empty_once, nothing
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.running import RunningJob, Surroundings, running
from mye_tiktok.jobs.stock_queue import StockQueue

CONSUME_STOCK = "consume inventory"
BATCH = 500


def consume_stock_once(
    parts: Parts, around: Surroundings, *, batch: int = BATCH, limit: int | None = None, then: Then = nothing
) -> Report:
    """Write down the messages that wait now, at most `limit`, and relay the answers to what can't be fulfilled.

    `then` is called after each batch. The report is partial when there was something bad in the messages. Raises
    UnreachableError when the database or the broker is gone.
    """
    with running(parts.database, CONSUME_STOCK, "", around, exclusive=False) as run:
        queue = _queue(parts, around, run, batch if limit is None else min(batch, limit))
        return empty_once(queue, parts, around, run, limit=limit, then=then)


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
        return empty_forever(
            _queue(parts, around, run, batch),
            parts,
            around,
            run,
            batch=batch,
            then=then,
            idle=idle,
            ready=ready,
            what="messages about stock",
        )


def _queue(parts: Parts, around: Surroundings, run: RunningJob, batch: int) -> StockQueue:
    run.report.run_id = run.run_id
    return StockQueue(
        parts.database, parts.broker, parts.queues["inventory"], run.report, batch=batch, clock=around.clock
    )
