"""Sort in what is new, and answer the wishes that newer ones took the place of."""

from collections.abc import Callable
from datetime import datetime

from mye_tiktok.db import outbox, stock_sorting
from mye_tiktok.db.database import Database, Session
from mye_tiktok.db.stock_sorting import Sorted
from mye_tiktok.domain.progress import Stop
from mye_tiktok.domain.report import Report
from mye_tiktok.mye.stock_results import QUEUE, settled_message


def sort_in(database: Database, clock: Callable[[], datetime], stop: Stop, report: Report | None = None) -> int:
    """Sort in all new wishes, some thousands per transaction; returns how many there were.

    A superseded wish is answered in the transaction that ends it.
    """
    taken, more = 0, True
    while more:
        stop()
        with database.transaction() as session:
            done = sort_some_in(session, now=clock())
        taken, more = taken + done.taken, done.more
        if report is not None:
            report.add(sorted=done.taken, superseded=len(done.superseded), queued=len(done.superseded))
    if taken:
        with database.transaction() as session:
            stock_sorting.look_over(session, taken)
    return taken


def sort_some_in(session: Session, *, now: datetime) -> Sorted:
    """Sort in some thousand new wishes and queue the answers of those that are superseded."""
    done = stock_sorting.sort_in(session, now=now)
    answers = [(QUEUE, settled_message(request)) for request in done.superseded]
    if answers:
        outbox.add(session, answers, now=now)
    return done
