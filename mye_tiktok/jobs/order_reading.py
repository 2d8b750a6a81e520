"""Read orders page by page and keep what is new: what the pull and the backfill have in common."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mye_tiktok.db import orders as order_rows
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import AfterSale, Order, Source
from mye_tiktok.domain.order_judgement import Reading, judge
from mye_tiktok.domain.period import Period
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.report import Failure, Planned
from mye_tiktok.errors import NotUnderstoodError, RefusedError
from mye_tiktok.jobs.order_keeping import keep_orders, unknown_orders
from mye_tiktok.jobs.order_refetch import read_after_sales
from mye_tiktok.jobs.running import RunningJob
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.orders import IDS_PER_CALL, OrderPage, get_orders

WALKS = 3
WORDS = {"created": "created", "updated": "changed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOptions:
    """`period`: read what was created then, not what changed since the last run. `limit`: look at so many only."""

    dry_run: bool = False
    limit: int | None = None
    period: Period | None = None


@dataclass(slots=True, kw_only=True)
class Cases:
    """After-sales that were read and wait for their orders; `read_at` is when."""

    read_at: datetime
    by_order: defaultdict[str, list[AfterSale]] = field(default_factory=lambda: defaultdict(list))

    def take(self, order_ids: Sequence[str]) -> list[AfterSale]:
        """Return those of these orders, which wait no longer."""
        return [case for order_id in order_ids for case in self.by_order.pop(order_id, [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPull:
    """One run on one channel: everything its steps need to know. `seen` are the orders it looked at so far."""

    tiktok: TikTokClient
    database: Database
    channel: Channel
    options: OrderOptions
    clock: Callable[[], datetime]
    progress: Progress
    run: RunningJob
    seen: set[str] = field(default_factory=set)

    @property
    def is_cut_short(self) -> bool:
        """Whether it has looked at as many orders as it may."""
        return self.options.limit is not None and len(self.seen) >= self.options.limit

    @property
    def source(self) -> Source:
        """How what it finds reached us."""
        return "pull" if self.options.period is None else "command"


def read_cases(pull: OrderPull, updated_from: datetime) -> Cases:
    """Read the cancellations and returns that changed since; without the scope none, and the report says so.

    When TikTok does not give them otherwise, the run is partial, and the orders come all the same.
    """
    try:
        read = read_after_sales(
            pull.tiktok, pull.channel, updated_from=updated_from, clock=pull.clock, stop=pull.run.stop
        )
    except (RefusedError, NotUnderstoodError) as error:
        failure = Failure(item="after-sales", code=error.code, message=error.message, hint=error.hint)
        pull.run.report.fail(failure)
        return Cases(read_at=pull.clock())
    if read.warning:
        pull.run.report.warnings.append(read.warning)
    cases = Cases(read_at=read.read_at)
    for case in read.found:
        cases.by_order[case.order_id].append(case)
    return cases


def walk(pull: OrderPull, search: Callable[[], Iterator[OrderPage]], cases: Cases) -> None:
    """Keep every order that `search` yields, each with those of `cases` that are about it.

    TikTok counts the hits on the first page, and nothing leaves the set while we page: when fewer came, the search
    is repeated, and in the end the run is partial.
    """
    for _ in range(WALKS):
        walked, expected = set[str](), None
        for read_at, page in _timed(pull, search()):
            expected = page.total if expected is None else expected
            walked.update(order.order_id for order in page.orders)
            walked.update(page.incomplete)
            _take(pull, page, cases, read_at)
            # of a backfill only the slice in hand is counted by TikTok
            total = expected if pull.options.period is None else None
            pull.progress.at(pull.channel.channel_uid, done=len(pull.seen), total=total)
            if pull.is_cut_short:
                return _say_cut_short(pull)
        if expected is None or len(walked) >= expected:
            return None
    pull.run.report.outcome = "partial"
    pull.run.report.warnings.append(f"TikTok counted {expected} orders but listed {len(walked)} again and again")
    return None


def read_rest(pull: OrderPull, cases: Cases) -> None:
    """Keep the after-sales whose orders the search did not bring; orders that we don't hold are asked for by id."""
    waiting = list(cases.by_order)
    for start in range(0, len(waiting), IDS_PER_CALL):
        pull.run.stop()
        ids = waiting[start : start + IDS_PER_CALL]
        with pull.database.reading() as session:
            unknown = unknown_orders(session, pull.channel.channel_uid, ids)
        read_at = pull.clock()
        found = get_orders(pull.tiktok, pull.channel.access, unknown)
        _keep(pull, found.orders, cases.take(ids), read_at=read_at, cases_read_at=cases.read_at)
        for order_id in found.missing:
            pull.run.report.warnings.append(f"TikTok tells of an after-sale of order {order_id}, but not of the order")


