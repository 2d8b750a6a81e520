"""`products fetch-all` and `orders fetch` as a whole: choose the channels, pull each, relay what was queued."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mye_tiktok.db import channels
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Broker, Queue
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import MyeTikTokError, StoppedError, WrongUsageError
from mye_tiktok.jobs.authorization import resolve_channel
from mye_tiktok.jobs.channels import on_channels, refuse_parked
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.order_backfill import backfill_orders
from mye_tiktok.jobs.order_reading import OrderOptions, OrderPull
from mye_tiktok.jobs.orders import pull_orders
from mye_tiktok.jobs.products import Pull, PullOptions, pull_products
from mye_tiktok.jobs.relaying import relay_what_was_queued
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient

FETCH = "products fetch-all"
FETCH_ORDERS = "orders fetch"
BACKFILL_ORDERS = "orders backfill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the job is made of; `tiktok` makes a client per channel, so that each counts its own requests."""

    database: Database
    tiktok: Callable[[], TikTokClient]
    broker: Callable[[], Broker]
    queues: Mapping[str, Queue]
    sleep: Callable[[float], None]


Pulling = Callable[[Channel, TikTokClient, RunningJob], None]


def fetch_all(
    parts: Parts, chosen: Sequence[Channel], options: PullOptions, around: Surroundings, *, progress: Progress
) -> Done:
    """Pull the products of every chosen channel, then relay the messages; a channel's failure is in `errors`."""

    def pull(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        pull_products(
            Pull(
                tiktok=tiktok,
                database=parts.database,
                channel=channel,
                options=options,
                clock=around.clock,
                progress=progress,
                run=run,
            )
        )

    return fetch(parts, FETCH, chosen, pull, around, dry_run=options.dry_run)


def fetch_orders(
    parts: Parts, chosen: Sequence[Channel], options: OrderOptions, around: Surroundings, *, progress: Progress
) -> Done:
    """Pull the orders of every chosen channel, then relay the messages; a channel's failure is in `errors`.

    A backfill takes hours perhaps, so it holds a lease of its own and the pull of every few minutes goes on beside it;
    its report names the command all the same.
    """

    def pull(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        work = OrderPull(
            tiktok=tiktok,
            database=parts.database,
            channel=channel,
            options=options,
            clock=around.clock,
            progress=progress,
            run=run,
        )
        pull_orders(work) if options.period is None else backfill_orders(work, options.period)

    job = FETCH_ORDERS if options.period is None else BACKFILL_ORDERS
    done = fetch(parts, job, chosen, pull, around, dry_run=options.dry_run)
    for report in (done.report, *done.report.channels):
        report.job = FETCH_ORDERS
    return done


def fetch(
    parts: Parts, job: str, chosen: Sequence[Channel], pull: Pulling, around: Surroundings, *, dry_run: bool
) -> Done:
    """Run `pull` on every chosen channel with a client of its own; then relay, unless a signal came."""
    started = around.clock()

    def work(channel: Channel, run: RunningJob) -> None:
        tiktok = parts.tiktok()
        try:
            pull(channel, tiktok, run)
        finally:
            run.report.requests = tiktok.requests

    report, errors = on_channels(parts.database, job, chosen, work, around)
    if not dry_run and not any(isinstance(error, StoppedError) for error in errors):
        errors += _relay(parts, report, around)
    return Done(report=report, errors=errors, seconds=(around.clock() - started).total_seconds())


def _relay(parts: Parts, report: Report, around: Surroundings) -> list[MyeTikTokError]:
    try:
        relay_what_was_queued(report, parts.database, parts.broker, parts.queues, around, sleep=parts.sleep)
    except StoppedError as stopped:
        return [stopped]
    return []


def choose(database: Database, channel_uid: str | None, *, all_channels: bool) -> list[Channel]:
    """Return the channels a job acts on: the one named, the only one, or every one that was not removed."""
    if all_channels and channel_uid is not None:
        raise WrongUsageError("--channel and --all-channels exclude each other")
    with database.transaction() as session:
        known = channels.list_all(session)
    if all_channels:
        return [channel for channel in known if channel.state != "removed"] or [resolve_channel(known, None)]
    return [resolve_channel(known, channel_uid)]


def choose_one(database: Database, channel_uid: str | None) -> Channel:
    """Return the channel a live command reads; raises NeedsPersonError when it is parked."""
    with database.transaction() as session:
        known = channels.list_all(session)
    channel = resolve_channel(known, channel_uid)
    refuse_parked(channel)
    return channel
