"""Bring the orders that changed into the database and every change onto the outbox."""

from collections.abc import Iterator
from datetime import timedelta

from mye_tiktok.db import watermarks
from mye_tiktok.jobs.order_reading import OrderPull, read_cases, read_rest, walk
from mye_tiktok.tiktok.orders import OrderPage, search_orders

# update_time ticks in seconds and TikTok's index may lag behind it
OVERLAP = timedelta(minutes=5)
FIRST_RUN = timedelta(days=30)
WATERMARK = "orders"


def pull_orders(pull: OrderPull) -> None:
    """Store every order that changed since the last run, and queue a message per change.

    No order is missed, however many change meanwhile. The search has a lower bound of `update_time` and no upper
    one, so an order that is in the set stays in it: `update_time` only grows. It is sorted by `create_time`, which
    never changes, so what joins the set while we page moves others to later pages, never to earlier ones, and a
    token, whether it counts or names the last order, skips none of those that were there at the start. What joins
    behind our back changed after the start of the run, and there the next run begins: the watermark is the start of
    the run, less an overlap, and moves last. What TikTok counts on the first page is compared with what came.

    Cancellations and returns are searched the same way, by their own times; they are kept together with their
    orders, those that the search did not bring are asked for by id. Pages commit one by one with their messages: a
    run cut short is repeated, and what is held already is neither stored nor announced again. The first run looks
    30 days back. Counts go to `pull.run.report`.
    """
    started, uid = pull.clock(), pull.channel.channel_uid
    with pull.database.reading() as session:
        watermark = watermarks.get(session, uid, WATERMARK)
    if watermark is None:
        pull.run.report.notes.append(
            f"the first run looks at what changed in the last {FIRST_RUN.days} days;"
            " `mye-tiktok orders fetch --since` brings older orders"
        )
    updated_from = started - FIRST_RUN if watermark is None else watermark - OVERLAP

    def search() -> Iterator[OrderPage]:
        return search_orders(pull.tiktok, pull.channel.access, updated_from=updated_from)

    cases = read_cases(pull, updated_from)
    walk(pull, search, cases)
    if not pull.is_cut_short:
        read_rest(pull, cases)
    if pull.run.report.outcome == "ok" and not pull.options.dry_run:
        with pull.database.transaction() as session:
            watermarks.advance(session, uid, WATERMARK, started, now=pull.clock())