def _timed(pull: OrderPull, pages: Iterator[OrderPage]) -> Iterator[tuple[datetime, OrderPage]]:
    """Yield each page with the time at which it was asked for."""
    while True:
        pull.run.stop()
        read_at = pull.clock()
        page = next(pages, None)
        if page is None:
            return
        yield read_at, page


def _take(pull: OrderPull, page: OrderPage, cases: Cases, read_at: datetime) -> None:
    """Keep a page; of orders that are not complete there the detail is asked for."""
    found = get_orders(pull.tiktok, pull.channel.access, page.incomplete)
    for order_id in found.missing:
        _fail_missing(pull, order_id)
    together = (*page.orders, *found.orders)
    if pull.options.limit is not None:
        together = together[: pull.options.limit - len(pull.seen)]
    ids = [order.order_id for order in together]
    _keep(pull, together, cases.take(ids), read_at=read_at, cases_read_at=cases.read_at)


def _keep(
    pull: OrderPull,
    orders: Sequence[Order],
    after_sales: Sequence[AfterSale],
    *,
    read_at: datetime,
    cases_read_at: datetime,
) -> None:
    report = pull.run.report
    looked_at = {order.order_id for order in orders} - pull.seen
    pull.seen.update(looked_at)
    report.add(seen=len(looked_at))
    if pull.options.dry_run:
        return _foretell(pull, [order for order in orders if order.order_id in looked_at], read_at)
    with pull.database.transaction() as session:
        changes = keep_orders(
            session,
            pull.channel,
            orders,
            after_sales,
            source=pull.source,
            read_at=read_at,
            now=pull.clock(),
            after_sales_read_at=cases_read_at,
        )
    for change in changes:
        report.add(**{WORDS[change.change]: 1})
    changed = {change.order.order_id for change in changes}
    report.add(unchanged=len(looked_at - changed), queued=sum(change.told is not None for change in changes))
    return None


def _foretell(pull: OrderPull, orders: Sequence[Order], read_at: datetime) -> None:
    """Count and name what a run without --dry-run would store."""
    with pull.database.reading() as session:
        held = order_rows.held(session, pull.channel.channel_uid, [order.order_id for order in orders])
    for order in orders:
        known = held.get(order.order_id)
        reading = Reading(updated_at=order.updated_at, digest=order.digest, read_at=read_at)
        standing = judge(known.reading if known else None, reading)
        word = {"new": "created", "newer": "changed"}.get(standing, "unchanged")
        pull.run.report.add(**{word: 1})
        if word != "unchanged":
            planned = Planned(item=order.order_id, title=order.status, change=word, id_name="order_id")
            pull.run.report.plan.append(planned)


def _fail_missing(pull: OrderPull, order_id: str) -> None:
    pull.run.report.fail(
        Failure(
            item=order_id,
            code="no-detail",
            message="TikTok's search lists the order without its lines, and its detail does not know it",
            hint=f"`mye-tiktok orders get {order_id}` shows whether that has changed",
        )
    )


def _say_cut_short(pull: OrderPull) -> None:
    pull.run.report.outcome = "partial"
    pull.run.report.warnings.append(
        f"stopped after {pull.options.limit} orders, as --limit says; the rest was not looked at"
    )
