"""`consume shipments`: write down what MYE shipped, and tell TikTok, once or until a signal."""

from collections.abc import Callable

from mye_tiktok import locks
from mye_tiktok.db import shipments
from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.emptying import empty_forever, empty_once
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.running import RunningJob, Surroundings, running
from mye_tiktok.jobs.shipping_queue import ShipmentQueue
from mye_tiktok.jobs.shipping_retrying import work_on_due
from mye_tiktok.jobs.shipping_work import ShippingDesk

CONSUME_SHIPMENTS = "consume shipments"
BATCH = 100


def consume_shipments_once(
    parts: Parts, around: Surroundings, *, batch: int = BATCH, limit: int | None = None
) -> Report:
    """Write down the messages that wait now, at most `limit`, ship what is due, and relay what MYE is told.

    The report is partial when something was refused or waits. Raises UnreachableError when the database or the broker
    is gone.
    """
    with running(parts.database, CONSUME_SHIPMENTS, "", around, exclusive=False) as run:
        queue = _queue(parts, around, run, batch if limit is None else min(batch, limit))
        desk = ShippingDesk(parts=parts, around=around, run=run, tiktok=parts.tiktok())
        return empty_once(queue, parts, around, run, limit=limit, afterwards=lambda own: work_on_due(desk, own))


def consume_shipments_forever(
    parts: Parts, around: Surroundings, *, idle: Callable[[], None], batch: int = BATCH, ready: Callable[[], None]
) -> Report:
    """Write down and ship what comes until a signal stops it; a broker or database that is away is waited for."""
    with running(parts.database, CONSUME_SHIPMENTS, "", around, exclusive=False) as run:
        desk = ShippingDesk(parts=parts, around=around, run=run, tiktok=parts.tiktok(), aloud=True)
        return empty_forever(
            _queue(parts, around, run, batch),
            parts,
            around,
            run,
            batch=batch,
            then=lambda _: desk.work_on_due(),
            idle=idle,
            ready=ready,
            what="messages about shipments",
        )


def _queue(parts: Parts, around: Surroundings, run: RunningJob, batch: int) -> ShipmentQueue:
    run.report.run_id = run.run_id
    with parts.database.transaction() as session:
        shipments.free_dead(session, locks.is_gone)
    return ShipmentQueue(
        parts.database, parts.broker, parts.queues["shipment"], run.report, batch=batch, clock=around.clock
    )
