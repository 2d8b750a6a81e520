"""`ship retry`: go on with shipments that wait: those that are due, those that are named, or all that were given up."""

from collections.abc import Sequence

from mye_tiktok import locks
from mye_tiktok.db import shipments
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import RefusedError
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.relaying import relay_what_is_due
from mye_tiktok.jobs.running import RunningJob, Surroundings, running
from mye_tiktok.jobs.shipping_work import AT_ONCE, ShippingDesk

RETRY = "ship retry"


def retry_shipments(
    parts: Parts, around: Surroundings, *, shipment_ids: Sequence[int] = (), given_up: bool = False
) -> Report:
    """Do what is due now, and relay what MYE is told; several may run at once.

    With `shipment_ids` only these, whether they are due or were refused or given up; with `given_up` also all that
    were given up. The report is partial when something was refused or waits on. Raises RefusedError for an id that is
    none.
    """
    with running(parts.database, RETRY, "", around, exclusive=False) as run:
        run.report.run_id = run.run_id
        desk = ShippingDesk(parts=parts, around=around, run=run, tiktok=parts.tiktok())
        with parts.database.transaction() as session:
            now = around.lease_time(session)
            shipments.free_dead(session, locks.is_gone)
            if unknown := set(shipment_ids) - shipments.by_ids(session, shipment_ids).keys():
                words = f"there is no shipment {', '.join(map(str, sorted(unknown)))}"
                raise RefusedError(words, hint="`mye-tiktok ship list` shows them with their ids", code="no-shipment")
            if shipment_ids or given_up:
                shipments.retry(session, now=now, shipment_ids=shipment_ids or None)
        if shipment_ids:
            for at in range(0, len(shipment_ids), AT_ONCE):
                run.report.add(seen=len(desk.work(shipment_ids[at : at + AT_ONCE])))
        else:
            work_on_due(desk, run)
        relay_what_is_due(run.report, parts.database, parts.broker, parts.queues, around, sleep=parts.sleep)
        return run.report


def work_on_due(desk: ShippingDesk, run: RunningJob) -> None:
    """Do all that is due now; what becomes due meanwhile is for the next run."""
    with desk.parts.database.reading() as session:
        due_by = desk.around.lease_time(session)
    while seen := desk.work_on_due(due_by=due_by):
        run.stop()
        run.report.add(seen=seen)
