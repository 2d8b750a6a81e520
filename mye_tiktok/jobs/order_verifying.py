"""`orders verify`: hold every order that TikTok has against ours, close the gaps, and tell how changes arrived."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mye_tiktok.db import order_audit
from mye_tiktok.db import orders as order_rows
from mye_tiktok.domain.arrivals import Told, TopicArrivals, arrivals
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.completeness import Gap, HourCounter, Lack
from mye_tiktok.domain.order import AfterSale, Order
from mye_tiktok.domain.order_judgement import Reading, judge
from mye_tiktok.domain.period import Period
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.report import Failure
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts, fetch
from mye_tiktok.jobs.order_keeping import keep_orders, unknown_orders
from mye_tiktok.jobs.order_refetch import read_after_sales
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.orders import OrderPage, get_orders, search_orders
from mye_tiktok.tiktok.webhooks import TOPICS, order_ids, read_envelope

VERIFY = "orders verify"
LACKS: Mapping[str, Lack] = {"new": "missing", "newer": "outdated"}
COUNTED = ("order", "after-sale")
# what changed in the last minute may be on its way; where nothing is repaired it is no gap yet
JUST_NOW = timedelta(minutes=1)
# an event may have been made a moment before the period begins that its change lies in
BEFORE = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Verified:
    """What was found on a channel: orders per hour of creation, every gap, and how the changes of a topic arrived."""

    channel_uid: str
    hours: HourCounter = field(default_factory=HourCounter)
    gaps: list[Gap] = field(default_factory=list)
    topics: list[TopicArrivals] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Audit:
    """One verification of one channel: everything its steps need to know."""

    parts: Parts
    tiktok: TikTokClient
    channel: Channel
    period: Period
    repair: bool
    around: Surroundings
    run: RunningJob
    verified: Verified


def verify_orders(
    parts: Parts,
    chosen: Sequence[Channel],
    period: Period,
    around: Surroundings,
    *,
    repair: bool,
    progress: Progress,
) -> tuple[Done, list[Verified]]:
    """Compare every order created in `period` with ours; with `repair` store and announce what we lacked.

    Returns what was found per channel, as far as it was looked at.

    Reads 100 orders per call and keeps only the gaps in memory. An order we hold in a newer state than the search
    lists is no gap. Cancellations and returns that changed since the period began are compared as well. The run is
    partial when gaps stay open; without `repair` what changed within the last minute is none yet. Then it tells, from
    the history of orders and the webhooks that arrived, how the changes of that period reached us.
    """
    found = {channel.channel_uid: Verified(channel_uid=channel.channel_uid) for channel in chosen}

    def work(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        verified = found[channel.channel_uid]
        audit = _Audit(
            parts=parts,
            tiktok=tiktok,
            channel=channel,
            period=period,
            repair=repair,
            around=around,
            run=run,
            verified=verified,
        )
        expected = None
        for page in _pages(audit):
            run.stop()
            _compare(audit, page)
            expected = page.total if expected is None else expected
            progress.at(channel.channel_uid, done=run.report.counts.get("seen", 0), total=page.total)
        if expected is not None and (listed := run.report.counts.get("seen", 0)) < expected:
            run.report.outcome = "partial"
            run.report.warnings.append(f"TikTok counted {expected} orders but listed {listed}; run it again")
        _compare_after_sales(audit)
        verified.topics = _arrivals(audit)

    done = fetch(parts, VERIFY, chosen, work, around, dry_run=not repair)
    return done, list(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    orders: Sequence[Order]
    read_at: datetime
    total: int | None


def _pages(audit: _Audit) -> Iterator[_Page]:
    """Yield what TikTok has page by page, complete; created in a period that is over, the set does not change."""
    pages = search_orders(
        audit.tiktok, audit.channel.access, created_from=audit.period.since, created_before=audit.period.until
    )
    while True:
        read_at = audit.around.clock()
        page: OrderPage | None = next(pages, None)
        if page is None:
            return
        found = get_orders(audit.tiktok, audit.channel.access, page.incomplete)
        for order_id in found.missing:
            audit.run.report.fail(
                Failure(item=order_id, code="no-detail", message="TikTok lists the order, but does not know its detail")
            )
        yield _Page(orders=(*page.orders, *found.orders), read_at=read_at, total=page.total)


def _compare(audit: _Audit, page: _Page) -> None:
    report = audit.run.report
    with audit.parts.database.reading() as session:
        held = order_rows.held(session, audit.channel.channel_uid, [order.order_id for order in page.orders])
    lacking: list[tuple[Order, Lack]] = []
    for order in page.orders:
        known = held.get(order.order_id)
        incoming = Reading(updated_at=order.updated_at, digest=order.digest, read_at=page.read_at)
        lack = LACKS.get(judge(known.reading if known else None, incoming))
        if lack and not audit.repair and _is_on_its_way(order, audit.around.clock()):
            report.add(on_their_way=1)
            lack = None
        audit.verified.hours.add(order.created_at, lack)
        report.add(seen=1, **({lack: 1} if lack else {}))
        if lack:
            lacking.append((order, lack))
    repaired = _repair(audit, [order for order, _ in lacking], (), page.read_at) if lacking else False
    audit.verified.gaps += [_gap(order, lack, repaired=repaired) for order, lack in lacking]


def _is_on_its_way(order: Order, now: datetime) -> bool:
    return order.updated_at is not None and order.updated_at > now - JUST_NOW


def _compare_after_sales(audit: _Audit) -> None:
    """Store cancellations and returns that we lack; without `repair` they are not looked at."""
    if not audit.repair:
        return
    read = read_after_sales(audit.tiktok, audit.channel, updated_from=audit.period.since, clock=audit.around.clock)
    if read.warning:
        audit.run.report.warnings.append(read.warning)
    with audit.parts.database.reading() as session:
        unknown = unknown_orders(session, audit.channel.channel_uid, [case.order_id for case in read.found])
    found = get_orders(audit.tiktok, audit.channel.access, unknown)
    _repair(audit, found.orders, read.found, read.read_at)


def _repair(audit: _Audit, orders: Sequence[Order], cases: Sequence[AfterSale], read_at: datetime) -> bool:
    """Store and announce what we lacked; tell whether that was done."""
    if not audit.repair:
        audit.run.report.outcome = "partial"
        return False
    with audit.parts.database.transaction() as session:
        changes = keep_orders(
            session, audit.channel, orders, cases, source="verify", read_at=read_at, now=audit.around.clock()
        )
    audit.run.report.add(repaired=len(changes), queued=sum(change.told is not None for change in changes))
    return True


def _gap(order: Order, lack: Lack, *, repaired: bool) -> Gap:
    return Gap(
        order_id=order.order_id,
        lack=lack,
        status=order.status,
        created_at=order.created_at,
        updated_at=order.updated_at,
        repaired=repaired,
    )


def _arrivals(audit: _Audit) -> list[TopicArrivals]:
    period = audit.period
    topics = {topic.type: topic.name for topic in TOPICS.values() if topic.about in COUNTED}
    with audit.parts.database.reading() as session:
        changes = order_audit.seen_changes(session, audit.channel.channel_uid, since=period.since, until=period.until)
        events = order_audit.told_events(session, audit.channel.shop_id, topics=topics, since=period.since - BEFORE)
        told = [each for event, body in events for each in _about_each_order(event, body)]
    return arrivals(changes, told)


def _about_each_order(event: Told, body: bytes | None) -> list[Told]:
    """Return the event once for each order it names: packages and invoices are of several."""
    if body is None:
        return [event]
    envelope = read_envelope(body)
    return [replace(event, order_id=order_id) for order_id in (order_ids(envelope) if envelope else ())]
