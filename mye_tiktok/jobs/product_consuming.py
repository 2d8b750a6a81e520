"""`consume products`: write down what MYE wants done to products, and do it, once or until a signal."""

from collections.abc import Callable

from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.emptying import empty_forever, empty_once
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.product_command_queue import CommandQueue
from mye_tiktok.jobs.product_command_work import CommandDesk
from mye_tiktok.jobs.running import RunningJob, Surroundings, running

CONSUME_COMMANDS = "consume products"
BATCH = 100


def consume_commands_once(
    parts: Parts, around: Surroundings, *, batch: int = BATCH, limit: int | None = None
) -> Report:
    """Write down the commands that wait now, at most `limit`, do what is due, and relay what that made.

    The report is partial when something was refused. Raises UnreachableError when the database or the broker is gone.
    """
    with running(parts.database, CONSUME_COMMANDS, "", around, exclusive=False) as run:
        queue = _queue(parts, around, run, batch if limit is None else min(batch, limit))
        desk = CommandDesk(parts=parts, around=around, run=run, tiktok=parts.tiktok())
        return empty_once(queue, parts, around, run, limit=limit, afterwards=lambda _: _work_on_due(desk))


def consume_commands_forever(
    parts: Parts, around: Surroundings, *, idle: Callable[[], None], batch: int = BATCH, ready: Callable[[], None]
) -> Report:
    """Write down and do what comes until a signal stops it; a broker or database that is away is waited for."""
    with running(parts.database, CONSUME_COMMANDS, "", around, exclusive=False) as run:
        desk = CommandDesk(parts=parts, around=around, run=run, tiktok=parts.tiktok(), aloud=True)
        return empty_forever(
            _queue(parts, around, run, batch),
            parts,
            around,
            run,
            batch=batch,
            then=lambda _: desk.work(),
            idle=idle,
            ready=ready,
            what="commands about products",
        )


def _work_on_due(desk: CommandDesk) -> None:
    """Do everything that is due by now, and not what becomes due meanwhile."""
    with desk.parts.database.reading() as session:
        due_by = desk.around.lease_time(session)
    while desk.work(due_by=due_by):
        desk.run.stop()


def _queue(parts: Parts, around: Surroundings, run: RunningJob, batch: int) -> CommandQueue:
    run.report.run_id = run.run_id
    return CommandQueue(
        parts.database, parts.broker, parts.queues["product-command"], run.report, batch=batch, clock=around.clock
    )
