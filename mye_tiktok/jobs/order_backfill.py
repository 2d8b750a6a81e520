"""Bring older orders into the database, day by day of their creation."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from mye_tiktok.db import backfills, watermarks
from mye_tiktok.db.backfills import Backfill
from mye_tiktok.domain.period import Period
from mye_tiktok.jobs.order_reading import Cases, OrderPull, read_cases, read_rest, walk
from mye_tiktok.jobs.orders import OVERLAP, WATERMARK
from mye_tiktok.tiktok.orders import OrderPage, search_orders

SLICE, LONGEST_SLICE = timedelta(days=1), timedelta(days=32)


def backfill_orders(pull: OrderPull, period: Period) -> None:
    """Store the orders created within `period`, and those created before it that changed since it began.

    It goes day by day, the oldest first, and through empty days in longer strides: what was created within bounds is
    a set that never changes. How far it came is remembered, and one that was killed goes on there when it is asked for
    again, also as `--days-ago`, whose beginning moves with the clock. What changed behind its back is for
    `pull_orders` to find: a backfill up to now sets the watermark to when its first run began, where there is none yet
    or where it reaches back behind it; what lies between an older watermark and `period` nobody has read. It never
    moves the watermark back.
    """
    now, uid = pull.clock(), pull.channel.channel_uid
    until = min(period.until or now, now)
    cases = read_cases(pull, period.since)
    progress = _begin(pull, period.since, now)
    stride = SLICE
    while progress.reached < until:
        stop, before = min(progress.reached + stride, until), len(pull.seen)
        _walk_created(pull, progress.reached, stop, cases)
        if pull.is_cut_short:
            return
        progress = replace(progress, reached=stop)
        _remember(pull, progress)
        stride = min(stride * 2, LONGEST_SLICE) if len(pull.seen) == before else SLICE
    walk(pull, lambda: _changed_since(pull, period.since), cases)
    if pull.is_cut_short:
        return
    read_rest(pull, cases)
    if pull.run.report.outcome == "ok" and not pull.options.dry_run:
        with pull.database.transaction() as session:
            backfills.end(session, uid)
            watermark = watermarks.get(session, uid, WATERMARK)
            if period.until is None and (watermark is None or period.since <= watermark - OVERLAP):
                watermarks.advance(session, uid, WATERMARK, progress.started_at, now=pull.clock())


def _begin(pull: OrderPull, since: datetime, now: datetime) -> Backfill:
    """Return where to begin: where an earlier one that covers `since` stopped, else at `since`."""
    with pull.database.reading() as session:
        earlier = backfills.get(session, pull.channel.channel_uid)
    if earlier is not None and earlier.since <= since < earlier.reached:
        pull.run.report.notes.append(f"going on at {earlier.reached:%Y-%m-%d %H:%M} UTC, where the last run stopped")
        return earlier
    return Backfill(since=since, reached=since, started_at=now)


def _remember(pull: OrderPull, progress: Backfill) -> None:
    """Write down how far it came, unless something failed, which is then repeated."""
    if pull.options.dry_run or pull.run.report.outcome != "ok":
        return
    with pull.database.transaction() as session:
        backfills.save(session, pull.channel.channel_uid, progress, now=pull.clock())


def _walk_created(pull: OrderPull, start: datetime, stop: datetime, cases: Cases) -> None:
    def search() -> Iterator[OrderPage]:
        return search_orders(pull.tiktok, pull.channel.access, created_from=start, created_before=stop)

    walk(pull, search, cases)


def _changed_since(pull: OrderPull, since: datetime) -> Iterator[OrderPage]:
    return search_orders(pull.tiktok, pull.channel.access, updated_from=since, created_before=since)
